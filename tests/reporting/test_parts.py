"""Parts of the report: mathematics, priors as code, labelers' own estimates, JSON values."""

import datetime
import inspect
import json
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pymc as pm
import pytest
from scipy.optimize import minimize

import bayes_ddm as bd
from bayes_ddm import models
from bayes_ddm.display import Missing
from bayes_ddm.distributions.by_labeler import CENTERS, SPREAD
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.run import _describe, resolve
from bayes_ddm.reporting.document import Document
from bayes_ddm.reporting.equations import Shape, equations, shape_of, where
from bayes_ddm.reporting.mathml import formula
from bayes_ddm.reporting.priors_table import as_code, in_words, priors_of
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.sections.reproduction import choices_digest
from bayes_ddm.reporting.units import unit_of
from bayes_ddm.reporting.unpooled import unpooled
from bayes_ddm.wiener import starting_point_log_density
from tests.support import fits

# --- mathematics ----------------------------------------------------------------------------------


def _text(element):
    return "".join(element.itertext())


def test_scripts_and_operators_become_mathml():
    root = ElementTree.fromstring(str(formula("log b_i ~ Normal(m, boundary_spread) - z_{ij}")))
    assert root.tag == "math"
    assert [_text(x) for x in root.iter("mi")][:3] == ["log", "b", "i"]
    assert [_text(x) for x in root.iter("mo")] == ["∼", "(", ",", ")", "−"]
    assert "boundary_spread" in [x.text for x in root.iter("mi")]
    assert [_text(x) for x in root.iter("msub")] == ["bi", "zij"]


def test_formulas_escape_what_they_are_given():
    made = str(formula('a < <script> "b" & c'))
    assert "<script" not in made
    assert ElementTree.fromstring(made).attrib["aria-label"] == 'a < <script> "b" & c'


# `fits.pretended` is of known labelers without features
SCALAR = [name for name in models.names() if name not in {"anonymous_boundary", "contextual"}]


@pytest.mark.parametrize("name", SCALAR)
def test_every_model_is_written_out(name):
    lines = equations(shape_of(fits.pretended(name)))
    assert len(lines) >= 2
    assert {ElementTree.fromstring(str(formula(line))).tag for line in lines} == {"math"}
    said = " ".join([*lines, *where(shape_of(fits.pretended(name)))])
    wanted = {
        "pooled": "v_i = μ",
        "mixture": "w_1 Normal(m_1, s_1) + w_2 Normal(m_2, s_2)",
        "student": "Student_df(μ, scale)",
        "contaminated": "(1 - lapse) DDM(v_i, boundary, ndt) + lapse Guess",
        "start_bias": "DDM(v_i, boundary, ndt, start)",
        "choice_only": "P(z_ij = +1)",
        "labeler_boundary": "DDM(v_i, b_i, τ_i)",
    }
    assert wanted.get(name, "DDM(v_i, boundary, ndt)") in said


@pytest.mark.parametrize(
    ("option", "part"),
    [
        ("boundary", "log b_i ~ Normal(log boundary, boundary_spread)"),
        ("boundary", "τ_i < min_j t_ij"),
        ("start", "logit s_i ~ Normal(logit start, start_spread)"),
        ("lapse", "lapse Guess"),
    ],
)
def test_options_of_a_model_are_written_out(option, part):
    own = {"boundary": {"boundary", "ndt"}, "start": {"start"}}.get(option, set())
    shape = Shape(
        "hierarchical",
        contextual=False,
        anonymous=False,
        own=frozenset(own),
        lapse=option == "lapse",
    )
    assert part in " ".join(equations(shape))


def test_features_and_anonymous_labelers_change_the_indices():
    shape = Shape("contextual", contextual=True, anonymous=False)
    assert equations(shape) == [
        "θ_i ~ Normal(θ, Σ)",
        "v_ij = ψ_ij * θ_i",
        "(z_ij, t_ij) ~ DDM(v_ij, boundary, ndt)",
    ]
    assert "t_i)" in equations(replace(shape, anonymous=True))[-1]


# --- priors ---------------------------------------------------------------------------------------


def _defaults():
    """Every prior that a model of the family has by default, as a fit holds it."""
    found = {_describe(prior) for prior in (*CENTERS.values(), SPREAD)}
    for name in models.names():
        parameters = inspect.signature(models.builder(name)).parameters.values()
        written = [_describe(p.default) for p in parameters if p.default is not p.empty]
        found |= {value for value in written if isinstance(value, str)}
    return sorted(found)


@pytest.mark.parametrize("written", [*_defaults(), "Exponential(0.5)", "Uniform(0, 3)"])
def test_the_code_of_a_prior_gives_it_again(written):
    again = eval(as_code(written), {"pm": pm})
    numbers = [float(x) for x in written.partition("(")[2].removesuffix(")").split(",")]
    found = _describe(again).partition("(")
    assert found[0] == written.partition("(")[0]
    assert [float(x) for x in found[2].removesuffix(")").split(",")] == pytest.approx(numbers)
    assert in_words(written).startswith(written.partition("(")[0])


def test_the_code_of_numbers_and_of_values_by_labeler():
    assert as_code(1.25) == "1.25"
    given = _describe(bd.by_labeler(spread=pm.HalfNormal.dist(0.5)))
    again = eval(as_code(given), {"pm": pm, "bd": bd})
    assert again.center is None and _describe(again.spread) == "HalfNormal(0.0, 0.5)"
    assert as_code("Weird") is None and in_words("Weird") == "Weird"


