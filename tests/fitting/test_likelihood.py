"""Log-likelihood of each labeler, their own values integrated out, against sums over grids."""

import gc
import weakref

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.fitting.likelihood import pointwise
from bayes_ddm.fitting.posterior import Posterior
from tests.support import fits
from tests.support.programs import without_features

CHOICES = without_features(labelers=4, choices=6)
N = 4
V = np.linspace(-6, 7, 131)
SCORE = np.linspace(-5, 5, 61)
# steps in units of standard deviations; the integrands vanish at the ends of the grids
NORMAL = stats.norm.logpdf


def labeler_boundary(u, mu=0.4, sigma=0.9, boundary=1.2, spread=0.4, ndt=0.25, ndt_spread=0.3):
    """Log joint density of labeler u's rows, drift, boundary and ndt on a grid, and its cells."""
    mine = u == CHOICES.labeler
    rt, choice = CHOICES.rt[mine], CHOICES.choice[mine]
    own, late = boundary * np.exp(spread * SCORE), ndt * np.exp(ndt_spread * SCORE)
    v, b, d = np.meshgrid(V, own, late[late < rt.min()], indexing="ij")
    joint = sum(
        wiener.log_density(t, z, drift=v, boundary=b, ndt=d)
        for t, z in zip(rt, choice, strict=True)
    )
    prior = NORMAL(v, mu, sigma)
    prior += NORMAL(SCORE)[:, None] + NORMAL(SCORE)[: d.shape[2]]
    cell = (V[1] - V[0]) * (SCORE[1] - SCORE[0]) ** 2
    return joint + prior + np.log(cell), np.log(b), np.log(d)


def contaminated(u, mu=0.4, sigma=0.9, boundary=1.2, ndt=0.35, lapse=0.1, lapse_rt=1.5):
    mine = u == CHOICES.labeler
    rt, choice = CHOICES.rt[mine][:, None], CHOICES.choice[mine][:, None]
    attentive = wiener.log_density(rt, choice, drift=V, boundary=boundary, ndt=ndt)
    guess = stats.expon(scale=lapse_rt).logpdf(rt) - np.log(2)
    rows = np.logaddexp(np.log(1 - lapse) + attentive, np.log(lapse) + guess)
    return rows.sum(axis=0) + NORMAL(V, mu, sigma) + np.log(V[1] - V[0]), (V - mu) / sigma


def choice_only(u, mu=0.4, sigma=0.9):
    choice = CHOICES.choice[u == CHOICES.labeler][:, None]
    rows = -np.log1p(np.exp(-choice * V))
    return rows.sum(axis=0) + NORMAL(V, mu, sigma) + np.log(V[1] - V[0]), (V - mu) / sigma


LAWS = {
    "labeler_boundary": labeler_boundary,
    "contaminated": contaminated,
    "choice_only": choice_only,
}


def drawn(joint, parts, rng, size=400):
    """Draws of a labeler's own values from their posterior on the grid."""
    share = np.exp(joint.ravel() - logsumexp(joint))
    at = rng.choice(share.size, size, p=share / share.sum())
    return [part.ravel()[at] for part in parts]


def case(name):
    """A fit whose labelers' draws come from grids; its expected log-likelihoods."""
    rng = np.random.default_rng(6)
    law = {"labeler_boundary": labeler_boundary, "contaminated": contaminated}.get(
        name, choice_only
    )
    grids = [law(u) for u in range(N)]
    expected = [logsumexp(joint) for joint, *_ in grids]
    own = [
        np.stack(d, axis=-1) for d in zip(*(drawn(g[0], g[1:], rng) for g in grids), strict=True)
    ]
    posterior = {"mu": 0.4, "sigma": 0.9}
    if name == "labeler_boundary":
        posterior |= {"boundary": 1.2, "boundary_spread": 0.4, "ndt": 0.25, "ndt_spread": 0.3}
        posterior["boundary_score"] = (own[0] - np.log(1.2)) / 0.4
        posterior["ndt_score"] = (own[1] - np.log(0.25)) / 0.3
    else:
        posterior["preference_score"] = own[0][..., None]
    if name == "contaminated":
        posterior |= {"boundary": 1.2, "ndt": 0.35, "lapse": 0.1, "lapse_rt": 1.5}
    draws = {k: np.full(400, x) if np.ndim(x) == 0 else x for k, x in posterior.items()}
    return fits.made_up(CHOICES, name, draws), expected


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
def test_labelers_own_values_are_integrated_out(name):
    fit, expected = case(name)
    model = bd.model_of(fit)
    draw = fit["posterior"].to_dataset().isel(chain=0, draw=0)
    posterior = Posterior.of(fit, model)
    usual = pointwise(posterior)
    found = usual(draw)
    more = pointwise(posterior, points=512)(draw)
    assert usual.sampled_latents
    assert found.shape == (N,)
    # importance sampling: errors of 0.014 with the usual points here, 0.004 with 512
    np.testing.assert_allclose(found, expected, atol=0.05)
    np.testing.assert_allclose(more, expected, atol=0.01)


def test_it_is_compiled_once_for_as_long_as_the_posterior_is_in_use():
    draws = {"mu": [0.4], "sigma": [0.9], "boundary": [1.2], "ndt": [0.1]}
    posterior = Posterior.of(fits.made_up(CHOICES, "hierarchical", draws))
    made = weakref.ref(pointwise(posterior))
    assert pointwise(posterior) is made()
    del posterior
    gc.collect()
    assert made() is None
