"""Attribute differences whose values depend on a parameter that is learned."""

from __future__ import annotations

import re
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.design import DesignMatrix, coded, nameable
from bayes_ddm.data.formula import value_calls
from bayes_ddm.data.omissions import recoded, with_omitted
from bayes_ddm.data.value_calls import ValueCall, guesses
from bayes_ddm.errors import InputError


@dataclass(frozen=True, eq=False)
class Valued:
    """Columns of a formula with value functions, whatever these functions' parameters are.

    Attributes
    ----------
    base : ndarray, shape (rows, d)
        What is multiplied by values: the columns where all of them are 1.
    calls : tuple of ValueCall
        Of which the parameter is to be learned.
    arguments : tuple of tuple of ndarray, shape (rows,)
        Of each call.
    within : tuple of tuple of int
        Columns that each call is a factor of.
    """

    base: FloatArray
    calls: tuple[ValueCall, ...]
    arguments: tuple[tuple[FloatArray, ...], ...]
    within: tuple[tuple[int, ...], ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """What is to be learned."""
        return tuple(dict.fromkeys(call.function.parameter for call in self.calls))

    def at(self, values: Mapping[str, Any], xp: Any = np) -> Any:
        """Columns given the parameters, shape (rows, d); of NumPy or PyTensor."""
        columns: list[Any] = list(self.base.T)
        for call, arguments, within in zip(self.calls, self.arguments, self.within, strict=True):
            value = call.function.value(*arguments, values[call.function.parameter], xp)
            for j in within:
                columns[j] = columns[j] * value
        return xp.stack(columns, axis=1)

    def take(self, rows: IntArray | slice) -> Valued:
        """Return some of the rows."""
        part = tuple(tuple(x[rows] for x in arguments) for arguments in self.arguments)
        return replace(self, base=self.base[rows], arguments=part)


@dataclass(frozen=True, eq=False)
class ValuedDesign:
    """A formula with value functions, as its first rows code it; made by `valued_design`."""

    names: tuple[str, ...]
    calls: tuple[ValueCall, ...]
    within: tuple[tuple[int, ...], ...]
    covariates: pd.DataFrame
    design: DesignMatrix

    @property
    def guesses(self) -> dict[str, float]:
        """Rough values of the parameters, at which choices have their features."""
        return guesses(self.calls, self.covariates)

    def of(self, choices: Choices) -> Valued:
        """Columns of other rows, and of their trials that ran out of time."""
        rows = nameable(with_omitted(choices))
        arguments = tuple(call.columns(rows) for call in self.calls)
        return Valued(self.design.of(rows), self.calls, arguments, self.within)


_designs: weakref.WeakKeyDictionary[Choices, ValuedDesign | None] = weakref.WeakKeyDictionary()


def valued_design(choices: Choices) -> ValuedDesign | None:
    """Return what is to be learned of the drift's formula, if anything; made once.

    Examples
    --------
    >>> from bayes_ddm.data.design import with_drift
    >>> rows = {"choice": [1, 0, 1], "rt": [0.9, 1.4, 0.7], "later": [20, 15, 30]}
    >>> frame = pd.DataFrame(rows | {"days": [1, 7, 9]})
    >>> choices = Choices.from_frame(frame, covariates=["later", "days"])
    >>> design = valued_design(with_drift(choices, "0 + bd.hyperbolic(later, days)"))
    >>> design.of(choices).at({"discount_rate": 1.0}).ravel().tolist()
    [10.0, 1.875, 3.0]
    """
    if choices not in _designs:
        _designs[choices] = _valued_design(choices)
    return _designs[choices]


def _valued_design(choices: Choices) -> ValuedDesign | None:
    if not choices.drift or "bd." not in choices.drift:
        return None
    calls = tuple(call for call in value_calls(choices.drift) if call.known is None)
    if not calls:
        return None
    rows = nameable(with_omitted(choices))
    design = coded(choices.drift, rows, what="drift", valued=False)
    within = [
        tuple(
            j
            for name, term in design._terms.terms.items()
            if call in _factors(term)
            for j in range(*design._terms.slices[name].indices(len(design.names)))
        )
        for call in calls
    ]
    return ValuedDesign(design.names, calls, tuple(within), rows, design)


def _factors(term: Any) -> list[ValueCall]:
    names = [str(getattr(c, "name", "")) for c in getattr(term, "components", [])]
    return [call for name in names if name.startswith("bd.") for call in value_calls(name)]


def valued_at(
    choices: Choices, values: Mapping[str, float], like: Choices | None = None
) -> Choices:
    """Return choices with their features at values of the parameters, which the formula states.

    Parameters
    ----------
    choices : Choices
    values : mapping of str to float
    like : Choices, optional
        Whose rows code the formula; by default these.
    """
    design = valued_design(choices if like is None else like)
    if design is None:
        return choices
    features = design.of(choices).at(values)
    return recoded(
        choices, features, choices.feature_names, _with_values(choices.drift, design, values)
    )


def _with_values(formula: str, design: ValuedDesign, values: Mapping[str, float]) -> str:
    """Write the parameters into a formula."""
    for call in design.calls:
        function = call.function
        pattern = rf"({re.escape(function.name)}\((?:(?!{function.keyword}\s*=)[^()])*)\)"
        argument = f"{function.keyword}={float(values[function.parameter]):.17g}"
        formula = re.sub(pattern, rf"\1, {argument})", formula)
    return formula


def refuse_unlearned(choices: Choices, what: str) -> None:
    """Refuse a formula with a parameter that only a fit can learn."""
    design = valued_design(choices)
    if design is not None:
        function = design.calls[0].function
        raise InputError(
            f"{what} cannot learn the {function.keyword} of {function.name}; state it "
            f"({function.name}(..., {function.keyword}={design.guesses[function.parameter]:.2g})), "
            "or fit, and compare the fit, which takes closed forms at its own."
        )
