"""Known labelers with random preferences by their sums, and weighted rows for the passage."""

from __future__ import annotations

from typing import Any

import pytensor.tensor as pt

from bayes_ddm.distributions._custom import DiffusionDistribution, by_name, take
from bayes_ddm.distributions._terms import evidence, passage
from bayes_ddm.distributions.random_preference import preference_factor
from bayes_ddm.distributions.summed_drift import no_rows

ONE_TYPE = {"theta": "d", "chol": "d,d"}
TYPES = {"theta": "k,d", "chol": "k,d,d", "weight": "k"}
COLUMNS = {"count": "r", "choice": "n,d", "psi": "n,d", "gram": "n,d,d", "rt_gram": "n,d,d"}


class SummedPreferenceWiener(DiffusionDistribution):
    """`RandomPreferenceWiener` of known labelers who were summed: the same density, of few rows.

    Parameters
    ----------
    name : str
    theta, chol, weight, boundary, ndt, start
        As in `RandomPreferenceWiener`; the last three are one for all.
    count : array, shape (rows,)
        How many choices each observed row stands for.
    choice, psi : array, shape (labelers, features)
        Sums of ``choice * psi`` and of ``psi``, the attribute differences.
    gram, rt_gram : array, shape (labelers, features, features)
        Sums of ``psi psi'`` and of ``rt psi psi'``.
    **kwargs
        ``observed=rows(choices)``, shape (rows, 2), and what any PyMC distribution takes.

    Notes
    -----
    The log density has an entry per row, times what it stands for, then one per labeler. There are
    no random draws.
    """

    @classmethod
    def _functions(
        cls, theta: Any, chol: Any, boundary: Any, ndt: Any, **more: Any
    ) -> tuple[tuple[Any, ...], dict, dict]:
        parameters = {"theta": theta, "chol": chol, "boundary": boundary, "ndt": ndt}
        parameters |= take(more, "weight", "start", *COLUMNS)
        types = ONE_TYPE if parameters["weight"] is None else TYPES
        return *by_name(parameters, types | COLUMNS, "r,2", _logp, no_rows), more


def _logp(
    value: Any,
    theta: Any,
    chol: Any,
    boundary: Any,
    ndt: Any,
    count: Any,
    choice: Any,
    psi: Any,
    gram: Any,
    rt_gram: Any,
    weight: Any = None,
    start: Any = None,
) -> Any:
    passed = passage(value[:, 0] - ndt, value[:, 1], boundary, start)
    d = choice.type.shape[-1]
    gathered = [evidence(choice[:, a], psi[:, a], boundary, start) for a in range(d)]
    time = [[rt_gram[:, a, b] - ndt * gram[:, a, b] for b in range(d)] for a in range(d)]
    return pt.concatenate([count * passed, preference_factor(gathered, time, theta, chol, weight)])
