"""The worlds with a broken assumption are broken as they say, and finished cells are kept."""

import numpy as np
import pytest

from benchmarks.accuracy import broken_assumptions
from benchmarks.support import results
from benchmarks.support.violations import CHOICES, LABELERS, VIOLATIONS, broken

SEEDS = range(20)
ROWS = LABELERS * CHOICES * len(SEEDS)


def worlds(name):
    """Recorded and true choices, over `SEEDS`, which draw the same drifts whatever is broken."""
    for seed in SEEDS:
        recorded = broken(name, np.random.SeedSequence(seed))[0]
        yield recorded, broken("none", np.random.SeedSequence(seed))[0]


@pytest.mark.parametrize(
    ("name", "share", "low", "high", "mean"),
    [
        ("lapses", 0.05, 0.0, np.inf, 1.5),
        ("late lapses", 0.05, 0.3, np.inf, 1.8),
        ("anticipations", 0.01, 0.05, 0.3, 0.175),
    ],
)
def test_replaced_rows(name, share, low, high, mean):
    rt, choice = [], []
    for recorded, true in worlds(name):
        other = recorded.rt != true.rt
        assert (recorded.choice == true.choice)[~other].all()
        rt.append(recorded.rt[other])
        choice.append(recorded.choice[other])
    rt, choice = np.concatenate(rt), np.concatenate(choice)
    # four standard errors of a share, of a mean of signs, and of a mean
    assert abs(len(rt) / ROWS - share) < 4 * np.sqrt(share / ROWS)
    assert abs(choice.mean()) < 4 / np.sqrt(len(rt))
    assert abs(rt.mean() - mean) < 4 * rt.std() / np.sqrt(len(rt))
    assert low <= rt.min() < rt.max() < high


def test_times_are_rounded_to_tenths():
    for recorded, true in worlds("rounded"):
        assert np.abs(10 * recorded.rt - np.rint(10 * recorded.rt)).max() < 1e-9
        assert np.abs(recorded.rt - true.rt).max() <= 0.05 + 1e-12


def test_the_slowest_tenth_is_missing_and_the_rest_keeps_its_labelers():
    for recorded, true in worlds("slow missing"):
        kept = true.rt <= recorded.rt.max()
        assert len(recorded) == kept.sum() == 0.9 * len(true)
        assert (recorded.rt == true.rt[kept]).all()
        assert (recorded.choice == true.choice[kept]).all()
        assert (recorded.labelers[recorded.labeler] == true.labelers[true.labeler[kept]]).all()
        assert set(recorded.labeler) == set(range(len(recorded.labelers)))


def test_a_start_nearer_to_plus_one_makes_it_as_much_likelier():
    # Ross (2014), Introduction to Probability Models, 10.5: gambler's ruin of Brownian motion
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    v, separation = 0.5 + nodes, 2 * 1.25
    up = np.expm1(-2 * v * 0.6 * separation) / np.expm1(-2 * v * separation)
    share = weights / weights.sum() @ up
    by_labeler = [
        (recorded.choice > 0).reshape(LABELERS, CHOICES).mean(axis=1)
        for recorded, _ in worlds("start bias")
    ]
    found = np.concatenate(by_labeler)
    assert abs(found.mean() - share) < 4 * found.std() / np.sqrt(len(found))


@pytest.mark.parametrize(
    ("name", "argument", "median"),
    [("boundary varies", "boundary", 1.25), ("ndt varies", "ndt", 0.3)],
)
def test_labelers_own(name, argument, median):
    rng = np.random.default_rng(1)
    drawn = [VIOLATIONS[name].arguments(rng)[argument] for _ in SEEDS]
    logs = np.log(np.concatenate(drawn) / median)
    # of a mean, and of a standard deviation, of normal variables
    assert abs(logs.mean()) < 4 * 0.3 / np.sqrt(len(logs))
    assert abs(logs.std() - 0.3) < 4 * 0.3 / np.sqrt(2 * len(logs))


@pytest.mark.parametrize("name", VIOLATIONS)
def test_the_target_is_the_mean_of_the_drifts(name):
    rng = np.random.default_rng(2)
    who = VIOLATIONS[name].who(rng)
    drifts = who.draw(rng, 200_000)
    assert abs(drifts.mean() - who.mean) < 4 * drifts.std() / np.sqrt(len(drifts))


def test_finished_cells_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    for name in ("rounded", "none"):
        (cell,) = broken_assumptions.run(name, ["known"], 2, seed=1)
        broken_assumptions.keep_cell(cell)
    assert results.kept("broken_assumptions")["assumption"].tolist() == ["none", "rounded"]
    assert broken_assumptions.finished("none", "known", 2, seed=1)
    assert not broken_assumptions.finished("none", "known", 3, seed=1)
    assert not broken_assumptions.finished("none", "known", 2, seed=2)
    assert not broken_assumptions.finished("none", "ratio", 2, seed=1)


def test_impossible_estimates_are_counted():
    # anticipations are faster than the ndt that is known
    (cell,) = broken_assumptions.run("anticipations", ["known"], 2, seed=1)
    assert cell["no_value"] == 1
    assert "not below the smallest response time" in cell["why"]


def test_coverage_is_marked_beyond_its_monte_carlo_error():
    assert broken_assumptions.missed(0.89, 200)
    assert broken_assumptions.missed(0.99, 200)
    assert not broken_assumptions.missed(0.91, 200)
    assert not broken_assumptions.missed(1.0, 20)  # 0.95^20 = 0.36
    assert broken_assumptions.missed(0.8, 20)
