"""The command ``bayes-ddm`` as a whole: its commands, and its exit status."""

import inspect
import re
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated

import typer

from bayes_ddm.cli import (
    condense,
    data,
    demo,
    estimate,
    explore,
    federated,
    fit,
    judge,
    privatise,
    release,
    use,
)
from bayes_ddm.cli.checkpoints import Stopped
from bayes_ddm.cli.machine import (
    LIGHT,
    discard,
    expect_memory,
    not_ours,
    open_streams,
    writable_caches,
)
from bayes_ddm.cli.options import grouped
from bayes_ddm.errors import InputError, not_installed

COMMANDS = {
    "Data": (data.simulate, data.dataset, data.check, condense.condense),
    "Estimate": (estimate.estimate, estimate.plan),
    "Fit": (explore.explore, fit.fit, fit.compare, fit.models),
    "Privacy": (privatise.scheme, privatise.privatise, release.release),
    "Judge": (judge.diagnose, judge.rank),
    "Use": (use.predict, use.labelers, use.label, use.report, demo.demo),
}
# commands of several steps
GROUPS = (("Privacy", federated, (federated.ask, federated.answer, federated.combine)),)
CTRL_C = 130  # Typer's exit status; ours is 2

app = typer.Typer(
    name="bayes-ddm",
    help="Population-average preferences from choices and response times.",
    epilog="Start with: bayes-ddm demo. See what a command takes with: bayes-ddm estimate --help",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _add(to: typer.Typer, command: Callable[..., None], panel: str | None = None) -> None:
    """Add a command; the last paragraph of its docstring is an example."""
    paragraphs = (inspect.getdoc(command) or "").split("\n\n")
    *description, example = (" ".join(lines.split()) for lines in paragraphs)
    registered = to.command(help="\n\n".join(description), epilog=example, rich_help_panel=panel)
    registered(grouped(command))


for _panel, _commands in COMMANDS.items():
    for _command in _commands:
        _add(app, _command, _panel)
for _panel, _module, _steps in GROUPS:
    _group = typer.Typer(
        name=_module.__name__.rpartition(".")[2],
        help=inspect.getdoc(_module),
        rich_markup_mode="rich",
    )
    for _step in _steps:
        _add(_group, _step)
    app.add_typer(_group, rich_help_panel=_panel)


def _show_version(value: bool) -> None:
    if value:
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
    open_streams()
    writable_caches()
    streams = sys.stdout, sys.stderr
    try:
        expect_memory(LIGHT, "bayes-ddm")
        status = app(sys.argv[1:] or ["--help"], prog_name="bayes-ddm", standalone_mode=False)
        sys.stdout.flush()
        if status == CTRL_C:
            raise KeyboardInterrupt
    except InputError as error:
        _fail(str(error))
    except typer.TyperException as error:
        _fail(_usage(error))
    except (KeyboardInterrupt, typer.Abort, Stopped) as end:
        # a progress bar that was stopped while it was being drawn still holds them
        sys.stdout, sys.stderr = streams
        for stream in filter(lambda stream: stream.isatty(), streams):
            print("\x1b[?25h", end="", file=stream, flush=True)  # and has hidden the cursor
        outcome = str(end) if isinstance(end, Stopped) else "nothing unfinished was written"
        _fail(f"interrupted; {outcome}.")
    except (BrokenPipeError, SystemExit) as end:
        # completion has answered; or the reader has seen enough, of which Typer and Rich make a 1
        if getattr(end, "code", 1):
            # what is still buffered must not complain at exit
            discard(streams[0])
        sys.exit(0)
    except Exception as error:
        sys.stdout, sys.stderr = streams
        if isinstance(error, ModuleNotFoundError) and (refusal := not_installed(error)):
            _fail(str(refusal))
        if reason := not_ours(error):
            discard(sys.stdout)
            _fail(reason)
        traceback.print_exc()
        print("bayes-ddm: this is a bug in bayes-ddm, not in your input.", file=sys.stderr)
        sys.exit(1)
    if status:
        sys.exit(status)


def _usage(error: typer.TyperException) -> str:
    jargon = r"Value error, |, unable to parse string as an? \w+"
    message = re.sub(jargon, "", error.format_message())
    context = getattr(error, "ctx", None)
    stop = "" if message.endswith((".", "?", ")")) else "."
    return f"{message}{stop} See {context.command_path} --help." if context else message


def _fail(message: str) -> None:
    from bayes_ddm.display.terminal import printable

    with suppress(OSError):
        print(f"bayes-ddm: {printable(' '.join(message.split()))}", file=sys.stderr)
    sys.exit(2)
