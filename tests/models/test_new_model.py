"""A model's file is all there is to a model: a new one is listed, fitted, judged and reported."""

import json
import sys
import textwrap
from functools import cache

import pytest

import bayes_ddm as bd
from bayes_ddm import models
from bayes_ddm.comparison import explain as explaining
from bayes_ddm.comparison.relaxations import relaxations
from bayes_ddm.simulate import experiment
from tests.support import fits
from tests.support.commands import bayes_ddm

# a Laplace variable is a normal one whose variance is exponential: a mixture, by quadrature
LAPLACE = '''
    """Laplace: most labelers near the average, and some far away."""

    from typing import Any

        import pymc as pm
    import pytensor.tensor as pt

    from bayes_ddm.data.choices import Choices
    from bayes_ddm.distributions.parameters import parameter
    from bayes_ddm.distributions.program import (
        Population, average, coordinates, diffusion, observe
    )
    from bayes_ddm.models import Description

    VARIANCE, WEIGHT = np.polynomial.laguerre.laggauss(8)

    describes = Description(
        population="a Laplace distribution",
        instead="a peaked population",
        law=lambda labeler, mean, types: [f"{labeler} ~ Laplace({mean}, width)"],
        symbols="Laplace takes a mean and a width.",
        contextual=False,
    )


    def build(
        choices: Choices,
        *,
        mu: Any = pm.Normal.dist(0, 2),
        width: Any = pm.HalfNormal.dist(1.5),
        boundary: Any = pm.LogNormal.dist(0.5, 1.2),
        ndt: Any = pm.HalfNormal.dist(5),
        start: Any = 0.5,
        lapse: Any = 0.0,
        lapse_rt: Any = pm.LogNormal.dist(0.5, 1.0),
    ) -> pm.Model:
        with pm.Model(coords=coordinates(choices)) as model:
            mean = average(choices, mu)
            scale = parameter("width", width, positive=True)
            pm.Deterministic("sigma", np.sqrt(2) * scale)
            how = diffusion(
                choices, boundary=boundary, ndt=ndt, start=start, lapse=lapse, lapse_rt=lapse_rt
            )
            chol = (scale * np.sqrt(2 * VARIANCE))[:, None, None]
            centers = mean + pt.zeros((len(VARIANCE), 1))
            observe(choices, Population(centers, chol, pt.constant(WEIGHT)), how)
        return model
'''


@pytest.fixture(scope="module", autouse=True)
def laplace(tmp_path_factory):
    """The model's file, new in the folder of models."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "laplace.py").write_text(textwrap.dedent(LAPLACE), encoding="utf-8")
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
    assert part["numbers"]["equations"][0] == "v_i ~ Laplace(μ, width)"
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Laplace takes a mean and a width." in page
