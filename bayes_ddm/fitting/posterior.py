"""Population parameters of a fit: their draws, and a table of them."""

from __future__ import annotations

import arviz as az
import numpy as np
import pandas as pd
import xarray as xr

from bayes_ddm._typing import FloatArray
from bayes_ddm.distributions.vocabulary import in_order
from bayes_ddm.errors import InputError

__all__ = [
    "draws_of",
    "fixed_parameters",
    "population_names",
    "posterior_table",
    "thinned",
    "thinned_draws",
]


def population_names(posterior: xr.Dataset) -> list[str]:
    """Names of what describes the population, in the user's units, without labelers' own values."""
    names = [str(n) for n in posterior.data_vars if "labeler" not in posterior[n].dims]
    return in_order(names)


def thinned_draws(posterior: xr.Dataset, draws: int | None) -> xr.Dataset:
    """Keep at most `draws` draws over all chains, evenly spaced."""
    each = posterior.sizes["draw"]
    wanted = each if draws is None else max(1, draws // posterior.sizes["chain"])
    if wanted >= each:
        return posterior
    return posterior.isel(draw=np.linspace(0, each - 1, wanted).round().astype(int))


def thinned(fit: xr.DataTree, draws: int | None = None) -> xr.Dataset:
    """Return the posterior with one dimension ``sample``: at most `draws`, evenly spaced."""
    flat = fit["posterior"].to_dataset().stack(sample=("chain", "draw"), create_index=False)
    total = flat.sizes["sample"]
    if draws is None or draws >= total:
        return flat
    return flat.isel(sample=np.linspace(0, total - 1, draws).round().astype(int))


def fixed_parameters(fit: xr.DataTree) -> dict[str, FloatArray]:
    """Return the parameters that the model was given as numbers."""
    if "constant_data" not in fit.children:
        return {}
    return {str(k): v.values for k, v in fit["constant_data"].data_vars.items()}


def draws_of(fit: xr.DataTree, name: str, samples: xr.Dataset) -> FloatArray:
    """Draws of a parameter, the sample dimension first; repeated if it was fixed.

    Raises
    ------
    InputError
        If the fit has no such parameter.
    """
    if name in samples:
        return samples[name].transpose("sample", ...).values
    fixed = fixed_parameters(fit)
    if name not in fixed:
        raise InputError(f"the fit has no parameter {name!r}.")
    return np.broadcast_to(fixed[name], (samples.sizes["sample"], *fixed[name].shape))


def posterior_table(fit: xr.DataTree, prob: float = 0.95) -> pd.DataFrame:
    """Summarise every population parameter, in the user's units.

    Parameters
    ----------
    fit : DataTree
    prob : float
        Probability of the equal-tailed intervals.

    Returns
    -------
    DataFrame
        Indexed by parameter (an average preference by its feature): mean, sd, low, high,
        ess_bulk, r_hat.
    """
    posterior = fit["posterior"].to_dataset()
    names = population_names(posterior)
    tail = (1 - prob) / 2
    records = {}
    for name in names:
        variable = posterior[name]
        extra = variable.dims[2:]
        entries = variable.stack(entry=extra) if extra else variable.expand_dims("entry")
        for entry in entries.transpose("entry", "chain", "draw"):
            label = name
            if extra:
                where = entry["entry"].item()
                at = ", ".join(map(str, where if isinstance(where, tuple) else (where,)))
                label = at if name == "theta" else f"{name}[{at}]"
            values = entry.values
            records[label] = {
                "mean": values.mean(),
                "sd": values.std(ddof=1),
                "low": np.quantile(values, tail),
                "high": np.quantile(values, 1 - tail),
                "ess_bulk": float(az.ess(values, method="bulk")),
                "r_hat": float(az.rhat(values)) if len(values) > 1 else np.nan,
            }
    return pd.DataFrame.from_dict(records, orient="index").rename_axis("parameter")
