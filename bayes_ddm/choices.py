"""The validated table of choices and response times. Everything starts here."""

from __future__ import annotations

import difflib
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_ddm.errors import InputError

__all__ = ["Choices", "read_choices"]

RT_UNITS = {"s": 1.0, "ms": 1e-3}
# A median over 60 s is far outside the range of speeded choice, and typical of milliseconds
LONGEST_MEDIAN_RT = 60.0


@dataclass(frozen=True, eq=False)
class Choices:
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
    count : ndarray of int, shape (rows,)
        How many identical rows each row stands for; all 1 unless the table was grouped.
    dropped : dict of str to int
        Rows left out, by reason.
    notes : tuple of str
        What is not wrong but should be known (duplicate rows, all choices alike).

    Examples
    --------
    >>> frame = pd.DataFrame({"later": [1, 0, 1], "rt": [0.9, 1.4, 0.7], "id": ["a", "a", "b"]})
    >>> Choices.from_frame(frame, choice="later", rt="rt", labeler="id")
    Choices: 3 choices by 2 labelers, median response time 0.9 s
    """

    choice: NDArray[np.int8]
    rt: NDArray[np.float64]
    labeler: NDArray[np.int64] | None
    labelers: NDArray[Any] | None
    features: NDArray[np.float64]
    feature_names: tuple[str, ...]
    count: NDArray[np.int64]
    dropped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        choice: str = "choice",
        rt: str = "rt",
        labeler: str | None = None,
        features: Sequence[str] = (),
        count: str | None = None,
        rt_unit: str = "s",
        positive: Any = None,
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
        rt_unit : {"s", "ms"}
            Unit of the response times in the table.
        positive : optional
            The value of `choice` that becomes +1.

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
        if rt_unit not in RT_UNITS:
            raise InputError(f"unknown rt unit {rt_unit!r}; use 's' or 'ms'.")
        if isinstance(features, str):
            raise InputError("features must be a list of column names, not one string.")

        frame = frame.reset_index(drop=True)
        raw_choice, raw_rt = _column(frame, choice), _column(frame, rt)
        times = _numbers(raw_rt, rt)
        _refuse_infinite(times, rt)
        no_choice = raw_choice.isna().to_numpy()
        no_rt = np.isnan(times)
        keep = ~(no_choice | no_rt)
        if not keep.any():
            raise InputError("no row has both a choice and a response time.")
        dropped = {
            "no choice": int(no_choice.sum()),
            "no response time": int((no_rt & ~no_choice).sum()),
        }
        counts = _counts(frame, count)
        keep &= counts > 0
        dropped["count of zero"] = int((counts == 0).sum())
        rows = np.flatnonzero(keep)

        signs = _signs(raw_choice[keep], choice, positive)
        times = times[keep] * RT_UNITS[rt_unit]
        _refuse_bad_times(times, rows, rt, rt_unit)

        columns = [_feature(frame, name, keep) for name in features]
        matrix = np.column_stack(columns) if columns else np.empty((rows.size, 0))
        _refuse_degenerate_features(matrix, tuple(features))

        codes, names = None, None
        if labeler is not None:
            raw = _column(frame, labeler)[keep]
            if raw.isna().any():
                row = int(rows[raw.isna().to_numpy()][0])
                raise InputError(
                    f"column {labeler!r} has no labeler in row {row}; name it, or drop the row."
                )
            codes, uniques = pd.factorize(raw, sort=False)
            names = np.asarray(uniques)
        made = cls(
            choice=signs,
            rt=times,
            labeler=codes,
            labelers=names,
            features=matrix,
            feature_names=tuple(features),
            count=counts[keep],
            dropped={reason: n for reason, n in dropped.items() if n},
        )
        return replace(made, notes=_notes(made))

    @property
    def n_choices(self) -> int:
        """Number of choices, counting identical rows."""
        return int(self.count.sum())

    @property
    def n_labelers(self) -> int | None:
        """Number of labelers; None when they are anonymous."""
        return None if self.labelers is None else len(self.labelers)

    @property
    def anonymous(self) -> bool:
        """Whether every row is a labeler of its own."""
        return self.labeler is None

    @property
    def unit(self) -> NDArray[np.int64]:
        """Index of the sampling unit of each row: its labeler, or the row itself."""
        return np.arange(len(self)) if self.labeler is None else self.labeler

    @property
    def unit_count(self) -> NDArray[np.int64]:
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
        frame = pd.DataFrame({"choice": self.choice, "rt": self.rt})
        if self.labeler is not None:
            frame["labeler"] = self.labeler
        for j in range(self.features.shape[1]):
            frame[f"feature_{j}"] = self.features[:, j]
        keys = list(frame.columns)
        frame["count"] = self.count
        frame = frame.groupby(keys, sort=True, as_index=False)["count"].sum()
        return replace(
            self,
            choice=frame["choice"].to_numpy(np.int8),
            rt=frame["rt"].to_numpy(),
            labeler=None if self.labeler is None else frame["labeler"].to_numpy(),
            features=frame[[k for k in keys if k.startswith("feature_")]].to_numpy(float),
            count=frame["count"].to_numpy(),
        )

    def expanded(self) -> Choices:
        """Undo `grouped`: one row per choice, every count 1."""
        return self._take(np.repeat(np.arange(len(self)), self.count), counted=False)

    def _take(self, rows: NDArray[np.intp], *, counted: bool = True) -> Choices:
        return replace(
            self,
            choice=self.choice[rows],
            rt=self.rt[rows],
            labeler=None if self.labeler is None else self.labeler[rows],
            features=self.features[rows],
            count=self.count[rows] if counted else np.ones(len(rows), dtype=np.int64),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the table: columns choice, rt, labeler and count where used, and the features."""
        columns: dict[str, Any] = {"choice": self.choice, "rt": self.rt}
        if self.labelers is not None:
            columns["labeler"] = self.labelers[self.labeler]
        columns |= {name: self.features[:, j] for j, name in enumerate(self.feature_names)}
        if (self.count != 1).any():
            columns["count"] = self.count
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        who = "anonymous labelers" if self.n_labelers is None else f"{self.n_labelers} labelers"
        text = f"Choices: {self.n_choices:,} choices by {who}, "
        text += f"median response time {_weighted_median(self.rt, self.count):.3g} s"
        if self.contextual:
            text += ", features " + ", ".join(self.feature_names)
        if self.dropped:
            text += "; dropped " + ", ".join(f"{n} ({why})" for why, n in self.dropped.items())
        return text

    def _repr_html_(self) -> str:
        head = self.to_frame().head().to_html(index=False)
        return f"<p>{html.escape(repr(self))}</p>{head}"


