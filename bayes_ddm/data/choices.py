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
from bayes_ddm.data.as_table import described, frame_of, head_of
from bayes_ddm.data.checked_rows import checked_rows
from bayes_ddm.data.flipped import PRIVATE, refuse_private
from bayes_ddm.data.grouping import grouped, keys_of, part_of
from bayes_ddm.data.notes import table_notes
from bayes_ddm.data.origin import Origin
from bayes_ddm.data.reduced import Bins
from bayes_ddm.data.row_selection import Missing, Where
from bayes_ddm.data.summed import SummedLabelers
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
    deadline : ndarray of float, shape (rows,), or None
        Seconds after which no response was taken; None if there is no such limit.
    omitted : Choices or None
        Trials that ran out of time: ``choice`` is 0, ``rt`` the deadline. None where trials that
        did, if any, are absent.
    summed : SummedLabelers or None
        Of condensed rows by known labelers: what a normal drift asks of each.
    bins : Bins or None
        Of condensed rows: where counts are exact.
    origin : Origin
        What the table calls its options, and how it was read.
    flip : float
        Probability that a choice was sent as the other one; 0 but for private answers
        (`bayes_ddm.privatise`).

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
    deadline: FloatArray | None = field(default=None, repr=False)
    omitted: Choices | None = field(default=None, repr=False)
    summed: SummedLabelers | None = field(default=None, repr=False)
    bins: Bins | None = field(default=None, repr=False)
    origin: Origin = field(default=Origin(), repr=False)
    flip: float = 0.0

    @classmethod
    def from_frame(
        cls,
        frame: Any,
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
        deadline: float | str | None = None,
        omissions: str | None = None,
        where: Where | None = None,
        missing: Missing | None = None,
        drop: Sequence[Any] = (),
        items: tuple[str, str] | None = None,
        reference: str | None = None,
    ) -> Choices:
        """Validate a table with one row per choice.

        Parameters
        ----------
        frame : DataFrame or other table
            Of pandas, polars, Arrow, DuckDB, a Hugging Face ``Dataset``, or a dict of columns.
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
        deadline : float or str, optional
            Seconds after which no response was taken, or a column of them, in the unit of `rt`.
        omissions : {"rows", "absent"}, optional
            Where trials are that ran out of time: rows without a choice, kept as what they are
            (`omitted`), or absent from the table. By default such rows, of which there must be one.
        where : dict, str or sequence of str, optional
            Rows to take: ``{"task": "choice"}``, ``["age>=18", "task!=practice"]``.
        missing : sequence or dict, optional
            Values of `choice` and `rt` that mean no response, ``[999, -1]``; by column in a dict.
        drop : sequence
            Values of `choice` whose rows are left out: ``["tie"]``.
        items : pair of str, optional
            Columns of the two items compared, +1 for the first: a feature, and so a preference, per
            item. Choices may name the item, or its column.
        reference : str, optional
            The item whose preference is 0; by default the one compared most often.

        Returns
        -------
        Choices
            Other rows without a choice or a response time are dropped; all that are left out are
            counted in ``dropped``.

        Raises
        ------
        InputError
            In one line: what is wrong, where, and the mend.
        """
        table = checked_rows(
            frame,
            choice=choice,
            rt=rt,
            labeler=labeler,
            features=features,
            count=count,
            rt_unit=rt_unit,
            positive=positive,
            covariates=covariates,
            min_rt=min_rt,
            max_rt=max_rt,
            deadline=deadline,
            omissions=omissions,
            where=where,
            missing=missing,
            drop=drop,
            items=items,
            reference=reference,
        )
        choices = cls(**table.chosen, dropped=table.dropped)
        if table.omitted is not None:
            choices = replace(choices, omitted=replace(choices, **table.omitted, dropped={}))
        comparable = choices.labeler is not None or choices.contextual
        repeats = int(keys_of(choices).duplicated().sum()) if comparable else 0
        notes = table_notes(choices.choice, choices.labelers, repeats, table.unanswered)
        return replace(choices, notes=table.notes + notes)

    @property
    def n_choices(self) -> int:
        """Number of choices, counting identical rows."""
        return columns.whole(self.count.sum())

    @property
    def n_omitted(self) -> int:
        """Number of trials that ran out of time, counting identical rows."""
        return 0 if self.omitted is None else self.omitted.n_choices

    @property
    def truncated(self) -> bool:
        """Whether there is a deadline, and trials that ran into it are absent."""
        return self.deadline is not None and self.omitted is None

    @property
    def window(self) -> str:
        """What the deadline did, in words; empty without one."""
        if self.deadline is None:
            return ""
        low, high = f"{self.deadline.min():.4g}", f"{self.deadline.max():.4g}"
        after = f"{low} s" if low == high else f"deadlines of {low} to {high} s"
        if self.omitted is None:
            return f"trials beyond {after} are absent"
        return f"{self.n_omitted:,} omission{'s' * (self.n_omitted != 1)} after {after}"

    @property
    def condensed(self) -> bool:
        """Whether rows are weighted ones that stand for others: see `bayes_ddm.condense`."""
        return self.count.dtype.kind == "f"

    @property
    def n_labelers(self) -> int | None:
        """Number of labelers; None when they are anonymous."""
        if self.summed is not None:
            return self.summed.n_labelers
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
        return self.labeler is None and self.summed is None

    @property
    def unit(self) -> IntArray:
        """Index of the sampling unit of each row: its labeler, or the row itself."""
        return np.arange(len(self)) if self.labeler is None else self.labeler

    @property
    def signed(self) -> FloatArray | NDArray[np.int8]:
        """The choices; where they may be turned round, so stretched that their mean is the same."""
        return self.choice / (1 - 2 * self.flip) if self.flip else self.choice

    @property
    def unit_count(self) -> CountArray:
        """How many identical units each unit stands for (1 for a known labeler).

        Of labelers condensed to sums, units are those who were kept whole.
        """
        if self.summed is not None:
            return self.summed.whole.weight
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
        return grouped(self)

    def expanded(self) -> Choices:
        """Undo `grouped`: one row per choice, every count 1.

        Raises
        ------
        InputError
            If the rows are condensed.
        """
        self.refuse_condensed("this")
        late = None if self.omitted is None else self.omitted.expanded()
        rows = np.repeat(np.arange(len(self)), self.count)
        return replace(self._take(rows, counted=False), omitted=late)

    def _at_random(self, n: int, rng: np.random.Generator) -> Choices:
        """Return so many of the choices, a row each; of anonymous labelers."""
        drawn = np.sort(rng.choice(self.n_choices, n, replace=False, shuffle=False))
        rows = np.searchsorted(np.cumsum(self.count), drawn, side="right")
        return self._take(rows, counted=False)

    def refuse_condensed(self, what: str) -> None:
        """Raise `InputError` where `what` needs the rows themselves, which are condensed."""
        if self.condensed:
            raise InputError(
                f"{what} needs the rows themselves, and these are condensed; use choices of all "
                "rows, or of a part of them."
            )

    def refuse_summed(self, what: str) -> None:
        """Raise `InputError` where `what` needs every labeler's rows, of which there are sums."""
        if self.summed is not None:
            raise InputError(
                f"{what} needs every labeler's rows, and these are condensed to labelers' sums, "
                "which estimate, fit and compare take; use choices of all rows or some labelers."
            )

    def _take(self, rows: NDArray[np.intp], *, counted: bool = True) -> Choices:
        covariates = self.covariates
        return replace(
            self,
            choice=self.choice[rows],
            rt=self.rt[rows],
            labeler=None if self.labeler is None else self.labeler[rows],
            features=self.features[rows],
            count=columns.of_rows(self.count, rows) if counted else columns.ones(len(rows)),
            row=None if self.row is None else self.row[rows],
            covariates=None if covariates is None else covariates.iloc[rows].reset_index(drop=True),
            deadline=None if self.deadline is None else self.deadline[rows],
        )

    def _part(self, rows: NDArray[np.intp]) -> tuple[Choices, IntArray]:
        """Some rows as choices of their own, and the units that made them."""
        return part_of(self, rows)

    def to_frame(self) -> pd.DataFrame:
        """Return the table: columns choice, rt, labeler and count where used, and the features.

        Trials that ran out of time come last, without choice and rt; beside a column deadline.
        """
        return frame_of(self)

    def blocks(self) -> tuple[Words, Preview]:
        """Return what the table is of, and its first rows."""
        return Words(described(self)), Preview(head_of(self))


def expect_choices(value: Any, *, summed: bool = False, private: bool = False) -> Choices:
    """Return `value`, or say how to make choices of it.

    Raises
    ------
    InputError
        If it is a table, a path, or anything else; or condensed rows by known labelers, or private
        answers, unless these are taken (``summed``, ``private``).
    """
    if isinstance(value, Choices):
        if not summed:
            value.refuse_summed("this")
        return value if private else refuse_private(value)
    if hasattr(value, "as_choices"):
        return expect_choices(value.as_choices(), summed=summed, private=private)
    if hasattr(value, "account"):
        raise InputError(PRIVATE)
    kind = type(value).__name__
    article = "an" if kind[:1].lower() in "aeiou" else "a"
    raise InputError(
        f"expected choices, got {article} {kind}; make them with bd.Choices.from_frame(frame, "
        "labeler=...) or bd.read_choices(path, labeler=...)."
    )
