"""Drift pseudo-labels of single choices: what a reward model is trained on.

A choice times its `wiener.drift_weight` is an unbiased estimate of the drift behind it, so a
regression of pseudo-labels on what was compared learns the average preference, where a logistic
regression of the choices does not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices, expect_choices
from bayes_ddm.data.valued import refuse_unlearned
from bayes_ddm.display import Block, Preview, Shown, Words
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.assumptions.choice_time import choice_time_test
from bayes_ddm.estimators.assumptions.finding import in_a_line
from bayes_ddm.estimators.assumptions.one_boundary import (
    boundary_test_of,
    findings_of,
    partner,
)
from bayes_ddm.estimators.boundaries.conditional import conditional_boundary
from bayes_ddm.estimators.boundaries.known import check_collapse, doubted, known_boundary
from bayes_ddm.estimators.boundaries.semiparametric import semiparametric_boundary
from bayes_ddm.estimators.bounded.weight import MOST_DRIFT, BoundedWeight, bounded_weight
from bayes_ddm.estimators.efficient import (
    DriftSpread,
    DriftTargets,
    drift_spread,
    drift_targets,
)
from bayes_ddm.estimators.late import left_out
from bayes_ddm.estimators.result import Boundary
from bayes_ddm.wiener._regimes import at_least_0
from bayes_ddm.wiener.trial_drift import TrialDrift

LABEL, VARIANCE = "drift_pseudo_label", "drift_pseudo_label_variance"
TARGET, WEIGHT = "drift_target", "drift_weight"
COLUMNS = LABEL, VARIANCE, TARGET, WEIGHT
HANDFUL = 5


@dataclass(frozen=True, eq=False, repr=False)
class PseudoLabels(Shown):
    """Choices with their drift pseudo-labels; made by `label`.

    Attributes
    ----------
    table : DataFrame
        The choices, with ``drift_pseudo_label`` and ``drift_pseudo_label_variance``, and
        ``drift_target`` and ``drift_weight``, NaN for a choice faster than the non-decision time.
        Indexed by the row of the table that was read, so that
        ``frame.join(labels.table[["drift_pseudo_label"]])`` puts them beside it.
    boundary : Boundary
        The boundary and ndt used, where they are from, and whether they can be relied on.
    too_fast : int
        Choices faster than ndt: with no pseudo-label, unless that is bounded.
    collapse : float
        Share of the boundary lost per second.
    too_slow : int
        Choices with no pseudo-label, because they come after the bounds have met.
    weight : BoundedWeight or None
        What choices are multiplied with, if that is bounded.
    spread : DriftSpread or None
        How drifts vary between labelers who compare the same, which the weights take.
    """

    table: pd.DataFrame
    boundary: Boundary
    too_fast: int
    collapse: float = 0.0
    too_slow: int = 0
    weight: BoundedWeight | None = None
    spread: DriftSpread | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What should be known before the pseudo-labels are used."""
        fastest = float(self.table["rt"].min())
        return (
            describe(self.boundary),
            *bounded_notes(self.weight),
            *too_fast_notes(self.too_fast, self.boundary, fastest, bounded=self.weight is not None),
            *closing_notes(self.collapse, self.too_slow),
            *spread_notes(self.spread),
        )

    def blocks(self) -> list[Block]:
        """Return how many labels there are, what to know of them, and the first."""
        labeled = self.table[LABEL].notna().sum()
        mean = self.table[LABEL].mean()
        title = f"{labeled:,} drift pseudo-labels, mean {mean:.4g}"
        return [Words(title), *map(Words, self.notes), Preview(self.table)]


