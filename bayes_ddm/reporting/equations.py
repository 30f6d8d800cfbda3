"""A fitted model of the family as mathematics, its options included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from latex2mathml.converter import convert
from markupsafe import Markup

from bayes_ddm import models
from bayes_ddm.fitting.posterior import Posterior

# of what a labeler may have a value of their own, in the order of the diffusion's arguments
SYMBOLS = {
    "boundary": "b_i",
    "ndt": r"\tau_i",
    "start": "s_i",
    "drift_noise": r"\eta_i",
    "collapse": "c_i",
}


@dataclass(frozen=True)
class Shape:
    """What decides how a model is written.

    Attributes
    ----------
    model : str
        Its name in the family.
    contextual, anonymous : bool
    own : frozenset of str
        What each labeler has a value of their own for, of boundary, ndt, start, drift noise and
        collapse.
    lapse, start, drift_noise, collapse, saturation : bool
        Whether there are lapses; whether evidence may start off the middle, the drift varies from
        trial to trial, the bounds close in, and the drift saturates.
    boundary : bool
        Whether there is a boundary at all; a model without response times may do without.
    types : int
        Of a mixture.
    conditions : dict of str to str
        Formula of each of these that varies by condition.
    between : str
        Formula of what differs between labelers.
    learned : tuple of str
        Parameters that the drift's formula leaves to be learned.
    options : tuple of str
        What the +1 and the -1 option are called.
    """

    model: str
    contextual: bool
    anonymous: bool
    own: frozenset[str] = frozenset()
    lapse: bool = False
    start: bool = False
    drift_noise: bool = False
    collapse: bool = False
    saturation: bool = False
    boundary: bool = True
    types: int = 1
    conditions: Mapping[str, str] = field(default_factory=dict)
    between: str = ""
    learned: tuple[str, ...] = ()
    options: tuple[str, str] = ("+1", "-1")


def shape_of(posterior: Posterior) -> Shape:
    """Return how the model of a fit is written, as its posterior and fixed parameters show."""
    names = {*map(str, posterior.draws.data_vars), *posterior.fixed}
    choices = posterior.choices
    return Shape(
        model=posterior.model,
        contextual=choices.contextual,
        anonymous=choices.anonymous,
        own=frozenset(n for n in SYMBOLS if f"{n}_spread" in names),
        lapse="lapse" in names,
        start="start" in names,
        drift_noise="drift_noise" in names,
        collapse="collapse" in names,
        saturation="saturation" in names,
        boundary="boundary" in names,
        types=posterior.draws.sizes.get("type", 1),
        conditions={name: x.design.formula for name, x in posterior.conditions.items()},
        between=choices.between,
        learned=tuple(name for name in ("discount_rate", "utility_exponent") if name in names),
        options=choices.origin.options,
    )


def equations(shape: Shape) -> list[str]:
    r"""Return the model line by line, as TeX; parameters keep the names that they have in code.

    Examples
    --------
    >>> for line in equations(Shape("hierarchical", contextual=False, anonymous=False)):
    ...     print(line)
    v_i \sim \text{Normal}(\mu, \sigma)
    (z_{ij}, t_{ij}) \sim \text{DDM}(v_i, \text{boundary}, \text{ndt})
    """
    return [*_preferences(shape), *_own(shape), *_choices(shape)]


def _text(name: str) -> str:
    escaped = name.replace("_", r"\_")
    return rf"\text{{{escaped}}}"


def mathml(tex: str) -> Markup:
    """Return a line of TeX as MathML, which browsers show without a script."""
    # within \text, latex2mathml takes every character as it is
    element = convert(tex.replace(r"\_", "_"), display="block")
    # and its \sim is a letter, without a relation's space on both sides
    return Markup(element.replace("<mi>&#x0007E;</mi>", "<mo>&#x0223C;</mo>"))


def _preferences(shape: Shape) -> list[str]:
    """How preferences are spread over labelers."""
    preference, mean = (r"\theta_i", r"\theta") if shape.contextual else ("v_i", r"\mu")
    mean = f"{mean}_i" if shape.between else mean
    law = models.description(shape.model).law
    if law is not None:
        return [*_means(shape), *law(preference, mean, shape.types)]
    spread = r"\Sigma" if shape.contextual else r"\sigma"
    return [*_means(shape), rf"{preference} \sim \text{{Normal}}({mean}, {spread})"]


def _means(shape: Shape) -> list[str]:
    """How labelers' averages depend on their covariates."""
    mean = r"\theta" if shape.contextual else r"\mu"
    return [rf"{mean}_i = {mean} + \Gamma g_i"] if shape.between else []


