"""What the sections need to know of a fit, each thing worked out once, when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr

from bayes_ddm._typing import FloatArray
from bayes_ddm.checks import PredictiveChecks, prior_checks
from bayes_ddm.checks.diagnose import Diagnosis, diagnose
from bayes_ddm.checks.finding import Finding
from bayes_ddm.checks.predictive.replicate import PLAIN
from bayes_ddm.comparison.compare import Comparison, compare
from bayes_ddm.display import text
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.units import called, entries_in, resolved
from bayes_ddm.fitting.labeler_table import labelers
from bayes_ddm.fitting.posterior import Posterior, entries, summarised
from bayes_ddm.fitting.poststratify import entries_over, named_averages, weights
from bayes_ddm.reporting.findings import bfmi_of, energy_line, prior_line

# as in `check_convergence`: the 5 % and 95 % quantiles
TAILS = (0.05, 0.95)
PRIOR_DRAWS = 400
# a prior is judged by orders of magnitude: of large tables a few replications show them
PRIOR_REPLICATIONS, PRIOR_ROWS = (20, 100), 2_000_000


@dataclass(frozen=True)
class Unknown:
    """Stands for a result that these data or this model do not allow."""

    reason: str


def known[T](work: Callable[[], T]) -> T | Unknown:
    """Return a result, or why there is none; anything but an `InputError` is a fault, and raised.

    Examples
    --------
    >>> known(lambda: 1)
    1
    """
    try:
        return work()
    except InputError as error:
        return Unknown(str(error))


def in_short(table: pd.DataFrame, name: str) -> str:
    """Return a parameter's mean and interval, or a dash where the fit has none."""
    if name not in table.index:
        return "-"
    row = table.loc[name]
    return f"{text(row['mean'], 3)} ({text(row['low'], 3)} to {text(row['high'], 3)})"


class Results:
    """One fit, and what is asked of it.

    Parameters
    ----------
    name : str
        What the report calls it.
    fit : DataTree
    model : pm.Model, optional
        Needed only for a model of the user's own.
    prob : float
        Probability of the intervals.
    draws : int
        Replications of the predictive checks.
    seed : int
    shares : mapping of str to float, or path of a CSV file, optional
        Shares of the groups in the population that averages are meant for.
    units : mapping of str to float or "sd", optional
        What preferences are per, by feature.

    Raises
    ------
    InputError
        If there are shares that do not fit the groups, or units of no features.
    """

    def __init__(
        self,
        name: str,
        fit: xr.DataTree,
        *,
        model: pm.Model | None = None,
        prob: float = 0.95,
        draws: int = 200,
        seed: int = 0,
        shares: Mapping[str, float] | str | Path | None = None,
        units: Mapping[str, float | str] | None = None,
    ) -> None:
        self.name, self.posterior, self.own_model = name, Posterior.of(fit, model), model
        self.prob, self.draws, self.seed = prob, draws, seed
        self.weight = None if shares is None else weights(self.posterior, shares)
        self.units = resolved(units, self.posterior.choices)

    @cached_property
    def unscaled(self) -> dict[str, FloatArray]:
        """Draws of each number that describes the population, per 1 of each feature."""
        return entries_over(self.posterior, self.weight)

    @cached_property
    def entries(self) -> dict[str, FloatArray]:
        """The same per the units; averages are over the shares."""
        return self.in_units(self.unscaled)

    def in_units(self, entries: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return draws of parameters per the units of their features."""
        return entries_in(entries, self.posterior.choices.feature_names, self.units)

    def called(self, parameter: str) -> str:
        """Name of a parameter, with its unit."""
        return called(parameter, self.posterior.choices.feature_names, self.units)

    @cached_property
    def population(self) -> pd.DataFrame:
        """The table of population parameters, with Monte Carlo errors and tail ESS."""
        draws = self.entries
        table = summarised(draws, self.prob)
        table["ess_tail"] = [
            float(az.ess(draws[name], method="tail", prob=TAILS)) for name in table.index
        ]
        table["mcse"] = [float(az.mcse(draws[name])) for name in table.index]
        return table

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """Convergence, predictive checks, leave-one-out and prior sensitivity."""
        options: dict[str, Any] = {"draws": self.draws, "seed": self.seed, "units": self.units}
        return diagnose(self.posterior.fit, model=self.own_model, **options)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """All that was looked at: the diagnosis, the sampler's energy and the priors."""
        checks = self.prior_checks
        before = (
            Finding("prior prediction", None, checks.reason)
            if isinstance(checks, Unknown)
            else prior_line(checks, self.diagnosis.sensitivity)
        )
        return (*self.diagnosis.findings, energy_line(self.bfmi), before)

    def finding(self, name: str) -> Finding:
        """Return the one of that name."""
        return next(f for f in self.findings if f.name == name)

    @cached_property
    def bfmi(self) -> list[float]:
        """Fraction of missing information of each chain; none where it is not known."""
        return bfmi_of(self.posterior.fit)

    @cached_property
    def comparison(self) -> Comparison | Unknown:
        """Posterior against closed form."""
        options: dict[str, Any] = {"prob": self.prob, "shares": self.weight, "units": self.units}
        return known(lambda: compare(self.posterior.fit, model=self.own_model, **options))

    @cached_property
    def labelers(self) -> pd.DataFrame | Unknown:
        """Labelers' own preferences."""
        return known(lambda: labelers(self.posterior.fit))

    @cached_property
    def prior_draws(self) -> dict[str, FloatArray] | Unknown:
        """Prior draws of the population parameters, named as in `population`."""
        program = known(lambda: self.posterior.program)
        if isinstance(program, Unknown):
            return program
        names = [name for name in self.posterior.names if name in program.named_vars]
        columns = pm.draw(
            [program[name] for name in names],
            draws=PRIOR_DRAWS,
            random_seed=self.seed,
            mode=PLAIN,
        )
        draws = self.posterior.draws
        dims = {name: draws[name].dims[2:] for name in names}
        variables = {
            name: (("chain", "draw", *dims[name]), np.asarray(values)[None])
            for name, values in zip(names, columns, strict=True)
        }
        coords = {dim: draws[dim] for name in names for dim in dims[name]}
        prior = xr.Dataset(variables, coords)
        by_name = entries(prior, names)
        if self.weight is not None:
            by_name |= named_averages(self.posterior, prior, self.weight)
        return self.in_units(by_name)

    @cached_property
    def prior_checks(self) -> PredictiveChecks | Unknown:
        """The data against what the priors expect."""
        return known(self._prior_checks)

    def _prior_checks(self) -> PredictiveChecks:
        settings, choices = self.posterior.settings, self.posterior.choices
        draws = int(np.clip(PRIOR_ROWS / choices.n_choices, *PRIOR_REPLICATIONS))
        return prior_checks(choices, settings.model, draws, seed=self.seed, **settings.options)
