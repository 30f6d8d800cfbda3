from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest, mannwhitneyu, norm

from bayes_ddm.data.choices import Choices
from bayes_ddm.estimators import choice_time_test, conditional_boundary, estimate
from bayes_ddm.simulate import experiment, first_passage

GIVEN = {"boundary": 1.25, "ndt": 0.3}


def table(labeler, choice, rt):
    frame = pd.DataFrame({"choice": choice, "rt": rt, "labeler": labeler})
    return Choices.from_frame(frame, labeler="labeler")


def shuffled(choices, rng):
    """The same choices at the labeler's times in another order."""
    rt = choices.rt.copy()
    for who in np.unique(choices.labeler):
        rows = np.flatnonzero(choices.labeler == who)
        rt[rows] = rng.permutation(rt[rows])
    return replace(choices, rt=rt)


def test_one_group_against_mann_and_whitney():
    rng = np.random.default_rng(1)
    choice = np.repeat([1, -1], 20)
    rt = np.round(0.2 + rng.exponential(1.0, 40) + 0.3 * (choice < 0), 1)  # with ties
    made = choice_time_test(table(np.zeros(40), choice, rt))
    other = mannwhitneyu(rt[choice < 0], rt[choice > 0], use_continuity=False, method="asymptotic")
    assert made.positive_faster == pytest.approx(other.statistic / 400)
    assert 2 * norm.sf(abs(made.z_positive)) == pytest.approx(other.pvalue, rel=1e-6)
    assert made.df == 1 and np.isnan(made.p_value)  # one group is too few for a test


def test_shares_are_counts_of_pairs():
    data = experiment("normal", labelers=60, choices=5, seed=2, **GIVEN)
    won, usual = [], []
    for who in range(60):
        rows = data.labeler == who
        plus, minus = data.rt[rows & (data.choice > 0)], data.rt[rows & (data.choice < 0)]
        pairs = (plus[:, None] < minus).ravel()
        won.extend(pairs)
        usual.extend(pairs if len(plus) > len(minus) else ~pairs)
    made = choice_time_test(data)
    assert made.positive_faster == pytest.approx(np.mean(won))
    assert made.usual_faster == pytest.approx(np.mean(usual))


def test_in_random_order_both_are_standard_normal():
    rng = np.random.default_rng(3)
    data = experiment("normal", labelers=80, choices=7, seed=3, **GIVEN)
    data = replace(data, rt=np.round(data.rt, 1))
    n = 1000
    tests = [choice_time_test(shuffled(data, rng)) for _ in range(n)]
    z = np.array([(t.z_positive, t.z_usual) for t in tests])
    # four standard errors of a mean, and of a standard deviation, of n standard normals
    assert np.abs(z.mean(axis=0)).max() < 4 / np.sqrt(n)
    assert np.abs(z.std(axis=0) - 1).max() < 4 / np.sqrt(2 * n)
    assert kstest([t.p_value for t in tests], "uniform").pvalue > 1e-3


def test_labelers_own_boundary_ndt_and_clock_are_nothing_to_it():
    data = experiment("normal", labelers=100, choices=6, seed=4, **GIVEN)
    rng = np.random.default_rng(4)
    power, shift = rng.uniform(0.5, 2, 100), rng.uniform(0, 1, 100)
    warped = replace(data, rt=data.rt ** power[data.labeler] + shift[data.labeler])
    assert choice_time_test(warped) == choice_time_test(data)


def test_grouped_rows_count_as_often_as_they_stand_for():
    data = experiment("normal", labelers=40, choices=30, seed=5, **GIVEN)
    rounded = replace(data, rt=np.round(data.rt, 1))
    grouped = rounded.grouped()
    assert len(grouped) < len(rounded)
    made, expected = choice_time_test(grouped), choice_time_test(rounded)
    assert asdict(made) == pytest.approx(asdict(expected))


def test_a_start_bias_is_found_and_named():
    up = choice_time_test(experiment("normal", labelers=500, choices=4, start=0.6, seed=6, **GIVEN))
    assert up.p_value < 1e-4 and up.z_positive > 4 and abs(up.z_usual) < 4
    assert "faster when they choose +1" in up.finding and "halfway" in up.finding
    down = experiment("normal", labelers=500, choices=2, start=0.4, seed=6, **GIVEN)
    found = choice_time_test(down)
    assert found.df == 1 and "faster when they choose -1" in found.finding


