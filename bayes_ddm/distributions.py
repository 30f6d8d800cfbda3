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
from pymc.pytensorf import constant_fold

from bayes_ddm.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.non_decision_time import NonDecisionTime
from bayes_ddm.simulate import first_passage
from bayes_ddm.wiener import log_first_passage, random_drift_log_factor

__all__ = ["NonDecisionTime", "RandomDriftWiener", "RandomPreferenceWiener", "Wiener", "rows"]

FloatArray = NDArray[np.float64]

# Random draws run as Python inside compiled functions, on purpose; Numba warns of each
warnings.filterwarnings(
    "ignore",
    message=r"Numba will use object mode to run (Wiener|Random\w+Wiener)_",
    category=UserWarning,
)


def rows(choices: Choices) -> FloatArray:
    """Return the observed values ``(rt, choice)``, shape (rows, 2).

    Raises
    ------
    InputError
        If rows of known labelers stand for several choices each.

    Examples
    --------
    >>> import pandas as pd
    >>> rows(Choices.from_frame(pd.DataFrame({"choice": [1, 0], "rt": [0.9, 1.4]})))
    array([[ 0.9,  1. ],
           [ 1.4, -1. ]])
    """
    if not choices.anonymous and (choices.count != 1).any():
        raise InputError("rows of known labelers must be one per choice; use choices.expanded().")
    return np.column_stack([choices.rt, choices.choice.astype(float)])


# --- densities and draws --------------------------------------------------------------------------


def _zero_drift(t: Any, boundary: Any) -> Any:
    """``log f0``, with a finite gradient also where the density is zero."""
    safe = pt.maximum(t, 1e-50)
    density = log_first_passage(safe / boundary**2, pt) - 2 * pt.log(boundary)
    return pt.switch(t > 0, density, -np.inf)


def _sum_by(labeler: Any) -> Any:
    n = pt.max(labeler) + 1

    def total(x: Any) -> Any:
        known = constant_fold([labeler, x], raise_not_constant=False)
        if not any(isinstance(part, pt.TensorVariable) for part in known):
            # PyTensor would add up observed values anew at every evaluation
            return pt.constant(np.bincount(known[0], weights=known[1]))
        return pt.inc_subtensor(pt.zeros(n)[labeler], x)

    return total


def _draw(drift: Any, boundary: Any, ndt: Any, rng: np.random.Generator) -> FloatArray:
    choice, time = first_passage(drift, boundary, rng)
    return np.stack([time + ndt, choice], axis=-1).astype(float)


class _Wiener:
    """A distribution over rows: `_functions` chooses its logp, random and signature."""

    def __new__(cls, name: str, *args: Any, **kwargs: Any) -> Any:
        """Register the variable in the model on the context."""
        params, functions, kwargs = cls._functions(*args, **kwargs)
        made = pm.CustomDist(name, *params, class_name=cls.__name__, **functions, **kwargs)
        return _one_experiment(made, cls.__name__, functions["signature"])

    @classmethod
    def dist(cls, *args: Any, **kwargs: Any) -> Any:
        """Return the distribution without a name, as PyMC's ``dist`` does."""
        params, functions, kwargs = cls._functions(*args, **kwargs)
        made = pm.CustomDist.dist(*params, class_name=cls.__name__, **functions, **kwargs)
        return _one_experiment(made, cls.__name__, functions["signature"])

    @classmethod
    def _functions(cls, *args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict, dict]:
        raise NotImplementedError


def _floats(*parameters: Any) -> tuple[Any, ...]:
    # PyTensor takes 1.25 for a float32, and its logarithm too
    return tuple(pt.cast(pt.as_tensor(x), "float64") for x in parameters)


def _one_experiment(variable: Any, name: str, signature: str) -> Any:
    if signature.endswith("(r,2)") and variable.ndim > 2:
        raise InputError(
            f"{name} with labelers or features is one experiment, of shape (rows, 2); give one "
            f"value per parameter, and no shape or size. Its shape has {variable.ndim} dimensions."
        )
    return variable


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
        return _floats(drift, boundary, ndt), functions, kwargs


