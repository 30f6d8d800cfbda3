"""The diffusion as PyMC distributions: one trial, and random drifts integrated out.

A value is a row ``(rt, choice)``: seconds, and +1 or -1 (`rows` makes them from `Choices`).  The
distributions work inside any ``pm.Model``, observed or not: log density with gradient, prior and
posterior prediction by exact simulation, log-likelihood.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pymc.distributions.transforms import Interval

from bayes_ddm.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.simulate import first_passage
from bayes_ddm.wiener import log_first_passage, random_drift_log_factor

__all__ = ["NonDecisionTime", "RandomDriftWiener", "RandomPreferenceWiener", "Wiener", "rows"]

FloatArray = NDArray[np.float64]

# Random draws run as Python inside compiled functions, on purpose; Numba warns of each
warnings.filterwarnings(
    "ignore",
    message=r"Numba will use object mode to run (Wiener|Random\w+Wiener|NonDecisionTime)_",
    category=UserWarning,
)


def rows(choices: Choices) -> FloatArray:
    """Return the observed values ``(rt, choice)``, shape (rows, 2).

    Examples
    --------
    >>> import pandas as pd
    >>> rows(Choices.from_frame(pd.DataFrame({"choice": [1, 0], "rt": [0.9, 1.4]})))
    array([[ 0.9,  1. ],
           [ 1.4, -1. ]])
    """
    return np.column_stack([choices.rt, choices.choice.astype(float)])


# --- non-decision time ----------------------------------------------------------------------------


class NonDecisionTime:
    """A prior for the non-decision time, sampled below the smallest response time.

    The density is the prior's own, untruncated: the likelihood is zero from the smallest response
    time on, and the transform merely keeps the sampler below it.  The limit is an input of the
    variable, so that prior prediction, ``pm.do`` and ``pm.observe`` stay exact.

    Parameters
    ----------
    name : str
    prior : unnamed PyMC distribution
        A scalar one on positive numbers, such as ``pm.HalfNormal.dist(0.5)``.
    upper : float
        Smallest response time, in seconds.

    Examples
    --------
    >>> with pm.Model() as model:
    ...     ndt = NonDecisionTime("ndt", pm.HalfNormal.dist(0.5), 0.8)
    >>> {name: float(value) for name, value in model.initial_point().items()}
    {'ndt_interval__': 0.0}
    """

    def __new__(cls, name: str, prior: Any, upper: Any, **kwargs: Any) -> Any:
        """Register the variable in the model on the context."""
        op = prior.owner.op
        if not hasattr(op, "rng_fn") or op.ndim_supp:
            raise InputError(
                f"{name}: {op} cannot be its prior; use HalfNormal, LogNormal, Gamma or Uniform."
            )
        return pm.CustomDist(
            name,
            upper,
            *op.dist_params(prior.owner),
            logp=lambda value, upper, *params: pm.logp(op(*params), value),
            random=lambda upper, *params, rng, size: op.rng_fn(rng, *params, size),
            support_point=lambda rv, size, upper, *params: 0.5 * upper,
            default_transform=Interval(bounds_fn=_below_upper),
            class_name="NonDecisionTime",
            **kwargs,
        )


def _below_upper(*inputs: Any) -> tuple[Any, Any]:
    _rng, _size, upper, *_ = inputs
    return pt.zeros_like(upper), upper


# --- densities and draws --------------------------------------------------------------------------


def _zero_drift(t: Any, boundary: Any) -> Any:
    """``log f0``, with a finite gradient also where the density is zero."""
    safe = pt.maximum(t, 1e-100)
    density = log_first_passage(safe / boundary**2, pt) - 2 * pt.log(boundary)
    return pt.switch(t > 0, density, -np.inf)


def _sum_by(labeler: Any) -> Any:
    n = pt.max(labeler) + 1
    return lambda x: pt.inc_subtensor(pt.zeros(n)[labeler], x)


def _draw(drift: Any, boundary: Any, ndt: Any, rng: np.random.Generator) -> FloatArray:
    choice, time = first_passage(drift, boundary, rng)
    return np.stack([time + ndt, choice], axis=-1).astype(float)


class _Wiener:
    """A distribution over rows: `variants` names its logp, random and signature."""

    def __new__(cls, name: str, *args: Any, **kwargs: Any) -> Any:
        """Register the variable in the model on the context."""
        params, functions, kwargs = cls._functions(*args, **kwargs)
        return pm.CustomDist(name, *params, class_name=cls.__name__, **functions, **kwargs)

    @classmethod
    def dist(cls, *args: Any, **kwargs: Any) -> Any:
        """Return the distribution without a name, as PyMC's ``dist`` does."""
        params, functions, kwargs = cls._functions(*args, **kwargs)
        return pm.CustomDist.dist(*params, class_name=cls.__name__, **functions, **kwargs)

    @classmethod
    def _functions(cls, *args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict, dict]:
        raise NotImplementedError


