"""What the sections need to know of a fit, each thing worked out once, when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import arviz as az
import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr
from pytensor.compile.mode import Mode

from bayes_ddm import models
from bayes_ddm._typing import FloatArray
from bayes_ddm.checks import PredictiveChecks, prior_checks
from bayes_ddm.checks.diagnose import Diagnosis, diagnose
from bayes_ddm.comparison.compare import Comparison, compare
from bayes_ddm.comparison.relaxations import settings_of
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.fitted import model_of
from bayes_ddm.fitting.labeler_table import labelers
from bayes_ddm.fitting.posterior import fixed_parameters, population_names, posterior_table
from bayes_ddm.fitting.save import choices_of

__all__ = ["Results", "Unknown", "known"]

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
    ) -> None:
        self.name, self.fit, self.own_model = name, fit, model
        self.prob, self.draws, self.seed = prob, draws, seed
        self.choices: Choices = choices_of(fit)

    @property
    def model(self) -> str:
        """Name of the model."""
        return str(self.fit.attrs.get("model", "custom"))

    @property
    def of_family(self) -> bool:
        """Whether it is a model of the family, whose mathematics is known."""
        return self.model in models.names()

    @property
    def logits(self) -> bool:
        """Whether preferences are in log odds, for want of a boundary."""
        return not models.description(self.model).response_times and "boundary" not in {
            *self.posterior,
            *fixed_parameters(self.fit),
        }

    @property
    def posterior(self) -> xr.Dataset:
        """All draws."""
        return self.fit["posterior"].to_dataset()

    @cached_property
    def names(self) -> list[str]:
        """Variables that describe the population, in the user's units."""
        return population_names(self.posterior)

    @cached_property
    def averages(self) -> list[str]:
        """Entries of `population` that are the average preference; empty if it has none."""
        if self.choices.contextual and "theta" in self.posterior:
            return list(self.choices.feature_names)
        return ["mu"] if "mu" in self.posterior and not self.choices.contextual else []

    @cached_property
    def population(self) -> pd.DataFrame:
        """The table of population parameters, with Monte Carlo errors and tail ESS."""
        table = posterior_table(self.fit, self.prob)
        draws = self.entries
        table["ess_tail"] = [
            float(az.ess(draws[name], method="tail", prob=TAILS)) for name in table.index
        ]
        table["mcse"] = [float(az.mcse(draws[name])) for name in table.index]
        return table

    @cached_property
    def entries(self) -> dict[str, FloatArray]:
        """Draws of each population parameter, shape (chains, draws), named as in `population`."""
        return _entries(self.posterior, self.names)

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """Convergence, predictive checks, leave-one-out and prior sensitivity."""
        return diagnose(self.fit, draws=self.draws, seed=self.seed, model=self.own_model)

    @cached_property
    def comparison(self) -> Comparison | Unknown:
        """Posterior against closed form."""
        return known(lambda: compare(self.fit, prob=self.prob, model=self.own_model))

    @cached_property
    def labelers(self) -> pd.DataFrame | Unknown:
        """Labelers' own preferences."""
        return known(lambda: labelers(self.fit))

    @cached_property
    def program(self) -> pm.Model | Unknown:
        """The model itself."""
        return self.own_model or known(lambda: model_of(self.fit))

    @cached_property
    def prior_draws(self) -> dict[str, FloatArray] | Unknown:
        """Prior draws of the population parameters, named as in `population`."""
        if isinstance(self.program, Unknown):
            return self.program
        program = self.program
        names = [name for name in self.names if name in program.named_vars]
        plain = Mode(linker="py", optimizer=None)  # type: ignore[arg-type]
        drawn = pm.draw(
            [program[name] for name in names],
            draws=PRIOR_DRAWS,
            random_seed=self.seed,
            mode=plain,
        )
        dims = {name: self.posterior[name].dims[2:] for name in names}
        made = {
            name: (("chain", "draw", *dims[name]), np.asarray(values)[None])
            for name, values in zip(names, drawn, strict=True)
        }
        coords = {dim: self.posterior[dim] for name in names for dim in dims[name]}
        return _entries(xr.Dataset(made, coords), names)

    @cached_property
    def prior_checks(self) -> PredictiveChecks | Unknown:
        """The data against what the priors expect."""
        return known(self._prior_checks)

    def _prior_checks(self) -> PredictiveChecks:
        settings = settings_of(self.fit)
        draws = int(np.clip(PRIOR_ROWS / self.choices.n_choices, *PRIOR_REPLICATIONS))
        return prior_checks(self.choices, settings.model, draws, seed=self.seed, **settings.options)


def _entries(posterior: xr.Dataset, names: list[str]) -> dict[str, FloatArray]:
    """Draws of each scalar, named as `bayes_ddm.fitting.posterior.posterior_table` names them."""
    made = {}
    for name in names:
        variable = posterior[name].transpose("chain", "draw", ...)
        dims = variable.dims[2:]
        for at in np.ndindex(variable.shape[2:]):
            where = [str(variable[dim].values[i]) for dim, i in zip(dims, at, strict=True)]
            label = ", ".join(where)
            label = name if not dims else label if name == "theta" else f"{name}[{label}]"
            made[label] = variable.values[(slice(None), slice(None), *at)].astype(float)
    return made
