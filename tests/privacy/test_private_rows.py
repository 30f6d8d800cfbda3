"""Private rows: cells, their weights, averages over levels, the account of a coordinate."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import chi2, norm

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import conditional_boundary
from bayes_ddm.estimators.bounded.six_cells import CELLS, cell_edges, cell_weight, cells_of, chances
from bayes_ddm.privacy.coordinates import coordinates
from bayes_ddm.privacy.kinds import Kinds, unbiased_labels
from bayes_ddm.privacy.private_rows import PrivateRows
from bayes_ddm.privacy.row_likelihood import (
    cell_shares,
    log_likelihood,
    normal_population,
    population_test,
)
from bayes_ddm.simulate import experiment
from bayes_ddm.wiener.sampling import first_passage

GIVEN = {"boundary": 1.25, "ndt": 0.3}
EDGES = cell_edges(**GIVEN)


def private(n=4000, epsilon=2.0, seed=1, level=None, population="normal", **options):
    choices = experiment(population, labelers=n, **GIVEN, seed=seed, anonymous=True)
    scheme = bd.privacy.rows(epsilon, **GIVEN, **options)
    return bd.privacy.simulated(choices, scheme, seed=seed, level=level)


def test_cells_are_the_choice_and_a_third_of_the_clock():
    choices = experiment("normal", labelers=200, **GIVEN, seed=1)
    for z, rt, cell in zip(choices.choice, choices.rt, cells_of(choices, EDGES), strict=True):
        speed = "fast" if rt < EDGES[0] else "middle" if rt < EDGES[1] else "slow"
        assert CELLS[cell] == ("+" if z > 0 else "-") + speed


@pytest.mark.parametrize("drift", [-2.0, 0.0, 0.7])
def test_chances_are_integrals_of_the_density(drift):
    def density(rt, z):
        return np.exp(wiener.log_density(rt, z, drift=drift, **GIVEN))

    bins = itertools.pairwise([0.3, *EDGES, 60.0])
    parts = [quad(density, *b, args=(z,))[0] for z, b in itertools.product((1, -1), list(bins))]
    assert chances(np.array([drift]), **GIVEN, edges=EDGES)[0] == pytest.approx(parts, abs=1e-7)


def test_the_largest_bias_is_that_of_a_fine_grid():
    weight = cell_weight(**GIVEN, edges=EDGES)
    drift = np.linspace(-weight.most_drift, weight.most_drift, 4001)
    off = chances(drift, **GIVEN, edges=EDGES) @ weight.values - drift
    # on the minimax grid of 60 drifts the extremes are equal; between them it is as smooth
    assert weight.largest_bias == pytest.approx(np.abs(off).max(), rel=1e-3)
    assert weight.largest_bias * 1.25 < 0.0185


@pytest.mark.parametrize("time", [None, 3.0])
def test_what_is_sent_has_the_mean_of_the_true_cells(time):
    scheme = bd.privacy.rows((0.5, 2.0), **GIVEN, time_epsilon=time)
    sent = unbiased_labels(scheme, **GIVEN)
    weight = cell_weight(**GIVEN, edges=EDGES).values
    for k in range(2):
        assert scheme.matrix(k) @ sent[k] == pytest.approx(weight, rel=1e-12)
    if time is None:
        stretch = (np.exp([0.5, 2.0]) + 5) / np.expm1([0.5, 2.0])
        assert sent == pytest.approx(np.outer(stretch, weight), rel=1e-12)


def test_levels_by_hand():
    level = np.random.default_rng(1).choice([1.0, 2.0, 4.0], 4000)
    sent = private(4000, (1.0, 2.0, 4.0), level=level)
    label = unbiased_labels(sent.scheme, **GIVEN)[sent.level, sent.cell]
    table = bd.estimate(sent)
    stratified, efficient = (
        next(e for e in table.estimates if e.estimator == f"cells_{name}")
        for name in ("stratified", "efficient")
    )
    assert stratified.values[0] == pytest.approx(label.mean(), rel=1e-12)
    assert stratified.se[0] == pytest.approx(label.std() / math.sqrt(4000), rel=1e-3)
    parts = [label[level == x] for x in (1.0, 2.0, 4.0)]
    mean = np.array([p.mean() for p in parts])
    variance = np.array([p.var(ddof=1) / len(p) for p in parts])
    weight = 1 / variance / (1 / variance).sum()
    assert efficient.values[0] == pytest.approx(weight @ mean, rel=1e-12)
    assert efficient.se[0] == pytest.approx((1 / variance).sum() ** -0.5, rel=2e-3)
    q = ((mean - weight @ mean) ** 2 / variance).sum()
    assert f"Q(2) = {q:.3g}, p = {chi2.sf(q, 2):.2g}" in table.notes[0]
    assert table.recommendation.estimator == "cells_efficient"
    assert "cells_stratified" in repr(table)
    assert bd.estimate(sent, published=True).published


def test_levels_that_go_with_preferences_are_stratified():
    level = np.random.default_rng(1).choice([1.0, 4.0], 8000)
    drift = np.where(level > 2, 1.3, -0.3)
    z, time = first_passage(drift, 1.25, np.random.default_rng(2))
    choices = bd.Choices.from_frame(pd.DataFrame({"choice": z, "rt": time + 0.3}))
    scheme = bd.privacy.rows((1.0, 4.0), **GIVEN)
    table = bd.estimate(bd.privacy.simulated(choices, scheme, seed=1, level=level))
    assert table.recommendation.estimator == "cells_stratified"
    stratified, efficient = (e.interval()[0] for e in table.estimates)
    assert stratified[0] < drift.mean() < stratified[1] and efficient[0] > drift.mean()


def test_labelers_count_equally_and_are_the_unit():
    choices = experiment("normal", labelers=300, choices=3, **GIVEN, seed=1)
    choices = choices._part(np.flatnonzero((np.arange(900) % 3 < 2) | (choices.unit < 150)))[0]
    sent = bd.privacy.simulated(choices, bd.privacy.rows(2.0, **GIVEN), seed=1)
    label = unbiased_labels(sent.scheme, **GIVEN)[0, sent.cell]
    means = np.bincount(sent.labeler, label) / np.bincount(sent.labeler)
    (row,) = bd.estimate(sent).estimates
    assert row.values[0] == pytest.approx(means.mean(), rel=1e-12)
    assert row.se[0] == pytest.approx(means.std() / math.sqrt(300), rel=5e-3)
    assert sent.account.epsilon_labeler == pytest.approx(6.0)


def test_what_a_pilot_left_open_is_in_the_error():
    plain, pilot = private(), private(boundary_se=0.05, ndt_se=0.02)
    same = bd.estimate(plain).estimates[0]
    estimate = bd.estimate(pilot).estimates[0]
    assert estimate.values == same.values
    slopes = [
        (bd.estimate(plain, **GIVEN | up).estimates[0].values[0] - same.values[0]) / 1e-4
        for up in ({"boundary": 1.2501}, {"ndt": 0.3001})
    ]
    extra = (slopes[0] * 0.05) ** 2 + (slopes[1] * 0.02) ** 2
    assert estimate.se[0] ** 2 == pytest.approx(same.se[0] ** 2 + extra, rel=2e-3)
    assert [b.method for b in bd.estimate(pilot).boundaries] == ["pilot"]


def test_a_pilot_lays_the_cells():
    choices = experiment("normal", labelers=300, choices=6, **GIVEN, seed=1)
    boundary = conditional_boundary(choices)
    scheme = bd.privacy.rows(2.0, pilot=boundary)
    assert (scheme.boundary, scheme.ndt) == (boundary.boundary, boundary.ndt)
    assert (scheme.boundary_se, scheme.ndt_se) == tuple(boundary.se)


def test_the_likelihood_is_a_multinomial_over_drifts():
    sent = np.array([[2.0, 0, 1, 0, 0, 0], [0, 1.0, 0, 0, 0, 0]])
    scheme = bd.privacy.rows((1.0, 4.0), **GIVEN)
    kinds = Kinds(sent, np.array([1, 0]), np.array([1, 1]), scheme)

    def integrand(v, cells, level):
        chance = chances(np.array([v]), **GIVEN, edges=EDGES)[0] @ scheme.matrix(level)
        return norm.pdf(v, 0.4, 0.9) * np.prod(chance**cells)

    by_hand = [
        np.log(quad(integrand, -8, 8, args=(c, k), epsabs=1e-12)[0])
        for c, k in zip(sent, (1, 0), strict=True)
    ]
    assert log_likelihood(kinds, 0.4, 0.9, **GIVEN) == pytest.approx(by_hand, rel=1e-7)


def test_a_normal_population_is_found_and_tested():
    sent = private(30_000, 4.0)
    population = normal_population(sent.kinds, **GIVEN)
    se = np.sqrt(sent.kinds.count @ population.influence**2)
    assert abs(population.mu - 0.5) < 4 * se[0] and abs(population.sigma - 1) < 4 * se[1]
    implied = cell_weight(**GIVEN, edges=EDGES).values @ cell_shares(
        population.mu, population.sigma, **GIVEN, scheme=sent.scheme
    )
    tested = population_test(sent.kinds, population)
    mean = bd.estimate(sent).estimates[0].values[0]
    assert tested.difference == pytest.approx(mean - implied, rel=1e-9)
    assert tested.p_value > 0.01
    groups = private(30_000, 4.0, population="mixture")
    assert population_test(groups.kinds, normal_population(groups.kinds, **GIVEN)).p_value < 0.01


@pytest.mark.parametrize(("epsilon", "time"), [(0.5, 2.0), (1.0, 4.0)])
def test_the_account_of_a_coordinate_is_brute_force(epsilon, time):
    scheme = bd.privacy.rows(epsilon, **GIVEN, time_epsilon=time)
    cells = cell_shares(0.5, 1.0, **GIVEN, scheme=scheme)
    leak = coordinates(scheme, cells)
    channel = scheme.matrix(0)
    worst = {"choice": 0.0, "time": 0.0}
    for u in range(6):
        given_z = [
            sum(cells[x] * channel[x, u] for x in range(6) if x // 3 == z)
            / sum(cells[x] for x in range(6) if x // 3 == z)
            for z in range(2)
        ]
        given_t = [
            sum(cells[x] * channel[x, u] for x in range(6) if x % 3 == t)
            / sum(cells[x] for x in range(6) if x % 3 == t)
            for t in range(3)
        ]
        for name, shares in (("choice", given_z), ("time", given_t)):
            worst[name] = max(worst[name], math.log(max(shares) / min(shares)))
    assert leak.delta_choice == pytest.approx(worst["choice"], rel=1e-12)
    assert leak.delta_time == pytest.approx(worst["time"], rel=1e-12)
    assert epsilon < leak.delta_choice < leak.bound_choice <= epsilon + time


def test_the_table_says_what_was_promised_and_the_bernstein_interval_is_wider():
    sent = private(epsilon=1.0, time_epsilon=4.0)
    table = bd.estimate(sent)
    promise = table.to_dict()["privacy"]
    assert (promise["protect"], promise["epsilon_row"]) == ("row", 5.0)
    assert promise["epsilon_labeler"] is None and 1 < promise["delta_choice"] < 2
    low, high = sent.finite_sample_interval()
    (usual,) = table.estimates[0].interval()
    assert low < usual[0] and usual[1] < high


def test_files_carry_levels_and_labelers(tmp_path):
    choices = experiment("normal", labelers=40, choices=3, **GIVEN, seed=1)
    scheme = bd.privacy.rows((1.0, 2.5), **GIVEN)
    level = np.where(choices.labeler < 10, 1.0, 2.5)
    sent = bd.privatise(choices, scheme, level=level)
    path = sent.save(tmp_path / "sent.csv")
    copy = bd.privacy.read_scheme(scheme.save(tmp_path / "scheme.json"))
    assert copy == scheme
    again = bd.read_private(path, copy)
    assert isinstance(again, PrivateRows)
    for name in ("cell", "level", "labeler"):
        assert (getattr(again, name) == getattr(sent, name)).all()
    assert path.read_text().splitlines()[0] == "private_cell,level,labeler,scheme"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "cells are laid by a boundary and an ndt"),
        ({"boundary": 1.0}, "cells are laid by a boundary and an ndt"),
        (GIVEN | {"epsilon": (1.0, 1.0)}, "several different ones"),
        (GIVEN | {"epsilon": ()}, "one level, or several"),
        (GIVEN | {"epsilon": (1.0, 25.0)}, "at most 20; got 25"),
        (GIVEN | {"time_epsilon": 0.0}, "time_epsilon must be above 0"),
        (GIVEN | {"boundary_se": -1.0}, "boundary_se must be a number of at least 0"),
        ({"boundary": -1.0, "ndt": 0.3}, "boundary must be positive"),
    ],
)
def test_schemes_that_cannot_be(options, message):
    with pytest.raises(InputError, match=message):
        bd.privacy.rows(**options)


def test_rows_that_cannot_be_private():
    choices = experiment("normal", labelers=50, choices=2, **GIVEN, seed=1)
    scheme = bd.privacy.rows((1.0, 4.0), **GIVEN)
    for level, message in (
        (None, "choose their level from 1, 4"),
        (3.0, "level 3 in row 0 .* none of the scheme's: 1, 4"),
        (np.ones(7), "one number, or one a row; there are 100"),
        (np.tile([1.0, 4.0], 50), "two levels"),
    ):
        with pytest.raises(InputError, match=message):
            bd.privatise(choices, scheme, level=level)
    few = np.where(choices.labeler < 20, 1.0, 4.0)
    with pytest.raises(InputError, match="level 1 has 20 labelers, too few"):
        bd.estimate(bd.privatise(choices, scheme, level=few))
    sent = bd.privatise(choices, scheme, level=4.0)
    for options in (
        {"drift": "1 + x"},
        {"bootstrap": 10},
        {"boundary": "speed"},
        {"most_drift": 2.0},
    ):
        with pytest.raises(InputError, match="six cells and no more"):
            bd.estimate(sent, **options)
    with pytest.raises(InputError, match=r"is not below 0\.6438 s"):
        bd.estimate(sent, ndt=0.7)
    with pytest.raises(InputError, match="each labeler's own answers"):
        bd.check(sent)