def label(
    choices: Choices,
    *,
    boundary: float | None = None,
    ndt: float | None = None,
    collapse: float = 0.0,
    bounded: bool = False,
    most_drift: float = MOST_DRIFT,
    spread: float | None = None,
) -> PseudoLabels:
    """Drift pseudo-label of every choice and its variance; target and weight of a precise loss.

    Parameters
    ----------
    choices : Choices
    boundary : float, optional
        Half the boundary separation, where it is known; by default it is learned from these
        choices (`boundary_for`).
    ndt : float, optional
        Non-decision time in seconds, where it is known; 0 when a boundary is given without it.
    collapse : float
        Share of the boundary lost per second, where bounds close in from a known `boundary`.
    bounded : bool
        Take the bounded weight (`estimators.bounded_weight`): presses too fast have a pseudo-label
        too, and none is large. The variance is then the label's square, which is too large by the
        squared drift.
    most_drift : float
        Largest drift, either way, up to which bounded labels are nearly unbiased.
    spread : float, optional
        Standard deviation of drifts between labelers who compare the same, for targets and weights;
        by default the closed form's (`estimators.drift_spread`).

    Returns
    -------
    PseudoLabels
        Each pseudo-label has the drift as its mean, in a contextual problem ``features @ theta``:
        regress it on what was compared. Its variance, estimated from the response time, is for
        standard errors; as a weight it would bias the regression, since both depend on the same
        response time. A model ``r`` with the least ``sum(drift_weight * (drift_target - r)**2)`` is
        more precise, and right where labelers deviate normally (`estimators.drift_targets`): the
        two side by side are a check.

    Raises
    ------
    InputError
        If the boundary is not positive, the ndt or collapse negative, no choice is slower than ndt,
        no boundary was given and none can be learned, a value function has a parameter to be
        learned, or `most_drift` is not positive or too small.

    References
    ----------
    Echenique, Fallah, Huang & Jordan (2026), arXiv 2605.06987.

    Examples
    --------
    >>> frame = pd.DataFrame({"choice": [1, -1, 1], "rt": [0.8, 0.8, 0.2], "pair": list("abc")})
    >>> labels = label(Choices.from_frame(frame), boundary=1.25, ndt=0.3)
    >>> frame.join(labels.table["drift_pseudo_label"]).round(4)
       choice   rt pair  drift_pseudo_label
    0       1  0.8    a              1.7001
    1      -1  0.8    b             -1.7001
    2       1  0.2    c                 NaN
    """
    choices = expect_choices(choices)
    choices.refuse_condensed("a label of each choice")
    refuse_unlearned(choices, "label")
    check_collapse(collapse, boundary, ndt)
    used = boundary_for(choices, boundary=boundary, ndt=ndt)
    table = choices.to_frame().iloc[: len(choices)].copy()  # trials without a response come last
    table.index = pd.RangeIndex(len(choices)) if choices.row is None else pd.Index(choices.row)
    weight = None
    if bounded:
        weight = bounded_weight(used.boundary, most_drift, choices.n_choices)
    labels = label_rows(choices.choice, choices.rt, used, collapse, weight)
    table[LABEL], table[VARIANCE] = labels
    between = spread_for(choices, used, collapse, spread)
    variance = between.variance(choices.features)
    targets = target_rows(choices.choice, choices.rt, used, variance, collapse)
    table[TARGET], table[WEIGHT] = targets.target, targets.weight
    too_fast = int(choices.count[choices.rt <= used.ndt].sum())
    too_slow = int(choices.count[(choices.rt - used.ndt) * collapse >= 1].sum())
    return PseudoLabels(table, used, too_fast, collapse, too_slow, weight, between)


