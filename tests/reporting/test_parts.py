"""Parts of the report: mathematics, priors, figures of draws, JSON values."""

import datetime
import json
from dataclasses import replace
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest

from bayes_ddm import models
from bayes_ddm.display import Missing
from bayes_ddm.distributions.prior_code import as_code
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.run import resolve
from bayes_ddm.reporting.document import Document
from bayes_ddm.reporting.drawing import picture
from bayes_ddm.reporting.equations import Shape, equations, mathml, shape_of, where
from bayes_ddm.reporting.figures import chain_ranks, densities
from bayes_ddm.reporting.priors_table import priors_of
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.sections.reproduction import DIGEST, choices_digest
from tests.support import fits

# --- mathematics ----------------------------------------------------------------------------------


def test_tex_becomes_mathml():
    root = ElementTree.fromstring(mathml(r"b_i \sim \text{Normal}(m, \text{boundary\_spread})"))
    texts = {
        tag: [x.text for x in root.iter() if x.tag.endswith(f"}}{tag}")] for tag in ("mo", "mtext")
    }
    assert texts == {"mo": ["∼", "(", ",", ")"], "mtext": ["Normal", "boundary_spread"]}


# `fits.pretended` is of known labelers without features
SCALAR = [name for name in models.names() if name not in {"anonymous_boundary", "contextual"}]


def _shape(name):
    return shape_of(Posterior.of(fits.pretended(name)))


@pytest.mark.parametrize("name", SCALAR)
def test_every_model_is_written_out(name):
    lines = equations(_shape(name))
    assert len(lines) >= 2
    assert not [
        line for line in lines if "\\" in "".join(ElementTree.fromstring(mathml(line)).itertext())
    ]
    said = " ".join([*lines, *where(_shape(name))])
    wanted = {
        "pooled": r"v_i = \mu",
        "mixture": r"w_1\,\text{Normal}(m_1, s_1) + w_2\,\text{Normal}(m_2, s_2)",
        "student": r"\text{Student}_{\text{df}}(\mu, \text{scale})",
        "contaminated": r"(1 - \text{lapse})\,\text{DDM}(v_i, \text{boundary}, \text{ndt})",
        "start_bias": r"\text{DDM}(v_i, \text{boundary}, \text{ndt}, \text{start})",
        "choice_only": r"P(z_{ij} = {+1})",
        "labeler_boundary": r"\text{DDM}(v_i, b_i, \tau_i)",
    }
    assert wanted.get(name, r"\text{DDM}(v_i, \text{boundary}, \text{ndt})") in said


