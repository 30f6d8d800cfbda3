"""Whether the chains can be believed: divergences, R-hat, effective sample size."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from operator import itemgetter

import arviz as az
import numpy as np
import xarray as xr

from bayes_ddm.distributions.vocabulary import parameter_called, places

LARGEST_R_HAT = 1.01
# Vehtari et al. (2021): 100 effective draws per chain for R-hat and quantiles to be trusted
SMALLEST_ESS_PER_CHAIN = 100
# fewer divergences than this, or less far from the other draws, point nowhere
LEAST_DIVERGENT, CLEARLY_ELSEWHERE = 5, 3.5


class ConvergenceWarning(UserWarning):
    """The chains have not converged, or not explored the posterior."""


@dataclass(frozen=True)
class Convergence:
    """Worst values over all parameters and derived quantities.

    Attributes
    ----------
    divergences : int
    r_hat, ess_bulk, ess_tail : float
        Largest R-hat, smallest effective sample sizes.
    problems : tuple of str
        A sentence for each thing that is wrong, with what to do; empty if all is well.
    divergent : tuple of str
        Population parameter that tells divergent draws from the others, and whether it is "small"
        or "large" there; empty where none does.
    """

    divergences: int
    r_hat: float
    ess_bulk: float
    ess_tail: float
    problems: tuple[str, ...]
    divergent: tuple[str, str] = ("", "")

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def warn(self) -> None:
        """Warn with `ConvergenceWarning`, once, naming every problem."""
        if self.problems:
            warnings.warn(" ".join(self.problems), ConvergenceWarning, stacklevel=3)


def check_convergence(fit: xr.DataTree) -> Convergence:
    """Check all that is in the posterior, derived quantities included.

    Parameters
    ----------
    fit : DataTree

    Returns
    -------
    Convergence

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), Bayesian Analysis 16:667.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 50, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=200, tune=300, chains=2, seed=1, progress=False)
    >>> check_convergence(fit).divergences
    0
    """
    posterior = fit["posterior"].to_dataset()
    chains = posterior.sizes["chain"]
    stats = fit["sample_stats"].to_dataset() if "sample_stats" in fit.children else {}
    divergences = int(stats["diverging"].sum()) if "diverging" in stats else 0
    divergent = side = ""
    problems = []
    if divergences:
        share = divergences / (chains * posterior.sizes["draw"])
        divergent, side = _where_divergent(posterior, stats["diverging"])
        problems.append(
            f"{divergences} divergences ({share:.1%} of draws)"
            f"{f', most of them where {divergent} is {side}' if divergent else ''}: parts of the "
            f"posterior may be missing; tune longer, or give {divergent or 'parameters'} a tighter "
            "prior."
        )
    varying, lost = _varying(posterior)
    if lost:
        problems.append(
            f"{', '.join(lost[:3])}{' and others' if len(lost) > 3 else ''}: some draws are not "
            "finite numbers; give tighter priors."
        )
    r_hat, where = _worst(az.rhat, varying, largest=True)
    if chains < 2:
        problems.append("one chain cannot show whether it converged; run at least 2.")
    elif r_hat > LARGEST_R_HAT:
        problems.append(
            f"R-hat of {where} is {r_hat:.5g} (above {LARGEST_R_HAT}): chains disagree; run more "
            "tuning and draws."
        )
    needed = SMALLEST_ESS_PER_CHAIN * chains
    sizes = {}
    for kind in ("bulk", "tail"):
        sizes[kind], where = _worst(partial(az.ess, method=kind), varying, largest=False)
        if sizes[kind] < needed:
            problems.append(
                f"{kind} effective sample size of {where} is {sizes[kind]:.0f} (below {needed}): "
                "run more draws."
            )
    return Convergence(
        divergences, r_hat, sizes["bulk"], sizes["tail"], tuple(problems), (divergent, side)
    )


def _varying(posterior: xr.Dataset) -> tuple[xr.Dataset, list[str]]:
    """Return what can be diagnosed, entries named in ``attrs``, and names of what is not finite.

    Entries that cannot vary, such as the corner of a Cholesky factor, have no R-hat.
    """
    varying, lost = {}, []
    for name, variable in posterior.data_vars.items():
        values = variable.transpose("chain", "draw", ...).values
        values = values.reshape(*values.shape[:2], -1).astype(float)
        labels = _labels(str(name), variable)
        finite = np.isfinite(values).all(axis=(0, 1))
        lost += [label for label, ok in zip(labels, finite, strict=True) if not ok]
        size = np.where(finite, np.abs(values).max(axis=(0, 1)), 0)
        varies = np.where(finite, np.ptp(values, axis=(0, 1)), 0) > 1e-12 * size
        if varies.any():
            attrs = {"labels": [label for label, ok in zip(labels, varies, strict=True) if ok]}
            varying[name] = (("chain", "draw", f"{name}_entry"), values[..., varies], attrs)
    return xr.Dataset(varying), lost


def _labels(name: str, variable: xr.DataArray) -> list[str]:
    described = parameter_called(name)
    shown = described.rescales or described.behind or name
    sampled = f" (sampled as {name})" if described.behind else ""
    return [
        f"{shown}[{place}]{sampled}" if place else shown + sampled for place in places(variable)
    ]


def _where_divergent(posterior: xr.Dataset, diverging: xr.DataArray) -> tuple[str, str]:
    """Population parameter whose divergent draws are the farthest from the others, if any."""
    at = diverging.transpose("chain", "draw").values.astype(bool).ravel()
    candidates = [(CLEARLY_ELSEWHERE, "", "")]
    if at.sum() < LEAST_DIVERGENT:
        return "", ""
    for name, variable in posterior.data_vars.items():
        if "labeler" in variable.dims:
            continue
        values = variable.transpose("chain", "draw", ...).values.reshape(len(at), -1)
        rank = values.argsort(axis=0).argsort(axis=0) / len(at) - 0.5
        # a mean of uniform ranks; constants rank by their place in the chain
        score = np.where(np.ptp(values, axis=0) > 0, rank[at].mean(axis=0), 0)
        score *= np.sqrt(12 * at.sum())
        candidates += [
            (abs(z), label, "small" if z < 0 else "large")
            for z, label in zip(score, _labels(str(name), variable), strict=True)
        ]
    return max(candidates, key=itemgetter(0))[1:]


def _worst(
    measure: Callable[[xr.Dataset], xr.Dataset], varying: xr.Dataset, *, largest: bool
) -> tuple[float, str]:
    candidates: list[tuple[float, str]] = []
    if varying.data_vars:
        # chains that do not move at all divide zero by zero
        with np.errstate(invalid="ignore", divide="ignore"):
            measured = measure(varying)
        for name, array in measured.data_vars.items():
            values = np.nan_to_num(array.values.ravel(), nan=np.inf if largest else 0.0)
            candidates += zip(values.tolist(), varying[name].attrs["labels"], strict=True)
    return (max if largest else min)(candidates, default=(np.nan, ""), key=itemgetter(0))
