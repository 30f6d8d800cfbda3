"""Commands that are made to fail, and the files that they take."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache

import xarray as xr

import bayes_ddm as bd
from tests.fuzz.readers import FAMILIES, saved, site, tables

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
    "rank": ("rank", "fit.nc"),
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
# they compile code while they run
COMPILE = {"compare", "diagnose", "rank", "predict", "labelers", "report"}


@cache
def site_fit() -> xr.DataTree:
    """A fit of the site's choices, with few draws."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bd.ConvergenceWarning)
        return bd.fit(site(), draws=60, tune=200, chains=2, seed=1, progress=False)


FILES: dict[str, Callable[[], bytes]] = {
    "in.csv": lambda: tables()[0],
    "site.csv": lambda: site().to_frame().to_csv(index=False).encode(),
    "fit.nc": cache(lambda: saved(lambda path: bd.save(site_fit(), path), "fit.nc")),
    "scheme.json": lambda: FAMILIES["scheme"].originals()[0],
    "q.json": cache(lambda: FAMILIES["question"].originals()[0]),
    "a.json": cache(lambda: FAMILIES["answer"].originals()[0]),
}


def files_of(name: str) -> dict[str, bytes]:
    """Return the files that a command takes, by name."""
    return {file: FILES[file]() for file in COMMANDS[name] if file in FILES}
