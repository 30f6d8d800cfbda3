"""Rows of which a randomised cell is all that was sent, and what was promised of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from bayes_ddm._typing import IntArray
from bayes_ddm.data.checked_columns import PRIVATE_CELL
from bayes_ddm.data.choices import Choices
from bayes_ddm.display import Block, Preview, Words
from bayes_ddm.errors import InputError, RowError, did_you_mean
from bayes_ddm.estimators.bounded.six_cells import CELLS, cells_of
from bayes_ddm.estimators.table import EstimateTable
from bayes_ddm.privacy.account import Account
from bayes_ddm.privacy.answers import SCHEME, Answers
from bayes_ddm.privacy.channel import Bits, secret_bits
from bayes_ddm.privacy.kinds import Kinds, kinds_of
from bayes_ddm.privacy.row_estimates import finite_sample_interval, row_estimates
from bayes_ddm.privacy.row_scheme import RowScheme

LEVEL = "level"


@dataclass(frozen=True, eq=False, repr=False)
class PrivateRows(Answers):
    """Randomised cells; made by `bayes_ddm.privatise`.

    ``bd.estimate``, ``bd.fit`` and ``bd.compare`` allow for what was randomised.

    Attributes
    ----------
    cell : ndarray of int, shape (rows,)
        As sent: index into ``bd.privacy.CELLS``.
    level : ndarray of int, shape (rows,)
        Index into the scheme's levels.
    labeler : ndarray of int, shape (rows,), or None
        Index into `labelers`; None where rows are anonymous, each then a labeler of its own.
    labelers : ndarray, shape (labelers,), or None
    scheme : RowScheme
    """

    cell: IntArray
    level: IntArray
    labeler: IntArray | None
    labelers: NDArray[Any] | None
    scheme: RowScheme

    heeds: ClassVar[frozenset[str]] = frozenset({"boundary", "ndt"})
    limits: ClassVar[str] = (
        "private rows hold six cells and no more; leave it out, or protect choices only "
        "(--protect choice)."
    )

    def __len__(self) -> int:
        return len(self.cell)

    @property
    def unit(self) -> IntArray:
        """Index of the labeler of each row, or of the row itself."""
        return np.arange(len(self)) if self.labeler is None else self.labeler

    @property
    def n_labelers(self) -> int | None:
        """Number of labelers; None where they are anonymous."""
        return None if self.labelers is None else len(self.labelers)

    @property
    def account(self) -> Account:
        """What was promised, of what, and against whom: at the highest level."""
        spent = np.array(self.scheme.epsilons)[self.level]
        most = None if self.labeler is None else float(np.bincount(self.labeler, spent).max())
        return Account("row", float(spent.max()), most)

    @cached_property
    def kinds(self) -> Kinds:
        """How many labelers sent the same cells: all that estimates depend on."""
        return kinds_of(self.cell, self.level, self.labeler, self.scheme)

    def closed_form(
        self, *, boundary: float | None = None, ndt: float | None = None, prob: float = 0.95
    ) -> EstimateTable:
        """Return what `bayes_ddm.estimate` makes of these rows; see `row_estimates`.

        Raises
        ------
        InputError
            If boundary or ndt is to be learned.
        """
        for name, value in (("boundary", boundary), ("ndt", ndt)):
            if isinstance(value, str):
                raise InputError(f"{name}={value!r}: {self.limits}")
        return row_estimates(
            self.kinds,
            self.account,
            labelers=self.labelers is not None,
            boundary=boundary,
            ndt=ndt,
            prob=prob,
        )

    def finite_sample_interval(self, prob: float = 0.95) -> tuple[float, float]:
        """Interval of the average that holds at any number of labelers, by Bernstein.

        Of every labeler's average, at the scheme's boundary and ndt, the largest bias included.
        Wide: about twice the usual at ten thousand labelers.

        Examples
        --------
        >>> import bayes_ddm as bd
        >>> study = {"labelers": 4000, "boundary": 1.25, "ndt": 0.3}
        >>> choices = bd.simulate.experiment("normal", **study, seed=1)
        >>> scheme = bd.privacy.rows(4.0, boundary=1.25, ndt=0.3)
        >>> low, high = bd.privacy.simulated(choices, scheme, seed=1).finite_sample_interval()
        >>> low < 0.5 < high
        True
        """
        return finite_sample_interval(self.kinds, prob)

    def to_frame(self) -> pd.DataFrame:
        """Return the table: private_cell, level if there are several, labeler, the scheme."""
        columns: dict[str, Any] = {PRIVATE_CELL: np.array(CELLS)[self.cell]}
        if len(self.scheme.levels) > 1:
            columns[LEVEL] = np.array(self.scheme.levels)[self.level]
        if self.labeler is not None and self.labelers is not None:
            columns["labeler"] = self.labelers[self.labeler]
        return pd.DataFrame(columns).assign(**{SCHEME: self.scheme.id})

    def blocks(self) -> Sequence[Block]:
        """Return what the table is of, what was promised, and its first rows."""
        people = "anonymous labelers" if self.n_labelers is None else f"{self.n_labelers} labelers"
        text = f"Private rows: {len(self):,} rows by {people}, in six cells"
        if len(self.scheme.levels) > 1:
            n = np.bincount(self.level, minlength=len(self.scheme.levels))
            counts = zip(self.scheme.levels, n, strict=True)
            text += "; at " + ", ".join(f"level {level:g} {rows:,}" for level, rows in counts)
        preview = Preview(self.to_frame().head())
        return (Words(text), Words(self.account.sentence), preview)


def private_rows(
    choices: Choices, scheme: RowScheme, level: ArrayLike | None, bits: Bits = secret_bits
) -> PrivateRows:
    """Send a randomised cell in place of each row, at its labeler's level.

    Raises
    ------
    InputError
        If there are features, a level is none of the scheme's, or a labeler has two.
    """
    if choices.contextual:
        raise InputError(
            "rows are private without features, which cells do not hold; protect choices only, or "
            "leave the features out."
        )
    plain = choices.expanded()
    row_level = np.repeat(levels_of(level, scheme, len(choices)), choices.count)
    sent = scheme.send(cells_of(plain, scheme.edges), row_level, bits)
    private = PrivateRows(sent, row_level, plain.labeler, plain.labelers, scheme)
    return one_level_each(private)


def rows_sent(frame: pd.DataFrame, scheme: RowScheme, labeler: str | None) -> PrivateRows:
    """Return the private rows that a table holds.

    Raises
    ------
    InputError
        If a cell or level is unknown, a labeler is missing, or one has two levels.
    """
    names = {name: k for k, name in enumerate(CELLS)}
    cells = frame[PRIVATE_CELL].map(names)
    if cells.isna().any():
        row = int(np.flatnonzero(cells.isna())[0])
        value = str(frame[PRIVATE_CELL].iloc[row])
        hint = did_you_mean(value, CELLS, f"cells are {', '.join(CELLS)}.")
        raise RowError(f"column {PRIVATE_CELL!r} has {value!r} in", row, f"; {hint}")
    level = levels_of(frame[LEVEL] if LEVEL in frame else None, scheme, len(frame))
    index = labelers = None
    if labeler is not None:
        if labeler not in frame:
            raise InputError(f"no column {labeler!r}; {did_you_mean(labeler, frame.columns)}")
        if frame[labeler].isna().any():
            row = int(np.flatnonzero(frame[labeler].isna())[0])
            raise RowError("no labeler in", row, "; name everybody, or leave the column out.")
        index, labelers = pd.factorize(frame[labeler], sort=True)
    private = PrivateRows(
        cells.to_numpy(np.int64),
        level,
        index,
        None if labelers is None else np.asarray(labelers),
        scheme,
    )
    return one_level_each(private)


def levels_of(selection: Any, scheme: RowScheme, n: int) -> IntArray:
    """Index of each row's level among the scheme's.

    Raises
    ------
    InputError
        If one is none of them, or none is given and there are several.
    """
    listed = ", ".join(f"{level:g}" for level in scheme.levels)
    if selection is None:
        if len(scheme.levels) > 1:
            raise InputError(
                f"labelers choose their level from {listed}; give it row by row: level=, or a "
                f"column {LEVEL!r}."
            )
        return np.zeros(n, dtype=np.int64)
    try:
        values = np.broadcast_to(np.asarray(selection, dtype=float), n)
    except ValueError:
        raise InputError(f"level must be one number, or one a row; there are {n:,} rows.") from None
    same = np.isclose(values[:, None], np.array(scheme.levels), rtol=1e-9, atol=0)
    if not same.any(axis=1).all():
        row = int(np.flatnonzero(~same.any(axis=1))[0])
        raise RowError(f"level {values[row]:g} in", row, f" is none of the scheme's: {listed}.")
    return same.argmax(axis=1)


def one_level_each(private: PrivateRows) -> PrivateRows:
    """Return private rows, or refuse those of a labeler who has two levels."""
    if private.labeler is not None and private.labelers is not None:
        units = len(private.labelers)
        low, high = np.full(units, np.inf), np.full(units, -np.inf)
        np.minimum.at(low, private.labeler, private.level)
        np.maximum.at(high, private.labeler, private.level)
        two = np.flatnonzero(low < high)
        if len(two):
            raise InputError(
                f"labeler {private.labelers[two[0]]!r} has rows at two levels; a labeler has one."
            )
    return private
