"""What all sites are asked: the log likelihood at the nodes of a box of parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.display import Shown, Table, Words
from bayes_ddm.privacy.documents import digest, read_document, write_document

KIND = "question"
# axes of the box; the positive ones on the log scale
PARAMETERS = ("mu", "sigma", "boundary", "ndt")
LOGS = (False, True, True, False)
MINIMISATION = (
    "This is data minimisation, not differential privacy: rows stay where they are, but what is "
    "sent was made of them without noise."
)


@dataclass(frozen=True, repr=False)
class Question(Shown):
    """A box of parameters, and how many nodes a side; made by `ask`.

    Attributes
    ----------
    low, high : tuple of float
        Of mu, sigma, boundary, ndt; equal where it is known.
    nodes : int
        Of each parameter that is not known.
    round : int
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    nodes: int
    round: int = 1

    @property
    def known(self) -> tuple[bool, ...]:
        """Whether each parameter is a number, not a range."""
        return tuple(a == b for a, b in zip(self.low, self.high, strict=True))

    @property
    def identity(self) -> str:
        """What answers to the same question have in common."""
        return digest(self.to_dict())

    @property
    def box(self) -> tuple[FloatArray, FloatArray]:
        """Low and high ends of the axes, positive parameters as logs; shape (4,) each."""
        ends = [
            [math.log(x) if log else x for x, log in zip(side, LOGS, strict=True)]
            for side in (self.low, self.high)
        ]
        return np.array(ends[0]), np.array(ends[1])

    def axes(self) -> list[FloatArray]:
        """Chebyshev nodes of each axis; one where the parameter is known."""
        low, high = self.box
        return [
            np.array([a]) if known else (a + b) / 2 + (b - a) / 2 * chebyshev_nodes(self.nodes)
            for a, b, known in zip(low, high, self.known, strict=True)
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the question as JSON values."""
        return {key: list(x) if isinstance(x, tuple) else x for key, x in asdict(self).items()}

    @classmethod
    def of_dict(cls, made: Mapping[str, Any]) -> Question:
        """Return what `to_dict` made JSON values of."""
        low, high = (tuple(map(float, made[name])) for name in ("low", "high"))
        return cls(low, high, nodes=int(made["nodes"]), round=int(made["round"]))

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Save as a JSON document, to be sent to all sites.

        Raises
        ------
        InputError
            If the file exists and `overwrite` is false, or cannot be written.
        """
        return write_document(path, KIND, self.to_dict(), overwrite=overwrite)

    def blocks(self) -> tuple[Words | Table, ...]:
        """Return the box, and what answering gives away."""
        sides = zip(self.low, self.high, self.known, strict=True)
        ranges = [f"{a:.4g}" if known else f"{a:.4g} to {b:.4g}" for a, b, known in sides]
        numbers = self.nodes ** self.known.count(False)
        return (
            Words(f"Question, round {self.round}: the log likelihood at {numbers:,} points"),
            Table("", ("parameter", "range"), tuple(zip(PARAMETERS, ranges, strict=True))),
            Words(MINIMISATION),
        )


def chebyshev_nodes(n: int) -> FloatArray:
    """Return the zeros of the n-th Chebyshev polynomial."""
    return np.cos(np.pi * (np.arange(n) + 0.5) / n)


def read_question(path: str | Path) -> Question:
    """Read a question that was saved.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    InputError
        If the file is missing, no question, of another version, or not as it was written.
    """
    made_by = "bd.federated.ask (bayes-ddm federated ask)"
    return read_document(path, KIND, made_by, Question.of_dict)
