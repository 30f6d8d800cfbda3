"""What of a fit can be relaxed, and what is kept of it."""

import json

import numpy as np
import pymc as pm
import pytest

import bayes_ddm as bd
from bayes_ddm.comparison.relaxations import compatible, relaxations, together
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.simulate import experiment
from tests.support import fits


def names(fit):
    possible, not_tried = relaxations(fit)
    return [r.instead for r in possible], [x.assumption for x in not_tried]


def test_every_assumption_of_a_fit_can_be_relaxed_on_its_own():
    assert names(fits.scalar_fit()) == (
        [
            "a mixture of normals",
            "heavy tails",
            "labelers' own boundaries",
            "labelers' own non-decision times",
            "lapses",
            "a biased start",
            "drift that varies from trial to trial",
            "bounds that close in",
        ],
        [],
    )
    fit = fits.made_up(fits.contextual(), "contextual", {"ndt": np.full(9, 0.2)})
    for relaxation in relaxations(fit)[0]:
        model, options, lost = together(Posterior.of(fit).settings, [relaxation])
        program = bd.models.builder(model)(fits.contextual(), **options)
        assert "theta" in program.named_vars and lost == ()


@pytest.mark.parametrize(
    ("model", "options", "first", "missing"),
    [
        ("pooled", {}, "preferences that differ", None),
        ("mixture", {}, "3 types", "a mixture of normals"),
        ("student", {}, "a mixture of normals", "heavy tails"),
        ("labeler_boundary", {}, "a mixture of normals", "labelers' own boundaries"),
        ("start_bias", {}, "a mixture of normals", "a biased start"),
    ],
)
def test_what_a_model_does_not_assume_is_not_relaxed(model, options, first, missing):
    possible, not_tried = names(fits.pretended(model, **options))
    assert possible[0] == first and missing not in possible and not_tried == []


def made_up(choices, **options):
    rng = np.random.default_rng(1)
    posterior = {"mu": rng.normal(0.5, 0.1, 50), "sigma": rng.normal(1, 0.05, 50)}
    return fits.made_up(choices, "hierarchical", posterior, **options)


def test_given_values_and_priors_are_kept_or_freed():
    fit = made_up(fits.scalar(), mu=pm.Normal.dist(0, 0.5), boundary=1.25, ndt=0.2)
    by_words = {r.instead: r for r in relaxations(fit)[0]}
    learned = by_words["a boundary and non-decision time learned from the data"]
    settings = Posterior.of(fit).settings
    assert set(settings.given) == {"mu", "boundary", "ndt"}
    model, options, _ = together(settings, [learned])
    free = {rv.name for rv in bd.models.builder(model)(fits.scalar(), **options).free_RVs}
    assert {"boundary", "ndt"} <= free
    own = by_words["labelers' own boundaries"]
    assert own.options["boundary"].center == 1.25
    assert not compatible([learned, own])
    model, options, lost = together(settings, [by_words["heavy tails"], own])
    assert model == "student" and lost == () and options["ndt"] == 0.2
    program = bd.models.builder(model)(fits.scalar(), **options)
    assert pm.logp(program["mu"], 0.0).eval() == pytest.approx(-np.log(0.5 * np.sqrt(2 * np.pi)))
    fit = made_up(fits.scalar(), sigma=pm.HalfNormal.dist(0.5), boundary=1.25, ndt=0.0)
    assert together(Posterior.of(fit).settings, [by_words["heavy tails"]])[2] == ("sigma",)
    assert names(fit)[1] == ["one non-decision time for all"]


@pytest.mark.slow
def test_single_choices_relax_only_what_they_can_tell():
    choices = experiment("normal", labelers=40, boundary=1.25, ndt=0.3, seed=1)
    fit = made_up(choices, boundary=1.25, ndt=0.2)
    possible, not_tried = names(fit)
    assert "labelers' own non-decision times" not in possible
    steady = "a labeler's drift is the same in every trial"
    assert not_tried == ["one non-decision time for all", steady]
    singles = relaxations(fit)[0]
    for pair in ([a, b] for a in singles for b in singles if compatible([a, b])):
        model, options, _ = together(Posterior.of(fit).settings, pair)
        assert bd.models.builder(model)(choices, **options).free_RVs


def test_what_cannot_be_refitted_is_refused():
    fit = fits.scalar_fit().copy()
    fit.attrs = dict(fit.attrs) | {"model": "mine.build"}
    with pytest.raises(bd.InputError, match=r"'mine.build' is not of the family"):
        _ = Posterior.of(fit).settings
    fit.attrs |= {"model": "hierarchical", "parameters": json.dumps({"mu": "Mixture"})}
    with pytest.raises(bd.InputError, match="prior of mu by name only"):
        _ = Posterior.of(fit).settings
