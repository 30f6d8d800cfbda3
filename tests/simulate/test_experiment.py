"""Experiments: who chooses how often, on what, and what is refused."""

import numpy as np
import pytest
from scipy import stats

from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.simulate import experiment, first_passage, population
from bayes_ddm.simulate.populations import draw_drifts

PSI = np.array([[1.0, 0.0], [0.5, -1.0], [-2.0, 3.0]])


def same(first, second):
    return (
        np.array_equal(first.choice, second.choice)
        and np.array_equal(first.rt, second.rt)
        and np.array_equal(first.features, second.features)
    )


def refusal(*args, **kwargs):
    with pytest.raises(InputError) as caught:
        experiment(*args, **({"labelers": 10, "boundary": 1.25, "seed": 1} | kwargs))
    return one_line(caught)


def one_line(caught):
    message = str(caught.value)
    assert "\n" not in message and message.endswith((".", "?"))
    return message


@pytest.mark.parametrize("name", ["normal", "student", "mixture", "skewed"])
def test_a_seed_gives_the_same_data(name):
    settings = {"labelers": 50, "choices": 4, "boundary": 1.25, "ndt": 0.3, "lapse": 0.1}
    first = experiment(name, seed=7, **settings)
    assert same(first, experiment(name, seed=7, **settings))
    assert same(first, experiment(name, seed=np.random.default_rng(7), **settings))
    assert not same(first, experiment(name, seed=8, **settings))


def test_a_generator_moves_on():
    rng = np.random.default_rng(7)
    first = experiment("normal", labelers=50, boundary=1.25, seed=rng)
    assert not same(first, experiment("normal", labelers=50, boundary=1.25, seed=rng))


def test_lapses_leave_the_other_choices_alone():
    settings = {"labelers": 500, "boundary": 1.25, "ndt": 0.3, "seed": 7}
    clean, lapsed = experiment("normal", **settings), experiment("normal", lapse=0.2, **settings)
    replaced = clean.rt != lapsed.rt
    assert (clean.choice == lapsed.choice)[~replaced].all()
    # 500 x 0.2 = 100 expected, sd 8.9: four of them either way
    assert 64 <= replaced.sum() <= 136


def test_labelers_are_known_when_they_choose_again():
    choices = experiment("normal", labelers=20, choices=5, boundary=1.25, ndt=0.3, seed=1)
    assert choices.n_labelers == 20 and len(choices) == 100
    np.testing.assert_array_equal(choices.labeler, np.repeat(np.arange(20), 5))
    np.testing.assert_array_equal(choices.labelers, np.arange(20))
    assert choices.choice.dtype == np.int8 and set(choices.choice.tolist()) == {-1, 1}
    assert (choices.rt > 0.3).all() and (choices.count == 1).all()
    assert choices.features.shape == (100, 0) and not choices.contextual


def test_single_choices_are_anonymous_unless_said_otherwise():
    settings = {"labelers": 20, "boundary": 1.25, "seed": 1}
    assert experiment("normal", **settings).anonymous
    assert experiment("normal", choices=np.ones(20, dtype=int), **settings).anonymous
    assert experiment("normal", anonymous=False, **settings).n_labelers == 20
    assert experiment("normal", choices=3, anonymous=True, **settings).anonymous


def test_a_simulated_table_survives_reading_as_any_other():
    choices = experiment(
        population("normal", mean=[0.5, -0.2]),
        labelers=30,
        choices=6,
        features=PSI,
        feature_names=["amount", "delay"],
        boundary=1.0,
        seed=1,
    )
    read = Choices.from_frame(choices.to_frame(), labeler="labeler", features=["amount", "delay"])
    assert same(choices, read)
    np.testing.assert_array_equal(choices.labeler, read.labeler)


def test_unbalanced_labelers():
    per_labeler = np.array([3, 1, 7, 2])
    choices = experiment("normal", labelers=4, choices=per_labeler, boundary=1.25, seed=1)
    np.testing.assert_array_equal(np.bincount(choices.labeler), per_labeler)


def test_labelers_have_boundaries_and_delays_of_their_own():
    boundary, ndt = np.array([0.3, 3.0, 1.0]), np.array([0.0, 0.2, 5.0])
    choices = experiment(
        population("point", value=0.0), labelers=3, choices=4000, boundary=boundary, ndt=ndt, seed=1
    )
    for i in range(3):
        decision_time = choices.rt[choices.labeler == i] - ndt[i]
        assert decision_time.min() > 0
        # mean b^2, sd b^2 sqrt(2/3); 4 standard errors are 5.2 % of the mean
        assert decision_time.mean() == pytest.approx(boundary[i] ** 2, rel=0.052)


