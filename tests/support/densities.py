"""Compiled log densities of the distributions, and the integrals that they must equal."""

from functools import cache
from itertools import product

import mpmath as mp
import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from pytensor.compile.mode import Mode
from scipy.special import logsumexp

from bayes_ddm import wiener
from bayes_ddm.distributions import RandomDriftWiener, RandomPreferenceWiener

# compiles in a fraction of a second; that Numba agrees is tested with the gradients
PYTHON = "FAST_COMPILE"
# for a few evaluations of large graphs: rewriting them takes longer, but for equal parts
AS_WRITTEN = Mode(linker="py", optimizer="merge")

# unbalanced on purpose, and a labeler whose choices cancel
LABELER = np.array([0, 0, 0, 1, 2, 2])
OBSERVED = np.array([[0.52, 1.0], [0.9, -1.0], [1.4, 1.0], [0.31, -1.0], [2.2, 1.0], [6.0, -1.0]])
FEATURES = np.random.default_rng(3).normal(size=(6, 3))
NDT = 0.3


def integral(log_likelihood, d):
    """``log E[exp(log_likelihood(x))]`` for ``x ~ Normal(0, I)``, by the trapezoidal rule.

    The grid follows the integrand's own mode and curvature, found numerically; the rule's error for
    a Gaussian-like integrand at steps of 0.6 standard deviations is ``2 exp(-2 pi^2 / 0.36)``,
    below 1e-23.
    """

    def joint(x):
        return log_likelihood(x) - 0.5 * (x**2).sum(axis=-1) - 0.5 * d * np.log(2 * np.pi)

    mode = np.zeros(d)
    for _ in range(3):
        slope, hessian = differences(joint, mode)
        mode = mode - np.linalg.solve(hessian, slope)
    root = np.linalg.cholesky(np.linalg.inv(-differences(joint, mode)[1]))
    axis = np.arange(-9.6, 9.61, 0.6)
    grid = np.array(list(product(axis, repeat=d)))
    values = joint(mode + grid @ root.T)
    return (
        np.log(np.exp(values - values.max()).sum())
        + values.max()
        + d * np.log(0.6)
        + np.log(np.diag(root)).sum()
    )


def differences(f, x, h=0.1):
    """Gradient and Hessian by central differences: exact up to rounding for a quadratic."""
    step = h * np.eye(len(x))
    slope = np.array([(f(x + s) - f(x - s)) / (2 * h) for s in step])
    hessian = np.array(
        [
            [(f(x + s + r) - f(x + s - r) - f(x - s + r) + f(x - s - r)) / (4 * h**2) for r in step]
            for s in step
        ]
    )
    return slope, hessian


def trial_sum(observed, drift, boundary, ndt):
    """Summed log density of rows, for drifts of shape (..., rows)."""
    rt, choice = observed.T
    return wiener.log_density(rt, choice, drift=drift, boundary=boundary, ndt=ndt).sum(axis=-1)


def by_quadrature(observed, psi, theta, chol, boundary, ndt):
    """Log density of one labeler's rows, their preference vector integrated out."""
    d = len(theta)
    return integral(lambda x: trial_sum(observed, (theta + x @ chol.T) @ psi.T, boundary, ndt), d)


def over_preferences(observed, psi, log_prior, boundary, ndt, start=0.5, step=0.1):
    """Log density of one labeler's rows over any law of their preference vector.

    The grid follows the likelihood, Gaussian in the preference, in steps of a tenth of its standard
    deviations; at twice the step the tests change by less than 1e-9.
    """
    rt, choice = observed.T
    gram = (psi * (rt - ndt)[:, None]).T @ psi
    gathered = psi.T @ (boundary * (choice - (2 * start - 1)))
    root = np.linalg.cholesky(np.linalg.inv(gram))
    d = psi.shape[1]
    grid = np.array(list(product(np.arange(-8, 8 + step / 2, step), repeat=d)))
    own = np.linalg.solve(gram, gathered) + grid @ root.T
    rows = {"boundary": boundary, "ndt": ndt, "start": start}
    values = wiener.starting_point_log_density(rt, choice, drift=own @ psi.T, **rows).sum(axis=-1)
    return logsumexp(values + log_prior(own)) + d * np.log(step) + np.log(np.diag(root)).sum()


