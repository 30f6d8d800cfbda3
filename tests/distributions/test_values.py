"""Attributes with a parameter to learn: the density by quadrature, its slope by differences."""

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
import pytest
from pymc.model.transform.conditioning import remove_value_transforms

import bayes_ddm as bd
from bayes_ddm import models, wiener
from bayes_ddm.data.design import with_drift
from tests.support.densities import PYTHON, integral

RNG = np.random.default_rng(8)
N, LABELERS = 15, 3
ROWS = pd.DataFrame(
    {
        "later": RNG.integers(10, 40, N),
        "delay": RNG.integers(1, 200, N),
        "now": RNG.uniform(5, 20, N),
        "who": np.repeat(np.arange(LABELERS), N // LABELERS),
        "choice": RNG.choice([-1, 1], N),
        "rt": RNG.uniform(0.5, 2, N),
    }
)
RATE, EXPONENT = 0.013, 0.7
POINT = {
    "theta_scaled": np.array([0.3, 0.8, -0.4]),
    "sigma_scaled": np.array([0.5, 0.9, 0.6]),
    "boundary": 1.4,
    "ndt": 0.2,
    "discount_rate": RATE,
    "utility_exponent": EXPONENT,
}


def choices():
    kept = ["later", "delay", "now"]
    made = bd.Choices.from_frame(ROWS, labeler="who", covariates=kept)
    return with_drift(made, "1 + bd.hyperbolic(later, delay) + bd.power(now)")


def by_hand():
    """Log likelihood of each labeler: features scaled as they are at the parameters."""
    value = ROWS.later / (1 + RATE * ROWS.delay)
    psi = np.column_stack([np.ones(N), value, ROWS.now**EXPONENT])
    psi = psi / np.sqrt((psi**2).mean(axis=0))
    found = []
    for who in range(LABELERS):
        mine = (ROWS.who == who).to_numpy()
        rt, z = ROWS.rt[mine].to_numpy(), ROWS.choice[mine].to_numpy()

        def log_likelihood(score, psi=psi[mine], rt=rt, z=z):
            theta = POINT["theta_scaled"] + POINT["sigma_scaled"] * score
            return wiener.log_density(
                rt, z, drift=theta @ psi.T, boundary=POINT["boundary"], ndt=POINT["ndt"]
            ).sum(axis=-1)

        found.append(integral(log_likelihood, 3))
    return np.array(found)


def test_the_density_is_that_of_features_at_the_parameters():
    # partial correlations of 0, where Beta(2, 2) variables are 1/2
    model = models.builder("contextual")(choices())
    assert {"discount_rate", "utility_exponent"} <= {rv.name for rv in model.free_RVs}
    plain = remove_value_transforms(model)
    density = plain.logp(vars=[plain["y"]], sum=False)
    learned = [plain.rvs_to_values[plain[name]] for name in ("discount_rate", "utility_exponent")]
    slopes = pt.grad(density[0].sum(), learned)
    evaluate = plain.compile_fn(
        [*density, *slopes], point_fn=True, mode=PYTHON, on_unused_input="ignore"
    )
    point = POINT | {"partial": np.full(3, 0.5)}
    rows, *found = evaluate(point)
    # the quadrature's error is far below a rounding of the sums
    np.testing.assert_allclose(rows, by_hand(), atol=1e-9)
    for name, slope in zip(("discount_rate", "utility_exponent"), found, strict=True):
        step = 1e-5 * POINT[name]
        above, below = (evaluate(point | {name: POINT[name] + by})[0].sum() for by in (step, -step))
        # central differences: rounding of sums of size 10 over the step
        assert slope == pytest.approx((above - below) / (2 * step), abs=1e-13 / step + 1e-5)


def test_a_number_fixes_it_and_other_models_know_it():
    for name in ("pooled", "student"):
        model = models.builder(name)(choices(), discount_rate=0.02)
        assert "utility_exponent" in [rv.name for rv in model.free_RVs]
        assert float(model["discount_rate"].get_value()) == 0.02
    with pytest.raises(bd.InputError, match="positive"):
        models.builder("pooled")(choices(), discount_rate=pm.Normal.dist(0, 1))
