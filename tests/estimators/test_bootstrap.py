import numpy as np
import pandas as pd
import pytest

from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import bootstrap
from bayes_ddm.estimators.bootstrap import resample
from bayes_ddm.simulate import experiment


def test_a_labeler_drawn_twice_becomes_two():
    frame = pd.DataFrame(
        {
            "choice": [1, -1, 1, 1, -1, 1],
            "rt": [0.1, 0.21, 0.22, 0.31, 0.32, 0.33],
            "id": ["a", "b", "b", "c", "c", "c"],
            "n": [1, 2, 1, 1, 1, 1],
        }
    )
    choices = Choices.from_frame(frame.sample(frac=1, random_state=1), labeler="id", count="n")
    originals = [
        tuple(sorted(zip(g["rt"], g["choice"], g["n"], strict=True)))
        for _, g in frame.groupby("id")
    ]
    seen = set()
    rng = np.random.default_rng(2)
    for _ in range(30):
        drawn = resample(choices, rng)
        assert drawn.n_labelers == 3 and drawn.row is None
        for i in range(3):
            mine = drawn.labeler == i
            columns = drawn.rt[mine], drawn.choice[mine], drawn.count[mine]
            group = tuple(sorted(zip(*columns, strict=True)))
            assert group in originals
            seen.add(originals.index(group))
    assert seen == {0, 1, 2}


def test_anonymous_rows_are_drawn_by_their_counts():
    frame = pd.DataFrame({"choice": [1, -1, 1], "rt": [0.5, 0.6, 0.7], "n": [10, 0, 90]})
    choices = Choices.from_frame(frame, count="n")
    rng = np.random.default_rng(3)
    first = []
    for _ in range(400):
        drawn = resample(choices, rng)
        assert drawn.n_choices == 100 and (drawn.count > 0).all()
        first.append(drawn.count[drawn.rt == 0.5].sum())
    # binomial(100, 0.1): mean 10, standard deviation 3; four standard errors of each
    assert abs(np.mean(first) - 10) < 4 * 3 / 20
    assert abs(np.std(first) - 3) < 4 * 3 / np.sqrt(800)


@pytest.mark.parametrize("anonymous", [True, False])
def test_spread_of_a_mean_is_its_standard_error(anonymous):
    choices = experiment("normal", labelers=500, boundary=1.25, seed=4, anonymous=anonymous)

    def mean(c):
        return np.average(c.rt, weights=c.count)

    drawn = bootstrap(choices, mean, 400, seed=5)
    # 400 replicates: relative error 1 / sqrt(800), four of those
    assert drawn.std() == pytest.approx(choices.rt.std() / np.sqrt(500), rel=0.15)


def test_a_seed_gives_the_same_replicates(repeated):
    def shares(c):
        return [(c.choice > 0).mean(), c.rt.mean()]

    first = bootstrap(repeated, shares, 3, seed=6)
    assert first.shape == (3, 2)
    np.testing.assert_array_equal(first, bootstrap(repeated, shares, 3, seed=6))
    assert (first != bootstrap(repeated, shares, 3, seed=7)).all()


def test_one_replication_is_not_enough(repeated):
    with pytest.raises(InputError, match="at least 2 replications; got 1"):
        bootstrap(repeated, len, 1)
