"""The table of private answers as a file: each row carries the identity of its scheme."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bayes_ddm.data.checked_columns import PRIVATE_CELL, PRIVATE_CHOICE
from bayes_ddm.display import Shown
from bayes_ddm.errors import InputError
from bayes_ddm.files import writing
from bayes_ddm.privacy.scheme import Scheme

SCHEME = "scheme"
SENT = {"choice": PRIVATE_CHOICE, "row": PRIVATE_CELL}


class Answers(Shown):
    """What both kinds of private answers have in common: they are kept as a table."""

    def to_frame(self) -> pd.DataFrame:
        """Return the table, with the identity of the scheme in each row."""
        raise NotImplementedError

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the table as CSV or Parquet; `bayes_ddm.read_private` is the way back.

        Raises
        ------
        InputError
            If the file exists and `overwrite` is false, or cannot be written.
        """
        path = Path(path)
        frame = self.to_frame()
        save = frame.to_parquet if path.suffix.lower() == ".parquet" else frame.to_csv
        with writing(path, overwrite=overwrite) as temporary:
            save(temporary, index=False)
        return path


def check_answers(frame: pd.DataFrame, scheme: Scheme, where: str = "the table") -> None:
    """Refuse a table whose answers were not randomised by this scheme.

    Raises
    ------
    InputError
        If it holds no private answers, those of another kind, or of another scheme.
    """
    sent = SENT[scheme.protect]
    if sent not in frame.columns:
        other = next((kind for kind, name in SENT.items() if name in frame.columns), None)
        if other is None:
            raise InputError(
                f"{where} has no column {sent!r}: its answers are not private yet; randomise them "
                "first (bayes-ddm privatise), or leave the scheme out."
            )
        raise InputError(
            f"{where} was made by a scheme that protects {other}s, and this one protects "
            f"{scheme.protect}s; give the scheme that made it."
        )
    if SCHEME not in frame.columns:
        raise InputError(
            f"{where} has no column {SCHEME!r}, which says by what scheme it was randomised; add "
            f"it where that is known ({scheme.id} is this scheme's)."
        )
    others = frame.loc[frame[SCHEME].astype(str) != scheme.id, SCHEME]
    if len(others):
        rows = "1 row was" if len(others) == 1 else f"{len(others):,} rows were"
        raise InputError(
            f"this scheme ({scheme.id}) is not that of {where}: {rows} randomised by "
            f"{others.iloc[0]}; give their scheme, or rows of one scheme."
        )
