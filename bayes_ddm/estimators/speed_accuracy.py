"""Speed-accuracy ratio: average choice over average decision time."""

from __future__ import annotations

import numpy as np

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.sufficient import sum_by_unit
from bayes_ddm.estimators.boundaries.known import check_ndt
from bayes_ddm.estimators.design import combine, inner
from bayes_ddm.estimators.result import Boundary, Estimate, joined_notes

__all__ = ["speed_accuracy"]


def speed_accuracy(
    choices: Choices, ndt: float | None = None, *, boundary: Boundary | None = None
) -> Estimate:
    """Speed-accuracy ratio ``E[choice] / E[decision time]``, pooled.

    Every choice counts equally. It needs no boundary, and stays right when the starting point
    varies around the middle; like Bradley-Terry it takes all labelers to be alike.

    Parameters
    ----------
    choices : Choices
    ndt : float, optional
        Known non-decision time in seconds. Without one it is taken as 0, and the estimate is
        flagged: response times that still hold it bias the ratio towards 0.
    boundary : Boundary, optional
        Take ndt, and its uncertainty, from here instead.

    Returns
    -------
    Estimate
        In native units: ``theta / boundary`` if all labelers were alike. Standard errors are
        clustered by labeler.

    Raises
    ------
    InputError
        If the given ndt is not below the smallest response time.

    Notes
    -----
    ``g = (sum T psi psi')^-1 sum Z psi``, which minimises ``mean(T/2 (psi.g)^2 - Z psi.g)``.

    References
    ----------
    Echenique, Fallah & Jordan (2025), arXiv 2507.20403.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": [1, 1, 1, -1], "rt": [0.9, 1.4, 0.7, 1.0]})
    >>> speed_accuracy(Choices.from_frame(frame), ndt=0.0).values
    array([0.5])
    """
    note = ""
    if boundary is not None:
        shift, note = boundary.ndt, boundary.note
    elif ndt is not None:
        shift = check_ndt(choices, ndt)
    else:
        shift = 0.0
        note = "ndt is unknown and taken as 0 s, which biases the ratio towards 0"
    names = choices.feature_names if choices.contextual else ("mu",)
    rows = len(choices)
    psi = np.ascontiguousarray(choices.features.T) if choices.contextual else np.ones((1, rows))
    scale = np.sqrt(inner(psi**2, choices.count) / choices.n_choices)
    psi = psi / scale[:, None]
    time = choices.rt - shift
    hessian = inner(psi * (choices.count * time), psi)
    values = np.linalg.solve(hessian, inner(psi, choices.count * choices.choice))
    fitted = combine(values, psi)
    scores = sum_by_unit(choices, (psi * (choices.choice - time * fitted)).T)
    if boundary is not None:
        scores = scores + boundary.influence[:, 1:] * inner(psi, choices.count * fitted)
    note = joined_notes(choices.unit_count, note)
    return Estimate(
        estimator="speed_accuracy",
        parameters=names,
        values=values / scale,
        influence=combine(np.linalg.inv(hessian) / scale[:, None], scores.T).T,
        unit_count=choices.unit_count,
        unit="native",
        boundary=boundary,
        reliable=not note,
        note=note,
    )
