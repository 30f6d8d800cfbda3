"""Whether the population is normal, as the hierarchical models take it to be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices, expect_choices
from bayes_ddm.data.columns import whole
from bayes_ddm.data.condensing.condense import lossless
from bayes_ddm.display import Shown, Words
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.boundaries.conditional import conditional_boundary
from bayes_ddm.estimators.boundaries.known import checked, known_boundary
from bayes_ddm.estimators.boundaries.mixture import DriftMixture, drift_mixture
from bayes_ddm.estimators.consistent import consistent
from bayes_ddm.estimators.result import Boundary, Estimate, Influence

FEWEST_UNITS = 100
LEVEL = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class SpecificationTest(Shown):
    """Closed form less maximum likelihood under a normal population.

    Attributes
    ----------
    parameters : tuple of str
        "mu", or the features.
    difference, se : ndarray, shape (parameters,)
    statistic : float
        Of all differences together.
    df : int
    p_value : float
        NaN where there is no test; `note` says why.
    boundary : Boundary
        What the closed form uses.
    note : str
    """

    parameters: tuple[str, ...]
    difference: FloatArray
    se: FloatArray
    statistic: float
    df: int
    p_value: float
    boundary: Boundary
    note: str

    @property
    def rejects(self) -> bool:
        """Whether these choices contradict a normal population."""
        return self.p_value < LEVEL

    def blocks(self) -> tuple[Words]:
        """Return the test in words."""
        differences = "; ".join(
            f"{name} {value:+.3g} (se {se:.2g})"
            for name, value, se in zip(self.parameters, self.difference, self.se, strict=True)
        )
        end = f": {self.note}" if self.note else ""
        sentence = (
            f"Closed form ({self.boundary.method} boundary) less normal population: {differences}; "
            f"chi2({self.df}) = {self.statistic:.3g}, p = {self.p_value:.3g}{end}"
        )
        return (Words(sentence),)


def specification_test(
    choices: Choices, *, boundary: float | None = None, ndt: float | None = None
) -> SpecificationTest:
    """Test the normal population against the closed form, which needs none.

    Parameters
    ----------
    choices : Choices or PrivateChoices
    boundary, ndt : float, optional
        Known half boundary separation and non-decision time, in seconds: both, or the ndt alone.

    Returns
    -------
    SpecificationTest

    Raises
    ------
    InputError
        If the boundary is given without the ndt, either is impossible, or there are fewer than 100
        labelers.

    Notes
    -----
    A difference of two estimates of the average preference, over its own standard error from the
    labelers' influence on it [1]_. The closed form takes the known boundary; or that of repeated
    comparisons, which owes nothing to the population; or, where nobody repeats one, that of the
    normal population itself. In the second case labelers who differ in boundary or ndt are found
    out too.

    References
    ----------
    .. [1] Hausman (1978), Econometrica 46:1251; with a variance that holds without efficiency.

    Examples
    --------
    >>> from bayes_ddm.simulate import experiment
    >>> choices = experiment("normal", labelers=2000, choices=2, boundary=1.25, ndt=0.3, seed=1)
    >>> specification_test(choices).p_value > 0.05
    True
    """
    choices = lossless(expect_choices(choices, private=True))
    if boundary is not None and ndt is None:
        raise InputError("a known boundary needs its ndt too; ndt=0.0 if there is none.")
    n = whole(choices.unit_count.sum())
    if n < FEWEST_UNITS:
        raise InputError(f"too few labelers ({n}) for the test; at least {FEWEST_UNITS}.")
    normal = drift_mixture(choices, ndt, components=1, boundary=boundary)
    bounds = None
    if boundary is not None and ndt is not None:
        bounds = known_boundary(choices, boundary, ndt)
    elif not choices.anonymous:
        bounds = conditional_boundary(choices, ndt)
    if bounds is None or not bounds.reliable:
        own = normal.influence[:, :2]
        bounds = checked(choices, "model", normal.boundary, normal.ndt, own, None, notes=())
    return _difference(choices, consistent(choices, bounds), normal, bounds)


def normality_test_of(
    choices: Choices, closed: Estimate, ndt: float | None = None
) -> SpecificationTest | None:
    """Test the normal population against a closed form at hand, made of these choices.

    None where its boundary rests on the population, or varies, or there are too few labelers.
    """
    boundary = closed.boundary
    if (
        boundary is None
        or boundary.by_cell is not None
        or boundary.method not in {"known", "conditional"}
    ):
        return None
    if whole(choices.unit_count.sum()) < FEWEST_UNITS:
        return None
    fixed = (boundary.ndt, boundary.boundary) if boundary.method == "known" else (ndt, None)
    normal = drift_mixture(choices, fixed[0], components=1, boundary=fixed[1])
    return _difference(choices, closed, normal, boundary)


def _difference(
    choices: Choices, closed: Estimate, normal: DriftMixture, boundary: Boundary
) -> SpecificationTest:
    d = len(normal.mean)
    difference = closed.values[:d] - normal.mean
    gap = Influence(closed.influence[:, :d] - normal.influence[:, 2:], choices.unit_count)
    statistic, p_value = gap.wald(difference)
    note = closed.note
    if np.isnan(statistic):
        note = note or "the normal population cannot be fitted"
    return SpecificationTest(
        parameters=closed.parameters[:d],
        difference=difference,
        se=gap.se,
        statistic=statistic,
        df=d,
        p_value=p_value,
        boundary=boundary,
        note=note,
    )
