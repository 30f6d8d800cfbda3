"""Known labelers by their sums: weighted rows for the passage, weighted labelers for the drifts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytensor.tensor as pt

from bayes_ddm._typing import FloatArray
from bayes_ddm.distributions._custom import DiffusionDistribution, by_name, take
from bayes_ddm.distributions._terms import evidence, log_mean_factor, passage
from bayes_ddm.errors import InputError

TYPES = {"mu": "k", "sigma": "k", "weight": "k"}
SHARED = ("boundary", "ndt", "start")
COLUMNS = {"count": "r", "n": "g", "choice_sum": "g", "rt_sum": "g", "labelers": "g"}


def shared(diffusion: Mapping[str, Any]) -> dict[str, Any]:
    """Return boundary, ndt and start, of a model whose labelers are condensed to sums.

    Raises
    ------
    InputError
        If labelers differ in them, or the model has more.
    """
    present = {name: x for name, x in diffusion.items() if x is not None and x != {}}
    if present.keys() - {*SHARED} or any(getattr(x, "ndim", 0) for x in present.values()):
        raise InputError(
            "labelers condensed to sums take a boundary, ndt and start that all share, and no "
            "drift noise, closing bounds or lapses; fit the rows themselves, or some labelers'."
        )
    return {name: diffusion[name] for name in SHARED}


class SummedDriftWiener(DiffusionDistribution):
    """`RandomDriftWiener` of known labelers who were condensed: the same density, of few numbers.

    Parameters
    ----------
    name : str
    mu, sigma : tensor_like
        Mean and standard deviation of the drift across labelers; with `weight`, those of each type,
        shape (types,).
    boundary, ndt : tensor_like
        Half the boundary separation; non-decision time in seconds. One for all.
    count : array, shape (rows,)
        How many choices each observed row stands for.
    n, choice_sum, rt_sum, labelers : array, shape (groups,)
        Choices of a labeler, their sum, their summed response times in seconds, and how many
        labelers these stand for: `bayes_ddm.data.summed.SummedLabelers`.
    weight : tensor_like, shape (types,), optional
        Share of each type: the population is a mixture of Gaussians.
    start : tensor_like, optional
        Relative starting point, in (0, 1); halfway by default.
    **kwargs
        ``observed=rows(choices)``, shape (rows, 2), and what any PyMC distribution takes.

    Notes
    -----
    The log density has an entry per row, then one per group, each times what it stands for. There
    are no random draws: a labeler's rows are not told by their sums.
    """

    @classmethod
    def _functions(
        cls,
        mu: Any,
        sigma: Any,
        boundary: Any,
        ndt: Any = 0.0,
        *,
        count: Any,
        n: Any,
        choice_sum: Any,
        rt_sum: Any,
        labelers: Any,
        **more: Any,
    ) -> tuple[tuple[Any, ...], dict, dict]:
        parameters = {"mu": mu, "sigma": sigma, "boundary": boundary, "ndt": ndt}
        parameters |= take(more, "weight", "start") | {"count": count, "n": n}
        parameters |= {"choice_sum": choice_sum, "rt_sum": rt_sum, "labelers": labelers}
        cores = COLUMNS if parameters["weight"] is None else TYPES | COLUMNS
        return *by_name(parameters, cores, "r,2", _logp, no_rows), more


def _logp(
    value: Any,
    mu: Any,
    sigma: Any,
    boundary: Any,
    ndt: Any,
    count: Any,
    n: Any,
    choice_sum: Any,
    rt_sum: Any,
    labelers: Any,
    weight: Any = None,
    start: Any = None,
) -> Any:
    passed = passage(value[:, 0] - ndt, value[:, 1], boundary, start)
    gathered = evidence(choice_sum, n, boundary, start)
    time = pt.maximum(rt_sum - n * ndt, 0)
    factor = log_mean_factor(gathered, time, mu, sigma**2, weight)
    return pt.concatenate([count * passed, labelers * factor])


def no_rows(rng: np.random.Generator, size: Any, *inputs: Any, **by_names: Any) -> FloatArray:
    """Refuse to draw."""
    raise InputError(
        "rows are not drawn for labelers who are condensed to sums; take a model of all rows, or "
        "of some labelers."
    )
