"""Options of the sampler reach it, and other libraries' words are answered with ours."""

import pymc as pm
import pytest

import bayes_ddm as bd
from bayes_ddm.fitting import sampler
from bayes_ddm.fitting.nuts import nuts_options, started_from
from tests.support.fits import quiet_fit, scalar
from tests.support.tables import refusal


@pytest.mark.samples
@pytest.mark.slow
def test_options_reach_nutpie_and_are_kept():
    fit = quiet_fit(
        scalar(), "hierarchical", draws=60, tune=200, target_accept=0.99, max_treedepth=2
    )
    steps = fit["sample_stats"]
    # a tree of depth 2 has at most 2^2 - 1 steps; steps are small where 99 % are to be accepted
    assert int(steps["n_steps"].max()) <= 3
    assert float(steps["step_size"].max()) < 0.5
    assert fit.attrs["target_accept"] == 0.99 and fit.attrs["max_treedepth"] == 2
    assert "init" not in fit.attrs


def test_options_reach_pymc(monkeypatch):
    given = {}
    monkeypatch.setattr(sampler.pm, "sample", lambda **options: given.update(options))
    nuts = nuts_options("pymc", target_accept=0.9, max_treedepth=8, init="adapt_diag")
    run = sampler.Run("pymc", 1, 1, 1, 1, 1, False, nuts)
    sampler.sample(None, {"mu": 0.1}, run)
    assert given["init"] == "adapt_diag" and given["initvals"] == {"mu": 0.1}
    assert given["nuts"] == {"target_accept": 0.9, "max_treedepth": 8}


def test_starting_values_of_ones_own():
    with pm.Model() as model:
        pm.Normal("x", shape=2)
        pm.HalfNormal("y")
    found = started_from(model, {"y": 0.3}, nuts_options("nutpie", init={"x": 1}))
    assert found["x"].tolist() == [1, 1] and found["y"] == 0.3
    for init, part in (({"z": 1}, "samples no 'z'"), ({"x": [1, 2, 3]}, "shape (2,), not (3,)")):
        assert part in refusal(started_from, model, {}, nuts_options("nutpie", init=init))


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"target_accept": 95}, "between 0 and 1; got 95"),
        ({"max_treedepth": 0}, "max_treedepth must be a whole number of at least 1"),
        ({"max_treedepth": 1000}, "at most 20"),
        ({"init": "adapt_diag"}, "add sampler='pymc'"),
        ({"init": [1.0]}, "init must be a dict"),
    ],
)
def test_options_out_of_range_are_refused(options, part):
    assert part in refusal(bd.fit, scalar(), **options)


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        ("random_seed", "seed"),
        ("progressbar", "progress"),
        ("a", "boundary (half the separation"),
        ("t", "ndt"),
        ("z", "start"),
        ("v", "drift"),
        ("p_outlier", "lapse"),
        ("sample_kwargs", "draws, tune, chains, seed"),
    ],
)
def test_other_libraries_words_are_answered(word, ours):
    assert f"here it is called {ours}" in refusal(bd.fit, scalar(), **{word: 1})


def test_a_model_of_ones_own_may_have_such_a_parameter():
    def build(choices, a=1.0):
        with pm.Model() as model:
            pm.Normal("x", a)
        return model

    from bayes_ddm.fitting.run import check_parameters

    check_parameters("own", build, {"a": 2.0})
    with pm.Model() as model:
        pm.Normal("x")
    assert "here it is called seed" in refusal(bd.fit, scalar(), model, random_seed=1)
