"""Data sets and fits that several test files share, each made once.

A test that samples names one of the functions here that end in ``_fit``, or is marked ``samples``.
"""

import warnings
from functools import cache

import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr

import bayes_ddm as bd
from bayes_ddm import models
from bayes_ddm.distributions.prior_code import as_code
from bayes_ddm.fitting.run import resolve
from bayes_ddm.fitting.save import attach
from bayes_ddm.simulate import experiment, population
from tests.support import store

TRUTH = {"mu": 0.5, "sigma": 0.8, "boundary": 1.25, "ndt": 0.3}
THETA = np.array([0.8, -0.5])
# features in unlike units, so that scaling inside the models shows
UNITS = np.array([1.0, 100.0])


@cache
def scalar():
    """60 labelers, 5 choices each."""
    who = population("normal", mean=TRUTH["mu"], sd=TRUTH["sigma"])
    return experiment(who, labelers=60, choices=5, boundary=1.25, ndt=0.3, seed=11)


@cache
def contextual():
    """60 labelers, 8 choices each between bundles of two attributes."""
    covariance = np.array([[0.6, -0.3], [-0.3, 0.5]]) / np.outer(UNITS, UNITS)
    return experiment(
        population("normal", mean=THETA / UNITS, covariance=covariance),
        labelers=60,
        choices=8,
        boundary=1.25,
        ndt=0.3,
        features=lambda rng, n: UNITS * rng.normal(size=(n, 2)),
        feature_names=("amount", "delay"),
        seed=12,
    )


def quiet_fit(*args, fit=bd.fit, **kwargs):
    """Fit without a progress bar; two short chains may miss the strict R-hat limit by chance."""
    settings = {"draws": 1000, "tune": 700, "chains": 2, "seed": 1, "progress": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bd.ConvergenceWarning)
        return fit(*args, **settings | kwargs)


@cache
def released():
    """A release of 500 labelers, 4 choices each, with noise from a seed."""
    made = experiment("normal", labelers=500, choices=4, boundary=1.25, ndt=0.3, seed=13)
    return bd.privacy.simulate_release(made, epsilon=1.0, boundary=1.25, ndt=0.3, seed=1)


@cache
def released_fit():
    """The posterior of `released`."""
    return quiet_fit(released(), draws=500, tune=300)


@cache
def scalar_fit():
    """The hierarchical model of `scalar`."""
    return quiet_fit(scalar(), "hierarchical", fit=store.shared_fit)


@cache
def contextual_fit():
    """The contextual model of `contextual`."""
    return quiet_fit(contextual(), "contextual", fit=store.shared_fit)


DISCOUNTED = "1 + bd.hyperbolic(later, delay, now)"
RATE, VALUE = 0.02, 0.1


@cache
def discounted():
    """25 labelers, 30 choices each between an amount later and one now, at one discount rate."""
    rng = np.random.default_rng(18)
    columns = {"later": (12, 60), "delay": (1, 200), "now": (5, 30)}
    table = pd.DataFrame({name: rng.integers(*ends, 750) for name, ends in columns.items()})
    covariance = np.diag([0.3, 0.03]) ** 2
    return experiment(
        population("normal", mean=[0.2, VALUE], covariance=covariance),
        labelers=25,
        choices=30,
        boundary=1.25,
        ndt=0.3,
        table=table,
        drift=DISCOUNTED.replace(")", f", rate={RATE})"),
        seed=19,
    )


@cache
def discounted_fit():
    """The contextual model of `discounted`, its rate learned."""
    few = {"draws": 300, "tune": 300}
    return quiet_fit(discounted(), drift=DISCOUNTED, fit=store.shared_fit, **few)


@cache
def omissions():
    """40 labelers, 25 trials each, of which one in five runs into a deadline of 2.2 s."""
    who = population("normal", mean=0.5, sd=0.5)
    given = {"boundary": 1.5, "ndt": 0.3, "deadline": 2.2, "seed": 16}
    return experiment(who, labelers=40, choices=25, **given)


