"""Small data sets, and programs of the family on them, built on demand."""

import numpy as np
import pymc as pm

import bayes_ddm as bd
from bayes_ddm import by_labeler, models
from bayes_ddm.simulate import experiment, population


def with_features(d, *, anonymous=False, labelers=4, choices=3):
    names = ("amount", "delay", "risk")[:d]
    return experiment(
        population("normal", mean=np.array([0.8, -0.5, 0.3])[:d]),
        labelers=labelers,
        choices=1 if anonymous else choices,
        boundary=1.25,
        ndt=0.3,
        features=lambda rng, n: rng.normal(size=(n, d)) * np.array([1.0, 30.0, 0.01])[:d],
        feature_names=names,
        seed=5,
    )


def without_features(*, anonymous=False, labelers=4, choices=3):
    each = 1 if anonymous else choices
    return experiment("normal", labelers=labelers, choices=each, boundary=1.25, ndt=0.3, seed=5)


def grouped():
    """Anonymous choices on a clock of tenths of a second: rows with counts."""
    choices = without_features(anonymous=True, labelers=60)
    frame = choices.to_frame()
    made = bd.Choices.from_frame(frame.assign(rt=frame["rt"].round(1))).grouped()
    assert len(made) < 50
    return made


def program(name, choices, **options):
    return lambda: models.builder(name)(choices(), **options)


def single():
    return without_features(anonymous=True)


def single_features():
    return with_features(2, anonymous=True, labelers=9)


def two_features():
    return with_features(2)


OWN = {"boundary": by_labeler(), "ndt": by_labeler(), "start": by_labeler()}

PROGRAMS = {
    "pooled": program("pooled", without_features),
    "pooled, features": program("pooled", two_features),
    "hierarchical": program("hierarchical", without_features),
    "hierarchical, counts": program("hierarchical", grouped),
    "contextual, 1": program("contextual", lambda: with_features(1)),
    "contextual, 2": program("contextual", two_features),
    "contextual, 3": program("contextual", lambda: with_features(3)),
    "contextual, anonymous": program("contextual", single_features),
    "mixture, three types, features": program("mixture", two_features, types=3),
    "mixture, counts": program("mixture", grouped),
    "student, features": program("student", two_features),
    "student, anonymous, lapses": program("student", single_features, lapse=0.1),
    "labeler_boundary, features": program("labeler_boundary", two_features),
    "labeler_boundary, many choices": program(
        "labeler_boundary", lambda: without_features(labelers=2, choices=50)
    ),
    "contaminated, many choices, features": program(
        "contaminated", lambda: with_features(2, labelers=2, choices=40), start=0.4
    ),
    "contaminated, counts": program("contaminated", grouped),
    "start_bias, by labeler, many choices": program(
        "start_bias", lambda: without_features(labelers=2, choices=50), start=by_labeler()
    ),
    "start_bias, anonymous, lapses": program("start_bias", single, lapse=0.1),
    "choice_only": program("choice_only", without_features),
    "choice_only, anonymous, features": program("choice_only", single_features, boundary=1.25),
    "anonymous_boundary, counts": program("anonymous_boundary", grouped),
    "anonymous_boundary, features, start, lapses": program(
        "anonymous_boundary", single_features, start=0.6, lapse=0.1
    ),
    # combinations
    "mixture, everything by labeler, lapses": program(
        "mixture", two_features, lapse=pm.Beta.dist(1, 20), **OWN
    ),
    "mixture, anonymous, everything": program(
        "mixture", single, boundary=by_labeler(), start=0.6, lapse=0.1
    ),
}
