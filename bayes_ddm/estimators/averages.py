"""Averages over labelers: of all, of groups, and of groups weighted by their shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.people import People, Slope, people
from bayes_ddm.estimators.design import design
from bayes_ddm.estimators.regression import Labels, largest_bias, regress, regression, row_weights
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
    labelers : ndarray, shape (d,)
        How many labelers each average rests on.
    names : tuple of str
        Of groups, differences and slopes: ``"mu[country=FR]"``.
    further, on_further, further_labelers : ndarray, shape (names,) and (units, names)
        The same of these.
    bias, further_bias : ndarray, shape (d,) and (names,)
        Largest bias of each, either way.
    """

    values: FloatArray
    influence: FloatArray
    labelers: FloatArray
    square: FloatArray
    on_square: FloatArray
    names: tuple[str, ...]
    further: FloatArray
    on_further: FloatArray
    further_labelers: FloatArray
    bias: FloatArray
    further_bias: FloatArray


def averages(
    choices: Choices, labels: Labels, rows: FloatArray, shares: Mapping[str, float] | None
) -> Averages:
    """Regress pseudo-labels on attribute differences, and on labelers' covariates if there are any.

    ``rows`` is the map of the regression without covariates.
    """
    covariates = people(choices)
    psi, scale = design(choices).psi, design(choices).scale
    if covariates is None:
        theta, own, moved = regress(choices, labels, psi, rows)
        value, influence = theta / scale, (own + moved) / scale
        n, none = float(choices.unit_count.sum()), np.empty(0)
        return Averages(
            values=value,
            influence=influence,
            labelers=np.full(len(value), n),
            square=value**2,
            on_square=2 * value * influence,
            names=(),
            further=none,
            on_further=np.empty((len(influence), 0)),
            further_labelers=none,
            bias=largest_bias(choices, labels, rows / scale[:, None]),
            further_bias=none,
        )
    return _Fitted.of(choices, labels, covariates).averages(choices, covariates, shares)


