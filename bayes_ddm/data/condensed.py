"""Weighted rows that stand for all of a table's, with where they come from; on disk too."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.columns import weighted_median
from bayes_ddm.data.formats import CONDENSED
from bayes_ddm.data.origin import Origin
from bayes_ddm.data.reduced import Bins, reduced
from bayes_ddm.data.summed import SummedLabelers
from bayes_ddm.display import Shown, Words
from bayes_ddm.errors import InputError
from bayes_ddm.files import writing

# the second holds comparisons or known labelers
PLAIN, FORMAT = 1, 2
COLUMNS = ("choice", "rt", "weight")
# times as slow, as no other people are
OTHER_UNIT = 100


@dataclass(frozen=True, eq=False, repr=False)
class Condensed(Shown):
    """A few hundred weighted rows with the log likelihood of all; made by `bayes_ddm.condense`.

    ``bd.estimate``, ``bd.fit`` and ``bd.plan`` take it as they take choices. Two of them add up to
    that of both tables; of known labelers, if no labeler is in both.

    Attributes
    ----------
    choice : ndarray of int8, shape (rows,)
        +1 or -1.
    rt : ndarray, shape (rows,)
        Response time in seconds: of the fastest rows as they were, else a node of quadrature.
    weight : ndarray, shape (rows,)
        How many choices each stands for; no whole number, at a node.
    lo : float
        The smallest response time in seconds, from which the bins are counted.
    n_choices : int
        Choices that all rows stand for.
    bins : Bins
        How many choices of each side the bins hold, exactly; none, where sets of other bins were
        added.
    dropped : mapping of str to int
        Choices left out, by reason.
    source : str
        What was condensed.
    notes : tuple of str
        What is not wrong but should be known.
    error : float or None
        Largest error of the log likelihood, over some parameters, where all rows were at hand.
    features : ndarray, shape (rows, features), or None
        Attribute differences of each row, where choices were condensed by comparison.
    feature_names : tuple of str
    positive : tuple of str
        Values of the choice that are +1, as a file had them.
    labelers : SummedLabelers or None
        What a normal drift asks of known labelers, and some of them whole; None where they are
        anonymous.
    options : tuple of str
        What the +1 and the -1 option are called; empty where the table has numbers for them.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> options = {"labelers": 5000, "choices": 1, "boundary": 1.25, "ndt": 0.3}
    >>> first, second = (
    ...     bd.condense(bd.simulate.experiment("normal", **options, seed=seed)) for seed in (1, 2)
    ... )
    >>> (first + second).n_choices
    10000
    """

    choice: NDArray[np.int8]
    rt: FloatArray
    weight: FloatArray
    lo: float
    n_choices: int
    bins: Bins
    dropped: Mapping[str, int] = field(default_factory=dict)
    source: str = ""
    notes: tuple[str, ...] = ()
    error: float | None = None
    features: FloatArray | None = None
    feature_names: tuple[str, ...] = ()
    labelers: SummedLabelers | None = None
    positive: tuple[str, ...] = ()
    options: tuple[str, str] = ("", "")

    def __len__(self) -> int:
        return len(self.rt)

    def __add__(self, other: Condensed) -> Condensed:
        """Condense both together, as if their rows had been in one table."""
        if not isinstance(other, Condensed):
            return NotImplemented
        if self.feature_names != other.feature_names or (self.labelers is None) != (
            other.labelers is None
        ):
            raise InputError(
                f"cannot add condensed rows {_kind(other)} to those {_kind(self)}; condense both "
                "tables alike."
            )
        _refuse_unlike(self, other)
        lo = min(self.lo, other.lo)
        choice, rt, weight = (
            np.concatenate([getattr(x, name) for x in (self, other)]) for name in COLUMNS
        )
        features = group = labelers = None
        if self.features is not None and other.features is not None:
            stacked = np.concatenate([self.features, other.features])
            compared, group = np.unique(stacked, axis=0, return_inverse=True)
            group = group.ravel()
        rows = reduced(choice, rt, weight, lo, group)
        if self.features is not None:
            features = compared[rows.group]
        if self.labelers is not None and other.labelers is not None:
            labelers = self.labelers.plus(other.labelers, lo)
        reasons = dict.fromkeys((*self.dropped, *other.dropped))
        return Condensed(
            *rows.columns,
            lo=lo,
            n_choices=self.n_choices + other.n_choices,
            bins=self.bins + other.bins,
            dropped={k: self.dropped.get(k, 0) + other.dropped.get(k, 0) for k in reasons},
            source=" + ".join(filter(None, dict.fromkeys((self.source, other.source)))),
            notes=tuple(dict.fromkeys((*self.notes, *other.notes))),
            features=features,
            feature_names=self.feature_names,
            labelers=labelers,
            positive=tuple(dict.fromkeys((*self.positive, *other.positive))),
            options=self.options if self.options == other.options else ("", ""),
        )

    @cached_property
    def choices(self) -> Choices:
        """The same rows as choices, whose counts are weights."""
        return Choices(
            choice=self.choice,
            rt=self.rt,
            labeler=None,
            labelers=None,
            features=np.empty((len(self), 0)) if self.features is None else self.features,
            feature_names=self.feature_names,
            count=self.weight,
            dropped=self.dropped,
            notes=self.notes,
            summed=self.labelers,
            bins=self.bins,
            origin=Origin(*self.options),
        )

    def as_choices(self) -> Choices:
        """Return `choices`: what every function that takes choices asks for."""
        return self.choices

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Save as a small Parquet file, which holds where its rows come from; see `read_condensed`.

        Raises
        ------
        InputError
            If the file exists and `overwrite` is false, or cannot be written.
        """
        import pyarrow as pa
        from pyarrow import parquet

        about = {
            "format": PLAIN,
            "version": version("bayes-ddm"),
            "lo": self.lo,
            "n_choices": self.n_choices,
            "bins": self.bins.to_json(),
            "dropped": dict(self.dropped),
            "source": self.source,
            "notes": self.notes,
            "error": self.error,
        }
        columns = {name: getattr(self, name) for name in COLUMNS}
        if self.features is not None or self.labelers is not None:
            about |= {"format": FORMAT, "features": self.feature_names}
            columns |= {f"feature_{j}": self._feature(j) for j in range(len(self.feature_names))}
        if self.labelers is not None:
            about["labelers"] = self.labelers.to_json()
        if self.positive:
            about["positive"] = self.positive
        if any(self.options):
            about["options"] = self.options
        about["checksum"] = _checksum(columns, about)
        table = pa.table(columns).replace_schema_metadata({CONDENSED: json.dumps(about).encode()})
        with writing(path, overwrite=overwrite) as temporary:
            parquet.write_table(table, temporary)
        return Path(path)

    def _feature(self, j: int) -> FloatArray:
        return np.empty(0) if self.features is None else self.features[:, j]

    def blocks(self) -> tuple[Words]:
        """Return what was condensed, and how exactly."""
        share = float(self.weight[self.choice > 0].sum()) / self.n_choices
        labelers = "anonymous" if self.labelers is None else f"{self.labelers.n_labelers:,}"
        text = (
            f"Condensed: {self.n_choices:,} choices by {labelers} labelers in {len(self):,} "
            f"weighted rows, {share:.1%} +1, response times from {self.lo:.3g} s"
        )
        if self.features is not None:
            compared = len(np.unique(self.features, axis=0))
            text += f"; {compared:,} comparisons by {', '.join(self.feature_names)}"
        if self.labelers is not None:
            text += f"; labelers' sums in {len(self.labelers):,} weighted ones"
        if self.source:
            text += f"; from {self.source}"
        if self.dropped:
            text += "; dropped " + ", ".join(f"{n:,} ({why})" for why, n in self.dropped.items())
        if self.error is not None:
            text += f"; log likelihood within {self.error:.1g} of all rows'"
        return (Words(text),)


