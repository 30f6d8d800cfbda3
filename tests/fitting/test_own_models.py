"""Programs of one's own: a build function, or a PyMC model."""

import numpy as np
import pymc as pm
import pytest

import bayes_ddm as bd
from bayes_ddm import models
from bayes_ddm.distributions import RandomDriftWiener, Wiener, rows
from bayes_ddm.distributions.parameters import parameter
from bayes_ddm.errors import InputError
from bayes_ddm.fitting import run as fitting
from tests.support import fits

FEW = {"draws": 40, "tune": 60}


def own_build(choices, *, spread):
    """Build a program of one's own."""
    with pm.Model() as model:
        sigma = parameter("sigma", spread)
        mu, boundary = pm.Normal("mu", 0, 1), pm.LogNormal("boundary", 0, 1)
        RandomDriftWiener(
            "y", mu, sigma, boundary, 0.3, labeler=choices.labeler, observed=rows(choices)
        )
    return model


def test_a_build_function_of_ones_own():
    tree = fits.quiet_fit(fits.scalar(), own_build, spread=0.8, **FEW)
    assert set(tree["posterior"].data_vars) == {"mu", "boundary"}
    assert float(tree["constant_data"]["sigma"]) == 0.8
    assert tree.attrs["model"].endswith(".own_build")
    with pytest.raises(InputError, match=r"own_build' is not of the family; pass model="):
        bd.log_likelihood(tree)
    with_model = bd.log_likelihood(tree, own_build(fits.scalar(), spread=0.8))
    assert with_model["log_likelihood"]["y"].sizes["labeler"] == 60
    with pytest.raises(InputError, match="has no labelers' preferences"):
        bd.labelers(tree)


def test_a_copy_of_a_family_model_does_not_pass_for_it():
    def build(choices):
        return own_build(choices, spread=0.8)

    build.__module__ = "my.hierarchical"
    assert fitting.resolve(fits.scalar(), build, {})[0].startswith("my.hierarchical.")
    family = models.builder("hierarchical")
    assert fitting.resolve(fits.scalar(), family, {})[0] == "hierarchical"


def test_a_pymc_model_of_ones_own():
    choices = fits.scalar()
    with pm.Model() as model:
        mu = pm.Normal("mu", 0, 1)
        # a start at the closed form would lie outside this prior
        boundary = pm.Uniform("boundary", 0.5, 1.3)
        Wiener("y", mu, boundary, 0.3, observed=rows(choices))
    tree = fits.quiet_fit(choices, model, **FEW)
    assert set(tree["posterior"].data_vars) == {"mu", "boundary"}
    assert tree.attrs["model"] == "custom"
    # stated row by row, summed by labeler
    ours = bd.log_likelihood(tree, model)["log_likelihood"]["y"].isel(chain=1, draw=7)
    draw = tree["posterior"].isel(chain=1, draw=7)
    density = bd.wiener.log_density(
        choices.rt,
        choices.choice,
        drift=float(draw["mu"]),
        boundary=float(draw["boundary"]),
        ndt=0.3,
    )
    np.testing.assert_allclose(ours, np.bincount(choices.labeler, density), rtol=1e-9)
    with pytest.raises(InputError, match="parameters go with a model's name or build function"):
        fits.quiet_fit(choices, model, mu=0.5)
