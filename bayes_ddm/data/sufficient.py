"""Per-labeler sums: with the response times themselves, all that the likelihoods need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bayes_ddm._typing import BoolArray, FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError

SINGULAR = 1e-9


def sum_by_unit(choices: Choices, values: FloatArray) -> FloatArray:
    """Sum of a per-row quantity over each sampling unit (labeler, or row when anonymous).

    Parameters
    ----------
    choices : Choices
    values : ndarray, shape (rows, ...)
        A known labeler's rows are weighted by their counts; an anonymous row is one unit, whose
        count stays in `Choices.unit_count`.

    Returns
    -------
    ndarray, shape (units, ...)
    """
    if choices.labeler is None:
        return values
    weighted = values * choices.count.reshape((-1,) + (1,) * (values.ndim - 1))
    n_units = len(choices.unit_count)
    flat = weighted.reshape(len(values), -1)
    columns = [
        np.bincount(choices.labeler, weights=flat[:, j], minlength=n_units)
        for j in range(flat.shape[1])
    ]
    return np.stack(columns, axis=1).reshape(n_units, *values.shape[1:])


@dataclass(frozen=True, eq=False)
class LabelerSums:
    """What a labeler's data say about their drift, given boundary, ndt and starting point.

    With ``psi`` the scaled attribute differences (1 in a scalar problem) and sums over a labeler's
    rows:

    Attributes
    ----------
    n : ndarray, shape (units,)
        Number of choices.
    choice : ndarray, shape (units, d)
        Sum of ``choice * psi``.
    psi : ndarray, shape (units, d)
        Sum of ``psi``.
    gram : ndarray, shape (units, d, d)
        Sum of ``psi psi'``.
    rt_gram : ndarray, shape (units, d, d)
        Sum of ``rt psi psi'``, in seconds.
    """

    n: FloatArray
    choice: FloatArray
    psi: FloatArray
    gram: FloatArray
    rt_gram: FloatArray

    def __add__(self, other: LabelerSums) -> LabelerSums:
        """Merge the sums of further rows; both must have the same labelers in the same order."""
        if self.choice.shape != other.choice.shape:
            raise InputError(
                f"cannot merge sums of {len(self.n)} and of {len(other.n)} labelers; give both "
                "parts the same labelers, in the same order."
            )
        return LabelerSums(*map(np.add, vars(self).values(), vars(other).values()))

    def decision_gram(self, ndt: ArrayLike) -> FloatArray:
        """Sum of ``(rt - ndt) psi psi'``, shape (units, d, d); one ndt, or each labeler's own."""
        return self.rt_gram - np.asarray(ndt)[..., None, None] * self.gram


def labeler_sums(choices: Choices, scale: ArrayLike = 1.0) -> LabelerSums:
    """Sums over each labeler's rows, attribute differences divided by a scale.

    Parameters
    ----------
    choices : Choices
    scale : array_like, shape (d,)
        Of the features, as `bayes_ddm.estimators.design` has it; a scalar problem has none.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": [1, -1, 1], "rt": [0.9, 1.4, 0.7], "id": [0, 0, 1]})
    >>> labeler_sums(Choices.from_frame(frame, labeler="id")).choice.ravel()
    array([0., 1.])
    """
    psi = np.ones((len(choices), 1))
    if choices.contextual:
        psi = choices.features / np.asarray(scale, dtype=float)
    n = sum_by_unit(choices, np.ones(len(choices)))
    gram, rt_gram = np.empty((2, len(n), psi.shape[1], psi.shape[1]))
    # a pair at a time: all pairs of all rows are too many to hold
    for j, k in zip(*np.tril_indices(psi.shape[1]), strict=True):
        both = psi[:, j] * psi[:, k]
        gram[:, j, k] = gram[:, k, j] = sum_by_unit(choices, both)
        rt_gram[:, j, k] = rt_gram[:, k, j] = sum_by_unit(choices, choices.rt * both)
    return LabelerSums(
        n=n,
        choice=sum_by_unit(choices, choices.choice[:, None] * psi),
        psi=sum_by_unit(choices, psi),
        gram=gram,
        rt_gram=rt_gram,
    )


def determined(gram: FloatArray) -> BoolArray:
    """Whether sums of ``psi psi'``, shape (units, d, d), tell all directions apart."""
    size = np.sqrt(np.einsum("nii->ni", gram))
    size[size == 0] = 1.0
    return np.linalg.eigvalsh(gram / (size[:, :, None] * size[:, None, :]))[:, 0] > SINGULAR