def test_preferences_that_change_from_choice_to_choice_make_rare_choices_slow():
    def restless(rng, rows):
        return np.repeat(rng.normal(0.5, 1.0, rows // 20), 20) + rng.normal(0, 1.0, rows)

    # every choice is simulated as a labeler of its own, and given to one of 20 choices
    single = experiment(restless, labelers=10_000, choices=1, seed=7, **GIVEN)
    data = table(np.arange(10_000) // 20, single.choice, single.rt)
    found = choice_time_test(data)
    assert found.z_usual > 5 and "slower at the choice they rarely make" in found.finding


def test_fast_guesses_make_rare_choices_fast():
    data = experiment("normal", labelers=500, choices=20, seed=8, **GIVEN)
    rng = np.random.default_rng(8)
    hit = rng.random(len(data)) < 0.05
    guess = rng.choice(np.array([1, -1], dtype=np.int8), len(data))
    rt = np.where(hit, 0.31, data.rt)
    found = choice_time_test(replace(data, rt=rt, choice=np.where(hit, guess, data.choice)))
    assert found.z_usual < -5 and "fast guesses" in found.finding


def test_where_everybody_leans_alike_errors_are_slow():
    rng = np.random.default_rng(9)
    choice = np.tile([1, 1, -1], 40)
    rt = rng.uniform(1, 2, 120) + 3 * (choice < 0)
    found = choice_time_test(table(np.repeat(np.arange(40), 3), choice, rt))
    assert found.df == 1 and np.isnan([found.z_positive, found.z_usual]).all()
    assert "slower at the choice they rarely make" in found.finding
    assert "drift that varies from trial to trial" in found.finding
    assert "start_bias" not in found.finding


def test_where_plus_one_is_correct_slow_errors_are_no_start():
    """Two subjects, five levels of difficulty, drift that varies (case 1)."""
    level = np.tile([0.0, 1, 2, 4, 8], 600)
    named = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        hit, time = first_passage(rng.normal(0.35 * level, 1.0), np.full(level.size, 1.1), rng)
        frame = pd.DataFrame({"correct": (hit > 0).astype(int), "rt": time + 0.25, "level": level})
        frame["who"] = np.repeat([0, 1], 1500)
        data = Choices.from_frame(frame, choice="correct", labeler="who", features=["level"])
        named.append(choice_time_test(data).finding)
    # the test is of 1 %; two or three of twenty may miss what is there
    assert sum("drift that varies from trial to trial" in text for text in named) >= 15
    assert sum("start_bias" in text for text in named) <= 1


def test_a_start_and_slow_errors_are_both_told_the_larger_first():
    lapsing = {"lapse": 0.15, "lapse_rt": 5.0, "start": 0.6}
    data = experiment("normal", labelers=500, choices=20, seed=6, **lapsing, **GIVEN)
    found = choice_time_test(data)
    first, second = found.findings
    assert {first.about, second.about} == {"start", "errors"} and abs(first.z) > abs(second.z)
    assert first.text in found.finding and second.text in found.finding


def test_nothing_to_test():
    single = experiment("normal", labelers=50, choices=1, seed=1, **GIVEN)
    assert choice_time_test(single) is None
    same = table([0, 0, 1, 1], [1, -1, 1, -1], [1.0, 1.0, 2.0, 2.0])
    assert choice_time_test(same) is None
    alike = table([0, 0, 1, 1], [1, 1, -1, -1], [1.0, 1.5, 2.0, 2.5])
    assert choice_time_test(alike) is None


def test_the_table_flags_the_consistent_rows_and_says_why():
    data = experiment("normal", labelers=500, choices=4, start=0.6, seed=6, **GIVEN)
    made = estimate(data)
    for row in made.to_dict()["estimates"]:
        consistent = row["unit"] == "drift"
        assert ("halfway" in row["note"]) == consistent
        assert not (consistent and row["reliable"])
    assert "halfway" in repr(made)


def test_the_order_of_rows_does_not_matter_where_large_groups_are_split():
    choices = experiment("normal", labelers=60, choices=120, boundary=1.25, ndt=0.3, seed=1)
    grouped = choices.grouped()  # sorted by choice, then by time
    found, again = conditional_boundary(choices), conditional_boundary(grouped)
    # another random split of the same choices: the same but for part of the sampling error
    assert abs(found.boundary - again.boundary) < 2 * found.se[0]
    assert min(choice_time_test(c).p_value for c in (choices, grouped)) > 0.01


def test_an_option_is_usual_on_either_side():
    slow_lapses = {"lapse": 0.2, "lapse_rt": 5.0}
    lapsing = experiment(
        "normal", labelers=300, choices=20, boundary=1.25, ndt=0.3, **slow_lapses, seed=1
    )
    frame = lapsing.to_frame()
    frame["x"] = np.where(np.arange(len(frame)) % 20 < 10, 1.0, 2.0)
    swapped = frame.copy()
    swapped.loc[::2, ["x", "choice"]] *= -1
    one, other = (
        choice_time_test(Choices.from_frame(f, labeler="labeler", features=["x"]))
        for f in (frame, swapped)
    )
    assert one.z_usual > 4 and other.z_usual > 4
    # more groups have both sides than both options; those with both options are in both tests
    assert other.usual_faster == pytest.approx(one.usual_faster, abs=0.01)
