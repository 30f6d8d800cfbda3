"""Pairs for a reward model: they load, say who won, and lead to the same average preference."""

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from tests.support.tables import refusal

KNOWN = {"boundary": 1.25, "ndt": 0.3}


def log(n=400, seed=1):
    """Answers that are numbers, written as text, and choices by their difference."""
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(n, 2)).round(3)
    people = {"labelers": n, "choices": 1, "features": (design[:, :1] - design[:, 1:])}
    made = bd.simulate.experiment("normal", **people, **KNOWN, seed=seed)
    return pd.DataFrame(
        {
            "question": [f"which, “{i}”?\n" for i in range(n)],
            "left": [f"{x}" for x in design[:, 0]],
            "right": [f"{x}" for x in design[:, 1]],
            "winner": np.where(made.choice > 0, "left", "right"),
            "rt": made.rt,
            "difference": design[:, 0] - design[:, 1],
        }
    )


def choices_of(frame):
    return bd.Choices.from_frame(
        frame, choice="winner", positive="left", features=["difference"], drop=["tie"]
    )


def slope(pairs, target, weight):
    """Least squares of the target on the difference of the two answers."""
    x = pairs["chosen"].astype(float) - pairs["rejected"].astype(float)
    return float((weight * x * target).sum() / (weight * x * x).sum())


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_what_was_written_loads_and_gives_the_average_preference(tmp_path, ending):
    frame = log()
    frame.loc[3, "winner"] = "tie"
    frame.loc[5, "rt"] = 0.2
    choices = choices_of(frame)
    path = tmp_path / f"pairs.{ending}"
    made = bd.to_preference_dataset(
        choices, frame, path, options=("left", "right"), prompt="question", **KNOWN
    )
    read = pd.read_parquet(path) if ending == "parquet" else pd.read_json(path, lines=True)
    read = read.astype({"chosen": str, "rejected": str})
    assert made.dropped == {"tie": 1, "no pseudo-label": 1}
    assert len(read) == 398 and read["prompt"].tolist() == frame["question"].drop([3, 5]).tolist()
    # the same loss, written without pairs
    labels = bd.label(choices, **KNOWN).table.dropna()
    x = labels["difference"]
    for target, weight, plain, by in (
        ("pseudo_label", 1.0, "drift_pseudo_label", 1.0),
        ("target", read["weight"], "drift_target", labels["drift_weight"]),
    ):
        expected = float((by * x * labels[plain]).sum() / (by * x * x).sum())
        assert slope(read, read[target], weight) == pytest.approx(expected, rel=1e-9)
    assert (read["pseudo_label"] > 0).all()


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_trainers_load_it(tmp_path, ending):
    datasets = pytest.importorskip(
        "datasets", reason="datasets is not installed, see test_frames.py"
    )
    frame = log(20)
    # messages, as chat models take them
    for side in ("left", "right"):
        frame[side] = [[{"role": "assistant", "content": text}] for text in frame[side]]
    path = tmp_path / f"pairs.{ending}"
    made = bd.to_preference_dataset(
        choices_of(frame), frame, path, options=("left", "right"), prompt="question", **KNOWN
    )
    kind = "json" if ending == "jsonl" else "parquet"
    loaded = datasets.load_dataset(
        kind, data_files=str(path), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert loaded.column_names == list(made.table.columns)
    assert loaded[0]["chosen"] == list(made.table["chosen"][0])
    np.testing.assert_allclose(loaded["pseudo_label"], made.table["pseudo_label"], rtol=1e-12)


def test_what_cannot_be_paired_is_refused(tmp_path):
    frame = log(20)
    choices = choices_of(frame)
    asked = {"options": ("left", "right"), **KNOWN}
    short = refusal(bd.to_preference_dataset, choices, frame[:5], **asked)
    assert "give the table that they were made from" in short
    grouped = refusal(bd.to_preference_dataset, choices.grouped(), frame, **asked)
    assert "as after grouped()" in grouped
    named = refusal(bd.to_preference_dataset, choices, frame, tmp_path / "x.csv", **asked)
    assert "must end in .jsonl or .parquet" in named
    one = refusal(bd.to_preference_dataset, choices, frame, options=("left",))
    assert "must be two columns" in one
    frame.loc[7, "right"] = None
    assert "is empty in row 7 " in refusal(bd.to_preference_dataset, choices, frame, **asked)