def untransformed_logp(model, values, **options):
    """Log density of a model, or of some of its variables, at values in their own units."""
    plain = pm.model.transform.conditioning.remove_value_transforms(model)
    return float(plain.compile_logp(mode=PYTHON, **options)(values))


@cache
def scalar_density(kind):
    """Compiled log density and its gradient by (mu, sigma, boundary, ndt)."""
    value = pt.matrix("value")
    inputs = pt.scalars("mu", "sigma", "boundary", "ndt")
    extra = {
        "anonymous": {"shape": (len(OBSERVED), 2)},
        "labeler": {"labeler": LABELER},
        "counted": {"count": np.arange(1, len(OBSERVED) + 1)},
    }
    density = pm.logp(RandomDriftWiener.dist(*inputs, **extra[kind]), value)
    gradient = pytensor.grad(density.sum(), list(inputs))
    return pytensor.function([value, *inputs], [density, pt.stack(gradient)], mode=PYTHON)


@cache
def vector_density(d, labelers, mode=PYTHON):
    """Compiled log density and its gradient by (theta, chol, boundary, ndt), flattened."""
    value, theta, chol = pt.matrix("value"), pt.vector("theta"), pt.matrix("chol")
    boundary, ndt = pt.scalars("boundary", "ndt")
    who = {"labeler": LABELER} if labelers else {}
    variable = RandomPreferenceWiener.dist(
        theta, chol, boundary, ndt, features=FEATURES[:, :d], **who
    )
    density = pm.logp(variable, value)
    inputs = [theta, chol, boundary, ndt]
    gradient = [g.ravel() for g in pytensor.grad(density.sum(), inputs)]
    return pytensor.function([value, *inputs], [density, pt.concatenate(gradient)], mode=mode)


def factor(d, size, seed=1):
    """Return a lower triangular factor with correlations and unequal scales."""
    rng = np.random.default_rng(seed)
    return size * np.tril(rng.normal(size=(d, d)) + np.eye(d))


def assert_gradient(f, gradient, x):
    """Central differences agree at one step of ten, whichever suits each coordinate."""
    for j, got in enumerate(gradient):
        limit = 1e-5 * max(abs(got), 1e-2 * np.abs(gradient).max(), 1e-2)
        errors = []
        # from the steps that suit most outwards
        for power in (5, 4, 6, 3, 7, 2, 8, 9, 10, 11):
            step = np.zeros(len(x))
            step[j] = h = 10.0**-power * max(abs(x[j]), 1e-3)
            above, below = f(x + step), f(x - step)
            if np.isfinite(above) and np.isfinite(below):
                errors.append(abs((above - below) / (2 * h) - got))
                if errors[-1] <= limit:
                    break
        assert min(errors) <= limit, f"coordinate {j} at {x}: {min(errors)} off {got}"


def survival(u, a, y):
    """Probability of no decision by ``u``, boundary 1, as a sum of sines in 50 digits."""
    with mp.workdps(50):
        u, a, y = map(mp.mpf, (u, a, y))
        total, k = mp.mpf(0), 1
        while k**2 * mp.pi**2 * u / 8 < 130:
            ends = k * mp.pi / 2 * (mp.exp(-a) - (-1) ** k * mp.exp(a))
            decay = mp.exp(-(k**2) * mp.pi**2 * u / 8)
            total += mp.sin(k * mp.pi * (1 + y) / 2) * ends * decay / (a**2 + k**2 * mp.pi**2 / 4)
            k += 1
        return mp.exp(-a * y - a**2 * u / 2) * total
