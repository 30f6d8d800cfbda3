from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from mpmath import mp
from scipy.integrate import quad

from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import conditional_boundary
from bayes_ddm.estimators.boundaries import conditional, repeats_likelihood
from bayes_ddm.simulate import experiment, population
from bayes_ddm.wiener.convolution import paired_log_density
from tests.support.reference import convolved, density

MIXTURE = population("mixture")


def within(made, boundary, ndt, errors=4.5):
    """Both values within so many of their standard errors of the truth."""
    assert made.reliable, made.note
    assert abs(made.boundary - boundary) <= errors * made.se[0]
    assert abs(made.ndt - ndt) <= errors * made.se[1]


def test_score_and_value_against_50_digits():
    rt = np.array([[0.61, 1.9, 0.8], [2.2, 0.75, 1.1]])
    blocks = [np.arange(6).reshape(2, 3)]

    def exact(boundary, ndt):
        total = 0.0
        for group in rt - ndt:
            total += sum(np.log(float(density(t, 1, 0, boundary))) for t in group)
            total -= np.log(float(convolved(group.sum(), boundary, 3)))
        return total

    value, (scores,), second = repeats_likelihood.derivatives(rt.ravel(), blocks, 1.1, 0.2)
    assert value == pytest.approx(exact(1.1, 0.2), abs=1e-11)
    h = 1e-4
    by_boundary = (exact(1.1 + h, 0.2) - exact(1.1 - h, 0.2)) / (2 * h)
    by_ndt = (exact(1.1, 0.2 + h) - exact(1.1, 0.2 - h)) / (2 * h)
    np.testing.assert_allclose(scores.sum(axis=0), [by_boundary, by_ndt], rtol=1e-6)
    # differences of h: they lose 1e-11 / h^2 to rounding
    h = 1e-3
    at = [(exact(1.1 + h * i, 0.2 + h * j), i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    twice = np.array([[1, -2, 1]]) / h**2
    grid = np.reshape([value for value, _, _ in at], (3, 3))
    both = (grid[2, 2] - grid[2, 0] - grid[0, 2] + grid[0, 0]) / (4 * h**2)
    expected = [[(twice @ grid[:, 1])[0], both], [both, (twice @ grid[1])[0]]]
    np.testing.assert_allclose(second, expected, rtol=1e-4)


def test_it_is_a_density_given_the_sum():
    # f0(t) f0(x - t) / f0*2(x) integrates to one over t
    def share(t):
        rt = np.array([t, 1.7 - t])
        return np.exp(repeats_likelihood.derivatives(rt, [np.array([[0, 1]])], 1.25, 0.0)[0])

    assert quad(share, 0, 1.7, epsabs=1e-10)[0] == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(
    ("labelers", "choices"),
    [(8000, 2), (2500, 5), (1500, np.arange(1500) % 7 + 1), (60, 130)],
    ids=["pairs", "fives", "unbalanced", "split into blocks"],
)
@pytest.mark.parametrize("ndt", [0.0, 0.3], ids=["ndt known", "ndt estimated"])
def test_truth_is_found(labelers, choices, ndt):
    data = experiment(MIXTURE, labelers=labelers, choices=choices, boundary=1.25, ndt=ndt, seed=21)
    made = conditional_boundary(data, None if ndt else 0.0)
    within(made, 1.25, ndt)
    assert made.se[0] < 0.04
    assert (made.se[1] == 0) == (ndt == 0)


def test_an_ndt_of_zero_may_be_estimated():
    data = experiment(MIXTURE, labelers=8000, choices=2, boundary=1.25, seed=22)
    made = conditional_boundary(data)
    assert 0 <= made.ndt < 0.02
    assert abs(made.boundary - 1.25) < 4.5 * max(made.se[0], 0.025)


def test_contextual_problems_use_repeated_comparisons():
    # each labeler sees comparisons of their own, each of them twice
    rng = np.random.default_rng(23)
    psi = np.repeat(rng.normal(size=(9000, 2)), 2, axis=0)
    data = experiment(
        population("normal", mean=[0.8, -0.5], sd=0.5),
        labelers=3000,
        choices=6,
        features=psi,
        boundary=1.25,
        ndt=0.3,
        seed=23,
    )
    within(conditional_boundary(data), 1.25, 0.3)


def test_swapped_options_are_the_same_comparison():
    rng = np.random.default_rng(24)
    frame = pd.DataFrame(rng.normal(size=(50, 2)), columns=["a", "b"])
    frame = frame.assign(labeler=range(50), choice=1)
    frame.loc[0, "a"] = 0.0
    swapped = frame.assign(a=-frame["a"], b=-frame["b"], choice=-1)
    both = pd.concat([frame, swapped]).assign(rt=rng.gamma(3, 0.3, 100) + 0.2)
    columns = {"labeler": "labeler", "features": ["a", "b"]}
    made = conditional_boundary(Choices.from_frame(both, **columns))
    same = pd.concat([frame, frame]).assign(rt=both["rt"])
    assert made.boundary == conditional_boundary(Choices.from_frame(same, **columns)).boundary


@pytest.mark.slow
def test_standard_errors_are_the_spread_over_replications():
    z = []
    for seed in range(60):
        data = experiment("skewed", labelers=800, choices=2, boundary=1.25, ndt=0.3, seed=seed)
        made = conditional_boundary(data)
        z.append([(made.boundary - 1.25) / made.se[0], (made.ndt - 0.3) / made.se[1]])
    # 60 replications: mean within 4 / sqrt(60), standard deviation within 4 / sqrt(120) of 1
    assert (np.abs(np.mean(z, axis=0)) < 4 / np.sqrt(60)).all()
    assert (np.abs(np.std(z, axis=0) - 1) < 4 / np.sqrt(120)).all()


def test_nobody_repeats_a_comparison():
    anonymous = experiment("normal", labelers=50, boundary=1.25, seed=1)
    assert anonymous.anonymous and conditional_boundary(anonymous) is None
    once = experiment("normal", labelers=50, boundary=1.25, seed=1, anonymous=False)
    assert conditional_boundary(once) is None


def test_real_sample_repeats_no_comparison(real_sample):
    assert conditional_boundary(real_sample) is None


def test_large_groups_are_split_into_near_equal_blocks():
    data = experiment("normal", labelers=3, choices=[1, 50, 141], boundary=1.25, seed=1)
    blocks = conditional._blocks(data, np.arange(len(data)))
    assert [b.shape for b in blocks] == [(3, 47), (1, 50)]
    used = np.sort(np.concatenate([b.ravel() for b in blocks]))
    np.testing.assert_array_equal(used, np.arange(1, 192))


def test_counts_stand_for_rows():
    rng = np.random.default_rng(25)
    frame = pd.DataFrame(
        {
            "choice": rng.choice([-1, 1], 300),
            "rt": rng.gamma(3, 0.3, 300).round(2) + 0.3,
            "labeler": np.repeat(np.arange(100), 3),
            "n": rng.integers(1, 4, 300),
        }
    )
    grouped = Choices.from_frame(frame, labeler="labeler", count="n")
    few, many = conditional_boundary(grouped), conditional_boundary(grouped.expanded())
    assert few.boundary == pytest.approx(many.boundary, rel=1e-6)
    np.testing.assert_allclose(few.influence, many.influence, atol=1e-6)


def test_few_labelers_are_flagged():
    made = conditional_boundary(experiment("normal", labelers=5, choices=9, boundary=1.25, seed=1))
    assert not made.reliable and made.note.startswith("too few labelers (5)")


def test_a_boundary_that_is_not_pinned_down_is_flagged():
    data = experiment("normal", labelers=30, choices=2, boundary=1.25, ndt=0.3, seed=2)
    made = conditional_boundary(data)
    assert not made.reliable and "do not pin the boundary down" in made.note


def test_one_anticipation_is_flagged():
    data = experiment("normal", labelers=1000, choices=5, boundary=1.25, ndt=0.3, seed=3)
    data.rt[7] = 0.02
    made = conditional_boundary(data)
    assert not made.reliable
    assert "dropping the fastest response (0.02 s) moves the boundary" in made.note


def test_ndt_at_its_upper_limit_is_flagged():
    # times that differ less than any diffusion's: the boundary grows until it meets its limit
    rt = 1 + np.random.default_rng(4).uniform(0, 0.02, 400)
    frame = pd.DataFrame({"choice": 1, "rt": rt, "id": np.arange(400) // 2})
    made = conditional_boundary(Choices.from_frame(frame, labeler="id"))
    assert not made.reliable
    assert "upper limit" in made.note


def test_times_more_spread_than_any_diffusion_are_flagged():
    rt = np.random.default_rng(4).exponential(0.4, 400)
    frame = pd.DataFrame({"choice": 1, "rt": rt, "id": np.arange(400) // 2})
    made = conditional_boundary(Choices.from_frame(frame, labeler="id"), ndt=0.0)
    assert not made.reliable


def test_given_ndt_must_be_possible():
    data = experiment("normal", labelers=20, choices=3, boundary=1.25, seed=5)
    with pytest.raises(InputError, match="not below the smallest response time"):
        conditional_boundary(data, ndt=9.0)


# ratios of the boundaries: poles that coincide (1, 3), nearly do, and far apart
RATIOS = [1.0, 1 + 1e-9, 1.3, 3.0, 9.0]


def paired(x, first, second):
    """Log of the convolution, by the trapezoidal rule on the log odds of ``s / x``.

    There the integrand vanishes doubly exponentially, and the rule's error is far below rounding.
    """
    total = mp.mpf(0)
    for step in range(-38, 39):
        share = 1 / (1 + mp.exp(-mp.mpf(step) / 4))
        s, rest = x * share, x * (1 - share)
        total += density(s, 1, 0, first) * density(rest, 1, 0, second) * s * (1 - share) / 4
    return float(mp.log(total))


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("u", [0.02, 0.0599, 0.0601, 0.5])
def test_two_boundaries_convolved_against_high_precision(ratio, u):
    x = u * (0.9 * (1 + ratio)) ** 2
    exact = paired(x, 0.9, 0.9 * ratio)
    for pair in ((0.9, 0.9 * ratio), (0.9 * ratio, 0.9)):
        found = paired_log_density(x, *pair)
        assert abs(found - exact) < 1e-12 * max(1, abs(exact))


@pytest.mark.parametrize("ratio", RATIOS)
def test_two_boundaries_carry_a_quarter(ratio):
    mass = quad(lambda u: np.exp(paired_log_density(u, 1.0, ratio)), 0, np.inf, limit=200)[0]
    assert mass == pytest.approx(0.25, abs=1e-7)


def test_two_boundaries_are_finite_over_the_whole_range():
    u = np.geomspace(1e-4, 1e4, 2001)
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        for share in (0.01, 0.3, 0.5):
            assert np.isfinite(paired_log_density(u, share, 1 - share)).all()


def test_pairs_score_and_value_against_high_precision():
    rt, scale = np.array([0.61, 1.9]), np.array([0.7, 1.6])
    ratio = 1.6 / 0.7

    def exact(boundary, ndt):
        first, second = rt[0] - ndt, ratio**2 * (rt[1] - ndt)
        apart = [density(first, 1, 0, boundary), density(second, 1, 0, ratio * boundary)]
        return float(mp.log(apart[0] * apart[1])) - paired(
            first + second, boundary, ratio * boundary
        )

    value, (scores,), _ = repeats_likelihood.derivatives(rt, [np.array([[0, 1]])], 1.1, 0.2, scale)
    assert value == pytest.approx(exact(1.1, 0.2), abs=1e-11)
    h = 1e-4
    by_boundary = (exact(1.1 + h, 0.2) - exact(1.1 - h, 0.2)) / (2 * h)
    by_ndt = (exact(1.1, 0.2 + h) - exact(1.1, 0.2 - h)) / (2 * h)
    np.testing.assert_allclose(scores[0], [by_boundary, by_ndt], rtol=1e-5)


def test_a_pair_given_its_sum_is_a_density():
    # the sum is 1.7 = t + (1.6 / 0.7)^2 t', and dt' = dt / (1.6 / 0.7)^2
    scale = np.array([0.7, 1.6])

    def share(t):
        rt = np.array([t, (1.7 - t) * (0.7 / 1.6) ** 2])
        return np.exp(repeats_likelihood.derivatives(rt, [np.array([[0, 1]])], 1.25, 0.0, scale)[0])

    assert quad(share, 0, 1.7, epsabs=1e-10)[0] == pytest.approx(1, abs=1e-9)


def one_feature(labelers, choices, seed):
    rng = np.random.default_rng(seed)
    return experiment(
        population("mixture"),
        labelers=labelers,
        choices=choices,
        features=rng.normal(size=(labelers * choices, 1)),
        boundary=1.25,
        ndt=0.3,
        seed=rng,
    )


def test_truth_is_found_from_proportional_comparisons():
    data = one_feature(2000, 5, 31)
    assert conditional_boundary(data) is None
    made = conditional_boundary(data, proportional=True)
    within(made, 1.25, 0.3)
    assert made.se[0] < 0.04


@pytest.mark.slow
def test_standard_errors_of_proportional_pairs_are_their_spread():
    z = []
    for seed in range(30):
        made = conditional_boundary(one_feature(250, 4, seed), 0.3, proportional=True)
        z.append((made.boundary - 1.25) / made.se[0])
    # 30 replications: mean within 4 / sqrt(30), standard deviation within 4 / sqrt(60) of 1
    assert abs(np.mean(z)) < 4 / np.sqrt(30) and abs(np.std(z) - 1) < 4 / np.sqrt(60)


def test_units_of_the_features_and_swapped_options_change_nothing():
    data = one_feature(300, 4, 32)
    made = conditional_boundary(data, proportional=True)
    sign = np.random.default_rng(1).choice([-1.0, 1.0], (len(data), 1))
    for factor in (1e-3, 7.3, sign):
        other = replace(data, features=data.features * factor)
        again = conditional_boundary(other, proportional=True)
        assert again.boundary == pytest.approx(made.boundary, rel=1e-8)
        assert again.ndt == pytest.approx(made.ndt, rel=1e-8)


def test_only_what_is_proportional_up_to_rounding_is_paired():
    psi = np.array(
        [
            *([0.1, 0.2], [0.3, 0.6]),  # three times the first, with rounding
            *([1.0, 5.0], [-2.0, -10.0], [3.0, 15.0]),  # two of these three
            *([4.0, 1.0], [4.0, 1.0], [8.0, 2.0]),  # two equal ones, and one that is left over
            *([1.0, 7.0], [2.0, 14.00001]),
            *([1.0, 3.0], [200.0, 600.0]),  # too far apart
            *([0.0, 2.0], [0.0, 3.0]),
            *([0.0, 0.0], [0.0, 0.0]),
        ]
    )
    frame = pd.DataFrame(psi, columns=["a", "b"]).assign(choice=1, rt=1.0, who=0)
    frame = pd.concat([frame, frame.assign(who=1)], ignore_index=True)
    data = Choices.from_frame(frame, labeler="who", features=["a", "b"])
    _, blocks, scale = conditional.repeated_rows(data, proportional=True)
    equal, pairs = ({tuple(sorted(pair)) for pair in block.tolist()} for block in blocks)
    half = len(psi)
    first = {pair for pair in pairs if pair[1] < half}
    assert first == {(0, 1), (2, 3), (12, 13)}
    assert {(i - half, j - half) for i, j in pairs - first} == first
    assert {pair for pair in equal if pair[1] < half} == {(5, 6), (14, 15)}
    assert scale[1] / scale[0] == pytest.approx(3) and scale[3] / scale[2] == 2


def test_scalar_problems_have_no_proportional_pairs():
    data = experiment("normal", labelers=200, choices=3, boundary=1.25, ndt=0.3, seed=6)
    with_pairs = conditional_boundary(data, proportional=True)
    assert with_pairs.boundary == conditional_boundary(data).boundary
    once = experiment("normal", labelers=50, boundary=1.25, seed=1, anonymous=False)
    assert conditional_boundary(once, proportional=True) is None


def test_real_sample_has_proportional_comparisons(real_sample):
    _, (pairs,), _ = conditional.repeated_rows(real_sample, proportional=True)
    amount, delay = real_sample.features[pairs].transpose(2, 0, 1)
    # cross products vanish; the amounts have two decimals
    np.testing.assert_allclose(amount[:, 0] * delay[:, 1], amount[:, 1] * delay[:, 0], rtol=1e-9)
    assert len(pairs) > 1000
    assert (np.diff(real_sample.labeler[pairs], axis=1) == 0).all()
    assert np.unique(pairs).size == pairs.size
