"""Labelers' own estimates against maximum likelihood by a general optimiser."""

import numpy as np
import pytest
from scipy.optimize import minimize

import bayes_ddm as bd
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.unpooled import unpooled
from bayes_ddm.wiener import starting_point_log_density
from tests.support import fits

CONSTANT = {
    "mu": np.full(3, 0.5),
    "sigma": np.full(3, 0.8),
    "boundary": np.full(3, 1.25),
    "ndt": np.full(3, 0.2),
}


def _shared():
    return fits.made_up(fits.scalar(), "start_bias", CONSTANT | {"start": np.full(3, 0.6)})


def _own():
    choices = fits.own_boundaries()
    fastest = np.array([choices.rt[choices.labeler == i].min() for i in range(40)])
    spreads = {"boundary_spread": np.full(3, 0.3), "ndt_spread": np.full(3, 0.3)}
    own = {
        "labeler_boundary": np.tile(np.linspace(0.8, 1.6, 40), (3, 1)),
        "labeler_ndt": np.tile(0.6 * fastest, (3, 1)),
    }
    return fits.made_up(choices, "labeler_boundary", CONSTANT | spreads | own)


def _contextual():
    return fits.made_up(fits.contextual(), "contextual", _middle())


@pytest.mark.parametrize("make", [_shared, _own, _contextual])
def test_own_estimates_maximise_each_labelers_likelihood(make):
    fit = make()
    choices, found = bd.choices_of(fit), unpooled(Posterior.of(fit))
    drawn = fit.posterior.isel(chain=0, draw=0)
    own = "labeler_boundary" in drawn
    psi = choices.features if choices.contextual else np.ones((len(choices), 1))
    scale = np.sqrt((psi**2).mean(axis=0))
    for i in (0, 7, 30):
        mine = choices.labeler == i
        given = {
            n: float(drawn[f"labeler_{n}"][i] if own else drawn[n]) for n in ("boundary", "ndt")
        }
        given["start"] = float(drawn["start"]) if "start" in drawn else 0.5

        def loss(theta, mine=mine, given=given):
            drift = psi[mine] / scale @ theta
            rt, choice = choices.rt[mine], choices.choice[mine]
            return -starting_point_log_density(rt, choice, drift=drift, **given).sum()

        best = minimize(loss, np.zeros(psi.shape[1]), method="Nelder-Mead", tol=1e-10)
        assert found[i] * scale == pytest.approx(best.x, abs=1e-4)


def test_labelers_that_nothing_is_known_of_have_no_estimate():
    choices = fits.contextual()
    first = (choices.labeler != 0) | (np.arange(len(choices)) == 0)
    fit = fits.made_up(choices._take(np.flatnonzero(first)), "contextual", _middle())
    found = unpooled(Posterior.of(fit))
    assert np.isnan(found[0]).all() and np.isfinite(found[1:]).all()


def _middle():
    n = 3
    return {
        "theta_scaled": np.zeros((n, 2)),
        "sigma_scaled": np.ones((n, 2)),
        "partial": np.full((n, 1), 0.5),
        "boundary": np.full(n, 1.25),
        "ndt": np.full(n, 0.2),
    }


def test_own_estimates_need_names_and_times():
    with pytest.raises(InputError, match="no response times"):
        unpooled(Posterior.of(fits.pretended("choice_only")))
