"""The validated table of choices and response times. Everything starts here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_ddm._typing import CountArray, FloatArray, IntArray
from bayes_ddm.data import columns
from bayes_ddm.data.columns import weighted_median
from bayes_ddm.display import Preview, Shown, Words
from bayes_ddm.errors import InputError


@dataclass(frozen=True, eq=False, repr=False)
class Choices(Shown):
    """Who chose what, and how long it took; build it with `Choices.from_frame`.

    Attributes
    ----------
    choice : ndarray of int8, shape (rows,)
        +1 or -1.
    rt : ndarray of float, shape (rows,)
        Response time in seconds.
    labeler : ndarray of int, shape (rows,), or None
        Index into `labelers`; None when labelers are anonymous, each row then being one of its own.
    labelers : ndarray, shape (labelers,), or None
        The labelers' names, as they stood in the table.
    features : ndarray of float, shape (rows, features)
        Attribute differences, the +1 option minus the -1 option; zero columns for a scalar problem.
    feature_names : tuple of str
    count : ndarray of int or float, shape (rows,)
        How many identical rows each row stands for; all 1 unless the table was grouped. Weights,
        where rows were `condensed`.
    dropped : dict of str to int
        Choices left out, by reason.
    notes : tuple of str
        What is not wrong but should be known (duplicate rows, all choices alike).
    row : ndarray of int, shape (rows,), or None
        Position in the table that was read, counting from 0; None if there is none, as after
        `grouped`.
    covariates : DataFrame, or None
        Columns kept for formulas, one row per row.
    drift : str
        Formula that made the features; empty if they are columns of the table.
    between : str
        Formula of what differs between labelers and moves their average; empty if nothing does.

    Examples
    --------
    >>> frame = pd.DataFrame({"later": [1, 0, 1], "rt": [0.9, 1.4, 0.7], "id": ["a", "a", "b"]})
    >>> Choices.from_frame(frame, choice="later", rt="rt", labeler="id")
    Choices: 3 choices by 2 labelers, median response time 0.9 s
    """

    choice: NDArray[np.int8]
    rt: FloatArray
    labeler: IntArray | None
    labelers: NDArray[Any] | None
    features: FloatArray
    feature_names: tuple[str, ...]
    count: CountArray
    dropped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    row: IntArray | None = None
    covariates: pd.DataFrame | None = field(default=None, repr=False)
    drift: str = ""
    between: str = ""

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        choice: str = "choice",
        rt: str = "rt",
        labeler: str | None = None,
        features: Sequence[str] | None = (),
        count: str | None = None,
        rt_unit: str | None = None,
        positive: Any = None,
        covariates: Sequence[str] = (),
        min_rt: float | None = None,
        max_rt: float | None = None,
    ) -> Choices:
        """Validate a table with one row per choice.

        Parameters
        ----------
        frame : DataFrame
        choice : str
            Column of choices: +1/-1, 0/1, booleans, or two labels with `positive`.
        rt : str
            Column of response times.
        labeler : str, optional
            Column that names the labeler. Without it every row is an anonymous labeler.
        features : sequence of str
            Columns of attribute differences (+1 option minus -1 option); ``"a-b"`` is the
            difference of the columns ``a`` and ``b``.
        count : str, optional
            Column that says how many identical rows a row stands for.
        rt_unit : {"s", "ms"}, optional
            Unit of the response times in the table. Undeclared, they are seconds, and refused if
            they look like milliseconds.
        positive : optional
            The value of `choice` that becomes +1.
        covariates : sequence of str
            Columns that formulas may name (`bayes_ddm.fit`, `bayes_ddm.estimate`), text allowed.
        min_rt, max_rt : float, optional
            Choices faster, or slower, than so many seconds are left out, and counted.

        Returns
        -------
        Choices
            Rows without a choice or a response time are dropped and counted in ``dropped``.

        Raises
        ------
        InputError
            In one line: what is wrong, where, and the mend.
        """
        if not isinstance(frame, pd.DataFrame):
            raise InputError(f"expected a pandas DataFrame, got {type(frame).__name__}.")
        if frame.empty:
            raise InputError("the table has no rows.")
        if rt_unit is not None and rt_unit not in columns.RT_UNITS:
            raise InputError(f"unknown rt unit {rt_unit!r}; use 's' or 'ms'.")
        for what, given in (("features", features), ("covariates", covariates)):
            if isinstance(given, str):
                raise InputError(f"{what} must be a list of column names, not one string.")
        features = () if features is None else tuple(features)
        taken = {"choice", "rt", "labeler", "count"} & set(features)
        if taken:
            raise InputError(
                f"a feature cannot be called {taken.pop()!r}, which is a column of every table of "
                "choices; rename it."
            )

        raw_choice = columns.find(frame, choice)
        seconds = columns.numbers(columns.find(frame, rt), rt)
        no_choice, no_rt = columns.missing(raw_choice), np.isnan(seconds)
        counts = columns.counts(frame, count)
        dropped = {
            "no choice": int(counts[no_choice].sum()),
            "no response time": int(counts[no_rt & ~no_choice].sum()),
            "count of zero": int((counts == 0).sum()),
        }
        keep = ~(no_choice | no_rt) & (counts > 0)
        if not keep.any():
            raise InputError(
                f"no row has both a choice ({choice!r}) and a response time ({rt!r})"
                + (" and a count above 0." if count else ".")
            )
        rows, counts = np.flatnonzero(keep), counts[keep]

        signs = columns.signs(raw_choice[keep], rows, choice, positive)
        seconds = columns.times(seconds[keep], counts, rows, rt, rt_unit)
        inside, outside = columns.within(seconds, counts, min_rt, max_rt)
        keep[rows[~inside]] = False
        signs, seconds = signs[inside], seconds[inside]
        counts, rows = counts[inside], rows[inside]
        dropped |= outside
        found = [columns.feature(frame, name, keep) for name in features]
        matrix = np.column_stack(found) if found else np.empty((rows.size, 0))
        columns.refuse_degenerate_features(matrix, features)
        codes, names = None, None
        if labeler is not None:
            codes, names = columns.labelers(columns.find(frame, labeler)[keep], rows, labeler)
        made = cls(
            choice=signs,
            rt=seconds,
            labeler=codes,
            labelers=names,
            features=matrix,
            feature_names=features,
            count=counts,
            dropped={reason: n for reason, n in dropped.items() if n},
            row=rows,
            covariates=columns.covariates(frame, covariates, keep),
        )
        return replace(made, notes=_notes(made))

    @property
    def n_choices(self) -> int:
        """Number of choices, counting identical rows."""
        return columns.whole(self.count.sum())

    @property
    def condensed(self) -> bool:
        """Whether rows are weighted ones that stand for others: see `bayes_ddm.condense`."""
        return self.count.dtype.kind == "f"

    @property
    def n_labelers(self) -> int | None:
        """Number of labelers; None when they are anonymous."""
        return None if self.labelers is None else len(self.labelers)

    @property
    def labeler_names(self) -> NDArray[Any]:
        """Labelers' names as files hold them: numbers, or text that keeps them distinct."""
        names = np.arange(len(self.unit_count)) if self.labelers is None else self.labelers
        plain = np.asarray(names.tolist())
        if plain.dtype.kind in "iuf" or all(isinstance(name, str) for name in names):
            return plain
        text = [str(name) for name in names]
        return np.array(text if len(set(text)) == len(text) else [repr(name) for name in names])

    @property
    def choices_each(self) -> IntArray:
        """Number of choices of each unit, shape (units,)."""
        return np.rint(np.bincount(self.unit, weights=self.count)).astype(np.int64)

    @property
    def anonymous(self) -> bool:
        """Whether every row is a labeler of its own."""
        return self.labeler is None

    @property
    def unit(self) -> IntArray:
        """Index of the sampling unit of each row: its labeler, or the row itself."""
        return np.arange(len(self)) if self.labeler is None else self.labeler

    @property
    def unit_count(self) -> CountArray:
        """How many identical units each unit stands for (1 for a known labeler)."""
        return self.count if self.labelers is None else np.ones(len(self.labelers), dtype=np.int64)

    @property
    def contextual(self) -> bool:
        """Whether there are attribute differences."""
        return bool(self.feature_names)

    def __len__(self) -> int:
        return len(self.rt)

    def grouped(self) -> Choices:
        """Merge identical rows and add up their counts: lossless, and small when clocks are coarse.

        Rows are identical when labeler, choice, rt and features are.
        """
        if self.labeler is None and not self.contextual and self.covariates is None:
            return self._grouped_scalar()
        frame = self._keys()
        keys = list(frame.columns)
        frame["count"] = self.count
        by = frame.groupby(keys, sort=True, as_index=False, dropna=False, observed=True)
        frame = by["count"].sum()
        return replace(
            self,
            choice=frame["choice"].to_numpy(np.int8),
            rt=frame["rt"].to_numpy(),
            labeler=None if self.labeler is None else frame["labeler"].to_numpy(),
            features=frame[[k for k in keys if k.startswith("feature_")]].to_numpy(float),
            count=frame["count"].to_numpy(),
            row=None,
            covariates=self._covariates_of(frame),
        )

    def _grouped_scalar(self) -> Choices:
        order = np.lexsort((self.rt, self.choice))
        choice, rt = self.choice[order], self.rt[order]
        first = np.flatnonzero(
            np.append(True, (choice[1:] != choice[:-1]) | (rt[1:] != rt[:-1]))[: len(rt)]
        )
        return replace(
            self._take(order[first]), count=np.add.reduceat(self.count[order], first), row=None
        )

    def _covariates_of(self, keys: pd.DataFrame) -> pd.DataFrame | None:
        if self.covariates is None:
            return None
        names = {f"covariate_{j}": name for j, name in enumerate(self.covariates.columns)}
        return keys[list(names)].rename(columns=names)

    def _keys(self) -> pd.DataFrame:
        """What makes two rows identical."""
        frame = pd.DataFrame({"choice": self.choice, "rt": self.rt})
        if self.labeler is not None:
            frame["labeler"] = self.labeler
        for j in range(self.features.shape[1]):
            frame[f"feature_{j}"] = self.features[:, j]
        if self.covariates is not None:
            for j, name in enumerate(self.covariates.columns):
                frame[f"covariate_{j}"] = self.covariates[name].array
        return frame

    def expanded(self) -> Choices:
        """Undo `grouped`: one row per choice, every count 1.

        Raises
        ------
        InputError
            If the rows are condensed.
        """
        self.refuse_condensed("this")
        return self._take(np.repeat(np.arange(len(self)), self.count), counted=False)

    def refuse_condensed(self, what: str) -> None:
        """Raise `InputError` where `what` needs the rows themselves, which are condensed."""
        if self.condensed:
            raise InputError(
                f"{what} needs the rows themselves, and these are condensed; use choices of all "
                "rows, or of a part of them."
            )

    def _take(self, rows: NDArray[np.intp], *, counted: bool = True) -> Choices:
        return replace(
            self,
            choice=self.choice[rows],
            rt=self.rt[rows],
            labeler=None if self.labeler is None else self.labeler[rows],
            features=self.features[rows],
            count=self.count[rows] if counted else np.ones(len(rows), dtype=np.int64),
            row=None if self.row is None else self.row[rows],
            covariates=(
                None
                if self.covariates is None
                else self.covariates.iloc[rows].reset_index(drop=True)
            ),
        )

    def _part(self, rows: NDArray[np.intp]) -> tuple[Choices, IntArray]:
        """Some rows as choices of their own, and the units that made them."""
        kept = self._take(rows)
        if self.labeler is None or self.labelers is None:
            return kept, rows
        left, codes = np.unique(self.labeler[rows], return_inverse=True)
        return replace(kept, labeler=codes, labelers=self.labelers[left]), left

    def to_frame(self) -> pd.DataFrame:
        """Return the table: columns choice, rt, labeler and count where used, and the features."""
        columns: dict[str, Any] = {"choice": self.choice, "rt": self.rt}
        if self.labelers is not None:
            columns["labeler"] = self.labelers[self.labeler]
        columns |= {name: self.features[:, j] for j, name in enumerate(self.feature_names)}
        if (self.count != 1).any():
            columns["count"] = self.count
        if self.covariates is not None:
            kept = {str(name): self.covariates[name].array for name in self.covariates.columns}
            columns = kept | columns
        return pd.DataFrame(columns)

    def blocks(self) -> tuple[Words, Preview]:
        """Return what the table is of, and its first rows."""
        who = "anonymous labelers" if self.n_labelers is None else f"{self.n_labelers} labelers"
        text = f"Choices: {self.n_choices:,} choices by {who}, "
        text += f"median response time {weighted_median(self.rt, self.count):.3g} s"
        if self.contextual:
            text += ", features " + ", ".join(self.feature_names)
        if self.dropped:
            text += "; dropped " + ", ".join(f"{n} ({why})" for why, n in self.dropped.items())
        return Words(text), Preview(self._take(np.arange(min(len(self), 5))).to_frame())


