"""Planning: what must hold of designs, and that the cheapest good one wins."""

import json

import numpy as np
import pytest
from scipy.stats import norm

import bayes_ddm as bd
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import (
    semiparametric,
)
from bayes_ddm.estimators.planning.plan import plan
from bayes_ddm.simulate.populations import population
from tests.support.plans import (
    BOTH,
    BOUNDARY,
    CONDITIONAL,
    KNOWN,
    MODEL,
    NDT,
    NORMAL,
    SKEWED,
    SMALL,
    variances,
)


def test_more_choices_and_more_knowledge_never_hurt(nothing_known, all_known):
    for made in (nothing_known, all_known):
        for method in (KNOWN, CONDITIONAL, MODEL):
            by_choices = [float(v[0]) for v in variances(made, method).values()]
            assert by_choices == sorted(by_choices, reverse=True)
            assert all(v > 1.0 for v in by_choices)  # labelers' own variance remains
    free, fixed = variances(nothing_known, MODEL), variances(all_known, MODEL)
    # the model uses what there is best, up to the pilot's error of two per cent of an se
    for k in (1, 4):
        assert fixed[k] < free[k]
        assert fixed[k] < 1.04 * variances(all_known, KNOWN)[k]
    for k in (2, 4, 10):
        known, conditional = (variances(nothing_known, m)[k] for m in (KNOWN, CONDITIONAL))
        assert 0.96 * known < conditional
        assert free[k] < 1.02 * conditional
    assert 1 not in variances(nothing_known, CONDITIONAL)


def test_an_ndt_that_is_known_helps(nothing_known):
    made = plan(**NORMAL, **SMALL, labelers=100, known=["ndt"], choices=2)
    for method in (CONDITIONAL, MODEL):
        assert variances(made, method)[2] < variances(nothing_known, method)[2]


def test_labelers_needed_reach_the_target_and_one_fewer_do_not():
    target = 0.08
    made = plan(**NORMAL, target_se=target, choices=(2, 5), pilot=2000)
    for design in made.designs:
        assert design.reaches == design.usable or design.method == KNOWN
        assert design.labelers == design.needed and design.se[0] <= target
        assert design.se[0] * np.sqrt(design.labelers / (design.labelers - 1)) > target
    width = plan(**NORMAL, target_width=2 * norm.ppf(0.975) * target, choices=(2, 5), pilot=2000)
    assert [d.needed for d in width.designs] == [d.needed for d in made.designs]


@pytest.mark.slow
def test_the_recommended_design_is_the_cheapest_that_is_good_enough():
    costs = {"cost_labeler": 2.0, "cost_choice": 0.1, "cost_second": 0.01}
    groups = (100, 200, 400, 800)
    made = plan(**NORMAL, **costs, labelers=groups, choices=(2, 5, 10), target_se=0.07, pilot=2000)
    table = made.table
    mine = table[(table["method"] == made.method) & (table["se"] <= 0.07)]
    best = mine.sort_values("cost").iloc[0]
    chosen = made.recommended
    assert (chosen.labelers, chosen.choices) == (best["labelers"], best["choices"])
    assert 0 < len(mine) < (table["method"] == made.method).sum()
    n, k = chosen.labelers, chosen.choices
    assert chosen.cost == pytest.approx(2 * n + 0.1 * n * k + 0.01 * chosen.seconds)
    assert made.method == CONDITIONAL
    model = plan(**NORMAL, **costs, labelers=groups, target_se=0.07, method=MODEL, pilot=2000)
    assert model.recommended.method == MODEL and model.recommended.cost < chosen.cost


def test_without_a_good_design_it_says_how_many_labelers_would_do():
    made = plan(**NORMAL, labelers=50, choices=(2, 5), target_se=0.05, pilot=2000)
    assert made.recommended is None and not any(d.reaches for d in made.designs)
    (two, five) = (d for d in made.designs if d.method == CONDITIONAL)
    assert two.needed > five.needed > 50
    assert f"these would: {two.needed:,} labelers x 2, or {five.needed:,} labelers x 5" in repr(
        made
    )


