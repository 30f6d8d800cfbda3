"""Average preference over an embedding, against the same features as columns."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import bayes_ddm as bd
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.embedded import embedded
from bayes_ddm.simulate import experiment
from tests.data.test_embeddings import lists

D = 4
THETA = np.array([0.8, -0.4, 0.3, 0.0])


@pytest.fixture(scope="module")
def choices():
    return experiment(
        lambda rng, n: rng.normal(THETA, 0.5, (n, D)),
        features=lambda rng, n: rng.normal(size=(n, D)),
        labelers=4000,
        boundary=1.25,
        ndt=0.3,
        anonymous=True,
        seed=3,
    )


@pytest.fixture
def log(choices, tmp_path):
    path = tmp_path / "log.parquet"
    table = {"choice": choices.choice, "rt": choices.rt, "e": lists(choices.features)}
    table |= {"twice": lists(np.repeat(choices.features[:, :2], 2, axis=1))}
    pq.write_table(pa.table(table), path)
    return path


@pytest.mark.parametrize("known", [{"boundary": 1.25, "ndt": 0.3}, {}])
def test_it_is_the_estimate_with_columns(choices, log, known):
    found = embedded(log, "e", **known)
    name = "consistent_known_boundary" if known else "semiparametric"
    (same,) = [e for e in bd.estimate(choices, **known).estimates if e.estimator == name]
    # a boundary that is learned is climbed to by two ways, which end within 1e-6 of the likelihood
    near, of_errors = (1e-9, 1e-9) if known else (1e-5, 1e-2)
    np.testing.assert_allclose(found.theta, same.values[:D], rtol=near)
    np.testing.assert_allclose(found.se, same.se[:D], rtol=of_errors)
    drift, se = found.drift(np.eye(D)[:2])
    np.testing.assert_allclose([drift, se], [found.theta[:2], found.se[:2]])


def test_directions_that_nothing_tells_stay_at_0(log):
    found = embedded(log, "twice", boundary=1.25, ndt=0.3)
    assert found.rank == 2 and "2 of 4 directions are told by no choice" in repr(found)
    # the two copies share what one alone would have
    np.testing.assert_allclose(found.theta[::2], found.theta[1::2], rtol=1e-9)


def test_a_ridge_shrinks(log):
    plain, shrunk = (embedded(log, "e", boundary=1.25, ndt=0.3, ridge=r) for r in (0.0, 4000.0))
    # features are independent with rms 1, to a few hundredths
    np.testing.assert_allclose(shrunk.theta[:3], plain.theta[:3] / 2, rtol=0.1)
    assert (shrunk.se < plain.se).all() and "shrunk towards 0" in repr(shrunk)


def test_what_does_not_go_with_lists_is_refused(log):
    for given in ({"labeler": "choice"}, {"deadline": 2.0}, {"omissions": "absent"}):
        with pytest.raises(InputError, match=f"{next(iter(given))}= does not go with an embedding"):
            embedded(log, "e", **given)


def test_labels_of_choices_with_lists(log, tmp_path):
    out = tmp_path / "labeled.parquet"
    done = bd.label_file(log, out, boundary=1.25, ndt=0.3, features=["e"])
    assert done.labeled == 4000 and any("whatever their embeddings" in note for note in done.notes)
    assert pq.read_schema(out).field("e").type == pq.read_schema(log).field("e").type
