"""Per-labeler sums against plain pandas and loops."""

import numpy as np
import pandas as pd
import pytest

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.sufficient import labeler_sums, sum_by_unit

FEATURES = ("x", "y")


def frame(seed=0, n=300):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "choice": rng.choice([-1, 1], n),
            "rt": rng.integers(3, 9, n) / 10,
            # labelers out of order and unbalanced
            "id": rng.choice([4, 9, 2, 7], n, p=[0.6, 0.3, 0.09, 0.01]),
            "x": rng.integers(-2, 3, n).astype(float),
            "y": rng.normal(size=n),
            "w": rng.integers(1, 4, n),
        }
    )


def by_pandas(table, features):
    """One row per labeler in order of appearance, each row weighted by its count."""
    psi = {f: table[f] for f in features} if features else {"one": pd.Series(1.0, table.index)}
    columns = {"n": table["w"].astype(float)}
    for a, first in psi.items():
        columns[f"choice {a}"] = table["w"] * table["choice"] * first
        for b, second in psi.items():
            columns[f"gram {a} {b}"] = table["w"] * first * second
            columns[f"rt {a} {b}"] = table["w"] * table["rt"] * first * second
    return pd.DataFrame(columns).groupby(table["id"], sort=False).sum()


@pytest.mark.parametrize("features", [(), ("y",), FEATURES])
def test_sums_are_those_of_a_plain_groupby(features):
    table = frame()
    sums = labeler_sums(Choices.from_frame(table, labeler="id", features=features, count="w"))
    expected = by_pandas(table, features)
    names = features or ("one",)
    np.testing.assert_allclose(sums.n, expected["n"])
    for i, a in enumerate(names):
        np.testing.assert_allclose(sums.choice[:, i], expected[f"choice {a}"], atol=1e-12)
        for j, b in enumerate(names):
            np.testing.assert_allclose(sums.gram[:, i, j], expected[f"gram {a} {b}"], atol=1e-12)
            np.testing.assert_allclose(sums.rt_gram[:, i, j], expected[f"rt {a} {b}"], atol=1e-12)


@pytest.mark.parametrize("features", [(), FEATURES])
def test_grouping_keeps_the_sums(features):
    table = frame().round({"y": 0})
    choices = Choices.from_frame(table, labeler="id", features=features, count="w")
    grouped = choices.grouped()
    assert len(grouped) < len(choices)
    for got, expected in zip(
        vars(labeler_sums(grouped)).values(), vars(labeler_sums(choices)).values(), strict=True
    ):
        np.testing.assert_allclose(got, expected, atol=1e-12)


@pytest.mark.parametrize("features", [(), FEATURES])
def test_parts_merge_to_the_whole(features):
    table = frame().sort_values("id", ignore_index=True)
    # every labeler in each part, in the same order
    part = table.groupby("id").cumcount() % 2
    first, second, whole = (
        labeler_sums(Choices.from_frame(t, labeler="id", features=features))
        for t in (table[part == 0], table[part == 1], table)
    )
    merged = first + second
    for name, expected in vars(whole).items():
        np.testing.assert_allclose(getattr(merged, name), expected, atol=1e-12)


def test_anonymous_rows_are_units_that_keep_their_count():
    choices = Choices.from_frame(frame(), features=FEATURES, count="w")
    sums = labeler_sums(choices)
    assert (sums.n == 1).all()
    np.testing.assert_array_equal(choices.unit_count, frame()["w"])
    psi = frame()[list(FEATURES)].to_numpy()
    np.testing.assert_array_equal(sums.choice, frame()[["choice"]].to_numpy() * psi)
    np.testing.assert_allclose(sums.rt_gram[17], frame()["rt"][17] * np.outer(psi[17], psi[17]))


def test_decision_gram_takes_ndt_from_every_choice():
    table = frame()
    choices = Choices.from_frame(table, labeler="id", features=FEATURES)
    shifted = Choices.from_frame(
        table.assign(rt=table["rt"] - 0.2), labeler="id", features=FEATURES
    )
    np.testing.assert_allclose(
        labeler_sums(choices).decision_gram(0.2), labeler_sums(shifted).rt_gram, atol=1e-12
    )


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_sum_by_unit_for_values_of_any_shape(shape):
    table = frame()
    choices = Choices.from_frame(table, labeler="id", count="w")
    values = np.random.default_rng(1).normal(size=(len(table), *shape))
    got = sum_by_unit(choices, values)
    assert got.shape == (4, *shape)
    for unit, name in enumerate(table["id"].unique()):
        rows = (table["id"] == name).to_numpy()
        expected = sum(w * v for w, v in zip(table["w"][rows], values[rows], strict=True))
        np.testing.assert_allclose(got[unit], expected, atol=1e-12)
