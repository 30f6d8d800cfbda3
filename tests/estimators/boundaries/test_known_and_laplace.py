import mpmath as mp
import numpy as np
import pandas as pd
import pytest

from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import bootstrap, known_boundary, three_scale, two_scale
from bayes_ddm.simulate import experiment, population


def rows(rt, **columns):
    return Choices.from_frame(pd.DataFrame({"choice": 1, "rt": rt} | columns))


def log_laplace(rt, s):
    return mp.log(mp.fsum(mp.exp(-s * mp.mpf(float(t))) for t in rt) / len(rt))


def published(rt, ndt_unknown):
    """Both plug-ins in 50 digits."""
    with mp.workdps(50):
        lam = mp.log(len(rt)) ** mp.mpf(1.5)
        one, four = log_laplace(rt, lam), log_laplace(rt, 4 * lam)
        if not ndt_unknown:
            return float((one - four) / mp.sqrt(2 * lam)), 0.0
        sixteen = log_laplace(rt, 16 * lam)
        boundary = (4 * one - 5 * four + sixteen) / (2 * mp.sqrt(2 * lam))
        ndt = ((four - sixteen) - 2 * (one - four)) / (6 * lam)
        return float(boundary), float(ndt)


def test_both_forms_equal_the_published_ones_in_50_digits():
    rt = np.random.default_rng(1).gamma(3.0, 0.4, 60) + 0.2
    made = two_scale(rows(rt))
    assert (made.boundary, made.ndt) == pytest.approx(published(rt, False), rel=1e-12)
    made = three_scale(rows(rt))
    assert (made.boundary, made.ndt) == pytest.approx(published(rt, True), rel=1e-11)


def test_a_known_ndt_is_subtracted_first():
    rt = np.random.default_rng(1).gamma(3.0, 0.4, 60) + 0.2
    made = two_scale(rows(rt), ndt=0.2)
    assert made.boundary == pytest.approx(published(rt - 0.2, False)[0], rel=1e-12)
    assert made.ndt == 0.2


def test_far_away_times_do_not_underflow():
    made = two_scale(rows(np.random.default_rng(1).gamma(3.0, 0.4, 60) + 50))
    assert np.isfinite([made.boundary, made.n_eff]).all()


def test_real_sample_shows_the_published_value_as_unreliable(real_sample):
    assert real_sample.n_choices == 13_793
    assert np.log(real_sample.n_choices) ** 1.5 == pytest.approx(29.43, abs=0.005)
    made = two_scale(real_sample)
    assert made.boundary == pytest.approx(2.7337, abs=5e-5)
    assert made.n_eff == pytest.approx(1.0000001, abs=5e-8)
    assert not made.reliable
    assert "rests on 1 effective response times" in made.note
    assert "from 2.73 to 4.61" in made.note
    lam = np.log(real_sample.n_choices) ** 1.5
    share = np.exp(-lam * real_sample.rt)
    assert share.sum() ** 2 / (share**2).sum() == pytest.approx(1.2, abs=0.05)


@pytest.mark.parametrize("estimator", [two_scale, three_scale])
def test_influence_is_the_derivative_by_the_weight_of_a_unit(estimator):
    # counts shift from everyone to one labeler (of three rows, then of one), so that n, and with
    # it lam, stays the same
    rt = np.sort(np.random.default_rng(2).gamma(3.0, 0.4, 40) + 0.2)
    labeler = np.r_[0, 0, 0, np.arange(1, 38)]
    frame = pd.DataFrame({"choice": 1, "rt": rt, "labeler": labeler, "n": 200_000})
    made = estimator(Choices.from_frame(frame, labeler="labeler", count="n"))
    for unit in (0, 1):
        mine = labeler == unit
        size = int(mine.sum())
        shift = np.where(mine, 200 * (40 - size), -200 * size)
        values = []
        for sign in (1, -1):
            moved = frame.assign(n=frame["n"] + sign * shift)
            result = estimator(Choices.from_frame(moved, labeler="labeler", count="n"))
            values.append([result.boundary, result.ndt])
        share = np.where(np.arange(38) == unit, 40 - size, -size) / 1000
        expected = share @ made.influence
        # central differences: the error is of the order of the shift's share squared, 0.04^2
        np.testing.assert_allclose(np.subtract(*values) / 2, expected, rtol=5e-3)


