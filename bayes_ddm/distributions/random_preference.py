"""Labelers with random preference vectors, the vectors integrated out exactly."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pymc.pytensorf import constant_fold

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
from bayes_ddm.distributions._row_drifts import row_drifts
from bayes_ddm.distributions._terms import (
    evidence,
    log_sum,
    passage,
    reached,
    single_choice,
    starts,
    trial_terms,
)
from bayes_ddm.distributions.random_drift import (
    BY_CELL,
    BY_LABELER,
    OF_ALL,
    OF_LABELERS,
    OF_SINGLES,
    refuse_of_singles,
)
from bayes_ddm.distributions.vocabulary import DIFFUSION
from bayes_ddm.errors import InputError
from bayes_ddm.wiener.sampling import Drawn

ONE_TYPE = {"theta": "n,d", "chol": "d,d", "loading": "d,f", "features": "r,d"}
TYPES = {"theta": "n,k,d", "chol": "k,d,d", "weight": "k", "features": "r,d"}
ANONYMOUS = {"count": "r", "deadline": "r"} | dict.fromkeys(DIFFUSION, "r")


class RandomPreferenceWiener(DiffusionDistribution):
    """Choices between attribute bundles; Gaussian preference vectors integrated out exactly.

    The drift of a row is its attribute differences times its labeler's preference vector, which
    is Gaussian across labelers with mean ``theta`` and covariance ``chol chol'``.

    Parameters
    ----------
    name : str
    theta : tensor_like, shape (features,)
        Average preference vector; with `weight`, that of each type, shape (types, features).
        With one more dimension in front, that of each labeler (without `labeler`, of each row).
    chol : tensor_like, shape (features, features)
        Lower triangular factor of the covariance between labelers; 0 is allowed. With `weight`,
        that of each type, shape (types, features, features). Standard deviations, shape
        (features,), are a diagonal one: it costs features, not their square.
    loading : tensor_like, shape (features, rank), optional
        With standard deviations, what preferences have in common: ``loading loading'`` is added to
        the covariance.
    boundary, ndt : tensor_like
        Half the boundary separation; non-decision time in seconds. One for all, one per labeler,
        shape (labelers,), or with `cell` one per cell.
    features : array, shape (rows, features)
        Attribute differences, the +1 option minus the -1 option.
    labeler, cell, count : int array, shape (rows,), optional
        As in `RandomDriftWiener`.
    weight, start, drift_noise, collapse : tensor_like, optional
        As in `RandomDriftWiener`.
    boundary_spread, lapse, lapse_rt, deadline, absent, flip : optional
        As in `RandomDriftWiener`; `flip` without `labeler` only.
    **kwargs
        ``observed=rows(choices)``, shape (rows, 2), and what any PyMC distribution takes.

    Examples
    --------
    >>> import pymc as pm
    >>> with pm.Model() as model:
    ...     theta = pm.Normal("theta", shape=2)
    ...     y = RandomPreferenceWiener(
    ...         "y", theta, np.eye(2), 1.25, 0.3, features=[[1.0, 0.0], [0.5, 2.0]],
    ...         observed=[[0.9, 1], [1.4, -1]])
    """

    @classmethod
    def _functions(
        cls,
        theta: Any,
        chol: Any,
        boundary: Any,
        ndt: Any = 0.0,
        *,
        features: Any,
        absent: bool = False,
        **more: Any,
    ) -> tuple[tuple[Any, ...], dict, dict]:
        parameters = {"theta": theta, "chol": chol, "boundary": boundary, "ndt": ndt}
        parameters |= {"features": features, **take(more, "loading", *OF_ALL)}
        by_labeler, single = take(more, *OF_LABELERS), take(more, *OF_SINGLES)
        refuse_flipped_start(single | parameters)
        types = ONE_TYPE if parameters["weight"] is None else TYPES
        if by_labeler["labeler"] is not None:
            refuse_of_singles(single)
            if single["flip"] is not None:
                raise InputError(
                    "preferences of known labelers do not integrate out of randomised choices; "
                    "sample them, and give their drifts to Wiener."
                )
            cores = types | (BY_LABELER if by_labeler["cell"] is None else BY_CELL)
            inputs = parameters | by_labeler
            return *by_name(inputs, cores, "r,2", _labeler_logp, _labeler_random), more
        parameters |= single | {"count": by_labeler["count"]}
        logp, random = (partial(f, absent=absent) for f in (_anonymous_logp, _anonymous_random))
        return *by_name(parameters, types | ANONYMOUS, "r,2", logp, random), more


def _anonymous_logp(
    value: Any,
    theta: Any,
    chol: Any,
    features: Any,
    count: Any = None,
    weight: Any = None,
    deadline: Any = None,
    loading: Any = None,
    *,
    absent: bool,
    **diffusion: Any,
) -> Any:
    # one row tells of one direction only: its drift is Normal(psi'theta, |chol'psi|)
    if weight is not None:
        spread = (features[:, None, :, None] * chol[None]).sum(axis=2)
        mean = (features[:, None, :] * theta).sum(axis=2)
        variance = (spread**2).sum(axis=-1)
    elif chol.ndim == 1:
        (folded,) = constant_fold([features], raise_not_constant=False)
        if theta.ndim == 1 and not isinstance(folded, pt.TensorVariable):
            mean, variance = row_drifts(features, theta, chol**2)
        else:
            mean = features @ theta if theta.ndim == 1 else (features * theta).sum(axis=1)
            variance = features**2 @ chol**2
        if loading is not None:
            variance = variance + ((features @ loading) ** 2).sum(axis=1)
    else:
        spread = (features[:, :, None] * chol[None]).sum(axis=1)
        mean = (features * theta).sum(axis=1)
        variance = (spread**2).sum(axis=-1)
    law = {"mean": mean, "variance": variance, "weight": weight, **diffusion}
    density = single_choice(value, **law)
    density = with_deadline(value[..., 1], density, deadline, absent, law)
    return density if count is None else count * density


def _preferences(
    rng: np.random.Generator, n: int, theta: Any, chol: Any, weight: Any, loading: Any = None
) -> FloatArray:
    normal = rng.normal(size=(n, theta.shape[-1]))
    if chol.ndim == 1:
        common = 0.0
        if loading is not None:
            common = rng.normal(size=(n, loading.shape[1])) @ loading.T
        return theta + normal * chol + common
    if weight is None:
        return theta + normal @ chol.T
    kind = mixture_draw(rng, weight, n)
    mean = theta[kind] if theta.ndim == 2 else theta[np.arange(n), kind]
    return mean + np.einsum("nij,nj->ni", chol[kind], normal)


def _anonymous_random(
    rng: np.random.Generator,
    size: Any,
    theta: Any,
    chol: Any,
    boundary: Any,
    features: Any,
    count: Any = None,
    weight: Any = None,
    boundary_spread: Any = None,
    deadline: Any = None,
    loading: Any = None,
    *,
    absent: bool,
    **diffusion: Any,
) -> FloatArray:
    def draw_all() -> Drawn:
        preference, b = _preferences(rng, len(features), theta, chol, weight, loading), boundary
        if boundary_spread is not None:
            b = boundary * np.exp(boundary_spread * rng.normal(size=len(features)))
        return draw((features * preference).sum(axis=1), b, rng=rng, **diffusion)

    return drawn_rows(draw_all, deadline, absent)


def _labeler_logp(
    value: Any,
    theta: Any,
    chol: Any,
    boundary: Any,
    ndt: Any,
    features: Any,
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
    d = _static_size(features.type.shape[-1], theta.type.shape[-1], *chol.type.shape[-2:])
    psi = [features[:, a] for a in range(d)]
    t, ends = rt - at(ndt, group), (at(boundary, group), starts(start, group))
    if drift_noise is not None:
        gathered, time, rest = trial_terms(t, z, *ends, at(drift_noise, group), at(collapse, group))
        total = sum_by(labeler, count)
        choice_sum = [total(gathered * x) for x in psi]
        time_gram = _symmetric(d, lambda a, b: total(time * (psi[a] * psi[b])))
    else:
        total = sum_by(group, count)
        towards = [reached(total, z * x, rt, ndt, collapse) for x in psi]
        choice_sum = [
            over_cells(evidence(s, total(x), boundary, start))
            for s, x in zip(towards, psi, strict=True)
        ]
        time_gram = _symmetric(
            d,
            lambda a, b: over_cells(total(rt * (psi[a] * psi[b])) - ndt * total(psi[a] * psi[b])),
        )
        rest = passage(t, z, *ends, at(collapse, group))
    factor = preference_factor(choice_sum, time_gram, theta, chol, weight)
    return sum_by(labeler, count)(rest) + factor


def preference_factor(
    choice_sum: list[Any], time_gram: list[list[Any]], theta: Any, chol: Any, weight: Any = None
) -> Any:
    """Log of what normal preferences, or types of them, make of each labeler's sums."""
    if weight is None:
        return _log_factor(choice_sum, time_gram, theta.T, chol)
    choice_sum = [x[:, None] for x in choice_sum]
    time_gram = [[x[:, None] for x in row] for row in time_gram]
    by_type = _log_factor(choice_sum, time_gram, pt.moveaxis(theta, -1, 0), chol.transpose(1, 2, 0))
    return log_sum(pt.log(weight) + by_type)


