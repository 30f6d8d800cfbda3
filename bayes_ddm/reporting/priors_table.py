"""A fit's priors and fixed parameters, in words and as code that gives them again."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from bayes_ddm.distributions.by_labeler import CENTERS, SPREAD
from bayes_ddm.distributions.priors import describe
from bayes_ddm.fitting.posterior import Posterior

__all__ = ["as_code", "in_words", "priors_of"]

MEANING = {
    "mu": "average drift over labelers",
    "theta": "average drift per feature, features scaled to rms 1",
    "sigma": "standard deviation of drifts between labelers",
    "Sigma": "standard deviation between labelers per feature, features scaled to rms 1",
    "scale": "scale of preferences between labelers, features scaled to rms 1",
    "heavy": "degrees of freedom beyond 1",
    "gap": "distance between neighbouring types",
    "type_spread": "standard deviation within a type, features scaled to rms 1",
    "types": "number of types",
    "boundary": "half the boundary separation",
    "ndt": "non-decision time, seconds",
    "start": "starting point: share of the way from the -1 bound to the +1 bound",
    "lapse": "share of lapses",
    "lapse_rt": "mean response time of lapses, seconds",
    "eta": "LKJ shape of the correlations between preferences",
}
# what the arguments of distributions are called where people write them down
WORDS: dict[str, Callable[..., str]] = {
    "Normal": lambda mean, sd: f"Normal(mean {mean:g}, sd {sd:g})",
    "HalfNormal": lambda _, sd: f"HalfNormal(sd {sd:g})",
    "LogNormal": lambda m, s: f"LogNormal(median {math.exp(m):.3g}, sd of log {s:g})",
    "Gamma": lambda shape, scale: f"Gamma(shape {shape:g}, scale {scale:g})",
    "Beta": lambda a, b: f"Beta({a:g}, {b:g})",
    "Uniform": lambda low, high: f"Uniform({low:g} to {high:g})",
    "Exponential": lambda mean: f"Exponential(mean {mean:g})",
}
CODE: dict[str, Callable[..., str]] = {
    "Normal": lambda mean, sd: f"pm.Normal.dist({mean!r}, {sd!r})",
    "HalfNormal": lambda _, sd: f"pm.HalfNormal.dist({sd!r})",
    "LogNormal": lambda m, s: f"pm.LogNormal.dist({m!r}, {s!r})",
    "Gamma": lambda shape, scale: f"pm.Gamma.dist({shape!r}, {1 / scale!r})",
    "Beta": lambda a, b: f"pm.Beta.dist({a!r}, {b!r})",
    "Uniform": lambda low, high: f"pm.Uniform.dist({low!r}, {high!r})",
    "Exponential": lambda mean: f"pm.Exponential.dist({1 / mean!r})",
}


def priors_of(posterior: Posterior) -> list[tuple[str, str, str]]:
    """Return (parameter, meaning, prior) of each parameter that the model has.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> choices = bd.simulate.experiment("normal", labelers=30, choices=4, boundary=1.25, seed=1)
    >>> fit = bd.fit(choices, ndt=0, draws=200, tune=200, chains=2, seed=1, progress=False)
    >>> priors_of(Posterior.of(fit))[1]
    ('sigma', 'standard deviation of drifts between labelers', 'HalfNormal(sd 2)')
    """
    written, family = posterior.written, posterior.of_family
    rows = []
    for name, value in written.items():
        if family and _absent(name, posterior):
            continue
        if isinstance(value, dict):
            rows += _by_labeler(name, value)
        else:
            rows.append((name, MEANING.get(name, "") if family else "", in_words(value)))
    return rows


def _absent(name: str, posterior: Posterior) -> bool:
    """Whether the model leaves a parameter out: no lapses, no bias, or no features."""
    written, contextual = posterior.written, posterior.choices.contextual
    absent = {
        "start": written.get("start") == 0.5,
        "lapse": written.get("lapse") == 0.0,
        "lapse_rt": written.get("lapse") == 0.0,
        "theta": not contextual,
        "Sigma": not contextual,
        "eta": len(posterior.choices.feature_names) < 2,
        "mu": contextual,
        "sigma": contextual,
        "boundary": written.get("boundary") is None,
    }
    return absent.get(name, False)


def _by_labeler(name: str, value: dict[str, Any]) -> list[tuple[str, str, str]]:
    center, spread = value["by_labeler"]
    center = describe(CENTERS[name]) if center is None else center
    spread = describe(SPREAD) if spread is None else spread
    scale = "logit" if name == "start" else "log"
    return [
        (name, f"{MEANING[name]}: median over labelers", in_words(center)),
        (
            f"{name}_spread",
            f"standard deviation of the {scale} of {name} between labelers",
            in_words(spread),
        ),
    ]


def in_words(value: Any) -> str:
    """Return a prior, as `describe` wrote it, in words; a number is fixed.

    Examples
    --------
    >>> in_words("HalfNormal(0.0, 2)"), in_words(1.25)
    ('HalfNormal(sd 2)', 'fixed at 1.25')
    """
    if not isinstance(value, str):
        return f"fixed at {value:g}" if isinstance(value, int | float) else f"fixed at {value}"
    family, numbers = _parsed(value)
    return WORDS[family](*numbers) if family in WORDS and numbers else value


def as_code(value: Any) -> str | None:
    """Return the Python that gives a parameter again, or None where only its name is known.

    Examples
    --------
    >>> as_code("Gamma(2, 10.0)"), as_code(1.25)
    ('pm.Gamma.dist(2.0, 0.1)', '1.25')
    """
    if isinstance(value, dict):
        named = zip(("center", "spread"), value["by_labeler"], strict=True)
        given = [f"{key}={as_code(x)}" for key, x in named if x is not None]
        return f"bd.by_labeler({', '.join(given)})"
    if not isinstance(value, str):
        return repr(value)
    family, numbers = _parsed(value)
    return CODE[family](*numbers) if family in CODE and numbers else None


def _parsed(text: str) -> tuple[str, list[float]]:
    family, _, inside = text.partition("(")
    try:
        return family, [float(x) for x in inside.removesuffix(")").split(",")]
    except ValueError:
        return family, []
