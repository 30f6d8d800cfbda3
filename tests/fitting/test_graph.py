"""The graph of a model: every variable once, below all it is made from, within its plate."""

import io
import re

import pymc as pm
import pytest

import bayes_ddm as bd
from bayes_ddm.fitting.graph import graph_of
from bayes_ddm.plots.graph import _places
from tests.support.fits import contextual, scalar, scalar_fit
from tests.support.tables import refusal


def built(name, choices=None, **given):
    return bd.models.builder(name)(scalar() if choices is None else choices, **given)


def test_what_is_made_from_what():
    found = graph_of(built("labeler_boundary"))
    kinds = {node.name: node.kind for node in found.nodes}
    assert kinds["y"] == "observed" and kinds["mu"] == "free"
    assert kinds["labeler_boundary"] == "derived"
    assert set(found.parents["y"]) == {"mu", "sigma", "labeler_boundary", "labeler_ndt"}
    assert found.parents["mu"] == ()
    plates = {node.name: node.plate for node in found.nodes}
    assert plates["labeler_boundary"] == "60 labelers" and plates["y"] == "300 rows"


@pytest.mark.parametrize(
    "model",
    [
        lambda: built("hierarchical"),
        lambda: built("labeler_boundary"),
        lambda: built("contextual", contextual()),
    ],
)
def test_variables_stand_apart_and_below_what_they_are_made_from(model):
    found = graph_of(model())
    place = _places(found)
    assert set(place) == {node.name for node in found.nodes}
    for name, parents in found.parents.items():
        assert all(place[parent][1] > place[name][1] for parent in parents)
    points = list(place.values())
    for k, (x, y) in enumerate(points):
        # an ellipse is 1.52 wide and .6 high
        assert all(abs(x - a) > 1.52 or abs(y - b) > 0.6 for a, b in points[:k])


def test_a_fit_and_a_model_of_ones_own_are_drawn_as_svg():
    with pm.Model() as own:
        x = pm.Normal("x", shape=3)
        pm.Normal("seen", x.sum(), observed=1.0)
    for drawn, words in ((scalar_fit(), {"mu", "sigma", "300 rows"}), (own, {"x", "seen"})):
        content = io.StringIO()
        bd.graph(drawn).savefig(content, format="svg")
        comments = set(re.findall(r"<!-- (.*?) -->", content.getvalue()))
        assert words <= comments
    assert "no variables" in refusal(graph_of, pm.Model())
