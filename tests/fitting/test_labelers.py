"""Each labeler's preference, given the fit: exact given the population, and averaged over it."""

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.simulate import experiment, population
from tests.support import fits

PARAMETERS = ("mu", "sigma", "boundary", "ndt")


def by_grid(values, choices, unit, psi, theta, chol, boundary, ndt):
    """Mean and sd of a labeler's preference given the population, by a plain sum over a grid."""
    mine = choices.unit == unit
    drift = (theta + values @ chol.T) @ psi[mine].T
    log_weight = bd.wiener.log_density(
        choices.rt[mine], choices.choice[mine], drift=drift, boundary=boundary, ndt=ndt
    ).sum(axis=1)
    log_weight -= 0.5 * (values**2).sum(axis=1)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    own = theta + values @ chol.T
    mean = weight @ own
    return mean, np.sqrt(weight @ (own - mean) ** 2)


def test_labelers_given_one_draw_are_exact():
    # a posterior of a single draw: what is left is the labeler's own uncertainty
    tree = fits.scalar_fit().isel(chain=[0], draw=[17])
    draw = {name: tree["posterior"][name].item() for name in PARAMETERS}
    found = bd.labelers(tree)
    assert list(found.index) == list(range(60))
    choices = fits.scalar()
    grid = np.linspace(-9, 9, 4001)[:, None]
    for unit in (0, 13, 59):
        mean, sd = by_grid(
            grid,
            choices,
            unit,
            np.ones((len(choices), 1)),
            np.array([draw["mu"]]),
            np.array([[draw["sigma"]]]),
            draw["boundary"],
            draw["ndt"],
        )
        assert found.loc[unit, "mean"] == pytest.approx(mean[0], rel=1e-8)
        assert found.loc[unit, "sd"] == pytest.approx(sd[0], rel=1e-8)


def test_labelers_of_a_contextual_fit_given_one_draw_are_exact():
    tree = fits.contextual_fit().isel(chain=[1], draw=[5])
    posterior, choices = tree["posterior"].isel(chain=0, draw=0), fits.contextual()
    sd, rho = posterior["sigma"].values, float(posterior["correlation"].values[0])
    chol = sd[:, None] * np.linalg.cholesky(np.array([[1, rho], [rho, 1]]))
    axis = np.linspace(-8, 8, 321)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    found = bd.labelers(tree)
    for unit in (3, 44):
        mean, spread = by_grid(
            grid,
            choices,
            unit,
            choices.features,
            posterior["theta"].values,
            chol,
            float(posterior["boundary"]),
            float(posterior["ndt"]),
        )
        np.testing.assert_allclose(found.loc[unit].xs("mean", level=1), mean, rtol=1e-7)
        np.testing.assert_allclose(found.loc[unit].xs("sd", level=1), spread, rtol=1e-7)


def test_labelers_average_over_the_posterior():
    # the law of total variance over single draws
    tree = fits.scalar_fit().isel(chain=[0], draw=slice(0, 1000, 100))
    one_by_one = [bd.labelers(tree.isel(draw=[i])) for i in range(10)]
    means = np.array([t["mean"] for t in one_by_one])
    variances = np.array([t["sd"] ** 2 for t in one_by_one])
    found = bd.labelers(tree)
    np.testing.assert_allclose(found["mean"], means.mean(axis=0), rtol=1e-10)
    total = variances.mean(axis=0) + means.var(axis=0)
    np.testing.assert_allclose(found["sd"], np.sqrt(total), rtol=1e-10)


def test_labelers_follow_their_choices():
    choices = experiment(
        population("normal", mean=0.5, sd=1.0),
        labelers=60,
        choices=5,
        boundary=1.25,
        ndt=0.3,
        seed=1,
    )
    frame = choices.to_frame()
    names = [f"né {i}, <b>" for i in range(60)]
    frame["labeler"] = [names[i] for i in frame["labeler"]]
    tree = fits.quiet_fit(bd.Choices.from_frame(frame, labeler="labeler"), draws=40, tune=60)
    found = bd.labelers(tree)
    assert list(found.index) == names
    share = frame.groupby("labeler", sort=False)["choice"].mean()
    assert np.corrcoef(found["mean"], share)[0, 1] > 0.9
