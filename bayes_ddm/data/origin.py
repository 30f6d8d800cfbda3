"""Where a table of choices is from, in its reader's words: options, file, columns."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_ddm.display import plain


@dataclass(frozen=True)
class Origin:
    """What the options are called, and how the table was read.

    Attributes
    ----------
    plus, minus : str
        Names of the +1 and the -1 option in the table; empty where it has numbers for them.
    file : str
        As it was given; empty where the table was not read from one.
    columns : mapping of str to object
        Arguments of `Choices.from_frame` other than the defaults, as JSON values.
    """

    plus: str = ""
    minus: str = ""
    file: str = ""
    columns: Mapping[str, Any] = field(default_factory=dict)

    @property
    def options(self) -> tuple[str, str]:
        """What the two options are called in sentences, +1 first.

        Examples
        --------
        >>> Origin("later", "sooner").options, Origin().options
        (('later', 'sooner'), ('+1', '-1'))
        """
        return self.plus or "+1", self.minus or "-1"

    def to_json(self) -> str:
        """Return what `from_json` reads."""
        return json.dumps(plain(asdict(self)))

    @classmethod
    def from_json(cls, text: str) -> Origin:
        """Return what `to_json` wrote."""
        return cls(**json.loads(text))


def origin_of(cells: pd.Series, rows: NDArray[np.intp], choice: NDArray[np.int8]) -> Origin:
    """Return the names of the options, by the cells of the first +1 and -1 among some rows."""
    firsts = [(choice == side).argmax() for side in (1, -1)]
    places = [[at] if choice[at] == side else [] for at, side in zip(firsts, (1, -1), strict=True)]
    return Origin(*options_of(*(cells.iloc[rows[at]].tolist() for at in places)))


def options_of(positive: Sequence[Any], negative: Sequence[Any]) -> tuple[str, str]:
    """Return the names of the options, by values that mean +1 and -1."""
    return _name(positive), _name(negative)


def arguments(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that were given, of all that there are, as JSON values.

    Examples
    --------
    >>> arguments({"rt": "time", "labeler": None, "features": (), "drop": ("tie",)})
    {'rt': 'time', 'drop': ['tie']}
    >>> arguments({"where": {"block": np.array([1, 2]), "task": {"b", "a"}}})
    {'where': {'block': [1, 2], 'task': ['a', 'b']}}
    """
    listed = {key: _listed(x) for key, x in options.items()}
    return {key: x for key, x in listed.items() if x is not None and x != []}


def _listed(value: Any) -> Any:
    """Give any collection as a list of plain values, however deep; sets in the order of texts."""
    if isinstance(value, Mapping):
        return {str(key): _listed(x) for key, x in value.items()}
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and not value.ndim):
        # of times, the item may be a count of nanoseconds
        value = str(value) if value.dtype.kind in "mM" else value.item()
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, Collection) and not isinstance(value, str | bytes):
        return [_listed(x) for x in value]
    return value if isinstance(value, bool | int | float | str | None) else str(value)


def _name(cells: Sequence[Any]) -> str:
    """The label of one option; empty where it is a number or a truth value."""
    label = cells[0] if len(cells) else ""
    if not isinstance(label, str):
        return ""
    text = " ".join(label.split())
    numeric = text.lstrip("+-").replace(".", "", 1).isdigit()
    return "" if numeric or text.lower() in {"true", "false"} else text
