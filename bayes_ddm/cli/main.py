"""The command ``bayes-ddm`` as a whole: its commands, and its exit status."""

from __future__ import annotations

import sys
import traceback

import typer

from bayes_ddm.cli import data, inference
from bayes_ddm.errors import InputError

__all__ = ["app", "main"]

INTERRUPTED = 130  # what Typer makes of Ctrl-C

app = typer.Typer(
    name="bayes-ddm",
    help="Population-average preferences from choices and response times.",
    epilog="Start with: bayes-ddm demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(data.commands)
app.add_typer(inference.commands)


def main() -> None:
    """Run the command line; exit 0 done, 2 the input is wrong, 1 our fault."""
    try:
        status = app(standalone_mode=False)
    except (InputError, typer.TyperException) as error:
        _fail(str(error))
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except BrokenPipeError:
        sys.exit(0)
    except Exception:
        traceback.print_exc()
        print("bayes-ddm: this is a bug in bayes-ddm, not in your input.", file=sys.stderr)
        sys.exit(1)
    if status == INTERRUPTED:
        _fail("interrupted; nothing was written.")
    sys.exit(status if isinstance(status, int) else 0)


def _fail(message: str) -> None:
    print(f"bayes-ddm: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(2)