def read_condensed(path: str | Path) -> Condensed:
    """Read what `Condensed.save` wrote.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Condensed

    Raises
    ------
    InputError
        If the file is missing, holds no condensed rows, is of another version of the format, or is
        not as it was written.

    Examples
    --------
    >>> import tempfile
    >>> import bayes_ddm as bd
    >>> options = {"labelers": 5000, "choices": 1, "boundary": 1.25, "ndt": 0.3}
    >>> condensed = bd.condense(bd.simulate.experiment("normal", **options, seed=1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = bd.read_condensed(condensed.save(f"{folder}/rows.condensed.parquet"))
    >>> again.n_choices
    5000
    """
    from pyarrow import parquet

    if not os.path.isfile(path):
        raise InputError(f"no file {str(path)!r}.")
    try:
        table = parquet.read_table(path)
    except Exception as error:  # a damaged file makes its decoder raise anything
        raise _no_condensed(path) from error
    metadata = (table.schema.metadata or {}).get(CONDENSED)
    if metadata is None:
        raise _no_condensed(path)
    try:
        about: dict[str, Any] = dict(json.loads(metadata))
    except Exception as error:
        raise _damaged(path) from error
    if about.get("format") not in {PLAIN, FORMAT}:
        raise InputError(
            f"{str(path)!r} is in format {about.get('format')} of condensed rows, by bayes-ddm "
            f"{about.get('version')}; this version reads formats up to {FORMAT}: condense the "
            "table again."
        )
    compared = about.get("features", [])
    names = (*COLUMNS, *(f"feature_{j}" for j in range(len(compared))))
    columns = {name: table[name].to_numpy() for name in names if name in table.column_names}
    checksum = about.pop("checksum", None)
    if len(columns) < len(names) or checksum != _checksum(columns, about):
        raise _damaged(path)
    features = [columns[name] for name in names[len(COLUMNS) :]]
    labelers = about.get("labelers")
    plus, minus = about.get("options", ("", ""))
    return Condensed(
        choice=columns["choice"],
        rt=columns["rt"],
        weight=columns["weight"],
        lo=about["lo"],
        n_choices=about["n_choices"],
        bins=Bins.of_json(about["bins"]),
        dropped=about["dropped"],
        source=about["source"],
        notes=tuple(about["notes"]),
        error=about["error"],
        features=np.column_stack(features) if features else None,
        feature_names=tuple(compared),
        labelers=None if labelers is None else SummedLabelers.of_json(labelers),
        positive=tuple(about.get("positive", ())),
        options=(plus, minus),
    )


