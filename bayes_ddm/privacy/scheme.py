"""What a labeler's device is told to do with an answer before it is sent; on disk too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bayes_ddm.display import Shown, Words
from bayes_ddm.privacy.account import check_epsilon
from bayes_ddm.privacy.channel import Channel
from bayes_ddm.privacy.documents import digest, write_document

KIND = "scheme"
ID_DIGITS = 12


class Scheme(Shown):
    """What both kinds of scheme have in common: an identity, which rows and files carry."""

    protect: str

    def contents(self) -> dict[str, Any]:
        """Return all that a device needs, as JSON values, without the identity."""
        raise NotImplementedError

    @cached_property
    def id(self) -> str:
        """Say which scheme it is, in twelve letters: a hash of its contents."""
        return digest(self.contents())[:ID_DIGITS]

    def to_dict(self) -> dict[str, Any]:
        """Return the scheme as JSON values."""
        return {**self.contents(), "id": self.id}

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the scheme as a JSON document; `read_scheme` is the way back.

        Raises
        ------
        InputError
            If the file exists and `overwrite` is false, or cannot be written.
        """
        return write_document(path, KIND, self.to_dict(), overwrite=overwrite)


@dataclass(frozen=True, eq=True, repr=False)
class ChoiceScheme(Scheme):
    """The choice is sent as the other one now and then, the response time as it is.

    Attributes
    ----------
    epsilon : float
        Of each choice.
    """

    epsilon: float
    protect = "choice"

    @cached_property
    def channel(self) -> Channel:
        """What turns a choice round."""
        return Channel(2, self.epsilon)

    def contents(self) -> dict[str, Any]:
        """Return what a device needs: draw 64 bits, and send the true choice if below `keep`."""
        return {
            "protect": self.protect,
            "epsilon": self.epsilon,
            "flip": self.channel.flip,
            **thresholds(self.channel),
        }

    def blocks(self) -> tuple[Words]:
        """Return the scheme in words."""
        text = (
            f"Scheme {self.id}: the choice is sent as the other one with probability "
            f"{self.channel.flip:.4g} (epsilon {self.epsilon:g} a choice); the response time is "
            "sent as it is."
        )
        return (Words(text),)


def choices(epsilon: float = 1.0) -> ChoiceScheme:
    """Scheme that protects choices, and leaves response times as they are.

    Parameters
    ----------
    epsilon : float
        Of each choice, above 0 and at most 20; smaller is more private.

    Returns
    -------
    ChoiceScheme

    Raises
    ------
    InputError
        If epsilon is no such number.

    Notes
    -----
    Given the drift, choice and response time are independent, so the time tells nothing of the
    choice but what it tells of the drift. Averages stay unbiased for any population.

    Examples
    --------
    >>> choices(1.0)  # doctest: +NORMALIZE_WHITESPACE
    Scheme ce311193ba6b: the choice is sent as the other one with probability 0.2689 (epsilon 1 a
    choice); the response time is sent as it is.
    """
    return ChoiceScheme(check_epsilon(epsilon))


def thresholds(channel: Channel) -> dict[str, str]:
    """Return a channel's integers as text: beyond 2^53 JSON's numbers are not exact."""
    return {"keep": str(channel.keep), "other": str(channel.other)}
