"""Convergence is judged on everything in the posterior, and said loudly."""

import warnings

import numpy as np
import pytest
import xarray as xr

from bayes_ddm.fitting.convergence import ConvergenceWarning, check_convergence

CHAINS, DRAWS = 4, 1000


def independent(seed=1, chains=CHAINS, draws=DRAWS):
    return np.random.default_rng(seed).normal(size=(chains, draws))


def tree(diverging=0, **variables):
    """A fit made by hand; arrays of shape (chain, draw) or (chain, draw, entry)."""
    dims = ("chain", "draw", "entry")
    posterior = xr.Dataset({k: (dims[: np.ndim(x)], x) for k, x in variables.items()})
    chains, draws = posterior.sizes["chain"], posterior.sizes["draw"]
    posterior = posterior.assign_coords(chain=range(chains), draw=range(draws))
    if "entry" in posterior.sizes:
        posterior = posterior.assign_coords(entry=list("abcdef"[: posterior.sizes["entry"]]))
    stats = np.zeros((chains, draws), dtype=bool)
    stats.flat[:diverging] = True
    stats = xr.Dataset({"diverging": (("chain", "draw"), stats)})
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats})


def sluggish(rho, seed=1):
    """Autoregressive chains: effective draws are (1 - rho) / (1 + rho) of all."""
    noise = independent(seed)
    out = noise.copy()
    for i in range(1, DRAWS):
        out[:, i] = rho * out[:, i - 1] + np.sqrt(1 - rho**2) * noise[:, i]
    return out


def assert_silent(fit):
    found = check_convergence(fit)
    assert found.ok
    assert found.problems == ()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found.warn()
    return found


def test_independent_draws_are_fine():
    found = assert_silent(tree(mu=independent(1), sigma=np.exp(independent(2))))
    assert found.divergences == 0
    assert 1.0 <= found.r_hat < 1.01
    # of 4,000 independent draws
    assert 3000 < found.ess_bulk < 5000
    assert 3000 < found.ess_tail < 5000


def test_divergences_are_counted():
    found = check_convergence(tree(diverging=8, mu=independent()))
    assert found.divergences == 8
    (problem,) = found.problems
    assert problem.startswith("8 divergences (0.2% of draws)")
    with pytest.warns(ConvergenceWarning, match="8 divergences"):
        found.warn()


def test_chains_that_disagree():
    shifted = independent() + np.array([0, 0, 0, 1.0])[:, None]
    found = check_convergence(tree(mu=independent(2), sigma=shifted))
    assert not found.ok
    # between-chain variance 3/16 (of means 0, 0, 0, 1, unbiased: 1/4) beside 1 within
    assert found.r_hat == pytest.approx(np.sqrt(1 + 0.25), abs=0.05)
    assert any(p.startswith("R-hat of sigma is 1.") for p in found.problems)
    assert not any("mu" in p for p in found.problems)


def test_a_derived_quantity_alone_is_enough():
    # each chain explores mu, but the derived entry 'b' differs in sign between chains
    values = np.stack([independent(1), np.abs(independent(2)) * [[1], [1], [-1], [-1]]], axis=-1)
    found = check_convergence(tree(mu=independent(3), share=values))
    assert any("R-hat of share[b]" in p for p in found.problems)
    with pytest.warns(ConvergenceWarning, match=r"share\[b\]"):
        found.warn()


def test_few_effective_draws():
    found = check_convergence(tree(mu=independent(), sigma=sluggish(0.95)))
    # about 4,000 x 0.05 / 1.95 = 103
    assert 50 < found.ess_bulk < 200
    bulk = [p for p in found.problems if p.startswith("bulk effective sample size of sigma is")]
    assert len(bulk) == 1
    assert "(below 400)" in bulk[0]


def test_few_effective_draws_in_the_tails_only():
    # the spread changes every 250 draws: locations mix, tails are visited twice
    calm = np.arange(DRAWS) // 250 % 2 == 0
    found = check_convergence(tree(mu=independent() * np.where(calm, 0.2, 3.0)))
    assert found.ess_bulk > 3000
    (problem,) = found.problems
    assert problem.startswith("tail effective sample size of mu is")


