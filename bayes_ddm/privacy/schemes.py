"""Reading schemes from files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bayes_ddm.errors import InputError
from bayes_ddm.privacy.documents import read_json
from bayes_ddm.privacy.row_scheme import RowScheme, rows
from bayes_ddm.privacy.scheme import ChoiceScheme, choices

MADE_BY = "bd.privacy.choices(...).save or bd.privacy.rows(...).save (bayes-ddm scheme)"
ROW = ("boundary", "ndt", "boundary_se", "ndt_se", "time_epsilon")

KINDS: dict[str, Callable[[Mapping[str, Any]], ChoiceScheme | RowScheme]] = {
    "choice": lambda found: choices(found["epsilon"]),
    "row": lambda found: rows(found["levels"], **{name: found[name] for name in ROW}),
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
    found = read_json(path, "scheme", MADE_BY, lambda found: "protect" in found)
    try:
        made = scheme_of(found)
    except InputError as error:
        raise InputError(f"{str(path)!r}: {error}") from error
    except Exception as error:
        raise InputError(f"{str(path)!r} is no scheme; make one with {MADE_BY}.") from error
    if made.to_dict() != found:
        raise InputError(
            f"{str(path)!r} is not as it was written (its contents are not those of scheme "
            f"{found.get('id')}); a scheme is not edited: make another with {MADE_BY}."
        )
    return made


def scheme_of(found: Mapping[str, Any]) -> ChoiceScheme | RowScheme:
    """Make a scheme of its JSON values."""
    return KINDS[str(found["protect"])](found)


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
