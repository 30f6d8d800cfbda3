"""Held-out prediction on the snack sample: a ladder's model against a logit with log-normal times.

Five folds, every labeler's rows split over them.  In the training rows of each fold the ladder
chooses model and attributes (`bayes_ddm.explore`, by three folds within), and the rival, a logistic
regression per labeler whose log-normal response time depends on the strength of preference, its
attributes and ridge penalty (by three folds within).  Either scores (choice, rt) of the rows that
were held out, mixed with one in a thousand of a response of either kind at any time.  Posteriors
are approximated, as the ladder's are.

    python -m benchmarks explored_prediction [--folds 5] [--inner 3] [--seed 1] [--steps own,noise]
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import bayes_ddm as bd
from bayes_ddm.comparison.explore import STEPS, Search
from bayes_ddm.data.design import with_drift
from bayes_ddm.fitting.held_out import ANYTHING, KNOWN, UNUSED, folds_of, held_out
from benchmarks.support import per_labeler
from benchmarks.support.options import options
from benchmarks.support.per_labeler import PENALTIES, Rows, Scored
from benchmarks.support.results import DATA, keep, kept

NAME = "explored_prediction"
FORMULAS = ("0 + d_rating", "1 + d_rating")
# the rival's attributes: the same, and a concave form
RIVAL: dict[str, Callable[[Any], list[Any]]] = {
    "0 + d_rating": lambda x: [x],
    "1 + d_rating": lambda x: [np.ones_like(x), x],
    "1 + sign(d_rating) sqrt|d_rating|": lambda x: [
        np.ones_like(x),
        np.sign(x) * np.sqrt(np.abs(x)),
    ],
}


def main() -> None:
    """Run all folds, and print who predicts better."""
    parser = options(__doc__, folds=5, inner=3, seed=1)
    parser.add_argument("--steps", type=steps_of, default=list(STEPS), help="own,drift,noise")
    run = parser.parse_args()
    choices = bd.datasets.krajbich2010(DATA / "krajbich2010_food.csv")
    search = Search({f: with_drift(choices, f) for f in FORMULAS}, run.seed)
    outer = folds_of(choices, run.folds, run.seed)
    everything = {name: rows_of(choices, make) for name, make in RIVAL.items()}
    latest = float(choices.rt.max())
    lines = []
    for k in range(run.folds):
        inner = np.full(len(choices), UNUSED)
        train = np.flatnonzero(outer != k)
        inner[train] = folds_of(choices._take(train), run.inner, run.seed)
        best = search.ladder(inner, run.steps, {}).best
        made = search.model(best.model, best.drift, best.options)
        ours = held_out(made, np.where(outer == k, 0, KNOWN)).score

        name, penalty = chosen(everything, inner, latest)
        table = everything[name]
        theirs = per_labeler.logit(table.take(outer != k), table.take(outer == k), penalty)
        rows = np.flatnonzero(outer == k)
        scores = pd.DataFrame(
            {
                "fold": k,
                "labeler": choices.labeler_names[choices.unit[rows]],
                "ladder": ours[rows],
                "logit": mixed(theirs, latest),
            }
        )
        lines.append(scores)
        print(f"fold {k}: {best.step}, {best.drift}, {sorted(best.options)}; logit {name}")
        print(scores[["ladder", "logit"]].mean().round(4).to_dict(), flush=True)
    sums = pd.concat(lines).groupby("labeler")[["ladder", "logit"]].agg(["sum", "size"])
    totals = pd.DataFrame(
        {
            "rows": sums[("ladder", "size")],
            "ladder": sums[("ladder", "sum")],
            "logit": sums[("logit", "sum")],
        }
    )
    keep(totals.reset_index(), NAME)
    report()


def steps_of(text: str) -> list[str]:
    """Steps of the ladder, between commas."""
    names = text.split(",")
    unknown = [name for name in names if name not in STEPS]
    if unknown:
        raise ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(STEPS)}")
    return names


def rows_of(choices: bd.Choices, make: Callable[[Any], list[Any]]) -> Rows:
    """The table as the rival takes it."""
    psi = np.stack(make(choices.features[:, 0]), axis=1)
    n = len(choices.unit_count)
    return Rows(choices.unit, psi, choices.choice.astype(float), choices.rt, n)


def mixed(scored: Scored, latest: float) -> np.ndarray:
    """Log scores that no single row decides, as the ladder's."""
    return np.logaddexp(np.log1p(-ANYTHING) + scored.log_joint, np.log(ANYTHING / (2 * latest)))


def chosen(tables: dict[str, Rows], inner: np.ndarray, latest: float) -> tuple[str, float]:
    """Attributes and penalty with which the rival predicts the training rows best."""
    found = {}
    for name, table in tables.items():
        for penalty in PENALTIES:
            parts = (
                (table.take((inner != k) & (inner != UNUSED)), table.take(inner == k))
                for k in range(int(inner.max()) + 1)
            )
            found[name, penalty] = sum(
                mixed(per_labeler.logit(train, test, penalty), latest).sum()
                for train, test in parts
            )
    return max(found, key=lambda key: found[key])


def report() -> None:
    """Print the averages over labelers, and the paired difference."""
    table = kept(NAME)
    each = table[["ladder", "logit"]].div(table["rows"], axis=0)
    gain = each["ladder"] - each["logit"]
    n = len(gain)
    print(each.mean().round(4).to_dict())
    print(
        f"the ladder's model less the logit: {gain.mean():+.4f} a row (se "
        f"{gain.std(ddof=1) / np.sqrt(n):.4f}, {n} labelers); in all "
        f"{(table['ladder'] - table['logit']).sum():+.1f}"
    )


if __name__ == "__main__":
    main()
