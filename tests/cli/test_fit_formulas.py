"""A fit with formulas at the command line: made, and asked of new rows."""

import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.cli.fit import _varying
from bayes_ddm.cli.options import Formulas, Model
from tests.support.commands import bayes_ddm, strict_json
from tests.support.study import study, study_fit


def test_new_rows_are_read_with_the_columns_that_the_fit_names(tmp_path):
    fit, new, out = (tmp_path / name for name in ("fit.nc", "new.csv", "predicted.csv"))
    bd.save(study_fit(), fit)
    study().head(20).assign(id=900).to_csv(new, index=False)
    bayes_ddm("predict", fit, new, "--labeler", "id", "-o", out).done()
    table = pd.read_csv(out)
    quick = study().head(20)["instruction"] == "speed"
    assert table["rt_median"][quick].max() < table["rt_median"][~quick].min()
    study().head(20)[["choice", "rt", "id"]].to_csv(new, index=False)
    refused = bayes_ddm("predict", fit, new, "--labeler", "id")
    assert "no column 'instruction'" in refused.refusal()


def test_by_labeler_keeps_the_formula_of_the_median():
    model, formulas = Model(by_labeler="boundary,ndt"), Formulas(boundary="instruction")
    parameters = _varying(model, formulas)
    assert (
        parameters["boundary"].center.formula == "instruction" and parameters["ndt"].center is None
    )
    with pytest.raises(bd.InputError, match="fixes what --by-labeler lets vary"):
        _varying(model, Formulas(boundary="1.2"))


def test_spread_rank_and_theta_go_to_the_model_of_features():
    settings = {"spread": "diagonal", "rank": 2, "theta": "shrunk"}
    assert _varying(Model(**settings), Formulas()) == settings
    assert _varying(Model(lapses=True, rank=1), Formulas()).keys() == {"lapse", "rank"}


def test_a_fit_is_compared_over_shares(tmp_path):
    fit, shares, out = (tmp_path / name for name in ("fit.nc", "shares.csv", "out.json"))
    bd.save(study_fit(), fit)
    shares.write_text("country,share\nFR,0.4\nJP,0.6\n")
    result = bayes_ddm("compare", fit, "--shares", shares, "--json", out).done()
    assert "averages over country=FR 0.4, country=JP 0.6" in result.out
    document = {
        entry["parameter"]: entry["mean"] for entry in strict_json(out.read_text())["posterior"]
    }
    over = bd.poststratify(study_fit(), shares)
    assert document["mu"] == pytest.approx(over.loc["mu", "mean"])
    shares.write_text("country,share\nFR,0.4\nPE,0.6\n")
    assert "'PE', no group" in bayes_ddm("compare", fit, "--shares", shares).refusal()