def test_one_chain_cannot_tell():
    found = check_convergence(tree(mu=independent(chains=1)))
    assert any("one chain cannot show" in p for p in found.problems)


def test_constants_are_passed_over():
    zero, one = np.zeros((CHAINS, DRAWS)), np.ones((CHAINS, DRAWS))
    rounding = one * (1 + 1e-16 * np.sign(independent()))
    factor = np.stack([one, zero, independent(), rounding], axis=-1)
    found = assert_silent(tree(mu=independent(2), chol=factor, fixed=zero + 1.25))
    assert np.isfinite([found.r_hat, found.ess_bulk, found.ess_tail]).all()


def test_nothing_that_varies():
    found = assert_silent(tree(fixed=np.ones((CHAINS, DRAWS))))
    assert np.isnan([found.r_hat, found.ess_bulk]).all()


def test_small_numbers_are_not_constants():
    # a preference per dollar of a feature in billions
    shifted = independent() + np.array([0, 0, 0, 1.0])[:, None]
    found = check_convergence(tree(theta=1e-15 * shifted))
    assert found.r_hat > 1.05
    assert not found.ok


def test_chains_that_never_move():
    stuck = np.arange(4.0)[:, None] * np.ones((CHAINS, DRAWS))
    found = check_convergence(tree(mu=stuck))
    assert any(p.startswith("R-hat of mu is") for p in found.problems)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_draws_that_are_no_numbers(bad):
    values = np.stack([independent(1), independent(2)], axis=-1)
    values[1, 7, 0] = bad
    found = check_convergence(tree(mu=independent(3), share=values))
    (problem,) = found.problems
    assert problem.startswith("share[a]: some draws are not finite")
    assert found.r_hat < 1.01


def test_a_sampler_without_divergences():
    fit = tree(mu=independent())
    del fit["sample_stats"]
    assert assert_silent(fit).divergences == 0


def test_the_warning_names_every_problem_once():
    shifted = independent() + np.arange(4.0)[:, None]
    found = check_convergence(tree(diverging=3, mu=shifted))
    with pytest.warns(ConvergenceWarning) as caught:
        found.warn()
    assert len(caught) == 1
    message = str(caught[0].message)
    assert all(problem in message for problem in found.problems)
    assert len(found.problems) >= 3


@pytest.mark.parametrize(
    ("sampled", "says"),
    [
        ("theta_scaled", "R-hat of theta[b] is"),
        ("sigma_scaled", "R-hat of sigma[b] is"),
        ("boundary_score", "R-hat of labeler_boundary[b] (sampled as boundary_score) is"),
        ("ndt_score", "R-hat of labeler_ndt[b] (sampled as ndt_score) is"),
        ("preference_score", "R-hat of preference[b] (sampled as preference_score) is"),
        ("labeler_ndt", "R-hat of labeler_ndt[b] is"),
    ],
)
def test_names_are_those_that_users_know(sampled, says):
    shifted = independent() + np.array([0, 0, 0, 1.0])[:, None]
    values = np.stack([independent(2), shifted], axis=-1)
    found = check_convergence(tree(**{sampled: values}))
    assert any(p.startswith(says) for p in found.problems)


def test_divergences_name_the_parameter_that_they_crowd_in():
    spread = np.exp(independent(2))
    # the first draws of the first chain diverge
    spread.flat[:12] /= 50
    found = check_convergence(tree(12, mu=independent(3), boundary_spread=spread))
    (problem,) = found.problems
    assert problem == (
        "12 divergences (0.3% of draws), most of them where boundary_spread is small: parts of the "
        "posterior may be missing; tune longer, or give boundary_spread a tighter prior."
    )
    scattered = check_convergence(tree(12, mu=independent(3), boundary_spread=independent(4)))
    (problem,) = scattered.problems
    assert "most of them" not in problem and problem.endswith("give parameters a tighter prior.")