def test_labelers_have_starting_points_of_their_own():
    start = np.array([0.1, 0.5, 0.8])
    choices = experiment(
        population("point", value=0.0), labelers=3, choices=4000, boundary=1.0, start=start, seed=1
    )
    for i in range(3):
        # a martingale: the share of +1 is the start, and four standard errors are at most 0.032
        assert (choices.choice[choices.labeler == i] == 1).mean() == pytest.approx(
            start[i], abs=0.032
        )


def test_all_choices_of_a_labeler_share_a_drift():
    choices = experiment(
        lambda rng, size: np.linspace(-400, 400, size), labelers=2, choices=50, boundary=1, seed=1
    )
    np.testing.assert_array_equal(choices.choice, np.repeat([-1, 1], 50))
    assert choices.rt.max() < 0.01


def test_a_design_is_repeated_by_every_labeler():
    settings = {"labelers": 4, "boundary": 1.25, "seed": 1}
    preferences = population("normal", mean=[0.5, -0.2])
    choices = experiment(preferences, choices=3, features=PSI, **settings)
    np.testing.assert_array_equal(choices.features, np.tile(PSI, (4, 1)))
    assert choices.feature_names == ("feature_1", "feature_2")
    # again from its first row when it ends, and as far as an unbalanced labeler gets
    choices = experiment(preferences, choices=[3, 1, 7, 2], features=PSI, **settings)
    np.testing.assert_array_equal(choices.features, PSI[[0, 1, 2, 0, 0, 1, 2, 0, 1, 2, 0, 0, 1]])


def test_a_table_of_features_is_taken_row_by_row():
    table = np.random.default_rng(1).normal(size=(12, 2))
    choices = experiment(
        population("normal", mean=[0.5, -0.2]),
        labelers=4,
        choices=3,
        features=table,
        boundary=1.25,
        seed=1,
    )
    np.testing.assert_array_equal(choices.features, table)


def test_features_from_a_function():
    choices = experiment(
        "normal",
        labelers=4,
        choices=3,
        features=lambda rng, rows: rng.normal(size=rows),
        feature_names=["amount"],
        boundary=1.25,
        seed=1,
    )
    assert choices.features.shape == (12, 1) and choices.feature_names == ("amount",)


def test_the_drift_is_the_preference_times_the_attributes():
    # at b |v| of 50 or more the choice is the drift's sign, and times have a relative sd of
    # 1 / sqrt(b |v|), at most 0.14: four of them
    theta = np.array([[300.0, 100.0], [-100.0, 200.0]])
    choices = experiment(
        lambda rng, size: theta, labelers=2, choices=3, features=PSI, boundary=1.0, seed=1
    )
    np.testing.assert_array_equal(choices.choice, np.sign(theta @ PSI.T).ravel())
    np.testing.assert_allclose(choices.rt, 1 / np.abs(theta @ PSI.T).ravel(), rtol=0.57)


@pytest.mark.parametrize(
    ("name", "parameters", "mean", "sd"),
    [
        ("normal", {}, 0.5, 1.0),
        ("normal", {"mean": -1.0, "sd": 0.2}, -1.0, 0.2),
        ("student", {"mean": 0.3, "sd": 2.0, "df": 8}, 0.3, 2.0),
        ("student", {"mean": 0.3, "scale": 1.0, "df": 6}, 0.3, np.sqrt(6 / 4)),
        ("mixture", {}, 0.39, np.sqrt(0.7 * 0.3 * 2.7**2 + 0.04)),
        ("mixture", {"means": [0, 4], "sds": [1, 2], "weights": [0.5, 0.5]}, 2.0, np.sqrt(6.5)),
        ("skewed", {}, 0.7, 1.2),
        ("skewed", {"scale": 2.0, "shift": 0.0}, 2.0, 2.0),
        ("point", {"value": 1.5}, 1.5, 0.0),
    ],
)
def test_population_has_its_moments(name, parameters, mean, sd):
    drifts = population(name, **parameters)
    draws = drifts.draw(np.random.default_rng(4), 200_000)
    assert drifts.mean == pytest.approx(mean, abs=1e-12)
    # four standard errors of the mean; the sd's relative error is sqrt((kurtosis - 1) / 4n), below
    # 0.5 % (four of them) even at the kurtosis 9 of the exponential (Student, 8 and 6 df: 4.5, 6)
    assert abs(draws.mean() - mean) <= 4 * sd / np.sqrt(draws.size)
    assert draws.std() == pytest.approx(sd, rel=0.013, abs=1e-12)


