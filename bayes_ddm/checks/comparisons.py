"""Comparisons: rows that put the same question, or nearly so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayes_ddm.choices import Choices

__all__ = ["Comparisons", "comparisons"]

FloatArray = NDArray[np.float64]

# more distinct attribute differences than this are put into bins
MOST_DISTINCT = 20
BINS = 10


@dataclass(frozen=True, eq=False)
class Comparisons:
    """Rows sorted into comparisons.

    Attributes
    ----------
    of : ndarray of int, shape (rows,)
        Comparison of each row.
    labels : tuple of str
        What each comparison is.
    unit : str
        What the labels say: the attributes' names, or the score that was cut into bins.
    """

    of: NDArray[np.int64]
    labels: tuple[str, ...]
    unit: str

    def __len__(self) -> int:
        return len(self.labels)


def comparisons(choices: Choices, predicted: FloatArray | None = None) -> Comparisons:
    """Sort rows by their attribute differences, or by predicted choice probability.

    Parameters
    ----------
    choices : Choices
        One row per choice.
    predicted : ndarray, shape (rows,), optional
        Predicted probability of +1, cut into ten bins where attribute differences are too many to
        be told apart, or there are none. Without it the bins are of the straight line through the
        attribute differences that predicts the choices best.

    Returns
    -------
    Comparisons

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": [1, 0, 1], "rt": [0.9, 1.4, 0.7], "amount": [2, 3, 2]})
    >>> comparisons(Choices.from_frame(frame, features=["amount"])).labels
    ('2', '3')
    """
    psi = choices.features
    if choices.contextual:
        distinct, of = np.unique(psi, axis=0, return_inverse=True)
        if len(distinct) <= MOST_DISTINCT:
            labels = tuple(", ".join(f"{x:.4g}" for x in row) for row in distinct)
            return Comparisons(of.ravel(), labels, ", ".join(choices.feature_names))
    if predicted is not None:
        return _bins(predicted, "predicted probability of +1")
    if not choices.contextual:
        return Comparisons(np.zeros(len(choices), dtype=np.int64), ("all rows",), "comparison")
    weights = np.linalg.lstsq(psi, choices.choice.astype(float), rcond=None)[0]
    return _bins(psi @ weights, "linear score of the attribute differences")


def _bins(score: FloatArray, unit: str) -> Comparisons:
    edges = np.unique(np.quantile(score, np.linspace(0, 1, BINS + 1)[1:-1]))
    of = np.searchsorted(edges, score, side="right")
    kept, of = np.unique(of, return_inverse=True)
    centres = [np.median(score[of == i]) for i in range(len(kept))]
    return Comparisons(of, tuple(f"{x:.2g}" for x in centres), unit)
