"""The posterior of an average given a release: normal drifts, seen through noisy counts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from bayes_ddm.distributions.cells import cell_chances
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.rowless import MODEL, population, sampled
from bayes_ddm.fitting.sampler import Run
from bayes_ddm.fitting.save import RELEASE
from bayes_ddm.privacy import Released

# of the drift across labelers, by Gauss and Hermite
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(32)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def moments(mu: Any, sigma: Any, release: Released, xp: Any = pt) -> tuple[Any, Any]:
    """Mean and covariance over labelers of the share of their choices in each cell."""
    cells = cell_chances(mu + sigma * NODES, release.edges, release.boundary, xp)
    weighted = WEIGHTS[:, None] * cells
    mean = weighted.sum(axis=0)
    # sums, since products of small matrices stall in graphs
    common = (weighted[:, :, None] * cells[:, None, :]).sum(axis=0)
    single, m = xp.eye(2 * (len(release.edges) + 1)) * mean, release.mean_inverse
    return mean, m * single + (1 - m) * common - mean[:, None] * mean[None, :]


def program(release: Released, mu: Any = None, sigma: Any = None) -> pm.Model:
    r"""Model of a release; each parameter is a prior, or a number that fixes it.

    By default those of the hierarchical model.

    .. math::

        y &\sim \mathrm{Normal}(N p(\mu, \sigma), N C(\mu, \sigma) + V)

    ``y`` are the noisy counts of labelers, ``N`` their number, ``V`` the variance of the noise.
    Means and covariances are exact; that sums over labelers, and over cells of the noise, are about
    normal is all that is assumed.
    """
    n = release.labelers
    with pm.Model() as model:
        share, covariance = moments(*population(mu, sigma), release)
        noise = np.eye(2 * (len(release.edges) + 1)) * release.noise_variance * n**2
        pm.MvNormal("y", n * share, cov=n * covariance + noise, observed=n * release.shares.ravel())
    return model


def check_release(release: Any, model: Any, parameters: Iterable[str] = ()) -> None:
    """Refuse what a release cannot be fitted with.

    Raises
    ------
    InputError
        If the release has features, or another model or something but mu and sigma is given.
    """
    if not isinstance(release, Released):
        raise InputError(
            "a release with features holds sums, which tell an average and its error and no more: "
            "give it to estimate, whose normal is the posterior under a flat prior."
        )
    if model not in (None, MODEL):
        raise InputError(f"a release is fitted with the {MODEL} model; leave model out.")
    for name in parameters:
        if name not in ("mu", "sigma"):
            raise InputError(
                f"a release takes no {name}: boundary and ndt are its own, and only mu and sigma "
                "can be given."
            )


def fit_release(release: Any, model: Any, parameters: Mapping[str, Any], run: Run) -> xr.DataTree:
    """Fit the model of a release; `bayes_ddm.fit` ends here with it.

    Raises
    ------
    InputError
        As `check_release`, or `sampled`.
    """
    check_release(release, model, parameters)
    start = {"mu": 0.0, "sigma": 1.0}
    tree = sampled(program(release, **parameters), start, parameters, run)
    tree.attrs[RELEASE] = json.dumps(release.to_dict())
    return tree


def release_of(fit: xr.DataTree) -> Released | None:
    """Return the release that a fit is of, or None where it is of choices."""
    stored = fit.attrs.get(RELEASE)
    return None if stored is None else Released.of_dict(json.loads(stored))
