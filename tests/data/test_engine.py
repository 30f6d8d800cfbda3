"""Condensing files with DuckDB, against the same rows in memory; and bad files, in a line each."""

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.data.condensing import passes
from bayes_ddm.errors import InputError
from tests.data.test_condensed import simulated, sums

pytest.importorskip("duckdb", reason="files are condensed by DuckDB, of the extra `scale`")
COLUMNS = {"choice": "picked", "rt": "ms", "rt_unit": "ms", "positive": "A", "progress": False}


@pytest.fixture(scope="module")
def frame():
    simulated_rows = simulated(20_000, seed=5)
    picked = np.where(simulated_rows.choice > 0, "A", "B")
    return pd.DataFrame({"picked": picked, "ms": np.round(simulated_rows.rt * 1e3, 3), "x": 1})


@pytest.fixture
def folder(frame, tmp_path):
    for i in range(3):
        part = frame.iloc[i * 7000 : (i + 1) * 7000]
        part.to_parquet(tmp_path / f"part{i}.parquet", index=False)
    return tmp_path


def in_memory(frame, **options):
    keys = ("choice", "rt", "rt_unit", "positive")
    return bd.Choices.from_frame(frame, **{k: COLUMNS[k] for k in keys} | options)


def assert_alike(condensed, rows):
    lo = rows.rt.min()
    assert condensed.n_choices == rows.n_choices and condensed.lo == lo
    # rounding of as many terms, and of a sum in another order
    np.testing.assert_allclose(sums(condensed.choices, lo), sums(rows, lo), rtol=1e-11)


@pytest.mark.parametrize("source", ["", "*.parquet", "part0.parquet"])
def test_parts_give_the_sums_of_all_rows(folder, frame, source):
    condensed = bd.condense(folder / source, **COLUMNS)
    rows = frame.iloc[:7000] if source.startswith("part") else frame
    assert_alike(condensed, in_memory(rows))
    assert "files" in condensed.source or source.startswith("part")
    assert condensed.choices.origin.options == ("A", "B")


@pytest.mark.parametrize("by", [["ms"], ["picked", "ms"]])
def test_the_first_rows_may_be_the_slowest_or_all_of_one_side(frame, tmp_path, monkeypatch, by):
    monkeypatch.setattr(passes, "FIRST_ROWS", 500)
    log = tmp_path / "log.parquet"
    frame.sort_values(by, ascending=False).to_parquet(log, index=False)
    assert_alike(bd.condense(log, **COLUMNS), in_memory(frame))


def test_csv_with_gaps_ties_and_codes(frame, tmp_path):
    marred = frame.copy()
    marred["ms"] = marred["ms"].astype(object)
    marred.loc[:9, "picked"] = None
    marred.loc[10:14, "picked"] = " "
    marred.loc[20:39, "picked"] = "tie"
    marred.loc[50:59, "ms"] = None
    marred.loc[60:66, "ms"] = -1
    path = tmp_path / "log.csv"
    marred.to_csv(path, index=False)
    condensed = bd.condense(path, **COLUMNS, drop=["tie"], missing=[-1], min_rt=0.45, max_rt=6.0)
    rest = in_memory(frame.drop(index=[*range(15), *range(20, 40), *range(50, 67)]))
    inside = (rest.rt >= 0.45) & (rest.rt <= 6.0)
    assert condensed.dropped == {
        "no choice": 15,
        "tie": 20,
        "no response time": 17,
        "faster than 0.45 s": (rest.rt < 0.45).sum(),
        "slower than 6.0 s": (rest.rt > 6.0).sum(),
    }
    assert_alike(condensed, rest._take(np.flatnonzero(inside)))


def test_coarse_clocks_and_narrow_tails(frame, tmp_path):
    coarse = frame.copy()
    # all of the fastest tie; the slowest are in a tenth of the last bin
    coarse["ms"] = np.clip(np.round(coarse["ms"], -2), 700, None)
    coarse.loc[coarse["ms"] > 3000, "ms"] = 3000 + np.arange((coarse["ms"] > 3000).sum()) % 90 / 9
    coarse.to_parquet(tmp_path / "coarse.parquet", index=False)
    assert_alike(bd.condense(tmp_path / "coarse.parquet", **COLUMNS), in_memory(coarse))


def test_numbers_and_truth_values_for_choices(frame, tmp_path):
    path = tmp_path / "log.parquet"
    for values in (frame["picked"] == "A", np.where(frame["picked"] == "A", 1, -1)):
        frame.assign(picked=values).to_parquet(path, index=False)
        condensed = bd.condense(path, **COLUMNS | {"positive": None})
        assert_alike(condensed, in_memory(frame))
        assert condensed.options == ("", "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"source": "none*.parquet"}, "no file matches"),
        ({"rt": "mss"}, "no column 'mss' in .*part0.parquet'; did you mean 'ms'"),
        ({"rt_unit": None}, "looks like milliseconds"),
        ({"positive": None}, "say which is \\+1"),
        ({"positive": "C"}, "is not in column 'picked'"),
        ({"choice": "ms"}, "distinct values"),
        ({"rt": "picked"}, "must hold numbers but holds"),
        ({"drop": ["tie"]}, "has no value 'tie' to drop"),
        ({"min_rt": 900.0}, "no response time is between"),
        ({"rt_unit": "min"}, "unknown rt unit"),
    ],
)
def test_bad_columns_are_named(folder, options, message):
    source = folder / options.pop("source", "")
    with pytest.raises(InputError, match=message) as caught:
        bd.condense(source, **COLUMNS | options)
    assert "\n" not in str(caught.value)


