"""Every reader and loader, with files to damage."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import pyarrow as pa
import xarray as xr

import bayes_ddm as bd
from bayes_ddm import federated
from bayes_ddm.estimators.embedded import embedded
from bayes_ddm.estimators.online import OnlineRatio
from bayes_ddm.estimators.shares import read_shares
from bayes_ddm.fitting import checkpoint
from bayes_ddm.fitting.save import attach
from tests.fuzz.mutate import flipped, mutated

EXPORTS = Path(__file__).parents[1] / "support" / "exports"


@dataclass(frozen=True)
class Family:
    """Files that a reader takes, and the reader.

    Attributes
    ----------
    ending : str
    originals : callable
        Returns their contents.
    read : callable
        Takes a path. What it returns of a damaged file is taken as the reader's answer, unless
        `same` is given.
    same : callable, optional
        Takes what was read of a damaged file, and its contents: whether it is what stands there,
        or, of documents, what was read of the original.
    damage : callable
        Takes the contents, a seed and a number, and returns a damaged file.
    """

    ending: str
    originals: Callable[[], list[bytes]]
    read: Callable[[Path], Any]
    same: Callable[[Any, bytes], bool] | None = None
    damage: Callable[[Sequence[bytes], int, int], bytes] = mutated


def _frame(rows: int = 12) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "choice": rng.integers(2, size=rows),
            "rt": np.round(rng.uniform(0.3, 2, rows), 3),
            "id": [["ann", "bob", "007"][i % 3] for i in range(rows)],
            "x": np.round(rng.normal(size=rows), 3),
            "n": rng.integers(1, 5, size=rows),
        }
    )


@cache
def tables() -> list[bytes]:
    """CSV files, with what people put into them."""
    frame = _frame()
    plain = frame.to_csv(index=False).encode()
    return [
        plain,
        plain.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + plain,
        plain.replace(b",", b";"),
        plain.replace(b"ann", b'"a ""b"", c"'),
        frame.assign(choice="later").to_csv(index=False).encode(),
    ]


def _one_of(path: Path, asked: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Options to read a file with, decided by what is in it."""
    return asked[crc32(path.read_bytes()) % len(asked)]


ALL = {"labeler": "id", "features": ["x"], "count": "n"}


def _read_table(path: Path) -> bd.Choices:
    return bd.read_choices(path, **_one_of(path, [{}, ALL]))


def _as_it_stands(found: bd.Choices, data: bytes) -> bool:
    """Whether choices and times are those of a CSV file, by Python's own reader."""
    said = found.notes[0] if found.notes else ""
    if "comment" in said or "spaces" in said:
        return True  # there Python has no reader
    marks = {"semicolons": ";", "tabs": "\t", "vertical bars": "|"}
    mark = next((mark for name, mark in marks.items() if name in said), ",")
    lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=mark)
    header, *rows = (cells for cells in lines if len(cells) > 1 or "".join(cells).strip())
    columns = []
    for name in ("choice", "rt"):
        at = header.index(name)
        cells = [row[at].strip() if at < len(row) else "" for row in rows]
        columns.append([_number(cell, "," if "commas in" in said else ".") for cell in cells])
    choice, rt = np.array(columns)
    kept = found.row
    assert kept is not None
    absent = np.delete(choice + rt, kept)
    return (
        np.array_equal(np.where(choice[kept] == 1, 1, -1), found.choice)
        and np.allclose(rt[kept], found.rt, rtol=1e-14, atol=0)
        and ("count of zero" in found.dropped or bool(np.isnan(absent).all()))
    )


def _number(cell: str, point: str) -> float:
    """Value of a cell; NaN if it holds none."""
    truth = {"true": 1.0, "false": 0.0}
    try:
        return truth[cell.lower()] if cell.lower() in truth else float(cell.replace(point, "."))
    except ValueError:
        return np.nan


def _estimate(path: Path) -> Any:
    return str(bd.estimate(bd.read_choices(path, labeler="id"), boundary=1.2, ndt=0.1))


PACKED = ("gz", "bz2", "xz", "zip")


