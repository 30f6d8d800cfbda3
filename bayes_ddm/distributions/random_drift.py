"""Labelers with random drifts, the drifts integrated out exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pytensor.tensor as pt

from bayes_ddm._typing import FloatArray
from bayes_ddm.distributions._custom import (
    DiffusionDistribution,
    at,
    by_name,
    draw,
    drawn_rows,
    mixture_draw,
    refuse_flipped_start,
    sum_by,
    take,
    within_labelers,
)
from bayes_ddm.distributions._deadline import with_deadline
from bayes_ddm.distributions._flips import TrueCounts
from bayes_ddm.distributions._terms import (
    evidence,
    log_mean_factor,
    log_sum,
    passage,
    reached,
    single_choice,
    starts,
    trial_terms,
)
from bayes_ddm.distributions.vocabulary import DIFFUSION
from bayes_ddm.errors import InputError
from bayes_ddm.wiener.sampling import Drawn

TYPES = {"mu": "k", "sigma": "k", "weight": "k"}
BY_LABELER = dict.fromkeys(DIFFUSION, "n") | {"labeler": "r", "count": "r"}
BY_CELL = dict.fromkeys(DIFFUSION, "c") | dict.fromkeys(("labeler", "cell", "count"), "r")
# what is given by name: of all, of known labelers, and of those who choose once
OF_ALL = ("weight", "start", "drift_noise", "collapse")
OF_LABELERS = ("labeler", "cell", "count")
OF_SINGLES = ("boundary_spread", "lapse", "lapse_rt", "deadline", "flip")


class RandomDriftWiener(DiffusionDistribution):
    """Choices and times of labelers with Gaussian drifts, the drifts integrated out exactly.

    The sampled dimension does not grow with labelers. The log density has one entry per labeler.

    Parameters
    ----------
    name : str
    mu, sigma : tensor_like
        Mean and standard deviation of the drift across labelers; ``sigma = 0`` is allowed. With
        `weight`, those of each type of labelers, shape (types,). ``mu`` may be one per labeler,
        shape (labelers,) or (labelers, types).
    boundary, ndt : tensor_like
        Half the boundary separation; non-decision time in seconds. One for all, one per labeler,
        shape (labelers,), or with `cell` one per cell.
    labeler : int array, shape (rows,), optional
        Labeler of each row, counted from 0. Without it each row is a labeler of its own.
    cell : int array, shape (rows,), optional
        With `labeler`: cell of each row, counted from 0, such as a labeler's rows in one condition;
        `boundary`, `ndt`, `start`, `drift_noise` and `collapse` are then one for all or one per
        cell.
    count : int array, shape (rows,), optional
        How many identical rows each stands for; 0 leaves a row out.
    weight : tensor_like, shape (types,), optional
        Share of each type: the population is a mixture of Gaussians.
    start : tensor_like, optional
        Relative starting point, in (0, 1); halfway by default. One, or one per labeler or cell.
    drift_noise, collapse : tensor_like, optional
        As in `Wiener`; one, or one per labeler or cell.
    boundary_spread : tensor_like, optional
        Without `labeler`: standard deviation of the log boundary across labelers, `boundary` being
        its median; integrated by quadrature.
    lapse, lapse_rt : tensor_like, optional
        Without `labeler`: share of lapses, and their mean response time, as in `Wiener`.
    deadline, absent : optional
        Without `labeler`: as in `Wiener`. With it give `Wiener` drifts that are sampled.
    flip : float, optional
        Probability that a choice was sent as the other one, as in `Wiener`. With `labeler`: beside
        boundary and ndt that do not change within a labeler, and no noise, collapse or count.
    **kwargs
        ``observed=rows(choices)``, shape (rows, 2), and what any PyMC distribution takes.

    Notes
    -----
    With ``S = boundary * sum of choices`` and ``T`` the summed decision time, the drift ``v``
    enters as ``exp(S v - T v^2 / 2)``: Gaussian drifts are conjugate. A starting point takes its
    distance from the middle off ``S``, once per choice; in bounds that close in each choice counts
    by what is left of them.  With noise of the drift, sums of weighted rows take their place.

    Examples
    --------
    >>> import pymc as pm
    >>> with pm.Model() as model:
    ...     mu, sigma = pm.Normal("mu"), pm.HalfNormal("sigma")
    ...     y = RandomDriftWiener("y", mu, sigma, 1.25, 0.3, observed=[[0.9, 1], [1.4, -1]])
    """

    @classmethod
    def _functions(
        cls,
        mu: Any,
        sigma: Any,
        boundary: Any,
        ndt: Any = 0.0,
        *,
        absent: bool = False,
        **more: Any,
    ) -> tuple[tuple[Any, ...], dict, dict]:
        parameters = {"mu": mu, "sigma": sigma, "boundary": boundary, "ndt": ndt}
        parameters |= take(more, *OF_ALL)
        by_labeler, single = take(more, *OF_LABELERS), take(more, *OF_SINGLES)
        refuse_flipped_start(single | parameters)
        types = {} if parameters["weight"] is None else TYPES
        if by_labeler["labeler"] is not None:
            refuse_of_singles(single)
            cores = BY_LABELER if by_labeler["cell"] is None else BY_CELL
            cores = types | {"mu": "n,k" if types else "n"} | cores
            parameters |= by_labeler
            logp: Callable[..., Any] = _labeler_logp
            random: Callable[..., Any] = _labeler_random
            if single["flip"] is not None:
                alone = [parameters[x] for x in ("cell", "count", "drift_noise", "collapse")]
                true_counts = TrueCounts.of(by_labeler["labeler"], single["flip"], alone)
                logp = partial(_flipped_logp, true_counts=true_counts)
                random = partial(_labeler_random, flip=single["flip"])
            return *by_name(parameters, cores, "r,2", logp, random), more
        count = by_labeler["count"]
        parameters |= single | {"count": 1 if count is None else count}
        logp, random = (partial(f, absent=absent) for f in (_anonymous_logp, _anonymous_random))
        return *by_name(parameters, types, "2", logp, random), more


def refuse_of_singles(single: Mapping[str, Any]) -> None:
    """Refuse a deadline, lapses and a spread where known labelers' drifts are integrated out."""
    for name, x in single.items():
        if x is not None and name != "flip":
            raise InputError(
                f"with a {name.replace('_', ' ')} drifts of known labelers do not integrate out; "
                "sample them, and give them to Wiener."
            )


