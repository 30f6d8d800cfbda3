"""Commands that are made to fail, and the files that they take."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, wraps
from importlib import import_module
from typing import Any
from unittest.mock import patch

import bayes_ddm as bd
from tests.fuzz.readers import FAMILIES, saved, site, small_fit, tables

# the functions of these names are what the packages show
compare, diagnose, write = (
    import_module(f"bayes_ddm.{name}")
    for name in ("comparison.compare", "checks.diagnose", "reporting.write")
)

FIXED = ("--boundary", "1", "--ndt", "0")
SMALL = ("in.csv", "--labeler", "id")
SITE = ("site.csv", "--labeler", "labeler")
FEW = ("--draws", "20", "--seed", "1")

COMMANDS: dict[str, tuple[str, ...]] = {
    "simulate": ("simulate", "out.csv", "--labelers", "5", "--choices", "3", "--seed", "1"),
    "check": ("check", *SMALL),
    "condense": ("condense", "in.csv", "-o", "out.parquet"),
    "estimate": ("estimate", *SMALL, "--boundary", "1", "--json", "out.json"),
    "plan": ("plan", "--labelers", "50", "--boundary", "1", "--pilot", "1000"),
    "fit": ("fit", *SMALL, "--features", "x", "-o", "out.nc"),
    "compare": ("compare", "fit.nc", "--json", "out.json", "--plot", "out.svg"),
    "models": ("models",),
    "scheme": ("scheme", "-o", "out.json"),
    "privatise": ("privatise", *SMALL, "--scheme", "scheme.json", "-o", "out.csv"),
    "release": ("release", *SMALL, "--epsilon", "1", *FIXED, "-o", "out.json"),
    "diagnose": ("diagnose", "fit.nc", "--plot", "out.svg", *FEW),
    "rank": ("rank", "fit.nc", "other.nc"),
    "predict": ("predict", "fit.nc", *SITE, "-o", "out.csv", *FEW),
    "labelers": ("labelers", "fit.nc", "-o", "out.csv", "--draws", "20"),
    "label csv": ("label", "in.csv", *FIXED, "-o", "out.csv"),
    "label parquet": ("label", "in.csv", *FIXED, "-o", "out.parquet"),
    "report": ("report", "fit.nc", "--json", "out.json", "-o", "out.html", *FEW),
    "ask": ("federated", "ask", "--mu", "0,1", "--sigma", ".6,1.6", *FIXED, "-o", "out.json"),
    "answer": (
        "federated",
        "answer",
        SITE[0],
        "q.json",
        *SITE[1:],
        "--site",
        "a",
        "-o",
        "out.json",
    ),
    "combine": ("federated", "combine", "a.json", "--ask-again", "out.json"),
}
# they compile code while they run, or draw for long
SLOW = {"plan", "compare", "diagnose", "rank", "predict", "labelers", "report"}


@cache
def _fit_file() -> bytes:
    """A fit of the site's choices, with few draws."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bd.ConvergenceWarning)
        fit = bd.fit(site(), draws=60, tune=200, chains=2, seed=1, progress=False)
    return saved(lambda path: bd.save(fit, path), "fit.nc")


def _once(make: Callable[..., Any]) -> Callable[..., Any]:
    """Make something at the first call, and return it at every other."""
    made: list[Any] = []

    @wraps(make)
    def once(*args: Any, **kwargs: Any) -> Any:
        if not made:
            made.append(make(*args, **kwargs))
        return made[0]

    return once


@contextmanager
def computed_once() -> Iterator[None]:
    """Let commands read and write as ever, what they compute in between being the same."""
    sections = tuple(map(_once, write.SECTIONS))
    with ExitStack() as stack:
        stack.enter_context(patch("bayes_ddm.fitting.run.fit", _once(lambda *_, **__: small_fit())))
        stack.enter_context(patch.object(write, "SECTIONS", sections))
        for where, name in ((compare, "compare"), (diagnose, "diagnose")):
            stack.enter_context(patch.object(where, name, _once(getattr(where, name))))
        yield


FILES: dict[str, Callable[[], bytes]] = {
    "in.csv": lambda: tables()[0],
    "site.csv": lambda: site().to_frame().to_csv(index=False).encode(),
    "fit.nc": _fit_file,
    "other.nc": _fit_file,
    "scheme.json": lambda: FAMILIES["scheme"].originals()[0],
    "q.json": cache(lambda: FAMILIES["question"].originals()[0]),
    "a.json": cache(lambda: FAMILIES["answer"].originals()[0]),
}


def files_of(name: str) -> dict[str, bytes]:
    """Return the files that a command takes, by name."""
    return {file: FILES[file]() for file in COMMANDS[name] if file in FILES}
