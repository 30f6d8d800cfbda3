"""Terms of a formula taken apart: which categories, and which numbers, each multiplies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.design import DesignMatrix


@dataclass(frozen=True, eq=False)
class Category:
    """A category in a formula, by its covariate, or what it is made by.

    Attributes
    ----------
    name : str
        ``"country"``, also of ``"C(country)"``; ``"age > 30"`` of ``"C(age > 30)"``.
    levels : tuple of str
        The base first.
    level : ndarray of str, shape (rows,)
    """

    name: str
    levels: tuple[str, ...]
    level: NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Term:
    """One term of a design, a product of categories and numbers; made by `terms_of`.

    Attributes
    ----------
    columns : slice
        Of the design.
    categories : tuple of Category
    number : str
        The numbers' product, ``"age"``; empty where there are none.
    factor : ndarray, shape (rows, columns)
        What the number is multiplied by in each column: categories as they are coded.
    """

    columns: slice
    categories: tuple[Category, ...]
    number: str
    factor: FloatArray


def terms_of(design: DesignMatrix) -> list[Term]:
    """Take a design's terms apart, but for the intercept and for numbers of several columns.

    Examples
    --------
    >>> import pandas as pd
    >>> from bayes_ddm.data.design import design_matrix
    >>> rows = pd.DataFrame({"task": ["a", "b", "a", "b"], "age": [20.0, 30.0, 40.0, 55.0]})
    >>> last = terms_of(design_matrix("task * age", rows, what="between"))[-1]
    >>> last.number, last.categories[0].name, last.factor.ravel().tolist()
    ('age', 'task', [0.0, 1.0, 0.0, 1.0])
    """
    terms = []
    rows = len(design.matrix)
    for name, term in design._terms.terms.items():
        components = getattr(term, "components", [])
        coded = [_values(c) for c in components if c.kind == "categoric"]
        numbers = [c for c in components if c.kind != "categoric"]
        if not components or any(_values(c).shape[1] > 1 for c in numbers):
            continue
        terms.append(
            Term(
                columns=design._terms.slices[name],
                categories=tuple(_category(c) for c in components if c.kind == "categoric"),
                number=":".join(str(c.name) for c in numbers),
                # columns go as the last category's levels do, within those of the one before
                factor=reduce(_products, coded, np.ones((rows, 1))),
            )
        )
    return terms


def _values(component: Any) -> FloatArray:
    values = np.asarray(component.value, dtype=float)
    return values.reshape(len(values), -1)


def _products(first: FloatArray, second: FloatArray) -> FloatArray:
    return (first[:, :, None] * second[:, None, :]).reshape(len(first), -1)


def _category(component: Any) -> Category:
    called = re.fullmatch(r"C\((.*)\)", str(component.name))
    inner = called.group(1) if called else str(component.name)
    name = inner.partition(",")[0].strip().strip("`")
    levels = np.array([str(level) for level in component.levels])
    code = np.asarray(component.contrast_matrix.matrix, dtype=float)
    off = np.abs(_values(component)[:, None] - code[None]).sum(axis=2)
    return Category(name, tuple(levels.tolist()), levels[off.argmin(axis=1)])
