"""Whether the chains can be believed: divergences, R-hat, effective sample size."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import arviz as az
import numpy as np
import xarray as xr

__all__ = ["Convergence", "ConvergenceWarning", "check_convergence"]

LARGEST_R_HAT = 1.01
# Vehtari et al. (2021): 100 effective draws per chain for R-hat and quantiles to be trusted
SMALLEST_ESS_PER_CHAIN = 100


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
    """

    divergences: int
    r_hat: float
    ess_bulk: float
    ess_tail: float
    problems: tuple[str, ...]

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
    """
    posterior = fit["posterior"].to_dataset()
    chains = posterior.sizes["chain"]
    divergences = int(fit["sample_stats"]["diverging"].sum())
    problems = []
    if divergences:
        share = divergences / (chains * posterior.sizes["draw"])
        problems.append(
            f"{divergences} divergences ({share:.1%} of draws): parts of the posterior may be "
            "missing; tune longer, or give tighter priors."
        )
    r_hat, where = _worst(az.rhat(posterior), posterior, largest=True)
    if chains < 2:
        problems.append("one chain cannot show whether it converged; run at least 2.")
    elif r_hat > LARGEST_R_HAT:
        problems.append(
            f"R-hat of {where} is {r_hat:.3f} (above {LARGEST_R_HAT}): chains disagree; run more "
            "tuning and draws."
        )
    needed = SMALLEST_ESS_PER_CHAIN * chains
    sizes = {}
    for kind in ("bulk", "tail"):
        sizes[kind], where = _worst(az.ess(posterior, method=kind), posterior, largest=False)
        if sizes[kind] < needed:
            problems.append(
                f"{kind} effective sample size of {where} is {sizes[kind]:.0f} (below {needed}): "
                "run more draws."
            )
    return Convergence(divergences, r_hat, sizes["bulk"], sizes["tail"], tuple(problems))


def _worst(values: xr.Dataset, posterior: xr.Dataset, *, largest: bool) -> tuple[float, str]:
    worst, where = np.nan, ""
    for name, array in values.data_vars.items():
        # entries that cannot vary, such as the corner of a Cholesky factor, have no R-hat
        varies = posterior[name].std(("chain", "draw")).values > 1e-12
        flat = np.where(varies, array.values, np.nan).ravel()
        if np.isnan(flat).all():
            continue
        at = int(np.nanargmax(flat) if largest else np.nanargmin(flat))
        if np.isnan(worst) or (flat[at] > worst if largest else flat[at] < worst):
            worst = float(flat[at])
            labels = [
                str(values[dim].values[i]) if dim in values.coords else str(i)
                for dim, i in zip(array.dims, np.unravel_index(at, array.shape), strict=True)
            ]
            where = f"{name}[{', '.join(labels)}]" if labels else str(name)
    return worst, where
