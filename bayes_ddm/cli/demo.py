"""The whole story in about a minute, on simulated data whose truth is known."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import xarray as xr

from bayes_ddm.comparison.compare import Comparison, compare
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.datasets import amasino2019_twin
from bayes_ddm.display import show
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.screening import check
from bayes_ddm.files import refuse_existing, writing
from bayes_ddm.fitting.run import fit
from bayes_ddm.reporting import report
from bayes_ddm.simulate import experiment

__all__ = ["run"]


def run(folder: Path, say: Callable[[str], None], *, overwrite: bool = False) -> None:
    """Run the demonstration; write a forest plot and a JSON file per act, and a report."""
    stems = ("agree", "disagree")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the folder {str(folder)!r}: {error.strerror}.") from error
    for stem in stems:
        for ending in (".png", ".json"):
            refuse_existing(folder / f"{stem}{ending}", overwrite=overwrite)
    page = folder / "report.html"
    refuse_existing(page, overwrite=overwrite)

    print("1. A population as the model assumes it: drifts Normal(0.5, 1), one boundary and ndt.\n")
    choices = experiment("normal", labelers=1000, choices=10, boundary=1.25, ndt=0.3, seed=1)
    first = _act(choices, folder / stems[0], say, overwrite=overwrite)
    print(
        "\nTrue average: 0.5. Bradley-Terry, which sees choices only and takes labelers to be"
        "\nalike, misses it; so does the published plug-in, whose boundary rests on the few"
        "\nfastest responses and is flagged. Posterior and closed form agree.\n"
    )

    print("2. People like those of a real experiment: everybody has a boundary of their own.\n")
    choices = amasino2019_twin()
    show(check(choices))
    print()
    second = _act(choices, folder / stems[1], say, overwrite=overwrite)
    print(
        "\nTrue averages: 0.20 per dollar, -0.0005 per day. The model is wrong here, since"
        "\nlabelers share neither boundary nor non-decision time, and the verdict says so."
    )
    say(f"look at {folder}/agree.png and {folder}/disagree.png; the numbers are in .json beside")
    say("putting both acts into a report ...")
    fits = dict(zip(stems, (first, second), strict=True))
    report(fits, page, title="A demonstration", draws=100, overwrite=overwrite, progress=False)
    say(f"open {page} in a browser: what each fit says, and whether to believe it")


def _act(
    choices: Choices, stem: Path, say: Callable[[str], None], *, overwrite: bool
) -> xr.DataTree:
    say("compiling and sampling ...")
    made = fit(choices, draws=700, tune=600, seed=1, progress=sys.stdout.isatty())
    comparison: Comparison = compare(made)
    show(comparison)
    with writing(stem.with_suffix(".png"), overwrite=overwrite) as temporary:
        comparison.plot().savefig(temporary, dpi=150)
    with writing(stem.with_suffix(".json"), overwrite=overwrite) as temporary:
        comparison.to_json(temporary)
    return made
