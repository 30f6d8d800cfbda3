"""JSON documents that are passed between people: of one kind, one version, and as written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bayes_ddm.data.read import existing_file
from bayes_ddm.display import as_json
from bayes_ddm.errors import InputError
from bayes_ddm.files import writing

FORMAT = 1
PROGRAM = "bayes-ddm"
BEGINS = 4096  # bytes, among which a document's kind stands


def write_document(
    path: str | Path, kind: str, contents: Mapping[str, Any], *, overwrite: bool = False
) -> Path:
    """Write a document with its kind, version and checksum.

    Raises
    ------
    InputError
        If the file exists and `overwrite` is false, or cannot be written.
    """
    about = {"program": PROGRAM, "kind": kind, "format": FORMAT, "version": version(PROGRAM)}
    document = about | dict(contents)
    document["checksum"] = digest(document)
    with writing(path, overwrite=overwrite) as temporary:
        temporary.write_text(as_json(document) + "\n", encoding="utf-8")
    return Path(path)


def read_document[Value](
    path: str | Path, kind: str, made_by: str, of_dict: Callable[[dict[str, Any]], Value]
) -> Value:
    """Read what `write_document` wrote.

    Parameters
    ----------
    path : str or Path
    kind : str
    made_by : str
        What makes such a document, for those who have another.
    of_dict : callable
        Makes of its JSON values what is returned.

    Raises
    ------
    InputError
        If the file is missing, of another kind or format, not as it was written, or not whole.
    """
    path = existing_file(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except Exception:  # a damaged file makes its decoder raise anything
        document = None
    heading = (document.get("program"), document.get("kind")) if isinstance(document, dict) else ()
    if heading != (PROGRAM, kind):
        raise InputError(f"{str(path)!r} is no {kind}; make one with {made_by}.")
    if document.get("format") != FORMAT:
        raise InputError(
            f"{str(path)!r} is in format {document.get('format')}, by bayes-ddm "
            f"{document.get('version')}; this version reads format {FORMAT}: make it again with "
            f"{made_by}."
        )
    checksum = document.pop("checksum", None)
    if checksum != digest(document):
        raise InputError(
            f"{str(path)!r} is not as it was written (its checksum is wrong); ask for it again."
        )
    try:
        return of_dict(document)
    except InputError as error:
        raise InputError(f"{str(path)!r}: {error}") from error
    except Exception as error:
        raise InputError(f"{str(path)!r} holds no whole {kind}; ask for it again.") from error


def is_document(path: str | Path, kind: str) -> bool:
    """Whether a file is a document of this kind, as its first lines say."""
    path = Path(path)
    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(BEGINS).decode("utf-8", errors="replace")
    return f'"program": "{PROGRAM}"' in head and f'"kind": "{kind}"' in head


def digest(contents: Mapping[str, Any]) -> str:
    """Return the checksum of JSON values."""
    return hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()
