"""The command ``bayes-ddm`` as a whole: its commands, and its exit status."""

from __future__ import annotations

import os
import re
import sys
import traceback
from typing import Annotated

import typer

from bayes_ddm.cli import belief, data, inference, label, plan, report
from bayes_ddm.errors import InputError

__all__ = ["app", "main"]

app = typer.Typer(
    name="bayes-ddm",
    help="Population-average preferences from choices and response times.",
    epilog="Start with: bayes-ddm demo. See what a command takes with: bayes-ddm estimate --help",
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(data.commands)
app.add_typer(inference.commands)
app.add_typer(belief.commands)
app.add_typer(plan.commands)
app.add_typer(label.commands)
app.add_typer(report.commands)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"bayes-ddm {version('bayes-ddm')}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; exit 0 done, 2 the input is wrong, 1 our fault."""
    # not `app(...)`: it would turn Ctrl-C and closed pipes into exit statuses of its own
    command = typer.main.get_command(app)
    streams = sys.stdout, sys.stderr
    try:
        with command.make_context("bayes-ddm", sys.argv[1:] or ["--help"]) as context:
            command.invoke(context)
        sys.stdout.flush()
    except typer.Exit as done:
        sys.exit(done.exit_code)
    except InputError as error:
        _fail(str(error))
    except typer.TyperException as error:
        _fail(_usage(error))
    except (KeyboardInterrupt, typer.Abort):
        # a progress bar that was stopped while it was being drawn still holds them
        sys.stdout, sys.stderr = streams
        for stream in filter(lambda stream: stream.isatty(), streams):
            print("\x1b[?25h", end="", file=stream, flush=True)  # and has hidden the cursor
        _fail("interrupted; nothing unfinished was written.")
    except BrokenPipeError:
        # the reader has seen enough; what is still buffered must not complain at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception:
        traceback.print_exc()
        print("bayes-ddm: this is a bug in bayes-ddm, not in your input.", file=sys.stderr)
        sys.exit(1)


def _usage(error: typer.TyperException) -> str:
    jargon = r"Value error, |, unable to parse string as an? \w+"
    message = re.sub(jargon, "", error.format_message())
    context = getattr(error, "ctx", None)
    stop = "" if message.endswith((".", "?", ")")) else "."
    return f"{message}{stop} See {context.command_path} --help." if context else message


def _fail(message: str) -> None:
    print(f"bayes-ddm: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(2)
