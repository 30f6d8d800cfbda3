"""Paths end on the bounds, and have the law of the exact draws."""

import numpy as np
import pytest
from scipy import stats

from bayes_ddm import wiener
from bayes_ddm.errors import InputError
from bayes_ddm.simulate import first_passage
from bayes_ddm.wiener.paths import diffusion_paths

N = 600


@pytest.mark.parametrize(
    "bounds", [{}, {"start": 0.8}, {"start": 0.3, "collapse": 0.4}], ids=["middle", "off", "close"]
)
def test_paths_end_on_the_bounds_with_the_law_of_first_passages(bounds):
    v, b = 0.7, 1.25
    seconds, evidence = diffusion_paths(v, b, np.random.default_rng(1), paths=N, **bounds)
    bound = b * (1 - bounds.get("collapse", 0) * seconds)
    last = np.isfinite(evidence).sum(axis=1) - 1
    path = np.arange(N)
    assert np.isnan(evidence[np.arange(len(seconds)) > last[:, None]]).all()
    assert np.allclose(np.abs(evidence[path, last]), bound[last], atol=1e-12)
    inside = np.arange(len(seconds)) < last[:, None]
    assert (np.abs(evidence) < bound)[inside].all()
    up = evidence[path, last] > 0
    share = wiener.choice_probability(v, b, **bounds)
    # rare false alarms: four standard errors, and p-values of 1e-4
    assert abs(up.mean() - share) < 4 * np.sqrt(share * (1 - share) / N)
    choice, exact = first_passage(np.full(20_000, v), b, np.random.default_rng(2), **bounds)
    for side in (up, ~up):
        # times are rounded up to a step
        times = seconds[last[side]] - seconds[1] / 2
        sample = exact[choice == (1 if side is up else -1)]
        assert stats.ks_2samp(times, sample).pvalue > 1e-4


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"drift": np.nan}, "drift must be finite"),
        ({"boundary": 0.0}, "boundary must be positive"),
        ({"start": 1.0}, "start must be above 0"),
        ({"collapse": -0.1}, "collapse must be finite"),
        ({"paths": 0}, "paths must be at least 1"),
    ],
)
def test_what_no_path_can_be_drawn_for_is_refused(wrong, message):
    options = {"drift": 1.0, "boundary": 1.0, "paths": 2, "rng": np.random.default_rng(1)}
    with pytest.raises(InputError, match=message):
        diffusion_paths(**options | wrong)