def _priors(name, **options):
    """Priors of a fit, which holds all of them, whatever was given."""
    fit = fits.pretended(name, **options)
    settings = resolve(fits.scalar(), name, options)[2]
    fit.attrs["parameters"] = json.dumps({key: _describe(x) for key, x in settings.items()})
    return {parameter: prior for parameter, _, prior in priors_of(fit)}


def test_a_table_of_priors_has_what_the_model_has_and_no_more():
    assert list(_priors("hierarchical")) == ["mu", "sigma", "boundary", "ndt"]
    own = ["mu", "sigma", "boundary", "boundary_spread", "ndt", "ndt_spread"]
    assert list(_priors("labeler_boundary")) == own
    assert _priors("contaminated")["lapse"] == "Beta(1, 20)"
    assert _priors("start_bias", boundary=1.25)["boundary"] == "fixed at 1.25"


def test_units():
    assert unit_of("amount", ["amount"]) == "1/√s per unit"
    assert (unit_of("ndt"), unit_of("boundary"), unit_of("correlation[a, b]")) == ("s", "√s", "")
    assert unit_of("mu", logits=True) == "log odds"


# --- labelers' own estimates ----------------------------------------------------------------------


CONSTANT = {
    "mu": np.full(3, 0.5),
    "sigma": np.full(3, 0.8),
    "boundary": np.full(3, 1.25),
    "ndt": np.full(3, 0.2),
}


def _shared():
    return fits.made_up(fits.scalar(), "start_bias", CONSTANT | {"start": np.full(3, 0.6)})


def _own():
    choices = fits.own_boundaries()
    fastest = np.array([choices.rt[choices.labeler == i].min() for i in range(40)])
    spreads = {"boundary_spread": np.full(3, 0.3), "ndt_spread": np.full(3, 0.3)}
    own = {
        "labeler_boundary": np.tile(np.linspace(0.8, 1.6, 40), (3, 1)),
        "labeler_ndt": np.tile(0.6 * fastest, (3, 1)),
    }
    return fits.made_up(choices, "labeler_boundary", CONSTANT | spreads | own)


def _contextual():
    return fits.made_up(fits.contextual(), "contextual", _middle())


@pytest.mark.parametrize("make", [_shared, _own, _contextual])
def test_own_estimates_maximise_each_labelers_likelihood(make):
    fit = make()
    choices, found = bd.choices_of(fit), unpooled(fit)
    drawn = fit.posterior.isel(chain=0, draw=0)
    own = "labeler_boundary" in drawn
    psi = choices.features if choices.contextual else np.ones((len(choices), 1))
    scale = np.sqrt((psi**2).mean(axis=0))
    for i in (0, 7, 30):
        mine = choices.labeler == i
        given = {
            n: float(drawn[f"labeler_{n}"][i] if own else drawn[n]) for n in ("boundary", "ndt")
        }
        given["start"] = float(drawn["start"]) if "start" in drawn else 0.5

        def loss(theta, mine=mine, given=given):
            drift = psi[mine] / scale @ theta
            rt, choice = choices.rt[mine], choices.choice[mine]
            return -starting_point_log_density(rt, choice, drift=drift, **given).sum()

        best = minimize(loss, np.zeros(psi.shape[1]), method="Nelder-Mead", tol=1e-10)
        assert found[i] * scale == pytest.approx(best.x, abs=1e-4)


def test_labelers_that_nothing_is_known_of_have_no_estimate():
    choices = fits.contextual()
    first = (choices.labeler != 0) | (np.arange(len(choices)) == 0)
    fit = fits.made_up(choices._take(np.flatnonzero(first)), "contextual", _middle())
    found = unpooled(fit)
    assert np.isnan(found[0]).all() and np.isfinite(found[1:]).all()


def _middle():
    n = 3
    return {
        "theta_scaled": np.zeros((n, 2)),
        "sigma_scaled": np.ones((n, 2)),
        "partial": np.full((n, 1), 0.5),
        "boundary": np.full(n, 1.25),
        "ndt": np.full(n, 0.2),
    }


def test_own_estimates_need_names_and_times():
    with pytest.raises(InputError, match="no response times"):
        unpooled(fits.pretended("choice_only"))


# --- the document ---------------------------------------------------------------------------------


def test_numbers_become_json_values():
    numbers = {
        "a": np.float64("nan"),
        "b": [np.int64(3), np.inf],
        "c": {"d": np.bool_(True)},
        4: None,
    }
    part = Part((Missing("it", "because"),), "x", numbers)
    made = Document("t", ("x",), (Section("s", "S", (part,)),), datetime.date(2026, 1, 2)).to_dict()
    (found,) = made["sections"]["s"]["parts"]
    assert found["numbers"] == {"a": None, "b": [3, None], "c": {"d": True}, "4": None}
    assert found["not_computed"] == [{"what": "it", "reason": "because"}]
    json.dumps(made, allow_nan=False)


def test_names_of_fits_make_different_anchors():
    parts = tuple(Part((), name) for name in ("a b", "a-b", "<i>", "é"))
    names = tuple(part.fit for part in parts)
    page = Document("t", names, (Section("s", "S", parts),), datetime.date(2026, 1, 2)).to_html()
    anchors = [page.count(f'id="s-{x}"') for x in ("a-b", "a-b-2", "i", "fit")]
    assert anchors == [1, 1, 1, 1] and "<i>" not in page


def test_the_fingerprint_is_of_the_choices_and_not_of_their_order():
    choices = fits.scalar()
    order = np.random.default_rng(3).permutation(len(choices))
    assert choices_digest(choices._take(order)) == choices_digest(choices)
    assert choices_digest(choices.grouped()) == choices_digest(choices)
    changed = replace(choices, choice=np.where(order == 0, -choices.choice, choices.choice))
    assert choices_digest(changed) != choices_digest(choices)
