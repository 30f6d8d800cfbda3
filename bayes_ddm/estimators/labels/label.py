"""Drift pseudo-labels of single choices: what a reward model is trained on.

A choice times its `wiener.drift_weight` is an unbiased estimate of the drift behind it, so a
regression of pseudo-labels on what was compared learns the average preference, where a logistic
regression of the choices does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from bayes_ddm.data.choices import Choices, expect_choices
from bayes_ddm.data.learned_values import refuse_unlearned
from bayes_ddm.display import Block, Preview, Shown, Words
from bayes_ddm.estimators.boundaries.known import check_collapse
from bayes_ddm.estimators.bounded.weight import MOST_DRIFT, BoundedWeight
from bayes_ddm.estimators.efficient import DriftSpread
from bayes_ddm.estimators.labels.labeling import COLUMNS, LABEL, Labeling, labeling_for
from bayes_ddm.estimators.result import Boundary


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
    spread : DriftSpread
        How drifts vary between labelers who compare the same, which the weights take.
    """

    table: pd.DataFrame
    boundary: Boundary
    too_fast: int
    collapse: float
    too_slow: int
    weight: BoundedWeight | None
    spread: DriftSpread

    @property
    def notes(self) -> tuple[str, ...]:
        """What should be known before the pseudo-labels are used."""
        labeling = Labeling(self.boundary, self.collapse, self.weight, self.spread)
        return labeling.notes(self.too_fast, self.too_slow, float(self.table["rt"].min()))

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
    options: dict[str, Any] = {"boundary": boundary, "ndt": ndt, "collapse": collapse}
    options |= {"bounded": bounded, "most_drift": most_drift, "spread": spread}
    labeling = labeling_for(choices, choices.n_choices, **options)
    table = choices.to_frame().iloc[: len(choices)].copy()  # trials without a response come last
    table.index = pd.RangeIndex(len(choices)) if choices.row is None else pd.Index(choices.row)
    added = labeling.columns(choices.choice, choices.rt, choices.features)
    for name, values in zip(COLUMNS, added, strict=True):
        table[name] = values
    ndt = labeling.boundary.ndt
    too_fast = int(choices.count[choices.rt <= ndt].sum())
    too_slow = int(choices.count[(choices.rt - ndt) * collapse >= 1].sum())
    return PseudoLabels(
        table, labeling.boundary, too_fast, collapse, too_slow, labeling.weight, labeling.spread
    )
