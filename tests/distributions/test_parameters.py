"""Parameters as arguments: numbers fix them, priors sample them; correlations follow LKJ."""

import inspect

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest
from scipy import stats

from bayes_ddm.distributions.parameters import correlation_factor, fixed_value, parameter
from bayes_ddm.distributions.prior_code import as_code, in_words
from bayes_ddm.distributions.values import scales
from bayes_ddm.errors import InputError
from bayes_ddm.models import builder
from bayes_ddm.simulate import experiment, population
from tests.support.densities import PYTHON

TWO = 2
COORDS = {"feature": ["amount", "delay"]}


class Preliz:
    """What a PreliZ distribution offers to PyMC."""

    def to_pymc(self):
        return pm.HalfNormal.dist(0.3)

    def __repr__(self):
        return "HalfNormal(sigma=0.3)"


def added(value, **how):
    with pm.Model(coords=COORDS) as model:
        made = parameter("p", value, **how)
    return model, made


def draws(variable, n=2000):
    return pm.draw(variable, draws=n, random_seed=1, mode=PYTHON)


@pytest.mark.parametrize("value", [1.25, TWO, np.float32(1.25), np.array(1.25), pt.constant(1.25)])
def test_a_number_is_data(value):
    model, made = added(value)
    assert model.data_vars == [made]
    assert not model.free_RVs
    assert made.type.dtype == "float64"
    assert made.get_value() == (2 if value is TWO else 1.25)


def test_a_number_is_repeated_along_its_dimension():
    model, made = added(0.5, dims="feature")
    np.testing.assert_array_equal(made.get_value(), [0.5, 0.5])
    assert model.named_vars_to_dims["p"] == ("feature",)
    _, made = added([1.0, 2.0], dims="feature")
    np.testing.assert_array_equal(made.get_value(), [1.0, 2.0])


def test_a_prior_is_a_random_variable_of_that_law():
    model, made = added(pm.HalfNormal.dist(2.0))
    assert model.free_RVs == [made]
    # level 0.001, seeded
    assert stats.kstest(draws(made), stats.halfnorm(scale=2.0).cdf).pvalue > 1e-3


def test_a_scalar_prior_is_repeated_along_its_dimension():
    model, made = added(pm.Normal.dist(1.0, 2.0), dims="feature")
    drawn = draws(made)
    assert model.named_vars_to_dims["p"] == ("feature",)
    assert drawn.shape == (2000, 2)
    assert stats.kstest(drawn.ravel(), stats.norm(1.0, 2.0).cdf).pvalue > 1e-3
    assert (drawn[:, 0] != drawn[:, 1]).all()


def test_a_prior_per_feature():
    _, made = added(pm.Normal.dist([0.0, 100.0], [1.0, 2.0]), dims="feature")
    drawn = draws(made)
    assert stats.kstest(drawn[:, 0], stats.norm(0.0, 1.0).cdf).pvalue > 1e-3
    assert stats.kstest(drawn[:, 1], stats.norm(100.0, 2.0).cdf).pvalue > 1e-3


def test_a_preliz_distribution_is_a_prior():
    model, made = added(Preliz(), positive=True)
    assert model.free_RVs == [made]
    assert stats.kstest(draws(made), stats.halfnorm(scale=0.3).cdf).pvalue > 1e-3
    choices = experiment("normal", labelers=5, boundary=1.0, ndt=0.3, seed=1)
    model = builder("hierarchical")(choices, sigma=Preliz(), ndt=Preliz())
    assert {rv.name for rv in model.free_RVs} == {"mu", "sigma", "boundary", "ndt"}
    drawn = draws(model["ndt"])
    assert stats.kstest(drawn, stats.halfnorm(scale=0.3).cdf).pvalue > 1e-3


def test_a_default_prior_serves_many_models():
    build = builder("hierarchical")
    default = inspect.signature(build).parameters["mu"].default
    choices = experiment("normal", labelers=5, boundary=1.0, ndt=0.3, seed=1)
    first, second = build(choices), build(choices)
    assert first["mu"] is not default
    assert first["mu"] is not second["mu"]
    assert default.name is None
    point = first.initial_point()
    expected = first.compile_logp(mode=PYTHON)(point)
    assert second.compile_logp(mode=PYTHON)(point) == pytest.approx(float(expected))
    features = experiment(
        population("normal", mean=[0.5, 0.5]),
        labelers=5,
        boundary=1.0,
        features=np.eye(2),
        choices=2,
        seed=1,
    )
    contextual = builder("contextual")
    assert contextual(features)["theta_scaled"].type.shape == (2,)
    assert contextual(features)["theta_scaled"] is not contextual(features)["theta_scaled"]


@pytest.mark.parametrize(
    ("value", "how", "says"),
    [
        ("wide", {}, "p must be a number or an unnamed distribution .*; got 'wide'"),
        (None, {}, "p must be a number or an unnamed distribution"),
        (np.inf, {}, "p must be a number or an unnamed distribution"),
        (pm.HalfNormal.dist, {}, "p must be a number or an unnamed distribution"),
        (pm.Normal.dist() + 1, {}, "p must be a number or an unnamed distribution"),
        ([1.0, 2.0], {}, r"p must be one number; got \(2,\)"),
        (pm.Normal.dist([1.0, 2.0]), {}, r"p must be one number; got \(2,\)"),
        ([1.0, 2.0, 3.0], {"dims": "feature"}, r"one number, or 2, one per feature; got \(3,\)"),
        (pm.Normal.dist([1.0, 2.0, 3.0]), {"dims": "feature"}, "2, one per feature"),
        (0.0, {"positive": True}, "p must be positive; got 0"),
        ([1.0, -2.0], {"positive": True, "dims": "feature"}, "p must be positive; got -2"),
        (-1e-9, {"nonnegative": True}, "p must be at least 0; got -1e-09"),
        (
            pm.Normal.dist(1.0, 0.2),
            {"positive": True},
            r"p: Normal\(1\.0, 0\.2\) cannot be its prior, which must be on positive numbers;",
        ),
        (pm.Uniform.dist(-1, 1), {"nonnegative": True}, "must be on positive numbers"),
    ],
)
def test_what_cannot_be_a_parameter(value, how, says):
    with pytest.raises(InputError, match=says):
        added(value, **how)


