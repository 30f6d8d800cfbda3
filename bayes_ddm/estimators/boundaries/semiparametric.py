"""Average preference from single choices: the boundary of a flexible population, then closed form.

One choice a labeler does not tell the boundary without an assumption on the population. Here it is
a mixture of a few normals: a smooth class, wide enough for groups and skewness. The published
plug-in assumes no class, and pays for it with nearly all its accuracy.
"""

from __future__ import annotations

import numpy as np

from bayes_ddm._typing import CountArray, FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.columns import whole
from bayes_ddm.data.sufficient import sum_by_unit
from bayes_ddm.data.suspicious import too_fast
from bayes_ddm.estimators.boundaries.by_cell import stacked
from bayes_ddm.estimators.boundaries.known import check_ndt, checked
from bayes_ddm.estimators.boundaries.likelihood import MOST_FEATURES
from bayes_ddm.estimators.boundaries.mixture import DriftMixture, drift_mixture
from bayes_ddm.estimators.boundaries.row_mixture import marginal_mixture
from bayes_ddm.estimators.cells import Cells
from bayes_ddm.estimators.consistent import consistent
from bayes_ddm.estimators.of_sums import kept
from bayes_ddm.estimators.result import Boundary, Estimate

FEWEST_UNITS = 50
# labelers times squared features: some ten seconds
MOST_WORK = 100_000
LARGEST_RELATIVE_SE = 0.25
DIGITS = 12_345.678  # of a second: any number that no clock ticks in


def semiparametric(choices: Choices, ndt: float | None = None) -> Estimate | None:
    """Closed-form average preference at the boundary of a mixture of normal populations.

    Parameters
    ----------
    choices : Choices
    ndt : float, optional
        A known non-decision time in seconds; by default it is estimated.

    Returns
    -------
    Estimate or None
        None where `semiparametric_boundary` is.

    Raises
    ------
    InputError
        If the given ndt is not below the smallest response time.

    Examples
    --------
    >>> from bayes_ddm.simulate import experiment
    >>> choices = experiment("normal", labelers=4000, choices=1, boundary=1.25, ndt=0.3, seed=1)
    >>> semiparametric(choices).values[0].round(1)
    np.float64(0.5)
    """
    boundary = semiparametric_boundary(choices, ndt)
    return None if boundary is None else consistent(choices, boundary)


def semiparametric_boundary(
    choices: Choices,
    ndt: float | None = None,
    *,
    boundary: float | None = None,
    cells: Cells | None = None,
) -> Boundary | None:
    """Boundary and ndt under a mixture of normal populations; see `drift_mixture`.

    Parameters
    ----------
    choices : Choices
    ndt : float, optional
        A known non-decision time in seconds; by default it is estimated.
    boundary : float, optional
        A known half boundary separation; by default it is estimated.
    cells : Cells, optional
        Conditions that move boundary or ndt. Each cell is fitted by itself, with a mixture of its
        own; what cells share is the average of their estimates with the least variance.

    Returns
    -------
    Boundary or None
        None for fewer than 50 labelers (rows, when anonymous). Unreliable when the boundary is not
        pinned down, or ndt is estimated and capped by responses that stand apart from the others.

    Raises
    ------
    InputError
        If the given ndt is not below the smallest response time.

    Notes
    -----
    With features the mixture is of the drifts of rows, attribute differences ignored, whatever
    their number; where labelers choose several times, of their preference vectors, while these
    have at most 8 entries and labelers are not very many.

    Where labelers are condensed to sums, the mixture is of the drifts of choices.

    Standard errors are sandwich ones, by labeler, and count how far the boundary moves with the
    number of components, each weighted by its criterion (as averages over models do [1]_): what
    chance leaves undecided, and some of what no mixture of few normals can be. Far from it (a
    density with an edge) the boundary is biased by about as much as they say.

    References
    ----------
    .. [1] Buckland, Burnham & Augustin (1997), Biometrics 53:603.
    """
    if ndt is not None:
        ndt = check_ndt(choices, ndt)
    if cells is not None:
        return stacked(
            choices, cells, lambda part: semiparametric_boundary(part, ndt, boundary=boundary)
        )
    if choices.unit_count.sum() < FEWEST_UNITS:
        return None
    if choices.summed is not None:
        return _of_sums(choices, ndt, boundary)
    if choices.contextual and not _told_by_labelers(choices):
        mixture, influence = marginal_mixture(choices, ndt, boundary=boundary)
    else:
        mixture = drift_mixture(choices, ndt, boundary=boundary)
        influence = mixture.influence[:, :2]
    notes = doubts(choices, mixture, ndt)
    times = sum_by_unit(choices, choices.rt)
    influence = smoothed(mixture.between, influence, choices.unit_count, times)
    return checked(choices, "semiparametric", mixture.boundary, mixture.ndt, influence, None, notes)


