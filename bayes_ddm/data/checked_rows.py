"""The rows of a table that are asked for, checked; of any kind of table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm.data import columns
from bayes_ddm.data.checked_columns import Table, validated
from bayes_ddm.data.frames import as_pandas
from bayes_ddm.data.items import Items, items_of
from bayes_ddm.data.origin import arguments
from bayes_ddm.data.row_selection import (
    Missing,
    Where,
    selected,
    several,
    without_missing,
    without_values,
)
from bayes_ddm.errors import InputError, RowError


def checked_rows(
    table: Any,
    *,
    where: Where | None,
    missing: Missing | None,
    drop: Sequence[Any],
    items: tuple[str, str] | None,
    reference: str | None,
    **named: Any,
) -> Table:
    """Check the rows of a table that are asked for; arguments and errors are `from_frame`'s."""
    drop = list(drop) if several(drop) else drop
    frame, choice, count = as_pandas(table), named["choice"], named["count"]
    rows_by = {"where": where, "missing": missing, "drop": drop}
    options = arguments(named | rows_by | {"items": items, "reference": reference})
    if reference is not None and items is None:
        raise InputError("reference= goes with items= (--items).")
    keep, lost = np.ones(len(frame), dtype=bool), dict[str, int]()
    if where is not None or drop:
        weights = np.ones(len(frame), np.int64)
        if count is not None:  # checked where rows are kept
            numbers = columns.coerced(columns.find(frame, count)).fillna(0)
            weights = numbers.clip(0, columns.LARGEST_COUNT).to_numpy(dtype=np.int64)
        keep, lost = selected(frame, where, weights)
        rest, less = without_values(frame[keep], drop, choice, weights[keep])
        keep[np.flatnonzero(keep)[~rest]] = False
        lost |= less
        frame = frame[keep].reset_index(drop=True)
    frame = without_missing(frame, missing, choice, named["rt"])
    notes: tuple[str, ...] = ()
    rows = None if keep.all() else np.flatnonzero(keep)
    try:
        if items is not None:
            frame, named, coded = _with_items(frame, items, reference, named)
            notes, options["reference"] = (coded.note,), coded.reference
        checked = validated(frame, **named)
    except RowError as error:
        raise (error if rows is None else error.at_row(int(rows[error.row]))) from None
    for part in (checked.chosen, checked.omitted):
        if part is not None and rows is not None:
            part["row"] = rows[part["row"]]
    checked.chosen["origin"] = replace(checked.chosen["origin"], columns=options)
    dropped = {reason: n for reason, n in lost.items() if n} | checked.dropped
    return replace(checked, dropped=dropped, notes=notes)


def _with_items(
    frame: pd.DataFrame, items: tuple[str, str], reference: str | None, named: dict[str, Any]
) -> tuple[pd.DataFrame, dict[str, Any], Items]:
    """Put a feature per item in, and choices as the first item's or the second's."""
    if named["features"]:
        raise InputError("items= are features already; give features= or items=.")
    choice = named["choice"]
    coding = items_of(frame, items, reference, choice)
    roles = {choice, named["rt"], named["labeler"], named["count"], named["deadline"]}
    if shared := sorted({*roles, *named["covariates"]} & set(coding.names), key=str):
        raise InputError(f"item {shared[0]!r} is called as a column that is used; rename one.")
    rest = frame[[name for name in frame.columns if name not in coding.names]]
    coded = pd.DataFrame(coding.features, columns=list(coding.names), index=frame.index)
    frame = pd.concat([rest, coded], axis=1)
    named = named | {"features": coding.names}
    if named["positive"] is None and coding.toward is not None:
        frame = frame.assign(**{choice: coding.toward})
    elif named["positive"] is None and set(frame[choice].dropna()) <= set(items):
        named["positive"] = items[0]
    return frame, named, coding
