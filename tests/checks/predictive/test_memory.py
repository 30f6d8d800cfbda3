"""Replications are held one at a time, whatever their number and the number of rows."""

import weakref
from itertools import islice

import numpy as np

from bayes_ddm.checks.predictive.comparisons import comparisons
from bayes_ddm.checks.predictive.labeler_misfit import WatchLabelerMisfit
from bayes_ddm.checks.predictive.quantile_probability import WatchQuantileProbability
from bayes_ddm.checks.predictive.replicate import MOST_ROWS, checked_rows
from bayes_ddm.checks.predictive.result import Setting
from bayes_ddm.checks.predictive.rt_density import WatchRtDensity
from bayes_ddm.checks.predictive.run import check_stream
from bayes_ddm.data.choices import Choices
from bayes_ddm.simulate import experiment
from tests.support.hierarchical import replications

TRUTH = (0.5, 1.0, 1.25, 0.3)


def setting(labelers, choices=5):
    made = experiment("normal", labelers=labelers, choices=choices, boundary=1.25, ndt=0.3, seed=1)
    return Setting(made, comparisons(made), "posterior", True, frozenset({"spread"}))


def test_a_replication_is_gone_when_the_next_is_made():
    where = setting(30)
    references, most = [], []

    class Array(np.ndarray):
        pass

    def watched():
        for choice, rt in replications(where.observed, TRUTH, draws=25):
            array = rt.view(Array)
            references.append(weakref.ref(array))
            most.append(sum(ref() is not None for ref in references))
            yield choice, array
            del array

    check_stream(where, watched(), times=True, whole=150)
    # the one at hand, and the last one until its name is taken over
    assert len(most) == 25
    assert max(most) <= 2


def bytes_held(watch):
    """Bytes of what a watch has gathered."""
    total = 0
    for value in vars(watch).values():
        if isinstance(value, list):
            total += sum(np.asarray(x).nbytes for x in value)
    return total


def test_what_is_gathered_does_not_grow_with_rows():
    sizes = []
    for choices in (5, 50):
        where = setting(30, choices)
        watches = [WatchQuantileProbability(where), WatchRtDensity(where)]
        for one in islice(replications(where.observed, TRUTH), 10):
            for watch in watches:
                watch.add(*one)
        sizes.append([bytes_held(watch) for watch in watches])
    assert sizes[0] == sizes[1]
    assert min(sizes[0]) > 0


def test_what_is_gathered_of_labelers_does_not_grow_with_draws():
    where = setting(30)
    watch = WatchLabelerMisfit(where)
    for one in replications(where.observed, TRUTH, draws=10):
        watch.add(*one)
    assert bytes_held(watch) == 0
    assert sum(x.nbytes for x in vars(watch.tally).values() if isinstance(x, np.ndarray)) == (
        5 * 8 * 4 * 30
    )


def counted(rows, count, labelers=None):
    return Choices(
        choice=np.ones(rows, dtype=np.int8),
        rt=np.linspace(0.3, 1.0, rows),
        labeler=None if labelers is None else np.arange(rows) % labelers,
        labelers=None if labelers is None else np.arange(labelers),
        features=np.empty((rows, 0)),
        feature_names=(),
        count=np.full(rows, count),
    )


def test_a_billion_counted_choices_are_checked_on_a_million():
    rows = checked_rows(counted(1000, 1_000_000), seed=1)
    assert len(rows) == MOST_ROWS
    assert (rows.count == 1).all()
    # hypergeometric: about 1,000 of each row, standard deviation 32
    assert np.abs(np.unique(rows.rt, return_counts=True)[1] - 1000).max() < 160


def test_of_known_labelers_whole_ones_are_taken():
    taken = checked_rows(counted(30_000, 100, labelers=30), seed=1)
    found = np.bincount(taken.labeler, minlength=30)
    # labelers of 100,000 choices each: ten fit into a million
    assert sorted(found.tolist()) == [0] * 20 + [100_000] * 10


def test_a_small_table_is_taken_whole_and_in_order():
    taken = checked_rows(counted(3, 2), seed=1)
    np.testing.assert_allclose(taken.rt, [0.3, 0.3, 0.65, 0.65, 1.0, 1.0])
