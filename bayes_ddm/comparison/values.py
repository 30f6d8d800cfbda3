"""Closed forms where the fit learned a parameter of the features: taken at its posterior mean."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import xarray as xr

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.learned_values import valued_at, valued_design
from bayes_ddm.estimators import Estimate, EstimateTable
from bayes_ddm.estimators.design import combine, inner
from bayes_ddm.estimators.regression import regression, row_weights
from bayes_ddm.fitting.posterior import Posterior

STEP = 1e-4


@dataclass(frozen=True, eq=False)
class Learned:
    """Parameters of the features in some draws; made by `learned`.

    Attributes
    ----------
    names : tuple of str
        Empty where features are columns of the table.
    draws : ndarray, shape (samples, names)
    """

    names: tuple[str, ...]
    draws: FloatArray

    @property
    def mean(self) -> dict[str, float]:
        """Posterior mean of each."""
        return dict(zip(self.names, self.draws.mean(axis=0).tolist(), strict=True))

    def applied(self, posterior: Posterior) -> Posterior:
        """Return the posterior as one of choices with their features at the posterior mean."""
        if not self.names:
            return posterior
        rows = posterior.rows
        valued = posterior.on(valued_at(posterior.choices, self.mean, like=rows))
        valued.rows = valued_at(rows, self.mean)
        return valued

    def carried(
        self, table: EstimateTable, posterior: Posterior, influence: FloatArray
    ) -> EstimateTable:
        """Add what units say of the parameters, shape (units, names), to their influence.

        The average preference follows the features: as these change by ``e`` it changes by the
        coefficients of ``-e @ average``.
        """
        if not self.names:
            return table
        choices, mean = posterior.choices, self.mean
        slopes = [_slope(choices, posterior.rows, mean, name) for name in self.names]
        values = ", ".join(f"{name} {value:.4g}" for name, value in mean.items())
        note = f"features at the fit's {values}"

        def with_influence(estimate: Estimate) -> Estimate:
            p = len(choices.feature_names)
            by_value = np.stack([slope @ estimate.values[:p] for slope in slopes])
            moved = estimate.influence.copy()
            moved[:, :p] += influence @ by_value
            remark = "; ".join(filter(None, (estimate.remark, note)))
            return dataclasses.replace(estimate, influence=moved, remark=remark)

        return dataclasses.replace(table, estimates=tuple(map(with_influence, table.estimates)))


def learned(posterior: Posterior, samples: xr.Dataset) -> Learned:
    """Draws of the parameters that the drift's formula left open; of none, if it is all known."""
    design = valued_design(posterior.choices)
    names = () if design is None else tuple(design.guesses)
    columns = [posterior.values(name, samples) for name in names]
    size = samples.sizes["sample"]
    return Learned(names, np.stack(columns, axis=1) if columns else np.empty((size, 0)))


def _slope(choices: Choices, like: Choices, mean: dict[str, float], name: str) -> FloatArray:
    """Change of the average preference by a parameter, per unit of the preference, (d, d)."""
    psi, above, below = (
        valued_at(choices, mean | {name: mean[name] * factor}, like=like).features.T
        for factor in (1, 1 + STEP, 1 - STEP)
    )
    change = (above - below) / (2 * STEP * mean[name])
    scale = np.sqrt(np.average(psi**2, axis=1, weights=choices.count))
    to_average = regression(psi / scale[:, None], row_weights(choices), choices.count)
    return -inner(combine(np.diag(1 / scale), to_average) * choices.count, change)