def _of_sums(choices: Choices, ndt: float | None, boundary: float | None) -> Boundary:
    """Take the law of drifts over rows, whosever they are."""
    condensed = kept(choices)
    mixture = drift_mixture(condensed.rows, ndt, boundary=boundary)
    notes = doubts(condensed.rows, mixture, ndt)
    influence = condensed.by_labeler(mixture.influence_on(condensed.each)[:, :2])
    times = np.bincount(condensed.whole.unit, condensed.whole.rt)
    influence = smoothed(mixture.between, influence, choices.unit_count, times)
    return checked(choices, "semiparametric", mixture.boundary, mixture.ndt, influence, None, notes)


def _told_by_labelers(choices: Choices) -> bool:
    """Whether labelers answer often, so that a law of their preference vectors tells more.

    Of very many labelers that of drifts tells enough, and a fit to them all would take minutes.
    """
    d = len(choices.feature_names)
    if choices.labeler is None or d > MOST_FEATURES or (choices.flip and choices.contextual):
        return False
    often = np.median(choices.choices_each) >= 2
    return bool(often and len(choices.unit_count) * d**2 <= MOST_WORK)


def smoothed(
    between: FloatArray, influence: FloatArray, count: CountArray, times: FloatArray
) -> FloatArray:
    """Influence whose squares sum to more, by those of ``between``, which is nobody's own.

    That is laid out over units in two directions that have nothing to do with their influence;
    whatever is estimated at this boundary then counts it. Which units go up, digits of their times
    decide, so that neither the order of rows nor their counts matter. ``count`` is how many units
    each stands for, ``times`` the sum of its response times.
    """
    between = np.linalg.qr(between, mode="r")  # two rows that stand for all
    if not (between.any() and np.isfinite(influence).all()):
        return influence
    digits = (DIGITS * times).astype(np.int64)
    aside = np.stack([(digits >> bit) % 2 - 0.5 for bit in range(len(between))])
    basis = np.stack([np.ones(len(count)), *influence.T])
    aside -= np.linalg.lstsq((basis * count) @ basis.T, (basis * count) @ aside.T)[0].T @ basis
    size = np.linalg.cholesky((aside * count) @ aside.T)
    return influence + (between.T @ np.linalg.inv(size) @ aside).T


def doubts(choices: Choices, mixture: DriftMixture, ndt: float | None) -> list[str]:
    """Say why the boundary of a mixture, at this known ndt if any, cannot be relied on."""
    notes = []
    if not mixture.pinned:
        notes.append("these choices do not pin the boundary down")
    else:
        relative = float(mixture.se[0]) / mixture.boundary
        if relative > LARGEST_RELATIVE_SE:
            notes.append(f"the boundary is not pinned down (standard error {relative:.0%})")
    if ndt is None and len(fast := too_fast(choices)):
        n = whole(choices.count[fast].sum())
        those = f"the {n:,} fastest responses" if n > 1 else "the fastest response"
        stand, them = ("stand", "them") if n > 1 else ("stands", "it")
        notes.append(
            f"{those} ({choices.rt[fast[0]]:.3g} s) {stand} apart, and a shared ndt must lie below "
            f"{them}: leave {them} out (bayes-ddm check says which)"
        )
    return notes
