"""Average preference over four attributes, one anonymous choice per labeler.

Preference vectors are normal, or a mixture of two normals. Attribute differences are uniform
between -1 and 1; standard normal ones, the last setting, give drifts of heavier tails than the
plug-in allows for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit, ndtri

import bayes_ddm as bd
from bayes_ddm.estimators import bradley_terry
from bayes_ddm.simulate import experiment, population
from benchmarks.papers.heterogeneous.estimators import BOUNDARY, SHOWN, SIZES, errors
from benchmarks.papers.heterogeneous.tables import Claims, below, claim, cosine, progressing, wide

__all__ = ["SETTINGS", "Setting", "contextual", "pooled_limit"]

FloatArray = NDArray[np.float64]


def uniform(u: FloatArray) -> FloatArray:
    """Turn uniform variates into attribute differences between -1 and 1."""
    return 2 * u - 1


@dataclass(frozen=True)
class Setting:
    """A mixture of normal preference vectors, and a law of attribute differences.

    Attributes
    ----------
    types : tuple
        Weight, mean and standard deviations of each normal.
    psi : callable
        Turns uniform variates, shape (rows, 4), into attribute differences.
    """

    types: tuple[tuple[float, tuple[float, ...], tuple[float, ...]], ...]
    psi: Callable[[FloatArray], FloatArray] = uniform

    @property
    def mean(self) -> FloatArray:
        """Average preference vector."""
        return np.sum([weight * np.array(mean) for weight, mean, _ in self.types], axis=0)

    def preferences(self, rng: np.random.Generator, n: int) -> FloatArray:
        """Draw preference vectors, shape (n, 4)."""
        parts = [
            population("normal", mean=mean, sd=sds).draw(rng, n) for _, mean, sds in self.types
        ]
        which = rng.choice(len(parts), n, p=[weight for weight, *_ in self.types])
        return np.stack(parts)[which, np.arange(n)]

    def simulated(self, rng: np.random.Generator, *, n: int) -> bd.Choices:
        """Simulate a data set of ``n`` choices."""
        return experiment(
            self.preferences,
            labelers=n,
            boundary=BOUNDARY,
            features=lambda rng, rows: self.psi(rng.random((rows, 4))),
            seed=rng,
        )


THETA = (0.8, -0.6, 0.4, 0.2)
GROUPS = ((0.7, (1.4, -0.3, 0.1, 0.5), (0.2,) * 4), (0.3, (-0.6, -1.3, 1.1, -0.5), (0.2,) * 4))
SETTINGS = {
    "equal spreads": Setting(((1.0, THETA, (1.0,) * 4),)),
    "unequal spreads": Setting(((1.0, THETA, (0.2, 0.5, 1.0, 2.0)),)),
    "two groups": Setting(GROUPS),
    "equal, normal psi": Setting(((1.0, THETA, (1.0,) * 4),), ndtri),
}


def pooled_limit(setting: Setting) -> FloatArray:
    """Where pooled Bradley-Terry ends, in drift units.

    Choice probabilities by Gauss-Hermite quadrature at quasi-random attribute differences, given
    to the regression as counts.
    """
    # the first point is the corner
    psi = setting.psi(stats.qmc.Halton(4, scramble=False).random(1 + 2**14)[1:])
    node, weight = np.polynomial.hermite_e.hermegauss(60)
    share = np.zeros(len(psi))
    for mass, mean, sds in setting.types:
        centre, spread = psi @ np.array(mean), np.sqrt(psi**2 @ np.array(sds) ** 2)
        at = expit(2 * BOUNDARY * (centre[:, None] + spread[:, None] * node))
        share += mass * (at @ weight) / weight.sum()
    names = ["a", "b", "c", "d"]
    frame = pd.DataFrame(np.tile(psi, (2, 1)), columns=names)
    frame["choice"] = np.repeat([1, -1], len(psi))
    frame["rt"] = 1.0
    frame["count"] = np.round(1e6 * np.concatenate([share, 1 - share])).astype(int)
    choices = bd.Choices.from_frame(frame, features=names, count="count")
    return bradley_terry(choices).values / (2 * BOUNDARY)


def contextual(replications: int) -> tuple[pd.DataFrame, Claims]:
    """Run, print, and judge the claims."""
    names = list(SETTINGS)
    limits = {name: pooled_limit(setting) for name, setting in SETTINGS.items()}
    lines = []
    cells = [(s, n) for s in range(len(names)) for n in SIZES if n <= SHOWN]
    for s, n in progressing(cells, "contextual"):
        setting, limit = SETTINGS[names[s]], limits[names[s]]
        draw = partial(setting.simulated, n=n)
        head = {"population": names[s], "n": n}
        found = errors(head, draw, setting.mean, [2, s, n], replications)
        for line in found:
            pooled = line["estimator"] == "Bradley-Terry"
            end = limit if pooled else np.full(4, np.nan)
            line["floor"] = float(np.linalg.norm(end - setting.mean))
            line["cosine_floor"] = cosine(end, setting.mean)
        lines += found
    table = pd.DataFrame(lines)
    index = ["population", "estimator"]
    print("\nlength of the error of theta, root mean square")
    print(wide(table, index, "n", "rmse", "floor"))
    print("\ncosine to theta, mean")
    print(wide(table, index, "n", "cosine", "cosine_floor", digits=5))
    claims: Claims = []
    for name, rows in table[table["n"] == SHOWN].groupby("population", sort=False):
        at = rows.set_index("estimator")
        mine, pooled = at.loc["plug-in"], at.loc["Bradley-Terry"]
        claims += [
            claim(
                f"{name}: the plug-in's error is below pooled Bradley-Terry's at {SHOWN:,}",
                f"{mine['rmse']:.3f} against {pooled['rmse']:.3f}",
                below(mine["rmse"], mine["rmse_se"], pooled["rmse"], pooled["rmse_se"]),
            ),
            claim(
                f"{name}: the plug-in's cosine is above pooled Bradley-Terry's at {SHOWN:,}",
                f"{mine['cosine']:.5f} against {pooled['cosine']:.5f}",
                below(*(x[k] for x in (pooled, mine) for k in ("cosine", "cosine_se"))),
            ),
        ]
    return table, claims
