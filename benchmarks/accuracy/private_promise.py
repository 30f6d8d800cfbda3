"""The promise itself: every likelihood ratio at 200 bits, and ten million draws of the sampler.

python -m benchmarks private_promise [--draws 10000000]
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pandas as pd
from mpmath import log, mp, mpf
from scipy.stats import chi2

import bayes_ddm as bd
from bayes_ddm.privacy import Channel
from bayes_ddm.privacy.coordinates import coordinates
from bayes_ddm.privacy.row_likelihood import cell_shares
from benchmarks.support.options import options

EPSILONS = (0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 16.0, 20.0)
PART = 1_000_000


def ratios(answers: int, epsilon: float) -> dict[str, object]:
    """Largest log ratio over all pairs of true answers and all that can be sent."""
    made = Channel(answers, epsilon)
    sent = np.full((answers, answers), made.other, dtype=object)
    np.fill_diagonal(sent, made.keep)
    with mp.workprec(200):
        worst = max(
            log(mpf(Fraction(sent[x, u], sent[y, u]).numerator))
            - log(mpf(Fraction(sent[x, u], sent[y, u]).denominator))
            for x, y, u in itertools.product(range(answers), repeat=3)
        )
        slack = float(mpf(epsilon) - worst)
    return {
        "answers": answers,
        "epsilon": epsilon,
        "slack": slack,
        "passed": 0 <= slack < 1e-9 and all(row.sum() == 2**64 for row in sent),
    }


def frequencies(answers: int, epsilon: float, draws: int) -> dict[str, object]:
    """Chi-square of what the sampler sends, from the operating system's secrets."""
    made = Channel(answers, epsilon)
    count = np.zeros(answers)
    for start in range(0, draws, PART):
        n = min(PART, draws - start)
        count += np.bincount(made.send(np.ones(n, dtype=np.int64)), minlength=answers)
    expected = draws * made.matrix[1]
    statistic = float(((count - expected) ** 2 / expected).sum())
    return {
        "answers": answers,
        "epsilon": epsilon,
        "draws": draws,
        "chi_square": statistic,
        "p_value": chi2.sf(statistic, answers - 1),
    }


def by_coordinate(epsilon: float, time: float) -> dict[str, object]:
    """Account of choice and time by themselves, beside an enumeration of its own."""
    scheme = bd.privacy.rows(epsilon, boundary=1.25, ndt=0.3, time_epsilon=time)
    cells = cell_shares(0.5, 1.0, 1.25, 0.3, scheme)
    found, worst = coordinates(scheme, cells), 0.0
    choice, speed = scheme.channels(0)
    for u in range(6):
        chance = [0.0, 0.0]
        for x in range(6):
            same = choice.keep if x // 3 == u // 3 else choice.other
            same *= speed.keep if x % 3 == u % 3 else speed.other
            chance[x // 3] += cells[x] * float(Fraction(same, 2**128))
        shares = cells[:3].sum(), cells[3:].sum()
        ratio = chance[0] / shares[0] / (chance[1] / shares[1])
        worst = max(worst, abs(float(np.log(ratio))))
    return {
        "epsilon_choice": epsilon,
        "epsilon_time": time,
        "delta_choice": found.delta_choice,
        "off": abs(found.delta_choice - worst),
        "general_bound": found.bound_choice,
        "delta_time": found.delta_time,
    }


def main() -> None:
    """Print the ratios, the frequencies and the account of single coordinates."""
    arguments = options(__doc__, draws=10_000_000).parse_args()
    table = pd.DataFrame([ratios(k, e) for k in (2, 3, 6) for e in EPSILONS])
    print(table.to_string(index=False))
    drawn = [frequencies(k, e, arguments.draws) for k, e in ((2, 1.0), (3, 4.0), (6, 2.0))]
    print(pd.DataFrame(drawn).to_string(index=False))
    pairs = ((0.5, 2.0), (1.0, 2.0), (1.0, 4.0), (2.0, 4.0))
    print(pd.DataFrame([by_coordinate(*pair) for pair in pairs]).to_string(index=False))


if __name__ == "__main__":
    main()
