"""Identical rows that were grouped stand for as many choices in everything that a fit gives out."""

import numpy as np
import pytest

import bayes_ddm as bd
from tests.support import fits

FEW = {"draws": 40, "tune": 60}


@pytest.fixture(scope="module")
def coarse():
    """Anonymous choices on a clock of 50 ms: many rows are identical."""
    frame = bd.simulate.experiment(
        "normal", labelers=800, boundary=1.25, ndt=0.3, seed=8
    ).to_frame()
    frame["rt"] = (frame["rt"] * 20).round().clip(lower=8) / 20
    return bd.Choices.from_frame(frame)


def test_observed_data_of_a_grouped_fit_are_the_choices_not_the_groups(coarse):
    assert len(coarse.grouped()) < 400
    tree = fits.quiet_fit(coarse, **FEW)
    observed = tree["observed_data"]["y"].values
    assert observed.shape == (800, 2)
    np.testing.assert_allclose(np.sort(observed[:, 0]), np.sort(coarse.rt))
    assert observed[:, 1].sum() == coarse.choice.sum()


def test_a_build_function_of_the_user_s_sees_one_row_per_choice(coarse):
    seen = []

    def build(choices):
        seen.append(len(choices))
        return bd.models.builder("hierarchical")(choices)

    fits.quiet_fit(coarse.grouped(), build, **FEW)
    assert seen == [800]


def test_a_pm_model_of_the_user_s_refuses_counted_rows(coarse):
    grouped = coarse.grouped()
    with pytest.raises(bd.InputError, match="one row per choice"):
        bd.fit(grouped, model=bd.models.builder("hierarchical")(grouped))