def test_bad_files_are_named(folder, frame):
    def refused(message):
        with pytest.raises(InputError, match=message):
            bd.condense(folder, **COLUMNS)

    bad = folder / "part1.parquet"
    whole = bad.read_bytes()
    bad.write_bytes(whole[:-2000])
    refused("part1.parquet")
    frame.drop(columns="ms").to_parquet(bad, index=False)
    refused("no column 'ms' in .*part1.parquet")
    frame.assign(ms=frame["ms"].astype(str)).to_parquet(bad, index=False)
    refused("column 'ms' is .* in .*part1.parquet' but double in .*part0.parquet")
    frame.assign(ms=-frame["ms"]).to_parquet(bad, index=False)
    refused("must be positive and finite, and in 20,000 rows is not")
    frame.assign(picked="C").to_parquet(bad, index=False)
    refused("has 3 distinct choices")
    bad.unlink()
    (folder / "part1.csv").write_text("picked,ms\nA,900\n")
    refused("is Parquet and .*part1.csv' is CSV")


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="no CSV or Parquet file in the folder"):
        bd.condense(tmp_path)


def test_comparisons_in_files(frame, tmp_path):
    path = tmp_path / "log.parquet"
    frame = frame.assign(a=np.arange(len(frame)) % 3 * 0.1, b=1 / 3)
    frame.to_parquet(path, index=False)
    condensed, rows = (
        bd.condense(path, **COLUMNS, features=["a-b"]),
        in_memory(frame, features=["a-b"]),
    )
    for compared in np.unique(rows.features):
        part, of = (
            x._take(np.flatnonzero(x.features[:, 0] == compared)) for x in (condensed.choices, rows)
        )
        np.testing.assert_allclose(sums(part, rows.rt.min()), sums(of, rows.rt.min()), rtol=1e-11)
    frame["b"] = np.arange(len(frame)) % 41
    frame.to_parquet(path, index=False)
    with pytest.raises(InputError, match="123 distinct comparisons, and more than 40 do not pay"):
        bd.condense(path, **COLUMNS, features=["a-b"])
    frame["b"] = np.where(np.arange(len(frame)) % 2 == 0, 0.5, np.nan)
    frame.to_parquet(path, index=False)
    with pytest.raises(InputError, match="a-b are missing, or infinite, in 10,000 rows"):
        bd.condense(path, **COLUMNS, features=["a-b"])


def test_labelers_in_files(folder, frame):
    for i in range(3):
        part = frame.iloc[i * 7000 : (i + 1) * 7000]
        part.assign(id=np.arange(len(part)) % 1750).to_parquet(folder / f"part{i}.parquet")
    whole = pd.concat([pd.read_parquet(p) for p in sorted(folder.glob("*.parquet"))])
    condensed = bd.condense(folder, **COLUMNS, labeler="id")
    rows = bd.condense(in_memory(whole.reset_index(), labeler="id"))
    assert condensed.labelers.n_labelers == 1750
    # all are few enough to be kept whole, each with their rows
    in_files, in_rows = (
        [np.bincount(x.labeler, f) for f in (x.choice, x.rt)]
        for x in (condensed.labelers.whole, rows.labelers.whole)
    )
    np.testing.assert_allclose(
        *(np.sort(np.dot([1, 1j], x)) for x in (in_files, in_rows)), rtol=1e-12
    )
    # 12 choices each, and their sums: a table of 13, most of which hold more than ten nodes do
    for power in (1, 0.5, -1):
        total = [
            x.weight @ (x.rt - x.n * condensed.lo) ** power
            for x in (condensed.labelers, rows.labelers)
        ]
        assert total[0] == pytest.approx(total[1], rel=1e-11)
    with pytest.raises(InputError, match=r"labelers \('id'\) may stand in several"):
        bd.condense(folder, **COLUMNS, labeler="id", resume=folder / "kept")
    whole.loc[whole["id"] == 3, "id"] = None
    whole.to_parquet(folder / "part0.parquet")
    with pytest.raises(InputError, match="labelers are missing in 12 rows of 'id'"):
        bd.condense(folder / "part0.parquet", **COLUMNS, labeler="id")


def test_a_broken_file_loses_nothing_of_the_others(folder, frame):
    cache, bad = folder / "kept", folder / "part1.parquet"
    whole = bad.read_bytes()
    # the head, which is at the end, is whole: only reading the rows tells
    bad.write_bytes(b"PAR1" + bytes(5000) + whole[5004:])
    one_sided = pd.read_parquet(folder / "part2.parquet").query("picked == 'B'")
    one_sided.to_parquet(folder / "part2.parquet", index=False)
    source = str(folder / "*.parquet")
    with pytest.raises(InputError, match=r"cannot read .*part1\.parquet"):
        bd.condense(source, **COLUMNS)
    with pytest.raises(InputError, match=r"part1.parquet.* of 2 others is kept in .*kept"):
        bd.condense(source, **COLUMNS, resume=cache)
    done = {path: path.stat().st_mtime_ns for path in cache.iterdir()}
    assert len(done) == 2
    bad.write_bytes(whole)
    condensed = bd.condense(source, **COLUMNS, resume=cache)
    assert {path: path.stat().st_mtime_ns for path in done} == done
    rows = pd.concat([frame.iloc[:14_000], one_sided])
    assert_alike(condensed, in_memory(rows))
    assert condensed.source.endswith("(3 files)")