def _anonymous_logp(
    value: Any,
    mu: Any,
    sigma: Any,
    count: Any,
    weight: Any = None,
    deadline: Any = None,
    *,
    absent: bool,
    **diffusion: Any,
) -> Any:
    law = {"mean": mu, "variance": sigma**2, "weight": weight, **diffusion}
    density = single_choice(value, **law)
    return count * with_deadline(value[..., 1], density, deadline, absent, law)


def _anonymous_random(
    rng: np.random.Generator,
    size: Any,
    mu: Any,
    sigma: Any,
    boundary: Any,
    weight: Any = None,
    boundary_spread: Any = None,
    count: Any = 1,
    deadline: Any = None,
    *,
    absent: bool,
    **diffusion: Any,
) -> FloatArray:
    numbers = [boundary, count, *diffusion.values(), *([mu, sigma] if weight is None else [])]
    numbers += [] if deadline is None else [deadline]
    shape = np.broadcast_shapes(*map(np.shape, numbers), tuple(size or ()))

    def draw_all() -> Drawn:
        mean, sd, b = mu, sigma, boundary
        if weight is not None:
            # parameters come with the batch dimensions that PyMC gave them
            share = np.cumsum(weight, axis=-1)[..., :-1]
            kind = (rng.random(shape)[..., None] > share).sum(axis=-1)[..., None]
            mean, sd = (
                np.take_along_axis(np.broadcast_to(x, (*shape, x.shape[-1])), kind, -1)[..., 0]
                for x in (mu, sigma)
            )
        if boundary_spread is not None:
            b = boundary * np.exp(boundary_spread * rng.normal(size=shape))
        return draw(rng.normal(mean, sd, shape), b, rng=rng, **diffusion)

    return drawn_rows(draw_all, deadline, absent)


def _labeler_logp(
    value: Any,
    mu: Any,
    sigma: Any,
    boundary: Any,
    ndt: Any,
    labeler: Any,
    weight: Any = None,
    cell: Any = None,
    count: Any = None,
    start: Any = None,
    drift_noise: Any = None,
    collapse: Any = None,
) -> Any:
    rt, z = value[:, 0], value[:, 1]
    group, over_cells = within_labelers(labeler, cell)
    t, ends = rt - at(ndt, group), (at(boundary, group), starts(start, group))
    if drift_noise is not None:
        by_row = trial_terms(t, z, *ends, at(drift_noise, group), at(collapse, group))
        gathered, time, rest = map(sum_by(labeler, count), by_row)
        return rest + log_mean_factor(gathered, time, mu, sigma**2, weight)
    total = sum_by(group, count)
    n = total(pt.ones_like(rt))
    towards = reached(total, z, rt, ndt, collapse)
    gathered = over_cells(evidence(towards, n, boundary, start))
    time = pt.maximum(over_cells(total(rt) - ndt * n), 0)
    factor = log_mean_factor(gathered, time, mu, sigma**2, weight)
    return sum_by(labeler, count)(passage(t, z, *ends, at(collapse, group))) + factor


def _flipped_logp(
    value: Any,
    mu: Any,
    sigma: Any,
    boundary: Any,
    ndt: Any,
    labeler: Any,
    weight: Any = None,
    *,
    true_counts: TrueCounts,
) -> Any:
    """`_labeler_logp` where choices may be the other one: summed over how many were +1."""
    rt, z = value[:, 0], value[:, 1]
    total = sum_by(labeler)
    n = total(pt.ones_like(rt))
    time = pt.maximum(total(rt) - ndt * n, 0)
    log_odds, sums = true_counts.log_chances(total(z))
    b = boundary if boundary.ndim == 0 else boundary[:, None]
    mean = mu if mu.ndim < 1 + (weight is not None) else mu[:, None]
    factor = log_mean_factor(b * sums, time[:, None], mean, sigma**2, weight)
    first = passage(rt - at(ndt, labeler), z, at(boundary, labeler))
    return total(first) + log_sum(log_odds + factor)


def _labeler_random(
    rng: np.random.Generator,
    size: Any,
    mu: Any,
    sigma: Any,
    boundary: Any,
    ndt: Any,
    labeler: Any,
    weight: Any = None,
    cell: Any = None,
    count: Any = None,
    flip: Any = None,
    **diffusion: Any,
) -> FloatArray:
    n = labeler.max() + 1
    group = labeler if cell is None else cell
    if weight is not None:
        kind = mixture_draw(rng, weight, n)
        mu, sigma = mu[kind] if mu.ndim == 1 else mu[np.arange(n), kind], sigma[kind]
    drift = rng.normal(mu, sigma, n)
    more = {name: at(x, group) for name, x in diffusion.items()}
    return drawn_rows(
        lambda: draw(drift[labeler], at(boundary, group), at(ndt, group), rng, flip=flip, **more)
    )
