"""The scheme that protects rows: choice and response time become one of six cells, randomised."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.display import Words
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.boundaries.known import check_boundary
from bayes_ddm.estimators.bounded.six_cells import CELLS, SPEEDS, cell_edges
from bayes_ddm.estimators.result import Boundary
from bayes_ddm.privacy.account import check_epsilon
from bayes_ddm.privacy.channel import Bits, Channel, secret_bits
from bayes_ddm.privacy.scheme import Scheme, thresholds


@dataclass(frozen=True, eq=True, repr=False)
class RowScheme(Scheme):
    """Choice and time are sent as one of six cells, now and then as another one.

    Attributes
    ----------
    levels : tuple of float
        Epsilons that labelers choose from; of the choice alone, where `time_epsilon` is given.
    boundary, ndt : float
        By which the cells were laid: half the separation; seconds.
    boundary_se, ndt_se : float
        How well a pilot knew them; 0 where they are public.
    time_epsilon : float or None
        Of the time, where choice and time are randomised each by itself.
    """

    levels: tuple[float, ...]
    boundary: float
    ndt: float
    boundary_se: float = 0.0
    ndt_se: float = 0.0
    time_epsilon: float | None = None
    protect = "row"

    @cached_property
    def edges(self) -> tuple[float, float]:
        """Response times in seconds that part fast from middle, and middle from slow."""
        return cell_edges(self.boundary, self.ndt)

    @cached_property
    def epsilons(self) -> tuple[float, ...]:
        """Of a whole row, at each level."""
        return tuple(level + (self.time_epsilon or 0.0) for level in self.levels)

    def channels(self, level: int) -> tuple[Channel, ...]:
        """Return what randomises a row: one of all six cells, or of choice and of time."""
        epsilon = self.levels[level]
        if self.time_epsilon is None:
            return (Channel(len(CELLS), epsilon),)
        return Channel(2, epsilon), Channel(SPEEDS, self.time_epsilon)

    def matrix(self, level: int) -> FloatArray:
        """Probability of each cell that is sent (columns) given the true one (rows)."""
        first, *others = (channel.matrix for channel in self.channels(level))
        return np.asarray(np.kron(first, others[0]), dtype=float) if others else first

    def send(self, cells: IntArray, level: IntArray, bits: Bits = secret_bits) -> IntArray:
        """Randomise cells, each at a level, by its index."""
        sent = np.empty_like(cells)
        for k in range(len(self.levels)):
            rows = level == k
            first, *others = self.channels(k)
            if others:
                choice, speed = np.divmod(cells[rows], SPEEDS)
                sent[rows] = SPEEDS * first.send(choice, bits) + others[0].send(speed, bits)
            else:
                sent[rows] = first.send(cells[rows], bits)
        return sent

    def contents(self) -> dict[str, Any]:
        """Return what a device needs: where the cells end, and the integers of each channel."""
        return {
            "protect": self.protect,
            "levels": list(self.levels),
            "time_epsilon": self.time_epsilon,
            "boundary": self.boundary,
            "ndt": self.ndt,
            "boundary_se": self.boundary_se,
            "ndt_se": self.ndt_se,
            "cells": list(CELLS),
            "edges": list(self.edges),
            "channels": [
                [{"answers": c.answers, **thresholds(c)} for c in self.channels(k)]
                for k in range(len(self.levels))
            ],
        }

    def blocks(self) -> tuple[Words]:
        """Return the scheme in words."""
        fast, slow = self.edges
        levels = " or ".join(f"{level:g}" for level in self.levels)
        how = f"epsilon {levels} a row"
        if self.time_epsilon is not None:
            how = f"epsilon {levels} for the choice and {self.time_epsilon:g} for the time"
        text = (
            f"Scheme {self.id}: a choice and whether it came before {fast:.3g} s, by {slow:.3g} s "
            f"or later are sent as one of six cells, now and then as another one ({how}); laid for "
            f"a boundary of {self.boundary:.4g} and an ndt of {self.ndt:.3g} s."
        )
        return (Words(text),)


def rows(
    epsilon: float | Sequence[float] = 2.0,
    *,
    boundary: float | None = None,
    ndt: float | None = None,
    boundary_se: float = 0.0,
    ndt_se: float = 0.0,
    pilot: Boundary | None = None,
    time_epsilon: float | None = None,
) -> RowScheme:
    """Scheme that protects whole rows: the choice and its response time.

    Parameters
    ----------
    epsilon : float or sequence of float
        Of each row, above 0 and at most 20; or the levels that labelers choose from.
    boundary, ndt : float, optional
        What is publicly known of them: half the separation; seconds.
    boundary_se, ndt_se : float
        Their standard errors, where a pilot found them.
    pilot : Boundary, optional
        Boundary and ndt that a pilot found, with their errors, such as `conditional_boundary` of
        the choices of people who need no privacy. In place of the four numbers.
    time_epsilon : float, optional
        Randomise choice and time each by itself; `epsilon` is then of the choice.

    Returns
    -------
    RowScheme

    Raises
    ------
    InputError
        If a number is none of these, levels are given twice, or there is no boundary to lay the
        cells by.

    Notes
    -----
    No estimator of rows that are private this way is unbiased for every population; `cell_weight`
    has the largest bias, which intervals count.

    Examples
    --------
    >>> rows(2.0, boundary=1.25, ndt=0.3)  # doctest: +ELLIPSIS +NORMALIZE_WHITESPACE
    Scheme ...: a choice and whether it came before 0.644 s, by 1.24 s or later are sent as one of
    six cells, now and then as another one (epsilon 2 a row); laid for a boundary of 1.25 and an ndt
    of 0.3 s.
    """
    if pilot is not None:
        if boundary is not None or ndt is not None or boundary_se or ndt_se:
            raise InputError("give a pilot, or the numbers of boundary and ndt, not both.")
        if not pilot.reliable or pilot.by_cell is not None:
            why = pilot.note or "it has one for each condition"
            raise InputError(f"the pilot's boundary cannot lay the cells ({why}); ask more people.")
        boundary, ndt = pilot.boundary, pilot.ndt
        boundary_se, ndt_se = map(float, pilot.se)
    if boundary is None or ndt is None:
        raise InputError(
            "cells are laid by a boundary and an ndt that are known before anybody answers; give "
            "both, or a pilot."
        )
    epsilons = (epsilon,) if isinstance(epsilon, int | float) else tuple(epsilon)
    levels = tuple(sorted(map(check_epsilon, epsilons)))
    if not levels or len(set(levels)) < len(levels):
        raise InputError(f"epsilon must be one level, or several different ones; got {epsilons}.")
    for name, value in {"ndt": ndt, "boundary_se": boundary_se, "ndt_se": ndt_se}.items():
        if not (math.isfinite(value) and value >= 0):
            raise InputError(f"{name} must be a number of at least 0; got {value:g}.")
    return RowScheme(
        levels,
        check_boundary(boundary),
        float(ndt),
        float(boundary_se),
        float(ndt_se),
        None if time_epsilon is None else check_epsilon(time_epsilon, "time_epsilon"),
    )
