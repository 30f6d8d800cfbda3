"""Whether the posterior depends on the priors: power-scaling sensitivity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import arviz as az
import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr
from pymc.model.transform.conditioning import remove_value_transforms

from bayes_ddm._typing import FloatArray
from bayes_ddm.checks.finding import Finding
from bayes_ddm.checks.loo import with_likelihood
from bayes_ddm.display import Badge, Shown, Table
from bayes_ddm.distributions.vocabulary import entry_labels
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.code import at_draws, compiling
from bayes_ddm.fitting.posterior import Posterior

# Kallioinen et al. (2024): a distance above this is worth a look
THRESHOLD = 0.05
# dimensions along which labelers are counted; what has one is no population parameter
LABELER_DIMS = frozenset({"labeler", "row"})


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivity(Shown):
    """What `sensitivity` returns.

    Attributes
    ----------
    table : DataFrame
        Indexed by parameter: ``prior`` and ``likelihood``, how much the posterior moves as either
        is made a little stronger; ``diagnosis``.
    averages : tuple of str
        Those that are the average preference.
    """

    table: pd.DataFrame
    averages: tuple[str, ...] = ()

    @property
    def sensitive(self) -> list[str]:
        """Parameters whose posterior depends on the priors."""
        return [str(name) for name in self.table.index[self.table["prior"] >= THRESHOLD]]

    @property
    def ok(self) -> bool:
        """Whether none does, or only such as leave the average preference as it is."""
        return not self.sensitive or self.minor

    @property
    def minor(self) -> bool:
        """Whether some do, and the average preference does not."""
        return bool(self.sensitive) and self.moves < THRESHOLD

    @property
    def moves(self) -> float:
        """How far the priors move the average preference; NaN where there is none."""
        prior = self.table["prior"]
        distances = [float(prior[name]) for name in self.averages if name in prior.index]
        return max(distances, default=np.nan)

    @property
    def sentence(self) -> str:
        """What depends on the priors, and what to do of it."""
        text = _sentence(self.table)
        if not self.minor:
            return text
        return (
            f"{text} The average can be quoted: by the same measure it moves by at most "
            f"{self.moves:.3f}, below {THRESHOLD}."
        )

    @property
    def finding(self) -> Finding:
        """The same as a line of a diagnosis."""
        return Finding("prior sensitivity", self.ok, self.sentence, minor=self.minor)

    def blocks(self) -> tuple[Badge, Table]:
        """Return whether the priors matter, and a row per parameter."""
        caption = "Power-scaling sensitivity to the prior and to the likelihood"
        head = ("parameter", "prior", "likelihood", "")
        formats = {"prior": ".3f", "likelihood": ".3f", "diagnosis": ""}
        table = Table.of(caption, head, self.table, **formats)
        (badge,) = self.finding.blocks()
        return badge, table


def sensitivity(
    fit: xr.DataTree,
    *,
    draws: int = 1000,
    model: pm.Model | None = None,
    progress: bool = True,
) -> Sensitivity:
    """Say which population parameters depend on the priors.

    Parameters
    ----------
    fit : DataTree
        From `bayes_ddm.fit`.
    draws : int
        Posterior draws used, at most.
    model : pm.Model, optional
        Needed only for a model of the user's own.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Sensitivity
        Sensitive to the prior: above 0.05.

    Notes
    -----
    All priors of population parameters are scaled at once, by raising their density to a power just
    off 1. How labelers spread around the population belongs to the model, not to its priors.

    References
    ----------
    Kallioinen, Paananen, Bürkner & Vehtari (2024), Statistics and Computing 34:57.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 50, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=200, tune=300, chains=2, seed=1, progress=False)
    >>> list(sensitivity(fit).table.columns)
    ['prior', 'likelihood', 'diagnosis']
    """
    posterior = Posterior.of(fit, model)
    if model is None:
        refuse_lost_priors(posterior)
    return sensitivity_of(with_likelihood(posterior.few, draws, progress=progress), draws)


def refuse_lost_priors(posterior: Posterior) -> None:
    """Refuse a fit that holds a prior by name only, so that the model cannot be rebuilt with it."""
    lost = posterior.lost_priors
    if lost:
        raise InputError(
            f"the fit holds the prior of {', '.join(lost)} by name only; build the model again and "
            "pass model=."
        )


def sensitivity_of(posterior: Posterior, draws: int) -> Sensitivity:
    """Prior sensitivity of a fit that has its labelers' log-likelihood: see `with_likelihood`."""
    thinned = posterior.thinned(draws)
    # only its sum matters
    likelihood = posterior.fit["log_likelihood"].to_dataset().sum("labeler")
    likelihood = likelihood.sel(draw=thinned["draw"])
    groups = {
        "posterior": thinned,
        "log_likelihood": likelihood,
        "log_prior": _log_prior(posterior.program, thinned),
    }
    scaled = xr.DataTree.from_dict(groups)
    names = [name for name in posterior.names if _varies(thinned[name])]
    if not names:
        raise InputError(
            "the fit has no population parameter; there is no prior to be sensitive to."
        )
    distances = {
        group: az.psense(scaled, var_names=names, group=group) for group in ("prior", "likelihood")
    }
    table = pd.DataFrame(
        {
            group: {
                label: float(value)
                for name, variable in distance.data_vars.items()
                for label, value in zip(
                    entry_labels(str(name), variable), variable.values.ravel(), strict=True
                )
            }
            for group, distance in distances.items()
        }
    )
    table.index.name = "parameter"
    table["diagnosis"] = [_diagnosis(*row) for row in table.to_numpy()]
    return Sensitivity(table, tuple(posterior.averages))


