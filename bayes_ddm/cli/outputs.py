"""What a command says, and the files that it writes."""

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from bayes_ddm.cli.options import option
from bayes_ddm.display import show
from bayes_ddm.errors import InputError

Kind = tuple[str, tuple[str, ...]]  # of file, and the endings of its name

TABLE = "a table", (".csv", ".parquet")
PREDICTIONS = "the predictions", (".csv",)
FIT = "a fit", (".nc",)
CONDENSED = "condensed rows", (".parquet",)
RELEASE = "a release", (".json",)
DOCUMENT = "a question or an answer", (".json",)
FIGURE = "a plot", (".png", ".pdf", ".svg", ".jpg", ".eps", ".tif", ".webp")
PAGE = "a report", (".html", ".htm")


def say(message: str) -> None:
    """Tell the user something that is no result: on standard error."""
    from bayes_ddm.display.terminal import printable

    with suppress(OSError):  # what is said must not end what is done
        print(printable(message), file=sys.stderr)


def wrote(*paths: Path | None) -> None:
    """Say which files there are now."""
    for path in paths:
        if path is not None:
            say(f"wrote {path}")


def ending(kind: Kind) -> Callable[[Path | None], Path | None]:
    """Return what refuses a file whose name promises another format than it would have."""
    content, endings = kind

    def check(path: Path | None) -> Path | None:
        if path is not None and path.suffix.lower() not in endings:
            *others, last = endings
            text = f"{', '.join(others)} or {last}" if others else last
            raise InputError(f"{str(path)!r} cannot hold {content}: its name must end in {text}.")
        return path

    return check


def output_option(help: str, *names: str, kind: Kind | None = None) -> Any:
    """Return an option of the files that are written."""
    return option(help, *names, panel="Output", callback=kind and ending(kind))


Json = Annotated[Path | None, output_option("Write every number as JSON.")]
TableOut = Annotated[Path, output_option("CSV or Parquet file.", "-o", "--output", kind=TABLE)]


@dataclass(frozen=True)
class Output:
    """How files are written."""

    overwrite: Annotated[bool, output_option("Replace output files.", "--overwrite")] = False

    def check(self, *paths: Path | None, source: Path | tuple[Path, ...] | None = None) -> None:
        """Refuse output files that cannot be written, before any long computation.

        ``source`` is the input, or all of them, which no output may replace.
        """
        from bayes_ddm.files import refuse_existing, same_file

        sources = source if isinstance(source, tuple) else filter(None, (source,))
        inputs, outputs = tuple(sources), list[Path]()
        for path in filter(None, paths):
            if any(same_file(path, other) for other in inputs):
                raise InputError(f"{str(path)!r} is the input; give the output another name.")
            if any(same_file(path, other) for other in outputs):
                raise InputError(
                    f"{str(path)!r} is named twice; give each output a name of its own."
                )
            outputs.append(path)
            refuse_existing(path, overwrite=self.overwrite)

    def write(self, path: Path | None, save: Callable[[Path], Any]) -> None:
        """Write a file with a function that takes its path, if the file was asked for."""
        from bayes_ddm.files import writing

        if path is not None:
            with writing(path, overwrite=self.overwrite) as temporary:
                save(temporary)

    def write_text(self, path: Path | None, text: str) -> None:
        """Write a text file, if it was asked for."""
        self.write(path, lambda temporary: temporary.write_text(f"{text}\n", encoding="utf-8"))

    def draw(self, path: Path | None, result: Any) -> None:
        """Write the figure of a result, if it was asked for."""
        self.write(path, lambda temporary: result.plot().savefig(temporary, dpi=150))

    def show(self, result: Any, *, json: Path | None = None, plot: Path | None = None) -> None:
        """Show a result, once the files of it that were asked for are written."""
        self.draw(plot, result)
        self.write_text(json, result.to_json())
        show(result)
        wrote(json, plot)

    def keep(self, result: Any, out: Path) -> None:
        """Save what was made, which knows how, and show it."""
        result.save(out, overwrite=self.overwrite)
        show(result)
        wrote(out)
