from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import drift_mixture
from bayes_ddm.estimators.boundaries import mixture as mixtures
from bayes_ddm.estimators.boundaries.likelihood import Layout, scores_of, units_of
from bayes_ddm.simulate import experiment, population
from bayes_ddm.wiener import log_density

TWO = population("mixture", means=(1.2, -1.5), sds=0.2, weights=(0.7, 0.3))


def few(choices, features=None, labelers=3, ndt=0.3):
    rng = np.random.default_rng(5)
    psi = None if features is None else rng.normal(size=(labelers * choices, features))
    who = (lambda rng, n: rng.normal(size=(n, features))) if features else TWO
    return experiment(
        who, labelers=labelers, choices=choices, boundary=1.25, ndt=ndt, features=psi, seed=rng
    )


def some_point(layout):
    """Boundary 1.2, ndt 0.2, and components that overlap."""
    rng = np.random.default_rng(6)
    means = rng.normal(size=(layout.k, layout.d))
    point = layout.join(1.2, 0.2, means, np.array([0.5, 0.9])[: layout.k])
    point[2:] += 0.2 * rng.normal(size=len(point) - 2)
    return point


@pytest.mark.parametrize("choices", [1, 4])
def test_likelihood_is_the_integral_over_drifts(choices):
    data, layout = few(choices), Layout(2, 1)
    units, _ = units_of(data)
    point = some_point(layout)
    b, ndt, log_weights, means, roots = layout.split(point)

    def of_labeler(v, rows):
        normal = np.exp(-0.5 * ((v - means[:, 0]) / roots[:, 0, 0]) ** 2) / roots[:, 0, 0]
        prior = np.exp(log_weights) @ normal / np.sqrt(2 * np.pi)
        each = log_density(data.rt[rows], data.choice[rows], drift=v, boundary=b, ndt=ndt)
        return prior * np.exp(each.sum())

    exact = [
        np.log(quad(of_labeler, -12, 12, args=(data.unit == i,), epsabs=0, limit=200)[0])
        for i in range(3)
    ]
    np.testing.assert_allclose(scores_of(point, layout, units)[0], exact, rtol=1e-9)


@pytest.mark.parametrize("choices", [1, 3])
def test_likelihood_of_preference_vectors_against_a_grid(choices):
    data, layout = few(choices, features=2), Layout(2, 2)
    units, scale = units_of(data)
    point = some_point(layout)
    b, ndt, log_weights, means, roots = layout.split(point)
    # the rectangle rule converges exponentially for functions as smooth as these
    axis = np.linspace(-9, 9, 361)
    theta = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    prior = 0.0
    for weight, mean, root in zip(np.exp(log_weights), means, roots, strict=True):
        z = np.linalg.solve(root, (theta - mean).T)
        prior += weight * np.exp(-0.5 * (z**2).sum(0)) / (2 * np.pi * np.linalg.det(root))
    value = scores_of(point, layout, units)[0]
    for i in range(3):
        rows = data.unit == i
        drift = data.features[rows] / scale @ theta.T
        each = log_density(
            data.rt[rows][:, None], data.choice[rows][:, None], drift=drift, boundary=b, ndt=ndt
        )
        exact = np.log(prior @ np.exp(each.sum(0)) * (axis[1] - axis[0]) ** 2)
        assert value[i] == pytest.approx(exact, rel=1e-8)


@pytest.mark.parametrize(("choices", "features"), [(1, None), (4, None), (1, 2), (4, 3)])
def test_scores_are_derivatives(choices, features):
    data, layout = few(choices, features), Layout(2, features or 1)
    units, _ = units_of(data)
    point = some_point(layout)
    scores = scores_of(point, layout, units)[1]
    for j, step in enumerate(1e-6 * np.eye(len(point))):
        above, below = (scores_of(point + s * step, layout, units)[0] for s in (1, -1))
        np.testing.assert_allclose(scores[:, j], (above - below) / 2e-6, rtol=1e-5, atol=1e-7)


def test_two_groups_are_found():
    data = experiment(TWO, labelers=8000, choices=1, boundary=1.25, ndt=0.3, seed=3)
    made = drift_mixture(data)
    assert made.pinned and len(made.weights) == 2
    truth = [1.25, 0.3, TWO.mean]
    # 4.5 standard errors: one chance in 140,000 each
    assert (np.abs([made.boundary, made.ndt, *made.mean] - np.array(truth)) < 4.5 * made.se).all()
    assert made.se[0] < 0.06 and made.se[2] < 0.04
    np.testing.assert_allclose(made.weights, [0.3, 0.7], atol=0.05)


def test_preference_vectors_are_found():
    who = population("normal", mean=[0.6, -0.4], sd=[0.5, 0.3])
    psi = np.random.default_rng(1).normal(size=(6000, 2))
    data = experiment(who, labelers=600, choices=10, boundary=1.25, ndt=0.3, features=psi, seed=4)
    made = drift_mixture(data)
    assert (np.abs([*made.mean] - who.mean) < 4.5 * made.se[2:]).all()
    np.testing.assert_allclose(np.sqrt(np.diag(made.covariances[0])), [0.5, 0.3], atol=0.1)