@cache
def omissions_fit():
    """The hierarchical model of `omissions`."""
    return quiet_fit(omissions(), "hierarchical", fit=store.shared_fit, draws=400, tune=500)


@cache
def truncated():
    """Single choices by 3,000 anonymous labelers; those beyond 2.2 s are absent."""
    given = {"boundary": 1.5, "ndt": 0.3, "deadline": 2.2, "omissions": "absent", "seed": 17}
    return experiment(population("normal", mean=0.5, sd=0.5), labelers=3000, **given)


@cache
def truncated_fit():
    """The hierarchical model of `truncated`."""
    return quiet_fit(truncated(), "hierarchical", fit=store.shared_fit, draws=400, tune=500)


@cache
def anonymous():
    """3,000 anonymous choices, which are condensed before they are fitted."""
    return experiment("normal", labelers=3000, choices=1, boundary=1.25, ndt=0.3, seed=14)


@cache
def anonymous_fit():
    """The hierarchical model of `anonymous`."""
    return quiet_fit(anonymous(), "hierarchical", fit=store.shared_fit, draws=400, tune=400)


@cache
def condensed_fit():
    """The same of its condensed rows alone."""
    few = bd.condense(anonymous())
    return quiet_fit(few, "hierarchical", draws=400, tune=400)


@cache
def summed_fit():
    """600 labelers, 4 choices each: enough rows to be fitted by labelers' sums."""
    known = experiment("normal", labelers=600, choices=4, boundary=1.25, ndt=0.3, seed=14)
    return quiet_fit(known, "hierarchical", draws=400, tune=400)


def pretended(model, draws=100, **options):
    """What looks like a fit of `scalar`, with draws near the truth: no sampling, any model."""
    rng = np.random.default_rng(31)
    middle = TRUTH | {
        "boundary_spread": 0.2,
        "ndt_spread": 0.2,
        "labeler_boundary": 1.25,
        "labeler_ndt": 0.2,
        "start": 0.55,
        "gap": 1.0,
        "type_sigma": 0.4,
        "weight": np.array([0.6, 0.4]),
    }
    program = bd.models.builder(model)(scalar(), **options)
    values = {}
    for rv in program.free_RVs:
        shape = tuple(rv.shape.eval())
        center = np.broadcast_to(middle.get(rv.name, 0.0), shape)
        wobble = 0.0 if rv.name in ("weight", "start") else 0.05
        dims = program.named_vars_to_dims.get(rv.name, [f"{rv.name}_{k}" for k in shape])
        values[rv.name] = (
            ("chain", "draw", *dims),
            center + wobble * rng.normal(size=(1, draws, *shape)),
        )
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset(values)})
    attach(tree, scalar(), model=model, parameters=options)
    return tree


def unsampled(choices, model, **options):
    """What looks like a fit, but for its draws, which are 0; it holds what was given of a model."""
    _, program, settings = resolve(choices, model, options)
    draws = {rv.name: (("chain", "draw"), np.zeros((1, 2))) for rv in program.free_RVs}
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset(draws)})
    attach(tree, choices, model=model, parameters={k: as_code(x) for k, x in settings.items()})
    return tree


OWN = {
    "mu": 0.5,
    "sigma": 0.8,
    "boundary": 1.3,
    "boundary_spread": 0.35,
    "ndt": 0.35,
    "ndt_spread": 0.5,
}
LAPSES = {"mu": 0.5, "sigma": 0.8, "boundary": 1.25, "ndt": 0.3, "lapse": 0.08, "lapse_rt": 1.5}