@pytest.mark.slow
def test_semiparametric_against_simulated_experiments(nothing_known):
    errors = []
    for seed in range(120):
        data = bd.simulate.experiment(
            "normal", labelers=1000, choices=1, boundary=BOUNDARY, ndt=NDT, seed=seed
        )
        errors.append(semiparametric(data).values[0] - 0.5)
    predicted = np.sqrt(variances(nothing_known, "semiparametric")[1] / 1000)
    # the spread of 120 normal errors is within 21 % of theirs 99.9 % of the time; a twentieth for
    # samples that are not large
    assert abs(np.std(errors) / predicted - 1) < 0.26


@pytest.mark.slow
def test_single_choices_are_planned_for_without_a_model():
    made = plan(
        **NORMAL | {"population": SKEWED, "mean": None, "sd": None}, target_se=0.05, choices=1
    )
    assert made.method == "semiparametric" and made.recommended.method == "semiparametric"
    assert made.recommended.labelers < made.cheapest("hierarchical").labelers
    assert "it then rests on the population's shape" in repr(made)


@pytest.mark.slow
def test_a_bias_beyond_the_target_has_no_remedy_in_numbers():
    made = plan(
        population=SKEWED, boundary=BOUNDARY, known="ndt", target_se=0.02, choices=1,
        method=MODEL, progress=False,
    )  # fmt: skip
    (design,) = (d for d in made.designs if d.method == MODEL)
    assert design.needed is None and design.labelers is None and not design.reaches
    assert made.recommended is None and "no number of labelers would" in repr(made)
    assert made.to_dict()["designs"][0]["se"] == [None]


def test_single_choices_rest_on_the_models_shape(nothing_known):
    made = plan(**NORMAL, target_se=0.05, choices=1, pilot=2000)
    assert made.method == "semiparametric" and made.recommended.choices == 1
    assert "single choices cannot contradict it" in repr(made)
    assert "rests on the population's shape" in repr(made)
    assert "rests on the population's shape" not in repr(nothing_known)


def test_few_labelers_are_never_enough():
    made = plan(**NORMAL, target_se=5.0, choices=20, pilot=1000)
    assert all(d.needed >= 20 for d in made.designs)


def test_features_in_any_unit_and_repeats_or_none():
    units = np.array([1.0, 100.0])
    psi = np.random.default_rng(2).normal(size=(3, 2))

    def planned(scale, **kwargs):
        who = population("normal", mean=[0.5, -0.2] / scale, sd=[0.8, 0.4] / scale)
        settings = {"boundary": BOUNDARY, "choices": 6, "pilot": 1000, "progress": False}
        return plan(population=who, target_se=0.1 / scale, **settings, **kwargs)

    plain, scaled = (planned(u, features=psi * u) for u in (np.ones(2), units))
    assert plain.parameters == ("feature_1", "feature_2")
    assert plain.method == CONDITIONAL
    # the pilot's preferences are the same but for the unit, and so is all that follows
    for one, other in zip(plain.designs, scaled.designs, strict=True):
        assert one.needed == other.needed
        np.testing.assert_allclose(one.se, np.multiply(other.se, units), rtol=1e-6)
    drawn = planned(np.ones(2), features=lambda rng, n: rng.normal(size=(n, 2)))
    assert drawn.method == "semiparametric" and "the population's shape" in repr(drawn)
    assert {"se[feature_1]", "se[feature_2]"} <= set(drawn.table)


def test_a_correlation_that_no_labeler_shows_is_left_out():
    def one_at_a_time(rng, n):
        return np.eye(2)[rng.integers(2, size=n)]

    settings = {"boundary": BOUNDARY, "known": BOTH, "labelers": 100, "choices": 1}
    made = plan(mean=[0.5, 0.5], features=one_at_a_time, **settings, progress=False)
    scalar = plan(mean=0.5, **settings, progress=False)
    # half of the labelers see each feature
    ratio = variances(made, "contextual")[1] / (2 * variances(scalar, MODEL)[1])
    np.testing.assert_allclose(ratio, 1, atol=2 * 4 * (made.accuracy + scalar.accuracy))


