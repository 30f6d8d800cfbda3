"""Releases on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bayes_ddm.privacy.documents import is_document, read_document
from bayes_ddm.privacy.published import KIND
from bayes_ddm.privacy.released import Released
from bayes_ddm.privacy.released_preferences import ReleasedPreferences


def is_release(path: str | Path) -> bool:
    """Whether a file is a release."""
    return is_document(path, KIND)


def read_release(path: str | Path) -> Released | ReleasedPreferences:
    """Read a release that was saved.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Released or ReleasedPreferences

    Raises
    ------
    InputError
        If the file is missing, no release, of another version of the format, or not as it was
        written.

    Examples
    --------
    >>> import tempfile
    >>> import bayes_ddm as bd
    >>> study = {"labelers": 500, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **study, seed=1)
    >>> released = bd.release(choices, epsilon=1.0, boundary=1.25, ndt=0.3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = bd.privacy.read_release(released.save(f"{folder}/release.json"))
    >>> bool((again.counts == released.counts).all())
    True
    """

    def of_dict(document: dict[str, Any]) -> Released | ReleasedPreferences:
        return (ReleasedPreferences if "sums" in document else Released).of_dict(document)

    return read_document(path, KIND, "bd.release (bayes-ddm release)", of_dict)
