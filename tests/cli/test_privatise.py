"""bayes-ddm scheme and privatise, and commands that take what they make."""

import json
import shlex

import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.errors import InputError
from tests.support.commands import bayes_ddm, strict_json

CELLS = ["--boundary", "1.25", "--ndt", "0.3"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("private")
    choices = bd.simulate.experiment(
        "normal", labelers=100, choices=3, boundary=1.25, ndt=0.3, seed=1
    )
    choices.to_frame().rename(columns={"labeler": "id"}).to_csv(where / "choices.csv", index=False)
    for name, scheme in {
        "choice": bd.privacy.choices(1.0),
        "other": bd.privacy.choices(2.0),
        "row": bd.privacy.rows(2.0, boundary=1.25, ndt=0.3),
        "levels": bd.privacy.rows((1.0, 4.0), boundary=1.25, ndt=0.3),
    }.items():
        scheme.save(where / f"{name}.json")
    bd.privatise(choices, bd.privacy.choices(1.0)).save(where / "private.csv")
    cells = bd.privatise(choices, bd.privacy.rows(2.0, boundary=1.25, ndt=0.3))
    cells.save(where / "cells.csv")
    for column, value in (("private_cell", "fast"), ("scheme", "0" * 12)):
        frame = pd.read_csv(where / "cells.csv")
        frame.loc[4, column] = value
        frame.to_csv(where / f"{column}.csv", index=False)
    document = json.loads((where / "choice.json").read_text())
    (where / "edited.json").write_text(json.dumps(document | {"epsilon": 3.0}))
    (where / "list.json").write_text("[1]")
    return where


def test_choices_from_a_scheme_to_an_estimate(folder):
    scheme, out = folder / "s.json", folder / "out.csv"
    result = bayes_ddm("scheme", "--protect", "choice", "--epsilon", "1", "-o", scheme).done()
    assert "with probability 0.2689 (epsilon 1 a choice)" in result.out
    assert bd.privacy.read_scheme(scheme) == bd.privacy.choices(1.0)
    table = folder / "choices.csv"
    result = bayes_ddm("privatise", table, "--labeler", "id", "--scheme", scheme, "-o", out).done()
    assert "epsilon 1 per row, 3 per labeler" in result.out
    assert f"next: bayes-ddm estimate {out} --scheme {scheme}" in result.err
    path = folder / "found.json"
    bayes_ddm("estimate", out, "--scheme", scheme, *CELLS, "--json", path).done()
    document = strict_json(path)
    assert document["privacy"] == {
        "protect": "choice",
        "epsilon_row": 1.0,
        "epsilon_labeler": 3.0,
        "delta_choice": None,
    }
    again = bd.estimate(
        bd.read_private(out, bd.privacy.read_scheme(scheme)), boundary=1.25, ndt=0.3
    )
    assert document["estimates"] == again.to_dict()["estimates"]


def test_rows_from_a_scheme_to_an_estimate(folder):
    scheme, out = folder / "r.json", folder / "rows.csv"
    options = ["--protect", "row", "--epsilon", "1,4", *CELLS, "--boundary-se", "0.02"]
    bayes_ddm("scheme", *options, "-o", scheme).done()
    frame = pd.read_csv(folder / "choices.csv")
    table = folder / "levels.csv"
    frame.assign(wish=[1, 4][0] + 3 * (frame["id"] % 2)).to_csv(table, index=False)
    arguments = ["--labeler", "id", "--level", "wish", "--scheme", scheme]
    bayes_ddm("privatise", table, *arguments, "-o", out).done()
    result = bayes_ddm("estimate", out, "--scheme", scheme).done()
    assert "cells_stratified" in result.out and "cells_efficient" in result.out
    assert "Privacy: epsilon 4 per row, 12 per labeler" in result.out


@pytest.mark.parametrize(
    ("rate", "then"),
    [("", "fit {} --scheme {} {} -o fit.nc"), (", rate=0.1", "estimate {} --scheme {} {}")],
)
def test_a_formula_is_said_again_and_its_columns_are_not_sent(folder, tmp_path, rate, then):
    frame = pd.read_csv(folder / "choices.csv")
    table, out, scheme = tmp_path / "a.csv", tmp_path / "out.csv", folder / "choice.json"
    frame.assign(later=frame.index % 7 + 1, days=frame.index % 5).to_csv(table, index=False)
    drift = ["--drift", f"0 + bd.hyperbolic(later, days{rate})"]
    options = ["--labeler", "id", "--scheme", scheme, *drift]
    result = bayes_ddm("privatise", table, *options, "-o", out).done()
    assert f"next: bayes-ddm {then.format(out, scheme, shlex.join(drift))}" in result.err
    sent = pd.read_csv(out)
    assert set(sent) == {"private_choice", "rt", "labeler", "later", "days", "scheme"}
    if rate:
        bayes_ddm("estimate", out, "--scheme", scheme, *drift, *CELLS).done()


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["scheme", "--epsilon", "0", "-o", "x.json"], "epsilon must be above 0; got 0"),
        (["scheme", "--epsilon", "21", "-o", "x.json"], "at most 20; got 21"),
        (["scheme", "--epsilon", "a", "-o", "x.json"], "--epsilon takes numbers"),
        (["scheme", "--epsilon", "1,2", "-o", "x.json"], "at one level"),
        (["scheme", "--ndt", "0.3", "-o", "x.json"], "--ndt is for --protect row"),
        (["scheme", "--protect", "row", "-o", "x.json"], "laid by a boundary and an ndt"),
        (["scheme", "-o", "choice.json"], "exists"),
        (["scheme", "-o", "x.csv"], "cannot hold a scheme"),
        (["privatise", "private.csv", "--scheme", "choice.json", "-o", "x.csv"], "private already"),
        (
            ["privatise", "choices.csv", "--scheme", "levels.json", "-o", "x.csv"],
            "choose their level",
        ),
        (["privatise", "choices.csv", "--scheme", "list.json", "-o", "x.csv"], "is no scheme"),
        (
            ["privatise", "choices.csv", "--scheme", "edited.json", "-o", "x.csv"],
            "is not as it was written",
        ),
        (["estimate", "private.csv"], ".23 for .5"),
        (["estimate", "private.csv", "--choice", "private_choice"], ".23 for .5"),
        (["fit", "cells.csv", "-o", "x.nc"], ".23 for .5"),
        (["check", "private.csv"], ".23 for .5"),
        (
            ["condense", "private.csv", "--choice", "private_choice", "-o", "x.parquet"],
            ".23 for .5",
        ),
        (
            ["label", "private.csv", "--choice", "private_choice", "-o", "x.csv"],
            ".23 for .5",
        ),
        (["estimate", "private.csv", "--scheme", "other.json"], "is not that of"),
        (["estimate", "private.csv", "--scheme", "row.json"], "protects choices, and this one"),
        (["estimate", "choices.csv", "--scheme", "choice.json"], "are not private yet"),
        (["estimate", "scheme.csv", "--scheme", "row.json"], "1 row was randomised by 000"),
        (
            ["estimate", "private_cell.csv", "--scheme", "row.json"],
            "'fast' in line 6; did you mean",
        ),
        (
            ["estimate", "cells.csv", "--scheme", "row.json", "--features", "x"],
            "have no such column",
        ),
        (
            ["estimate", "cells.csv", "--scheme", "row.json", "--boundary", "id"],
            "have no such column",
        ),
        *(
            (["compare", "cells.csv", "--scheme", "row.json", *more], "six cells and no more")
            for more in (
                ["--shares", "shares.csv"],
                ["--units", "x=2"],
                ["--most-drift", "2"],
            )
        ),
        (
            ["fit", "cells.csv", "--scheme", "row.json", "--by-labeler", "ndt", "-o", "x.nc"],
            "six cells and no more",
        ),
        (
            ["fit", "cells.csv", "--scheme", "row.json", "--model", "mixture", "-o", "x.nc"],
            "hierarchical model only",
        ),
    ],
)
def test_bad_input_is_one_line(folder, command, message, monkeypatch):
    monkeypatch.chdir(folder)
    assert message in bayes_ddm(*command).refusal()


@pytest.mark.parametrize("command", ["fit", "compare"])
def test_rows_are_fitted_by_both_commands(folder, command, monkeypatch):
    def fit(private, model, **options):
        raise InputError(f"{len(private)} rows are fitted at {options['boundary']:g}.")

    monkeypatch.setattr("bayes_ddm.fitting.run.fit", fit)
    options = [folder / "cells.csv", "--scheme", folder / "row.json", "--boundary", "1.3"]
    message = bayes_ddm(command, *options, "-o", folder / "never.nc").refusal()
    assert message == "300 rows are fitted at 1.3."