def _own(shape: Shape) -> list[str]:
    """What else labelers have of their own."""
    lines = []
    for name, symbol in SYMBOLS.items():
        if name in shape.own:
            scale = r"\text{logit}" if name == "start" else r"\log"
            center, spread = rf"{scale}({_text(name)})", _text(f"{name}_spread")
            lines.append(rf"{scale}({symbol}) \sim \text{{Normal}}({center}, {spread})")
    for name in shape.conditions:
        scale = r"\text{logit}" if name == "start" else r"\log"
        base = SYMBOLS[name] if name in shape.own else _text(name)
        index = "i" if shape.anonymous else "{ij}"
        lines.append(
            rf"{scale}({_text(name)}_{index}) = {scale}({base}) + "
            rf"\beta_{{{_text(name)}}} \cdot x_{index}"
        )
    if "ndt" in shape.own and not shape.lapse and "ndt" not in shape.conditions:
        lines.append(r"\tau_i < \min_j t_{ij}")
    return lines


def _choices(shape: Shape) -> list[str]:
    """How a labeler decides."""
    row = "i" if shape.anonymous else "{ij}"
    drift = "v_i"
    lines = []
    if shape.contextual:
        drift = f"v_{row}"
        linear = rf"\psi_{row} \cdot \theta_i"
        largest = _text("saturation")
        saturating = rf"{largest}\,\tanh({linear} / {largest})"
        lines.append(f"{drift} = {saturating if shape.saturation else linear}")
    if not models.description(shape.model).response_times:
        logit = rf"2\,\text{{boundary}}\,{drift}" if shape.boundary else drift
        return [*lines, rf"P(z_{row} = {{+1}}) = \frac{{1}}{{1 + \exp({{-{logit}}})}}"]
    present = {"boundary", "ndt"} | {name for name in SYMBOLS if getattr(shape, name, False)}
    arguments = []
    for name, symbol in SYMBOLS.items():
        if name in shape.conditions:
            arguments.append(f"{_text(name)}_{row}")
        elif name in shape.own:
            arguments.append(symbol)
        elif name in present:
            arguments.append(_text(name))
    density = rf"\text{{DDM}}({', '.join([drift, *arguments])})"
    rows = rf"(z_{row}, t_{row}) \sim"
    if not shape.lapse:
        return [*lines, f"{rows} {density}"]
    return [
        *lines,
        rf"{rows} (1 - \text{{lapse}})\,{density} + \text{{lapse}}\,\text{{Guess}}",
        r"\text{Guess: } z = \pm 1 \text{ by chance}, "
        r"t \sim \text{Exponential}(\text{mean lapse\_rt})",
    ]


def where(shape: Shape) -> list[str]:
    """Return what the symbols mean, a sentence each."""
    unit = "choice i" if shape.anonymous else "choice j of labeler i"
    model = models.description(shape.model)
    times = ", t the response time in seconds" if model.response_times else ""
    plus, minus = shape.options
    names = "+1 or -1" if plus == "+1" else f"+1 is {plus}, -1 is {minus}"
    sentences = [f"z is the choice ({names}){times}: {unit}."]
    if shape.contextual:
        sentences.append(
            f"ψ are the attribute differences ({plus} less {minus}), θᵢ what a labeler gives "
            "for one unit of each."
        )
    for name in shape.learned:
        sentences.append(f"{name}, which all labelers share, is learned; ψ follows it.")
    if not model.response_times:
        sentences.append("Without response times only the odds of a choice are modelled.")
    else:
        sentences.append(
            "DDM: evidence drifts at v with unit noise until it meets +boundary or -boundary; "
            "boundary is half their separation, ndt the seconds that are no decision."
        )
    for name, formula in shape.conditions.items():
        sentences.append(f"x are the columns of the formula {formula!r}, which moves {name}.")
    if shape.between:
        sentences.append(f"g are the columns of the formula {shape.between!r}, less their means.")
    if shape.start:
        sentences.append(
            f"start is the share of the way from the bound of {minus} to that of {plus}."
        )
    if shape.drift_noise:
        sentences.append("drift_noise is the standard deviation of the drift from trial to trial.")
    if shape.collapse:
        sentences.append(
            "collapse is the share of the boundary lost per second: t seconds after the ndt the "
            "bounds are at boundary (1 - collapse t)."
        )
    if model.population is not None:
        spread = "Normal takes a mean and " + (
            "a covariance Σ, whose standard deviations are sigma."
            if shape.contextual
            else "a standard deviation."
        )
        sentences.append(model.symbols or spread)
        sentences.append(
            "Labelers' preferences are sampled with the rest."
            if not model.response_times
            or ((shape.lapse or shape.saturation) and not shape.anonymous)
            else "Labelers' preferences are integrated out, not sampled."
        )
    return sentences
