"""What one direction costs each of two groups: every compromise between their preferences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bayes_ddm._typing import BoolArray, FloatArray
from bayes_ddm.data.choices import Choices, expect_choices
from bayes_ddm.data.design import with_drift
from bayes_ddm.data.learned_values import refuse_unlearned
from bayes_ddm.data.people import People, people, with_between
from bayes_ddm.display import Block, Callout, Stored, Table, Words, number, plain, text
from bayes_ddm.errors import InputError, did_you_mean
from bayes_ddm.estimators.consistent import consistent
from bayes_ddm.estimators.design import design, inner
from bayes_ddm.estimators.regression import row_weights
from bayes_ddm.estimators.result import Boundary, Influence
from bayes_ddm.estimators.sources import best_boundary

LEVEL = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Frontier(Stored):
    """Compromises between two groups, and how far each is from either; made by `frontier`.

    Attributes
    ----------
    groups : tuple of str
    labelers : tuple of int
        Of each group.
    parameters : tuple of str
        "mu", or the features.
    own : ndarray, shape (2, parameters)
        Each group's own average preferences.
    weight : ndarray, shape (points,)
        Of the first group.
    theta : ndarray, shape (points, parameters)
        The compromise.
    disagreement, se : ndarray, shape (points, 2)
        Mean squared difference between the drift that the compromise predicts and the one that the
        group's own average does, over the comparisons that the group was shown; less what chance
        adds. It is 0 on average where groups agree, so it can be negative.
    plug_in : ndarray, shape (points, 2)
        The same without that correction: above 0 by chance alone.
    statistic, p_value : float
        Wald's, of equal preferences; chi squared with as many degrees of freedom as parameters.
    boundary : Boundary
        What it rests on.
    """

    groups: tuple[str, str]
    labelers: tuple[int, int]
    parameters: tuple[str, ...]
    own: FloatArray
    weight: FloatArray
    theta: FloatArray
    disagreement: FloatArray
    se: FloatArray
    plug_in: FloatArray
    statistic: float
    p_value: float
    boundary: Boundary = field(repr=False)

    @property
    def table(self) -> pd.DataFrame:
        """A row per weight: the compromise, and each group's disagreement with it."""
        columns: dict[str, Any] = {"weight": self.weight}
        columns |= dict(zip(self.parameters, self.theta.T, strict=True))
        for g, name in enumerate(self.groups):
            columns[f"disagreement[{name}]"] = self.disagreement[:, g]
            columns[f"se[{name}]"] = self.se[:, g]
            columns[f"plug_in[{name}]"] = self.plug_in[:, g]
        return pd.DataFrame(columns)

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as JSON values."""
        rows = self.table.to_dict("records")
        return {
            "groups": list(self.groups),
            "labelers": list(self.labelers),
            "own": {g: plain(x.tolist()) for g, x in zip(self.groups, self.own, strict=True)},
            "points": [plain(row) for row in rows],
            "statistic": plain(self.statistic),
            "p_value": plain(self.p_value),
            "boundary_method": self.boundary.method,
            "reliable": self.boundary.reliable,
            "note": self.boundary.note,
        }

    def plot(self, **kwargs: Any) -> Any:
        """Draw `bayes_ddm.plots.frontier`: one group's disagreement against the other's."""
        from bayes_ddm.plots import frontier as draw

        return draw(self, **kwargs)

    def blocks(self) -> list[Block]:
        """Return whether groups differ, and each compromise."""
        labelers = " and ".join(
            f"{g} ({n:,})" for g, n in zip(self.groups, self.labelers, strict=True)
        )
        d = len(self.parameters)
        apart = self.p_value < LEVEL
        differ = "differ" if apart else "are not told apart"
        verdict = f"{labelers} {differ}: chi2({d}) = {self.statistic:.3g}, p = {self.p_value:.2g}."
        head = ["weight of " + self.groups[0], *self.parameters]
        for name in self.groups:
            head += [f"{name} disagrees by", "se"]
        rows = []
        for j, weight in enumerate(self.weight):
            costs = np.stack([self.disagreement[j], self.se[j]], axis=1).ravel()
            figures = (text(number(x), 3) for x in (*self.theta[j], *costs))
            rows.append((f"{weight:.2f}", *figures))
        words = [
            f"At the {self.boundary.method} boundary and ndt; squared drifts, freed of chance."
        ]
        if not self.boundary.reliable:
            words.append(f"Unreliable: {self.boundary.note}.")
        return [Callout("", verdict, None), Table("", tuple(head), tuple(rows)), *map(Words, words)]


def frontier(
    choices: Choices,
    *,
    group: str,
    pair: Sequence[str] | None = None,
    drift: str | None = None,
    boundary: float | str | None = None,
    ndt: float | str | None = None,
    weights: ArrayLike | None = None,
) -> Frontier:
    """Compromises between two groups' average preferences, and what each costs either group.

    Parameters
    ----------
    choices : Choices
    group : str
        Covariate that says which group a labeler is in; ``"C(site)"`` where it is a number.
    pair : sequence of str, optional
        The two levels to look at, where there are more.
    drift, boundary, ndt : optional
        As `bayes_ddm.estimate` takes them. What is not given is learned: from repeated comparisons
        where that is reliable, else from a smooth population.
    weights : array_like, optional
        Weights of the first group, from 0 to 1; by default 0, 0.1, ..., 1.

    Returns
    -------
    Frontier

    Raises
    ------
    InputError
        If there are not two groups, a weight is not from 0 to 1, or as `bayes_ddm.estimate`.

    Notes
    -----
    With ``S_g`` the second moments of the attribute differences that group ``g`` was shown and
    ``theta_g`` its average preferences, the compromise at weight ``l`` minimises the groups'
    weighted disagreement: ``(l S_1 + (1-l) S_2)^-1 (l S_1 theta_1 + (1-l) S_2 theta_2)``. Group
    ``g`` disagrees by ``|theta_l - theta_g|^2`` in ``S_g``, less
    ``tr(S_g Cov(theta_l - theta_g))``: plugged in without that, it sees a conflict between groups
    that are the same. Standard errors take attribute differences as given, and are a little too
    large where groups agree.

    Examples
    --------
    >>> from bayes_ddm.simulate import experiment
    >>> drift = np.repeat([0.8, 0.2], 300)
    >>> made = experiment(lambda rng, n: drift, labelers=600, choices=4, boundary=1.25, seed=1)
    >>> frame = made.to_frame().assign(country=np.repeat(["FR", "JP"], 1200))
    >>> choices = Choices.from_frame(frame, labeler="labeler", covariates=["country"])
    >>> found = frontier(choices, group="country", boundary=1.25, ndt=0, weights=[0, 0.5, 1])
    >>> found.table["disagreement[FR]"].round(1).tolist()
    [0.4, 0.1, 0.0]
    """
    choices = with_between(with_drift(expect_choices(choices), drift), group)
    refuse_unlearned(choices, "a frontier")
    at = np.linspace(0, 1, 11) if weights is None else np.atleast_1d(np.asarray(weights, float))
    if at.ndim > 1 or not ((at >= 0) & (at <= 1)).all():
        raise InputError(f"weights must be numbers from 0 to 1; got {weights!r}.")
    covariates = people(choices)
    assert covariates is not None
    levels, names = _pair(covariates, group, pair)
    believed = best_boundary(choices, boundary, ndt)
    row = consistent(choices, believed)
    parameters, scale = design(choices).names, design(choices).scale
    columns = [[row.parameters.index(f"{p}[{name}]") for p in parameters] for name in names]
    own = row.values[columns]
    by = np.stack([row.influence[:, c] for c in columns])
    moments = np.stack([_second_moment(choices, covariates.groups[name]) for name in names])
    statistic, p_value = Influence(by[0] - by[1], choices.unit_count).wald(own[0] - own[1])
    covariance = Influence((by[0] - by[1]) * scale, choices.unit_count).covariance
    points = [_compromise(weight, own * scale, moments, covariance) for weight in at]
    theta, plug_in, excess, se = (np.array(x) for x in zip(*points, strict=True))
    return Frontier(
        groups=levels,
        labelers=tuple(int(choices.unit_count[covariates.groups[n]].sum()) for n in names),  # type: ignore[arg-type]
        parameters=parameters,
        own=own,
        weight=at,
        theta=theta / scale,
        disagreement=plug_in - excess,
        se=se,
        plug_in=plug_in,
        statistic=statistic,
        p_value=p_value,
        boundary=believed,
    )


def _pair(
    covariates: People, group: str, pair: Sequence[str] | None
) -> tuple[tuple[str, str], tuple[str, str]]:
    """Levels of the two groups, and their names as `people` has them."""
    levels: dict[str, str] = next(iter(covariates.families.values()), {})
    if len(covariates.families) != 1 or covariates.slopes:
        raise InputError(
            f'group={group!r} must be one covariate with levels; write "C({group})" around numbers.'
        )
    hint = f"there are {', '.join(levels)}."
    names = tuple(levels) if pair is None else tuple(map(str, pair))
    for level in names:
        if level not in levels:
            raise InputError(f"{group} has no level {level!r}; {did_you_mean(level, levels, hint)}")
    if len(set(names)) != 2 or len(names) != 2:
        raise InputError(f"a frontier is between two groups: name them in pair=; {hint}")
    first, second = names
    return (first, second), (levels[first], levels[second])


def _second_moment(choices: Choices, members: BoolArray) -> FloatArray:
    """Mean of ``psi psi'`` over a group's labelers, the design scaled."""
    psi = design(choices).psi
    weight = row_weights(choices) * choices.count * members[choices.unit]
    return inner(psi * (weight / weight.sum()), psi)


def _compromise(
    weight: float, own: FloatArray, moments: FloatArray, covariance: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Preferences, each group's disagreement, what chance adds to it, and its standard error."""
    parts = np.array([weight, 1 - weight])[:, None, None] * moments
    total = np.linalg.inv(parts.sum(axis=0))
    theta = total @ np.einsum("gij,gj->i", parts, own)
    plug_in, excess, se = np.empty(2), np.empty(2), np.empty(2)
    for g in range(2):
        # theta less the group's own is a share of the difference between groups
        share = total @ parts[1 - g]
        off = share @ (own[1 - g] - own[g])
        spread = share @ covariance @ share.T @ moments[g]
        plug_in[g], excess[g] = off @ moments[g] @ off, np.trace(spread)
        squared = np.trace(spread @ spread)
        linear = off @ moments[g] @ spread @ off - squared
        se[g] = np.sqrt(4 * max(linear, 0.0) + 2 * squared)
    return theta, plug_in, excess, se
