"""Draws from a model's posterior, by nutpie or by PyMC's own sampler."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr
from numba.core.errors import NumbaError
from nutpie.compile_pymc import CompiledPyMCModel
from pymc.backends.arviz import patch_nutpie_idata
from pymc.progress_bar import NutpieProgressBarManager

from bayes_ddm.errors import InputError
from bayes_ddm.fitting.compiled import compiled

# a dense mass matrix pays off up to about as many parameters; beyond, it outweighs the likelihood
FEW_PARAMETERS, MOST_PARAMETERS = 50, 500


def sample(
    model: pm.Model,
    start: dict[str, Any],
    *,
    sampler: str,
    draws: int,
    tune: int,
    chains: int,
    cores: int,
    seed: int,
    progress: bool,
) -> xr.DataTree:
    """Sample, as `pm.sample` does; with nutpie from code that is kept on disk.

    Parameters
    ----------
    model : pm.Model
    start : dict
        Values to start near, by variable.
    sampler : {"nutpie", "pymc"}
    draws, tune, chains, cores, seed : int
    progress : bool
        Show a progress bar.

    Raises
    ------
    InputError
        If nutpie is to sample whole numbers.
    """
    if sampler == "pymc":
        return pm.sample(
            draws=draws,
            tune=tune,
            chains=chains,
            cores=cores,
            random_seed=seed,
            nuts_sampler=sampler,
            initvals=start,
            progressbar=progress,
            quiet=not progress,  # which turns the bar off too
            compute_convergence_checks=False,
            model=model,
        )
    import nutpie

    if model.discrete_value_vars:
        names = ", ".join(v.name for v in model.discrete_value_vars)
        raise InputError(f"nutpie samples no whole numbers ({names}); use sampler='pymc'.")
    try:
        code = compiled(model, start)
    except NumbaError:
        # a program beyond what our callbacks can call; nutpie's own take longer to compile
        jittered = set(model.free_RVs)
        code = nutpie.compile_pymc_model(model, initial_points=start, jitter_rvs=jittered)
    started = time.time()
    bar = NutpieProgressBarManager(chains=chains, draws=draws, progressbar=progress)
    with bar:
        tree = nutpie.sample(
            code,
            draws=draws,
            tune=tune,
            chains=chains,
            cores=cores,
            seed=int(np.random.default_rng(seed).spawn(1)[0].integers(2**30)),
            save_warmup=False,
            progress_bar=False,
            progress_callback=bar.update,
            **adaptation(code, model),
        )
    patch_nutpie_idata(tree, model, sampling_time=time.time() - started)
    return tree


def adaptation(code: CompiledPyMCModel, model: pm.Model) -> dict[str, str]:
    """Options of nutpie that suit the number of parameters.

    Boundary and ndt are correlated, and with single choices mu and sigma too: a mass matrix that
    follows them gives ten times the effective draws there (benchmarks/speed/sampling_speed.py).
    So are boundary and the preferences for many features; labelers' own values hardly are.
    """
    dims = model.named_vars_to_dims
    own = any("labeler" in (dims.get(rv.name) or ()) for rv in model.free_RVs)
    most = FEW_PARAMETERS if own else MOST_PARAMETERS
    return {"adaptation": "low_rank"} if code.n_dim <= most else {}
