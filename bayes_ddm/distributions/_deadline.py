"""What a deadline adds to a log density: trials that ran out of time, or are absent for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pymc.pytensorf import constant_fold

from bayes_ddm._typing import IntArray
from bayes_ddm.distributions._terms import NODE_WEIGHTS, at_nodes, log_sum
from bayes_ddm.distributions.survival import and_by_then, log_late


def with_deadline(
    z: Any, log_density: Any, deadline: Any, absent: bool, law: Mapping[str, Any]
) -> Any:
    """Log density of rows some of which, with choice 0, are omissions at the deadline.

    Parameters
    ----------
    z : tensor, shape (rows,)
    log_density : tensor, shape (rows,)
        As if there were no deadline.
    deadline : tensor or None
        Seconds; one, or one per row.
    absent : bool
        Whether trials that ran out of time are absent from the rows.
    law : mapping
        ``mean``, ``variance`` and ``weight`` of the drift, and how a trial is decided.
    """
    if deadline is None:
        return log_density
    law = {**law, "deadline": deadline}
    if absent:
        return log_density - _log_late(**law)[1]
    rows = _omitted(z)
    if rows is None:
        return pt.switch(pt.eq(z, 0), _log_late(**law)[0], log_density)
    if not rows.size:
        return log_density
    types = {"mean", "variance"} if law.get("weight") is not None else set()
    law = {
        name: x if name == "weight" else _some_rows(x, rows, 2 if name in types else 1)
        for name, x in law.items()
    }
    return pt.set_subtensor(log_density[rows], _log_late(**law)[0])


def _omitted(z: Any) -> IntArray | None:
    """Rows without a choice; None where rows may be replaced."""
    (choice,) = constant_fold([z], raise_not_constant=False)
    return None if isinstance(choice, pt.TensorVariable) else np.flatnonzero(choice == 0)


def _some_rows(x: Any, rows: IntArray, ndim: int) -> Any:
    """Some rows of what has one value per row."""
    if x is None or x.ndim < ndim or x.type.broadcastable[0]:
        return x
    return x[rows]


def _log_late(
    deadline: Any,
    mean: Any,
    ndt: Any,
    variance: Any = None,
    weight: Any = None,
    boundary_spread: Any = None,
    lapse: Any = None,
    lapse_rt: Any = None,
    **path: Any,
) -> tuple[Any, Any]:
    """Log probabilities that a response comes after the deadline, and before."""
    how = {"t": deadline - ndt, **path}
    if boundary_spread is not None:
        # nodes of the boundary stand before types of labelers
        how = _with_axis(how)
        how["boundary"] = at_nodes(how["boundary"], boundary_spread)
        inner = (slice(None),) if weight is not None else ()
        mean, variance = mean[(..., None, *inner)], variance[(..., None, *inner)]
    if weight is not None:
        how = _with_axis(how)
    later, by_then = log_late(mean=mean, variance=variance, **how, xp=pt)
    if weight is not None:
        later, by_then = and_by_then(log_sum(pt.log(weight) + later), pt)
    if boundary_spread is not None:
        later, by_then = and_by_then(log_sum(np.log(NODE_WEIGHTS) + later), pt)
    if lapse is None:
        return later, by_then
    lapsed = pt.log(lapse) - deadline / lapse_rt
    return and_by_then(pt.logaddexp(pt.log1p(-lapse) + later, lapsed), pt)


def _with_axis(how: Mapping[str, Any]) -> dict[str, Any]:
    return {name: x if x is None else x[..., None] for name, x in how.items()}
