"""What is said of parameters: held to the models that have them."""

import inspect

import pytest

from bayes_ddm import models
from bayes_ddm.distributions.prior_code import as_code
from bayes_ddm.distributions.priors import is_distribution
from bayes_ddm.distributions.vocabulary import PARAMETERS, unit_of
from tests.support import programs


@pytest.mark.parametrize("name", models.names())
def test_every_argument_of_a_model_has_a_meaning(name):
    arguments = set(inspect.signature(models.builder(name)).parameters) - {"choices"}
    assert {key for key in arguments if not PARAMETERS[key].meaning} == set()


def test_models_have_one_prior_for_a_parameter_that_several_have():
    written: dict[str, set[str]] = {}
    for name in models.names():
        for key, argument in inspect.signature(models.builder(name)).parameters.items():
            if is_distribution(argument.default):
                written.setdefault(key, set()).add(as_code(argument.default))
    for key, prior in ((key, known.prior) for key, known in PARAMETERS.items()):
        if prior is not None and key in written:
            written[key].add(as_code(prior))
    assert {"mu", "boundary", "ndt", "lapse"} <= written.keys()
    assert {key: code for key, code in written.items() if len(code) > 1} == {}


@pytest.mark.parametrize("name", sorted(programs.PROGRAMS))
def test_what_is_sampled_in_place_of_a_parameter_says_of_which(name):
    model = programs.PROGRAMS[name]()
    for variable in model.free_RVs:
        known = PARAMETERS.get(variable.name)
        of = known.rescales or known.behind if known else ""
        if of:
            assert of in model.named_vars or of == "preference", variable.name
        else:
            assert known is None or known.shown or variable.name == "gap"


def test_units():
    assert unit_of("amount", ["amount"]) == "1/√s per unit"
    assert (unit_of("ndt"), unit_of("boundary"), unit_of("correlation[a, b]")) == ("s", "√s", "")
    assert unit_of("mu", logits=True) == "log odds"
