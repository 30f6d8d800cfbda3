"""What a fit says of the population, posterior draw by posterior draw, as numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import xarray as xr

from bayes_ddm._typing import FloatArray
from bayes_ddm.distributions.program import Experiment, experiment_of
from bayes_ddm.fitting.fitted import model_of
from bayes_ddm.fitting.posterior import thinned

__all__ = ["PopulationDraw", "from_population", "population_draws"]


@dataclass(frozen=True)
class PopulationDraw:
    """An `Experiment` in one posterior draw; features scaled."""

    weight: FloatArray  # (types,)
    mean: FloatArray  # (types, d)
    chol: FloatArray  # (types, d, d)
    boundary: FloatArray
    ndt: FloatArray
    start: FloatArray
    lapse: float
    lapse_rt: float
    preference: FloatArray | None
    boundary_spread: float


def _numeric(model: pm.Model) -> Callable[[xr.Dataset], PopulationDraw]:
    experiment: Experiment = experiment_of(model)
    who, how = experiment.population, experiment.diffusion
    symbols = {
        "weight": who.weight,
        "mean": who.mean,
        "chol": who.chol,
        "boundary": how.boundary,
        "ndt": how.ndt,
        "start": how.start,
        "lapse": how.lapse,
        "lapse_rt": how.lapse_rt,
        "preference": experiment.preference,
        "boundary_spread": how.boundary_spread,
    }
    present = {key: symbol for key, symbol in symbols.items() if symbol is not None}
    # small graphs, evaluated a few hundred times: not worth compiling
    function = pytensor.function(
        model.free_RVs,
        [pytensor.tensor.as_tensor(symbol) for symbol in present.values()],
        mode="FAST_COMPILE",
        on_unused_input="ignore",
    )
    missing = {"ndt": np.nan, "start": 0.5, "lapse": 0.0, "lapse_rt": 1.0, "boundary_spread": 0.0}

    def evaluate(draw: xr.Dataset) -> PopulationDraw:
        values = [draw[rv.name].values.astype(rv.dtype) for rv in model.free_RVs]
        found: dict[str, Any] = missing | dict(zip(present, function(*values), strict=True))
        mean = np.atleast_2d(found["mean"])
        d = mean.shape[1]
        chol = np.asarray(found.get("chol", np.zeros((d, d)))).reshape(-1, d, d)
        return PopulationDraw(
            weight=np.atleast_1d(found.get("weight", 1.0)),
            mean=mean,
            chol=np.broadcast_to(chol, (len(mean), d, d)),
            boundary=np.asarray(found["boundary"], dtype=float),
            ndt=np.asarray(found["ndt"], dtype=float),
            start=np.asarray(found["start"], dtype=float),
            lapse=float(found["lapse"]),
            lapse_rt=float(found["lapse_rt"]),
            preference=found.get("preference"),
            boundary_spread=float(found["boundary_spread"]),
        )

    return evaluate


def population_draws(
    fit: xr.DataTree, draws: int, model: pm.Model | None = None
) -> Iterator[PopulationDraw]:
    """Yield the parameters of the population in at most `draws` posterior draws, evenly spaced."""
    samples = thinned(fit, draws)
    evaluate = _numeric(model or model_of(fit))
    for index in range(samples.sizes["sample"]):
        yield evaluate(samples.isel(sample=index))


def from_population(numbers: PopulationDraw, n: int, rng: np.random.Generator) -> FloatArray:
    """Draw the preferences of ``n`` labelers, shape (n, d), features scaled."""
    kind = rng.choice(len(numbers.weight), n, p=numbers.weight / numbers.weight.sum())
    normal = rng.normal(size=(n, numbers.mean.shape[1]))
    return numbers.mean[kind] + np.einsum("nij,nj->ni", numbers.chol[kind], normal)
