"""Priors of the family by SciPy, and sums over labelers."""

import numpy as np
from scipy import stats
from scipy.special import logsumexp

from bayes_ddm.distributions import rows

# the documented defaults
PRIORS = {
    "mu": stats.norm(0, 2),
    "theta_scaled": stats.norm(0, 2),
    "sigma": stats.halfnorm(scale=2),
    "sigma_scaled": stats.halfnorm(scale=2),
    "scale": stats.halfnorm(scale=2),
    "scale_scaled": stats.halfnorm(scale=2),
    "heavy": stats.gamma(2, scale=10),
    "partial": stats.beta(2, 2),
    "weight": stats.dirichlet([4.0, 4.0]),
    "gap": stats.gamma(2),
    "type_sigma": stats.lognorm(0.7, scale=np.exp(-0.7)),
    "type_sigma_scaled": stats.lognorm(0.7, scale=np.exp(-0.7)),
    "place_scaled": stats.norm(),
    "boundary": stats.lognorm(1.2, scale=np.exp(0.5)),
    "boundary_spread": stats.lognorm(0.7, scale=np.exp(-1.2)),
    "boundary_score": stats.norm(),
    "ndt": stats.halfnorm(scale=5),
    "ndt_spread": stats.lognorm(0.7, scale=np.exp(-1.2)),
    "ndt_score": stats.norm(),
    "start": stats.beta(5, 5),
    "start_spread": stats.lognorm(0.7, scale=np.exp(-1.2)),
    "start_score": stats.norm(),
    "lapse": stats.beta(1, 20),
    "lapse_rt": stats.lognorm(1.0, scale=np.exp(0.5)),
    "preference_score": stats.norm(),
}
MU, SIGMA, BOUNDARY, NDT = (PRIORS[name] for name in ("mu", "sigma", "boundary", "ndt"))
# PyMC holds plain numbers in priors, such as 1.2, in single precision
SINGLE = 1e-7


def log_prior(point):
    """Of all values whose prior depends on no other."""
    return sum(np.sum(PRIORS[k].logpdf(x)) for k, x in point.items() if k in PRIORS)


def scaled(choices):
    if not choices.contextual:
        return np.ones((len(choices), 1))
    scale = np.sqrt(np.average(choices.features**2, axis=0, weights=choices.count))
    return choices.features / scale


def each_labeler(choices, log_density):
    """Sum over units of a function of their rows, attributes and index."""
    y, psi = rows(choices), scaled(choices)
    return sum(
        n * log_density(y[choices.unit == u], psi[choices.unit == u], u)
        for u, n in enumerate(choices.unit_count)
    )


def normal(mean, covariance):
    return stats.multivariate_normal(mean, covariance).logpdf


def types(weight, means, covariances):
    def log_density(x):
        parts = [normal(m, c)(x) for m, c in zip(means, covariances, strict=True)]
        return logsumexp(np.stack(parts, axis=-1) + np.log(weight), axis=-1)

    return log_density
