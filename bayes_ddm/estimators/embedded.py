r"""Average preference over an embedding, from sums that are streamed: any number of rows.

With ``psi`` the difference of two embeddings, ``Z w`` the drift pseudo-label: one pass over the
choices alone learns the boundary, one sums ``psi psi'`` and ``psi Z w``, and one more the squares
of every choice's influence, which are the standard errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray
from bayes_ddm.display import Block, Table, Words, number
from bayes_ddm.display.shown import Stored
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.boundaries.known import known_boundary
from bayes_ddm.estimators.boundaries.semiparametric import semiparametric_boundary
from bayes_ddm.estimators.result import Boundary
from bayes_ddm.progress import bar

if TYPE_CHECKING:
    from bayes_ddm.data.embeddings import Embedded

# of the largest eigenvalue, below which a direction is not told
SINGULAR = 1e-9
SHOWN = 10


@dataclass(frozen=True, eq=False, repr=False)
class EmbeddedEstimate(Stored):
    """Average preference over an embedding; made by `embedded`.

    Attributes
    ----------
    theta : ndarray, shape (size,)
        Average preference: the drift between two options is their difference times it.
    covariance : ndarray, shape (size, size)
        Sandwich covariance, the boundary's uncertainty included.
    boundary : Boundary
        Half the separation, and ndt, which it rests on.
    feature : str
    n_choices : int
    rank : int
        Directions that these choices tell.
    ridge : float
        Weight that was added to each, in choices.
    notes : tuple of str
    """

    theta: FloatArray
    covariance: FloatArray
    boundary: Boundary
    feature: str
    n_choices: int
    rank: int
    ridge: float
    notes: tuple[str, ...]

    @property
    def se(self) -> FloatArray:
        """Standard errors, shape (size,)."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0))

    def drift(self, difference: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Average drift between options, and its standard error.

        Parameters
        ----------
        difference : ndarray, shape (..., size)
            Of their embeddings.
        """
        difference = np.asarray(difference, dtype=float)
        variance = np.einsum("...i,ij,...j->...", difference, self.covariance, difference)
        return difference @ self.theta, np.sqrt(np.maximum(variance, 0))

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers but the covariance as JSON values."""
        return {
            "feature": self.feature,
            "n_choices": self.n_choices,
            "boundary": number(self.boundary.boundary),
            "ndt": number(self.boundary.ndt),
            "rank": self.rank,
            "ridge": self.ridge,
            "theta": self.theta.tolist(),
            "se": self.se.tolist(),
            "notes": list(self.notes),
        }

    def blocks(self) -> list[Block]:
        """Return the boundary, and the entries that are furthest from 0 in standard errors."""
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.nan_to_num(np.abs(self.theta) / self.se)
        furthest = np.argsort(-z)[:SHOWN]
        rows = [(f"{self.feature}[{j}]", self.theta[j], self.se[j]) for j in furthest]
        return [
            Words(
                f"Average preference over {len(self.theta):,} entries of {self.feature}, from "
                f"{self.n_choices:,} choices; boundary {self.boundary.boundary:.4g}, ndt "
                f"{self.boundary.ndt:.3g} s ({self.boundary.method})."
            ),
            Table(
                f"The {len(furthest)} furthest from 0, in standard errors",
                ("entry", "value", "se"),
                tuple((name, f"{value:.4g}", f"{se:.3g}") for name, value, se in rows),
            ),
            *(Words(f"Note: {note}.") for note in self.notes),
        ]


def embedded(
    source: str | Path | Sequence[str | Path],
    feature: str,
    *,
    boundary: float | None = None,
    ndt: float | None = None,
    ridge: float = 0.0,
    progress: bool = True,
    **columns: Any,
) -> EmbeddedEstimate:
    """Average preference over an embedding column, in memory that does not grow with the rows.

    Parameters
    ----------
    source : path, glob or folder, or several
        Parquet, each row a choice by an anonymous labeler.
    feature : str
        A column of lists of equal length, or ``"a-b"``, the difference of two (+1 option minus -1).
    boundary, ndt : float, optional
        Half the boundary separation; seconds. By default both are learned from the law of drifts
        over rows, with any number of features.
    ridge : float
        Choices' worth of a drift of 0 in every direction (features scaled to rms 1) that is added,
        where there are few choices per entry: a shrunk estimate, whose errors are about its mean.
    progress : bool
        Show a bar.
    **columns
        `choice`, `rt` and what else `Choices.from_frame` takes of them.

    Returns
    -------
    EmbeddedEstimate
        Directions that no choice tells are left at 0 (a pseudo-inverse), and said.

    Raises
    ------
    InputError
        If there are labelers, counts, items or a deadline, the boundary cannot be learned, or as
        `embedded_choices`.

    Examples
    --------
    >>> import tempfile
    >>> import pyarrow as pa
    >>> import pyarrow.parquet as pq
    >>> import bayes_ddm as bd
    >>> made = bd.simulate.experiment("normal", labelers=500, boundary=1.25, ndt=0.3, seed=1)
    >>> lists = pa.FixedSizeListArray.from_arrays(np.tile([1.0, 0.0], 500), 2)
    >>> table = pa.table({"choice": made.choice, "rt": made.rt, "e": lists})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pq.write_table(table, f"{folder}/log.parquet")
    ...     found = embedded(f"{folder}/log.parquet", "e", boundary=1.25, ndt=0.3)
    >>> found.theta.round(1), found.rank
    (array([0.5, 0. ]), 1)
    """
    for name in ("labeler", "count", "deadline", "omissions", "items", "reference"):
        if columns.pop(name, None) is not None:
            raise InputError(
                f"{name}= does not go with an embedding, whose rows are choices of anonymous "
                "labelers, without a deadline; leave it out."
            )
    if not 0 <= ridge < np.inf:
        raise InputError(f"ridge must be at least 0; got {ridge:g}.")
    from bayes_ddm.data.embeddings import embedded_choices  # which loads Arrow

    table = embedded_choices(source, feature, **columns)
    bounds = _boundary(table, boundary, ndt)
    choices, n, d = table.choices, table.choices.n_choices, table.size
    time = choices.rt - bounds.ndt
    labels = choices.choice * wiener.drift_weight(time, bounds.boundary)
    by_time, by_boundary = wiener.drift_weight_derivatives(time, bounds.boundary)
    # labels, and how they move with boundary and ndt
    moved = np.stack([labels, choices.choice * by_boundary, -choices.choice * by_time])
    gram, sums = np.zeros((d, d)), np.zeros((d, 3))
    with bar(f"summing {feature}", 2.0 * n, progress=progress) as tell:
        for part, psi in table.parts():
            gram += psi.T @ psi
            sums += psi.T @ moved[:, part].T
            tell(part.stop)
        scale = np.sqrt(np.diag(gram) / n)
        scale[scale == 0] = 1.0
        inverse, rank = _inverse(gram / np.outer(scale, scale), ridge)
        inverse /= np.outer(scale, scale)
        theta = inverse @ sums[:, 0]
        meat = np.zeros((d, d))
        for part, psi in table.parts():
            # the influence of a choice is the inverse times this
            own = psi * (labels[part] - psi @ theta)[:, None]
            if bounds.influence.any():
                own += bounds.influence[part] @ sums[:, 1:].T
            meat += own.T @ own
            tell(n + part.stop)
    notes = list(filter(None, [bounds.note]))
    if rank < d:
        notes.append(
            f"{d - rank:,} of {d:,} directions are told by no choice, and left at 0: the "
            "differences do not span them"
        )
    if ridge:
        notes.append(f"shrunk towards 0 by {ridge:g} choices' worth in each direction")
    if choices.dropped:
        lost = ", ".join(f"{count:,} ({reason})" for reason, count in choices.dropped.items())
        notes.append(f"dropped {lost}")
    return EmbeddedEstimate(
        theta=theta,
        covariance=inverse @ meat @ inverse * (n / max(n - 1, 1)),
        boundary=bounds,
        feature=feature,
        n_choices=n,
        rank=rank,
        ridge=float(ridge),
        notes=tuple(notes),
    )


def _boundary(table: Embedded, boundary: float | None, ndt: float | None) -> Boundary:
    """Boundary and ndt as given, or of the law of drifts over rows."""
    if boundary is not None:
        return known_boundary(table.choices, boundary, 0.0 if ndt is None else ndt)
    learned = semiparametric_boundary(table.choices, ndt)
    if learned is None:
        raise InputError(
            "these choices are too few to learn a boundary from; give boundary=, ndt=."
        )
    return learned


def _inverse(gram: FloatArray, ridge: float) -> tuple[FloatArray, int]:
    """Inverse of sums of squares on the directions that they tell, and how many these are."""
    values, vectors = np.linalg.eigh(gram)
    identified = values > SINGULAR * values[-1]
    directions = vectors[:, identified]
    return (directions / (values[identified] + ridge)) @ directions.T, int(identified.sum())
