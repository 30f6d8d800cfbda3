"""Whether two ways of knowing the boundary agree, which share all but the population.

Repeated comparisons tell the boundary whatever the population is; a smooth population tells it from
all choices. What both assume, one boundary and ndt for all and nothing but decisions, moves them
apart where it is false.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import ndtr

from bayes_ddm.data.choices import Choices
from bayes_ddm.display import Shown, Words
from bayes_ddm.estimators.assumptions.choice_time import ChoiceTimeTest
from bayes_ddm.estimators.boundaries.conditional import conditional_boundary
from bayes_ddm.estimators.boundaries.semiparametric import semiparametric_boundary
from bayes_ddm.estimators.result import Boundary, Influence

# below, the closed forms' intervals are called unreliable
LEVEL = 0.01
WIDER = (
    "labelers do not share one boundary and ndt (model 'labeler_boundary'), some choices are "
    "lapses or anticipations (model 'contaminated'), or slow responses are missing"
)
NARROWER = (
    "evidence does not start halfway (model 'start_bias'), or the population is far from a few "
    "normals"
)


@dataclass(frozen=True, repr=False)
class BoundaryTest(Shown):
    """Boundary of repeated comparisons less that of a smooth population; see `boundary_test`.

    Attributes
    ----------
    conditional, semiparametric : float
        Half boundary separations, averaged over conditions where these move them.
    difference, se : float
    z, p_value : float
    """

    conditional: float
    semiparametric: float
    difference: float
    se: float
    z: float
    p_value: float

    @property
    def finding(self) -> str:
        """What stands out and what would make it so, if `p_value` is below 0.01; else empty."""
        if not self.p_value < LEVEL:
            return ""
        size, cause = ("larger", WIDER) if self.z > 0 else ("smaller", NARROWER)
        return (
            f"repeated comparisons give a {size} boundary ({self.conditional:.3g}) than a smooth "
            f"population does ({self.semiparametric:.3g}; z = {self.z:.1f}): {cause}"
        )

    def blocks(self) -> tuple[Words]:
        """Return the test in words."""
        shown = (
            f"Boundary from repeated comparisons {self.conditional:.4g}, from a smooth population "
            f"{self.semiparametric:.4g}: difference {self.difference:+.3g} (se {self.se:.2g}), "
            f"z = {self.z:.2f}, p = {self.p_value:.3g}"
        )
        return (Words(shown),)


def boundary_test(choices: Choices, ndt: float | None = None) -> BoundaryTest | None:
    """Test what all closed forms assume but the population's shape: one diffusion for everybody.

    Parameters
    ----------
    choices : Choices
    ndt : float, optional
        A known non-decision time in seconds; by default it is estimated.

    Returns
    -------
    BoundaryTest or None
        None where either boundary cannot be had reliably, as with anonymous labelers.

    Raises
    ------
    InputError
        If the given ndt is not below the smallest response time.

    Notes
    -----
    The difference of `conditional_boundary` and `semiparametric_boundary` over its standard error,
    from labelers' influence on both [1]_. A population with an edge moves the second a little; much
    less than labelers' own boundaries do.

    References
    ----------
    .. [1] Hausman (1978), Econometrica 46:1251; with a variance that holds without efficiency.

    Examples
    --------
    >>> import numpy as np
    >>> from bayes_ddm.simulate import experiment
    >>> given = {"labelers": 500, "choices": 4, "ndt": 0.3, "seed": 1}
    >>> boundary_test(experiment("normal", boundary=1.25, **given)).p_value > 0.05
    True
    >>> own = 1.25 * np.exp(0.4 * np.random.default_rng(1).standard_normal(500))
    >>> boundary_test(experiment("normal", boundary=own, **given)).p_value < 0.01
    True
    """
    repeats = conditional_boundary(choices, ndt)
    return (
        None
        if repeats is None
        else boundary_test_of(repeats, semiparametric_boundary(choices, ndt))
    )


def boundary_test_of(repeats: Boundary | None, smooth: Boundary | None) -> BoundaryTest | None:
    """Compare two boundaries at hand; None unless both are reliable."""
    if repeats is None or smooth is None or not (repeats.reliable and smooth.reliable):
        return None
    (first, on_first), (second, on_second) = repeats.overall, smooth.overall
    se = float(Influence((on_first - on_second)[:, None], repeats.unit_count).se[0])
    difference = first - second
    if not se > 0:
        return None
    z = difference / se
    return BoundaryTest(
        conditional=first,
        semiparametric=second,
        difference=difference,
        se=se,
        z=z,
        p_value=float(2 * ndtr(-abs(z))),
    )


def first_finding(*tests: ChoiceTimeTest | BoundaryTest | None) -> str:
    """Return what the first of several tests found, or nothing."""
    return next((test.finding for test in tests if test and test.finding), "")
