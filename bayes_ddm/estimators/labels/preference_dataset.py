"""Pairs of a chosen and a rejected option with pseudo-labels: what reward models are trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm.data import columns
from bayes_ddm.data.choices import Choices, expect_choices
from bayes_ddm.data.frames import as_pandas
from bayes_ddm.data.read import read_frame
from bayes_ddm.display import Block, Preview, Shown, Words
from bayes_ddm.errors import InputError, RowError
from bayes_ddm.estimators.labels.label import PseudoLabels, label
from bayes_ddm.estimators.labels.labeling import LABEL, TARGET, WEIGHT
from bayes_ddm.files import refuse_existing, writing

ENDINGS = (".jsonl", ".parquet")


@dataclass(frozen=True, eq=False, repr=False)
class PreferenceDataset(Shown):
    """Pairs with pseudo-labels; made by `to_preference_dataset`.

    Attributes
    ----------
    table : DataFrame
        ``prompt`` if there is one, ``chosen``, ``rejected``, ``pseudo_label``, ``target`` and
        ``weight``; ``count`` where rows stand for several.
    labels : PseudoLabels
        Where they come from, and what to know of them.
    dropped : dict of str to int
        Rows left out, by reason.
    path : Path or None
        Where it was written.
    """

    table: pd.DataFrame
    labels: PseudoLabels
    dropped: Mapping[str, int] = field(default_factory=dict)
    path: Path | None = None

    def blocks(self) -> list[Block]:
        """Return how many pairs there are, what to know of them, and the first."""
        title = f"{len(self.table):,} pairs"
        if self.dropped:
            title += "; dropped " + ", ".join(
                f"{n:,} ({reason})" for reason, n in self.dropped.items()
            )
        if self.path is not None:
            title += f"; written to {self.path}"
        return [Words(title), *map(Words, self.labels.notes), Preview(self.table)]


def to_preference_dataset(
    choices: Choices,
    table: Any,
    out: str | Path | None = None,
    *,
    options: tuple[str, str],
    prompt: str | None = None,
    overwrite: bool = False,
    **how: Any,
) -> PreferenceDataset:
    """Make, and write, the pairs that a reward model is trained on, with pseudo-labels.

    Parameters
    ----------
    choices : Choices
    table : table or path
        What the choices were made from: it holds the options, as text or messages.
    out : str or Path, optional
        ``.jsonl`` or ``.parquet``, as trainers and ``datasets.load_dataset`` read them.
    options : pair of str
        Columns of the option that is chosen by +1, and of the one by -1.
    prompt : str, optional
        Column of what both answer.
    overwrite : bool
        Replace `out` if it exists.
    **how
        The arguments of `label`: ``boundary``, ``ndt``, ``bounded``, ...

    Returns
    -------
    PreferenceDataset
        With ``r`` the reward of ``chosen`` less that of ``rejected``, the loss
        ``(r - pseudo_label)**2`` is unbiased for the average preference, whatever the population;
        ``weight * (r - target)**2`` is more precise, and right where labelers deviate normally.
        Rows without a label, faster than the ndt, are left out and counted.

    Raises
    ------
    InputError
        As `label`; if the choices were grouped, or are of another table, an option is missing, or
        `out` cannot be written.

    Examples
    --------
    >>> log = {"a": ["Yes.", "Sure."], "b": ["No.", "Why?"], "choice": [1, -1], "rt": [0.8, 0.8]}
    >>> choices = Choices.from_frame(log)
    >>> made = to_preference_dataset(choices, log, options=("a", "b"), boundary=1.25, ndt=0.3)
    >>> made.table[["chosen", "rejected", "pseudo_label"]].round(4)
      chosen rejected  pseudo_label
    0   Yes.      No.        1.7001
    1   Why?    Sure.        1.7001
    """
    choices = expect_choices(choices)
    if out is not None:
        out = _checked(Path(out), overwrite)
    if isinstance(options, str) or len(options) != 2 or options[0] == options[1]:
        raise InputError(f"options must be two columns, of +1 and of -1; got {options!r}.")
    frame = read_frame(table) if isinstance(table, str | Path) else as_pandas(table)
    at = _rows(choices, frame)
    texts = {name: _column(frame, name, at) for name in (*options, prompt) if name is not None}
    labels = label(choices, **how)
    first = labels.table["choice"].to_numpy() > 0
    one, other = (texts[name].to_numpy(object) for name in options)
    columns = {} if prompt is None else {"prompt": texts[prompt].to_numpy(object)}
    columns |= {"chosen": np.where(first, one, other), "rejected": np.where(first, other, one)}
    toward = np.where(first, 1.0, -1.0)
    columns |= {"pseudo_label": labels.table[LABEL].to_numpy() * toward}
    columns |= {"target": labels.table[TARGET].to_numpy() * toward}
    columns |= {"weight": labels.table[WEIGHT].to_numpy()}
    if (choices.count != 1).any():
        columns |= {"count": choices.count}
    pairs = pd.DataFrame(columns)
    labeled = pairs["pseudo_label"].notna()
    lost = {"no pseudo-label": int(choices.count[~labeled.to_numpy()].sum())}
    dropped = {**choices.dropped, **{reason: n for reason, n in lost.items() if n}}
    pairs = pairs[labeled].reset_index(drop=True)
    if out is not None:
        with writing(out, overwrite=overwrite) as temporary:
            if out.suffix.lower() == ".parquet":
                pairs.to_parquet(temporary, index=False)
            else:
                text = pairs.to_json(
                    orient="records", lines=True, force_ascii=False, double_precision=15
                )
                temporary.write_text(text, encoding="utf-8")
    return PreferenceDataset(pairs, labels, dropped, out)


def _checked(out: Path, overwrite: bool) -> Path:
    if out.suffix.lower() not in ENDINGS:
        raise InputError(
            f"{str(out)!r} cannot hold pairs: its name must end in {' or '.join(ENDINGS)}."
        )
    refuse_existing(out, overwrite=overwrite)
    return out


def _rows(choices: Choices, frame: pd.DataFrame) -> Any:
    """Row of the table that each choice was made from."""
    if choices.row is None:
        raise InputError(
            "these choices do not know their rows of the table, as after grouped(); make them with "
            "bd.Choices.from_frame(table, ...)."
        )
    if choices.row.max() >= len(frame):
        raise InputError(
            f"the table has {len(frame):,} rows, and the choices are of row "
            f"{int(choices.row.max()):,}; give the table that they were made from."
        )
    return choices.row


def _column(frame: pd.DataFrame, name: str, at: Any) -> pd.Series:
    """Cells of a column in those rows, none of them missing."""
    column = columns.find(frame, name).iloc[at]
    empty = column.isna().to_numpy(dtype=bool)
    if empty.any():
        row = int(at[np.flatnonzero(empty)[0]])
        raise RowError(f"column {name!r} is empty in", row, "; fill it in or drop the row.")
    return column
