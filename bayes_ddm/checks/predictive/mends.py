"""What a misfit asks for, in the words of the model family."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from bayes_ddm import models
from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.vocabulary import PARAMETERS, parameter_called
from bayes_ddm.estimators import choice_time_test
from bayes_ddm.fitting.posterior import Posterior


def remedies_in(posterior: Posterior) -> frozenset[str]:
    """What the fit's model has of what a misfit may ask for."""
    remedies = {parameter_called(str(name)).mends for name in posterior.draws.data_vars} - {""}
    pooled = models.description(posterior.model).population is None
    return frozenset(remedies | (set() if pooled else {"spread"}))


def ruled_out(choices: Choices) -> frozenset[str]:
    """What a misfit may ask for, but labelers' repeated comparisons say is not the matter."""
    test = choice_time_test(choices)
    if test is None or not np.isfinite(test.p_value) or test.findings:
        return frozenset()
    return frozenset({"start"})


def mend(
    causes: Sequence[str], remedies: Collection[str], *, anonymous: bool, contextual: bool = False
) -> str:
    """Return a sentence with the first two of these causes that the model does not allow for.

    Examples
    --------
    >>> mend(["spread", "lapse"], {"spread"}, anonymous=False)
    "Try lapses (model 'contaminated')."
    """
    offers = (
        _offer(cause, anonymous=anonymous, contextual=contextual)
        for cause in causes
        if cause not in remedies
    )
    options = [offer for offer in offers if offer]
    if not options:
        return "The model has what usually mends this; look at these rows (bayes-ddm check)."
    return f"Try {', or '.join(options[:2])}."


def _offer(cause: str, *, anonymous: bool, contextual: bool) -> str:
    """The models that are about it, or what else there is; empty if nothing is."""
    if cause == "attributes":
        return "another form of the attributes (logarithms, products)"
    descriptions = {name: models.description(name) for name in models.names()}
    offers = {
        name: model.offer
        for name, model in descriptions.items()
        if model.mends == cause and model.takes(anonymous=anonymous, contextual=contextual)
    }
    if offers:
        plural = "s" if len(offers) > 1 else ""
        return f"{' or '.join(offers.values())} (model{plural} {' and '.join(map(repr, offers))})"
    # labelers' own values are asked for with any model, but of known labelers only
    if anonymous:
        return ""
    return next((x.offer for x in PARAMETERS.values() if x.mends == cause and x.offer), "")