def _refuse_unlike(first: Condensed, second: Condensed) -> None:
    """Refuse to add sets whose units, or whose +1, are others."""
    medians = [weighted_median(x.rt, x.weight) for x in (first, second)]
    if max(medians) > OTHER_UNIT * min(medians):
        raise InputError(
            f"cannot add condensed rows of median response times {medians[0]:.3g} s and "
            f"{medians[1]:.3g} s: the unit of one must be another; condense it anew (rt_unit=)."
        )
    if first.positive and second.positive and not {*first.positive} & {*second.positive}:
        values = [", ".join(map(repr, x.positive)) for x in (first, second)]
        raise InputError(
            f"cannot add condensed rows where +1 is {values[0]} to those where it is {values[1]}; "
            "condense one anew (positive=)."
        )


def _kind(rows: Condensed) -> str:
    """What condensed rows are of, to be told from others."""
    if rows.feature_names:
        return f"with features {', '.join(rows.feature_names)}"
    return "of anonymous labelers" if rows.labelers is None else "of known labelers"


def _no_condensed(path: str | Path) -> InputError:
    return InputError(
        f"{str(path)!r} holds no condensed rows; make them with bd.condense (bayes-ddm condense)."
    )


def _damaged(path: str | Path) -> InputError:
    return InputError(
        f"{str(path)!r} is not as it was written (its checksum is wrong); condense the table again."
    )


def _checksum(columns: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> str:
    """Of the rows and all that is said about them."""
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for values in columns.values():
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()
