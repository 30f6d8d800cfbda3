"""Mean and variance of the drift of each row, of many features, in one pass over the features.

As matrix products they need the squares too, and both matrices turned round: four, for which no
processor's cache has room where it has for one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor as pt
from numba import njit
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import register_funcify_default_op_cache_key

from bayes_ddm._typing import FloatArray


class _OnRows(Op):
    """``features @ a`` and ``features**2 @ b``."""

    __props__ = ()

    def make_node(self, *inputs: Any) -> Apply:
        features, a, b = inputs
        rows = pt.TensorType("float64", shape=(features.type.shape[0],))
        return Apply(self, [features, a, b], [rows(), rows()])

    def perform(self, node: Any, inputs: Any, output_storage: Any) -> None:
        features, a, b = inputs
        output_storage[0][0], output_storage[1][0] = features @ a, features**2 @ b

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        return [[False, False], [True, False], [False, True]]

    def pullback(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return [DisconnectedType()(), *_pulled(_over_rows, inputs[0], outputs, output_grads)]


class _OverRows(Op):
    """``features' @ a`` and ``(features**2)' @ b``."""

    __props__ = ()

    def make_node(self, *inputs: Any) -> Apply:
        features, a, b = inputs
        columns = pt.TensorType("float64", shape=(features.type.shape[1],))
        return Apply(self, [features, a, b], [columns(), columns()])

    def perform(self, node: Any, inputs: Any, output_storage: Any) -> None:
        features, a, b = inputs
        output_storage[0][0], output_storage[1][0] = a @ features, b @ features**2

    connection_pattern = _OnRows.connection_pattern

    def pullback(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return [DisconnectedType()(), *_pulled(_on_rows, inputs[0], outputs, output_grads)]


_on_rows, _over_rows = _OnRows(), _OverRows()


def row_drifts(features: Any, mean: Any, variance: Any) -> tuple[Any, Any]:
    """Mean and variance of ``features @ theta`` for uncorrelated ``theta``, each of shape (rows,).

    Parameters
    ----------
    features : tensor, shape (rows, d)
        Data.
    mean, variance : tensor, shape (d,)
    """
    moments: Any = _on_rows(features, mean, variance)
    return moments[0], moments[1]


def _pulled(op: Op, features: Any, outputs: Any, output_grads: Any) -> list[Any]:
    slopes = [
        pt.zeros_like(out) if isinstance(g.type, DisconnectedType) else g
        for out, g in zip(outputs, output_grads, strict=True)
    ]
    results: Any = op(features, *slopes)
    return list(results)


# sums in any order: of a row's products, as BLAS takes them
@njit(fastmath={"reassoc", "contract", "nsz"}, error_model="numpy")
def _each_row(features: FloatArray, a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    rows, d = features.shape
    first, second = np.empty(rows), np.empty(rows)
    for i in range(rows):
        of_a = of_b = 0.0
        for j in range(d):
            x = features[i, j]
            of_a += x * a[j]
            of_b += x * x * b[j]
        first[i], second[i] = of_a, of_b
    return first, second


@njit(fastmath={"reassoc", "contract", "nsz"}, error_model="numpy")
def _each_column(
    features: FloatArray, a: FloatArray, b: FloatArray
) -> tuple[FloatArray, FloatArray]:
    rows, d = features.shape
    first, second = np.zeros(d), np.zeros(d)
    for i in range(rows):
        of_a, of_b = a[i], b[i]
        for j in range(d):
            x = features[i, j]
            first[j] += x * of_a
            second[j] += x * x * of_b
    return first, second


@register_funcify_default_op_cache_key(_OnRows)
def _code_on_rows(op: Op, **kwargs: Any) -> tuple[Any, int]:
    return _each_row, 1


@register_funcify_default_op_cache_key(_OverRows)
def _code_over_rows(op: Op, **kwargs: Any) -> tuple[Any, int]:
    return _each_column, 1
