"""What a misfit asks for, in the words of the model family."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bayes_ddm import models
from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.vocabulary import PARAMETERS, parameter_called
from bayes_ddm.estimators import choice_time_test
from bayes_ddm.fitting.posterior import Posterior

LEVEL = 0.05


def has(posterior: Posterior) -> frozenset[str]:
    """What the fit's model has of what a misfit may ask for."""
    mended = {parameter_called(str(name)).mends for name in posterior.draws.data_vars} - {""}
    alike = models.description(posterior.model).population is None
    return frozenset(mended | (set() if alike else {"spread"}))


def ruled_out(choices: Choices) -> frozenset[str]:
    """What a misfit may ask for, but labelers' repeated comparisons say is not the matter."""
    test = choice_time_test(choices)
    return frozenset({"start"} if test is not None and test.p_value > LEVEL else ())


def mend(
    wanted: Sequence[str], had: Collection[str], *, anonymous: bool, contextual: bool = False
) -> str:
    """Return a sentence with the first two things wanted that the model does not have.

    Examples
    --------
    >>> mend(["spread", "lapse"], {"spread"}, anonymous=False)
    "Try lapses (model 'contaminated')."
    """
    offers = (
        _offer(what, anonymous=anonymous, contextual=contextual)
        for what in wanted
        if what not in had
    )
    left = [offer for offer in offers if offer]
    if not left:
        return "The model has what usually mends this; look at these rows (bayes-ddm check)."
    return f"Try {', or '.join(left[:2])}."


def _offer(wanted: str, *, anonymous: bool, contextual: bool) -> str:
    """The models that are about it, or what else there is; empty if nothing is."""
    if wanted == "attributes":
        return "another form of the attributes (logarithms, products)"
    known = {name: models.description(name) for name in models.names()}
    about = {
        name: model.offer
        for name, model in known.items()
        if model.mends == wanted and model.takes(anonymous=anonymous, contextual=contextual)
    }
    if about:
        plural = "s" if len(about) > 1 else ""
        return f"{' or '.join(about.values())} (model{plural} {' and '.join(map(repr, about))})"
    # labelers' own values are asked for with any model, but of known labelers only
    own = [x.offer for x in PARAMETERS.values() if x.mends == wanted and x.offer and not anonymous]
    return next(iter(own), "")
