"""Models of the real samples: which one predicts a left-out labeler best, and passes checks.

    python -m benchmarks real_samples [--sample krajbich2010] [--fits FOLDER] [--models "a;b"]
        [--ladder] [--draws 1000] [--tune 1000]

Every model is fitted (2 chains), ranked by leave-one-labeler-out log score, and checked by its
predictions.  The family is fitted to snacks and intertemporal choice, the ladder (``--ladder``) to
all four samples.  Prints the tables, and writes ``results/real_samples.csv``.  With ``--fits`` the
fits are kept in a folder, and taken from it if they are there.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

import bayes_ddm as bd
from bayes_ddm.distributions.vocabulary import parameter_called
from bayes_ddm.fitting.posterior import Posterior
from benchmarks.support.options import options, some_of
from benchmarks.support.results import DATA, keep

LAPSE = parameter_called("lapse").prior

SAMPLES: dict[str, Callable[[], bd.Choices]] = {
    "krajbich2010": lambda: bd.datasets.krajbich2010(DATA / "krajbich2010_food.csv"),
    "amasino2019": lambda: bd.datasets.amasino2019(DATA / "amasino2019_replication.csv"),
    "cavanagh2011": lambda: bd.datasets.cavanagh2011(DATA / "cavanagh2011_conflict.csv"),
    "wagenmakers2008": lambda: bd.datasets.wagenmakers2008(
        DATA / "wagenmakers2008_speed_accuracy.txt"
    ),
}
# samples whose attributes need no formula
PLAIN = ("krajbich2010", "amasino2019")


def family() -> dict[str, tuple[str, dict[str, Any]]]:
    """Models and combinations of their options, by the name they have in the tables."""
    own: dict[str, Any] = {"boundary": bd.by_labeler(), "ndt": bd.by_labeler()}
    return {
        "pooled": ("pooled", {}),
        "contextual": ("contextual", {}),
        "mixture": ("mixture", {}),
        "student": ("student", {}),
        "start_bias": ("start_bias", {}),
        "contaminated": ("contaminated", {}),
        "labeler_boundary": ("labeler_boundary", {}),
        "labeler_boundary + start": ("labeler_boundary", {"start": bd.by_labeler()}),
        "labeler_boundary + lapses": ("labeler_boundary", {"lapse": LAPSE}),
        "labeler_boundary + start + lapses": (
            "labeler_boundary",
            {"start": bd.by_labeler(), "lapse": LAPSE},
        ),
        "student + labeler_boundary": ("student", own),
        "mixture + labeler_boundary": ("mixture", own),
        "choice_only": ("choice_only", {}),
        "anonymous_boundary": ("anonymous_boundary", {}),
    }


NOW = "(10 - d_amount) / 10"
# attributes of the ladder's models: see the page on models
DRIFT = {
    "krajbich2010": "1 + d_rating",
    "amasino2019": f"1 + I({NOW}) + I(1 / (1 + 0.003 * d_delay)) + I(1 / (1 + 0.03 * d_delay)) + "
    f"I({NOW} * np.log1p(d_delay))",
    "cavanagh2011": "0 + conf",
    "wagenmakers2008": "0 + frequency",
}


def ladder(sample: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """From labelers' own boundaries to all that real people need, a step at a time."""
    step: dict[str, Any] = {"drift": DRIFT[sample]}
    start = {"start": bd.by_labeler()}
    noise = ("+ drift noise", {"drift_noise": parameter_called("drift_noise").prior})
    collapse = ("+ own closing bounds", {"collapse": bd.by_labeler()})
    if sample == "cavanagh2011":
        first, order = "own boundary and ndt", [collapse, ("+ own starting points", start)]
    elif sample == "wagenmakers2008":
        by_condition = bd.by_labeler("condition")
        step |= {"boundary": by_condition, "ndt": by_condition}
        first = "own boundary and ndt, by condition"
        order = [("+ own starting points", start), noise, collapse]
    else:
        step |= start
        first = "own boundary, ndt and start"
        order = [noise, collapse, ("+ saturating drift", {"drift_link": "saturating"})]
    steps = {first: dict(step)}
    for name, more in order:
        step |= more
        steps[name] = dict(step)
    return {name: ("labeler_boundary", options) for name, options in steps.items()}


