"""A posterior approximated in seconds, to try many models; what is reported is sampled.

Every number that the sampler would move is taken as normal, on the scale on which it is moved, and
independent of the others.  What a model integrates out exactly, as labelers' preferences, stays
exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from pymc.backends.arviz import find_constants
from scipy.optimize import minimize
from scipy.special import ndtri

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.prior_code import as_code
from bayes_ddm.distributions.rows import omissible_rows, replaceable_rows, rows
from bayes_ddm.fitting.compiled import compiled
from bayes_ddm.fitting.run import resolve, starting_values
from bayes_ddm.fitting.save import attach

# standard deviations to start from, and fixed points that expectations are averages over
FIRST_SD, POINTS = 0.1, 10
MOST_STEPS = 500
# in place of an infinite value, which a line search cannot step back from
UNREACHABLE = 1e12


@dataclass(frozen=True, eq=False)
class Normal:
    """An approximate posterior, on the scale on which the sampler would move its numbers.

    Attributes
    ----------
    mean, log_sd : ndarray, shape (numbers,)
    count : ndarray, shape (rows,)
        How often each row counts.
    settled : bool
        Whether the search for them ended by itself.
    """

    mean: FloatArray
    log_sd: FloatArray
    count: FloatArray
    settled: bool


class Approximator:
    """A model of known labelers, compiled once, whose posterior is approximated on any rows.

    Parameters
    ----------
    choices : Choices
        One row per choice, with the features that the model is to have.
    model : str
    seed : int
        Of the points that expectations are averages over.
    **parameters
        As for `bayes_ddm.fit`.

    Notes
    -----
    The evidence bound is averaged over points that are fixed beforehand, in pairs of opposite
    sign, so that it is an ordinary function, and is maximised by L-BFGS.  Averages come out as
    those of the sampler; standard deviations are too small where numbers are correlated.

    References
    ----------
    Giordano, Ingram & Broderick (2024), Journal of Machine Learning Research 25:18.
    """

    def __init__(self, choices: Choices, model: str, *, seed: int = 0, **parameters: Any) -> None:
        with replaceable_rows(), omissible_rows():
            self.name, self.program, self.settings = resolve(choices, model, parameters)
        self.choices, self.seed = choices, seed
        self.code = compiled(self.program, starting_values(self.program, choices))
        n = self.code.n_dim
        half = ndtri(_stratified(np.random.default_rng(seed), POINTS // 2, n))
        self.points = np.concatenate([half, -half])

    def normal(self, count: FloatArray | None = None, near: Normal | None = None) -> Normal:
        """Approximate the posterior.

        Parameters
        ----------
        count : ndarray, shape (rows,), optional
            How often each row counts; 0 leaves it out.
        near : Normal, optional
            Where to start.
        """
        count = np.ones(len(self.choices)) if count is None else count.astype(float)
        self._tell(count)
        if near is None:
            first = self.code.initial_point_func(self.seed)
            start = np.concatenate([first, np.full_like(first, np.log(FIRST_SD))])
        else:
            start = np.concatenate([near.mean, near.log_sd])
        options = {"maxiter": MOST_STEPS, "maxcor": 20}
        result = minimize(self._bound, start, jac=True, method="L-BFGS-B", options=options)
        mean, log_sd = np.split(result.x, 2)
        return Normal(mean, log_sd, count, bool(result.success))

    def _tell(self, count: FloatArray) -> None:
        """Let rows count so often, and nothing be known of the times of those left out.

        A row left out takes a time that every limit allows: its labeler's slowest that is known.
        """
        observed, counted = rows(self.choices), count > 0
        slowest = np.zeros(len(self.choices.unit_count))
        np.maximum.at(slowest, self.choices.unit[counted], observed[counted, 0])
        observed[~counted, 0] = slowest[self.choices.unit[~counted]]
        self.program["rows"].set_value(observed)
        self.program["count"].set_value(count)

    def _bound(self, at: FloatArray) -> tuple[float, FloatArray]:
        """Minus the evidence bound, and its slope."""
        mean, log_sd = np.split(at, 2)
        sd = np.exp(log_sd)
        value, slope, stretch = 0.0, np.zeros_like(mean), np.zeros_like(mean)
        for point in self.points:
            density, gradient = self.code.logp_func(mean + sd * point)
            if not np.isfinite(density):
                return UNREACHABLE, np.zeros_like(at)
            value -= float(density)
            slope -= gradient
            stretch -= gradient * point * sd
        n = len(self.points)
        return value / n - log_sd.sum(), np.concatenate([slope / n, stretch / n - 1])

    def fit(self, normals: Sequence[Normal], draws: int = 200) -> xr.DataTree:
        """Return draws as `bayes_ddm.fit` does, with a chain from each approximation."""
        rng = np.random.default_rng(self.seed)
        samples = np.array([self._draw(normal, draws, rng) for normal in normals])
        all_dims, coords = self.code.dims, self.code._coords
        posterior = {}
        for name, place, shape in zip(*self.code.shape_info, strict=True):
            if name in self.code.reparameterized_names:
                continue
            dims = all_dims.get(name, tuple(f"{name}_{i}" for i in range(len(shape))))
            values = samples[..., place].reshape(len(normals), draws, *shape)
            own = {dim: coords[dim] for dim in dims if dim in coords}
            posterior[name] = xr.DataArray(values, own, ("chain", "draw", *dims))
        constants = {
            name: xr.DataArray(np.asarray(value), dims=self.program.named_vars_to_dims.get(name))
            for name, value in find_constants(self.program).items()
            if name not in ("count", "rows")
        }
        tree = xr.DataTree.from_dict(
            {"posterior": xr.Dataset(posterior), "constant_data": xr.Dataset(constants)}
        )
        options = {key: as_code(value) for key, value in self.settings.items()}
        attach(tree, self.choices, model=self.name, parameters=options, sampler="approximation")
        return tree

    def _draw(self, normal: Normal, draws: int, rng: np.random.Generator) -> FloatArray:
        # limits of a non-decision time, say, go with the rows that count
        self._tell(normal.count)
        points = normal.mean + np.exp(normal.log_sd) * rng.normal(size=(draws, self.code.n_dim))
        return np.array([self.code.expand_func(point)[1] for point in points])


def _stratified(rng: np.random.Generator, n: int, dimension: int) -> FloatArray:
    """Uniform numbers, on either side of 1/2, one at each distance, in an order of its own."""
    place = rng.permuted(np.tile(np.arange(n)[:, None], (1, dimension)), axis=0)
    upper = 0.5 + (place + 0.5) / (2 * n)
    return np.where(rng.random((n, dimension)) < 0.5, upper, 1 - upper)
