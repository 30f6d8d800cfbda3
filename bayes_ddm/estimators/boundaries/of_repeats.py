"""The boundary of a smooth population, from repeated comparisons alone.

Each comparison that a labeler repeats is taken for someone with one drift, whatever the features
are; these drifts are a mixture of a few normals. Any number of features will do, and fewer labelers
than a mixture of preference vectors takes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayes_ddm.data.choices import Choices
from bayes_ddm.estimators.boundaries.by_cell import stacked
from bayes_ddm.estimators.boundaries.conditional import repeated_rows, sides
from bayes_ddm.estimators.boundaries.known import checked
from bayes_ddm.estimators.boundaries.mixture import drift_mixture
from bayes_ddm.estimators.boundaries.semiparametric import doubts
from bayes_ddm.estimators.cells import Cells
from bayes_ddm.estimators.result import Boundary

FEWEST_GROUPS = 20


def boundary_of_repeats(
    choices: Choices, ndt: float | None = None, *, cells: Cells | None = None
) -> Boundary | None:
    """Boundary and ndt of a mixture of normal drifts, one for each repeated comparison.

    Parameters
    ----------
    choices : Choices
    ndt : float, optional
        A known non-decision time in seconds; by default it is estimated.
    cells : Cells, optional
        Conditions that move boundary or ndt, each taken by itself.

    Returns
    -------
    Boundary or None
        None where fewer than 20 comparisons are repeated. Standard errors are by labeler.

    Examples
    --------
    >>> from bayes_ddm.simulate import experiment
    >>> choices = experiment("normal", labelers=200, choices=8, boundary=1.25, ndt=0.3, seed=1)
    >>> round(boundary_of_repeats(choices).boundary, 1)
    1.2
    """
    if choices.labeler is None:
        return None
    if cells is not None:
        return stacked(choices, cells, lambda part: boundary_of_repeats(part, ndt))
    rows, blocks, _ = repeated_rows(choices)
    size = np.repeat([b.shape[1] for b in blocks], [len(b) for b in blocks]).astype(np.int64)
    if len(size) < FEWEST_GROUPS:
        return None
    at = rows[np.concatenate([block.ravel() for block in blocks])]
    groups = replace(
        choices,
        # the same comparison with its options swapped has minus the drift
        choice=(choices.choice[at] * sides(choices)[at]).astype(np.int8),
        rt=choices.rt[at],
        labeler=np.repeat(np.arange(len(size)), size),
        labelers=np.arange(len(size)),
        features=np.empty((len(at), 0)),
        feature_names=(),
        count=np.ones(len(at), dtype=np.int64),
        row=None,
        covariates=None,
        drift="",
        between="",
    )
    mixture = drift_mixture(groups, ndt)
    influence = np.zeros((len(choices.unit_count), 2))
    first = at[np.cumsum(size) - size]
    np.add.at(influence, choices.labeler[first], mixture.influence[:, :2])
    notes = doubts(choices, mixture, ndt)
    return checked(choices, "repeats", mixture.boundary, mixture.ndt, influence, None, notes)
