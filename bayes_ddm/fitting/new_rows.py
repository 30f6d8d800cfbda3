"""Choices that a fit is asked about, from a table with the columns that the fit was made of."""

from __future__ import annotations

from typing import Any

from bayes_ddm.data.choices import Choices, expect_choices
from bayes_ddm.data.frames import as_pandas
from bayes_ddm.errors import InputError

LABELER = "labeler"


def choices_like(known: Choices, new: Any) -> Choices:
    """Return choices as they are; a table, read as those of the fit were.

    Parameters
    ----------
    known : Choices
        Of the fit.
    new : Choices or table
        A table has the columns of the one that was fitted, read in the same way; or ``choice``,
        ``rt``, and what else the fit knows: ``labeler``, if it is there, and the fit's features or
        covariates.

    Raises
    ------
    InputError
        As `Choices.from_frame`; if the fit has a deadline.
    """
    table = hasattr(new, "columns") or isinstance(new, dict)
    if isinstance(new, Choices | str) or hasattr(new, "as_choices") or not table:
        return expect_choices(new)
    if known.deadline is not None:
        raise InputError(
            "the fit has a deadline, which a table does not say; make choices of it with "
            "bd.Choices.from_frame(table, deadline=...)."
        )
    frame = as_pandas(new)
    columns = dict(known.origin.columns)
    if columns.get("choice") in frame:
        labeler = columns.pop("labeler", None)
        return Choices.from_frame(frame, labeler=labeler if labeler in frame else None, **columns)
    covariates = () if known.covariates is None else tuple(map(str, known.covariates.columns))
    return Choices.from_frame(
        frame,
        labeler=LABELER if LABELER in frame and not known.anonymous else None,
        features=() if known.drift else known.feature_names,
        covariates=covariates,
    )