@cache
def own_boundaries():
    """40 labelers, 20 choices each, with a boundary and an ndt of their own."""
    rng = np.random.default_rng(21)
    return experiment(
        population("normal", mean=OWN["mu"], sd=OWN["sigma"]),
        labelers=40,
        choices=20,
        boundary=OWN["boundary"] * np.exp(OWN["boundary_spread"] * rng.normal(size=40)),
        ndt=OWN["ndt"] * np.exp(OWN["ndt_spread"] * rng.normal(size=40)),
        seed=13,
    )


@cache
def own_boundaries_fit():
    """The labeler_boundary model of `own_boundaries`."""
    settings = {"draws": 500, "tune": 500}
    return quiet_fit(own_boundaries(), "labeler_boundary", fit=store.shared_fit, **settings)


@cache
def with_lapses():
    """50 labelers, 12 choices each, now and then at random, even before they can have seen."""
    who = population("normal", mean=LAPSES["mu"], sd=LAPSES["sigma"])
    settings = {key: LAPSES[key] for key in ("boundary", "ndt", "lapse", "lapse_rt")}
    return experiment(who, labelers=50, choices=12, **settings, seed=14)


@cache
def with_lapses_fit():
    """The contaminated model of `with_lapses`."""
    settings = {"draws": 500, "tune": 500}
    return quiet_fit(with_lapses(), "contaminated", fit=store.shared_fit, **settings)


CLOSING = {"mu": 0.5, "sigma": 0.8, "boundary": 1.6, "ndt": 0.3}
CLOSING |= {"drift_noise": 0.6, "collapse": 0.12}


@cache
def closing():
    """150 labelers, 16 choices each, with noise of the drift and bounds that close in."""
    who = population("normal", mean=CLOSING["mu"], sd=CLOSING["sigma"])
    settings = {key: CLOSING[key] for key in ("boundary", "ndt", "drift_noise", "collapse")}
    return experiment(who, labelers=150, choices=16, **settings, seed=15)


@cache
def closing_fit():
    """The hierarchical model of `closing`, which learns both."""
    learned = {"drift_noise": pm.HalfNormal.dist(1), "collapse": pm.HalfNormal.dist(0.2)}
    settings = {"draws": 400, "tune": 500}
    return quiet_fit(closing(), "hierarchical", fit=store.shared_fit, **settings, **learned)


def made_up(choices, name, posterior, **options):
    """A fit without sampling: `posterior` has draws of free variables, shape (draws, ...)."""
    model = models.builder(name)(choices, **options)
    dims = model.named_vars_to_dims
    variables = {
        key: (("chain", "draw", *dims.get(key, ())), np.asarray(values)[None])
        for key, values in posterior.items()
    }
    fixed = {v.name: (dims.get(v.name, ()), v.get_value()) for v in model.data_vars}
    tree = xr.DataTree.from_dict(
        {"posterior": xr.Dataset(variables), "constant_data": xr.Dataset(fixed)}
    )
    described = {key: as_code(value) for key, value in options.items()}
    attach(tree, choices, model=name, parameters=described)
    return tree


@cache
def private_choices():
    """The choices of `scalar`, each sent as the other one with probability .27."""
    return bd.privacy.simulated(scalar(), bd.privacy.choices(1.0), seed=5)


@cache
def private_fit():
    """The hierarchical model of `private_choices`, boundary and ndt known."""
    known = {"boundary": TRUTH["boundary"], "ndt": TRUTH["ndt"]}
    return quiet_fit(private_choices().choices, "hierarchical", fit=store.shared_fit, **known)


@cache
def private_rows():
    """20,000 rows in six cells, at two levels."""
    made = experiment("normal", labelers=20_000, boundary=1.25, ndt=0.3, seed=6, anonymous=True)
    scheme = bd.privacy.rows((2.0, 4.0), boundary=1.25, ndt=0.3)
    level = np.where(np.arange(20_000) % 2, 4.0, 2.0)
    return bd.privacy.simulated(made, scheme, seed=7, level=level)


@cache
def private_rows_fit():
    """The normal population of `private_rows`."""
    return quiet_fit(private_rows())
