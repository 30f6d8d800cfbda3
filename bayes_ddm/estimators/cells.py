"""Cells of rows that share a boundary and an ndt, where conditions move either."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bayes_ddm._typing import BoolArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.conditions import Conditions, conditions
from bayes_ddm.data.design import nameable
from bayes_ddm.errors import InputError

MOST_VALUES = 12  # of a number that boundary or ndt depends on


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of rows, and which of them share a boundary or an ndt; made by `cells_of`.

    Attributes
    ----------
    names : tuple of str
        One per cell, such as ``"speed"``; where boundary and ndt follow different formulas,
        ``"speed / hard"``.
    row : ndarray of int, shape (rows,)
        Cell of each row.
    boundary, ndt : ndarray of int, shape (cells,)
        Which boundary and which ndt each cell has; cells with the same number share it.
    """

    names: tuple[str, ...]
    row: IntArray
    boundary: IntArray
    ndt: IntArray

    def __len__(self) -> int:
        return len(self.names)

    @property
    def shared(self) -> bool:
        """Whether some cells share a boundary or an ndt."""
        n = len(self)
        return len(np.unique(self.boundary)) < n or len(np.unique(self.ndt)) < n

    @property
    def sharing(self) -> BoolArray:
        """Which numbers each cell has, shape (2 cells, boundaries + ndts): boundaries first."""
        first = int(self.boundary.max()) + 1
        at = np.concatenate([self.boundary, first + self.ndt])
        return at[:, None] == np.arange(at.max() + 1)

    def part(self, choices: Choices, cell: int) -> tuple[Choices, IntArray]:
        """Rows of one cell as choices of their own, and which units of the whole made them."""
        rows = np.flatnonzero(self.row == cell)
        return choices._part(rows)


def cells_of(
    choices: Choices, boundary: float | str | None, ndt: float | str | None
) -> Cells | None:
    """Cells of the formulas of boundary and ndt; None where all rows are alike.

    Raises
    ------
    InputError
        As `bayes_ddm.data.conditions.conditions`; if a formula has a slope over more than 12
        values, each of which is a cell, or a cell has one row.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"choice": [1, 0, 1, 1], "rt": [0.9, 1.4, 0.7, 0.8], "task": ["b", "a", "b", "a"]}
    >>> choices = Choices.from_frame(pd.DataFrame(rows), covariates=["task"])
    >>> made = cells_of(choices, "task", None)
    >>> made.names, made.row.tolist(), made.ndt.tolist()
    (('a', 'b'), [1, 0, 1, 0], [0, 0])
    """
    formulas = {"boundary": boundary, "ndt": ndt}
    categories = {k: _categories(choices, x, k) for k, x in formulas.items() if isinstance(x, str)}
    categories = {k: levels for k, levels in categories.items() if len(levels) > 1}
    if not categories:
        return None
    nothing = np.zeros(len(choices), dtype=np.int64)
    codes = np.stack([categories[k].cell if k in categories else nothing for k in formulas], axis=1)
    pairs, row = np.unique(codes, axis=0, return_inverse=True)
    names = [
        " / ".join(
            dict.fromkeys(
                categories[k].names[at]
                for k, at in zip(formulas, pair, strict=True)
                if k in categories
            )
        )
        for pair in pairs.tolist()
    ]
    return Cells(tuple(names), row.reshape(-1), pairs[:, 0], pairs[:, 1])


def _categories(choices: Choices, formula: str, what: str) -> Conditions:
    categories = conditions(choices, formula, what=what)
    if not categories.by_cell:
        if len(categories) > MOST_VALUES:
            raise InputError(
                f"{what} formula {formula!r} has a slope, over {len(categories):,} values, and a "
                f"closed form takes one {what} per value, of at most {MOST_VALUES}: fit the model "
                "(bd.fit), or cut the covariate into levels."
            )
        # whatever the slope is, rows of one value share one
        first = np.unique(categories.cell, return_index=True)[1]
        at = nameable(choices).loc[first, list(categories.design.variables)]
        words = (", ".join(f"{name}={x}" for name, x in row.items()) for _, row in at.iterrows())
        categories = replace(categories, names=tuple(words))
    size = np.bincount(categories.cell, choices.count)
    if (size < 2).any():
        raise InputError(
            f"{what} formula {formula!r}: {categories.names[int(size.argmin())]} has one row; "
            "merge the level with another, or leave it out."
        )
    return categories
