"""Models compiled for nutpie say what PyMC says of them, and other data find the code made."""

from functools import cache

import numpy as np
import nutpie
import pymc as pm
import pytest

import bayes_ddm as bd
from bayes_ddm import models
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.fitting import compiled as fitting
from bayes_ddm.fitting.compiled import compiled
from bayes_ddm.fitting.sampler import Run, sample
from tests.support import fits
from tests.support.densities import PYTHON


def program(model, seed=1, **options):
    if model == "contextual":
        return models.builder(model)(fits.contextual())
    design = {"labelers": 6, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    return models.builder(model)(bd.simulate.experiment("normal", **design, seed=seed), **options)


@cache
def made_once(model):
    made = program(model)
    return made, compiled(made)


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("contextual", "labeler_boundary")]


@pytest.mark.parametrize("model", ["hierarchical", *SLOW])
def test_density_gradient_and_deterministics_are_those_of_the_model(model):
    made, code = made_once(model)
    free = [made.rvs_to_values[rv] for rv in made.free_RVs]
    rest = [v for v in made.unobserved_value_vars if v not in set(free)]
    density = made.compile_fn([made.logp(), *rest], mode=PYTHON)
    names, slices, shapes = code.shape_info
    size = code.n_dim
    for seed in range(4):
        point = code.initial_point_func(seed)

        def at(point):
            values = zip(free, slices, shapes, strict=False)
            return density({v.name: point[where].reshape(shape) for v, where, shape in values})

        found, slope = code.logp_func(point)
        expected, *others = at(point)
        assert found == pytest.approx(expected, rel=1e-10)
        # central differences with steps of 1e-5 are off by 1e-10 of the third derivative, and by
        # rounding, 1e-16 / 1e-5, of the density
        for i, step in enumerate(1e-5 * np.eye(size)):
            difference = (at(point + step)[0] - at(point - step)[0]) / 2e-5
            assert slope[i] == pytest.approx(difference, rel=1e-5, abs=1e-5)
        _, drawn = code.expand_func(point)
        np.testing.assert_array_equal(drawn[:size], point)
        flat = np.concatenate([np.ravel(x) for x in others])
        np.testing.assert_allclose(drawn[size:], flat, rtol=1e-12)
        assert [v.name for v in rest] == names[len(free) :]


MORE = {
    "start": pm.Beta.dist(20, 20),
    "drift_noise": pm.HalfNormal.dist(1),
    "collapse": pm.HalfNormal.dist(0.2),
}


def test_other_data_of_the_same_form_find_the_code_made():
    made_once("hierarchical")
    again = compiled(program("hierarchical", seed=2))
    for code in (again.logp_func, again.expand_func):
        assert sum(code.call.stats.cache_hits.values()) == 1
        assert not code.call.stats.cache_misses


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("hierarchical", MORE),
        pytest.param("labeler_boundary", {}, marks=pytest.mark.slow),
        pytest.param("contaminated", {}, marks=pytest.mark.slow),
    ],
    ids=["start, noise and closing bounds", "own boundaries", "lapses"],
)
def test_more_labelers_who_chose_less_often_are_of_the_same_form(monkeypatch, model, options):
    forms = []
    monkeypatch.setattr(fitting, "machine_code", lambda written: forms.append(written[1]))
    monkeypatch.setattr(fitting, "address", lambda code: 0)
    few = bd.simulate.experiment("normal", labelers=6, choices=4, boundary=1.25, ndt=0.3, seed=1)
    # more than a signed byte holds, and not all as often
    many = bd.simulate.experiment("normal", labelers=130, choices=3, boundary=1.25, ndt=0.3, seed=2)
    many = Choices.from_frame(many.to_frame().iloc[1:], labeler="labeler")
    for choices in (few, many):
        compiled(models.builder(model)(choices, **options))
    density, drawn, *others = forms
    assert None not in forms
    assert others == [density, drawn]


@pytest.mark.samples
def test_a_density_that_is_nowhere_finite_ends_in_an_error():
    with pm.Model() as made:
        x = pm.Normal("x")
        pm.Potential("nowhere", x * np.nan)
    with pytest.raises(RuntimeError, match=r"[Ii]nit"):
        nutpie.sample(compiled(made), draws=5, tune=5, chains=1, cores=1, progress_bar=False)


@pytest.mark.samples
def test_data_containers_are_swapped():
    with pm.Model() as made:
        seen = pm.Data("seen", np.array([1.0, 2.0, 3.0]))
        x = pm.Normal("x", 0, 10)
        pm.Normal("y", x, 1, observed=seen)
    code = compiled(made).with_data(seen=np.full(50, 4.0))
    settings = {"draws": 500, "tune": 300, "chains": 2, "cores": 1, "seed": 1}
    draws = nutpie.sample(code, progress_bar=False, **settings)["posterior"]["x"].values
    # conjugate: mean 4 to .1 %, and 1,000 draws of standard deviation .141
    assert abs(draws.mean() - 4) < 0.004 + 5 * 0.141 / np.sqrt(300)
    assert abs(draws.std() / 0.141 - 1) < 0.2


def test_nutpie_refuses_whole_numbers():
    with pm.Model() as made:
        pm.Poisson("kinds", 3)
    run = Run("nutpie", draws=5, tune=5, chains=1, cores=1, seed=1, progress=False)
    with pytest.raises(InputError, match=r"no whole numbers \(kinds\); use sampler='pymc'"):
        sample(made, {}, run)


@pytest.mark.samples
def test_a_model_of_more_data_than_a_tuple_is_written_with():
    # Python builds a tuple of more than 30 by way of a list
    data = np.random.default_rng(2).normal(size=(40, 3))
    with pm.Model() as model:
        x = pm.Normal("x")
        for i, values in enumerate(data):
            pm.Potential(f"part_{i}", -0.5 * ((x - values) ** 2).sum())
    run = Run("nutpie", draws=500, tune=300, chains=1, cores=1, seed=1, progress=False)
    drawn = sample(model, {}, run).posterior["x"].values
    precision = 1 + data.size
    # five standard errors of a mean of 100 effective draws
    assert drawn.mean() == pytest.approx(data.sum() / precision, abs=0.5 / np.sqrt(precision))
