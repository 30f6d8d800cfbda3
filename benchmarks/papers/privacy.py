"""Two papers on privacy: levels of one's own, and the privacy of single coordinates.

Levels of one's own: the mean of 1,000 people's bits of which a share sends at epsilon 0.1 and the
others at 1; mean squared error of the average with equal and with the best weights, beside what was
published and the formula. Coordinate privacy: means of ten dependent bits of 10,000 people, two of
them sensitive (0.2), the others at 2, as in the authors' program; squared error beside protecting
all at 0.2, by how much the bits depend on each other.

    python -m benchmarks privacy [--replications 60]

References
----------
Aliakbarpour, Fallah, Roy & Stevens (2025), High-probability bounds for heterogeneous local
differential privacy, arXiv 2510.11895.
Aliakbarpour, Chaudhuri, Courtade, Fallah & Jordan (2024), Enhancing feature-specific data
protection via Bayesian coordinate differential privacy, arXiv 2410.18404.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln

from benchmarks.support.options import options

Array = NDArray[np.float64]
# share at epsilon 0.1: published errors of the best and of equal weights
PUBLISHED = {0.1: (0.006793, 0.038965), 0.5: (0.005313, 0.205487), 0.9: (0.049770, 0.379657)}
PEOPLE, BITS, SENSITIVE, LOW, HIGH = 10_000, 10, 2, 0.2, 2.0


def levels(share: float, replications: int, rng: np.random.Generator) -> dict[str, float]:
    """Mean squared error with equal and with the best weights, simulated and by formula."""
    n, mean = 1000, 0.05
    low = int(n * share)
    epsilon = np.append(np.full(low, 0.1), np.full(n - low, 1.0))
    stretch = 1 / np.tanh(epsilon / 2)
    best = stretch**-2 / (stretch**-2).sum()
    bit = np.where(rng.random((replications, n)) < (1 + mean) / 2, 1.0, -1.0)
    kept = rng.random((replications, n)) < 1 / (1 + np.exp(-epsilon))
    sent = stretch * np.where(kept, bit, -bit)
    variance = stretch**2 - mean**2
    return {
        "share_at_0.1": share,
        "equal_published": PUBLISHED[share][1],
        "equal_formula": float(variance.mean() / n),
        "equal": float(((sent.mean(axis=1) - mean) ** 2).mean()),
        "best_published": PUBLISHED[share][0],
        "best_formula": float(best**2 @ variance),
        "best": float(((sent @ best - mean) ** 2).mean()),
    }


def ball(x: Array, epsilon: float, rng: np.random.Generator) -> Array:
    """Send vectors of signs by the mechanism on the ball of Duchi, Jordan & Wainwright (2018)."""
    n, d = x.shape
    root, norm = np.sqrt(d), np.linalg.norm(x, axis=1, keepdims=True)
    size = np.sqrt(np.pi) * d * root / np.tanh(epsilon / 2)
    size *= np.exp(gammaln((d + 1) / 2) - gammaln(1 + d / 2))
    sign = np.where(rng.random((n, 1)) < 0.5 + norm / (2 * root), 1, -1)
    pole = sign * root * x / norm
    point = rng.normal(size=(n, d))
    point *= size / np.linalg.norm(point, axis=1, keepdims=True)
    near = np.where(rng.random((n, 1)) < 1 / (1 + np.exp(-epsilon)), 1, -1)
    return point * np.sign((point * pole).sum(axis=1, keepdims=True)) * near


def within(mean: Array) -> Array:
    """Project a mean of signs on the ball."""
    return mean * min(1.0, np.sqrt(len(mean)) / np.linalg.norm(mean))


def budgets(q: float) -> tuple[float, float]:
    """Return what sensitive bits and the others are sent at, by the paper's rule."""
    rest = min(HIGH, np.log((np.exp((0.5 + q / 2) * LOW) + q - 1) / q))
    sensitive = rest if rest < LOW else LOW - np.log(1 - q + q * np.exp(rest))
    return float(sensitive), float(rest)


def coordinate(q: float, replications: int, rng: np.random.Generator) -> dict[str, float]:
    """Median squared errors of both, where bits are a common coin with probability ``q``."""
    sensitive, rest = budgets(q)
    errors = []
    for _ in range(replications):
        bits = rng.integers(0, 2, (PEOPLE, BITS))
        common = rng.random(PEOPLE) < q
        bits[common] = rng.integers(0, 2, PEOPLE)[common, None]
        x = 2.0 * bits - 1
        mean = x.mean(axis=0)
        whole = within(ball(x, sensitive, rng).mean(axis=0))
        made = whole.copy()
        if rest > sensitive + 1e-5:
            more = within(ball(x[:, SENSITIVE:], rest - sensitive, rng).mean(axis=0))
            weight = sensitive**2 / BITS, (rest - sensitive) ** 2 / (BITS - SENSITIVE)
            made[SENSITIVE:] = (weight[0] * whole[SENSITIVE:] + weight[1] * more) / sum(weight)
        plain = within(ball(x, LOW, rng).mean(axis=0))
        errors.append([((within(m) - mean) ** 2).sum() for m in (made, plain)])
    told, alike = np.median(errors, axis=0).tolist()
    spent = min(sensitive + np.log1p(q * np.expm1(rest)), rest)
    return {
        "q": q,
        "sensitive": sensitive,
        "others": rest,
        "delta": float(spent),
        "coordinate_error": told,
        "plain_error": alike,
    }


def main() -> None:
    """Print both tables."""
    arguments = options(__doc__, replications=60, seed=1).parse_args()
    rng = np.random.default_rng(arguments.seed)
    table = pd.DataFrame([levels(share, 20 * arguments.replications, rng) for share in PUBLISHED])
    print(table.to_string(index=False, float_format="{:.4f}".format))
    errors = [coordinate(q, arguments.replications, rng) for q in (0.01, 0.34, 1.0)]
    print(pd.DataFrame(errors).to_string(index=False, float_format="{:.3f}".format))


if __name__ == "__main__":
    main()
