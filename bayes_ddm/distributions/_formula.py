"""A formula of one number as one node of a graph, whose every operation need not be rewritten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytensor.scalar as ps
import pytensor.tensor as pt
from pytensor.scalar.basic import Composite
from pytensor.tensor.elemwise import Elemwise

# `xp` of the formulas in `bayes_ddm.wiener`, for symbols of numbers
NUMBERS = SimpleNamespace(where=ps.switch, maximum=ps.maximum, exp=ps.exp, log=ps.log)


def formula(function: Callable[..., Any], *slopes: Callable[..., Any]) -> Callable[[Any], Any]:
    """Return a function of tensors that applies one of numbers, elementwise.

    Parameters
    ----------
    function : callable
        Takes a number, and the namespace ``xp`` of ``where``, ``maximum``, ``exp`` and ``log``.
    *slopes : callable
        Its derivative, the derivative of that, and so on: as often as it can be differentiated.
    """
    op = _Elementwise(_scalar(function, slopes), function)
    return lambda x: op(pt.cast(x, "float64"))


def _scalar(function: Callable[..., Any], slopes: Sequence[Callable[..., Any]]) -> Composite:
    x = ps.float64("x")
    slope = _scalar(slopes[0], slopes[1:]) if slopes else None
    return _Formula([x], [function(x, NUMBERS)], slope)


class _Formula(Composite):
    """A scalar formula, with its slope where that is known."""

    def __init__(self, inputs: Sequence[Any], outputs: Sequence[Any], slope: Any) -> None:
        super().__init__(inputs, outputs, name="Formula")
        self.slope = slope

    def pullback(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        if self.slope is None:
            raise NotImplementedError("this formula is not differentiated any further")
        return [output_grads[0] * self.slope(inputs[0])]


class _Elementwise(Elemwise):
    """Elementwise, and evaluated by NumPy where PyTensor does in Python."""

    def __init__(self, scalar_op: Any, function: Callable[..., Any]) -> None:
        super().__init__(scalar_op)
        self.function = function

    def perform(self, node: Any, inputs: Any, output_storage: Any) -> None:
        with np.errstate(all="ignore"):
            output_storage[0][0] = np.asarray(self.function(inputs[0], np), dtype=np.float64)