def test_what_is_known_stays():
    data = experiment("normal", labelers=2000, choices=1, boundary=1.25, ndt=0.3, seed=5)
    made = drift_mixture(data, 0.3, 1, boundary=1.25)
    assert (made.boundary, made.ndt) == (pytest.approx(1.25, abs=1e-15), 0.3)
    assert (made.se[:2] == 0).all() and made.se[2] > 0


def test_units_of_features_do_not_matter():
    psi = np.random.default_rng(2).normal(size=(1500, 2))
    who = population("normal", mean=[0.6, -0.4], sd=[0.5, 0.3])
    data = experiment(who, labelers=1500, choices=1, boundary=1.25, features=psi, seed=6)
    made = drift_mixture(data, 0.0, 1)
    scaled = Choices.from_frame(
        data.to_frame().assign(feature_1=10 * psi[:, 0]), features=["feature_1", "feature_2"]
    )
    other = drift_mixture(scaled, 0.0, 1)
    assert other.boundary == pytest.approx(made.boundary, rel=1e-9)
    np.testing.assert_allclose(other.mean * [10, 1], made.mean, rtol=1e-7)


@pytest.mark.slow
def test_cells_lose_nothing(monkeypatch):
    data = experiment(TWO, labelers=12_000, choices=1, boundary=1.25, ndt=0.3, seed=7)
    monkeypatch.setattr(mixtures, "SETTINGS", replace(mixtures.SETTINGS, cells=3_000))
    gathered = drift_mixture(data, components=2)
    monkeypatch.setattr(mixtures, "SETTINGS", replace(mixtures.SETTINGS, cells=12_000))
    made = drift_mixture(data, components=2)
    close = 0.02 * made.se
    assert abs(gathered.boundary - made.boundary) < close[0]
    assert abs(gathered.mean[0] - made.mean[0]) < close[2]
    np.testing.assert_allclose(gathered.se, made.se, rtol=0.01)


def test_influence_is_what_one_more_labeler_does():
    data = experiment("normal", labelers=1500, choices=1, boundary=1.25, ndt=0.3, seed=8)
    made = drift_mixture(data, components=1)
    for i in (int(data.rt.argmin()), int(data.rt.argmax()), 7):
        count = data.count.copy()
        count[i] += 1
        frame = data.to_frame().assign(n=count)
        again = drift_mixture(Choices.from_frame(frame, count="n"), components=1)
        moved = [again.boundary - made.boundary, again.ndt - made.ndt, *(again.mean - made.mean)]
        # the climb ends within a hundredth of a standard error; influence is of first order
        np.testing.assert_allclose(moved, made.influence[i], rtol=0.15, atol=2e-3 * made.se.max())


@pytest.mark.slow
def test_a_response_faster_than_all_that_the_search_saw():
    # half of the units are searched with; one that is not is faster than their non-decision time
    frame = experiment(
        "normal", labelers=4000, choices=2, boundary=1.25, ndt=0.3, seed=1
    ).to_frame()
    start = drift_mixture(Choices.from_frame(frame, labeler="labeler"))
    for who in range(4):
        one = frame.copy()
        one.loc[one["labeler"] == who, "rt"] = [start.ndt - 0.002, 0.9]
        found = drift_mixture(Choices.from_frame(one, labeler="labeler"))
        assert found.pinned and found.ndt < start.ndt - 0.002


def test_designs_that_alternate_by_row_are_searched_whole(monkeypatch):
    monkeypatch.setattr(mixtures, "SETTINGS", replace(mixtures.SETTINGS, used=2000))
    rng = np.random.default_rng(1)
    psi = np.tile(np.eye(2), (2000, 1))
    who = population("normal", mean=[0.5, -0.3], sd=[0.8, 0.6])
    choices = experiment(
        who, labelers=4000, choices=1, boundary=1.25, ndt=0.3, features=psi, seed=rng
    )
    found = drift_mixture(choices, ndt=0.3)
    assert found.pinned
    # a component's standard error is about 0.05
    np.testing.assert_allclose(found.mean, [0.5, -0.3], atol=0.25)


def test_wrong_input_is_refused():
    data = experiment("normal", labelers=200, choices=1, boundary=1.25, ndt=0.3, seed=9)
    with pytest.raises(InputError, match="components must be at least 1"):
        drift_mixture(data, components=0)
    with pytest.raises(InputError, match="not below the smallest response time"):
        drift_mixture(data, 50.0)
    many = experiment(
        lambda rng, n: rng.normal(size=(n, 9)),
        labelers=60,
        boundary=1.0,
        seed=1,
        features=lambda rng, n: rng.normal(size=(n, 9)),
    )
    for components in (1, None):
        with pytest.raises(InputError, match="at most 8 features, and these are 9"):
            drift_mixture(many, components=components)
    with pytest.raises(InputError, match="boundary must be positive"):
        drift_mixture(data, boundary=-1.0)
    with pytest.raises(InputError, match=r"too few labelers \(3\)"):
        drift_mixture(few(1))