def _symmetric(d: int, entry: Callable[[int, int], Any]) -> list[list[Any]]:
    lower = [[entry(a, b) for b in range(a + 1)] for a in range(d)]
    return [[lower[max(a, b)][min(a, b)] for b in range(d)] for a in range(d)]


def _static_size(*sizes: int | None) -> int:
    static = [size for size in sizes if size is not None]
    if not static:
        raise InputError("the number of features must be known; give theta a shape, or dims.")
    return static[0]


def _log_factor(choice_sum: list[Any], time_gram: list[list[Any]], theta: Any, chol: Any) -> Any:
    """``log E[exp(S'x - x'A x / 2)]`` for ``x ~ Normal(theta, chol chol')``, one per labeler.

    ``choice_sum`` holds S and ``time_gram`` A, each entry a vector over labelers (and types, with
    types last in ``theta`` and ``chol`` too).  The Cholesky factor of ``I + L'A L`` is written out
    entry by entry: batched linear algebra takes minutes to compile, vectors seconds.
    """
    d = len(choice_sum)
    span = range(d)
    residual = [choice_sum[a] - sum(time_gram[a][b] * theta[b] for b in span) for a in span]
    gram_chol = [
        [sum(time_gram[c][e] * chol[e, b] for e in range(b, d)) for b in span] for c in span
    ]
    factor: list[list[Any]] = [[None] * d for _ in span]
    whitened: list[Any] = []
    for i in span:
        for j in range(i + 1):
            entry = sum(chol[c, i] * gram_chol[c][j] for c in range(i, d)) + (1.0 if i == j else 0)
            entry = entry - sum(factor[i][k] * factor[j][k] for k in range(j))
            # no pivot of I + (positive semidefinite) is below 1, whatever rounding says
            factor[i][j] = pt.sqrt(pt.maximum(entry, 1)) if i == j else entry / factor[j][j]
        projected = sum(chol[c, i] * residual[c] for c in range(i, d))
        explained = sum(factor[i][k] * whitened[k] for k in range(i))
        whitened.append((projected - explained) / factor[i][i])
    at_mean = 0.5 * sum(theta[a] * (choice_sum[a] + residual[a]) for a in span)
    quadratic = 0.5 * sum(w**2 for w in whitened)
    return at_mean + quadratic - sum(pt.log(factor[i][i]) for i in span)


def _labeler_random(
    rng: np.random.Generator,
    size: Any,
    theta: Any,
    chol: Any,
    boundary: Any,
    ndt: Any,
    features: Any,
    labeler: Any,
    weight: Any = None,
    cell: Any = None,
    count: Any = None,
    **diffusion: Any,
) -> FloatArray:
    preference = _preferences(rng, labeler.max() + 1, theta, chol, weight)
    drift = (features * preference[labeler]).sum(axis=1)
    group = labeler if cell is None else cell
    more = {name: at(x, group) for name, x in diffusion.items()}
    return drawn_rows(lambda: draw(drift, at(boundary, group), at(ndt, group), rng, **more))
