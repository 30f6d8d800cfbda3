"""Boundary and ndt by condition: against fits of the halves, derivatives, and known truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.estimators import (
    choice_time_test,
    conditional_boundary,
    consistent,
    consistent_values,
    semiparametric_boundary,
    speed_accuracy,
)
from bayes_ddm.estimators.boundaries import repeats_likelihood
from bayes_ddm.estimators.cells import cells_of
from bayes_ddm.estimators.sources import sources
from tests.support.conditions import BOUNDARY, conditions, of
from tests.support.tables import refusal

HALVES = tuple(BOUNDARY)


@pytest.fixture(scope="module")
def two():
    return conditions(1, labelers=150, each=12)


def half(choices, instruction):
    frame = choices.to_frame()
    return of(frame[frame["instruction"] == instruction])


def test_cells_of_two_formulas_say_what_each_shares():
    frame = pd.DataFrame({"choice": [1, -1] * 8, "rt": np.linspace(0.5, 2, 16)})
    frame["task"], frame["side"] = np.repeat(["a", "b"], 8), np.tile([0, 0, 1, 1], 4)
    choices = bd.Choices.from_frame(frame, covariates=["task", "side"])
    made = cells_of(choices, "task", "C(side)")
    assert made.names == ("a / 0", "a / 1", "b / 0", "b / 1") and made.shared
    assert made.boundary.tolist() == [0, 0, 1, 1] and made.ndt.tolist() == [0, 1, 0, 1]
    assert made.row[:4].tolist() == [0, 0, 1, 1] and made.row[8:12].tolist() == [2, 2, 3, 3]
    same = cells_of(choices, "task", "task")
    assert same.names == ("a", "b") and not same.shared
    assert cells_of(choices, "1", 0.2) is None


@pytest.mark.parametrize("learn", [conditional_boundary, semiparametric_boundary])
def test_where_nothing_is_shared_each_half_is_fitted_by_itself(two, learn):
    made = learn(two, cells=cells_of(two, "instruction", "instruction"))
    for cell, name in enumerate(HALVES):
        alone = learn(half(two, name))
        assert made.by_cell.cells.names[cell] == name
        # Newton's last step gains less than 1e-6 of a log likelihood
        assert made.by_cell.boundary[cell] == pytest.approx(alone.boundary, rel=1e-4)
        assert made.by_cell.ndt[cell] == pytest.approx(alone.ndt, rel=1e-4)
        scale = np.abs(alone.influence).max(axis=0)
        np.testing.assert_allclose(
            made.influence[:, [cell, 2 + cell]] / scale, alone.influence / scale, atol=1e-3
        )


def test_a_shared_ndt_maximises_the_sum_of_the_halves_likelihoods(two):
    made = conditional_boundary(two, cells=cells_of(two, "instruction", None))
    assert made.reliable and np.ptp(made.by_cell.ndt) == 0

    def value(b, ndt):
        total = 0.0
        for at, name in zip(b, HALVES, strict=True):
            part = half(two, name)
            blocks = [part.labeler.argsort(kind="stable").reshape(150, 6)]
            total += repeats_likelihood.derivatives(part.rt, blocks, at, ndt)[0]
        return total

    b, ndt = made.by_cell.boundary, made.by_cell.ndt[0]
    top = value(b, ndt)
    for step in ([1e-3, 0, 0], [0, 1e-3, 0], [0, 0, 1e-4]):
        for sign in (-1, 1):
            assert value(b + sign * np.array(step[:2]), ndt + sign * step[2]) < top
    # 4.5 standard errors: once in 150,000
    off = np.abs([*(b - list(BOUNDARY.values())), ndt - 0.3])
    assert (off < 4.5 * made.se[[0, 1, 2]]).all()


def test_influence_is_what_leaving_a_labeler_out_changes(two):
    made = sources(two, "instruction")
    mu = consistent(two, made.believed)
    keep = np.ones(150, dtype=bool)
    keep[[3, 40, 77, 100, 149]] = False
    kept = two._part(np.flatnonzero(keep[two.labeler]))[0]
    learned = conditional_boundary(kept, cells=cells_of(kept, "instruction", None))
    without = consistent(kept, learned)
    left = made.believed.influence[~keep].sum(axis=0)
    moved = np.r_[made.believed.by_cell.boundary, made.believed.by_cell.ndt]
    moved = moved - np.r_[learned.by_cell.boundary, learned.by_cell.ndt]
    # second order in the five labelers' share of 150: some per cent, of the largest too
    np.testing.assert_allclose(moved, left, rtol=0.15, atol=0.1 * made.believed.se.min())
    changed, by_influence = mu.values - without.values, mu.influence[~keep].sum(axis=0)
    assert changed[0] == pytest.approx(by_influence[0], rel=0.15)


def test_each_row_is_weighted_at_its_cells_boundary(two):
    made = sources(two, "instruction").believed
    b, ndt = made.at
    assert set(b) == set(made.by_cell.boundary)
    row = consistent(two, made)
    np.testing.assert_allclose(row.values, consistent_values(two, b, ndt))

    def shifted(cell, j, h):
        at = [b.copy(), ndt.copy()]
        at[j][made.by_cell.cells.row == cell] += h
        return consistent_values(two, *at)

    by = [
        (shifted(cell, j, 1e-5) - shifted(cell, j, -1e-5)) / 2e-5
        for j in range(2)
        for cell in range(2)
    ]
    exact = consistent(two, made, by_row=(b, ndt)).influence + made.influence @ np.array(by)
    np.testing.assert_allclose(row.influence, exact, rtol=1e-4, atol=1e-6)


def test_a_number_beside_a_formula_holds_in_every_cell(two):
    made = sources(two, "instruction", 0.3)
    for each in made.learned.values():
        assert (each.by_cell.ndt == 0.3).all() and (each.se[2:] == 0).all()
    two = conditions(2, labelers=60, each=12, ndt=(0.4, 0.3))
    two = of(
        two.to_frame()[two.covariates["instruction"] == "speed"].assign(side=np.arange(360) % 2)
    )
    held = sources(two, 0.8, "C(side)")
    assert "known" not in {b.method for b in held.boundaries}
    for each in held.learned.values():
        assert (each.by_cell.boundary == 0.8).all() and (each.se[:2] == 0).all()
        assert (np.abs(each.by_cell.ndt - 0.3) < 4.5 * each.se[2:]).all()


def test_a_slope_in_few_values_has_a_cell_of_each(two):
    load = np.where(two.covariates["instruction"] == "speed", 0.5, 2.0)
    loaded = of(two.to_frame().assign(load=load))
    slope, levels = (sources(loaded, formula).believed for formula in ("1 + load", "C(load)"))
    assert slope.by_cell.cells.names == ("load=0.5", "load=2.0")
    np.testing.assert_array_equal(slope.by_cell.boundary, levels.by_cell.boundary)
    np.testing.assert_array_equal(slope.influence, levels.influence)


def test_cells_that_share_an_ndt_average_it_by_precision(two):
    cells = cells_of(two, "instruction", None)
    made = semiparametric_boundary(two, cells=cells)
    alone = semiparametric_boundary(two, cells=replace(cells, ndt=np.arange(2)))
    x = np.r_[alone.by_cell.boundary, alone.by_cell.ndt]
    design = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]])
    precision = np.linalg.inv(alone.influence.T @ alone.influence)
    by_hand = np.linalg.solve(design.T @ precision @ design, design.T @ precision @ x)
    np.testing.assert_allclose(made.by_cell.boundary, by_hand[:2])
    np.testing.assert_allclose(made.by_cell.ndt, by_hand[2])
    assert (made.se <= alone.se * (1 + 1e-9)).all()


def test_boundaries_that_differ_are_no_sign_of_dependent_times():
    # longer and surer under accuracy: pooled, a labeler's rare choices are their fast ones
    two = conditions(3, labelers=250, each=20, means=(1.0,))
    assert choice_time_test(two).p_value < 1e-6
    assert choice_time_test(two, cells_of(two, "instruction", None)).p_value > 0.01
    table = bd.estimate(two, boundary="instruction")
    assert table.choice_time.p_value > 0.01 and table.boundary_test.p_value > 0.01
    assert not table.warning and bd.estimate(two).warning


def test_the_ratio_takes_each_cells_ndt():
    two = conditions(4, labelers=200, each=10, ndt=(0.6, 0.3))
    made = sources(two, "instruction", "instruction").believed
    row, ndt = speed_accuracy(two, boundary=made), made.at[1]
    assert row.values[0] == pytest.approx(two.choice.sum() / (two.rt - ndt).sum())


def test_the_table_names_cells(two):
    table = bd.estimate(two, boundary="instruction")
    rows = table.to_dict()["boundary"]
    assert [(b["method"], b["cell"]) for b in rows] == [
        (method, cell) for method in ("conditional", "semiparametric") for cell in HALVES
    ]
    assert all(b["reliable"] and b["boundary"] > 0 for b in rows)
    assert "accuracy" in repr(replace(table, published=True))
    assert "two- and three-scale" in " ".join(table.notes)
    assert {b["cell"] for b in bd.estimate(two).to_dict()["boundary"]} == {None}


def test_resampled_rows_fall_into_cells_again():
    few = conditions(8, labelers=40, each=6)
    given = {"boundary": "instruction", "ndt": 0.3, "bootstrap": 2, "seed": 1, "progress": False}
    assert np.isfinite([x[:, 0] for x in bd.estimate(few, **given).replicates]).all()


def test_a_cell_that_nobody_repeats_leaves_the_mixture():
    frame = conditions(5, labelers=120, each=4).to_frame()
    first = ~frame.duplicated(["labeler", "instruction"]) | (frame["instruction"] == "accuracy")
    table = bd.estimate(of(frame[first]), boundary="instruction")
    assert {b.method for b in table.boundaries} == {"semiparametric"}
    assert "no labeler repeats a comparison within each cell" in " ".join(table.notes)
    anonymous = bd.Choices.from_frame(frame, covariates=["instruction"])
    made = semiparametric_boundary(anonymous, cells=cells_of(anonymous, "instruction", None))
    assert made.influence.shape == (480, 4)


def test_an_unreliable_cell_is_named():
    frame = conditions(6, labelers=60, each=12).to_frame()
    few = (frame["instruction"] == "speed") & (frame["labeler"] >= 8)
    made = sources(of(frame[~few]), "instruction")
    assert "speed: too few labelers (8) repeat a comparison" in made.learned["conditional"].note


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"boundary": "instruktion"}, "did you mean 'instruction'?"),
        ({"boundary": "age"}, "takes one boundary per value, of at most 12: fit the model"),
        ({"ndt": "odd"}, "p has one row; merge the level with another"),
        ({"boundary": "gap"}, "covariate 'gap' of boundary formula 'gap' is missing in 2 rows"),
        ({"ndt": "0 + age"}, "needs an intercept"),
        ({"boundary": "instruction +"}, "does not parse"),
        ({"boundary": -1.0, "ndt": "instruction"}, "boundary must be positive"),
    ],
)
def test_formulas_that_cannot_be_are_refused_in_a_line(given, says):
    frame = conditions(7, labelers=30, each=4).to_frame()
    frame["odd"] = np.where(frame.index == 5, "p", "q")
    frame["gap"] = frame["age"].where(~frame.index.isin([2, 9]))
    assert says in refusal(bd.estimate, of(frame), **given)
