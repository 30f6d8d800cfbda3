"""A table of a fit's priors and fixed parameters."""

from __future__ import annotations

from bayes_ddm.distributions.by_condition import SLOPE
from bayes_ddm.distributions.by_labeler import given_or_default
from bayes_ddm.distributions.covariance import SCALE
from bayes_ddm.distributions.prior_code import as_code, from_code, in_words
from bayes_ddm.distributions.priors import ByCondition, ByLabeler
from bayes_ddm.distributions.program import SHRINKAGE
from bayes_ddm.distributions.vocabulary import ABSENT, DIFFUSION, parameter_called
from bayes_ddm.fitting.posterior import Posterior

# of few features, what is learned of many, how they then are, and the prior of what is learned
OF_FEATURES = {
    "theta": (
        f"Normal(0, {SHRINKAGE:g})",
        "shrinkage",
        "Normal(0, shrinkage)",
        f"HalfNormal({SHRINKAGE:g})",
    ),
    "Sigma": (
        f"HalfNormal({SCALE:g})",
        "drift_spread",
        "any shares in drift_spread",
        f"HalfNormal({SCALE:g})",
    ),
}


def priors_of(posterior: Posterior) -> list[tuple[str, str, str]]:
    """Return (parameter, meaning, prior) of each parameter that the model has.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> choices = bd.simulate.experiment("normal", labelers=30, choices=4, boundary=1.25, seed=1)
    >>> fit = bd.fit(choices, ndt=0, draws=200, tune=200, chains=2, seed=1, progress=False)
    >>> priors_of(Posterior.of(fit))[1]
    ('sigma', 'standard deviation of drifts between labelers', 'HalfNormal(2)')
    """
    written, family = posterior.written, posterior.of_family
    rows = []
    for name, value in written.items():
        if family and _absent(name, posterior):
            continue
        prior = from_code(value)
        if isinstance(prior, ByLabeler):
            rows += _by_labeler(name, prior, posterior)
        elif isinstance(prior, ByCondition):
            rows += _by_condition(name, prior, posterior)
        elif isinstance(prior, str) and name in DIFFUSION:
            rows += _by_condition(name, ByCondition(prior), posterior)
        elif family and name in OF_FEATURES and prior in (None, "shrunk", "shared"):
            rows += _of_features(name, posterior)
        else:
            text = prior if isinstance(prior, str) else in_words(value)
            rows.append((name, parameter_called(name).meaning if family else "", text))
    return rows


def _absent(name: str, posterior: Posterior) -> bool:
    """Whether the model leaves a parameter out: no lapses, no bias, or no features."""
    written, contextual = posterior.written, posterior.choices.contextual
    absent = {
        **{name: written.get(name) == value for name, value in ABSENT.items()},
        "drift_link": written.get("drift_link") == "'linear'",
        "lapse_rt": written.get("lapse") == ABSENT["lapse"],
        "theta": not contextual,
        "Sigma": not contextual,
        "eta": len(posterior.choices.feature_names) < 2 or "partial" not in posterior,
        "spread": written.get("spread") is None or not contextual,
        "rank": not written.get("rank"),
        "mu": contextual,
        "sigma": contextual,
        "boundary": written.get("boundary") is None,
        "discount_rate": "discount_rate" not in posterior,
        "utility_exponent": "utility_exponent" not in posterior,
    }
    return absent.get(name, False)


def _of_features(name: str, posterior: Posterior) -> list[tuple[str, str, str]]:
    """Those that are the same for every feature, and what they learn of all together."""
    separate, learned, together, scale = OF_FEATURES[name]
    if learned not in posterior:
        return [(name, parameter_called(name).meaning, separate)]
    priors = {name: together, learned: scale}
    return [(name, parameter_called(name).meaning, prior) for name, prior in priors.items()]


def _by_labeler(name: str, prior: ByLabeler, posterior: Posterior) -> list[tuple[str, str, str]]:
    center, spread = given_or_default(name, prior)
    median = f"{parameter_called(name).meaning}: median over labelers"
    if isinstance(center, ByCondition):
        rows = _by_condition(name, center, posterior)
    else:
        rows = [(name, median, in_words(as_code(center)))]
    spread_name = f"{name}_spread"
    return [*rows, (spread_name, parameter_called(spread_name).meaning, in_words(as_code(spread)))]


def _by_condition(
    name: str, condition: ByCondition, posterior: Posterior
) -> list[tuple[str, str, str]]:
    parameter = parameter_called(name)
    prior = parameter.prior if condition.prior is None else condition.prior
    rows = [(name, f"{parameter.meaning}: by {condition.formula}", in_words(as_code(prior)))]
    if f"{name}_slope_scaled" in posterior:
        slope = in_words(as_code(SLOPE if condition.slope is None else condition.slope))
        rows.append((f"{name}_slope", "change per standard deviation of a column", slope))
    return rows
