"""Data sets and fits that several test files share, each made once."""

import warnings
from functools import cache

import numpy as np

import bayes_ddm as bd
from bayes_ddm.simulate import experiment, population

TRUTH = {"mu": 0.5, "sigma": 0.8, "boundary": 1.25, "ndt": 0.3}
THETA = np.array([0.8, -0.5])
# features in unlike units, so that scaling inside the models shows
UNITS = np.array([1.0, 100.0])


@cache
def scalar():
    """60 labelers, 5 choices each."""
    who = population("normal", mean=TRUTH["mu"], sd=TRUTH["sigma"])
    return experiment(who, labelers=60, choices=5, boundary=1.25, ndt=0.3, seed=11)


@cache
def contextual():
    """60 labelers, 8 choices each between bundles of two attributes."""
    covariance = np.array([[0.6, -0.3], [-0.3, 0.5]]) / np.outer(UNITS, UNITS)
    return experiment(
        population("normal", mean=THETA / UNITS, covariance=covariance),
        labelers=60,
        choices=8,
        boundary=1.25,
        ndt=0.3,
        features=lambda rng, n: UNITS * rng.normal(size=(n, 2)),
        feature_names=("amount", "delay"),
        seed=12,
    )


def quiet_fit(*args, **kwargs):
    """Fit without a progress bar; two short chains may miss the strict R-hat limit by chance."""
    settings = {"draws": 1000, "tune": 700, "chains": 2, "seed": 1, "progress": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bd.ConvergenceWarning)
        return bd.fit(*args, **settings | kwargs)


@cache
def scalar_fit():
    """The hierarchical model of `scalar`."""
    return quiet_fit(scalar(), "hierarchical")


@cache
def contextual_fit():
    """The contextual model of `contextual`."""
    return quiet_fit(contextual(), "contextual")