def test_preference_vectors_have_their_covariance():
    covariance = np.array([[1.0, 0.6, 0.0], [0.6, 0.5, 0.0], [0.0, 0.0, 0.0]])
    preferences = population("normal", mean=[0.5, -1.0, 2.0], covariance=covariance)
    draws = preferences.draw(np.random.default_rng(4), 200_000)
    # entries have standard errors of at most sqrt(2 / n) = 0.0032
    np.testing.assert_allclose(np.cov(draws.T), covariance, atol=0.013)
    np.testing.assert_allclose(draws.mean(axis=0), preferences.mean, atol=4 / np.sqrt(200_000))
    assert (draws[:, 2] == 2.0).all()
    spread = population("normal", mean=[0.0, 0.0], sd=[0.0, 1.0])
    assert np.ptp(spread.draw(np.random.default_rng(4), 9)[:, 0]) == 0
    same_for_all = population("point", value=[1.0, 2.0])
    assert same_for_all.draw(np.random.default_rng(4), 3).tolist() == [[1.0, 2.0]] * 3


def test_any_distribution_will_do():
    rng = np.random.default_rng
    gamma = stats.gamma(2.0)
    np.testing.assert_array_equal(
        draw_drifts(gamma, rng(1), 5), gamma.rvs(size=5, random_state=rng(1))
    )
    pairs = stats.multivariate_normal([0.0, 1.0], np.eye(2))
    assert draw_drifts(pairs, rng(1), 5).shape == (5, 2)
    assert draw_drifts(pairs, rng(1), 1).shape == (1, 2)
    assert draw_drifts(gamma, rng(1), 1).shape == (1,)
    assert draw_drifts(lambda rng, size: rng.normal(size=size), rng(1), 5).shape == (5,)
    assert draw_drifts("skewed", rng(1), 5).min() > -0.5


def test_populations_are_values():
    assert population("normal", mean=0.5) == population("normal", mean=0.5)
    assert "mean=0.39" in repr(population("mixture"))


def test_first_passage_broadcasts():
    rng = np.random.default_rng(1)
    choice, decision_time = first_passage(np.zeros((3, 1)), np.ones(4), rng)
    assert choice.shape == decision_time.shape == (3, 4)
    choice, decision_time = first_passage(0.5, 1.0, rng)
    assert choice.shape == decision_time.shape == ()
    choice, decision_time = first_passage(np.empty(0), 1.0, rng)
    assert choice.shape == decision_time.shape == (0,)
    view = np.linspace(-300, 300, 7)[::-2]
    np.testing.assert_array_equal(first_passage(view, 1.0, rng)[0][[0, -1]], [1, -1])


def test_the_largest_drifts_are_drawn_too():
    drift = np.repeat([1e7, -1e12, 1e20], 20_000)
    choice, decision_time = first_passage(drift, 1.25, np.random.default_rng(1))
    np.testing.assert_array_equal(choice, np.sign(drift))
    # an inverse Gaussian of shape b^2: relative sd 1 / sqrt(b v), and four standard errors of it
    spread = 1 / np.sqrt(1.25 * np.abs(drift[::20_000]))
    relative = (decision_time * np.abs(drift) / 1.25).reshape(3, -1)
    assert (np.abs(relative.mean(axis=1) - 1) <= 4 * spread / np.sqrt(20_000) + 1e-15).all()


def test_the_middle_draws_what_it_always_drew():
    drift = np.random.default_rng(1).normal(size=(50, 3))
    choice, decision_time = first_passage(drift, 1.25, np.random.default_rng(2))
    for start in (0.5, np.full(3, 0.5)):
        again = first_passage(drift, 1.25, np.random.default_rng(2), start)
        np.testing.assert_array_equal(choice, again[0])
        np.testing.assert_array_equal(decision_time, again[1])


