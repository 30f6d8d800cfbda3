"""The contextual model with a diagonal covariance, with factors, and with averages shrunk to 0."""

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from scipy import stats

from bayes_ddm.distributions import RandomPreferenceWiener
from bayes_ddm.distributions._row_drifts import row_drifts
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.compiled import _initial
from bayes_ddm.fitting.run import starting_values
from bayes_ddm.models import builder
from bayes_ddm.simulate import experiment

SD, LOADING = np.array([0.7, 0.4, 0.9]), np.array([[0.5], [-0.3], [0.0]])


def compared(d, n=40):
    return experiment(
        lambda rng, n: rng.normal(0.4, 0.6, (n, d)),
        features=lambda rng, n: rng.normal(size=(n, d)),
        labelers=n,
        boundary=1.25,
        ndt=0.3,
        anonymous=True,
        seed=1,
    )


@pytest.mark.parametrize("loading", [None, LOADING])
def test_parts_of_a_covariance_are_that_covariance(loading):
    choices = compared(3)
    value = np.column_stack([choices.rt, choices.choice])
    covariance = np.diag(SD**2) + (0 if loading is None else loading @ loading.T)
    theta, at = np.array([0.5, -0.2, 0.8]), {"boundary": 1.2, "ndt": 0.25}
    densities = []
    for chol, more in ((np.linalg.cholesky(covariance), None), (SD, loading)):
        parts = RandomPreferenceWiener.dist(
            theta, chol, **at, features=choices.features, loading=more
        )
        densities.append(pm.logp(parts, value).eval(mode="FAST_COMPILE"))
    np.testing.assert_allclose(*densities, rtol=1e-12)
    drawn = pm.draw(parts, random_seed=1, mode=Mode(linker="py", optimizer=None))
    assert drawn.shape == (40, 2) and (drawn[:, 0] > at["ndt"]).all()


@pytest.mark.parametrize("mode", ["FAST_COMPILE", "NUMBA"])
def test_drifts_of_rows_and_their_slopes_are_those_of_matrix_products(mode):
    rng = np.random.default_rng(1)
    features, at = rng.normal(size=(7, 5)), [rng.normal(size=5), rng.uniform(size=5)]
    mean, variance = pt.dvector("mean", shape=(5,)), pt.dvector("variance", shape=(5,))
    tables = []
    for one_pass in (True, False):
        x = pt.constant(features)
        drifts = row_drifts(x, mean, variance) if one_pass else (x @ mean, x**2 @ variance)
        total = (drifts[0] ** 3 * pt.exp(-drifts[1])).sum() + drifts[0].sum()
        slopes = pt.grad(total, [mean, variance])
        curved = pt.grad(sum((s**2).sum() for s in slopes), [mean, variance])
        evaluate = pytensor.function([mean, variance], [*drifts, *slopes, *curved], mode=mode)
        tables.append(np.concatenate(evaluate(*at)))
    np.testing.assert_allclose(*tables, rtol=1e-11)


@pytest.mark.parametrize(
    ("d", "given", "has"),
    [
        (3, {}, {"theta_scaled", "sigma_scaled", "partial"}),
        (9, {}, {"theta_scaled", "shrinkage", "spread_score", "drift_spread"}),
        (9, {"theta": pm.Normal.dist(0, 2), "Sigma": 0.4}, {"theta_scaled"}),
        (3, {"spread": "diagonal"}, {"theta_scaled", "sigma_scaled"}),
        (
            9,
            {"rank": 2, "theta": 0.1, "Sigma": pm.HalfNormal.dist(1)},
            {"sigma_scaled", "loading_scaled"},
        ),
        (3, {"theta": "shrunk"}, {"theta_scaled", "sigma_scaled", "partial", "shrinkage"}),
    ],
)
def test_what_is_sampled(d, given, has):
    program = builder("contextual")(compared(d), **given)
    assert {rv.name for rv in program.free_RVs} == has | {"boundary", "ndt"}


def test_an_sd_that_may_be_0_is_sampled_folded():
    program = builder("contextual")(compared(3), spread="diagonal")
    value = program.rvs_to_values[program["sigma_scaled"]]
    assert value.name == "sigma_scaled_folded__"
    density = program.compile_logp(mode="FAST_COMPILE")
    point = program.initial_point() | {value.name: np.array([0.4, -0.2, 0.0])}
    turned = point | {value.name: np.array([-0.4, 0.2, 0.0])}
    assert density(point) == density(turned)
    # the half-normal's own density, with no step to or from a logarithm
    prior = program.compile_logp(program["sigma_scaled"], mode="FAST_COMPILE")
    by_hand = stats.halfnorm(scale=2).logpdf([0.4, 0.2, 0.0]).sum()
    assert prior(point) == pytest.approx(by_hand, rel=1e-8)
    # others keep what they are sampled by
    other = builder("contextual")(compared(3), spread="diagonal", Sigma=pm.Exponential.dist(1))
    assert "sigma_scaled_log__" in {x.name for x in other.value_vars}


def test_many_features_say_nothing_of_how_much_drifts_differ_in_all():
    # of 9 half-normal spreads of scale 2 the total is 6 +- 1.4: here it is half-normal itself
    program = builder("contextual")(compared(9))
    sd = pm.draw(
        program["sigma_scaled"], 1000, random_seed=1, mode=Mode(linker="py", optimizer=None)
    )
    total = np.sqrt((sd**2).sum(axis=1))
    assert stats.kstest(total, stats.halfnorm(scale=2).cdf).pvalue > 1e-3
    # shares of the variance are those of squared normals, which is a Dirichlet law: betas each
    assert stats.kstest(sd[:, 0] ** 2 / total**2, stats.beta(0.5, 4.0).cdf).pvalue > 1e-3


def test_chains_of_many_features_start_where_drifts_are_of_common_size():
    made = compared(64)
    program = builder("contextual")(made)
    point = _initial(program, starting_values(program, made))
    for seed in range(5):
        found = point(seed)
        # the root of 64 thirds over 64 is .58
        assert np.linalg.norm(found["theta_scaled"]) < 0.8
        # 0.8 over the boundary, about 1.2; one number is jittered by a factor e at the most
        assert 0.2 < np.exp(found["drift_spread_log__"]) < 2.2


def test_reported_spread_counts_what_factors_add():
    choices = compared(9)
    program = builder("contextual")(choices, rank=1, Sigma=pm.HalfNormal.dist(2))
    sd, loading = np.full(9, 0.5), np.linspace(-1, 1, 9)[:, None]
    values = {program["sigma_scaled"]: sd, program["loading_scaled"]: loading}
    found = program["sigma"].eval(values, mode="FAST_COMPILE")
    scale = np.sqrt((choices.features**2).mean(axis=0))
    np.testing.assert_allclose(found, np.sqrt(0.25 + loading[:, 0] ** 2) / scale, rtol=1e-12)
    chol = program.experiment.population.chol.eval(values, mode="FAST_COMPILE")
    np.testing.assert_allclose(chol @ chol.T, 0.25 * np.eye(9) + loading @ loading.T, atol=1e-12)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"spread": "low"}, "spread must be 'full' or 'diagonal'"),
        ({"spread": "full", "rank": 1}, "rank= goes with a diagonal"),
        ({"rank": 3}, "below the number of features, 3"),
        ({"theta": "small"}, "theta must be a prior, numbers, or 'shrunk'"),
        ({"Sigma": "small"}, "Sigma must be a prior, numbers, or 'shared'"),
    ],
)
def test_what_cannot_be_is_refused(given, said):
    with pytest.raises(InputError, match=said):
        builder("contextual")(compared(3), **given)
