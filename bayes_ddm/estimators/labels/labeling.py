"""How choices are labeled: with which boundary, weight and spread, and what is to be known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.assumptions.choice_time import choice_time_test
from bayes_ddm.estimators.assumptions.finding import in_a_line
from bayes_ddm.estimators.assumptions.one_boundary import (
    boundary_test_of,
    findings_of,
    partner,
)
from bayes_ddm.estimators.boundaries.conditional import conditional_boundary
from bayes_ddm.estimators.boundaries.known import doubted, known_boundary
from bayes_ddm.estimators.boundaries.semiparametric import semiparametric_boundary
from bayes_ddm.estimators.bounded.weight import BoundedWeight, bounded_weight
from bayes_ddm.estimators.deadline import left_out
from bayes_ddm.estimators.efficient import DriftSpread, drift_spread, drift_targets
from bayes_ddm.estimators.methods import METHODS
from bayes_ddm.estimators.result import Boundary
from bayes_ddm.wiener._regimes import at_least_0
from bayes_ddm.wiener.trial_drift import TrialDrift

LABEL, VARIANCE = "drift_pseudo_label", "drift_pseudo_label_variance"
TARGET, WEIGHT = "drift_target", "drift_weight"
COLUMNS = LABEL, VARIANCE, TARGET, WEIGHT
HANDFUL = 5


@dataclass(frozen=True, eq=False)
class Labeling:
    """What choices are labeled with; made by `labeling_for`.

    Attributes
    ----------
    boundary : Boundary
    collapse : float
        Share of the boundary lost per second.
    weight : BoundedWeight or None
        Of bounded pseudo-labels.
    spread : DriftSpread
        How drifts vary between labelers who compare the same.
    """

    boundary: Boundary
    collapse: float
    weight: BoundedWeight | None
    spread: DriftSpread

    def columns(
        self, choice: FloatArray | NDArray[np.int8], rt: FloatArray, features: FloatArray
    ) -> FloatArray:
        """Label, its variance, target and weight, shape (4, rows), NaN where there is none.

        Choices are +1 or -1, response times in seconds; NaN is no response.
        """
        labels = np.full((4, len(rt)), np.nan)
        time = wiener.stretched_time(rt - self.boundary.ndt, self.collapse)
        timed = np.isfinite(time) & ~np.isnan(choice)
        usable = timed & (time > 0)
        z, t, b = choice[usable], time[usable], self.boundary.boundary
        if self.weight is not None:
            labels[0, timed] = choice[timed] * self.weight.at(time[timed])
            labels[1] = labels[0] ** 2
        else:
            labels[0, usable] = z * wiener.drift_weight(t, b)
            # the drift of a trial varies by as much in the stretched time
            labels[1, usable] = wiener.pseudo_label_variance(t, b) + self.collapse
        variance = self.spread.variance(features[usable]) + self.collapse
        targets = drift_targets(z, t, b, variance)
        labels[2, usable], labels[3, usable] = targets.target, targets.weight
        return labels

    def notes(
        self, too_fast: int, too_slow: int, fastest: float, further: Iterable[str] = ()
    ) -> tuple[str, ...]:
        """Say what is to be known of labels, so many choices being faster or slower than others.

        `fastest` is the smallest response time, in seconds.
        """
        sentences = [_described(self.boundary)]
        if self.weight is not None:
            sentences.append(
                f"bounded: bias of at most {self.weight.largest_bias:.2g} for drifts up to "
                f"{self.weight.most_drift:g} (most_drift); variances are squares"
            )
        sentences += further
        if too_fast:
            note = f"{too_fast:,} choices are faster than ndt {self.boundary.ndt:.4g} s: "
            note += "no pseudo-label" if self.weight is None else "in the first bin"
            if too_fast > HANDFUL and self.weight is None:
                note += (
                    f"; the fastest took {fastest:.4g} s: give a smaller ndt, or leave boundary "
                    "and ndt out to have them learned"
                )
            sentences.append(note)
        if self.collapse:
            late = f"{too_slow:,} choice{'s come' if too_slow > 1 else ' comes'} later"
            met = f"{late}: no pseudo-label" if too_slow else "no choice is slower"
            sentences.append(
                f"the bounds lose {self.collapse:.3g} of the boundary per second, and meet after "
                f"{1 / self.collapse:.3g} s; {met}"
            )
        deviations = f"labelers' deviations taken as normal, {self.spread.words}"
        return (*sentences, f"{TARGET}, {WEIGHT}: {deviations}")


def labeling_for(
    choices: Choices,
    rows: int,
    *,
    boundary: float | None,
    ndt: float | None,
    collapse: float,
    bounded: bool,
    most_drift: float,
    spread: float | None,
) -> Labeling:
    """Learn what is not given from these choices, which may be a part of so many rows.

    Arguments and errors are those of `label`.
    """
    bounds = boundary_for(choices, boundary=boundary, ndt=ndt)
    weight = bounded_weight(bounds.boundary, most_drift, rows) if bounded else None
    return Labeling(bounds, collapse, weight, _spread(choices, bounds, collapse, spread))


def _spread(
    choices: Choices, boundary: Boundary, collapse: float, spread: float | None
) -> DriftSpread:
    """How drifts vary between labelers who compare the same: as given, or in closed form."""
    if spread is not None:
        return DriftSpread(float(at_least_0("spread", spread)) ** 2)
    late = (choices.rt - boundary.ndt) * collapse >= 1
    decisions = np.flatnonzero((choices.rt > boundary.ndt) & ~late)
    if len(decisions) < len(choices):
        choices = choices._part(decisions)[0]
    fixed = known_boundary(choices, boundary.boundary, boundary.ndt)
    return drift_spread(choices, fixed, TrialDrift(0.0, collapse))


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
        best = doubted(known_boundary(choices, boundary, ndt or 0.0), *learned)
    elif learned:
        best = next((b for b in learned if b.reliable), learned[0])
        agreement = boundary_test_of(repeats, partner(choices, smooth, ndt)) if repeats else None
    else:
        raise InputError(
            f"these {len(choices):,} choices are too few to learn a boundary from, and no labeler "
            "repeats a comparison; give boundary= (--boundary), and ndt= (--ndt)."
        )
    finding = in_a_line(findings_of(choice_time_test(choices), agreement))
    note = "; ".join(filter(None, [best.note, finding, late]))
    return replace(best, reliable=best.reliable and not (finding or late), note=note)


def _slower_than(choices: Choices, ndt: float) -> Choices:
    """Rows that can be decisions if the non-decision time is that long."""
    slower = choices.rt > ndt
    if not slower.any():
        raise InputError(f"no choice is slower than ndt {ndt:g} s; give a smaller ndt (seconds).")
    if slower.all():
        return choices
    # a labeler who is always faster is no sampling unit
    return choices._part(np.flatnonzero(slower))[0]


def _described(boundary: Boundary) -> str:
    """Say which boundary was used, where it is from and whether it can be relied on."""
    value = f"boundary {boundary.boundary:.4g}, ndt {boundary.ndt:.4g} s"
    if boundary.method == "known":
        text = f"{value}, as given"
    else:
        se = boundary.se
        text = f"boundary {boundary.boundary:.4g} (se {se[0]:.2g}), ndt {boundary.ndt:.4g} s "
        text += f"(se {se[1]:.2g}), learned from {METHODS[boundary.method].learned_from}"
    return text if boundary.reliable else f"{text}: UNRELIABLE, {boundary.note}"
