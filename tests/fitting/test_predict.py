"""Prediction of new choices: against quadrature, calibrated, by name, within memory."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logsumexp

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.fitting import predict as module
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.predict import predict
from bayes_ddm.simulate import experiment, population
from tests.support.fits import TRUTH, contextual, contextual_fit, pretended, scalar, scalar_fit

GRID = np.linspace(-6, 6, 1201)
DRAWS = 60


def population_draws(draws):
    """Population parameters of the posterior draws that `predict` uses, one dict each."""
    samples = Posterior.of(scalar_fit()).samples(draws)
    names = ("mu", "sigma", "boundary", "ndt")
    return [{k: float(samples[k][s]) for k in names} for s in range(samples.sizes["sample"])]


def normal(mu, sigma):
    """Population density on the grid; the trapezoidal rule makes it sum to 1."""
    weight = np.exp(-0.5 * ((GRID - mu) / sigma) ** 2)
    return weight / weight.sum()


def labeler_posterior(draw, choices, labeler):
    """Drift of a fitted labeler given one posterior draw, on the grid."""
    mine = choices.labeler == labeler
    rows = choices.rt[mine][:, None], choices.choice[mine][:, None]
    log_density = wiener.log_density(
        *rows, drift=GRID, boundary=draw["boundary"], ndt=draw["ndt"]
    ).sum(axis=0)
    weight = normal(draw["mu"], draw["sigma"]) * np.exp(log_density - log_density.max())
    return weight / weight.sum()


def fresh(labelers, choices, seed, names=None):
    """New choices of a population like the fitted one."""
    who = population("normal", mean=TRUTH["mu"], sd=TRUTH["sigma"])
    made = experiment(
        who,
        labelers=labelers,
        choices=choices,
        boundary=TRUTH["boundary"],
        ndt=TRUTH["ndt"],
        anonymous=False,
        seed=seed,
    )
    return made if names is None else replace(made, labelers=np.asarray(names))


def test_a_fitted_labeler_is_predicted_by_their_posterior():
    new = fresh(60, 1, seed=1)
    table = predict(scalar_fit(), new, draws=DRAWS).table
    share, density = np.zeros(60), np.zeros(60)
    for draw in population_draws(DRAWS):
        b, ndt = draw["boundary"], draw["ndt"]
        for i in range(60):
            posterior = labeler_posterior(draw, scalar(), i) / DRAWS
            share[i] += posterior @ expit(2 * b * GRID)
            row = {"drift": GRID, "boundary": b, "ndt": ndt}
            density[i] += posterior @ np.exp(wiener.log_density(new.rt[i], new.choice[i], **row))
    # one drift per labeler and draw, with a probability of sd up to .25: se .25 / sqrt(60) = .032
    assert np.abs(table["p_positive"] - share).max() < 4 * 0.25 / np.sqrt(DRAWS)
    # averages over labelers are 8 times as precise
    assert abs((table["p_positive"] - share).mean()) < 4 * 0.25 / np.sqrt(60 * DRAWS)
    assert abs((table["log_score"] - np.log(density)).mean()) < 0.03
    assert table["seen"].all()


def test_a_new_labeler_is_a_draw_from_the_population():
    new = fresh(200, 2, seed=2, names=[f"new {i}" for i in range(200)])
    table = predict(scalar_fit(), new, draws=DRAWS).table
    assert not table["seen"].any()
    by_draw = [
        wiener.random_drift_log_density(
            new.rt,
            new.choice,
            mean=draw["mu"],
            sd=draw["sigma"],
            boundary=draw["boundary"],
            ndt=draw["ndt"],
        )
        for draw in population_draws(DRAWS)
    ]
    exact = logsumexp(by_draw, axis=0) - np.log(DRAWS)
    share = np.mean(
        [
            normal(d["mu"], d["sigma"]) @ expit(2 * d["boundary"] * GRID)
            for d in population_draws(DRAWS)
        ]
    )
    # densities of one row vary by a factor of about 2 between drifts: relative error .7 / sqrt(60)
    # a row, independent between labelers; averaging a log costs half its square, .004
    assert abs((table["log_score"] - exact).mean()) < 4 * 0.7 / np.sqrt(60 * 200) + 0.004
    # the sd of a probability is at most 1/2
    assert abs(table["p_positive"].mean() - share) < 4 * 0.5 / np.sqrt(60 * 200)
    right = np.where(new.choice > 0, table["p_positive"], 1 - table["p_positive"])
    np.testing.assert_allclose(table["log_score_choice"], np.log(right))


def test_intervals_and_shares_are_calibrated():
    # each of 50 posterior draws makes choices of its own; their average is what is predicted
    parts = [
        experiment(
            population("normal", mean=draw["mu"], sd=draw["sigma"]),
            labelers=40,
            boundary=draw["boundary"],
            ndt=draw["ndt"],
            seed=seed,
        )
        for seed, draw in enumerate(population_draws(50))
    ]
    frame = pd.concat([part.to_frame() for part in parts])
    new = bd.Choices.from_frame(frame)
    prediction = predict(scalar_fit(), new, prob=0.8, draws=200)
    table = prediction.table
    n = len(table)
    # Kolmogorov-Smirnov: 1.95 / sqrt(n) is exceeded once in a thousand; 1000 simulations a row
    # add steps of .001
    pit = np.sort(table["rt_pit"])
    assert np.abs(pit - (np.arange(n) + 0.5) / n).max() < 1.95 / np.sqrt(n) + 0.001
    inside = prediction.by_labeler["rt_inside"].sum() / n
    assert abs(inside - 0.8) < 4 * np.sqrt(0.8 * 0.2 / n) + 0.005
    share = (table["choice"] > 0).mean()
    assert abs(table["p_positive"].mean() - share) < 4 * 0.5 / np.sqrt(n)
    assert (table["rt_low"] < table["rt_median"]).all()
    assert (table["rt_median"] < table["rt_high"]).all()


def test_labelers_are_matched_by_name_in_any_order():
    new = fresh(60, 2, seed=3)
    shuffled = np.random.default_rng(4).permutation(60)
    # the same table, with names stored in another order and rows shuffled
    moved = replace(new, labelers=new.labelers[shuffled], labeler=np.argsort(shuffled)[new.labeler])
    rows = np.random.default_rng(5).permutation(len(new))
    first = predict(scalar_fit(), new, draws=DRAWS).table
    for table, order in (
        (predict(scalar_fit(), moved, draws=DRAWS).table, np.arange(len(new))),
        (predict(scalar_fit(), new._take(rows), draws=DRAWS).table, rows),
    ):
        expected = first.iloc[order].reset_index(drop=True)
        assert (table["labeler"] == expected["labeler"]).all()
        for column in ("p_positive", "log_score", "log_score_choice"):
            np.testing.assert_allclose(table[column], expected[column])


def test_knowing_the_labeler_helps():
    # more choices of the same labelers, and the same choices under names that the fit never saw
    known = contextual()
    odd = known._take(np.flatnonzero(np.arange(len(known)) % 2))
    strangers = replace(odd, labelers=np.array([f"new {i}" for i in range(60)]))
    mine = predict(contextual_fit(), odd, draws=DRAWS)
    theirs = predict(contextual_fit(), strangers, draws=DRAWS)
    assert mine.by_labeler["log_score"].sum() > theirs.by_labeler["log_score"].sum() + 10
    assert mine.by_labeler["choices"].sum() == len(odd)
    assert "60 of them in the fit" in repr(mine) and "(0 of them" in repr(theirs)


def test_choices_that_were_fitted_are_named_as_such():
    known = contextual()
    again = predict(contextual_fit(), known, draws=DRAWS)
    assert again.fitted and "were fitted" in repr(again)
    assert not predict(contextual_fit(), replace(known, rt=known.rt + 0.01), draws=DRAWS).fitted


def test_rows_in_parts_are_the_same_rows(monkeypatch):
    new = fresh(60, 2, seed=6)
    whole = predict(scalar_fit(), new, draws=20).table
    monkeypatch.setattr(module, "MOST_HELD", 20 * module.SIMULATED * 17)
    parts = predict(scalar_fit(), new, draws=20).table
    assert (parts["labeler"] == whole["labeler"]).all()
    # other random numbers: the probabilities of a labeler agree as two sets of 20 draws do
    assert abs((parts["p_positive"] - whole["p_positive"]).mean()) < 4 * 0.25 * np.sqrt(2 / 20 / 60)


def test_attributes_are_weighed_in_the_units_of_the_user():
    # along one comparison the drift of a stranger is normal: a closed form of the log score
    old = contextual()
    new = replace(old, labelers=np.array([f"new {i}" for i in range(60)]))
    table = predict(contextual_fit(), new, draws=DRAWS).table
    samples = Posterior.of(contextual_fit()).samples(DRAWS)
    by_draw = []
    for s in range(DRAWS):
        draw = samples.isel(sample=s)
        sd, correlation = draw["sigma"].values, float(draw["correlation"].squeeze())
        covariance = np.outer(sd, sd) * np.array([[1, correlation], [correlation, 1]])
        by_draw.append(
            wiener.random_drift_log_density(
                new.rt,
                new.choice,
                mean=new.features @ draw["theta"].values,
                sd=np.sqrt(np.einsum("ri,ij,rj->r", new.features, covariance, new.features)),
                boundary=float(draw["boundary"]),
                ndt=float(draw["ndt"]),
            )
        )
    exact = logsumexp(by_draw, axis=0) - np.log(DRAWS)
    # as above, but the 8 rows of a labeler share their drifts
    assert abs((table["log_score"] - exact).mean()) < 4 * 0.7 / np.sqrt(60 * 60) + 0.004


def test_choices_alone_say_nothing_of_response_times():
    prediction = predict(pretended("choice_only"), fresh(60, 2, seed=8), draws=20)
    table = prediction.table
    assert (
        table[["rt_median", "rt_low", "rt_high", "rt_mean", "rt_pit", "log_score"]]
        .isna()
        .all(axis=None)
    )
    assert table["log_score_choice"].lt(0).all()
    assert prediction.by_labeler["log_score"].isna().all()
    assert "response time" not in repr(prediction)


def test_what_cannot_be_is_said():
    new = fresh(3, 1, seed=7)
    new = replace(new, rt=np.array([1.0, 1e-6, 1.2]))
    prediction = predict(scalar_fit(), new, draws=20)
    assert np.isneginf(prediction.table["log_score"]).tolist() == [False, True, False]
    assert "1 quicker than any non-decision time" in repr(prediction)


def test_wrong_input_ends_with_a_line():
    with pytest.raises(bd.InputError, match="the fit has features amount, delay, the new choices"):
        predict(contextual_fit(), scalar())
    with pytest.raises(bd.InputError, match="prob must be between"):
        predict(scalar_fit(), scalar(), prob=95)
    with pytest.raises(bd.InputError, match="draws must be at least 1"):
        predict(scalar_fit(), scalar(), draws=0)
