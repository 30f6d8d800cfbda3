"""Each labeler's ndt stays below their own smallest response time; rows can be replaced."""

import numpy as np
import pymc as pm
import pytest

import bayes_ddm as bd
from bayes_ddm import models
from bayes_ddm.distributions import replaceable_rows, rows
from bayes_ddm.distributions.limits import by_labeler, smallest_time
from tests.support.densities import AS_WRITTEN
from tests.support.programs import grouped, without_features


def shuffled(seed=1):
    """Labelers with 1 to 6 choices each, rows in any order, names no numbers."""
    choices = without_features(labelers=7, choices=6)
    frame = choices.to_frame()
    frame["labeler"] = np.array(list("gbfacde"))[choices.labeler]
    frame = frame[
        frame.groupby("labeler").cumcount() < np.array([6, 1, 3, 5, 2, 4, 6])[choices.labeler]
    ]
    return bd.Choices.from_frame(frame.sample(frac=1, random_state=seed), labeler="labeler")


def smallest(choices):
    """By pandas, in the order of the choices' labelers."""
    return choices.to_frame().groupby("labeler")["rt"].min().loc[list(choices.labelers)].to_numpy()


def ndt_at(model, name, unconstrained, sampled=None):
    """The non-decision times that values on the sampler's scale stand for."""
    point = model.initial_point() | {sampled or f"{name}_interval__": unconstrained}
    (found,) = (v for v in model.unobserved_value_vars if v.name == name)
    inputs = model.value_vars
    return model.compile_fn(found, inputs=inputs, mode=AS_WRITTEN, on_unused_input="ignore")(point)


def test_each_labelers_ndt_is_below_their_own_smallest_response_time():
    choices = shuffled()
    assert len({int((choices.labeler == u).sum()) for u in range(7)}) == 6
    model = models.builder("labeler_boundary")(choices)

    def share(scores):
        found = ndt_at(model, "labeler_ndt", scores, sampled="ndt_score_below__")
        return found / smallest(choices)

    np.testing.assert_allclose(share(np.full(7, 1e6)), 1, rtol=1e-5)
    assert (share(np.full(7, 1e6)) < 1).all()
    start = share(np.zeros(7))
    assert (start < 1).all()
    near = np.array([0, 0, 3.0, 0, 0, 0, 0])
    np.testing.assert_array_equal(share(near) > start, near > 0)


def test_many_choices_sample_the_times_themselves():
    choices = without_features(labelers=3, choices=50)
    model = models.builder("labeler_boundary")(choices)
    for value, share in ((40.0, 1.0), (0.0, 0.5)):
        np.testing.assert_allclose(
            ndt_at(model, "labeler_ndt", np.full(3, value)), share * smallest(choices), rtol=1e-12
        )


def test_a_shared_ndt_is_below_everybodys():
    choices = shuffled()
    model = models.builder("labeler_boundary")(choices, ndt=pm.HalfNormal.dist(5))
    found = ndt_at(model, "ndt", np.array(40.0))
    assert float(found) == pytest.approx(choices.rt.min())


def test_with_lapses_ndt_is_not_bounded():
    model = models.builder("labeler_boundary")(shuffled(), lapse=0.05)
    assert "ndt_score" in model.initial_point()
    found = ndt_at(model, "labeler_ndt", np.full(7, 30.0), sampled="ndt_score")
    assert (found > smallest(shuffled())).all()


def test_the_symbolic_minimum_is_that_of_the_rows():
    with replaceable_rows():
        model = models.builder("labeler_boundary")(shuffled())
    with replaceable_rows(), model:
        symbolic = by_labeler(smallest_time(shuffled()), shuffled())
    np.testing.assert_array_equal(symbolic.eval(mode=AS_WRITTEN), smallest(shuffled()))
    np.testing.assert_array_equal(
        by_labeler(smallest_time(shuffled()), shuffled()), smallest(shuffled())
    )


REPLACEABLE = {
    "labeler_boundary": (shuffled, {}),
    "anonymous_boundary": (grouped, {"start": 0.4}),
    "choice_only": (shuffled, {}),
}


def other(choices):
    """Other choices and times of the same design."""
    rng = np.random.default_rng(8)
    made = choices.to_frame().assign(
        rt=choices.rt * rng.uniform(0.5, 2, len(choices)),
        choice=rng.permutation(choices.choice),
    )
    who = None if choices.anonymous else "labeler"
    count = "count" if choices.anonymous else None
    return bd.Choices.from_frame(made, labeler=who, features=choices.feature_names, count=count)


@pytest.mark.slow
@pytest.mark.parametrize("name", REPLACEABLE)
def test_replaceable_rows_change_nothing_and_follow_new_data(name):
    data, options = REPLACEABLE[name]
    choices = data()
    build = models.builder(name)
    with replaceable_rows():
        replaceable = build(choices, **options)
    again = other(choices)
    assert len(again) == len(choices)
    rng = np.random.default_rng(1)

    def compiled(model):
        return model.compile_logp(mode=AS_WRITTEN), model.compile_dlogp(mode=AS_WRITTEN)

    functions = compiled(replaceable)
    for given in (choices, again):
        if name == "choice_only":
            chosen = np.where(given.choice > 0, given.count, 0)
            replaceable["chosen"].set_value(chosen.astype(np.int32))
        else:
            replaceable["rows"].set_value(rows(given))
        plain = build(given, **options)
        point = {k: v + rng.normal(size=np.shape(v)) for k, v in plain.initial_point().items()}
        expected = [function(point) for function in compiled(plain)]
        got = [function(point) for function in functions]
        assert float(got[0]) == pytest.approx(float(expected[0]), rel=1e-10)
        np.testing.assert_allclose(got[1], expected[1], rtol=1e-8, atol=1e-9)