@dataclass(frozen=True, eq=False)
class _Fitted:
    """Preferences as linear functions of labelers' covariates, ``theta @ g``.

    ``theta`` has shape (d, columns), its influence (units, d, columns), covariates (units, columns)
    of which the first is one and the others are centred. ``bias`` takes a combination of columns,
    to the largest bias of each preference, shape (d,).
    """

    theta: FloatArray
    influence: FloatArray
    g: FloatArray
    bias: Callable[[FloatArray], FloatArray]

    @classmethod
    def of(cls, choices: Choices, labels: Labels, covariates: People) -> _Fitted:
        psi, scale = design(choices).psi, design(choices).scale
        g = np.column_stack([np.ones(len(covariates.matrix)), covariates.matrix])
        size = np.sqrt(np.average(g**2, axis=0, weights=choices.unit_count))
        columns = (psi[:, None] * (g / size)[choices.unit].T).reshape(-1, psi.shape[1])
        rows = regression(columns, row_weights(choices), choices.count)
        theta, own, moved = regress(choices, labels, columns, rows)
        # a small group's own influence is too small by what it has to itself (HC2)
        own = own * _inflation(g, choices)[:, None]
        by = scale[:, None] * size
        shape = len(psi), len(size)
        maps = rows.reshape(*shape, -1) / by[:, :, None]

        def bias(at: FloatArray) -> FloatArray:
            return largest_bias(choices, labels, np.einsum("dqn,q->dn", maps, at))

        return cls(theta.reshape(shape) / by, (own + moved).reshape(-1, *shape) / by, g, bias)

    def over(self, weights: FloatArray, count: FloatArray, labelers: float) -> _Average:
        """Average over so many labelers with these weights; who they are is random."""
        at = (count * weights) @ self.g
        composition = (weights[:, None] * self.g - np.outer(weights, at)) @ self.theta.T
        n = np.full(len(self.theta), labelers)
        return _Average(self.theta @ at, self.influence @ at + composition, n, self.bias(at))

    def slope(self, slope: Slope, count: FloatArray) -> _Average:
        """Average change per unit of a number; where groups have their own, who they are counts."""
        size = float(count @ slope.who)
        share = slope.who / size
        at = (count * share) @ slope.by
        own = share[:, None] * (slope.by - at) @ self.theta[:, 1:].T
        influence = self.influence[:, :, 1:] @ at + own
        n = np.full(len(self.theta), size)
        return _Average(self.theta[:, 1:] @ at, influence, n, self.bias(np.append(0.0, at)))

    def averages(
        self, choices: Choices, covariates: People, shares: Mapping[str, float] | None
    ) -> Averages:
        count = choices.unit_count.astype(float)
        n = count.sum()
        groups = {
            name: self.over(members / (count @ members), count, float(members @ count))
            for name, members in covariates.groups.items()
        }
        whole = self.over(np.full(len(count), 1 / n), count, n)
        if shares is not None:
            parts = by_group(shares, covariates.families)
            whole = _sum([groups[g] for g in parts], list(parts.values()), count)
        explained = self.g @ self.theta.T
        square = count @ explained**2 / n
        by = 2 * (count[:, None] * explained).T @ self.g / n
        on_square = np.einsum("udq,dq->ud", self.influence, by) + (explained**2 - square) / n

        further = {f"[{name}]": group for name, group in groups.items()}
        for covariate, family in covariates.families.items():
            (base, first), *others = family.items()
            # of covariates that interact, contrasts of all pairs would be too many to read
            for _, name in others if ", " not in covariate else ():
                both = [groups[name], groups[first]]
                further[f"[{name} - {base}]"] = _sum(both, [1.0, -1.0], count)
        for name, slope in covariates.slopes.items():
            further[f":{name}"] = self.slope(slope, count)
        names, d = design(choices).names, range(len(self.theta))
        return Averages(
            values=whole.values,
            influence=whole.influence,
            labelers=whole.labelers,
            square=square,
            on_square=on_square,
            names=tuple(name + suffix for name in names for suffix in further),
            further=np.array([x.values[j] for j in d for x in further.values()]),
            on_further=np.array([x.influence[:, j] for j in d for x in further.values()])
            .reshape(-1, len(count))
            .T,
            further_labelers=np.array([x.labelers[j] for j in d for x in further.values()]),
            bias=whole.bias,
            further_bias=np.array([x.bias[j] for j in d for x in further.values()]),
        )


@dataclass(frozen=True, eq=False)
class _Average:
    values: FloatArray
    influence: FloatArray
    labelers: FloatArray
    bias: FloatArray


def _sum(parts: list[_Average], weights: list[float], count: FloatArray) -> _Average:
    """Weighted sum of groups' averages; as many labelers as Welch and Satterthwaite count."""
    variances = [w**2 * (count @ x.influence**2) for w, x in zip(weights, parts, strict=True)]
    squares = [v**2 / (x.labelers - 1) for v, x in zip(variances, parts, strict=True)]
    return _Average(
        values=np.sum([w * x.values for w, x in zip(weights, parts, strict=True)], axis=0),
        influence=np.sum([w * x.influence for w, x in zip(weights, parts, strict=True)], axis=0),
        labelers=1 + np.sum(variances, axis=0) ** 2 / np.sum(squares, axis=0),
        bias=np.sum([abs(w) * x.bias for w, x in zip(weights, parts, strict=True)], axis=0),
    )


def _inflation(g: FloatArray, choices: Choices) -> FloatArray:
    """What makes squared influence unbiased under equal variances, over that of a plain mean."""
    count = choices.unit_count
    leverage = ((g @ np.linalg.inv((g.T * count) @ g)) * g).sum(axis=1)
    return np.sqrt((1 - 1 / count.sum()) / np.maximum(1 - leverage, FULL))
