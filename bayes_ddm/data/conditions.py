"""Rows by condition: what a formula for boundary, ndt or starting point makes of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.design import DesignMatrix, design_matrix, nameable
from bayes_ddm.errors import InputError


@dataclass(frozen=True, eq=False)
class Conditions:
    """Cells of rows that share a value of one parameter; made by `conditions`.

    Attributes
    ----------
    design : DesignMatrix
        Of all rows; it codes new ones.
    cell : ndarray of int, shape (rows,)
        Cell of each row.
    matrix : ndarray, shape (cells, columns)
        The design's row in each cell.
    names : tuple of str
        Cells in words, such as ``"speed"`` or ``"speed, hard"``; numbers where they are no
        categories.
    """

    design: DesignMatrix
    cell: IntArray
    matrix: FloatArray
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.matrix)

    @property
    def by_cell(self) -> bool:
        """Whether cells are categories, each named by its levels."""
        return self.design.categorical

    @property
    def saturated(self) -> bool:
        """Whether every cell has a value of its own."""
        return self.by_cell and len(self) == self.matrix.shape[1]

    def extended(self, choices: Choices) -> Conditions:
        """Code rows that were not there.

        Raises
        ------
        InputError
            If the new rows lack a covariate, or have a level that the first had not.
        """
        rows = self.design.of(nameable(choices))
        matrix, cell = np.unique(rows, axis=0, return_inverse=True)
        return replace(self, cell=cell.reshape(-1), matrix=matrix, names=())

    def carried(self, values: FloatArray, to: Conditions) -> FloatArray:
        """Turn values in these cells, on the link's scale, into those in other rows' cells."""
        return to.matrix @ (self._inverse @ values)

    @cached_property
    def _inverse(self) -> FloatArray:
        return np.linalg.pinv(self.matrix)


def conditions(choices: Choices, formula: str, *, what: str) -> Conditions:
    """Sort rows into the cells of a formula.

    Parameters
    ----------
    choices : Choices
        The formula may name its `covariates` and its features.
    formula : str
        Such as ``"instruction"`` or ``"instruction * task + np.log(amount)"``.
    what : str
        The parameter, named in errors.

    Raises
    ------
    InputError
        As `design_matrix`; and if the formula has no intercept, nor categories in its place.

    Examples
    --------
    >>> rows = {"choice": [1, 0, 1, 1], "rt": [0.9, 1.4, 0.7, 0.8], "task": ["b", "a", "b", "a"]}
    >>> choices = Choices.from_frame(pd.DataFrame(rows), covariates=["task"])
    >>> cells = conditions(choices, "task", what="boundary")
    >>> cells.names, cells.cell.tolist(), cells.saturated
    (('a', 'b'), [1, 0, 1, 0], True)
    """
    return conditions_in(nameable(choices), formula, what=what)


def conditions_in(covariates: pd.DataFrame, formula: str, *, what: str) -> Conditions:
    """Sort the rows of a table into the cells of a formula, as `conditions` does."""
    design = design_matrix(formula, covariates, what=what)
    matrix, first, cell = np.unique(design.matrix, axis=0, return_index=True, return_inverse=True)
    names = tuple(map(str, range(len(matrix))))
    if design.categorical and design.variables:
        order, words = _in_words(covariates.loc[first, list(design.variables)])
        names, matrix = words, matrix[order]
        cell = np.argsort(order)[cell.reshape(-1)]
    cells = Conditions(design, cell.reshape(-1), matrix, names)
    if "Intercept" not in design.names and not cells.saturated:
        raise InputError(f"{what} formula {formula!r} needs an intercept; leave '0 +' out.")
    return cells


def _in_words(levels: pd.DataFrame) -> tuple[IntArray, tuple[str, ...]]:
    """Order of cells by their levels, and the cells' names in that order."""
    ordered = levels.reset_index(drop=True).sort_values(list(levels.columns), kind="stable")
    names = tuple(", ".join(map(str, row)) for row in ordered.itertuples(index=False))
    return ordered.index.to_numpy(), names