def _notes(choices: Choices) -> tuple[str, ...]:
    notes = []
    first = choices.choice[0]
    if (choices.choice == first).all():
        notes.append(
            f"all choices are {first:+d}: Bradley-Terry is infinite, and all else rests on "
            "response times alone."
        )
    if choices.labelers is not None and choices.labelers.dtype.kind == "f":
        broken = choices.labelers[choices.labelers != np.round(choices.labelers)]
        if broken.size:
            notes.append(
                f"labelers are named by fractions, such as {broken[0]:g}: is that their column?"
            )
    if choices.labeler is not None or choices.contextual:
        repeats = int(choices._keys().duplicated().sum())
        if repeats:
            notes.append(f"{repeats:,} rows repeat another exactly; they were kept.")
    return tuple(notes)


def expect_choices(value: Any) -> Choices:
    """Return `value`, or say how to make choices of it.

    Raises
    ------
    InputError
        If it is a table, a path, or anything else.
    """
    if isinstance(value, Choices):
        return value
    if hasattr(value, "as_choices"):
        return value.as_choices()
    kind = type(value).__name__
    article = "an" if kind[:1].lower() in "aeiou" else "a"
    raise InputError(
        f"expected choices, got {article} {kind}; make them with bd.Choices.from_frame(frame, "
        "labeler=...) or bd.read_choices(path, labeler=...)."
    )
