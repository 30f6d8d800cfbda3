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
        vectors, late = [], False
        for role, argument in zip(self.function.arguments, self.arguments, strict=True):
            if isinstance(argument, float):
                values = np.full(len(covariates), argument)
            elif covariates[argument].dtype.kind not in "biuf":
                raise self._wrong(role, argument, "which holds no numbers")
            else:
                values = covariates[argument].to_numpy(dtype=float)
            if role.endswith("delay") and (values < 0).any():
                row = int(np.argmax(values < 0))
                raise self._wrong(
                    role, argument, f"which is negative in row {row} (counting from 0)"
                )
            late = late or (role.endswith("delay") and bool(values.any()))
            vectors.append(values)
        if "delay" in self.function.arguments and not late:
            raise InputError(f"{self.function.name}: every delay is 0, so nothing is discounted.")
        return tuple(vectors)

    def _wrong(self, role: str, argument: str | float, why: str) -> InputError:
        order = ", ".join(self.function.arguments)
        return InputError(
            f"{self.function.name} takes {argument!r} for {role}, {why}; its arguments are, in "
            f"this order, {order}."
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
    arguments: dict[str, str | float] = {}
    for place, argument in enumerate(node.args):
        by_name = type(argument).__name__ == "Assign"
        name = str(argument.name.name.lexeme) if by_name else dict(enumerate(names)).get(place, "")
        if name not in {*names, keyword} or name in arguments:
            raise InputError(
                f"formula {formula!r}: {function.name} takes {', '.join(names)} and {keyword}=."
            )
        arguments[name] = _argument(argument.value if by_name else argument, function, formula)
    short = [name for name in names[: function.least] if name not in arguments]
    if short:
        raise InputError(
            f"formula {formula!r}: {function.name} lacks {' and '.join(short)}; its arguments are "
            f"{', '.join(names)}."
        )
    parameter = arguments.pop(keyword, None)
    if isinstance(parameter, str):
        raise InputError(
            f"formula {formula!r}: {keyword} is a number that all share, or left out, and then "
            f"learned by a fit; got the column {parameter!r}."
        )
    if parameter is not None:
        positive(f"{function.name}: {keyword}", parameter)
    return ValueCall(function, tuple(arguments.get(name, 0.0) for name in names), parameter)


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
    values: dict[str, float] = {}
    delays = []
    for call in calls:
        roles = zip(call.function.arguments, call.columns(covariates), strict=True)
        if call.known is not None:
            continue
        if call.function.parameter == "utility_exponent":
            values["utility_exponent"] = EXPONENT
        delays += [x[x > 0] for role, x in roles if role.endswith("delay")]
    if delays:
        values["discount_rate"] = 1 / float(np.median(np.concatenate(delays)))
    return values


def namespace(values: Mapping[str, float] | None) -> SimpleNamespace:
    """Value functions as formulas call them, with values of the parameters that are not stated.

    Without such values what is to be learned is 1: columns are then what values are times.
    """

    def of(function: ValueFunction) -> Any:
        def call(*arguments: Any, **named: Any) -> FloatArray:
            stated = named.pop(function.keyword, None)
            if stated is None and values is None:
                return np.ones(len(np.atleast_1d(np.broadcast_arrays(*arguments)[0])))
            parameter = (
                stated if values is None or stated is not None else values[function.parameter]
            )
            roles = dict(zip(function.arguments, arguments, strict=False)) | named
            every = (np.asarray(roles.get(role, 0.0), dtype=float) for role in function.arguments)
            return np.asarray(function.value(*every, parameter))

        return call

    return SimpleNamespace(
        **{name.removeprefix("bd."): of(function) for name, function in VALUE_FUNCTIONS.items()}
    )
