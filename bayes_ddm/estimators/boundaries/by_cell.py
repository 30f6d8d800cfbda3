"""Boundary and ndt of each cell of rows: put together from numbers that cells may share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.estimators.boundaries.known import checked
from bayes_ddm.estimators.cells import Cells
from bayes_ddm.estimators.result import Boundary, ByCell

SINGULAR = 1e-12
COLLINEAR = 1e-6  # of the largest direction


def checked_by_cell(
    choices: Choices,
    cells: Cells | None,
    method: str,
    point: FloatArray,
    influence: FloatArray,
    notes: Sequence[Sequence[str]],
) -> Boundary:
    """Assemble a `Boundary` of all boundaries, then all ndts, adding what makes them impossible.

    `influence` has a column for each number of `point`; `notes` are those of each cell.
    """
    if cells is None:
        boundary, ndt = point.tolist()
        return checked(choices, method, boundary, ndt, influence, None, notes[0])
    n, sharing = len(cells), cells.sharing
    values = sharing @ point
    by_cell = influence @ sharing.T
    remarks = []
    for cell, name in enumerate(cells.names):
        part, units = cells.part(choices, cell)
        both = by_cell[units][:, [cell, n + cell]]
        cell_boundary = checked(
            part, method, values[cell], values[n + cell], both, None, notes[cell]
        )
        remarks += [] if cell_boundary.reliable else [f"{name}: {cell_boundary.note}"]
    return Boundary(
        method=method,
        boundary=np.nan,
        ndt=np.nan,
        influence=by_cell,
        unit_count=choices.unit_count,
        n_eff=None,
        reliable=not remarks,
        note="; ".join(remarks),
        by_cell=ByCell(cells, values[:n], values[n:]),
    )


def stacked(
    choices: Choices, cells: Cells, estimate: Callable[[Choices], Boundary | None]
) -> Boundary | None:
    """Boundary and ndt of each cell by itself; None where a cell has none.

    What cells share is the average of their estimates with the least variance (minimum distance).
    """
    n, units = len(cells), len(choices.unit_count)
    values, influence = np.empty(2 * n), np.zeros((units, 2 * n))
    notes: list[list[str]] = []
    method = ""
    for cell in range(n):
        part, members = cells.part(choices, cell)
        boundary = estimate(_independent(part))
        if boundary is None:
            return None
        method, at = boundary.method, [cell, n + cell]
        values[at] = boundary.boundary, boundary.ndt
        influence[np.ix_(members, at)] = boundary.influence
        notes.append([boundary.note] if boundary.note else [])
    to_shared = _least_variance(cells, influence, choices)
    return checked_by_cell(
        choices, cells, method, to_shared @ values, influence @ to_shared.T, notes
    )


def _independent(choices: Choices) -> Choices:
    """Features that are not collinear in these rows, which span what all of them do."""
    if not choices.contextual:
        return choices
    size = np.sqrt((choices.features**2).mean(axis=0))
    _, values, across = np.linalg.svd(choices.features / np.where(size > 0, size, 1.0), False)
    rank = int((values > COLLINEAR * values[0]).sum())
    if rank == choices.features.shape[1]:
        return choices
    # preferences in these directions are normal, or mixtures of normals, where the others are
    features = (choices.features / np.where(size > 0, size, 1.0)) @ across[:rank].T
    return replace(choices, features=features, feature_names=tuple(map(str, range(rank))))


def _least_variance(cells: Cells, influence: FloatArray, choices: Choices) -> FloatArray:
    """What turns cells' own numbers into those that they share, shape (numbers, 2 cells)."""
    sharing = cells.sharing.astype(float)
    covariance = (influence.T * choices.unit_count) @ influence
    if not cells.shared or not np.isfinite(covariance).all():
        return np.linalg.pinv(sharing)
    # what is known, or held at 0, has no variance: alone it is averaged as it is
    certain = np.flatnonzero(np.diag(covariance) <= 0)
    covariance[certain, certain] = 1.0
    size = np.sqrt(np.diag(covariance))
    scale = np.outer(size, size)
    weights = sharing.T @ (np.linalg.pinv(covariance / scale, SINGULAR, hermitian=True) / scale)
    return np.linalg.solve(weights @ sharing, weights)
