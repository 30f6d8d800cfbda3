"""A model's file is all there is to a model: a new one is listed, fitted, judged and reported."""

import json
import shutil
import sys
from functools import cache
from pathlib import Path

import pytest

import bayes_ddm as bd
from bayes_ddm import models
from bayes_ddm.comparison import explain as explaining
from bayes_ddm.comparison.relaxations import relaxations
from bayes_ddm.simulate import experiment
from tests.support import fits
from tests.support.commands import bayes_ddm

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module", autouse=True)
def laplace(tmp_path_factory):
    """The model's file, new in the folder of models."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copy(ROOT / "support" / "laplace.py", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "__path__", [*models.__path__, str(folder)])
        yield
    sys.modules.pop("bayes_ddm.models.laplace", None)


@cache
def choices():
    """30 labelers, 4 choices each."""
    return experiment("normal", labelers=30, choices=4, boundary=1.25, ndt=0.3, seed=3)


@pytest.fixture(scope="module")
def fit(laplace):
    """A short fit of it."""
    return fits.quiet_fit(choices(), "laplace", draws=150, tune=150)


def test_it_is_listed():
    assert "  most labelers near the average, and some far away." in bayes_ddm("models").done().out


def test_it_is_what_others_are_relaxed_to():
    found = relaxations(fits.pretended("hierarchical"))[0]
    assert "laplace" in {r.model for r in found if r.instead == "a peaked population"}


def test_it_is_fitted_and_saved(fit, tmp_path):
    assert fit.attrs["model"] == "laplace"
    assert json.loads(fit.attrs["parameters"])["width"] == "pm.HalfNormal.dist(1.5)"
    again = bd.load(bd.save(fit, tmp_path / "fit.nc"))
    assert {rv.name for rv in bd.model_of(again).free_RVs} == {"mu", "width", "boundary", "ndt"}


def test_it_is_diagnosed(fit):
    found = bd.diagnose(fit, draws=20, progress=False)
    assert {finding.ok for finding in found.findings} <= {True, False}
    assert len(bd.labelers(fit, 20)) == 30


def test_it_is_predicted(fit):
    table = bd.predict(fit, choices(), draws=20, progress=False).table
    assert table["p_positive"].between(0, 1).all()


def test_it_is_compared_and_explained(fit, monkeypatch):
    compared = bd.compare(fit)
    assert compared.model == "laplace"
    tried = relaxations(fit)[0]
    assert [r.instead for r in tried][:2] == ["a mixture of normals", "heavy tails"]
    # one refit of its own: the others take as long again
    own = [r for r in tried if r.instead == "a biased start"]
    monkeypatch.setattr(explaining, "relaxations", lambda fit: (own, []))
    found = bd.explain(compared, draws=100, tune=100, chains=1, force=True, progress=False)
    assert [row.model for row in found.rows] == ["laplace", "laplace"]


def test_it_is_reported(fit, tmp_path):
    numbers = tmp_path / "report.json"
    bd.report(fit, tmp_path / "report.html", json=numbers, draws=20, progress=False)
    (part,) = json.loads(numbers.read_text(encoding="utf-8"))["sections"]["model"]["parts"]
    assert part["numbers"]["equations"][0] == r"v_i \sim \text{Laplace}(\mu, \text{width})"
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Laplace takes a mean and a width." in page