def test_first_passage_broadcasts_with_its_start():
    rng = np.random.default_rng(1)
    choice, decision_time = first_passage(
        np.zeros((3, 1)), 1.0, rng, np.array([0.2, 0.5, 0.9, 1e-9])
    )
    assert choice.shape == decision_time.shape == (3, 4)
    assert choice.dtype == np.int8 and (decision_time > 0).all()
    choice, decision_time = first_passage(0.5, 1.0, rng, 0.3)
    assert choice.shape == decision_time.shape == ()
    assert first_passage(np.empty(0), 1.0, rng, 0.3)[1].shape == (0,)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_first_passage_refuses_what_is_not_finite(bad):
    # the sampler itself would return numbers for these, or never return
    rng = np.random.default_rng(1)
    with pytest.raises(InputError, match="drifts must be finite"):
        first_passage(np.array([0.5, bad]), 1.0, rng)
    for start in (bad, 0.0, 1.0):
        with pytest.raises(InputError, match=f"start must be above 0 and below 1; got {start:g}"):
            first_passage(0.5, 1.0, rng, start)
    for boundary in (bad, 0.0, -1.0):
        with pytest.raises(InputError, match="boundary must be positive and finite"):
            first_passage(0.5, boundary, rng)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"boundary": 0.0}, "boundary must be positive; got 0"),
        ({"boundary": np.r_[np.ones(9), -2]}, "boundary must be positive; got -2"),
        ({"boundary": np.nan}, "boundary must be a finite number"),
        ({"boundary": [1.0, 2.0]}, "or 10, one per choice; got shape (2,)"),
        ({"ndt": -0.1}, "ndt must be at least 0 seconds; got -0.1"),
        ({"start": 0.0}, "start must be above 0 and below 1; got 0"),
        ({"start": np.r_[np.full(9, 0.5), 1.5]}, "start must be above 0 and below 1; got 1.5"),
        ({"start": [0.5, 0.6]}, "start must be a finite number, or 10 of them, one per labeler"),
        ({"labelers": 0}, "labelers must be whole numbers of at least 1; got 0"),
        ({"labelers": 2.5}, "labelers must be whole numbers of at least 1; got 2.5"),
        ({"labelers": "ten"}, "labelers must be whole numbers"),
        ({"choices": 0}, "choices must be whole numbers of at least 1; got 0"),
        ({"choices": np.r_[np.ones(999), 0.5]}, "choices must be whole numbers"),
        ({"choices": [1, 2]}, "choices must be one number or one per labeler; got shape (2,)"),
        ({"lapse": 1.0}, "lapse is a share from 0 to below 1; got 1.0"),
        ({"lapse": -0.1}, "lapse is a share"),
        ({"lapse_rt": 0.0}, "lapse_rt must be positive and finite, in seconds; got 0"),
        ({"seed": -1}, "seed must be a whole number of at least 0; got -1"),
        ({"seed": "one"}, "seed must be a whole number"),
        ({"feature_names": ["a"]}, "feature_names needs features="),
        ({"features": PSI, "choices": 3}, "2 features, 2 feature names and preference vectors"),
        ({"features": PSI[:, 0]}, "features have 3 rows; needed are 10, one per choice"),
        ({"features": lambda rng, rows: np.ones(3)}, "features have 3 rows; needed are 10"),
        ({"features": [np.nan] * 10}, "features must be finite numbers"),
        ({"features": np.ones((2, 2, 2))}, "got shape (2, 2, 2)"),
        ({"features": np.ones(10), "feature_names": ["a", "b"]}, "1 features, 2 feature names"),
    ],
)
def test_impossible_experiments_are_refused(settings, says):
    assert says in refusal("normal", **settings)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("norml", "unknown population 'norml'; did you mean 'normal'?"),
        ("xyz", "there are normal, student, mixture, skewed, point."),
        (0.5, "a population is a name, population(...), a SciPy frozen distribution"),
        (lambda rng, size: np.zeros(3), "drew an array of shape (3,) for 10 labelers"),
        (lambda rng, size: np.zeros((size, 2)), "give features="),
        (lambda rng, size: np.full(size, np.nan), "drifts must be finite"),
    ],
)
def test_impossible_populations_are_refused(source, says):
    assert says in refusal(source)


@pytest.mark.parametrize(
    ("name", "parameters", "says"),
    [
        ("normal", {"meen": 1}, "a normal population has no 'meen'; did you mean 'mean'?"),
        ("normal", {"sd": -1.0}, "sd must be at least 0"),
        ("normal", {"mean": np.nan}, "mean of a normal population must be finite"),
        ("normal", {"mean": [0, 0], "sd": [1, 1, 1]}, "one or as many as mean has"),
        ("normal", {"sd": 1.0, "covariance": [[1.0]]}, "sd or covariance, not both"),
        ("normal", {"mean": [0, 0], "covariance": [[1.0]]}, "covariance must be square"),
        ("normal", {"mean": [0, 0], "covariance": [[1, 2], [2, 1]]}, "no negative eigenvalue"),
        ("normal", {"mean": [0, 0], "covariance": [[1, 2], [0, 1]]}, "symmetric"),
        ("student", {"df": 1.0}, "df must be greater than 1"),
        ("student", {"df": 1.5, "sd": 1.0}, "sd needs df greater than 2"),
        ("student", {"scale": 1.0, "sd": 1.0}, "sd or scale, not both"),
        ("student", {"scale": 0.0}, "scale must be positive and finite; got 0"),
        ("mixture", {"weights": [0.5, 0.6]}, "sum to 1; they sum to 1.1"),
        ("mixture", {"means": [1, 2, 3]}, "equal lengths"),
        ("mixture", {"sds": [-1, 1]}, "sds must be at least 0; got -1"),
        ("skewed", {"scale": -1.0}, "scale must be positive"),
        ("point", {}, "a point population needs value="),
    ],
)
def test_impossible_parameters_are_refused(name, parameters, says):
    with pytest.raises(InputError) as caught:
        population(name, **parameters)
    assert says in one_line(caught)
