"""Attribute differences whose parameter is learned: what models divide and multiply."""

from __future__ import annotations

from typing import Any

import pymc as pm
import pytensor.tensor as pt

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.learned_values import valued_design
from bayes_ddm.data.omissions import with_omitted
from bayes_ddm.distributions.parameters import parameter
from bayes_ddm.estimators.design import design


def value_parameters(choices: Choices, discount_rate: Any, utility_exponent: Any) -> None:
    """Add the parameters that the drift's formula leaves open, if any.

    Parameters
    ----------
    choices : Choices
    discount_rate, utility_exponent : unnamed PyMC distribution or number
        Of ``bd.hyperbolic`` and ``bd.exponential``, per unit of the delay; of ``bd.power``.
    """
    valued = valued_design(choices)
    priors = {"discount_rate": discount_rate, "utility_exponent": utility_exponent}
    for name in () if valued is None else valued.of(choices).parameters:
        parameter(name, priors[name], positive=True)


def scales(choices: Choices) -> Any:
    """Root mean square of each attribute difference: what features are divided by inside models.

    Where features have a parameter to learn it is a tensor, in the model on the context.
    """
    valued = valued_design(choices)
    if valued is None:
        return design(choices).scale
    psi = valued.of(choices).take(slice(len(choices))).at(learned(), pt)
    share = choices.count / choices.count.sum()
    return pt.sqrt((share[:, None] * psi**2).sum(axis=0))


def attributes(choices: Choices) -> Any:
    """Attribute differences of choices, then of trials that ran out of time, shape (rows, d)."""
    valued = valued_design(choices)
    if valued is None:
        return with_omitted(choices).features
    return valued.of(choices).at(learned(), pt)


def learned() -> dict[str, Any]:
    """Return the parameters of value functions that the model on the context has."""
    model = pm.modelcontext(None)
    names = ("discount_rate", "utility_exponent")
    return {name: model[name] for name in names if name in model.named_vars}
