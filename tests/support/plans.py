"""What plans are made of in several test files."""

import numpy as np

from bayes_ddm.simulate.populations import population

KNOWN, CONDITIONAL, MODEL = (
    "consistent_known_boundary",
    "consistent_conditional_boundary",
    "hierarchical",
)
BOTH = ("boundary", "ndt")
BOUNDARY, NDT = 1.25, 0.3
NORMAL = {"mean": 0.5, "sd": 1.0, "boundary": BOUNDARY, "ndt": NDT, "progress": False}
# a variance from so many labelers has a relative error of 0.04, a standard error half of that
SMALL = {"pilot": 5000}
SKEWED = population("skewed", scale=1.2, shift=-0.5)


def variances(made, method):
    """Variance times labelers, by number of choices."""
    return {d.choices: d.labelers * np.square(d.se) for d in made.designs if d.method == method}