def test_standard_error_agrees_with_the_bootstrap():
    # many effective response times, so that the delta method holds
    choices = experiment(population("normal"), labelers=4000, boundary=0.5, seed=3)
    made = two_scale(choices)
    drawn = bootstrap(choices, lambda c: two_scale(c).boundary, 400, seed=4)
    # the standard deviation of 400 replicates has a relative error of 1 / sqrt(800) = 3.5 %;
    # four of those, and the same again for what the delta method leaves out
    assert drawn.std() == pytest.approx(made.se[0], rel=0.28)


def test_counts_stand_for_rows():
    rt = np.array([0.5, 0.7, 0.9, 1.3])
    frame = pd.DataFrame({"choice": 1, "rt": rt, "n": [3, 1, 4, 2]})
    grouped = Choices.from_frame(frame, count="n")
    for estimator in (two_scale, three_scale):
        few, many = estimator(grouped), estimator(grouped.expanded())
        assert few.boundary == pytest.approx(many.boundary, rel=1e-12)
        assert few.n_eff == pytest.approx(many.n_eff, rel=1e-12)
        assert few.note == many.note
        np.testing.assert_allclose(few.covariance, many.covariance, atol=1e-14)


def test_known_boundary_is_without_uncertainty(repeated):
    made = known_boundary(repeated, 1.25, 0.3)
    assert made.reliable and made.note == ""
    assert (made.se == 0).all() and made.influence.shape == (1000, 2)


@pytest.mark.parametrize(
    ("boundary", "ndt", "message"),
    [
        (0.0, 0.0, "boundary must be positive; got 0"),
        (-1.0, 0.0, "boundary must be positive"),
        (np.nan, 0.0, "boundary must be positive"),
        (1.0, 0.4, "ndt 0.4 s is not below the smallest response time, 0.31 s in row 1"),
        (1.0, -0.1, "at least 0"),
        (1.0, np.inf, "at least 0"),
    ],
)
def test_impossible_given_values_are_input_errors(boundary, ndt, message):
    with pytest.raises(InputError, match=message):
        known_boundary(rows([0.5, 0.31, 0.9]), boundary, ndt)


def test_a_boundary_the_mean_decision_time_rules_out_is_flagged(repeated):
    made = known_boundary(repeated, 0.6, 0.3)
    assert not made.reliable
    assert made.note.startswith("boundary 0.6 allows a mean decision time of at most 0.36 s")


def test_fast_and_few_responses_are_flagged():
    # DESIGN's example: ignored ndt pulls two scales to 4.6, three scales rest on the fastest rows
    choices = experiment(
        population("normal"), labelers=1000, choices=10, boundary=1.25, ndt=0.3, seed=1
    )
    for made in (two_scale(choices), three_scale(choices)):
        assert made.n_eff < 100
        assert not made.reliable and "effective response times" in made.note


def test_enough_fast_responses_are_not_flagged():
    # n_eff at the largest scale grows with n exp(-b sqrt(2 lam)): a narrow boundary has plenty
    choices = experiment(population("point", value=0.3), labelers=20_000, boundary=0.2, seed=5)
    made = two_scale(choices)
    assert made.reliable and made.note == ""
    # exp for 2 cosh at finite lam: off by exp(-2 b sqrt(2 lam)) / sqrt(2 lam) = 0.006
    assert made.boundary == pytest.approx(0.2, abs=0.006 + 4 * made.se[0])


def test_impossible_estimates_are_flagged_not_raised():
    # two atoms far apart: the transform's curvature makes three scales leave the possible
    slow = three_scale(rows(np.r_[np.full(500, 1.0), np.full(500, 1.01)]))
    assert not slow.reliable
    assert "not positive" in slow.note or "mean decision time" in slow.note
    late = three_scale(rows(np.r_[np.full(990, 2.0), np.full(10, 0.05)]))
    assert not late.reliable
    few = two_scale(rows([0.5, 0.6]))
    assert np.isnan(few.boundary) and not few.reliable and "too few choices (2)" in few.note
