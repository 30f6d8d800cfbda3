"""One trial, the drift given."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.distributions._custom import (
    DiffusionDistribution,
    by_name,
    draw,
    drawn_rows,
    refuse_flipped_start,
    take,
)
from bayes_ddm.distributions._deadline import with_deadline
from bayes_ddm.distributions._terms import trial_terms, with_flips, with_lapses

OPTIONAL = (
    *("start", "lapse", "lapse_rt", "drift_noise", "collapse"),
    *("count", "deadline", "flip"),
)


class Wiener(DiffusionDistribution):
    """Choice and response time of single trials, given the drift.

    Parameters
    ----------
    name : str
    drift, boundary, ndt : tensor_like
        Drift, half the boundary separation, non-decision time in seconds; broadcast over trials.
    start : tensor_like, optional
        Relative starting point between the -1 bound (0) and the +1 bound (1); halfway by default.
    lapse, lapse_rt : tensor_like, optional
        Share of lapses, which choose by chance after a time exponential with mean ``lapse_rt``
        seconds; none by default.
    drift_noise, collapse : tensor_like, optional
        Standard deviation of the drift from trial to trial; share of the boundary that is lost per
        second. 0 by default.
    count : int array, optional
        How many identical trials each stands for; 0 leaves a trial out.
    deadline : tensor_like, optional
        Seconds after which no response is taken; one, or one per trial. A trial that ran out of
        time is the row ``(deadline, 0)``.
    absent : bool
        Whether such trials are absent from the rows instead.
    flip : tensor_like, optional
        Probability that a choice was sent as the other one (`bayes_ddm.privatise`); evidence then
        starts halfway.
    **kwargs
        ``observed=rows(choices)``, shape (trials, 2), and what any PyMC distribution takes.

    Examples
    --------
    >>> import pymc as pm
    >>> with pm.Model() as model:
    ...     y = Wiener("y", 0.5, pm.HalfNormal("boundary"), 0.3, observed=[[0.9, 1], [1.4, -1]])
    """

    @classmethod
    def _functions(
        cls, drift: Any, boundary: Any, ndt: Any = 0.0, *, absent: bool = False, **more: Any
    ) -> tuple[tuple[Any, ...], dict, dict]:
        parameters = {"drift": drift, "boundary": boundary, "ndt": ndt} | take(more, *OPTIONAL)
        refuse_flipped_start(parameters)
        logp, random = partial(_logp, absent=absent), partial(_random, absent=absent)
        return *by_name(parameters, {}, "2", logp, random), more


def _logp(
    value: Any,
    drift: Any,
    ndt: Any,
    count: Any = None,
    deadline: Any = None,
    flip: Any = None,
    lapse: Any = None,
    lapse_rt: Any = None,
    *,
    absent: bool,
    **path: Any,
) -> Any:
    rt, z = value[..., 0], value[..., 1]
    gathered, time, rest = trial_terms(rt - ndt, z, **path)
    towards = gathered * drift
    if flip is not None:
        towards = with_flips(towards, -towards, flip)
    density = with_lapses(rest + towards - 0.5 * drift**2 * time, rt, lapse, lapse_rt)
    law = {"mean": drift, "ndt": ndt, "lapse": lapse, "lapse_rt": lapse_rt, **path}
    density = with_deadline(z, density, deadline, absent, law)
    return density if count is None else count * density


def _random(
    rng: np.random.Generator,
    size: Any,
    count: Any = None,
    deadline: Any = None,
    *,
    absent: bool,
    **parameters: Any,
) -> FloatArray:
    numbers = [*parameters.values(), *([] if deadline is None else [deadline])]
    shape = np.broadcast_shapes(*map(np.shape, numbers), tuple(size or ()))
    drift = np.broadcast_to(parameters.pop("drift"), shape)
    return drawn_rows(lambda: draw(drift, rng=rng, **parameters), deadline, absent)
