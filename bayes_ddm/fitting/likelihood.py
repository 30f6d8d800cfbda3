"""Log-likelihood of each labeler, given the population: what is a labeler's own integrated out.

Preferences are mostly integrated out by the models themselves.  Values that were sampled for each
labeler, such as their boundaries, are integrated here by importance sampling: every labeler's
posterior gives a proposal, whose quasi-random points serve all draws of the population.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pymc as pm
import pytensor
import xarray as xr
from pymc.model.transform.conditioning import remove_value_transforms
from scipy.special import gammaln, logsumexp

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.omissions import with_omitted
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.of_sums import kept_whole
from bayes_ddm.fitting.code import at_arrays, at_draws, compiling
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.progress import track

# a proposal with heavier tails than what it stands for
DEGREES = 7.0
SPREAD = 1.1


@dataclass(frozen=True)
class Pointwise:
    """Maps one posterior draw to the log-likelihood of each unit, shape (units,).

    Attributes
    ----------
    evaluate : callable
        Takes a draw, a dataset without sample dimensions.
    sampled_latents : tuple of str
        What was sampled for each labeler, and is integrated out numerically; often nothing.
    """

    evaluate: Callable[[xr.Dataset], FloatArray]
    sampled_latents: tuple[str, ...] = ()

    def __call__(self, draw: xr.Dataset) -> FloatArray:
        """Evaluate at one draw."""
        return self.evaluate(draw)


# a value must not hold its key: what evaluates closes over data, not over the posterior
_in_use: WeakKeyDictionary[Posterior, Pointwise] = WeakKeyDictionary()


def log_likelihood(
    fit: xr.DataTree,
    model: pm.Model | None = None,
    *,
    draws: int | None = None,
    progress: bool = True,
) -> xr.DataTree:
    """Add the group ``log_likelihood``: one entry per labeler, what is their own integrated out.

    Parameters
    ----------
    fit : DataTree
    model : pm.Model, optional
        Needed only for a model of the user's own.
    draws : int, optional
        At most as many posterior draws, evenly spaced. By default all of them, or 400 where
        labelers' own boundaries or preferences are integrated numerically.
    progress : bool
        Show a progress bar.

    Returns
    -------
    DataTree
        The same fit. The variable ``y`` has the dimension ``labeler``; anonymous rows that were
        grouped are repeated, one entry per labeler, as PSIS-LOO needs.
    """
    posterior = Posterior.of(fit, model)
    posterior.choices.refuse_condensed("the log likelihood of each labeler")
    return add_log_likelihood(fit, posterior, draws=draws, progress=progress)


def add_log_likelihood(
    fit: xr.DataTree, posterior: Posterior, *, draws: int | None, progress: bool
) -> xr.DataTree:
    """Add the group that `log_likelihood` says; of condensed rows, each times its weight.

    Parameters
    ----------
    fit : DataTree
        Is given the group.
    posterior : Posterior
        Of the same draws.
    draws : int or None
    progress : bool
    """
    choices = with_omitted(posterior.choices)
    evaluate = pointwise(posterior)
    if draws is None and evaluate.sampled_latents:
        draws = 400
    thinned = posterior.thinned(draws)
    flat = thinned.stack(sample=("chain", "draw"), create_index=False)
    steps = track(range(flat.sizes["sample"]), "labelers' log-likelihood", progress=progress)
    values = np.stack([evaluate(flat.isel(sample=s)) for s in steps])
    sums = choices.summed
    # of labelers' sums one for each row, then one for each sum
    expected = len(choices.unit_count) if sums is None else len(choices) + len(sums)
    if values.shape[1:] != (expected,):
        raise InputError(
            f"the model's log-likelihood has shape {values.shape[1:]}, not one entry for each of "
            f"{expected} labelers; use pm.compute_log_likelihood."
        )
    names = choices.labeler_names if sums is None else np.arange(expected)
    if choices.anonymous and not choices.condensed:
        values = np.repeat(values / choices.count, choices.count, axis=1)
        names = np.arange(values.shape[1])
    shape = (thinned.sizes["chain"], thinned.sizes["draw"], -1)
    fit["log_likelihood"] = xr.DataTree(
        xr.Dataset(
            {"y": (("chain", "draw", "labeler"), values.reshape(shape))},
            coords={"chain": thinned.chain, "draw": thinned.draw, "labeler": names},
        )
    )
    return fit


def pointwise(posterior: Posterior, *, points: int | None = None) -> Pointwise:
    """Compile the log-likelihood of each unit, once for as long as the posterior is in use.

    Parameters
    ----------
    posterior : Posterior
        Gives model, choices and, where labelers' own values were sampled, the proposals.
    points : int, optional
        Points per labeler; by default 64 for each dimension that is integrated, at least 128.
    """
    if points is not None:
        return _compiled(posterior, points)
    if posterior not in _in_use:
        _in_use[posterior] = _compiled(posterior, None)
    return _in_use[posterior]


def by_unit(posterior: Posterior) -> Pointwise:
    """`pointwise`; of labelers condensed to sums, that of those kept whole, times their weight."""
    choices = posterior.choices
    if choices.summed is None:
        return pointwise(posterior)
    of_each = pointwise(posterior.on(kept_whole(choices)))
    return Pointwise(lambda draw: choices.unit_count * of_each(draw))


def _compiled(posterior: Posterior, points: int | None) -> Pointwise:
    model = posterior.program
    dims = model.named_vars_to_dims
    own = [rv for rv in model.free_RVs if "labeler" in (dims.get(rv.name) or ())]
    if own:
        return _integrated(posterior, own, points)
    with compiling():
        plain = remove_value_transforms(model)
        (observed,) = plain.observed_RVs
        inputs = [plain.rvs_to_values[rv] for rv in plain.free_RVs]
        density = plain.logp(vars=[observed], sum=False)
    density_at = at_draws(inputs, density, check_bounds=model.check_bounds)
    total = _by_unit(with_omitted(posterior.choices))
    return Pointwise(lambda draw: total(density_at(draw)[0]))


def _by_unit(choices: Choices) -> Callable[[FloatArray], FloatArray]:
    """Sum rows by labeler where a likelihood is stated row by row."""
    n = len(choices.unit_count)
    if choices.labeler is None or n == len(choices):
        return lambda values: values
    return lambda values: (
        np.bincount(choices.unit, weights=values, minlength=n)
        if values.shape == (len(choices),)
        else values
    )


def _integrated(posterior: Posterior, own: list[Any], points: int | None) -> Pointwise:
    model = posterior.program
    names = tuple(rv.name for rv in own)
    population = [rv for rv in model.free_RVs if rv.name not in names]
    plain = remove_value_transforms(model, vars=population) if population else model
    (observed,) = plain.observed_RVs
    latent = [plain[name] for name in names]
    values = [plain.rvs_to_values[rv] for rv in latent]
    with compiling():
        densities = plain.logp(vars=[observed, *latent], sum=False)
    function = at_arrays(plain.value_vars, densities, check_bounds=model.check_bounds)
    proposals = _transformed(posterior, own)
    n = len(posterior.choices.unit_count)
    shapes = [draws.shape[2:] for draws in proposals]
    joined = np.concatenate([draws.reshape(len(draws), n, -1) for draws in proposals], axis=2)
    dimension = joined.shape[2]
    nodes, log_proposal = _proposal(joined, points or max(128, 64 * dimension))
    sizes = [int(np.prod(shape)) for shape in shapes]
    total = _by_unit(with_omitted(posterior.choices))
    sampled = [rv.name for rv in population]

    def evaluate(draw: xr.Dataset) -> FloatArray:
        point = {name: draw[name].values for name in sampled}
        log_ratio = np.empty((len(nodes), n))
        for s, node in enumerate(nodes):
            parts = np.split(node, np.cumsum(sizes)[:-1], axis=1)
            for value, part, shape in zip(values, parts, shapes, strict=True):
                point[value.name] = part.reshape(n, *shape)
            rows, *priors = function(*(point[v.name] for v in plain.value_vars))
            log_ratio[s] = total(rows) - log_proposal[s]
            for prior in priors:
                log_ratio[s] += prior.reshape(n, -1).sum(axis=1)
        return logsumexp(log_ratio, axis=0) - np.log(len(nodes))

    return Pointwise(evaluate, names)


def _transformed(posterior: Posterior, own: list[Any]) -> list[FloatArray]:
    """Posterior draws of labelers' own values on the unconstrained scale, sample first."""
    model = posterior.program
    forward = []
    for rv in own:
        transform = model.rvs_to_transforms[rv]
        forward.append(rv if transform is None else transform.forward(rv, *rv.owner.inputs))
    mode = "FAST_COMPILE"
    function = pytensor.function(model.free_RVs, forward, mode=mode, on_unused_input="ignore")
    samples = posterior.samples(1000)
    values = [
        function(*(samples[rv.name].isel(sample=s).values for rv in model.free_RVs))
        for s in range(samples.sizes["sample"])
    ]
    return [np.stack(parts) for parts in zip(*values, strict=True)]


