"""Whether two ways of knowing the boundary agree, which share all but the population.

Repeated comparisons tell the boundary whatever the population is; a smooth population tells it from
all choices. What both assume, one boundary and ndt for all and nothing but decisions, moves them
apart where it is false.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import stdtr

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.suspicious import too_fast
from bayes_ddm.display import Shown, Words
from bayes_ddm.estimators.assumptions.choice_time import ChoiceTimeTest
from bayes_ddm.estimators.assumptions.finding import Finding, in_a_line, ranked
from bayes_ddm.estimators.boundaries.conditional import conditional_boundary
from bayes_ddm.estimators.boundaries.of_repeats import boundary_of_repeats
from bayes_ddm.estimators.boundaries.semiparametric import semiparametric_boundary
from bayes_ddm.estimators.cells import Cells
from bayes_ddm.estimators.of_sums import kept_whole
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
        By Student's t, its degrees of freedom the labelers less one.
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
        return in_a_line(self.findings)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The same with its size, if there is one."""
        if not self.p_value < LEVEL:
            return ()
        size, cause = ("larger", WIDER) if self.z > 0 else ("smaller", NARROWER)
        sentence = (
            f"repeated comparisons give a {size} boundary ({self.conditional:.3g}) than a smooth "
            f"population does ({self.semiparametric:.3g}; z = {self.z:.1f}): {cause}"
        )
        return (Finding("boundary", sentence, self.z),)

    def blocks(self) -> tuple[Words]:
        """Return the test in words."""
        sentence = (
            f"Boundary from repeated comparisons {self.conditional:.4g}, from a smooth population "
            f"{self.semiparametric:.4g}: difference {self.difference:+.3g} (se {self.se:.2g}), "
            f"z = {self.z:.2f}, p = {self.p_value:.3g}"
        )
        return (Words(sentence),)


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
    from labelers' influence on both [1]_. With fewer than 50 labelers the second is
    `bayes_ddm.estimators.boundaries.of_repeats.boundary_of_repeats`. A population with an edge
    moves it a little; much less than labelers' own boundaries do.

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
    if repeats is None:
        return None
    smooth = semiparametric_boundary(choices, ndt)
    return boundary_test_of(repeats, partner(choices, smooth, ndt))


def partner(
    choices: Choices, smooth: Boundary | None, ndt: float | None, cells: Cells | None = None
) -> Boundary | None:
    """Return a smooth population's boundary to hold that of repeated comparisons against.

    It is the semiparametric one where that is reliable, else `boundary_of_repeats`; not where
    labelers are condensed to sums and those kept whole stand for more than themselves.
    """
    of_some = choices.summed is not None and (choices.unit_count != 1).any()
    choices = kept_whole(choices)
    if smooth and (smooth.reliable or of_some or (ndt is None and len(too_fast(choices)))):
        return smooth  # responses that stand apart are so for both
    return boundary_of_repeats(choices, ndt, cells=cells)


def untested(repeats: Boundary | None, smooth: Boundary | None) -> str:
    """Say why two boundaries are not compared though there is one of repeated comparisons."""
    if repeats is None or boundary_test_of(repeats, smooth):
        return ""
    if not repeats.reliable:
        return "that of repeated comparisons is unreliable"
    reason = "too few comparisons are repeated" if smooth is None else smooth.note
    return f"that of a smooth population cannot be had ({reason})"


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
        p_value=float(2 * stdtr(repeats.unit_count.sum() - 1, -abs(z))),
    )


def findings_of(*tests: ChoiceTimeTest | BoundaryTest | None) -> tuple[Finding, ...]:
    """Return what several tests found, largest first."""
    return ranked(finding for test in tests if test for finding in test.findings)
