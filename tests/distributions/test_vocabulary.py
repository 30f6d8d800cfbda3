"""What is said of parameters: held to the models that have them."""

import inspect

import pytest

from bayes_ddm import models
from bayes_ddm.distributions.vocabulary import PARAMETERS, unit_of
from tests.support import programs


@pytest.mark.parametrize("name", models.names())
def test_every_argument_of_a_model_has_a_meaning(name):
    arguments = set(inspect.signature(models.builder(name)).parameters) - {"choices"}
    assert {key for key in arguments if not PARAMETERS[key].meaning} == set()


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
