"""Averages over labelers: of all, of groups, and of groups weighted by their shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.people import People, people
from bayes_ddm.estimators.design import design
from bayes_ddm.estimators.regression import Labels, regress, regression, row_weights
from bayes_ddm.estimators.shares import by_group

FULL = 1e-9  # of a labeler's leverage, below 1


@dataclass(frozen=True, eq=False)
class Averages:
    """Average preferences, what they are made of, and units' influence on all.

    Attributes
    ----------
    values : ndarray, shape (d,)
        Averages over labelers, or over the groups' shares.
    influence : ndarray, shape (units, d)
    square, on_square : ndarray, shape (d,) and (units, d)
        Mean over labelers of what their covariates explain, squared; and the influence on it.
    names : tuple of str
        Of groups, differences and slopes: ``"mu[country=FR]"``.
    further, on_further : ndarray, shape (names,) and (units, names)
    """

    values: FloatArray
    influence: FloatArray
    square: FloatArray
    on_square: FloatArray
    names: tuple[str, ...]
    further: FloatArray
    on_further: FloatArray


def averages(
    choices: Choices, labels: Labels, rows: FloatArray, shares: Mapping[str, float] | None
) -> Averages:
    """Regress pseudo-labels on attribute differences, and on labelers' covariates if there are any.

    ``rows`` is the map of the regression without covariates.
    """
    known = people(choices)
    psi, scale = design(choices).psi, design(choices).scale
    if known is None:
        found, own, moved = regress(choices, labels, psi, rows)
        value, influence = found / scale, (own + moved) / scale
        nothing = np.empty((len(influence), 0))
        return Averages(value, influence, value**2, 2 * value * influence, (), np.empty(0), nothing)
    return _Fitted.of(choices, labels, known).averages(choices, known, shares)


@dataclass(frozen=True, eq=False)
class _Fitted:
    """Preferences as linear functions of labelers' covariates, ``theta @ g``.

    ``theta`` has shape (d, columns), its influence (units, d, columns), covariates (units, columns)
    of which the first is one and the others are centred.
    """

    theta: FloatArray
    influence: FloatArray
    g: FloatArray

    @classmethod
    def of(cls, choices: Choices, labels: Labels, known: People) -> _Fitted:
        psi, scale = design(choices).psi, design(choices).scale
        g = np.column_stack([np.ones(len(known.matrix)), known.matrix])
        size = np.sqrt(np.average(g**2, axis=0, weights=choices.unit_count))
        columns = (psi[:, None] * (g / size)[choices.unit].T).reshape(-1, psi.shape[1])
        rows = regression(columns, row_weights(choices), choices.count)
        found, own, moved = regress(choices, labels, columns, rows)
        # a small group's own influence is too small by what it has to itself (HC2)
        own = own * _inflation(g, choices)[:, None]
        by = scale[:, None] * size
        shape = len(psi), len(size)
        return cls(found.reshape(shape) / by, (own + moved).reshape(-1, *shape) / by, g)

    def over(self, weights: FloatArray, count: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Average over labelers with these weights, and the influence; who they are is random."""
        at = (count * weights) @ self.g
        who = (weights[:, None] * self.g - np.outer(weights, at)) @ self.theta.T
        return self.theta @ at, self.influence @ at + who

    def averages(
        self, choices: Choices, known: People, shares: Mapping[str, float] | None
    ) -> Averages:
        count = choices.unit_count.astype(float)
        n = count.sum()
        everyone = np.full(len(count), 1 / n)
        groups = {name: who / (count @ who) for name, who in known.groups.items()}
        value, influence = self.over(everyone, count)
        if shares is not None:
            parts = [
                (share, *self.over(groups[name], count))
                for name, share in by_group(shares, groups).items()
            ]
            value = np.sum([share * x for share, x, _ in parts], axis=0)
            influence = np.sum([share * by for share, _, by in parts], axis=0)
        explained = self.g @ self.theta.T
        square = count @ explained**2 / n
        by = 2 * (count[:, None] * explained).T @ self.g / n
        on_square = np.einsum("udq,dq->ud", self.influence, by) + (explained**2 - square) / n

        found: dict[str, tuple[FloatArray, FloatArray]] = {}
        base: dict[str, str] = {}
        for name, group in groups.items():
            found[f"[{name}]"] = self.over(group, count)
            base.setdefault(name.partition("=")[0], name)
        for name in groups:
            variable, _, level = name.partition("=")
            if base[variable] != name:
                pair = found[f"[{name}]"], found[f"[{base[variable]}]"]
                less = base[variable].partition("=")[2]
                difference = pair[0][0] - pair[1][0], pair[0][1] - pair[1][1]
                found[f"[{variable}={level} - {less}]"] = difference
        for j in known.slopes:
            found[f":{known.names[j]}"] = self.theta[:, 1 + j], self.influence[:, :, 1 + j]
        of = design(choices).names
        return Averages(
            value,
            influence,
            square,
            on_square,
            tuple(name + which for name in of for which in found),
            np.array([x[j] for j in range(len(of)) for x, _ in found.values()]),
            np.stack([by[:, j] for j in range(len(of)) for _, by in found.values()], axis=1),
        )


def _inflation(g: FloatArray, choices: Choices) -> FloatArray:
    """What makes squared influence unbiased under equal variances, over that of a plain mean."""
    count = choices.unit_count
    leverage = ((g @ np.linalg.inv((g.T * count) @ g)) * g).sum(axis=1)
    return np.sqrt((1 - 1 / count.sum()) / np.maximum(1 - leverage, FULL))
