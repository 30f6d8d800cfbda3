"""An approximate posterior against NUTS, and rows held out against exact integration."""

import numpy as np
import pytest

from bayes_ddm import wiener
from bayes_ddm.fitting.approximate import Approximator
from bayes_ddm.fitting.held_out import ANYTHING, folds_of, held_out
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.simulate import experiment, population
from tests.support.fits import contextual, contextual_fit, scalar, scalar_fit
from tests.support.hierarchical import most_likely, sums


@pytest.mark.samples
@pytest.mark.parametrize(
    ("fit", "choices", "model"),
    [(scalar_fit, scalar, "hierarchical"), (contextual_fit, contextual, "contextual")],
)
def test_averages_are_those_of_the_sampler(fit, choices, model):
    made = Approximator(choices(), model)
    found = made.normal()
    assert found.settled
    near, known = Posterior(made.fit([found])).table(), Posterior.of(fit()).table()
    mean = (near["mean"] - known["mean"]) / known["sd"]
    # a normal for a skewed posterior, and 200 draws of it: a standard error of 0.07
    assert (mean.drop(labels=[n for n in mean.index if n.startswith("corr")]).abs() < 0.4).all()
    # independent normals are too narrow, never too wide: 200 draws know a spread to 5 %
    assert (near["sd"] < 1.2 * known["sd"]).all()


def test_every_labelers_rows_are_spread_over_the_folds():
    choices = experiment("normal", labelers=30, choices=7, boundary=1.25, seed=1)
    keep = np.flatnonzero((choices.unit > 0) | (np.arange(len(choices)) == 0))
    fold = folds_of(choices._take(keep), 3, seed=0)
    assert fold[0] == -1  # a labeler's only row
    for labeler in range(1, 30):
        counts = np.bincount(fold[choices.unit[keep] == labeler], minlength=3)
        assert sorted(counts) == [2, 2, 3]
    assert (fold == folds_of(choices._take(keep), 3, seed=0)).all()
    assert (fold != folds_of(choices._take(keep), 3, seed=1)).any()


def test_held_out_rows_are_predicted_from_the_others():
    who = population("normal", mean=0.5, sd=0.8)
    choices = experiment(who, labelers=100, choices=10, boundary=1.25, ndt=0.3, seed=2)
    fold = folds_of(choices, 2, seed=0)
    told = []
    found = held_out(Approximator(choices, "hierarchical"), fold, advance=told.append)
    assert told == [1, 2, 3] and found.settled
    # drifts integrated out exactly, at the parameters of highest likelihood of the other rows
    expected = np.empty(len(choices))
    for k in range(2):
        train = choices._take(np.flatnonzero(fold != k))
        mu, sigma, boundary, ndt = most_likely(train)
        s, t = sums(train, boundary, ndt)
        d = 1 + sigma**2 * t
        mean, sd = (mu + sigma**2 * s) / d, sigma / np.sqrt(d)
        rows = np.flatnonzero(fold == k)
        who_chose = choices.unit[rows]
        expected[rows] = wiener.random_drift_log_density(
            choices.rt[rows],
            choices.choice[rows],
            mean=mean[who_chose],
            sd=sd[who_chose],
            boundary=boundary,
            ndt=ndt,
        )
    share = np.log1p(-ANYTHING)
    # rows faster than every ndt of the other half are the few that differ; 50 draws of a density
    # that varies by a third: 5 % a row, 1.5 in a sum of 1,000, and a bias of half its variance
    usual = expected > -6
    assert usual.mean() > 0.98
    assert abs((found.score - expected - share)[usual].sum()) < 6
    assert np.isfinite(found.score).all()


def test_a_held_out_row_sets_no_limit():
    choices = experiment("normal", labelers=8, choices=12, boundary=1.25, ndt=0.3, seed=3)
    made = Approximator(choices, "labeler_boundary")
    fastest = [
        int(np.flatnonzero(choices.unit == i)[choices.rt[choices.unit == i].argmin()])
        for i in range(8)
    ]
    count = np.ones(len(choices))
    count[fastest] = 0
    found = made.normal(count)
    assert found.settled
    ndt = Posterior(made.fit([found])).draws["labeler_ndt"].values[0]
    second = np.array([np.sort(choices.rt[choices.unit == i])[1] for i in range(8)])
    assert (ndt < second).all()
    # some labelers' ndt may be slower than the row that nobody told of
    assert (ndt > choices.rt[fastest]).any()
