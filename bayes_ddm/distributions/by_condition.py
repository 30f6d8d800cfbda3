"""Boundary, ndt and starting point that vary by condition, around a middle value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.distributions.shape_utils import change_dist_size

from bayes_ddm._typing import IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.conditions import Conditions, conditions
from bayes_ddm.distributions.non_decision_time import below
from bayes_ddm.distributions.parameters import fixed_value, parameter
from bayes_ddm.distributions.priors import ByCondition
from bayes_ddm.distributions.vocabulary import parameter_called

SLOPE = pm.Normal.dist(0, 0.5)


@dataclass(frozen=True)
class Factor:
    """How a parameter differs by condition from its value for the labeler.

    Attributes
    ----------
    conditions : Conditions
    value : tensor, shape (cells,)
        What a boundary or ndt is multiplied by; of a starting point, its odds.
    """

    conditions: Conditions
    value: Any


def in_cells(
    name: str, options: ByCondition, choices: Choices, limit: Callable[[IntArray], Any] | None
) -> tuple[Any, Factor | None]:
    """Add a parameter's values by condition.

    Parameters
    ----------
    name : str
    options : ByCondition
    choices : Choices
    limit : callable or None
        Largest value that each group of rows may have, see `limits`.

    Returns
    -------
    middle : TensorVariable
        The geometric mean over cells, or the value at the average row.
    factor : Factor or None
        None where the formula has one cell.
    """
    cells = conditions(choices, options.formula, what=name)
    prior = parameter_called(name).prior if options.prior is None else options.prior
    kind: dict[str, Any] = {"positive": name != "start", "share": name == "start"}
    most = None
    if limit is not None and fixed_value(name, prior) is None:
        most = limit(cells.cell)
    if len(cells) == 1:
        shared = parameter(name, prior, **kind) if most is None else below(name, prior, most[0])
        return shared, None
    model, dim = pm.modelcontext(None), f"{name}_cell"
    if cells.by_cell:
        model.add_coord(dim, cells.names)
    link, back = (pt.log, pt.exp) if name != "start" else (_logit, pt.sigmoid)
    if cells.saturated:
        if most is None:
            values = parameter(name, prior, dims=dim, **kind)
        else:
            values = below(name, change_dist_size(prior, (len(cells),)), most, dims=dim)
        on_link = link(values)
        middle = on_link.mean()
        return back(middle), Factor(cells, pt.exp(on_link - middle))
    change = _slopes(name, options, choices, cells)
    sampled = f"{name}_middle" if cells.by_cell else name
    if most is None:
        middle = parameter(sampled, prior, **kind)
    else:
        middle = below(sampled, prior, pt.min(most / pt.exp(change)))
    if cells.by_cell:
        pm.Deterministic(name, back(link(middle) + change), dims=dim)
    return middle, Factor(cells, pt.exp(change))


def _slopes(name: str, options: ByCondition, choices: Choices, cells: Conditions) -> Any:
    """Change in each cell from the value at the average row, on the link's scale."""
    slopes = [j for j, column in enumerate(cells.design.names) if column != "Intercept"]
    names = [cells.design.names[j] for j in slopes]
    rows, count = cells.design.matrix[:, slopes], choices.count
    center = np.average(rows, axis=0, weights=count)
    sd = np.sqrt(np.average((rows - center) ** 2, axis=0, weights=count))
    dim = f"{name}_term"
    pm.modelcontext(None).add_coord(dim, names)
    prior = SLOPE if options.slope is None else options.slope
    scaled = parameter(f"{name}_slope_scaled", prior, dims=dim)
    if not cells.by_cell:
        pm.Deterministic(f"{name}_slope", scaled / sd, dims=dim)
    # threaded BLAS on so few numbers waits for its threads
    return (pt.constant((cells.matrix[:, slopes] - center) / sd) * scaled).sum(axis=1)


def _logit(p: Any) -> Any:
    return pt.log(p / (1 - p))


@dataclass(frozen=True)
class Groups:
    """Rows of one labeler that share boundary, ndt and starting point; made by `groups`.

    Attributes
    ----------
    group : ndarray of int, shape (rows,)
    unit : ndarray of int, shape (groups,)
        Whose rows they are.
    cell : dict of str to ndarray of int, shape (groups,)
        Cell of each parameter that varies by condition.
    """

    group: IntArray
    unit: IntArray
    cell: dict[str, IntArray]

    def __len__(self) -> int:
        return len(self.unit)

    def value(self, own: Any, factor: Any, name: str) -> Any:
        """Value of a parameter in each group; the labeler's own where it has no factor."""
        if own is None:
            return None
        values = own[self.unit] if own.ndim else own
        if name not in self.cell:
            return values
        return changed(values, factor[self.cell[name]], name)


def changed(own: Any, factor: Any, name: str) -> Any:
    """Value of a parameter under a condition, whose factor is of the odds of a starting point."""
    return own / (own + (1 - own) / factor) if name == "start" else own * factor


def groups(unit: IntArray, cells: dict[str, IntArray]) -> Groups:
    """Group rows by unit and by the cell of each parameter.

    Examples
    --------
    >>> import numpy as np
    >>> made = groups(np.array([0, 0, 1, 1]), {"ndt": np.array([1, 0, 1, 1])})
    >>> made.group.tolist(), made.unit.tolist(), made.cell["ndt"].tolist()
    ([1, 0, 2, 2], [0, 0, 1], [0, 1, 1])
    """
    keys, group = np.unique(np.column_stack([unit, *cells.values()]), axis=0, return_inverse=True)
    cell = {name: keys[:, j + 1] for j, name in enumerate(cells)}
    return Groups(group.reshape(-1), keys[:, 0], cell)