def fitted(sample: str, choices: bd.Choices, name: str, folder: Path, **length: int) -> xr.DataTree:
    """Fit a model, or take it from the folder."""
    path = folder / f"{sample} {name}.nc".replace(" ", "_")
    if path.exists():
        return bd.load(path)
    model, given = (family() | ladder(sample))[name]
    if model == "anonymous_boundary":
        choices = replace(choices, labeler=None, labelers=None)
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bd.ConvergenceWarning)
        fit = bd.fit(choices, model, chains=2, seed=1, progress=False, **length, **given)
    print(f"{sample} {name}: {time.perf_counter() - started:.0f} s", flush=True)
    bd.save(fit, path)
    return fit


def ranked_and_checked(sample: str, fits: dict[str, xr.DataTree]) -> pd.DataFrame:
    """Rank, check, print; one row per model."""
    ranked = {n: f for n, f in fits.items() if n not in {"choice_only", "anonymous_boundary"}}
    ranking = bd.rank(ranked)
    print(f"\n{sample}\n{ranking}\n", flush=True)
    records = []
    for name, fit in fits.items():
        convergence = bd.check_convergence(fit)
        row: dict[str, Any] = {"sample": sample, "model": name, "seconds": fit.attrs["seconds"]}
        row |= {"divergences": convergence.divergences, "r_hat": convergence.r_hat}
        if name in ranked:
            row |= ranking.table.loc[name, ["elpd", "se", "elpd_diff", "dse"]].to_dict()
        checks = bd.predictive_checks(fit, draws=100)
        row["checks_failed"] = " ".join(c.name for c in checks.checks if not c.ok)
        row["checks_noted"] = " ".join(c.name for c in checks.checks if c.minor)
        table = Posterior.of(fit).table()
        for feature in bd.choices_of(fit).feature_names:
            row[feature] = table.loc[feature, "mean"]
            row[f"{feature}_sd"] = table.loc[feature, "sd"]
        records.append(row)
        if name == ranking.best:
            print(f"{name}\n{checks}\n\n{table.to_string(float_format='{:.4g}'.format)}\n")
    made = pd.DataFrame(records)
    print(made.drop(columns="sample").to_string(index=False, float_format="{:.4g}".format))
    return made


def main() -> None:
    """Run the samples asked for."""
    parser = options(__doc__, draws=1000, tune=1000)
    parser.add_argument("--sample", choices=SAMPLES, help="only this one")
    parser.add_argument("--fits", type=Path, help="folder in which fits are kept")
    known = [*family(), *dict.fromkeys(name for sample in SAMPLES for name in ladder(sample))]
    parser.add_argument("--models", type=some_of(known), default=list(family()), help="a;b")
    parser.add_argument("--ladder", action="store_true", help="the ladder's models instead")
    arguments = parser.parse_args()
    if not arguments.ladder and arguments.sample not in (None, *PLAIN):
        parser.error(f"{arguments.sample} takes --ladder: its attributes need a formula")
    parts = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.fits or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        samples = SAMPLES if arguments.ladder else PLAIN
        length = {"draws": arguments.draws, "tune": arguments.tune}
        for sample in [arguments.sample] if arguments.sample else samples:
            choices = SAMPLES[sample]()
            models = list(ladder(sample)) if arguments.ladder else arguments.models
            fits = {name: fitted(sample, choices, name, folder, **length) for name in models}
            parts.append(ranked_and_checked(sample, fits))
    keep(pd.concat(parts), "real_samples", ["sample"])


if __name__ == "__main__":
    main()
