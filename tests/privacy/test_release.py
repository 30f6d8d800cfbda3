"""A release: what a labeler can change, what is published, and the average that it tells."""

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import conditional_boundary
from bayes_ddm.privacy import read_release, simulate_release
from bayes_ddm.privacy.release import TIMES, _release, _units
from bayes_ddm.privacy.released import UNITS, Released, bin_weight
from bayes_ddm.simulate import experiment
from tests.support.tables import refusal

PUBLIC = {"boundary": 1.25, "ndt": 0.3}
EDGES = np.array(TIMES) * 1.25**2


@pytest.fixture(scope="module")
def uneven():
    """200 labelers, one to six choices each."""
    choices = experiment("normal", labelers=200, choices=6, **PUBLIC, seed=4)
    nth = np.arange(len(choices)) % 6
    return choices._part(np.flatnonzero(nth <= np.arange(200).repeat(6) % 6))[0]


@pytest.fixture(scope="module")
def released(uneven):
    return simulate_release(uneven, epsilon=1.0, **PUBLIC, seed=1)


def test_every_labeler_has_the_same_number_of_units(uneven):
    for i in range(5):
        assert (
            _units(uneven._part(np.flatnonzero(uneven.labeler == i))[0], EDGES, 0.3).sum() == UNITS
        )
    assert _units(uneven, EDGES, 0.3).sum() == 200 * UNITS


def test_other_answers_of_a_labeler_move_the_counts_by_at_most_two_units(uneven):
    rng = np.random.default_rng(2)
    before = _units(uneven, EDGES, 0.3)
    for i in (0, 3, 5):
        rows = uneven.labeler == i
        for _ in range(20):
            choice, rt = uneven.choice.copy(), uneven.rt.copy()
            choice[rows] = rng.choice([-1, 1], rows.sum())
            rt[rows] = rng.uniform(0.01, 5.0, rows.sum())
            after = _units(replace(uneven, choice=choice, rt=rt), EDGES, 0.3)
            assert np.abs(after - before).sum() <= 2 * UNITS
        # all in one cell, and then all in another, is as far as it goes
        first, second = (
            _units(
                replace(
                    uneven,
                    choice=np.where(rows, z, uneven.choice).astype(np.int8),
                    rt=np.where(rows, 0.31, uneven.rt),
                ),
                EDGES,
                0.3,
            )
            for z in (1, -1)
        )
        assert np.abs(first - second).sum() == 2 * UNITS


def test_counts_are_labelers_shares_and_noise_of_the_right_scale(uneven):
    scales = []

    def noise(scale, size):
        scales.append(scale)
        return np.arange(size)

    release = _release(uneven, 0.7, **PUBLIC, most_drift=3.0, noise=noise)
    assert scales == [Fraction(2 * UNITS) / Fraction(0.7)]
    n = np.bincount(uneven.labeler)
    by_hand = np.zeros((2, 8))
    for z, t, i in zip(uneven.choice, uneven.rt - 0.3, uneven.labeler, strict=True):
        by_hand[0 if z > 0 else 1, (t >= EDGES).sum()] += 1 / n[i]
    counts = release.counts - np.arange(16).reshape(2, 8)
    # a labeler's share is a whole number of units, down or up
    assert np.abs(counts / UNITS - by_hand).max() < 200 / UNITS
    assert release.mean_inverse == pytest.approx((1 / n).mean())


def exact(drifts, labelers=10**6, epsilon=20.0, inverse=1.0):
    """A release of so many labelers, with no noise in it, by integrating the density."""
    x, w = np.polynomial.legendre.leggauss(60)
    edges = np.concatenate([[1e-9], EDGES, [40.0]])
    cells = np.zeros((2, 8))
    for v in drifts:
        for k in range(8):
            a, b = np.log(edges[k]), np.log(edges[k + 1])
            t = np.exp((a + b) / 2 + (b - a) / 2 * x)
            for row, z in enumerate((1, -1)):
                density = np.exp(wiener.log_density(t, z, drift=v, boundary=1.25))
                cells[row, k] += (b - a) / 2 * (w * t) @ density / len(drifts)
    return Released(
        counts=np.rint(cells * labelers * UNITS).astype(np.int64),
        edges=EDGES,
        epsilon=epsilon,
        boundary=1.25,
        ndt=0.3,
        labelers=labelers,
        n_choices=labelers,
        mean_inverse=inverse,
        anonymous=True,
    )


@pytest.mark.parametrize("v", [0.0, 0.4, -1.3, 2.9])
def test_the_average_is_off_by_no_more_than_the_largest_bias(v):
    release = exact([v])
    (estimate,) = release.closed_form().estimates
    # quadrature and units are good to 1e-6
    assert abs(estimate.values[0] - v) <= estimate.largest_bias[0] + 1e-5
    assert 0 < estimate.largest_bias[0] < 0.01


