"""A fit to known labelers who were condensed to sums."""

import numpy as np
import pymc as pm
import pytest

import bayes_ddm as bd
from bayes_ddm.data.condensing.condense import lossless_by_labelers
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.personalise import personalise
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.predict import predict
from bayes_ddm.fitting.save import attach, hold
from bayes_ddm.models import builder
from bayes_ddm.simulate import experiment
from tests.support import fits

POINTS = [
    (0.5, 1.0, 1.25, 0.8),
    (0.0, 2.0, 0.8, 0.3),
    (-1.0, 0.3, 2.0, 0.9999),
    (2.0, 3.0, 1.2, 0.0),
]


def people():
    """2,000 labelers, of whom a third answer twice as often as the others."""
    made = experiment("normal", labelers=2000, choices=6, boundary=1.25, ndt=0.3, seed=1)
    kept = (np.arange(len(made)) % 6 < 3) | (made.labeler % 3 == 0)
    return made._part(np.flatnonzero(kept))[0]


def log_likelihood(choices, model, **given):
    program = builder(model)(choices, **given)
    (observed,) = program.observed_RVs
    # of what is not fixed: a form that compiles once
    values = {"gap": 2.0, "weight": [0.3, 0.7], "type_sigma": [0.6, 0.9], "start": 0.55}
    values |= {"partial": 0.2, "place_scaled": 0.1, "type_sigma_scaled": 0.6}
    point = program.initial_point()
    for rv in program.free_RVs:
        value, transform = program.rvs_to_values[rv], program.rvs_to_transforms[rv]
        moved = np.broadcast_to(values[rv.name], rv.shape.eval())
        point[value.name] = (
            transform.forward(moved, *rv.owner.inputs).eval() if transform else moved
        )
    return float(program.compile_logp(observed, jacobian=False, mode="FAST_COMPILE")(point))


@pytest.mark.parametrize(("mu", "sigma", "boundary", "share"), POINTS)
def test_log_likelihood_is_that_of_all_rows(mu, sigma, boundary, share):
    rows = people()
    few = lossless_by_labelers(rows)
    assert len(few) + len(few.summed) < 1000 and few.n_labelers == 2000
    given = {"mu": mu, "sigma": sigma, "boundary": boundary, "ndt": share * float(rows.rt.min())}
    given["start"] = pm.Uniform.dist(0, 1)
    values = [log_likelihood(x, "hierarchical", **given) for x in (few, rows)]
    # ten nodes a bin miss less than adding up 8,000 rounded terms does
    assert values[0] == pytest.approx(values[1], rel=1e-11)


def test_types_of_labelers_are_integrated_over_sums():
    given = {"mu": 0.4, "boundary": 1.2, "ndt": 0.28}
    values = [
        log_likelihood(x, "mixture", **given) for x in (bd.condense(people()).choices, people())
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-11)


def comparing():
    """700 labelers who compare options of two attributes, three or six times."""
    rows = experiment(
        lambda rng, n: np.array([0.8, -0.4]) + rng.normal(size=(n, 2)) @ [[0.7, 0.2], [0.0, 0.5]],
        features=lambda rng, n: rng.normal(size=(n, 2)) * [1.0, 0.03],
        labelers=700,
        choices=6,
        boundary=1.25,
        ndt=0.3,
        seed=1,
    )
    kept = (np.arange(len(rows)) % 6 < 3) | (rows.labeler % 3 == 0)
    return rows._part(np.flatnonzero(kept))[0]


@pytest.mark.parametrize(
    ("model", "given"),
    [
        ("contextual", {"Sigma": [0.9, 0.4], "start": pm.Uniform.dist(0, 1)}),
        ("mixture", {"type_spread": 0.6}),
    ],
)
def test_preferences_are_integrated_over_sums(model, given):
    rows = comparing()
    few = lossless_by_labelers(rows)
    assert len(few) < 500 < len(few.sums.n) and few.n_choices == rows.n_choices
    given |= {"theta": [0.7, -0.3], "boundary": 1.2, "ndt": 0.9 * float(rows.rt.min())}
    values = [log_likelihood(x, model, **given) for x in (few, rows)]
    assert values[0] == pytest.approx(values[1], rel=1e-11)


def test_a_fit_to_many_rows_is_made_of_sums_and_asked_of_the_rows():
    tree = fits.summed_fit()
    posterior = Posterior.of(tree)
    assert posterior.few is posterior and posterior.choices.n_labelers == len(
        posterior.choices.labelers
    )
    assert tree["observed_data"].sizes["row"] == len(posterior.choices)
    of_rows = bd.compare(tree, progress=False)
    assert of_rows.estimates.n_choices == len(posterior.choices)
    # the same draws as a fit to sums alone has them; all 600 labelers are kept whole
    alone = tree.copy(deep=True)
    hold(alone, bd.condense(posterior.choices).choices)
    told = {f.name: f for f in bd.diagnose(alone, draws=20, progress=False).findings}
    assert told["data"].ok is not None and told["prior sensitivity"].ok is not None
    assert "leaving labelers out needs the rows" in told["leave one out"].sentence
    of_sums = bd.compare(alone, progress=False)
    assert of_sums.verdict == of_rows.verdict
    every = {(row.estimator, row.parameter): row for row in of_rows.rows}
    for row in of_sums.rows:
        all_ = every[row.estimator, row.parameter]
        if "semiparametric" not in row.estimator:  # of the law over rows
            # bounded weights go straight from bin to bin
            assert row.difference == pytest.approx(all_.difference, abs=0.1 * all_.se)
            assert row.se == pytest.approx(all_.se, rel=0.02)


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda few: bd.fit(few, "labeler_boundary"), "own needs every labeler's rows"),
        (lambda few: bd.fit(few, drift_noise=pm.HalfNormal.dist(1)), "no drift noise"),
        (lambda few: bd.fit(few, "contaminated"), "no drift noise, closing bounds or lapses"),
        (lambda few: bd.fit(few, "choice_only"), "samples labelers' preferences needs"),
    ],
)
def test_what_needs_labelers_rows_says_so(work, said):
    with pytest.raises(InputError, match=said):
        work(bd.condense(people()))


def test_no_new_labeler_was_seen_where_sums_have_no_names():
    tree = fits.pretended("hierarchical")
    few = bd.condense(people()).choices
    attach(tree, few, model="hierarchical", parameters={})
    new = fits.scalar()
    table = predict(tree, new, draws=20, progress=False).table
    assert not table["seen"].any() and table["p_positive"].between(0, 1).all()
    assert len(personalise(tree, new, draws=20).table) == new.n_labelers
