"""Private answers of real people: what privacy adds to the errors on the intertemporal sample.

98 people, 13,793 choices. The average at a boundary and ndt that are taken as known, before privacy
and over replications of it: ``mean`` should be the average before, ``sd`` is what privacy adds, and
``se`` counts people too. Choices: the preferences for amount and delay. Rows: six cells, and one
average drift towards the later option.

    python -m benchmarks private_real [--replications 200]
"""

from __future__ import annotations

import numpy as np
import pandas as pd

import bayes_ddm as bd
from bayes_ddm.estimators import Estimate, bounded, known_boundary
from benchmarks.support.options import options
from benchmarks.support.results import DATA, keep

# as one boundary for all is fitted
BOUNDARY, NDT = 1.945, 0.214
LEVELS = (0.5, 1.0, 2.0, 4.0)


def over(before: Estimate, private: list[Estimate], what: str, epsilon: float) -> list[dict]:
    """A row for each parameter."""
    values = np.array([made.values for made in private])
    errors = np.array([made.se for made in private])
    return [
        {
            "protected": what,
            "epsilon": epsilon,
            "parameter": name,
            "before": before.values[j],
            "before_se": before.se[j],
            "mean": values[:, j].mean(),
            "sd": values[:, j].std(ddof=1),
            "se": errors[:, j].mean(),
            "replications": len(private),
        }
        for j, name in enumerate(private[0].parameters)
    ]


def main() -> None:
    """Print the table and write it to ``benchmarks/results``."""
    arguments = options(__doc__, replications=200, seed=1).parse_args()
    seeds = range(arguments.seed, arguments.seed + arguments.replications)
    sample = bd.datasets.amasino2019(DATA / "amasino2019_replication.csv")
    known = known_boundary(sample, BOUNDARY, NDT)
    alone = bd.Choices.from_frame(sample.to_frame(), labeler="labeler")
    of_alone = bounded(alone, known_boundary(alone, BOUNDARY, NDT), most_drift=2.5)
    rows: list[dict] = []
    for epsilon in LEVELS:
        choices = bd.privacy.choices(epsilon)
        sent = [bd.privacy.simulated(sample, choices, seed=s).choices for s in seeds]
        made = [bounded(each, known_boundary(each, BOUNDARY, NDT)) for each in sent]
        rows += over(bounded(sample, known), made, "choice", epsilon)
        cells = bd.privacy.rows(epsilon, boundary=BOUNDARY, ndt=NDT)
        tables = [bd.estimate(bd.privacy.simulated(alone, cells, seed=s)) for s in seeds]
        rows += over(of_alone, [table.estimates[0] for table in tables], "row", epsilon)
    table = pd.DataFrame(rows)
    keep(table, "private_real")
    print(table.to_string(index=False, float_format="{:.4g}".format))


if __name__ == "__main__":
    main()