def read_choices(path: str | Path, **columns: Any) -> Choices:
    """Read a CSV or Parquet file into `Choices`.

    Parameters
    ----------
    path : str or Path
        ``.parquet`` is read as Parquet, anything else as CSV with a header.
    **columns
        The arguments of `Choices.from_frame`.

    Returns
    -------
    Choices

    Raises
    ------
    InputError
        If the file is missing, empty or not a table, or as in `Choices.from_frame`.
    """
    path = Path(path)
    if not path.is_file():
        near = difflib.get_close_matches(
            path.name, [p.name for p in path.parent.glob("*")] if path.parent.is_dir() else [], n=1
        )
        hint = f"; did you mean {near[0]!r}?" if near else "."
        raise InputError(f"no file {str(path)!r}{hint}")
    if path.stat().st_size == 0:
        raise InputError(f"{str(path)!r} is empty.")
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            frame = pd.read_parquet(path)
        else:
            frame = pd.read_csv(path)
    except (ValueError, OSError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"cannot read {str(path)!r} as a table ({reason}); save it as CSV or Parquet."
        ) from error
    return Choices.from_frame(frame, **columns)


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame.columns:
        columns = [str(c) for c in frame.columns]
        near = difflib.get_close_matches(str(name), columns, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"columns are {', '.join(columns)}."
        raise InputError(f"no column {name!r} in the table; {hint}")
    column = frame[name]
    if isinstance(column, pd.DataFrame):
        raise InputError(f"the table has more than one column {name!r}; rename one.")
    return column


def _numbers(column: pd.Series, name: str) -> NDArray[np.float64]:
    numeric = pd.to_numeric(column, errors="coerce")
    bad = (numeric.isna() & column.notna()).to_numpy()
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InputError(
            f"column {name!r} has text where a number belongs: {column.iloc[row]!r} in row {row}."
        )
    return numeric.to_numpy(dtype=float, na_value=np.nan)


def _refuse_infinite(values: NDArray[np.float64], name: str) -> None:
    if np.isinf(values).any():
        row = int(np.flatnonzero(np.isinf(values))[0])
        raise InputError(f"column {name!r} is infinite in row {row}; correct or remove the row.")


def _counts(frame: pd.DataFrame, name: str | None) -> NDArray[np.int64]:
    if name is None:
        return np.ones(len(frame), dtype=np.int64)
    values = _numbers(_column(frame, name), name)
    bad = ~np.isfinite(values) | (values < 0) | (values != np.round(values))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InputError(
            f"column {name!r} must hold whole counts of at least 0; row {row} is {values[row]:g}."
        )
    return values.astype(np.int64)


def _signs(column: pd.Series, name: str, positive: Any) -> NDArray[np.int8]:
    values = list(pd.unique(column))
    if len(values) > 2:
        shown = ", ".join(map(repr, values[:4]))
        raise InputError(
            f"column {name!r} has {len(values)} distinct choices ({shown}, ...); two are needed."
        )
    if positive is not None:
        match = [v for v in values if v == positive or str(v) == str(positive)]
        if not match and len(values) == 2:
            shown = " and ".join(repr(str(v)) for v in values)
            raise InputError(f"positive={positive!r} is not in column {name!r}, which has {shown}.")
        is_positive = column == match[0] if match else pd.Series(False, index=column.index)
    else:
        number = pd.to_numeric(column, errors="coerce")
        found = set(number.dropna().astype(float))
        if number.isna().any() or not (found <= {1.0, -1.0} or found <= {0.0, 1.0}):
            shown = " and ".join(repr(str(v)) for v in values)
            raise InputError(
                f"column {name!r} holds {shown}; say which value is +1 with positive=."
            )
        is_positive = number == 1
    return np.where(is_positive.to_numpy(dtype=bool), 1, -1).astype(np.int8)


def _refuse_bad_times(
    times: NDArray[np.float64], rows: NDArray[np.intp], name: str, unit: str
) -> None:
    if (times <= 0).any():
        row = int(rows[np.flatnonzero(times <= 0)[0]])
        raise InputError(
            f"column {name!r} must be positive; row {row} is zero or negative. Leave a missing "
            "response empty."
        )
    median = float(np.median(times))
    if unit == "s" and median > LONGEST_MEDIAN_RT:
        raise InputError(
            f"column {name!r} has a median of {median:g} s and looks like milliseconds; "
            "declare it with rt_unit='ms' (--rt-unit ms)."
        )


def _feature(frame: pd.DataFrame, name: str, keep: NDArray[np.bool_]) -> NDArray[np.float64]:
    if name not in frame.columns and "-" in name:
        # a column's own name may hold a hyphen: take the split whose two sides both exist
        parts = name.split("-")
        for cut in range(1, len(parts)):
            left, right = "-".join(parts[:cut]).strip(), "-".join(parts[cut:]).strip()
            if left in frame.columns and right in frame.columns:
                return _feature(frame, left, keep) - _feature(frame, right, keep)
        for part in (parts[0].strip(), parts[-1].strip()):
            _column(frame, part)
    values = _numbers(_column(frame, name), name)
    _refuse_infinite(values, name)
    bad = np.isnan(values) & keep
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InputError(
            f"feature {name!r} is missing in row {row}; fill it in or remove the row."
        )
    return values[keep]


def _refuse_degenerate_features(matrix: NDArray[np.float64], names: tuple[str, ...]) -> None:
    if not names:
        return
    if len(set(names)) < len(names):
        raise InputError("a feature is named twice; name each once.")
    for j, name in enumerate(names):
        if np.ptp(matrix[:, j]) == 0:
            raise InputError(
                f"feature {name!r} is constant; remove it (a scalar problem needs no features)."
            )
    scaled = matrix / np.sqrt((matrix**2).mean(axis=0))
    _, singular, vectors = np.linalg.svd(scaled, full_matrices=False)
    if len(singular) < len(names) or singular[-1] < 1e-8 * singular[0]:
        involved = [n for n, w in zip(names, vectors[-1], strict=True) if abs(w) > 1e-4]
        raise InputError(f"features {', '.join(involved)} are collinear; remove one.")


def _notes(choices: Choices) -> tuple[str, ...]:
    notes = []
    if len(set(choices.choice.tolist())) == 1:
        notes.append("all choices are alike: Bradley-Terry is infinite; the rest works.")
    if choices.labeler is not None or choices.contextual:
        repeats = len(choices) - len(choices.grouped())
        if repeats:
            notes.append(f"{repeats} rows repeat another exactly; they were kept.")
    return tuple(notes)


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.int64]) -> float:
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(cumulative, cumulative[-1] / 2)])
