"""Choices between named items, such as answers of language models: one preference per item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm._typing import BoolArray, FloatArray, IntArray
from bayes_ddm.data import columns
from bayes_ddm.data.columns import one_line
from bayes_ddm.errors import InputError, RowError, did_you_mean

LISTED = 6


@dataclass(frozen=True, eq=False)
class Items:
    """Items of a table, as features that say what was chosen over what; made by `items_of`.

    Attributes
    ----------
    names : tuple of str
        All items but the reference, in sorted order.
    reference : str
        The item whose preference is 0.
    features : ndarray, shape (rows, names)
        +1 where the item is the first of the two, -1 where it is the second.
    toward : ndarray of float, shape (rows,), or None
        +1 where the choice names the first item, -1 where it names the second, NaN where it is
        missing; None if choices are not items' names.
    """

    names: tuple[str, ...]
    reference: str
    features: FloatArray
    toward: FloatArray | None

    @property
    def note(self) -> str:
        """Say what the preferences are relative to."""
        return (
            f"preferences of {len(self.names)} items are relative to {self.reference}, which is 0; "
            "reference= (--reference) names another."
        )


def items_of(
    frame: pd.DataFrame, items: tuple[str, str], reference: str | None, choice: str
) -> Items:
    """Code the two items of each row.

    Parameters
    ----------
    frame : DataFrame
    items : pair of str
        Columns of the first and the second item.
    reference : str, optional
        Item whose preference is 0; by default the one that is compared most often, which makes the
        errors of the others smallest.
    choice : str
        Column of choices.

    Raises
    ------
    InputError
        If the columns are not two, an item is missing, the reference is no item, there is one item
        only, or some are never compared with the others, directly or by way of third ones.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": ["x", "y", "x"], "b": ["y", "z", "z"], "won": ["x", "z", "x"]})
    >>> coded = items_of(frame, ("a", "b"), None, "won")
    >>> coded.names, coded.reference, coded.toward.tolist()
    (('y', 'z'), 'x', [1.0, -1.0, 1.0])
    >>> coded.features.tolist()
    [[-1.0, 0.0], [1.0, -1.0], [0.0, -1.0]]
    """
    if isinstance(items, str) or len(items) != 2 or items[0] == items[1]:
        raise InputError(
            f"items must be two columns, of the first and the second item; got {items!r}."
        )
    sides = [columns.find(frame, name) for name in items]
    for name, side in zip(items, sides, strict=True):
        if (empty := columns.missing(side)).any():
            raise RowError(
                f"column {name!r} names no item in",
                int(np.flatnonzero(empty)[0]),
                "; name it or drop the row.",
            )
    texts = [side.map(str).to_numpy(object) for side in sides]
    codes, levels = pd.factorize(np.concatenate(texts), sort=True)
    first, second = codes.reshape(2, -1)
    all_items = [str(level) for level in levels]
    if len(all_items) < 2:
        raise InputError(
            f"columns {items[0]!r} and {items[1]!r} hold one item only, {all_items[0]!r}."
        )
    _refuse_unconnected(first, second, all_items)
    if reference is None:
        reference = all_items[int(np.bincount(codes).argmax())]
    elif reference not in all_items:
        listed = ", ".join(all_items[:LISTED]) + (", ..." if len(all_items) > LISTED else "")
        hint = did_you_mean(reference, all_items, f"items are {listed}.")
        raise InputError(f"reference {reference!r} is no item; {hint}")
    names = tuple(name for name in all_items if name != reference)
    column = np.array([names.index(name) if name != reference else -1 for name in all_items])
    features = np.zeros((len(first), len(names) + 1))  # the last column is the reference's
    rows = np.arange(len(first))
    np.add.at(features, (rows, column[first]), 1.0)
    np.add.at(features, (rows, column[second]), -1.0)
    chosen = columns.find(frame, choice)
    return Items(names, reference, features[:, :-1], _toward(chosen, texts, set(all_items)))


def _refuse_unconnected(first: IntArray, second: IntArray, items: list[str]) -> None:
    """Refuse items that no chain of comparisons connects, whose preferences have no common zero."""
    group = np.arange(len(items))
    pairs = np.unique(np.column_stack([first, second]), axis=0)
    while True:
        least = np.minimum(group[pairs[:, 0]], group[pairs[:, 1]])
        merged = group.copy()
        np.minimum.at(merged, pairs.ravel(), np.repeat(least, 2))
        if (merged == group).all():
            break
        group = merged
    if group.any():
        apart = [name for name, g in zip(items, group, strict=True) if g]
        listed = ", ".join(map(one_line, apart[:LISTED])) + (", ..." if len(apart) > LISTED else "")
        raise InputError(
            f"{listed} are never compared with {one_line(items[0])}, nor by way of other items; "
            "leave one of the two groups out (--where)."
        )


def _toward(chosen: pd.Series, texts: list[Any], items: set[str]) -> FloatArray | None:
    """Direction of choices that are named by their items; None if any is named otherwise."""
    present: BoolArray = ~columns.missing(chosen)
    if columns.coded(chosen[present]):
        return None
    names = chosen.map(str).to_numpy(object)
    if not set(names[present]) <= items:
        return None
    ahead, behind = names == texts[0], names == texts[1]
    stray = present & ~(ahead | behind)
    if stray.any():
        row = int(np.flatnonzero(stray)[0])
        raise RowError(
            f"choice {one_line(names[row])!r} is neither of the two items in", row, "; correct it."
        )
    return np.where(present, np.where(ahead, 1.0, -1.0), np.nan)