def test_skewed_people_are_reached():
    # equal parts of an exponential of mean 1.2, less 0.5: a twentieth of it is beyond 3
    drifts = -1.2 * np.log1p(-(np.arange(40) + 0.5) / 40) - 0.5
    release = exact(drifts, labelers=10_000, epsilon=1.0)
    (near,), (usual,) = (release.closed_form(most_drift=m).estimates for m in (3.0, None))
    off = [abs(estimate.values[0] - drifts.mean()) for estimate in (near, usual)]
    # a bias of a quarter of a standard error takes a 95 % interval to 94.3 %
    assert off[1] < min(usual.se[0] / 4, off[0] / 2)
    assert np.ptp(usual.interval()) < 1.1 * np.ptp(near.interval())


def test_standard_errors_count_answers_labelers_and_noise():
    drifts = 0.5 + np.array([-1.2, -0.4, 0.4, 1.2])
    for inverse in (1.0, 0.1):
        release = exact(drifts, labelers=1000, epsilon=1.0, inverse=inverse)
        weight = bin_weight(release)
        (estimate,) = release.closed_form().estimates
        values = np.concatenate([weight.values, -weight.values])
        single = release.shares.ravel() @ values**2 - estimate.values[0] ** 2
        # drifts themselves vary by 0.8, to the accuracy of the weights of squares
        sampled = (inverse * single + (1 - inverse) * 0.8) / 1000
        noise = 2 * 2**2 / 1000**2 * values @ values
        assert estimate.se[0] ** 2 == pytest.approx(sampled + noise, rel=0.02)


def test_estimate_takes_it_and_says_what_was_promised(released):
    table = bd.estimate(released)
    assert table.to_dict()["privacy"] is None and "nothing is promised" in repr(table)
    real = replace(released, simulated=False)
    assert bd.estimate(real).to_dict()["privacy"]["epsilon_labeler"] == 1.0
    assert "epsilon 1 per labeler" in repr(bd.estimate(real)) and "adds its epsilon" in repr(real)
    assert "anonymous" in repr(replace(real, anonymous=True))
    wider = bd.estimate(released, prob=0.99).estimates[0].interval(0.99)
    assert np.ptp(wider) > np.ptp(table.estimates[0].interval())


def test_a_file_holds_all_of_it_and_shows_when_it_was_changed(released, tmp_path):
    path = released.save(tmp_path / "a.json")
    again = read_release(path)
    assert (again.counts == released.counts).all() and again.simulated
    assert again.closed_form().to_dict() == released.closed_form().to_dict()
    assert "exists" in refusal(released.save, path)
    document = json.loads(path.read_text())
    for change, message in (
        ({"epsilon": 0.1}, "checksum is wrong"),
        ({"format": 2}, "reads format 1"),
        ({"kind": "question"}, "is no release"),
    ):
        path.write_text(json.dumps(document | change))
        assert message in refusal(read_release, path)
    path.write_text("{")
    assert "is no release" in refusal(read_release, path)
    assert "no file" in refusal(read_release, tmp_path / "b.json")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": 0}, "epsilon must be above 0"),
        ({"epsilon": -1.0}, "epsilon must be above 0"),
        ({"epsilon": 21}, "at most 20"),
        ({"epsilon": "1"}, "must be a number"),
        ({"boundary": 0.0}, "boundary must be positive"),
        ({"boundary": "instruction"}, "must be a number here"),
        ({"ndt": -0.1}, "ndt must be at least 0"),
        ({"ndt": 2.0}, "faster than ndt"),
    ],
)
def test_what_cannot_be_released_is_refused_in_a_line(uneven, options, message):
    settings = {"epsilon": 1.0, **PUBLIC}
    assert message in refusal(bd.release, uneven, **settings | options)


def test_a_boundary_of_the_same_rows_is_refused(uneven):
    learned = conditional_boundary(uneven)
    for boundary in (learned, learned.boundary):
        message = refusal(bd.release, uneven, epsilon=1.0, boundary=boundary, ndt=0.3)
        assert "learned from the same rows" in message
    # as a person writes it, it may be a pilot's
    bd.release(uneven, epsilon=1.0, boundary=float(f"{learned.boundary:.3g}"), ndt=0.3)


def test_what_holds_no_rows_is_not_released(uneven, released):
    assert "is a release already" in refusal(bd.release, released, epsilon=1.0, **PUBLIC)
    few = bd.condense(experiment("normal", labelers=3000, **PUBLIC, seed=1))
    assert "condensed" in refusal(bd.release, few, epsilon=1.0, **PUBLIC)
    late = replace(uneven, deadline=np.full(len(uneven), 9.0))
    assert "deadline" in refusal(bd.release, late, epsilon=1.0, **PUBLIC)


@pytest.mark.parametrize("options", [{"boundary": 1.0}, {"bootstrap": 10}, {"between": "a"}])
def test_estimate_refuses_what_only_rows_can_heed(released, options):
    with pytest.raises(InputError, match="holds no rows"):
        bd.estimate(released, **options)