class Wiener(_Wiener):
    """Choice and response time of single trials, given the drift.

    Parameters
    ----------
    name : str
    drift, boundary, ndt : tensor_like
        Drift, half the boundary separation, non-decision time in seconds; broadcast over trials.
    **kwargs
        ``observed=rows(choices)``, shape (trials, 2), and what any PyMC distribution takes.

    Examples
    --------
    >>> with pm.Model() as model:
    ...     y = Wiener("y", 0.5, pm.HalfNormal("boundary"), 0.3, observed=[[0.9, 1], [1.4, -1]])
    """

    @classmethod
    def _functions(
        cls, drift: Any, boundary: Any, ndt: Any = 0.0, **kwargs: Any
    ) -> tuple[tuple[Any, ...], dict, dict]:
        functions = {
            "logp": _trial_logp,
            "random": _trial_random,
            "signature": "(),(),()->(2)",
        }
        return (drift, boundary, ndt), functions, kwargs


def _trial_logp(value: Any, drift: Any, boundary: Any, ndt: Any) -> Any:
    t, z = value[..., 0] - ndt, value[..., 1]
    return _zero_drift(t, boundary) + z * boundary * drift - 0.5 * drift**2 * t


def _trial_random(
    drift: Any, boundary: Any, ndt: Any, rng: np.random.Generator, size: Any = None
) -> FloatArray:
    shape = np.broadcast_shapes(
        np.shape(drift), np.shape(boundary), np.shape(ndt), tuple(size or ())
    )
    return _draw(np.broadcast_to(drift, shape), boundary, ndt, rng)


class RandomDriftWiener(_Wiener):
    """Choices and times of labelers with Gaussian drifts, the drifts integrated out exactly.

    The sampled dimension does not grow with labelers. The log density has one entry per labeler.

    Parameters
    ----------
    name : str
    mu, sigma : tensor_like
        Mean and standard deviation of the drift across labelers; ``sigma = 0`` is allowed.
    boundary, ndt : tensor_like
        Half the boundary separation; non-decision time in seconds.
    labeler : int array, shape (rows,), optional
        Labeler of each row, counted from 0. Without it each row is a labeler of its own.
    count : int array, shape (rows,), optional
        Without `labeler`: how many identical rows each stands for; multiplies its log density.
    **kwargs
        ``observed=rows(choices)``, shape (rows, 2), and what any PyMC distribution takes.

    Notes
    -----
    With ``S = boundary * sum of choices`` and ``T`` the summed decision time, the drift ``v``
    enters as ``exp(S v - T v^2 / 2)``: Gaussian drifts are conjugate.

    Examples
    --------
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
        labeler: Any = None,
        count: Any = None,
        **kwargs: Any,
    ) -> tuple[tuple[Any, ...], dict, dict]:
        if labeler is None:
            functions = {
                "logp": _anonymous_logp,
                "random": _anonymous_random,
                "signature": "(),(),(),(),()->(2)",
            }
            return (mu, sigma, boundary, ndt, 1 if count is None else count), functions, kwargs
        functions = {
            "logp": _labeler_logp,
            "random": _labeler_random,
            "signature": "(),(),(),(),(r)->(r,2)",
        }
        return (mu, sigma, boundary, ndt, labeler), functions, kwargs


def _anonymous_logp(value: Any, mu: Any, sigma: Any, boundary: Any, ndt: Any, count: Any) -> Any:
    t, z = value[..., 0] - ndt, value[..., 1]
    factor = random_drift_log_factor(boundary * z, t, mu, sigma**2, pt)
    return count * (_zero_drift(t, boundary) + factor)


def _anonymous_random(
    mu: Any, sigma: Any, boundary: Any, ndt: Any, count: Any, rng: np.random.Generator, size: Any
) -> FloatArray:
    shape = np.broadcast_shapes(np.shape(mu), np.shape(count), tuple(size or ()))
    return _draw(rng.normal(mu, sigma, shape), boundary, ndt, rng)


def _labeler_logp(value: Any, mu: Any, sigma: Any, boundary: Any, ndt: Any, labeler: Any) -> Any:
    rt, z = value[:, 0], value[:, 1]
    total = _sum_by(labeler)
    time = total(rt) - ndt * total(pt.ones_like(rt))
    factor = random_drift_log_factor(boundary * total(z), time, mu, sigma**2, pt)
    return total(_zero_drift(rt - ndt, boundary)) + factor


def _labeler_random(
    mu: Any, sigma: Any, boundary: Any, ndt: Any, labeler: Any, rng: np.random.Generator, size: Any
) -> FloatArray:
    drift = rng.normal(mu, sigma, labeler.max() + 1)
    return _draw(drift[labeler], boundary, ndt, rng)


class RandomPreferenceWiener(_Wiener):
    """Choices between attribute bundles; Gaussian preference vectors integrated out exactly.

    The drift of a row is its attribute differences times its labeler's preference vector, which
    is Gaussian across labelers with mean ``theta`` and covariance ``chol chol'``.

    Parameters
    ----------
    name : str
    theta : tensor_like, shape (features,)
        Average preference vector.
    chol : tensor_like, shape (features, features)
        Lower triangular factor of the covariance between labelers; 0 is allowed.
    boundary, ndt : tensor_like
        Half the boundary separation; non-decision time in seconds.
    features : array, shape (rows, features)
        Attribute differences, the +1 option minus the -1 option.
    labeler, count : int array, shape (rows,), optional
        As in `RandomDriftWiener`.
    **kwargs
        ``observed=rows(choices)``, shape (rows, 2), and what any PyMC distribution takes.

    Examples
    --------
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
        labeler: Any = None,
        count: Any = None,
        **kwargs: Any,
    ) -> tuple[tuple[Any, ...], dict, dict]:
        logp: Any
        random: Any
        if labeler is None:
            index = np.ones(len(features), dtype=int) if count is None else count
            logp, random = _anonymous_vector_logp, _anonymous_vector_random
        else:
            index = labeler
            logp, random = _labeler_vector_logp, _labeler_vector_random
        functions = {
            "logp": logp,
            "random": random,
            "signature": "(d),(d,d),(),(),(r,d),(r)->(r,2)",
        }
        return (theta, chol, boundary, ndt, features, index), functions, kwargs


