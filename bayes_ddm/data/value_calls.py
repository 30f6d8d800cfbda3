"""Calls of value functions in a formula: of which columns, and with which parameter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.values import VALUE_FUNCTIONS, ValueFunction
from bayes_ddm.errors import InputError, positive

# for columns that are stated before it is learned; at 1 a utility would be its amount
EXPONENT = 0.8


@dataclass(frozen=True)
class ValueCall:
    """A call of a value function.

    Attributes
    ----------
    function : ValueFunction
    arguments : tuple of str or float
        Columns, and numbers; those left out are 0.
    known : float or None
        The parameter, where the formula states it.
    """

    function: ValueFunction
    arguments: tuple[str | float, ...]
    known: float | None

    def columns(self, covariates: pd.DataFrame) -> tuple[FloatArray, ...]:
        """Values of the arguments, shape (rows,) each.

        Raises
        ------
        InputError
            If a column holds text, or delays that are negative, or nothing is delayed.
        """
        found, late = [], False
        for role, given in zip(self.function.arguments, self.arguments, strict=True):
            if isinstance(given, float):
                values = np.full(len(covariates), given)
            elif covariates[given].dtype.kind not in "biuf":
                raise self._wrong(role, given, "which holds no numbers")
            else:
                values = covariates[given].to_numpy(dtype=float)
            if role.endswith("delay") and (values < 0).any():
                row = int(np.argmax(values < 0))
                raise self._wrong(role, given, f"which is negative in row {row} (counting from 0)")
            late = late or (role.endswith("delay") and bool(values.any()))
            found.append(values)
        if "delay" in self.function.arguments and not late:
            raise InputError(f"{self.function.name}: every delay is 0, so nothing is discounted.")
        return tuple(found)

    def _wrong(self, role: str, given: str | float, why: str) -> InputError:
        order = ", ".join(self.function.arguments)
        return InputError(
            f"{self.function.name} takes {given!r} for {role}, {why}; its arguments are, in this "
            f"order, {order}."
        )


def value_call(node: Any, formula: str) -> ValueCall:
    """Read a parsed call of a value function.

    Raises
    ------
    InputError
        If its arguments are neither columns nor numbers, or are too few, too many or unknown.
    """
    function = VALUE_FUNCTIONS[str(node.callee.name.lexeme)]
    names, keyword = function.arguments, function.keyword
    given: dict[str, str | float] = {}
    for place, argument in enumerate(node.args):
        named = type(argument).__name__ == "Assign"
        name = str(argument.name.name.lexeme) if named else dict(enumerate(names)).get(place, "")
        if name not in {*names, keyword} or name in given:
            raise InputError(
                f"formula {formula!r}: {function.name} takes {', '.join(names)} and {keyword}=."
            )
        given[name] = _argument(argument.value if named else argument, function, formula)
    short = [name for name in names[: function.least] if name not in given]
    if short:
        raise InputError(
            f"formula {formula!r}: {function.name} lacks {' and '.join(short)}; its arguments are "
            f"{', '.join(names)}."
        )
    known = given.pop(keyword, None)
    if isinstance(known, str):
        raise InputError(
            f"formula {formula!r}: {keyword} is a number that all share, or left out, and then "
            f"learned by a fit; got the column {known!r}."
        )
    if known is not None:
        positive(f"{function.name}: {keyword}", known)
    return ValueCall(function, tuple(given.get(name, 0.0) for name in names), known)


def _argument(node: Any, function: ValueFunction, formula: str) -> str | float:
    kind = type(node).__name__
    if kind == "Variable":
        return str(node.name.lexeme)
    if kind == "QuotedName":
        return str(node.expression.lexeme).strip("`")
    if kind == "Literal" and isinstance(node.value, int | float):
        return float(node.value)
    raise InputError(
        f"formula {formula!r}: {function.name} takes names of columns and numbers; put what is "
        "computed into a column of the table."
    )


def guesses(calls: Iterable[ValueCall], covariates: pd.DataFrame) -> dict[str, float]:
    """Rough values of the parameters to be learned: half is left after a usual delay."""
    found: dict[str, float] = {}
    delays = []
    for call in calls:
        roles = zip(call.function.arguments, call.columns(covariates), strict=True)
        if call.known is not None:
            continue
        if call.function.parameter == "utility_exponent":
            found["utility_exponent"] = EXPONENT
        delays += [x[x > 0] for role, x in roles if role.endswith("delay")]
    if delays:
        found["discount_rate"] = 1 / float(np.median(np.concatenate(delays)))
    return found


def namespace(given: Mapping[str, float] | None) -> SimpleNamespace:
    """Value functions as formulas call them, with values of the parameters that are not stated.

    Without such values what is to be learned is 1: columns are then what values are times.
    """

    def of(function: ValueFunction) -> Any:
        def call(*arguments: Any, **named: Any) -> FloatArray:
            known = named.pop(function.keyword, None)
            if known is None and given is None:
                return np.ones(len(np.atleast_1d(np.broadcast_arrays(*arguments)[0])))
            parameter = known if given is None or known is not None else given[function.parameter]
            roles = dict(zip(function.arguments, arguments, strict=False)) | named
            every = (np.asarray(roles.get(role, 0.0), dtype=float) for role in function.arguments)
            return np.asarray(function.value(*every, parameter))

        return call

    return SimpleNamespace(
        **{name.removeprefix("bd."): of(function) for name, function in VALUE_FUNCTIONS.items()}
    )