def test_one_feature_that_is_always_one_is_the_scalar_problem():
    settings = {"boundary": BOUNDARY, "labelers": 100, "choices": 3, "pilot": 2000}
    scalar = plan(mean=0.5, sd=1, **settings, progress=False)
    vector = plan(mean=[0.5], sd=[1.0], features=np.ones((3, 1)), **settings, progress=False)
    for method, other in ((CONDITIONAL, CONDITIONAL), (MODEL, "contextual")):
        assert variances(scalar, method)[3] == pytest.approx(variances(vector, other)[3], rel=1e-9)
    # by quadrature there, from the pilot here
    exact, sampled = variances(scalar, KNOWN)[3], variances(vector, KNOWN)[3]
    assert sampled == pytest.approx(exact, rel=2 * 4 * vector.accuracy)


def test_results_can_be_read_and_stored(nothing_known, tmp_path):
    shown = repr(nothing_known)
    assert "a normal population (mean 0.5, sd 1)" in shown and "[1]" in shown
    assert nothing_known._repr_html_().count("<tr>") == 1 + len(nothing_known.designs)
    path = tmp_path / "plan.json"
    nothing_known.to_json(path)
    stored = json.loads(path.read_text())
    assert stored == nothing_known.to_dict()
    assert len(stored["designs"]) == len(nothing_known.table) == 4 + 4 + 4 + 3
    one, again = (plan(**NORMAL, labelers=100, choices=2, pilot=1000) for _ in range(2))
    assert one.to_dict() == again.to_dict()
    assert bd.plan is plan


def test_populations_of_ones_own():
    settings = {"boundary": BOUNDARY, "known": BOTH, "labelers": 100, "choices": 2}
    own = plan(population=norm(0.5, 1.0), **settings, progress=False)
    named = plan(**settings, progress=False)
    ratio = variances(own, KNOWN)[2] / variances(named, KNOWN)[2]
    assert ratio == pytest.approx(1, abs=2 * 4 * own.accuracy)
    assert own.accuracy > 0 and "population of your own" in repr(own)
    assert "is not" not in repr(own)
    # a normal population by another name: the fitted model says what the normal one says
    assert variances(own, MODEL)[2] == pytest.approx(
        variances(named, MODEL)[2], rel=2 * 4 * (own.accuracy + named.accuracy)
    )
    assert all(d.bias == (0.0,) for d in own.designs)


GOOD = {"boundary": 1.25, "target_se": 0.1, "pilot": 1000, "progress": False}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"boundary": 0}, "boundary must be positive and finite; got 0"),
        ({"boundary": "wide"}, "boundary must be a number; got 'wide'"),
        ({"ndt": -0.1}, "ndt must be at least 0 and finite; got -0.1"),
        ({"known": ["mu"]}, "known takes 'boundary' and 'ndt'; got 'mu'"),
        ({"choices": 1.5}, "choices must be whole numbers of at least 1; got 1.5"),
        ({"choices": []}, "choices must be whole numbers"),
        ({"labelers": 1}, "labelers must be whole numbers of at least 2; got 1"),
        ({"pilot": 10}, "pilot must be .* at least 1000; got 10"),
        ({"seed": -1}, "seed must be .* at least 0; got -1"),
        ({"target_se": 0}, "target_se must be positive and finite; got 0"),
        ({"target_se": [0.1, 0.2]}, "target_se must be one number, or 1"),
        ({"target_width": 0.1}, "target_se or target_width, not both"),
        ({"target_se": None}, "give target_se= or target_width=, or labelers="),
        ({"prob": 1.0}, "prob must be between 0 and 1"),
        ({"cost_choice": -1}, "cost_choice must be at least 0 and finite; got -1"),
        ({"method": "bradley_terry"}, "method must be one of consistent_known_boundary, "),
        ({"method": KNOWN}, "cannot be used with these choices and what is known"),
        ({"method": CONDITIONAL, "choices": 1}, "there are semiparametric and hierarchical"),
        ({"population": "skewed", "mean": 1.0}, "mean and sd are those of the default population"),
        ({"sd": -1.0}, "sd must be at least 0"),
        ({"mean": 5000.0}, "too large for this boundary"),
        ({"mean": [0.5, 0.5]}, "give features="),
        ({"mean": [0.5, 0.5], "features": np.ones((1, 2))}, "cannot tell the preferences apart"),
    ],
)
def test_wrong_input_is_refused_in_one_line(wrong, message):
    with pytest.raises(InputError, match=message):
        plan(**GOOD | wrong)
