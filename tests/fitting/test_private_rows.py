"""A posterior from private rows: its program against NumPy's, and what it cannot be asked."""

import numpy as np
import pymc as pm
import pytest
import xarray as xr
from scipy.stats import multinomial

import bayes_ddm as bd
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.bounded.six_cells import chances
from bayes_ddm.fitting import rowless
from bayes_ddm.fitting.nuts import Nuts
from bayes_ddm.fitting.private_rows import _dataset, build_rows
from bayes_ddm.fitting.save import GROUP_OF_ROWS
from bayes_ddm.privacy.row_likelihood import NODE_WEIGHTS, NODES, log_likelihood, normal_population
from bayes_ddm.simulate import experiment
from tests.support import fits
from tests.support.densities import PYTHON

KNOWN = {"boundary": 1.25, "ndt": 0.3}


def at(model, **values):
    """Log density of what was observed, at these parameters."""
    fixed = pm.do(model, values)
    terms = [fixed.logp(vars=fixed.observed_RVs, sum=True), *(p for p in fixed.potentials)]
    return float(sum(term.eval(mode=PYTHON) for term in terms))


@pytest.mark.parametrize(("mu", "sigma"), [(0.4, 0.9), (-2.0, 0.1)])
def test_single_rows_are_a_multinomial(mu, sigma):
    private = fits.private_rows()
    found = at(build_rows(private.kinds), mu=mu, sigma=sigma)
    true = NODE_WEIGHTS @ chances(mu + sigma * NODES, **KNOWN, edges=private.scheme.edges)
    by_hand = 0.0
    for k in range(2):
        count = np.bincount(private.cell[private.level == k], minlength=6)
        by_hand += multinomial.logpmf(count, count.sum(), true @ private.scheme.matrix(k))
    assert found == pytest.approx(by_hand, rel=1e-10)


def test_rows_of_a_labeler_share_a_drift():
    made = experiment("normal", labelers=30, choices=4, **KNOWN, seed=1)
    kinds = bd.privacy.simulated(made, bd.privacy.rows(3.0, **KNOWN), seed=1).kinds
    found = at(build_rows(kinds, labelers=True), mu=0.4, sigma=0.9)
    assert found == pytest.approx(kinds.count @ log_likelihood(kinds, 0.4, 0.9, **KNOWN), rel=1e-10)


def test_a_pilot_is_a_prior_and_a_number_is_not():
    made = experiment("normal", labelers=200, **KNOWN, seed=1, anonymous=True)
    scheme = bd.privacy.rows(2.0, **KNOWN, boundary_se=0.05, ndt_se=0.01)
    kinds = bd.privacy.simulated(made, scheme, seed=1).kinds

    def free(**given):
        return {rv.name for rv in build_rows(kinds, **given).free_RVs}

    assert free() == {"mu", "sigma", "boundary", "ndt"}
    assert free(boundary=1.3) == {"mu", "sigma", "ndt"}


@pytest.mark.slow
def test_the_posterior_is_that_of_the_likelihood():
    posterior = fits.private_rows_fit()["posterior"]
    kinds = fits.private_rows().kinds
    likeliest = normal_population(kinds, **KNOWN)
    se = np.sqrt(kinds.count @ likeliest.influence**2)
    # priors are far wider; a mean of some 500 effective draws is known to .05 sd, an sd to 3 %
    for name, value, width in zip(
        ("mu", "sigma"), (likeliest.mu, likeliest.sigma), se, strict=True
    ):
        draws = posterior[name].values
        assert draws.mean() == pytest.approx(value, abs=0.25 * width)
        assert draws.std() == pytest.approx(width, rel=0.15)


@pytest.mark.slow
def test_it_is_saved_compared_and_asked_nothing_else(tmp_path):
    fit = bd.load(bd.save(fits.private_rows_fit(), tmp_path / "fit.nc"))
    made = bd.compare(fit)
    assert made.verdict.startswith("agree") and made.to_dict()["privacy"]["epsilon_row"] == 4.0
    stratified = next(row for row in made.rows if row.estimator == "cells_stratified")
    assert stratified.p_value == made.tests[0].p_value > 0.05
    assert "epsilon 4 per row" in repr(made)
    for ask in (bd.diagnose, bd.labelers, bd.choices_of):
        with pytest.raises(InputError, match="only compare takes it"):
            ask(fit)
    for more in ({"most_drift": 2.0}, {"units": {"x": 2}}, {"model": pm.Model()}):
        with pytest.raises(InputError, match="no groups"):
            bd.compare(fit, **more)


def drawn(**fixed):
    """A fit of `private_rows` whose draws of mu and sigma are given, or fixed."""
    noise = 0.1 * np.random.default_rng(1).standard_normal((2, 500))
    free = {name: 0.5 + noise for name in ("mu", "sigma") if name not in fixed}
    made = {"posterior": xr.Dataset({k: (("chain", "draw"), x) for k, x in free.items()})}
    tree = xr.DataTree.from_dict(made | {"constant_data": xr.Dataset(fixed)})
    tree[GROUP_OF_ROWS] = xr.DataTree(_dataset(fits.private_rows()))
    return tree


def test_chains_that_have_not_converged_decide_nothing():
    fit = drawn()
    assert bd.compare(fit).verdict.startswith("agree")
    fit["posterior"]["mu"][1] += 1.0
    assert "chains have not converged" in bd.compare(fit).verdict


def test_a_fixed_average_is_shown_and_not_tested():
    made = bd.compare(drawn(mu=3.0))
    assert made.rows[0].posterior == 3.0 and not made.tests
    assert made.verdict.startswith("cannot tell: mu was fixed")


def stopped(run):
    """Draws of a sampler that was interrupted halfway."""
    half = np.zeros((run.chains, run.draws // 2))
    return xr.DataTree.from_dict({"posterior": xr.Dataset({"mu": (("chain", "draw"), half)})})


@pytest.mark.parametrize("answers", [fits.private_rows, fits.released])
def test_options_of_nuts_are_heeded_and_a_part_is_no_posterior(answers, monkeypatch):
    given = []
    monkeypatch.setattr(
        rowless, "sample", lambda program, start, run: given.append(run) or stopped(run)
    )
    options = {"target_accept": 0.95, "max_treedepth": 6, "init": {"mu": 0.2}}
    with pytest.raises(KeyboardInterrupt):
        bd.fit(answers(), **options, seed=1, progress=False)
    assert given[0].nuts == Nuts(0.95, 6, None, {"mu": 0.2})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"model": "mixture"}, "hierarchical model only"),
        ({"boundary": pm.LogNormal.dist(0, 1)}, "boundary is not learned from private rows"),
        ({"ndt": "speed"}, "ndt is not learned from private rows"),
        ({"drift": "1 + x"}, "have no drift"),
        ({"start": 0.4}, "have no start"),
        ({"mu": 0.5, "sigma": 1.0}, "nothing to sample"),
        ({"checkpoint": "fit.checkpoint"}, "leave checkpoint out"),
        ({"init": {"ndt": 0.3}}, "the model samples no 'ndt'"),
    ],
)
def test_what_six_cells_do_not_tell(given, said):
    with pytest.raises(InputError, match=said):
        bd.fit(fits.private_rows(), **given)
