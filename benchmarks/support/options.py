"""Command lines of benchmarks."""

from __future__ import annotations

import sys
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterable
from pathlib import Path

__all__ = ["options", "some_of"]


def options(doc: str, **numbers: int) -> ArgumentParser:
    """Return a parser: its title is the docstring's, and every number an option of that name."""
    program = Path(sys.argv[0])
    benchmark = program.parent.name if program.stem == "__main__" else program.stem
    parser = ArgumentParser(
        prog=f"python -m benchmarks {benchmark}",
        description=doc.splitlines()[0],
        epilog="--table alone prints the kept results and runs nothing",
        formatter_class=ArgumentDefaultsHelpFormatter,
    )
    for name, default in numbers.items():
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, type=int, default=default, help="a number")
    return parser


def some_of(known: Iterable[str]) -> Callable[[str], list[str]]:
    """Return the type of an option that lists some of these, as in ``a;b``."""
    known = list(known)

    def split(text: str) -> list[str]:
        names = text.split(";")
        for name in names:
            if name not in known:
                raise ArgumentTypeError(f"{name!r} is none of {'; '.join(known)}")
        return names

    return split
