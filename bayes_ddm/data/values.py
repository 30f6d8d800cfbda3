"""What an amount is worth after a delay, or as such: functions whose one parameter people share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayes_ddm._typing import FloatArray


def hyperbolic(
    amount: ArrayLike,
    delay: ArrayLike,
    other_amount: ArrayLike = 0.0,
    other_delay: ArrayLike = 0.0,
    *,
    rate: float,
) -> FloatArray:
    """Value of a delayed amount, ``amount / (1 + rate * delay)``, less that of another.

    In a formula of the drift the arguments are columns, and a rate that is left out is learned:
    ``fit(choices, drift="1 + bd.hyperbolic(later, delay, now)")``.

    Parameters
    ----------
    amount, delay : array_like
        Of the option +1; the delay in any unit, 0 for now.
    other_amount, other_delay : array_like
        Of the option -1. Without them nothing is subtracted; without its delay it comes now.
    rate : float
        Per unit of the delay.

    Returns
    -------
    ndarray
        In the unit of the amounts.

    References
    ----------
    Mazur (1987), in Quantitative Analyses of Behavior 5:55.

    Examples
    --------
    >>> hyperbolic([20.0, 20.0], [0, 100], 15.0, rate=0.01).tolist()
    [5.0, -5.0]
    """
    return _valued("bd.hyperbolic", rate, amount, delay, other_amount, other_delay)


def exponential(
    amount: ArrayLike,
    delay: ArrayLike,
    other_amount: ArrayLike = 0.0,
    other_delay: ArrayLike = 0.0,
    *,
    rate: float,
) -> FloatArray:
    """Value of a delayed amount, ``amount * exp(-rate * delay)``, less that of another.

    Parameters and use are those of `hyperbolic`.

    Examples
    --------
    >>> exponential([20.0], [100], rate=0.01).round(2).tolist()
    [7.36]
    """
    return _valued("bd.exponential", rate, amount, delay, other_amount, other_delay)


def power(amount: ArrayLike, other_amount: ArrayLike = 0.0, *, exponent: float) -> FloatArray:
    """Utility of an amount, ``amount ** exponent``, less that of another.

    In a formula of the drift the arguments are columns, and an exponent that is left out is
    learned: ``fit(choices, drift="1 + bd.power(gain, cost)")``.

    Parameters
    ----------
    amount, other_amount : array_like
        Of the options +1 and -1. A loss has the size of an equal gain's utility, below 0.
    exponent : float
        Below 1 where the second dollar is worth less than the first.

    Returns
    -------
    ndarray

    Examples
    --------
    >>> power([4.0, -4.0], 1.0, exponent=0.5).tolist()
    [1.0, -3.0]
    """
    return _valued("bd.power", exponent, amount, other_amount)


@dataclass(frozen=True)
class ValueFunction:
    """What a formula may call, with a parameter that it learns.

    Attributes
    ----------
    name : str
        As formulas have it.
    parameter, keyword : str
        The parameter as models call it, and as the formula states it where it is known.
    arguments : tuple of str
        In their order; `least` of them are needed.
    least : int
    value : callable
        Of the arguments as arrays, the parameter, and the namespace of arrays.
    """

    name: str
    parameter: str
    keyword: str
    arguments: tuple[str, ...]
    least: int
    value: Callable[..., Any]


def _valued(name: str, parameter: float, *arguments: ArrayLike) -> FloatArray:
    vectors = (np.asarray(x, dtype=float) for x in arguments)
    return np.asarray(VALUE_FUNCTIONS[name].value(*vectors, parameter))


def _hyperbolic(amount: Any, delay: Any, other: Any, wait: Any, rate: Any, xp: Any = np) -> Any:
    return amount / (1 + rate * delay) - other / (1 + rate * wait)


def _exponential(amount: Any, delay: Any, other: Any, wait: Any, rate: Any, xp: Any = np) -> Any:
    return amount * xp.exp(-rate * delay) - other * xp.exp(-rate * wait)


def _power(amount: Any, other: Any, exponent: Any, xp: Any = np) -> Any:
    return _utility(amount, exponent, xp) - _utility(other, exponent, xp)


def _utility(amount: Any, exponent: Any, xp: Any) -> Any:
    # 0 to a power has no derivative by the power that arithmetic finds
    size = np.log(np.where(amount == 0, 1.0, np.abs(amount)))
    return np.sign(amount) * xp.exp(exponent * size)


_DELAYED = ("amount", "delay", "other_amount", "other_delay")
VALUE_FUNCTIONS = {
    function.name: function
    for function in (
        ValueFunction("bd.hyperbolic", "discount_rate", "rate", _DELAYED, 2, _hyperbolic),
        ValueFunction("bd.exponential", "discount_rate", "rate", _DELAYED, 2, _exponential),
        ValueFunction(
            "bd.power", "utility_exponent", "exponent", ("amount", "other_amount"), 1, _power
        ),
    )
}