def test_zero_spread_is_allowed():
    assert added(0.0, nonnegative=True)[1].get_value() == 0


def test_fixed_value_tells_numbers_from_priors():
    assert fixed_value("p", pm.Normal.dist()) is None
    assert fixed_value("p", 3) == 3.0


@pytest.mark.parametrize(
    ("prior", "text"),
    [
        (pm.HalfNormal.dist(0.5), "HalfNormal(0.5)"),
        (pm.LogNormal.dist(0.2, 0.7), "LogNormal(0.2, 0.7)"),
        (pm.Normal.dist([0.0, 1.0], 2.0), "Normal([0.0, 1.0], [2.0])"),
        (pm.Truncated.dist(pm.Gamma.dist(2.0, 1.0), lower=0.5), "TruncatedGamma"),
    ],
)
def test_priors_are_written_out(prior, text):
    assert in_words(as_code(prior)) == text


def test_scales_are_root_mean_squares_of_choices_not_of_rows():
    choices = experiment(
        population("normal", mean=[0.5, 0.5]),
        labelers=6,
        boundary=1.0,
        features=lambda rng, n: rng.integers(1, 4, (n, 2)),
        seed=1,
    )
    doubled = choices._take(np.array([0, 0, 0, 1, 2, 3, 4, 5])).grouped()
    assert len(doubled) == 6
    np.testing.assert_allclose(
        scales(doubled), np.sqrt((doubled.expanded().features ** 2).mean(axis=0))
    )


def correlations(d, eta, n=1000):
    """Draws of the correlations and of the matrix, shapes (n, pairs) and (n, d, d)."""
    names = [f"f{j}" for j in range(d)]
    with pm.Model(coords={"feature": names}) as model:
        factor = correlation_factor(names, eta)
    drawn, chol = pm.draw([model["correlation"], factor], n, random_seed=1, mode=PYTHON)
    return model, drawn, chol


@pytest.mark.parametrize("eta", [0.7, 1.0, 2.0, 10.0])
@pytest.mark.parametrize("d", [2, 3])
def test_each_correlation_has_the_marginal_of_lkj(d, eta):
    _, drawn, _ = correlations(d, eta)
    shape = eta + (d - 2) / 2
    marginal = stats.beta(shape, shape, loc=-1, scale=2)
    for j in range(d * (d - 1) // 2):
        # level 0.001, seeded
        assert stats.kstest(drawn[:, j], marginal.cdf).pvalue > 1e-3


@pytest.mark.parametrize("eta", [1.0, 1.5])
def test_the_joint_law_is_a_power_of_the_determinant(eta):
    # rejection from the cube: LKJ is uniform over correlation matrices, times det^(eta - 1)
    _, drawn, _ = correlations(4, eta)
    rng = np.random.default_rng(2)
    cube = rng.uniform(-1, 1, (100_000, 6))
    proposals = determinants(cube)
    positive = np.linalg.eigvalsh(matrices(cube))[:, 0] > 0
    kept = positive & (rng.random(len(cube)) < np.maximum(proposals, 0) ** (eta - 1))
    assert kept.sum() > 1000
    # two samples, level 0.001, seeded: the determinant, and a product that independence lacks
    assert stats.ks_2samp(determinants(drawn), proposals[kept]).pvalue > 1e-3
    triple = stats.ks_2samp(drawn[:, :3].prod(axis=1), cube[kept, :3].prod(axis=1))
    assert triple.pvalue > 1e-3


def matrices(correlations):
    """Matrices of four variables from the six entries below the diagonal."""
    made = np.broadcast_to(np.eye(4), (len(correlations), 4, 4)).copy()
    below = np.tril_indices(4, -1)
    made[:, *below] = made[:, *below[::-1]] = correlations
    return made


def determinants(correlations):
    return np.linalg.det(matrices(correlations))


def test_the_factor_is_that_of_the_named_correlations():
    model, drawn, chol = correlations(4, 1.0, n=50)
    matrix = chol @ chol.transpose(0, 2, 1)
    np.testing.assert_allclose(np.diagonal(matrix, axis1=1, axis2=2), 1.0, atol=1e-14)
    np.testing.assert_array_equal(np.triu(chol, 1), 0)
    for k, pair in enumerate(model.coords["pair"]):
        i, j = (int(name[1:]) for name in pair.split(", "))
        np.testing.assert_allclose(matrix[:, i, j], drawn[:, k], atol=1e-14)
    # the order in which numpy lists a lower triangle, which labelers' posteriors rely on
    np.testing.assert_allclose(matrix[:, *np.tril_indices(4, -1)], drawn, atol=1e-14)


def test_one_feature_has_no_correlation():
    with pm.Model() as model:
        factor = correlation_factor(["amount"], 2.0)
    assert not model.basic_RVs
    np.testing.assert_array_equal(factor.eval(mode=PYTHON), [[1.0]])
