"""Where data stand among replications: counted one by one, and jointly."""

import numpy as np
import pytest
from scipy import stats

from bayes_ddm.checks.predictive.statistics import Tally, omnibus, outside


def test_a_tally_is_what_all_replications_at_once_would_give():
    rng = np.random.default_rng(1)
    observed, replicated = rng.normal(size=(4, 3)), rng.normal(1, 2, size=(99, 4, 3))
    observed[1, 2] = np.nan
    replicated[5, 0, 0] = observed[0, 0]  # a tie counts on both sides
    tally = Tally(observed)
    for one in replicated:
        tally.add(one)
    np.testing.assert_allclose(tally.mean, replicated.mean(axis=0))
    np.testing.assert_allclose(tally.sd, replicated.std(axis=0, ddof=1))
    above = (1 + (replicated >= observed).sum(axis=0)) / 100
    below = (1 + (replicated <= observed).sum(axis=0)) / 100
    expected = np.minimum(1, 2 * np.minimum(above, below))
    expected[1, 2] = np.nan
    np.testing.assert_allclose(tally.tail_probability, expected)


@pytest.mark.parametrize("largest", [True, False])
def test_joint_p_values_of_correlated_summaries_are_uniform(largest):
    # exchangeable with the replications, the data reach a p-value of k / 40 in k of 40 cases; 39
    # replications, so that data and replications differ in their part in the mean
    rng = np.random.default_rng(2)
    root = np.tril(rng.normal(size=(8, 8)))
    p = []
    for _ in range(400):
        values = rng.normal(size=(40, 8)) @ root.T
        p.append(omnibus(values[0], values[1:], resolution=0.0, largest=largest).p_value)
    # standard error of the share at 0.1 is 0.015
    assert abs(np.mean(np.array(p) <= 0.1) - 0.1) < 0.05
    assert stats.kstest(p, stats.uniform(0.0, 1.025).cdf).pvalue > 0.01


def test_a_summary_that_is_missing_is_not_compared():
    rng = np.random.default_rng(3)
    replicated = rng.normal(size=(50, 3))
    replicated[:, 1] = np.nan
    result = omnibus(np.array([0.0, 7.0, np.nan]), replicated, resolution=0.0, largest=False)
    assert result.worst == 0
    assert result.p_value > 0.1
    nothing = omnibus(np.full(3, np.nan), replicated, resolution=0.0, largest=False)
    assert np.isnan(nothing.p_value)


def test_summaries_that_never_vary_need_a_step_to_stand_out():
    replicated = np.ones((50, 2))
    near = omnibus(np.array([1.0, 1.0]), replicated, resolution=0.1, largest=False)
    assert near.p_value == 1
    far = omnibus(np.array([1.0, 0.5]), replicated, resolution=0.1, largest=False)
    assert far.p_value == pytest.approx(1 / 51)


@pytest.mark.parametrize(("draws", "statistics"), [(199, 1), (199, 4), (49, 4)])
def test_by_chance_few_are_outside(draws, statistics):
    rng = np.random.default_rng(4)
    tally = Tally(rng.normal(size=(2000, statistics)))
    for _ in range(draws):
        tally.add(rng.normal(size=(2000, statistics)))
    result = outside(tally.tail_probability, draws)
    assert result.p_value > 0.01
    # 5 %, or less where a smallest tail is coarser: 4 statistics of 199 draws give 4 %
    low, high = (0.03, 0.065) if draws == 199 else (0.1, 0.18)
    assert low < result.share < high


def test_too_many_outside_are_noticed():
    p = np.full(200, 0.5)
    p[:25] = 0.01  # 12.5 % where 5 % are expected: 5 standard deviations
    result = outside(p, 199)
    assert result.share == 0.125
    np.testing.assert_array_equal(result.mask, p == 0.01)
    assert result.p_value == pytest.approx(stats.binom(200, 0.05).sf(24), rel=1e-6)


def test_labelers_without_rows_do_not_count():
    p = np.array([0.01, np.nan, 0.5, 0.6])
    result = outside(p, 199)
    assert result.share == pytest.approx(1 / 3)
    assert not result.mask[1]
