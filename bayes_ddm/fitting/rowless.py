"""What every fit of answers without rows has in common: private cells, or a release."""

from __future__ import annotations

import inspect
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from bayes_ddm import models
from bayes_ddm.distributions.parameters import parameter
from bayes_ddm.distributions.prior_code import as_code
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.interrupted import interruption, refuse_partial
from bayes_ddm.fitting.nuts import started_from
from bayes_ddm.fitting.sampler import Run, sample
from bayes_ddm.fitting.save import record

MODEL = "hierarchical"


def priors() -> dict[str, Any]:
    """Return the default priors of mu and sigma, those of the hierarchical model."""
    known = inspect.signature(models.builder(MODEL)).parameters
    return {name: known[name].default for name in ("mu", "sigma")}


def population(mu: Any = None, sigma: Any = None) -> tuple[Any, Any]:
    """Add ``mu``, ``sigma`` and ``share_positive`` to a model; None is the default prior."""
    default = priors()
    mean = parameter("mu", default["mu"] if mu is None else mu)
    sd = parameter("sigma", default["sigma"] if sigma is None else sigma, nonnegative=True)
    pm.Deterministic("share_positive", 0.5 * pt.erfc(-mean / (sd * np.sqrt(2))))
    return mean, sd


def sampled(
    program: pm.Model, start: Mapping[str, float], parameters: Mapping[str, Any], run: Run
) -> xr.DataTree:
    """Sample the program of answers without rows, and record how.

    Parameters
    ----------
    program : pm.Model
    start : mapping of str to float
        Rough values of variables, those of `run` before them.
    parameters : mapping
        Priors and numbers that were given.
    run : Run

    Raises
    ------
    InputError
        If nothing is left to sample, or a starting value is of no variable.
    KeyboardInterrupt
        If interrupted.
    """
    if not program.free_RVs:
        raise InputError("every parameter is fixed: there is nothing to sample.")
    free = {rv.name for rv in program.free_RVs}
    rough = {name: np.array(value) for name, value in start.items() if name in free}
    started = time.time()
    with program, interruption():
        tree = sample(program, started_from(program, rough, run.nuts), run)
    refuse_partial(tree, run.draws, run.chains)
    record(
        tree,
        model=MODEL,
        parameters={name: as_code(x) for name, x in {**priors(), **parameters}.items()},
        seed=run.seed,
        sampler=run.sampler,
        tune=run.tune,
        seconds=round(time.time() - started, 2),
        **run.nuts.history,
    )
    return tree


def value_of(fit: xr.DataTree, posterior: pd.DataFrame, name: str) -> float:
    """Posterior mean, or the number that fixes the parameter."""
    if name in posterior.index:
        return float(posterior.loc[name, "mean"])
    return float(fit["constant_data"][name])