def _log_prior(model: pm.Model, posterior: xr.Dataset) -> xr.Dataset:
    """Log prior density of each population parameter, for each draw."""
    evaluate = _prior_function(model)
    chains, draws = posterior.sizes["chain"], posterior.sizes["draw"]
    values: list[dict[str, float]] = []
    for chain in range(chains):
        values += [evaluate(posterior.isel(chain=chain, draw=draw)) for draw in range(draws)]
    shape = (chains, draws)
    variables = {
        name: (("chain", "draw"), np.reshape([value[name] for value in values], shape))
        for name in values[0]
    }
    return xr.Dataset(variables, {"chain": posterior.chain, "draw": posterior.draw})


def _prior_function(model: pm.Model) -> Callable[[xr.Dataset], dict[str, float]]:
    plain = remove_value_transforms(model)
    priors = [
        rv
        for rv in plain.free_RVs
        if not LABELER_DIMS & set(plain.named_vars_to_dims.get(rv.name) or ())
    ]
    if not priors:
        raise InputError("the model has no population parameter with a prior.")
    inputs = [plain.rvs_to_values[rv] for rv in plain.free_RVs]
    with compiling():
        densities = [density.sum() for density in plain.logp(vars=priors, sum=False)]
    evaluate = at_draws(inputs, densities, check_bounds=model.check_bounds)
    names = [rv.name for rv in priors]
    return lambda draw: dict(zip(names, map(float, evaluate(draw)), strict=True))


def _varies(variable: xr.DataArray) -> bool:
    values: FloatArray = variable.values
    return bool(np.isfinite(values).all() and np.ptp(values) > 0)


def _diagnosis(prior: float, likelihood: float) -> str:
    if prior < THRESHOLD:
        return ""
    return "prior and data disagree" if likelihood >= THRESHOLD else "the data say little"


def _sentence(table: pd.DataFrame) -> str:
    sensitive = table[table["prior"] >= THRESHOLD].sort_values("prior", ascending=False)
    if sensitive.empty:
        return (
            f"no population parameter depends on the priors: at most {table['prior'].max():.3f} "
            f"(of {table['prior'].idxmax()}), below {THRESHOLD}."
        )
    names = ", ".join(f"{name} ({x:.2f})" for name, x in sensitive["prior"].items())
    conflict = (sensitive["likelihood"] >= THRESHOLD).iloc[0]
    mend = (
        "its prior and the data pull apart: see whether the prior is what you mean, and fit again "
        "with a wider one"
        if conflict
        else "the data say little of it: state its prior as an assumption, fix it, or collect more "
        "choices per labeler"
    )
    return f"depends on the priors: {names}. For {sensitive.index[0]}, {mend}."
