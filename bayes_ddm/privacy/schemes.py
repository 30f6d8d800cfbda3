"""Reading schemes from files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bayes_ddm.errors import InputError
from bayes_ddm.privacy.documents import read_document
from bayes_ddm.privacy.row_scheme import RowScheme, rows
from bayes_ddm.privacy.scheme import KIND, ChoiceScheme, choices

MADE_BY = "bd.privacy.choices(...).save or bd.privacy.rows(...).save (bayes-ddm scheme)"
ROW = ("boundary", "ndt", "boundary_se", "ndt_se", "time_epsilon")

KINDS: dict[str, Callable[[Mapping[str, Any]], ChoiceScheme | RowScheme]] = {
    "choice": lambda contents: choices(contents["epsilon"]),
    "row": lambda contents: rows(contents["levels"], **{name: contents[name] for name in ROW}),
}


def read_scheme(path: str | Path) -> ChoiceScheme | RowScheme:
    """Read a scheme that `ChoiceScheme.save` or `RowScheme.save` wrote.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    ChoiceScheme or RowScheme

    Raises
    ------
    InputError
        If the file is missing, no scheme, of another version of the format, or not as it was
        written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read_scheme(choices(1.0).save(f"{folder}/scheme.json")).epsilon
    1.0
    """
    return read_document(path, KIND, MADE_BY, scheme_of)


def scheme_of(contents: Mapping[str, Any]) -> ChoiceScheme | RowScheme:
    """Make a scheme of its JSON values.

    Raises
    ------
    InputError
        If they are not those of the scheme, as where integers were made otherwise.
    """
    scheme = KINDS[str(contents["protect"])](contents)
    again = scheme.to_dict()
    if again != {name: contents.get(name) for name in again}:
        raise InputError(
            f"what stands in scheme {contents.get('id')} is not what {MADE_BY} makes of it; make "
            "another."
        )
    return scheme


def expect_scheme(value: Any) -> ChoiceScheme | RowScheme:
    """Return a scheme, or say how to make one.

    Raises
    ------
    InputError
        If it is anything else.
    """
    if isinstance(value, ChoiceScheme | RowScheme):
        return value
    raise InputError(
        f"expected a scheme, got a {type(value).__name__}; make one with bd.privacy.choices or "
        "bd.privacy.rows, or read it with bd.privacy.read_scheme."
    )
