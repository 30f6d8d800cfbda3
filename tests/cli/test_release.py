"""bayes-ddm release, and commands that take what it makes."""

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.simulate import experiment
from tests.support.commands import bayes_ddm, strict_json

PUBLIC = ["--boundary", 1.25, "--ndt", 0.3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("release")
    choices = experiment("normal", labelers=400, choices=4, boundary=1.25, ndt=0.3, seed=2)
    choices.to_frame().to_csv(where / "log.csv", index=False)
    return where


@pytest.fixture(scope="module")
def release(folder):
    out = folder / "log.release.json"
    command = ["release", folder / "log.csv", "--labeler", "labeler", "--epsilon", 2, *PUBLIC]
    result = bayes_ddm(*command, "-o", out).done()
    assert "epsilon 2 per labeler" in result.out and f"next: bayes-ddm estimate {out}" in result.err
    return out


def test_estimate_takes_it(release, folder):
    result = bayes_ddm("estimate", release, "--json", folder / "e.json").done()
    assert "Privacy: epsilon 2 per labeler" in result.out
    document = strict_json(folder / "e.json")
    assert (
        document["privacy"]["protect"] == "labeler" and document["privacy"]["epsilon_labeler"] == 2
    )
    expected = bd.estimate(bd.privacy.read_release(release)).to_dict()
    assert document["estimates"] == expected["estimates"]
    (row,) = document["estimates"]
    assert row["low"] < 0.5 < row["high"] and np.isfinite(row["se"])


def test_a_file_is_not_replaced_unasked(release, folder):
    command = ["release", folder / "log.csv", "--labeler", "labeler", "--epsilon", 2, *PUBLIC]
    assert "exists" in bayes_ddm(*command, "-o", release).refusal()
    before = release.read_text()
    bayes_ddm(*command, "-o", folder / "b.json").done()
    bayes_ddm(*command, "-o", folder / "b.json", "--overwrite").done()
    assert release.read_text() == before


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["estimate", "log.release.json", "--labeler", "id"], "which has no --labeler"),
        (["estimate", "log.release.json", "--boundary", 1], "holds no rows"),
        (["release", "log.csv", "--epsilon", 0, *PUBLIC, "-o", "x.json"], "must be above 0"),
        (["release", "log.csv", "--epsilon", 99, *PUBLIC, "-o", "x.json"], "at most 20"),
        (["release", "log.csv", "--epsilon", 1, *PUBLIC, "-o", "x.csv"], "must end in .json"),
        (["release", "log.release.json", "--epsilon", 1, *PUBLIC, "-o", "x.json"], "already"),
        (["release", "log.csv", "--epsilon", 1, "--ndt", 0.3, "-o", "x.json"], "--boundary"),
        (["fit", "log.release.json", "--boundary", 1, "-o", "x.nc"], "its own boundary"),
        (["fit", "log.release.json", "--lapses", "-o", "x.nc"], "--lapses"),
        (["fit", "log.release.json", "--model", "pooled", "-o", "x.nc"], "leave model out"),
        (["compare", "log.release.json", "--shares", "s.csv"], "--shares: a release holds no rows"),
        (["compare", "log.release.json", "--units", "x=2"], "--units: a release holds no rows"),
        (["compare", "log.release.json", "--between", "x"], "has no column 'x'"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(release, folder, monkeypatch, command, message):
    monkeypatch.chdir(folder)
    assert message in bayes_ddm(*command).refusal()
    assert not list(folder.glob("x.*")) and not list(folder.glob(".writing*"))


def test_plan_prices_private_labels(tmp_path):
    menu = ["--privacy", "1,2", "--price", "1,2", "--available", "300,100", "--budget", 300]
    result = bayes_ddm("plan", *PUBLIC, *menu, "--json", tmp_path / "p.json").done()
    assert "Prices select people" in result.out
    assert strict_json(tmp_path / "p.json")["menu"]["cost"] <= 300
    assert "2; got 1" in bayes_ddm("plan", *PUBLIC, *menu, "--price", "1").refusal()
