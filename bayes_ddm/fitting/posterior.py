"""A fit that can be asked: its choices, model, settings, and draws by the names users know."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar
from weakref import WeakValueDictionary

import arviz as az
import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr

from bayes_ddm import models
from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.conditions import Conditions, conditions
from bayes_ddm.data.omissions import with_omitted
from bayes_ddm.distributions.prior_code import as_code, from_code
from bayes_ddm.distributions.priors import ByCondition, ByLabeler
from bayes_ddm.distributions.vocabulary import LINKS, entry_labels, in_order
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.save import stored_choices


@dataclass(frozen=True)
class Settings:
    """Model and parameters of a fit, as `bayes_ddm.fit` takes them.

    Attributes
    ----------
    model : str
    options : dict
    given : tuple of str
        Parameters that are not as the model has them by default.
    """

    model: str
    options: dict[str, Any]
    given: tuple[str, ...]


class Posterior:
    """The library's view of a fit; `Posterior.of` makes it once for as long as it is in use.

    Parameters
    ----------
    fit : DataTree
        From `bayes_ddm.fit`.
    program : pm.Model, optional
        Needed only for a model of the user's own.

    Raises
    ------
    InputError
        If it is no fit of bayes_ddm.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 50, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=200, tune=300, chains=2, seed=1, progress=False)
    >>> posterior = Posterior.of(fit)
    >>> posterior.names
    ['mu', 'sigma', 'boundary', 'ndt', 'share_positive']
    >>> posterior.samples(100)["mu"].sizes["sample"]
    100
    """

    # keyed by the fit's identity, which is its own for as long as the value holds the fit
    _in_use: ClassVar[WeakValueDictionary[int, Posterior]] = WeakValueDictionary()

    def __init__(self, fit: xr.DataTree, program: pm.Model | None = None) -> None:
        self.fit = fit
        self.choices: Choices = stored_choices(fit)
        self.rows = self.choices
        self._program = program
        self._node = fit.children.get("choices")

    @classmethod
    def of(cls, fit: xr.DataTree | Posterior, program: pm.Model | None = None) -> Posterior:
        """Return the view of a fit that is in use already, or a new one."""
        if isinstance(fit, Posterior):
            return fit if program is None else cls(fit.fit, program)
        if program is not None:
            return cls(fit, program)
        posterior = cls._in_use.get(id(fit))
        if posterior is None or posterior._node is not fit.children.get("choices"):
            posterior = cls._in_use[id(fit)] = cls(fit)
        return posterior

    @cached_property
    def few(self) -> Posterior:
        """The fit as one of the weighted rows that it was made of, if any; `rows` are all."""
        if "condensed" not in self.fit.children:
            return self
        return self.on(stored_choices(self.fit, "condensed"))

    def on(self, choices: Choices) -> Posterior:
        """Return the fit, asked of a part of its rows, or of rows that stand for them."""
        posterior = Posterior(self.fit, self._program)
        posterior.choices, posterior.rows = choices, self.rows
        return posterior

    @property
    def model(self) -> str:
        """Name of the model; ``"custom"`` for a ``pm.Model`` of the user's own."""
        return str(self.fit.attrs.get("model", "custom"))

    @property
    def of_family(self) -> bool:
        """Whether it is a model of the family, whose mathematics is known."""
        return self.model in models.names()

    @property
    def has_times(self) -> bool:
        """Whether the model is one of response times."""
        return models.description(self.model).response_times

    @property
    def draws(self) -> xr.Dataset:
        """All draws, with the dimensions ``chain`` and ``draw``."""
        return self.fit["posterior"].to_dataset()

    @property
    def fixed(self) -> dict[str, FloatArray]:
        """Parameters that the model was given as numbers."""
        if "constant_data" not in self.fit.children:
            return {}
        return {str(k): v.values for k, v in self.fit["constant_data"].data_vars.items()}

    @property
    def logits(self) -> bool:
        """Whether preferences are in log odds, for want of times and of a boundary."""
        return not self.has_times and "boundary" not in self

    def __contains__(self, name: str) -> bool:
        """Whether a parameter was sampled or fixed."""
        return name in self.fit["posterior"] or name in self.fixed

    @property
    def names(self) -> list[str]:
        """What describes the population, in the user's units, without labelers' own values."""
        return population_names(self.draws)

    @property
    def averages(self) -> list[str]:
        """Entries that are the average preference; empty if the model has none."""
        if self.choices.contextual:
            return list(self.choices.feature_names) if "theta" in self.draws else []
        return ["mu"] if "mu" in self.draws else []

    @property
    def entries(self) -> dict[str, FloatArray]:
        """Draws of each number that describes the population, shape (chains, draws)."""
        return population_entries(self.draws)

    def thinned(self, draws: int | None) -> xr.Dataset:
        """Keep at most `draws` draws over all chains, evenly spaced within each."""
        everything = self.draws
        length = everything.sizes["draw"]
        count = length if draws is None else max(1, draws // everything.sizes["chain"])
        if count >= length:
            return everything
        return everything.isel(draw=np.linspace(0, length - 1, count).round().astype(int))

    def samples(self, draws: int | None = None) -> xr.Dataset:
        """Return draws with one dimension ``sample``: at most `draws`, evenly spaced."""
        flat = self.draws.stack(sample=("chain", "draw"), create_index=False)
        total = flat.sizes["sample"]
        if draws is None or draws >= total:
            return flat
        return flat.isel(sample=np.linspace(0, total - 1, draws).round().astype(int))

    def values(self, name: str, samples: xr.Dataset) -> FloatArray:
        """Draws of a parameter in `samples`, sample first; repeated if it was fixed.

        Raises
        ------
        InputError
            If the fit has no such parameter.
        """
        if name in samples:
            return samples[name].transpose("sample", ...).values
        fixed = self.fixed
        if name not in fixed:
            raise InputError(f"the fit has no parameter {name!r}.")
        return np.broadcast_to(fixed[name], (samples.sizes["sample"], *fixed[name].shape))

    def labels(self, name: str) -> list[str]:
        """Name of each scalar of a parameter, sampled or fixed."""
        if name in self.draws:
            return entry_labels(name, self.draws[name])
        return entry_labels(name, self.fit["constant_data"].to_dataset()[name])

    def table(self, prob: float = 0.95) -> pd.DataFrame:
        """Summarise every population parameter, in the user's units.

        Parameters
        ----------
        prob : float
            Probability of the equal-tailed intervals.

        Returns
        -------
        DataFrame
            Indexed by parameter (an average preference by its feature): mean, sd, low, high,
            ess_bulk, r_hat.
        """
        return summarised(self.entries, prob)

    @property
    def written(self) -> dict[str, Any]:
        """What each parameter was given as, in JSON values."""
        return dict(json.loads(self.fit.attrs.get("parameters", "{}")))

    @cached_property
    def conditions(self) -> dict[str, Conditions]:
        """Cells of the fit's rows, of each parameter that varies by condition."""
        varying: dict[str, Conditions] = {}
        for name in LINKS:
            value = from_code(self.written.get(name))
            value = value.center if isinstance(value, ByLabeler) else value
            formula = value.formula if isinstance(value, ByCondition) else value
            if isinstance(formula, str):
                every = with_omitted(self.choices)
                cells = conditions(every, formula, what=name)
                cells = replace(cells, cell=cells.cell[: len(self.choices)])
                varying |= {name: cells} if len(cells) > 1 else {}
        return varying

    @property
    def lost_priors(self) -> list[str]:
        """Parameters whose priors the fit holds by name only, so that they cannot be rebuilt."""
        written = self.written.items()
        return [key for key, code in written if code is not None and from_code(code) is None]

    @cached_property
    def program(self) -> pm.Model:
        """The model: the one given, else rebuilt with its priors, fixed parameters and options.

        Raises
        ------
        InputError
            For a model of the user's own that was not given; for a fit by a version that sampled
            other variables.
        """
        if self._program is not None:
            return self._program
        name = self.model
        if not self.of_family:
            raise InputError(f"the fit's model {name!r} is not of the family; pass model=.")
        model = models.builder(name)(self.choices, **self._options)
        stored = self.fit["posterior"]
        for rv in model.free_RVs:
            own = f"labeler_{rv.name.removesuffix('_score')}"
            if rv.name.endswith("_score") and own in stored and rv.name not in stored:
                raise InputError(
                    f"the fit has {own} but no {rv.name}, which {name} samples: another version of "
                    "bayes-ddm made it; fit again."
                )
        return model

    @property
    def settings(self) -> Settings:
        """What a fit of the family was made with.

        Raises
        ------
        InputError
            If its model is not of the family, or one of its priors is known by name only.
        """
        name = self.model
        if not self.of_family:
            raise InputError(
                f"the fit's model {name!r} is not of the family, along which assumptions are "
                "relaxed; fit your own variants, compare each, and rank them (bd.compare, bd.rank)."
            )
        if self.lost_priors:
            raise InputError(
                f"the fit holds the prior of {', '.join(self.lost_priors)} by name only, and "
                "cannot be refitted with it; fit again with a prior that has numbers for "
                "parameters."
            )
        defaults = {
            key: parameter.default
            for key, parameter in inspect.signature(models.builder(name)).parameters.items()
        }
        written = self.written
        changed = [k for k, value in written.items() if value != as_code(defaults.get(k))]
        return Settings(name, self._options, tuple(changed))

    @property
    def _options(self) -> dict[str, Any]:
        """Parameters as they were given, without those that the fit lost, or that are None."""
        options = {key: from_code(code) for key, code in self.written.items()}
        return {key: value for key, value in options.items() if value is not None}


def choices_of(fit: xr.DataTree) -> Choices:
    """Return the choices that were fitted (identical anonymous rows grouped).

    Parameters
    ----------
    fit : DataTree

    Raises
    ------
    InputError
        If it is no fit of bayes_ddm.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 50, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=200, tune=300, chains=2, seed=1, progress=False)
    >>> choices_of(fit)
    Choices: 200 choices by 50 labelers, median response time 1.17 s
    """
    return Posterior.of(fit).choices


def model_of(fit: xr.DataTree) -> pm.Model:
    """Rebuild the model of a fit, with its priors, fixed parameters and options.

    Parameters
    ----------
    fit : DataTree

    Raises
    ------
    InputError
        For a model of the user's own: build it again and pass it where this was called; for a fit
        by a version that sampled other variables.
    """
    return Posterior.of(fit).program


def summarised(entries: Mapping[str, FloatArray], prob: float) -> pd.DataFrame:
    """Mean, sd, interval and convergence of draws by label, shape (chains, draws) each."""
    tail = (1 - prob) / 2
    records = {
        label: {
            "mean": values.mean(),
            "sd": values.std(ddof=1),
            "low": np.quantile(values, tail),
            "high": np.quantile(values, 1 - tail),
            "ess_bulk": float(az.ess(values, method="bulk")),
            "r_hat": float(az.rhat(values)) if len(values) > 1 else np.nan,
        }
        for label, values in entries.items()
    }
    return pd.DataFrame.from_dict(records, orient="index").rename_axis("parameter")


def population_names(draws: xr.Dataset) -> list[str]:
    """Names of what describes the population, in the user's units, without labelers' own values."""
    names = [str(n) for n in draws.data_vars if "labeler" not in draws[n].dims]
    return in_order(names)


def entries(draws: xr.Dataset, names: Iterable[str]) -> dict[str, FloatArray]:
    """Draws of each scalar of these variables, shape (chains, draws), by its label."""
    draws_of: dict[str, FloatArray] = {}
    for name in names:
        variable = draws[name].transpose("chain", "draw", ...)
        values = variable.values.reshape(*variable.shape[:2], -1).astype(float)
        labels = entry_labels(name, variable)
        draws_of |= {label: np.ascontiguousarray(values[..., j]) for j, label in enumerate(labels)}
    return draws_of


def population_entries(draws: xr.Dataset) -> dict[str, FloatArray]:
    """Draws of each number that describes the population, shape (chains, draws), by its label."""
    return entries(draws, population_names(draws))
