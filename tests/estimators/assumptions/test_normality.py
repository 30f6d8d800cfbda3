import numpy as np
import pytest

from bayes_ddm.errors import InputError
from bayes_ddm.estimators import specification_test
from bayes_ddm.simulate import experiment, population

SKEWED = population("skewed", scale=1.2, shift=-0.5)


def made(who, labelers, choices, seed, **known):
    data = experiment(who, labelers=labelers, choices=choices, boundary=1.25, ndt=0.3, seed=seed)
    return specification_test(data, **known)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("choices", "known", "method"),
    [(2, {}, "conditional"), (1, {}, "model"), (1, {"boundary": 1.25, "ndt": 0.3}, "known")],
)
def test_a_normal_population_passes_and_a_skewed_one_does_not(choices, known, method):
    p = [made("normal", 1000, choices, seed, **known).p_value for seed in range(20)]
    # of 20 uniform p-values, 6 or more fall below .05 with a chance of 3 in 10,000
    assert np.sum(np.array(p) < 0.05) < 6
    found = made(SKEWED, 15_000, choices, 1, **known)
    assert found.boundary.method == method
    assert found.p_value < 0.001 and found.difference[0] > 0.03


def test_with_features_every_preference_is_tested_at_once():
    rng = np.random.default_rng(3)
    psi = np.repeat(rng.normal(size=(3000, 2)), 2, axis=0)
    who = population("normal", mean=[0.6, -0.4], sd=[0.5, 0.5])
    data = experiment(who, labelers=3000, choices=2, boundary=1.25, features=psi, seed=4)
    found = specification_test(data, ndt=0.0)
    assert found.df == 2 and found.boundary.method == "conditional"
    assert found.p_value > 1e-4
    assert "feature_1" in repr(found) and "chi2(2)" in repr(found)


def test_wrong_input_is_refused():
    data = experiment("normal", labelers=150, choices=2, boundary=1.25, ndt=0.3, seed=5)
    with pytest.raises(InputError, match="needs its ndt too"):
        specification_test(data, boundary=1.25)
    short = experiment("normal", labelers=50, choices=2, boundary=1.25, ndt=0.3, seed=5)
    with pytest.raises(InputError, match=r"too few labelers \(50\)"):
        specification_test(short)
