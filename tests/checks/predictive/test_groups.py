"""Shares and quantiles by group, against NumPy group by group."""

import numpy as np
import pytest

from bayes_ddm.checks.predictive.comparisons import BINS, MOST_DISTINCT, comparisons
from bayes_ddm.checks.predictive.statistics import grouped_quantiles, grouped_share
from bayes_ddm.simulate import experiment, population

PROBABILITIES = (0.0, 0.1, 0.5, 0.9, 1.0)


@pytest.fixture
def rows():
    rng = np.random.default_rng(1)
    # unequal groups, one of a single row, and the last one empty
    group = np.concatenate([rng.integers(0, 5, 400), [5]])
    return rng.lognormal(size=401), rng.choice([-1, 1], 401).astype(np.int8), group


def test_quantiles_are_numpys(rows):
    values, _, group = rows
    quantiles = grouped_quantiles(values, group, 7, PROBABILITIES)
    for g in range(6):
        np.testing.assert_allclose(quantiles[g], np.quantile(values[group == g], PROBABILITIES))
    assert np.isnan(quantiles[6]).all()


def test_shares_are_means(rows):
    _, choice, group = rows
    shares = grouped_share(choice, group, 7)
    for g in range(6):
        assert shares[g] == pytest.approx((choice[group == g] > 0).mean())
    assert np.isnan(shares[6])


def contextual(features):
    return experiment(
        population("normal", mean=[0.5, 0.2], sd=0.3),
        labelers=20,
        choices=30,
        boundary=1.2,
        features=features,
        feature_names=("amount", "delay"),
        seed=1,
    )


def test_few_attribute_differences_are_told_apart():
    design = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 0.0]])
    choices = contextual(np.resize(design, (600, 2)))
    groups = comparisons(choices)
    assert groups.labels == ("0, 2", "1, 0")
    assert groups.unit == "amount, delay"
    np.testing.assert_array_equal(groups.assign(choices.choice)[:4], [1, 0, 1, 1])


def test_many_are_cut_into_bins_of_equal_size():
    choices = contextual(lambda rng, n: rng.normal(size=(n, 2)))
    assert len(np.unique(choices.features, axis=0)) > MOST_DISTINCT
    groups = comparisons(choices)
    group = groups.assign(choices.choice)
    np.testing.assert_array_equal(np.bincount(group), np.full(BINS, 60))
    # the score follows the choices: the last bin has more of +1 than the first
    share = grouped_share(choices.choice, group, BINS)
    assert share[-1] > share[0] + 0.3
    # and the bins stay the same in every replication
    np.testing.assert_array_equal(groups.assign(-choices.choice), group)


def test_without_features_labelers_are_sorted_by_their_share_in_each_replication():
    choices = experiment("normal", labelers=40, choices=6, boundary=1, seed=1)
    groups = comparisons(choices)
    assert len(groups) == 8 and groups.name == "group of labelers"
    for choice in (choices.choice, -choices.choice):
        group = groups.assign(choice)
        np.testing.assert_array_equal(np.bincount(group), np.full(8, 30))
        # a labeler is in one group, and groups go up
        assert all(len(set(group[choices.labeler == i])) == 1 for i in range(40))
        assert (np.diff(grouped_share(choice, group, 8)) >= 0).all()


def test_anonymous_rows_without_features_are_one_comparison():
    choices = experiment("normal", labelers=5, boundary=1, seed=1)
    assert comparisons(choices).labels == ("all rows",)
