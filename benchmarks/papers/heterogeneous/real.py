"""Direction of the average preference in subsamples of Amasino et al. (2019), labelers forgotten.

Published: cosine .998 to the labelers' average for the plug-in, .993-.994 for pooled Bradley-Terry,
in 50 subsamples of 5,000 rows. A labeler's own preference may be

- *ratio*: their speed-accuracy ratio, non-decision time 0;
- *logit*: their logistic regression, labelers whose choices it separates left out;
- *likelihood*: their own diffusion, boundary and ndt the likeliest on a grid,

and the cosine depends on the attributes' units. Rows are drawn without replacement. Nobody answers
the same comparison twice, so that there is no boundary from repeated comparisons.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.estimators import (
    bradley_terry,
    conditional_boundary,
    consistent,
    consistent_values,
    speed_accuracy,
    three_scale,
    two_scale,
)
from benchmarks.papers.heterogeneous.tables import Claims, claim, cosine, progressing, wide
from benchmarks.support.per_labeler import LOG_BOUNDARIES, NDT_SHARES
from benchmarks.support.results import DATA

__all__ = ["real"]

FloatArray = NDArray[np.float64]
Estimator = Callable[[bd.Choices], FloatArray]

SIZES = (500, 1_000, 2_000, 5_000, 8_000)
SHOWN = 5_000
NEAR = 0.001  # of the published cosine
# lowest and highest
PUBLISHED = {"plug-in, two scales": (0.998, 0.998), "Bradley-Terry": (0.993, 0.994)}

# preferences per dollar and per day come first in what each returns
ESTIMATORS: dict[str, Estimator] = {
    "Bradley-Terry": lambda c: bradley_terry(c).values,
    "ratio": lambda c: speed_accuracy(c, 0.0).values,
    "plug-in, two scales": lambda c: consistent(c, two_scale(c)).values,
    "plug-in, three scales": lambda c: consistent(c, three_scale(c)).values,
    # about where the hierarchical model puts them, from all rows and with labelers known
    "b = 2.05, ndt = .21": lambda c: consistent_values(c, 2.05, 0.21),
}


def likeliest(choices: bd.Choices) -> FloatArray:
    """Preferences of one labeler's own diffusion, boundary and ndt on a grid.

    Given both, the likeliest preferences are boundary times the ratio.
    """
    boundaries = np.exp(LOG_BOUNDARIES)
    best, found = -np.inf, np.full(choices.features.shape[1], np.nan)
    for share in NDT_SHARES:
        ndt = share * choices.rt.min()
        g = speed_accuracy(choices, ndt).values
        gain = 0.5 * g @ (choices.choice @ choices.features)
        still = wiener.zero_drift_log_density((choices.rt - ndt)[:, None], boundaries)
        value = still.sum(axis=0) + boundaries**2 * gain
        if value.max() > best:
            best, found = value.max(), boundaries[value.argmax()] * g
    return found


TARGETS: dict[str, Estimator] = {
    "ratio": lambda c: speed_accuracy(c, 0.0).values,
    "logit": lambda c: bradley_terry(c).values,
    "likelihood": likeliest,
}


def anonymous_rows(choices: bd.Choices, rows: NDArray[Any]) -> bd.Choices:
    """Some of the rows, without who answered."""
    return replace(
        choices,
        choice=choices.choice[rows],
        rt=choices.rt[rows],
        labeler=None,
        labelers=None,
        features=choices.features[rows],
        count=choices.count[rows],
        row=None,
    )


def targets(choices: bd.Choices) -> dict[str, FloatArray]:
    """Average of the labelers' own preferences, by each definition."""
    assert choices.labeler is not None
    each = [anonymous_rows(choices, choices.labeler == i) for i in range(choices.n_labelers or 0)]
    made = {}
    for name, own in TARGETS.items():
        values = np.array([own(labeler) for labeler in each])
        made[name] = np.nanmean(values, axis=0)
        left_out = int(np.isnan(values).any(axis=1).sum())
        print(
            f"target {name}: {made[name][0]:.4f} per dollar, {made[name][1]:.5f} per day"
            + (f"; {left_out} labelers left out" if left_out else "")
        )
    return made


