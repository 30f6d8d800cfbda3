"""The real intertemporal data for held-out prediction: folds, and attributes chosen in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import bayes_ddm as bd
from benchmarks.support import per_labeler
from benchmarks.support.per_labeler import Rows, Scored
from benchmarks.support.results import DATA

__all__ = ["ATTRIBUTES", "FOLDS", "finite", "folds_of", "inner_scores", "load", "rows_of"]

FOLDS = 5
DEADLINE = 10.0
MIXED_IN = 1e-3

# later minus now; "now" is amount a at once, "later" $10 after d days
ATTRIBUTES: dict[str, Callable[[Any, Any], list[Any]]] = {
    "raw": lambda a, d: [10 - a, d],
    "log delay": lambda a, d: [10 - a, np.log1p(d)],
    "root delay": lambda a, d: [10 - a, np.sqrt(d)],
    "log both": lambda a, d: [np.log(10 / a), np.log1p(d)],
    "hyperbolic": lambda a, d: [-a, 10 / (1 + 0.003 * d), 10 / (1 + 0.03 * d)],
    "raw, later": lambda a, d: [10 - a, d, np.ones_like(a)],
    "log delay, later": lambda a, d: [10 - a, np.log1p(d), np.ones_like(a)],
    "root delay, later": lambda a, d: [10 - a, np.sqrt(d), np.ones_like(a)],
    "hyperbolic, later": lambda a, d: [
        *(-a, 10 / (1 + 0.003 * d), 10 / (1 + 0.03 * d)),
        np.ones_like(a),
    ],
    "log delay, product": lambda a, d: [10 - a, np.log1p(d), (10 - a) * np.log1p(d)],
}


def load() -> pd.DataFrame:
    """Every response of all 100 labelers, in the order of the session."""
    frame = bd.datasets.amasino2019_frame(DATA / "amasino2019_replication.csv")
    frame["trial"] = frame.groupby("labeler").cumcount()
    frame = frame[frame["choice"].notna() & frame["rt"].notna()].reset_index(drop=True)
    return frame.assign(sign=np.where(frame["choice"] == 1, 1.0, -1.0))


def rows_of(frame: pd.DataFrame, attributes: str) -> Rows:
    """The table as arrays, with one of the sets of attribute differences."""
    names, who = np.unique(frame["labeler"], return_inverse=True)
    made = ATTRIBUTES[attributes](
        frame["amount_now"].to_numpy(float), frame["delay_later"].to_numpy(float)
    )
    return Rows(who, np.stack(made, axis=1), frame["sign"].values, frame["rt"].values, len(names))


def folds_of(labeler: Any, seed: int) -> np.ndarray:
    """Fold of each row: a labeler's rows are dealt out evenly, in random order."""
    who = np.unique(labeler, return_inverse=True)[1]
    shuffled = np.random.default_rng(seed).permutation(len(who))
    by_labeler = shuffled[np.argsort(who[shuffled], kind="stable")]
    position = np.arange(len(who)) - np.searchsorted(who[by_labeler], who[by_labeler])
    fold = np.empty(len(who), dtype=int)
    fold[by_labeler] = position % FOLDS
    return fold


def finite(scored: Scored) -> Scored:
    """Mix in a little of a response that may come at any time: no log score is infinite."""
    keep, rest = np.log1p(-MIXED_IN), np.log(MIXED_IN / 2)
    return Scored(
        positive=scored.positive,
        log_choice=np.logaddexp(keep + scored.log_choice, rest),
        log_joint=np.logaddexp(keep + scored.log_joint, rest - np.log(DEADLINE)),
    )


def inner_scores(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Log score of (choice, rt) of each set of attributes in folds of the given rows.

    Three methods judge: a diffusion per labeler for the diffusions, a logit per labeler (with every
    ridge penalty) for the logits, the ratio for the ratios.
    """
    fold = folds_of(frame["labeler"], seed)
    lines = []
    for attributes in ATTRIBUTES:
        rows = rows_of(frame, attributes)
        parts = [(rows.take(fold != k), rows.take(fold == k)) for k in range(FOLDS)]
        judges: list[tuple[str, float, Any]] = [
            ("diffusion", 0.0, per_labeler.ratio_likelihood),
            ("ratio", 0.0, per_labeler.ratio),
        ]
        judges += [("logit", p, per_labeler.penalised(p)) for p in per_labeler.PENALTIES]
        for kind, penalty, judge in judges:
            score = sum(finite(judge(*part)).log_joint.sum() for part in parts) / len(frame)
            lines.append(
                {"kind": kind, "attributes": attributes, "penalty": penalty, "log_score": score}
            )
    return pd.DataFrame(lines)
