"""Identical rows that were grouped stand for as many choices in everything that a fit gives out."""

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm import models
from tests.support import fits
from tests.support.densities import PYTHON

FEW = {"draws": 40, "tune": 60}


@pytest.fixture(scope="module")
def coarse():
    """Anonymous choices on a clock of 50 ms: many rows are identical."""
    frame = bd.simulate.experiment(
        "normal", labelers=800, boundary=1.25, ndt=0.3, seed=8
    ).to_frame()
    frame["rt"] = (frame["rt"] * 20).round().clip(lower=8) / 20
    return bd.Choices.from_frame(frame)


def test_grouped_rows_have_the_posterior_density_of_all_of_them(coarse):
    grouped = coarse.grouped()
    assert len(grouped) < 400
    build = models.builder("hierarchical")
    first, second = (build(c).compile_logp(mode=PYTHON) for c in (coarse, grouped))
    rng = np.random.default_rng(1)
    for _ in range(5):
        point = {k: v + rng.normal() for k, v in build(grouped).initial_point().items()}
        assert float(first(point)) == pytest.approx(float(second(point)), rel=1e-12)


def test_a_grouped_fit_gives_out_choices_and_not_groups(coarse):
    tree = fits.quiet_fit(coarse, **FEW)
    observed = tree["observed_data"]["y"].values
    assert observed.shape == (800, 2)
    np.testing.assert_allclose(np.sort(observed[:, 0]), np.sort(coarse.rt))
    assert observed[:, 1].sum() == coarse.choice.sum()
    stored = bd.choices_of(tree)
    assert len(stored) == len(coarse.grouped()) and stored.n_choices == 800
    values = bd.log_likelihood(tree)["log_likelihood"]["y"]
    assert values.sizes["labeler"] == 800
    draw = tree["posterior"].isel(chain=1, draw=9)
    density = bd.wiener.random_drift_log_density(
        stored.rt,
        stored.choice,
        mean=float(draw["mu"]),
        sd=float(draw["sigma"]),
        boundary=float(draw["boundary"]),
        ndt=float(draw["ndt"]),
    )
    np.testing.assert_allclose(
        values.isel(chain=1, draw=9), np.repeat(density, stored.count), rtol=1e-9
    )


def test_counts_of_known_labelers_are_expanded():
    frame = fits.scalar().to_frame().assign(n=1)
    frame.loc[[0, 7], "n"] = 3
    counted = bd.Choices.from_frame(frame, labeler="labeler", count="n")
    tree = fits.quiet_fit(counted, **FEW)
    assert tree["observed_data"].sizes["row"] == 304
    assert bd.choices_of(tree).n_choices == 304
    assert len(bd.choices_of(tree)) == 304


class Seen(Exception):
    """What a build function was given, in place of a model."""


def given_to_build(choices):
    def build(given):
        raise Seen(given)

    with pytest.raises(Seen) as seen:
        bd.fit(choices, build, progress=False)
    return seen.value.args[0]


def test_a_build_function_of_the_user_s_sees_one_row_per_choice(coarse):
    assert given_to_build(coarse) is coarse
    assert len(given_to_build(coarse.grouped())) == 800


def test_a_pm_model_of_the_user_s_refuses_counted_rows(coarse):
    grouped = coarse.grouped()
    with pytest.raises(bd.InputError, match="one row per choice"):
        bd.fit(grouped, model=bd.models.builder("hierarchical")(grouped))