def real(replications: int) -> tuple[pd.DataFrame, Claims]:
    """Run, print, and judge the claims."""
    choices = bd.datasets.amasino2019(DATA / "amasino2019_replication.csv")
    assert conditional_boundary(choices) is None
    print(f"\n{choices}")
    wanted = targets(choices)
    # a preference is proportional to the unit of its attribute
    units = {
        "dollars, days": np.ones(2),
        "amount/10, days/365": np.array([10.0, 365.0]),
        "unit root mean square": np.sqrt((choices.features**2).mean(axis=0)),
    }
    lines, boundaries = [], []
    cells = [*((n, replications) for n in SIZES), (choices.n_choices, 1)]
    for n, times in progressing(cells, "real"):
        for k, child in enumerate(np.random.SeedSequence([4, n]).spawn(times)):
            rng = np.random.default_rng(child)
            sample = anonymous_rows(choices, rng.choice(choices.n_choices, n, replace=False))
            if n == SHOWN:
                boundaries.append(two_scale(sample).boundary)
            for name, estimator in ESTIMATORS.items():
                values = estimator(sample)[:2]
                for unit, scale in units.items():
                    for target, average in wanted.items():
                        head = {"unit": unit, "target": target, "estimator": name, "n": n, "k": k}
                        lines.append(head | {"cosine": cosine(values * scale, average * scale)})
    low, middle, high = np.quantile(boundaries, [0, 0.5, 1])
    print(f"two-scale boundary, {SHOWN:,} rows: median {middle:.2f}, {low:.2f} to {high:.2f}")
    single = pd.DataFrame(lines)
    by = single.groupby(["unit", "target", "estimator", "n"])["cosine"]
    order = pd.MultiIndex.from_product([units, wanted, ESTIMATORS, [n for n, _ in cells]])
    table = by.agg(cosine="mean", sd="std", replications="count").reindex(order)
    table = table.rename_axis(["unit", "target", "estimator", "n"]).reset_index()
    published = table["estimator"].map({name: np.mean(ends) for name, ends in PUBLISHED.items()})
    table["published"] = published.where(table["n"] == SHOWN)
    print("\ncosine to the labelers' average, mean over subsamples of n rows")
    print(wide(table, ["unit", "target", "estimator"], "n", "cosine", digits=5))
    at = single[single["n"] == SHOWN]
    shown = {
        f"{unit}, target {target}": at[(at["unit"] == unit) & (at["target"] == target)]
        for unit in units
        for target in wanted
    }
    parts = {
        w: rows.pivot(index="k", columns="estimator", values="cosine") for w, rows in shown.items()
    }
    return table, real_claims(parts)


def real_claims(parts: dict[str, pd.DataFrame]) -> Claims:
    """Judge published cosines, give or take `NEAR`; a column per estimator, a row per subsample."""
    mine, pooled = PUBLISHED
    claims: Claims = []
    for where, rows in parts.items():
        mean, sd = rows.mean(), rows.std()
        for name, (low, high) in PUBLISHED.items():
            ends = f"{low:g}" if low == high else f"{low:g} to {high:g}"
            claims.append(
                claim(
                    f"{where}: {name} {ends}",
                    f"{mean[name]:.4f} (sd {sd[name]:.4f})",
                    bool(low - NEAR <= mean[name] <= high + NEAR),
                )
            )
        larger = float((rows[mine] > rows[pooled]).mean())
        claims.append(
            claim(
                f"{where}: the plug-in is nearer than pooled Bradley-Terry",
                f"{mean[mine]:.5f} against {mean[pooled]:.5f}; in {larger:.0%} of subsamples",
                bool(mean[mine] > mean[pooled]),
            )
        )
    return claims