def _trial_logp(value: Any, drift: Any, boundary: Any, ndt: Any) -> Any:
    t, z = value[..., 0] - ndt, value[..., 1]
    tilt = z * boundary * drift - 0.5 * drift**2 * pt.maximum(t, 0)
    return _zero_drift(t, boundary) + tilt


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
            each = 1 if count is None else count
            return (*_floats(mu, sigma, boundary, ndt), each), functions, kwargs
        functions = {
            "logp": _labeler_logp,
            "random": _labeler_random,
            "signature": "(),(),(),(),(r)->(r,2)",
        }
        return (*_floats(mu, sigma, boundary, ndt), labeler), functions, kwargs


def _anonymous_logp(value: Any, mu: Any, sigma: Any, boundary: Any, ndt: Any, count: Any) -> Any:
    t, z = value[..., 0] - ndt, value[..., 1]
    factor = random_drift_log_factor(boundary * z, pt.maximum(t, 0), mu, sigma**2, pt)
    return count * (_zero_drift(t, boundary) + factor)


def _anonymous_random(
    mu: Any, sigma: Any, boundary: Any, ndt: Any, count: Any, rng: np.random.Generator, size: Any
) -> FloatArray:
    parameters = (mu, sigma, boundary, ndt, count)
    shape = np.broadcast_shapes(*map(np.shape, parameters), tuple(size or ()))
    return _draw(rng.normal(mu, sigma, shape), boundary, ndt, rng)


def _labeler_logp(value: Any, mu: Any, sigma: Any, boundary: Any, ndt: Any, labeler: Any) -> Any:
    rt, z = value[:, 0], value[:, 1]
    total = _sum_by(labeler)
    time = pt.maximum(total(rt) - ndt * total(pt.ones_like(rt)), 0)
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
        params = _floats(theta, chol, boundary, ndt, features)
        if labeler is None:
            index = pt.ones(params[-1].shape[:1], dtype=int) if count is None else count
            logp, random = _anonymous_vector_logp, _anonymous_vector_random
        else:
            index = labeler
            logp, random = _labeler_vector_logp, _labeler_vector_random
        functions = {
            "logp": logp,
            "random": random,
            "signature": "(d),(d,d),(),(),(r,d),(r)->(r,2)",
        }
        return (*params, index), functions, kwargs


def _anonymous_vector_logp(
    value: Any, theta: Any, chol: Any, boundary: Any, ndt: Any, features: Any, count: Any
) -> Any:
    # one row tells of one direction only: its drift is Normal(psi'theta, |chol'psi|)
    t, z = value[:, 0] - ndt, value[:, 1]
    spread = (features[:, :, None] * chol[None, :, :]).sum(axis=1)
    variance = (spread**2).sum(axis=1)
    mean, time = (features * theta).sum(axis=1), pt.maximum(t, 0)
    factor = random_drift_log_factor(boundary * z, time, mean, variance, pt)
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
    d = _static_size(features.type.shape[1], *theta.type.shape, *chol.type.shape)
    choice_sum = [boundary * total(z * features[:, a]) for a in range(d)]
    time_gram: list[list[Any]] = [[None] * d for _ in range(d)]
    for a in range(d):
        for b in range(a + 1):
            product = features[:, a] * features[:, b]
            time_gram[a][b] = time_gram[b][a] = total(rt * product) - ndt * total(product)
    factor = _random_preference_log_factor(choice_sum, time_gram, theta, chol)
    return total(_zero_drift(rt - ndt, boundary)) + factor


def _static_size(*sizes: int | None) -> int:
    known = [size for size in sizes if size is not None]
    if not known:
        raise InputError("the number of features must be known; give theta a shape, or dims.")
    return known[0]


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
            # no pivot of I + (positive semidefinite) is below 1, whatever rounding says
            factor[i][j] = pt.sqrt(pt.maximum(entry, 1)) if i == j else entry / factor[j][j]
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