def _proposal(draws: FloatArray, points: int) -> tuple[FloatArray, FloatArray]:
    """Quasi-random points of a Student distribution fitted to each labeler's draws.

    Returns
    -------
    nodes : ndarray, shape (points, labelers, dimension)
    log_density : ndarray, shape (points, labelers)
    """
    from scipy.stats import chi2, norm, qmc

    dimension = draws.shape[2]
    center = draws.mean(axis=0)
    residual = draws - center
    covariance = np.einsum("snj,snk->njk", residual, residual) / (len(draws) - 1)
    ridge = 1e-6 * np.einsum("njj->n", covariance) / dimension + 1e-12
    root = SPREAD * np.linalg.cholesky(covariance + ridge[:, None, None] * np.eye(dimension))
    uniform = qmc.Sobol(dimension + 1, seed=0).random_base2(int(np.ceil(np.log2(points))))
    uniform = np.clip(uniform, 1e-9, 1 - 1e-9)
    stretch = np.sqrt(DEGREES / chi2.ppf(uniform[:, -1], DEGREES))
    standard = norm.ppf(uniform[:, :-1]) * stretch[:, None]
    nodes = center + np.einsum("njk,sk->snj", root, standard)
    log_norm = (
        gammaln((DEGREES + dimension) / 2)
        - gammaln(DEGREES / 2)
        - 0.5 * dimension * np.log(DEGREES * np.pi)
    )
    kernel = -0.5 * (DEGREES + dimension) * np.log1p((standard**2).sum(axis=1) / DEGREES)
    log_det = np.log(np.einsum("njj->nj", root)).sum(axis=1)
    return nodes, log_norm + kernel[:, None] - log_det
