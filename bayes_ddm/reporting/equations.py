"""A fitted model of the family as mathematics, its options included."""

from __future__ import annotations

from dataclasses import dataclass

from bayes_ddm.fitting.posterior import Posterior

__all__ = ["Shape", "equations", "shape_of", "where"]


@dataclass(frozen=True)
class Shape:
    """What decides how a model is written.

    Attributes
    ----------
    model : str
        Its name in the family.
    contextual, anonymous : bool
    own : frozenset of str
        What each labeler has a value of their own for, of boundary, ndt and start.
    lapse, start : bool
        Whether there are lapses; whether evidence may start off the middle.
    boundary : bool
        Whether there is a boundary at all; ``choice_only`` may do without.
    types : int
        Of a mixture.
    """

    model: str
    contextual: bool
    anonymous: bool
    own: frozenset[str] = frozenset()
    lapse: bool = False
    start: bool = False
    boundary: bool = True
    types: int = 1


def shape_of(posterior: Posterior) -> Shape:
    """Return how the model of a fit is written, as its posterior and fixed parameters show."""
    has = {*map(str, posterior.draws.data_vars), *posterior.fixed}
    choices = posterior.choices
    return Shape(
        model=posterior.model,
        contextual=choices.contextual,
        anonymous=choices.anonymous,
        own=frozenset(n for n in ("boundary", "ndt", "start") if f"{n}_spread" in has),
        lapse="lapse" in has,
        start="start" in has,
        boundary="boundary" in has,
        types=posterior.draws.sizes.get("type", 1),
    )


def equations(shape: Shape) -> list[str]:
    """Return the model line by line, as `bayes_ddm.reporting.mathml.formula` takes it.

    Examples
    --------
    >>> equations(Shape("hierarchical", contextual=False, anonymous=False))
    ['v_i ~ Normal(μ, σ)', '(z_ij, t_ij) ~ DDM(v_i, boundary, ndt)']
    """
    return [*_preferences(shape), *_own(shape), *_choices(shape)]


def _preferences(shape: Shape) -> list[str]:
    """How preferences are spread over labelers."""
    who = "θ_i" if shape.contextual else "v_i"
    mean = "θ" if shape.contextual else "μ"
    if shape.model == "pooled":
        return [f"{who} = {mean}"]
    if shape.model == "mixture":
        each = range(1, shape.types + 1)
        mixed = " + ".join(f"w_{k} Normal(m_{k}, s_{k})" for k in each)
        return [f"{who} ~ {mixed}", f"{' + '.join(f'w_{k} m_{k}' for k in each)} = {mean}"]
    if shape.model == "student":
        return [f"{who} ~ Student_df({mean}, scale)"]
    return [f"{who} ~ Normal({mean}, {'Σ' if shape.contextual else 'σ'})"]


def _own(shape: Shape) -> list[str]:
    """What else labelers have of their own."""
    symbols = {"boundary": "b_i", "ndt": "τ_i", "start": "s_i"}
    lines = []
    for name, symbol in symbols.items():
        if name in shape.own:
            scale = "logit" if name == "start" else "log"
            lines.append(f"{scale} {symbol} ~ Normal({scale} {name}, {name}_spread)")
    if "ndt" in shape.own and not shape.lapse:
        lines.append("τ_i < min_j t_ij")
    return lines


def _choices(shape: Shape) -> list[str]:
    """How a labeler decides."""
    row = "i" if shape.anonymous else "ij"
    drift = "v_i"
    lines = []
    if shape.contextual:
        drift = f"v_{row}"
        lines.append(f"{drift} = ψ_{row} * θ_i")
    if shape.model == "choice_only":
        logit = f"2 boundary {drift}" if shape.boundary else drift
        return [*lines, f"P(z_{row} = +1) = 1 / (1 + exp(-{logit}))"]
    boundary = "b_i" if "boundary" in shape.own else "boundary"
    ndt = "τ_i" if "ndt" in shape.own else "ndt"
    start = ", s_i" if "start" in shape.own else ", start" if shape.start else ""
    density = f"DDM({drift}, {boundary}, {ndt}{start})"
    if not shape.lapse:
        return [*lines, f"(z_{row}, t_{row}) ~ {density}"]
    return [
        *lines,
        f"(z_{row}, t_{row}) ~ (1 - lapse) {density} + lapse Guess",
        "Guess: z = ±1 by chance, t ~ Exponential(mean lapse_rt)",
    ]


def where(shape: Shape) -> list[str]:
    """Return what the symbols mean, a sentence each."""
    unit = "choice i" if shape.anonymous else "choice j of labeler i"
    rows = "z is the choice (+1 or -1)" + ("" if shape.model == "choice_only" else ", t the ")
    said = [f"{rows}{'' if shape.model == 'choice_only' else 'response time in seconds'}: {unit}."]
    if shape.contextual:
        said.append(
            "ψ are the attribute differences (+1 option less -1 option), θᵢ what a labeler gives "
            "for one unit of each."
        )
    if shape.model == "choice_only":
        said.append("Without response times only the odds of a choice are modelled.")
    else:
        said.append(
            "DDM: evidence drifts at v with unit noise until it meets +boundary or -boundary; "
            "boundary is half their separation, ndt the seconds that are no decision."
        )
    if shape.start:
        said.append("start is the share of the way from the -1 bound to the +1 bound.")
    if shape.model != "pooled":
        shapes = {
            "mixture": "Types have weights w, means m and standard deviations s.",
            "student": "Student takes its degrees of freedom (df), a mean and a scale.",
        }
        spread = "Normal takes a mean and " + (
            "a covariance Σ, whose standard deviations are sigma."
            if shape.contextual
            else "a standard deviation."
        )
        said.append(shapes.get(shape.model, spread))
        said.append(
            "Labelers' preferences are sampled with the rest."
            if shape.model == "choice_only" or (shape.lapse and not shape.anonymous)
            else "Labelers' preferences are integrated out, not sampled."
        )
    return said
