"""Draws from a model's posterior, by nutpie or by PyMC's own sampler."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr
from numba.core.errors import NumbaError
from nutpie.compile_pymc import CompiledPyMCModel
from pymc.backends.arviz import patch_nutpie_idata

from bayes_ddm.errors import InputError
from bayes_ddm.fitting.chains import continued, draw_chains
from bayes_ddm.fitting.checkpoint import Checkpoint, together
from bayes_ddm.fitting.compiled import compiled
from bayes_ddm.fitting.nuts import DEFAULT, Nuts
from bayes_ddm.fitting.sampling_bar import nutpie_bar, pymc_bar

# a dense mass matrix pays off up to about as many parameters; beyond, it outweighs the likelihood
FEW_PARAMETERS, MOST_PARAMETERS = 50, 500


@dataclass(frozen=True)
class Run:
    """How a posterior is sampled, as `bayes_ddm.fit` takes it."""

    sampler: str
    draws: int
    tune: int
    chains: int
    cores: int
    seed: int
    progress: bool
    nuts: Nuts = DEFAULT


def sample(
    model: pm.Model, start: dict[str, Any], run: Run, checkpoint: Checkpoint | None = None
) -> xr.DataTree:
    """Sample, as `pm.sample` does; with nutpie from code that is kept on disk.

    Parameters
    ----------
    model : pm.Model
    start : dict
        Values to start near, by variable.
    run : Run
    checkpoint : Checkpoint, optional
        Where nutpie's draws are kept meanwhile; it goes on with those that are there.

    Raises
    ------
    InputError
        If nutpie is to sample whole numbers.
    """
    draws = run.draws
    length: dict[str, Any] = {"chains": run.chains, "draws": draws, "tune": run.tune}
    if run.sampler == "pymc":
        with pymc_bar(**length, progress=run.progress) as options_of_bar:
            return pm.sample(
                **length,
                cores=run.cores,
                random_seed=run.seed,
                nuts_sampler=run.sampler,
                initvals=start,
                compute_convergence_checks=False,
                model=model,
                **options_of_bar,
                **run.nuts.for_pymc,
            )
    if model.discrete_value_vars:
        names = ", ".join(v.name for v in model.discrete_value_vars)
        raise InputError(f"nutpie samples no whole numbers ({names}); use sampler='pymc'.")
    kept = None if checkpoint is None else checkpoint.kept
    if kept is not None and kept.draws >= draws:
        started = time.time()
        tree = together([kept.chains[i].first(draws) for i in kept.every])
    else:
        with nutpie_bar(**length, progress=run.progress) as callback:
            code = _compiled(model, start)
            started = time.time()
            options: dict[str, Any] = {
                "tune": run.tune,
                "save_warmup": False,
                "progress_bar": False,
                **adaptation(code, model),
            }
            options |= {"draws": draws, "cores": run.cores, **run.nuts.for_nutpie}
            if checkpoint is not None and kept is not None and kept.chains:
                tree = continued(code, model, checkpoint, callback=callback, **options)
            else:
                number = np.random.default_rng(run.seed).spawn(1)[0].integers(2**30)
                options |= {"seed": int(number), "progress_callback": callback}
                tree = draw_chains(code, checkpoint, chains=run.chains, **options)
    patch_nutpie_idata(tree, model, sampling_time=time.time() - started)
    return tree


def _compiled(model: pm.Model, start: dict[str, Any]) -> CompiledPyMCModel:
    try:
        return compiled(model, start)
    except NumbaError:
        import nutpie

        # a program beyond what our callbacks can call; nutpie's own take longer to compile
        jittered = set(model.free_RVs)
        return nutpie.compile_pymc_model(model, initial_points=start, jitter_rvs=jittered)


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