def label_rows(
    choice: FloatArray | NDArray[np.int8],
    rt: FloatArray,
    boundary: Boundary,
    collapse: float = 0.0,
    weight: BoundedWeight | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Pseudo-labels and estimates of their variance, shape (rows,) each, NaN where there is none.

    Choices are +1 or -1, response times in seconds; NaN is no response.
    """
    labels, variances = np.full((2, len(rt)), np.nan)
    time = wiener.stretched_time(rt - boundary.ndt, collapse)
    usable = np.isfinite(time) & ~np.isnan(choice)
    if weight is not None:
        labels[usable] = choice[usable] * weight.at(time[usable])
        return labels, labels**2
    usable &= time > 0
    time = time[usable]
    labels[usable] = choice[usable] * wiener.drift_weight(time, boundary.boundary)
    # the drift of a trial varies by as much in the stretched time
    variances[usable] = wiener.pseudo_label_variance(time, boundary.boundary) + collapse
    return labels, variances


def target_rows(
    choice: FloatArray | NDArray[np.int8],
    rt: FloatArray,
    boundary: Boundary,
    variance: FloatArray,
    collapse: float = 0.0,
) -> DriftTargets:
    """Targets and weights of rows, as `label_rows` has pseudo-labels."""
    time = wiener.stretched_time(rt - boundary.ndt, collapse)
    usable = np.isfinite(time) & ~np.isnan(choice) & (time > 0)
    target, weight = np.full((2, len(rt)), np.nan)
    # the drift of a trial varies too, where bounds close in
    within = variance[usable] + collapse
    made = drift_targets(choice[usable], time[usable], boundary.boundary, within)
    target[usable], weight[usable] = made.target, made.weight
    return DriftTargets(target, weight)


def spread_for(
    choices: Choices, boundary: Boundary, collapse: float = 0.0, spread: float | None = None
) -> DriftSpread:
    """How drifts vary between labelers who compare the same: as given, or in closed form."""
    if spread is not None:
        return DriftSpread(float(at_least_0("spread", spread)) ** 2)
    late = (choices.rt - boundary.ndt) * collapse >= 1
    decisions = np.flatnonzero((choices.rt > boundary.ndt) & ~late)
    if len(decisions) < len(choices):
        choices = choices._part(decisions)[0]
    used = known_boundary(choices, boundary.boundary, boundary.ndt)
    return drift_spread(choices, used, TrialDrift(0.0, collapse))


def spread_notes(spread: DriftSpread | None) -> list[str]:
    """Say what targets and weights take of how labelers differ."""
    if spread is None:
        return []
    return [f"{TARGET}, {WEIGHT}: labelers' deviations taken as normal, {spread.words}"]


def boundary_for(
    choices: Choices, *, boundary: float | None = None, ndt: float | None = None
) -> Boundary:
    """Boundary and ndt to label with: what is given, else the best that these choices can tell.

    Parameters
    ----------
    choices : Choices
    boundary : float, optional
        Half the boundary separation.
    ndt : float, optional
        Seconds; 0 when a boundary is given without it.

    Returns
    -------
    Boundary
        Learned from labelers who repeat a comparison (`estimators.conditional_boundary`) where that
        is reliable, else from a flexible population (`estimators.semiparametric_boundary`); if
        neither is reliable, the first there is, with its note. Unreliable too where these choices
        contradict what a boundary assumes (`estimators.choice_time_test`, `boundary_test`).

    Raises
    ------
    InputError
        If the boundary is not positive, the ndt negative, no choice is slower than ndt, or no
        boundary was given and none can be learned.
    """
    late = left_out(choices)
    if ndt is not None or boundary is not None:
        choices = _slower_than(choices, 0.0 if ndt is None else ndt)
    repeats = smooth = agreement = None
    if boundary is None or ndt is None:
        repeats, smooth = conditional_boundary(choices, ndt), semiparametric_boundary(choices, ndt)
    learned = [b for b in (repeats, smooth) if b and b.boundary > 0]
    if boundary is not None:
        used = doubted(known_boundary(choices, boundary, ndt or 0.0), *learned)
    elif learned:
        used = next((b for b in learned if b.reliable), learned[0])
        agreement = boundary_test_of(repeats, partner(choices, smooth, ndt)) if repeats else None
    else:
        raise InputError(
            f"these {len(choices):,} choices are too few to learn a boundary from, and no labeler "
            "repeats a comparison; give boundary= (--boundary), and ndt= (--ndt)."
        )
    finding = in_a_line(findings_of(choice_time_test(choices), agreement))
    note = "; ".join(filter(None, [used.note, finding, late]))
    return replace(used, reliable=used.reliable and not (finding or late), note=note)


def _slower_than(choices: Choices, ndt: float) -> Choices:
    """Rows that can be decisions if the non-decision time is that long."""
    slower = choices.rt > ndt
    if not slower.any():
        raise InputError(f"no choice is slower than ndt {ndt:g} s; give a smaller ndt (seconds).")
    if slower.all():
        return choices
    # a labeler who is always faster is no sampling unit
    return choices._part(np.flatnonzero(slower))[0]


def closing_notes(collapse: float, too_slow: int) -> list[str]:
    """Say that bounds close in, and how many choices come after they have met."""
    if not collapse:
        return []
    late = f"{too_slow:,} choice{'s come' if too_slow > 1 else ' comes'} later: no pseudo-label"
    met = late if too_slow else "no choice is slower"
    return [
        f"the bounds lose {collapse:.3g} of the boundary per second, and meet after "
        f"{1 / collapse:.3g} s; {met}"
    ]


def describe(boundary: Boundary) -> str:
    """Say which boundary was used, where it is from and whether it can be relied on."""
    value = f"boundary {boundary.boundary:.4g}, ndt {boundary.ndt:.4g} s"
    if boundary.method == "known":
        text = f"{value}, as given"
    else:
        se = boundary.se
        source = {
            "conditional": "labelers who repeat a comparison",
            "semiparametric": "a mixture of normal populations",
        }[boundary.method]
        text = f"boundary {boundary.boundary:.4g} (se {se[0]:.2g}), ndt {boundary.ndt:.4g} s "
        text += f"(se {se[1]:.2g}), learned from {source}"
    return text if boundary.reliable else f"{text}: UNRELIABLE, {boundary.note}"


def bounded_notes(weight: BoundedWeight | None) -> list[str]:
    """Say how far bounded pseudo-labels are from unbiased, and up to which drift."""
    if weight is None:
        return []
    return [
        f"bounded: bias of at most {weight.largest_bias:.2g} for drifts up to "
        f"{weight.most_drift:g} (most_drift); variances are squares"
    ]


def too_fast_notes(
    too_fast: int, boundary: Boundary, fastest: float, *, bounded: bool = False
) -> list[str]:
    """Say how many choices are faster than ndt, and so have no pseudo-label, and the mend."""
    if not too_fast:
        return []
    if bounded:
        return [f"{too_fast:,} choices are faster than ndt {boundary.ndt:.4g} s: in the first bin"]
    note = f"{too_fast:,} choices are faster than ndt {boundary.ndt:.4g} s: no pseudo-label"
    if too_fast > HANDFUL:
        note += (
            f"; the fastest took {fastest:.4g} s: give a smaller ndt, or leave boundary and ndt "
            "out to have them learned"
        )
    return [note]
