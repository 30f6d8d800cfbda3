"""Releases: errors and coverage of the closed form and of the posterior, and the test of both.

Boundary 1.25, ndt 0.3 s. Noise is from seeds. The posterior is integrated on a grid of mu and
sigma; ``rejected`` is the share of releases whose closed form and posterior differ, by the test of
`compare` at 5 %: its size in a normal population, its power in others.

    python -m benchmarks releases [--replications 200]
"""

from __future__ import annotations

import sys
from itertools import product

import numpy as np
import pandas as pd

import bayes_ddm as bd
from bayes_ddm.comparison.released import linear
from bayes_ddm.distributions.cells import cell_chances
from bayes_ddm.fitting.released import NODES, WEIGHTS
from bayes_ddm.privacy import Released
from bayes_ddm.privacy.released import bin_weight
from benchmarks.support.options import options
from benchmarks.support.populations import BOUNDARY, POPULATIONS
from benchmarks.support.results import keep

NDT, Z = 0.3, 1.96
DESIGNS = ((300, 1), (1000, 1), (1000, 10), (10_000, 1))
LEVELS = (0.5, 1.0)
OF_OTHERS = ((1000, 10), (10_000, 1))
POINTS = 15
FEWEST, MOST = 0.9, 0.07  # coverage of every interval, rejections in a normal population


def posterior(release: Released, about: tuple[float, float]) -> tuple[float, float, float]:
    """Mean and standard deviation of mu, and mean of sigma, under the default priors.

    On a wide grid of mu and log sigma, then on one as fine as the first has found it to be.
    """
    mean, width = about
    centre, half = np.array([mean, 0.0]), np.array([width, np.log(4.0)])
    for _ in range(2):
        axes = [np.linspace(c - h, c + h, POINTS) for c, h in zip(centre, half, strict=True)]
        at = np.stack([x.ravel() for x in np.meshgrid(*axes, indexing="ij")])
        log_density = log_posterior(release, *at)
        share = np.exp(log_density - log_density.max())
        share /= share.sum()
        centre = at @ share
        sd = np.sqrt((at - centre[:, None]) ** 2 @ share)
        # of what lies between two points the first grid knows nothing
        half = 4 * np.hypot(sd, half / POINTS)
    return float(centre[0]), float(sd[0]), float(np.exp(at[1]) @ share)


def log_posterior(release: Released, mu: np.ndarray, log_sigma: np.ndarray) -> np.ndarray:
    """Log density of each point up to a constant."""
    n, y = release.labelers, release.labelers * release.shares.ravel()
    noise = release.noise_variance * n**2 * np.eye(len(y))
    sigma = np.exp(log_sigma)
    drifts = (mu[:, None] + sigma[:, None] * NODES).ravel()
    cells = cell_chances(drifts, release.edges, release.boundary, np)
    cells = cells.reshape(len(mu), len(NODES), -1)
    share = WEIGHTS @ cells
    common = cells.transpose(0, 2, 1) @ (WEIGHTS[:, None] * cells)
    single, m = share[:, :, None] * np.eye(len(y)), release.mean_inverse
    spread = m * single + (1 - m) * common - share[:, :, None] * share[:, None, :]
    covariance, off = n * spread + noise, y - n * share
    whitened = np.linalg.solve(covariance, off[:, :, None])[:, :, 0]
    prior = -0.5 * (mu / 2) ** 2 - 0.5 * (sigma / 2) ** 2 + log_sigma
    return prior - 0.5 * (off * whitened).sum(axis=1) - 0.5 * np.linalg.slogdet(covariance)[1]


def run(name: str, labelers: int, choices: int, epsilon: float, replications: int) -> dict:
    """Bias, spread, coverage and rejections over replications."""
    who, found = POPULATIONS[name], []
    for seed in range(replications):
        given = {"labelers": labelers, "choices": choices, "boundary": BOUNDARY, "ndt": NDT}
        made = bd.simulate.experiment(who, **given, seed=seed)
        public = {"epsilon": epsilon, "boundary": BOUNDARY, "ndt": NDT}
        release = bd.privacy.simulate_release(made, **public, seed=seed)
        (closed,) = release.closed_form().estimates
        value, se, (low, high) = closed.values[0], closed.se[0], closed.interval()[0]
        mean, sd, sigma = posterior(release, (value, 6 * se))
        by_posterior, covariance = linear(release, mean, sigma, [True, True])
        weight = bin_weight(release).values
        by = np.concatenate([weight, -weight]) / labelers - by_posterior
        beyond = max(abs(value - mean) - closed.largest_bias[0], 0)
        rejected = beyond > Z * float(by @ covariance @ by) ** 0.5
        inside = low <= who.mean <= high, abs(mean - who.mean) < Z * sd
        found.append((value - who.mean, se, *inside, mean - who.mean, sd, rejected))
    table = np.array(found, dtype=float)
    return {
        "population": name,
        "labelers": labelers,
        "choices": choices,
        "epsilon": epsilon,
        "bias": table[:, 0].mean(),
        "sd": table[:, 0].std(),
        "se": table[:, 1].mean(),
        "coverage": table[:, 2].mean(),
        "posterior_bias": table[:, 4].mean(),
        "posterior_sd": table[:, 5].mean(),
        "posterior_coverage": table[:, 3].mean(),
        "rejected": table[:, 6].mean(),
        "replications": replications,
    }


def main() -> int:
    """Print the table and keep it; exit status 1 if coverage or size is not as it should be."""
    arguments = options(__doc__, replications=200).parse_args()
    many = arguments.replications
    rows = [run("normal", *d, e, many) for d, e in product(DESIGNS, LEVELS)]
    others = [name for name in POPULATIONS if name != "normal"]
    rows += [run(name, *d, 1.0, many) for name, d in product(others, OF_OTHERS)]
    table = pd.DataFrame(rows)
    keep(table, "releases")
    print(table.to_string(index=False, float_format="{:.4f}".format))
    normal = table["population"] == "normal"
    slack = 3 / many**0.5  # three Monte Carlo errors, roughly
    ok = table.loc[normal, "coverage"].min() > FEWEST - slack / 4
    ok &= table.loc[normal, "rejected"].max() < MOST + slack / 4
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