def _anonymous_vector_logp(
    value: Any, theta: Any, chol: Any, boundary: Any, ndt: Any, features: Any, count: Any
) -> Any:
    # one row tells of one direction only: its drift is Normal(psi'theta, |chol'psi|)
    t, z = value[:, 0] - ndt, value[:, 1]
    spread = (features[:, :, None] * chol[None, :, :]).sum(axis=1)
    variance = (spread**2).sum(axis=1)
    factor = random_drift_log_factor(boundary * z, t, (features * theta).sum(axis=1), variance, pt)
    return count * (_zero_drift(t, boundary) + factor)


def _anonymous_vector_random(
    theta: Any,
    chol: Any,
    boundary: Any,
    ndt: Any,
    features: Any,
    count: Any,
    rng: np.random.Generator,
    size: Any,
) -> FloatArray:
    preference = theta + rng.normal(size=features.shape) @ chol.T
    return _draw((features * preference).sum(axis=1), boundary, ndt, rng)


def _labeler_vector_logp(
    value: Any, theta: Any, chol: Any, boundary: Any, ndt: Any, features: Any, labeler: Any
) -> Any:
    rt, z = value[:, 0], value[:, 1]
    total = _sum_by(labeler)
    d = int(features.type.shape[1])
    choice_sum = [boundary * total(z * features[:, a]) for a in range(d)]
    time_gram: list[list[Any]] = [[None] * d for _ in range(d)]
    for a in range(d):
        for b in range(a + 1):
            product = features[:, a] * features[:, b]
            time_gram[a][b] = time_gram[b][a] = total(rt * product) - ndt * total(product)
    factor = _random_preference_log_factor(choice_sum, time_gram, theta, chol)
    return total(_zero_drift(rt - ndt, boundary)) + factor


def _random_preference_log_factor(
    choice_sum: list[Any], time_gram: list[list[Any]], theta: Any, chol: Any
) -> Any:
    """``log E[exp(S'x - x'A x / 2)]`` for ``x ~ Normal(theta, chol chol')``, one per labeler.

    ``choice_sum`` holds S and ``time_gram`` A, each entry a vector over labelers.  The Cholesky
    factor of ``I + L'A L`` is written out entry by entry: batched linear algebra takes minutes to
    compile, vectors seconds.
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
            factor[i][j] = pt.sqrt(entry) if i == j else entry / factor[j][j]
        projected = sum(chol[c, i] * residual[c] for c in range(i, d))
        known = sum(factor[i][k] * whitened[k] for k in range(i))
        whitened.append((projected - known) / factor[i][i])
    at_mean = 0.5 * sum(theta[a] * (choice_sum[a] + residual[a]) for a in span)
    quadratic = 0.5 * sum(w**2 for w in whitened)
    return at_mean + quadratic - sum(pt.log(factor[i][i]) for i in span)


def _labeler_vector_random(
    theta: Any,
    chol: Any,
    boundary: Any,
    ndt: Any,
    features: Any,
    labeler: Any,
    rng: np.random.Generator,
    size: Any,
) -> FloatArray:
    preference = theta + rng.normal(size=(labeler.max() + 1, features.shape[1])) @ chol.T
    return _draw((features * preference[labeler]).sum(axis=1), boundary, ndt, rng)