def _packed(name: str) -> Callable[[], list[bytes]]:
    def originals() -> list[bytes]:
        table = tables()[0]
        if name == "zip":
            held = io.BytesIO()
            with zipfile.ZipFile(held, "w") as archive:
                archive.writestr("t.csv", table)
            return [held.getvalue()]
        return [{"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[name](table)]

    return originals


def saved(save: Callable[[Path], Any], name: str) -> bytes:
    """Return what is written to a file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        save(path)
        return path.read_bytes()


@cache
def _parquet() -> list[bytes]:
    frame = _frame()
    kinds = {"compression": None}, {"compression": "snappy"}, {"use_dictionary": False}
    return [saved(lambda p, k=k: frame.to_parquet(p, **k), "t.parquet") for k in kinds]


def _other(ending: str) -> Callable[[], list[bytes]]:
    """A table in another format."""
    frame = _frame()
    if ending == "tsv":
        return lambda: [frame.to_csv(index=False, sep="\t", decimal=",").encode()]
    if ending == "jsonl":
        return lambda: [frame.to_json(orient="records", lines=True).encode()]
    if ending == "feather":
        return lambda: [saved(frame.to_feather, "t.feather")]
    return lambda: [pa.compress(tables()[0], codec="zstd", asbytes=True)]


def _scheme() -> list[bytes]:
    return [saved(bd.privacy.choices(1.0).save, "scheme.json")]


@cache
def _release() -> list[bytes]:
    choices = bd.simulate.experiment(
        "normal", labelers=200, choices=3, boundary=1.25, ndt=0.3, seed=1
    )
    made = bd.release(choices, epsilon=1.0, boundary=1.25, ndt=0.3)
    return [saved(made.save, "release.json")]


@cache
def _condensed() -> list[bytes]:
    choices = bd.simulate.experiment(
        "normal", labelers=400, choices=1, boundary=1.25, ndt=0.3, seed=1
    )
    return [saved(bd.condense(choices).save, "c.parquet")]


def small_fit() -> xr.DataTree:
    """What a fit looks like, with few draws and no sampling."""
    choices = bd.Choices.from_frame(_frame(), labeler="id", features=["x"])
    rng = np.random.default_rng(1)
    values = {name: (("chain", "draw"), rng.uniform(0.5, 1, (2, 6))) for name in ("mu", "sigma")}
    stats = {"logp": (("chain", "draw"), rng.normal(size=(2, 6)))}
    posterior, sample_stats = xr.Dataset(values), xr.Dataset(stats)
    tree = xr.DataTree.from_dict({"posterior": posterior, "sample_stats": sample_stats})
    history = {"seed": 1, "sampler": "nutpie", "seconds": 1.0}
    attach(tree, choices, model="hierarchical", parameters={"mu": 0.5}, **history)
    return tree


@cache
def _fit() -> list[bytes]:
    return [saved(lambda path: bd.save(small_fit(), path), "f.nc")]


@cache
def _checkpoint() -> list[bytes]:
    kept = checkpoint.of_fit(small_fit())
    return [saved(lambda path: checkpoint.write(kept, path), "f.checkpoint")]


@cache
def _loaded(read: Callable[[Path], Any], data: bytes) -> Any:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "original"
        path.write_bytes(data)
        return read(path)


def _same_fit(found: xr.DataTree, _: bytes) -> bool:
    return bool(found.identical(_loaded(bd.load, _fit()[0])))


def _same_checkpoint(found: checkpoint.Kept, _: bytes) -> bool:
    kept = _loaded(checkpoint.read, _checkpoint()[0])
    return (found.about, found.seed, found.before) == (kept.about, kept.seed, kept.before) and all(
        found.chains[i].posterior.identical(kept.chains[i].posterior) for i in kept.chains
    )


def _exports(folder: str, *endings: str) -> Callable[[], list[bytes]]:
    return lambda: [
        path.read_bytes()
        for path in sorted((EXPORTS / folder).rglob("*"))
        if path.suffix in endings
    ]


TASK = {"task": "choice"}


def _read_jspsych(path: Path) -> Any:
    options = _one_of(path, [{"where": TASK}, {"labeler": "recording", "where": TASK}])
    return bd.read_jspsych(path, positive="j", **options)


def _state() -> list[bytes]:
    def save(path: Path) -> None:
        stream = OnlineRatio(("x",), ndt=0.1)
        frame = _frame()
        stream.update(2 * frame["choice"] - 1, frame["rt"], frame[["x"]].to_numpy())
        stream.save(path)

    return [saved(save, "s.json")]


def _label(path: Path) -> Any:
    options = {"boundary": 1.2, "ndt": 0.1, "progress": False, "overwrite": True}
    return bd.label_file(path, path.with_name("out.csv"), labeler="id", **options)


@cache
def _lists() -> list[bytes]:
    rng = np.random.default_rng(2)
    frame = _frame().assign(e=[row.tolist() for row in rng.normal(size=(12, 3))])
    return [saved(frame.to_parquet, "e.parquet")]


def _read_lists(path: Path) -> Any:
    return embedded(path, "e", boundary=1.2, ndt=0.1)


def _scheme_of_answers() -> Any:
    return bd.privacy.choices(1.0)


@cache
def _answers() -> list[bytes]:
    choices = bd.simulate.experiment(
        "normal", labelers=12, choices=1, boundary=1.25, ndt=0.3, seed=1
    )
    sent = bd.privatise(choices, _scheme_of_answers())
    return [saved(sent.save, "sent.csv")]


def _read_private(path: Path) -> Any:
    return bd.read_private(path, _scheme_of_answers())


@cache
def site() -> bd.Choices:
    """Choices of 60 labelers, five each."""
    return bd.simulate.experiment("normal", labelers=60, choices=5, boundary=1.25, ndt=0.3, seed=1)


def _question() -> Any:
    return federated.ask(mu=(-0.5, 1.5), sigma=(0.3, 2), boundary=1.25, ndt=0.3)


def _shares() -> list[bytes]:
    return [b"country,share\nFR,0.4\nJP,0.6\n"]


FAMILIES = {
    "csv": Family(".csv", tables, _read_table, _as_it_stands),
    **{f"csv.{kind}": Family(f".csv.{kind}", _packed(kind), _read_table) for kind in PACKED},
    **{kind: Family(f".{kind}", _other(kind), _read_table) for kind in ("tsv", "jsonl", "feather")},
    "csv.zst": Family(".csv.zst", _other("zst"), _read_table),
    "parquet": Family(".parquet", _parquet, _read_table),
    "condensed": Family(".parquet", _condensed, bd.read_condensed),
    "fit": Family(".nc", _fit, bd.load, _same_fit),
    "fit.bit": Family(".nc", _fit, bd.load, _same_fit, flipped),
    "checkpoint": Family(".checkpoint", _checkpoint, checkpoint.read, _same_checkpoint),
    "jspsych": Family(".json", _exports("jatos", ".txt"), _read_jspsych),
    "jspsych.csv": Family(".csv", _exports("jspsych", ".csv"), _read_jspsych),
    "psychopy": Family(
        ".csv",
        _exports("psychopy", ".csv"),
        lambda path: bd.read_psychopy(path, choice="key_resp.keys", positive="left"),
    ),
    "estimate": Family(".csv", tables, _estimate),
    "label": Family(".csv", tables, _label),
    "shares": Family(".csv", _shares, read_shares),
    "scheme": Family(".json", _scheme, bd.privacy.read_scheme),
    "release": Family(".json", _release, bd.privacy.read_release),
    "embedding": Family(".parquet", _lists, _read_lists),
    "private": Family(".csv", _answers, _read_private),
    "question": Family(
        ".json", lambda: [saved(_question().save, "q.json")], federated.read_question
    ),
    "answer": Family(
        ".json",
        lambda: [saved(federated.answer(site(), _question(), site="a").save, "a.json")],
        federated.read_answer,
    ),
    "state": Family(".json", _state, OnlineRatio.load),
}