@pytest.mark.parametrize(
    ("option", "part"),
    [
        ("boundary", r"(b_i) \sim \text{Normal}(\log(\text{boundary}), \text{boundary\_spread})"),
        ("boundary", r"\tau_i < \min_j t_{ij}"),
        ("start", r"(s_i) \sim \text{Normal}(\text{logit}(\text{start}), \text{start\_spread})"),
        ("lapse", r"\text{lapse}\,\text{Guess}"),
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
        r"\theta_i \sim \text{Normal}(\theta, \Sigma)",
        r"v_{ij} = \psi_{ij} \cdot \theta_i",
        r"(z_{ij}, t_{ij}) \sim \text{DDM}(v_{ij}, \text{boundary}, \text{ndt})",
    ]
    assert "t_i)" in equations(replace(shape, anonymous=True))[-1]


# --- priors ---------------------------------------------------------------------------------------


def _priors(name, **options):
    """Priors of a fit, which holds all of them, whatever was given."""
    fit = fits.pretended(name, **options)
    settings = resolve(fits.scalar(), name, options)[2]
    fit.attrs["parameters"] = json.dumps({key: as_code(x) for key, x in settings.items()})
    return {parameter: prior for parameter, _, prior in priors_of(Posterior.of(fit))}


def test_a_table_of_priors_has_what_the_model_has_and_no_more():
    assert list(_priors("hierarchical")) == ["mu", "sigma", "boundary", "ndt"]
    own = ["mu", "sigma", "boundary", "boundary_spread", "ndt", "ndt_spread"]
    assert list(_priors("labeler_boundary")) == own
    assert _priors("contaminated")["lapse"] == "Beta(1, 20)"
    assert _priors("start_bias", boundary=1.25)["boundary"] == "fixed at 1.25"


USUAL = {"theta", "Sigma", "eta", "boundary", "ndt"}
OWN_WORDS = {"theta": "Normal(0, shrinkage)", "shrinkage": "HalfNormal(2)"}
SHARED = {
    "spread": "diagonal",
    "Sigma": "any shares in drift_spread",
    "drift_spread": "HalfNormal(2)",
}


@pytest.mark.parametrize(
    ("given", "has", "without"),
    [
        ({}, {}, ""),
        ({"theta": "shrunk"}, OWN_WORDS, ""),
        ({"Sigma": "shared", "spread": "diagonal"}, SHARED, "eta"),
        ({"spread": "diagonal"}, {"spread": "diagonal"}, "eta"),
        ({"spread": "full"}, {"spread": "full"}, ""),
        ({"rank": 1}, {"rank": "fixed at 1"}, "eta"),
        ({"drift_link": "saturating"}, {"drift_link": "saturating"}, ""),
        ({"boundary": "amount"}, {"boundary_slope": "Normal(0, 0.5)"}, ""),
    ],
)
def test_a_word_is_a_condition_only_where_it_is_one(given, has, without):
    fit = fits.unsampled(fits.contextual(), "contextual", **given)
    priors = {name: prior for name, _, prior in priors_of(Posterior.of(fit))}
    assert priors | has == priors and set(priors) == (USUAL | set(has)) - {without}
    assert "None" not in str(priors)


# --- ArviZ's figures ------------------------------------------------------------------------------

NORMAL = np.random.default_rng(4).normal(size=(2, 50))


def _titles(figure):
    return [axis.get_title() for axis in figure.axes]


def test_figures_of_draws_show_what_varies_under_its_own_name():
    draws = {"$a_$ <b>": NORMAL, "constant": np.ones((2, 50)), "x": NORMAL + 5}
    assert _titles(chain_ranks(draws)) == ["$a_$ <b>", "x"]
    shown = densities(draws, {"x": NORMAL * 100}, 0.9, {"$a_$ <b>": "", "constant": "s", "x": "√s"})
    assert _titles(shown) == ["$a_$ <b>", "x (√s)"]
    # a wide prior does not stretch the panel of what was learned
    assert shown.axes[1].get_xlim()[1] - shown.axes[1].get_xlim()[0] < 2 * np.ptp(NORMAL)
    assert len(chain_ranks({f"{i}": NORMAL for i in range(30)}).axes) == 16
    plt.close("all")


def test_pictures_of_draws_leave_no_figure_open():
    made = picture(lambda: chain_ranks({"$a_$": NORMAL}), alt="", caption="")
    assert made.source.startswith("data:image/") and plt.get_fignums() == []


# --- the document ---------------------------------------------------------------------------------


def test_numbers_become_json_values():
    numbers = {
        "a": np.float64("nan"),
        "b": [np.int64(3), np.inf],
        "c": {"d": np.bool_(True)},
        4: None,
    }
    part = Part((Missing("it", "because"),), "x", numbers)
    document = Document(
        "t", ("x",), (Section("s", "S", (part,)),), datetime.date(2026, 1, 2)
    ).to_dict()
    (part_numbers,) = document["sections"]["s"]["parts"]
    assert part_numbers["numbers"] == {"a": None, "b": [3, None], "c": {"d": True}, "4": None}
    assert part_numbers["not_computed"] == [{"what": "it", "reason": "because"}]
    json.dumps(document, allow_nan=False)


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
    taken: dict[str, object] = {"choices": choices}
    exec(DIGEST.replace("hashlib.sha256", "digest = hashlib.sha256"), taken)  # as the report says
    assert taken["digest"] == choices_digest(choices)
    assert choices_digest(choices.grouped()) == choices_digest(choices)
    changed = replace(choices, choice=np.where(order == 0, -choices.choice, choices.choice))
    assert choices_digest(changed) != choices_digest(choices)
