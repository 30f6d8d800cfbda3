"""Condensed rows: sums of all rows to rounding, merging, files, and what needs the rows."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.data.condensing.condense import lossless
from bayes_ddm.data.design import with_drift
from bayes_ddm.data.formats import CONDENSED
from bayes_ddm.data.origin import Origin
from bayes_ddm.data.people import with_between
from bayes_ddm.errors import InputError
from bayes_ddm.simulate import experiment

N = 30_000
# mean and sd of the drift, boundary, ndt as a share of the smallest time: MATH 7's points
POINTS = [(0.5, 1, 1.25, 0.8), (0.5, 1, 1.25, 0.9999), (0, 2, 0.8, 0.3), (-1, 0.3, 2, 0.7)]
POINTS += [(2, 3, 1.2, 0.0), (0.52, 1.01, 1.26, 0.81)]


def simulated(n=N, seed=1, **options):
    options = {"boundary": 1.25, "ndt": 0.3} | options
    return experiment("normal", labelers=n, choices=1, anonymous=True, seed=seed, **options)


@pytest.fixture(scope="module")
def choices():
    return simulated()


def sums(rows, lo):
    """What analyses take from the rows, at several parameters."""
    values = []
    for mean, sd, b, share in POINTS:
        shared = {"boundary": b, "ndt": share * lo}
        density = wiener.random_drift_log_density(rows.rt, rows.choice, mean=mean, sd=sd, **shared)
        w = rows.choice * wiener.drift_weight(rows.rt - share * lo, b)
        values += [rows.count @ h for h in (density, w, w**2, rows.choice * density)]
    return np.array(values)


def assert_alike(condensed, rows):
    lo = rows.rt.min()
    assert condensed.n_choices == rows.n_choices
    assert len(condensed) < 420
    # the error of ten nodes is below that of adding up 30,000 rounded terms, at 1e-16 each
    np.testing.assert_allclose(sums(condensed.choices, lo), sums(rows, lo), rtol=1e-11)


def with_times(rt, choices):
    return replace(choices, rt=rt)


@pytest.mark.parametrize(
    "times",
    [
        lambda rt: rt,
        lambda rt: np.round(rt, 3),
        lambda rt: np.maximum(np.round(rt, 1), 0.7),
        lambda rt: np.minimum(rt, 4.05 + 0.01 * np.sin(1e6 * rt)),
        lambda rt: np.where(np.arange(len(rt)) == 5, 90.0, np.minimum(rt, 3.0)),
    ],
    ids=["continuous", "milliseconds", "ties at the fastest", "deadline", "one far out"],
)
def test_sums_are_those_of_all_rows(choices, times):
    rows = with_times(times(choices.rt), choices)
    condensed = bd.condense(rows)
    assert_alike(condensed, rows)
    assert condensed.error <= 1e-6


def test_counts_and_one_sided_tables(choices):
    coarse = with_times(np.round(choices.rt, 2), choices)
    assert_alike(bd.condense(coarse.grouped()), coarse)
    alike = replace(choices, choice=np.ones(N, dtype=np.int8))
    assert_alike(bd.condense(alike), alike)


def test_a_small_table_keeps_its_rows():
    small = simulated(100)
    condensed = bd.condense(small)
    np.testing.assert_array_equal(np.sort(condensed.rt), np.sort(small.rt))
    assert (condensed.weight == 1).all()


def test_fastest_rows_and_bins_are_exact(choices):
    condensed = bd.condense(choices)
    for side in (-1, 1):
        fastest = np.sort(choices.rt[choices.choice == side])[:64]
        np.testing.assert_array_equal(np.sort(condensed.rt[condensed.choice == side])[:64], fastest)
    for positive, low, high, count in condensed.bins.to_json():
        inside = (choices.rt >= low) & (choices.rt < high) & ((choices.choice > 0) == positive)
        assert abs(inside.sum() - count) <= 64  # those kept as they are, in the lowest bins
    assert condensed.bins.count.sum() == N - 128


def test_sets_add_up_to_that_of_all_rows(choices):
    parts = [choices._take(np.flatnonzero(np.arange(N) % 3 == k)) for k in range(3)]
    first, *others = (bd.condense(part) for part in parts)
    merged = first
    for other in others:
        merged = merged + other
    assert_alike(merged, choices)


def test_a_file_holds_it_all(choices, tmp_path):
    condensed = replace(bd.condense(choices), dropped={"no choice": 3}, source="log")
    path = condensed.save(tmp_path / "few.condensed.parquet")
    again = bd.read_condensed(path)
    for name in ("choice", "rt", "weight"):
        np.testing.assert_array_equal(getattr(again, name), getattr(condensed, name))
    assert repr(again) == repr(condensed)
    assert again.bins.to_json() == condensed.bins.to_json()
    with pytest.raises(InputError, match="exists"):
        condensed.save(path)


def test_names_of_options_are_kept(choices, tmp_path):
    named = replace(choices, origin=Origin("later", "sooner", "choices.csv"))
    assert lossless(named).origin == named.origin
    condensed = bd.condense(named)
    again = bd.read_condensed(condensed.save(tmp_path / "c.parquet"))
    for table in (condensed, again, condensed + again):
        assert table.choices.origin == Origin("later", "sooner")
    assert (condensed + bd.condense(choices)).choices.origin == Origin()


def test_files_that_are_none_are_refused(choices, tmp_path):
    path = bd.condense(choices).save(tmp_path / "few.parquet")
    table = parquet.read_table(path)
    about = json.loads(table.schema.metadata[CONDENSED])
    bad = {
        "not as it was written": {**about, "n_choices": 7},
        "in format 99": {**about, "format": 99},
    }
    for message, metadata in bad.items():
        changed = table.replace_schema_metadata({CONDENSED: json.dumps(metadata).encode()})
        parquet.write_table(changed, path)
        with pytest.raises(InputError, match=message):
            bd.read_condensed(path)
    parquet.write_table(pa.table({"choice": [1], "rt": [0.9]}), path)
    with pytest.raises(InputError, match="no condensed rows"):
        bd.read_condensed(path)
    path.write_text("choice,rt\n")
    with pytest.raises(InputError, match="no condensed rows"):
        bd.read_condensed(path)
    with pytest.raises(InputError, match="no file"):
        bd.read_condensed(tmp_path / "other.parquet")


@pytest.mark.parametrize("name", ["few.condensed.parquet", "few.dat"])
def test_a_file_of_condensed_rows_is_no_table_of_choices(choices, tmp_path, name):
    saved = bd.condense(choices).save(tmp_path / "few.condensed.parquet")
    path, out = saved.rename(tmp_path / name), tmp_path / "out.csv"
    parquet.write_table(pa.table({"choice": [1], "rt": [0.9]}), tmp_path / "a.parquet")
    for work in (
        lambda: bd.read_choices(path),
        lambda: bd.read_choices([tmp_path / "a.parquet", path]),
        lambda: bd.label_file(path, out, boundary=1.25, ndt=0.3, progress=False),
        lambda: bd.condense([tmp_path / "a.parquet", path]),
    ):
        with pytest.raises(InputError, match=rf"{name}' holds condensed rows, .*read_condensed"):
            work()
    assert not out.exists() and bd.read_condensed(path).n_choices == N


def test_what_needs_the_rows_says_so(choices):
    condensed = bd.condense(choices)
    for work in (
        condensed.choices.expanded,
        lambda: bd.check(condensed),
        lambda: bd.label(condensed),
        lambda: bd.estimate(condensed, bootstrap=2),
        lambda: bd.fit(condensed, lambda c: None),
    ):
        with pytest.raises(InputError, match="needs the rows themselves"):
            work()


def test_choices_that_cannot_be_condensed_are_refused(choices):
    many = replace(choices, features=np.arange(N)[:, None] % 61.0, feature_names=("a",))
    with pytest.raises(InputError, match=r"61 distinct comparisons, and more than 60 do not pay"):
        bd.condense(many)
    known = replace(many, labeler=np.arange(N), labelers=np.arange(N))
    with pytest.raises(InputError, match=r"labelers and features \(a\)"):
        bd.condense(known)
    with pytest.raises(InputError, match="cannot condense a int"):
        bd.condense(3)
    with pytest.raises(InputError, match="rt= is for files"):
        bd.condense(choices, rt="x")


def test_many_anonymous_rows_condense_by_themselves(choices):
    assert lossless(choices).condensed
    for rows in (
        simulated(1500),
        replace(choices, labeler=np.arange(N), labelers=np.arange(N)),
    ):
        assert lossless(rows) is rows
    columns = replace(choices, covariates=pd.DataFrame({"x": np.arange(N) % 2.0}))
    assert lossless(columns, 1.25, None).covariates is None
    assert lossless(columns, "x") is lossless(columns, 1.25, "x") is columns
    people = with_between(columns, "x")
    assert lossless(people) is people


def test_what_a_formula_makes_of_columns_is_condensed_by_comparison(compared):
    frame = pd.DataFrame(compared.features, columns=["a", "b"])
    rows = with_drift(replace(compared, covariates=frame), "0 + a*b")
    reduced = lossless(rows)
    assert reduced.condensed and reduced.feature_names == ("a", "b", "a:b")
    np.testing.assert_allclose(
        reduced.count @ reduced.features, rows.count @ rows.features, rtol=1e-11
    )
    assert len(reduced) < 1500 and reduced.n_choices == N
    # at each value of a discount rate features are others
    delays = frame.assign(now=1.0, days=frame["a"] > 0)
    valued = with_drift(replace(compared, covariates=delays), "0 + bd.hyperbolic(now, days)")
    assert lossless(valued) is valued


@pytest.fixture(scope="module")
def compared():
    """Choices between five pairs of options."""
    options = np.random.default_rng(3).normal(size=(5, 2))
    return experiment(
        lambda rng, n: rng.normal([0.8, -0.4], 0.7, (n, 2)),
        labelers=N,
        features=lambda rng, n: options[rng.integers(5, size=n)],
        boundary=1.25,
        ndt=0.3,
        anonymous=True,
        seed=6,
    )


def sums_compared(rows, lo):
    """Log likelihoods and attribute-weighted pseudo-labels of rows with features."""
    values = []
    for mean, sd, b, share in POINTS:
        drift, spread = rows.features @ [mean, 0.3], sd * np.sqrt((rows.features**2).sum(axis=1))
        parameters = {"mean": drift, "sd": spread, "boundary": b, "ndt": share * lo}
        values.append(
            rows.count @ wiener.random_drift_log_density(rows.rt, rows.choice, **parameters)
        )
        w = rows.choice * wiener.drift_weight(rows.rt - share * lo, b)
        values += [*(rows.count * w @ rows.features), *(rows.count * w**2 @ rows.features**2)]
    return np.array(values)


def test_comparisons_are_condensed_one_by_one(compared, tmp_path):
    condensed = bd.condense(compared)
    lo = compared.rt.min()
    assert len(condensed) < 1500 and condensed.error < 1e-6
    np.testing.assert_allclose(
        sums_compared(condensed.choices, lo), sums_compared(compared, lo), rtol=1e-11
    )
    again = bd.read_condensed(condensed.save(tmp_path / "few.parquet"))
    np.testing.assert_array_equal(again.features, condensed.features)
    assert repr(again) == repr(condensed) and "5 comparisons by" in repr(condensed)
    halves = [bd.condense(compared._take(np.arange(N) % 2 == k)) for k in (0, 1)]
    merged = (halves[0] + halves[1]).choices
    np.testing.assert_allclose(sums_compared(merged, lo), sums_compared(compared, lo), rtol=1e-11)
    assert lossless(compared).condensed


def test_labelers_are_condensed_to_sums(choices, tmp_path):
    known = replace(choices, labeler=np.arange(N) // 4, labelers=np.arange(N // 4))
    condensed = bd.condense(known)
    assert condensed.labelers.n_labelers == N // 4 and len(condensed.labelers) < 400
    again = bd.read_condensed(condensed.save(tmp_path / "few.parquet"))
    for expected, read in (
        (condensed.labelers, again.labelers),
        (condensed.labelers.whole, again.labelers.whole),
    ):
        for name, column in vars(expected).items():
            if name != "whole":
                np.testing.assert_array_equal(getattr(read, name), column)
    assert repr(again) == repr(condensed) and "7,500 labelers" in repr(condensed)
    halves = [bd.condense(known._part(np.flatnonzero(known.labeler % 2 == k))[0]) for k in (0, 1)]
    merged = halves[0] + halves[1]
    assert merged.labelers.n_labelers == N // 4
    for power in (1, 0.5, -1):
        total = [
            x.weight @ (x.rt - x.n * condensed.lo) ** power
            for x in (merged.labelers, condensed.labelers)
        ]
        assert total[0] == pytest.approx(total[1], rel=1e-11)
    with pytest.raises(InputError, match="cannot add condensed rows of anonymous labelers to"):
        condensed + bd.condense(choices)


def test_sets_of_another_unit_or_sign_do_not_add_up(choices):
    condensed = bd.condense(choices)
    with pytest.raises(InputError, match=r"the unit of one must be another"):
        condensed + bd.condense(with_times(choices.rt * 1000, choices))
    first, second = replace(condensed, positive=("A",)), replace(condensed, positive=("B",))
    assert (first + first).positive == (first + condensed).positive == ("A",)
    with pytest.raises(InputError, match="where \\+1 is 'A' to those where it is 'B'"):
        first + second
