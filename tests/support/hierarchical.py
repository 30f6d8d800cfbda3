"""Replications of the hierarchical model at its maximum likelihood, written out in NumPy.

Normal drifts are conjugate, so that neither MCMC nor the library's own draws are needed.
"""

import numpy as np
from scipy.optimize import minimize

from bayes_ddm import wiener
from bayes_ddm.checks.predictive.comparisons import comparisons
from bayes_ddm.checks.predictive.result import Setting
from bayes_ddm.checks.predictive.run import check_stream
from bayes_ddm.simulate import first_passage


def sums(choices, boundary, ndt):
    """Of each labeler: boundary times summed choices, and summed decision times."""
    return (
        boundary * np.bincount(choices.labeler, choices.choice),
        np.bincount(choices.labeler, choices.rt - ndt),
    )


def most_likely(choices, *, pooled=False):
    """(mu, sigma, boundary, ndt) of highest likelihood; sigma is 0 if the model is pooled."""
    fastest = choices.rt.min()

    def unpack(x):
        sigma = 0.0 if pooled else np.exp(x[1])
        return x[0], sigma, np.exp(x[2]), fastest / (1 + np.exp(-x[3]))

    def loss(x):
        mu, sigma, boundary, ndt = unpack(x)
        s, t = sums(choices, boundary, ndt)
        d = 1 + sigma**2 * t
        factor = (2 * mu * s + sigma**2 * s**2 - mu**2 * t) / (2 * d) - 0.5 * np.log(d)
        zero = wiener.log_density(choices.rt, choices.choice, drift=0, boundary=boundary, ndt=ndt)
        return -(factor.sum() + zero.sum())

    found = minimize(loss, [0.5, 0.0, 0.2, 0.0], method="Nelder-Mead", options={"maxiter": 2000})
    return unpack(found.x)


def replications(choices, parameters, *, same=True, draws=200, seed=0):
    """Replicate the experiment with the fitted labelers, or with new ones."""
    mu, sigma, boundary, ndt = parameters
    rng = np.random.default_rng(seed)
    s, t = sums(choices, boundary, ndt)
    d = 1 + sigma**2 * t if same else np.ones(len(s))
    mean = (mu + sigma**2 * s) / d if same else np.full(len(s), mu)
    for _ in range(draws):
        drift = mean + sigma / np.sqrt(d) * rng.normal(size=len(s))
        choice, time = first_passage(drift[choices.labeler], boundary, rng)
        yield choice, time + ndt


def checks(choices, parameters, *, same=True, draws=200, has=("spread",), seed=0):
    """All predictive checks of the model with those parameters."""
    setting = Setting(choices, comparisons(choices), "posterior", same, frozenset(has))
    stream = replications(choices, parameters, same=same, draws=draws, seed=seed)
    strangers = replications(choices, parameters, same=False, draws=draws, seed=seed + 1)
    return check_stream(
        setting,
        stream,
        strangers=strangers if same else None,
        times=True,
        whole=len(choices),
    )
