import tracemalloc
from functools import cache

import numpy as np
import pandas as pd
import pytest

from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import (
    LINEAR,
    OnlineRatio,
    lognormal_race,
    ratio_estimate,
    saturating_drift,
    speed_accuracy,
)
from bayes_ddm.simulate import first_passage

RATIO = saturating_drift(1.0, 1.25)
NAMES = ("amount", "delay")
THETA = np.array([0.16, -0.0013])
WAYS = [(LINEAR, None), (LINEAR, False), (RATIO, None)]


def rows(n, seed, ratio=RATIO):
    """Choice, rt and features; preferences per dollar and per day."""
    rng = np.random.default_rng(seed)
    psi = rng.normal(size=(n, 2)) * [5.0, 300.0]
    choice, time = first_passage(1.25 * ratio.value(psi @ THETA), 1.25, rng)
    return choice, time + 0.3, psi


@cache
def stream():
    return rows(40_000, 1)


def fed(online, data, cuts):
    for part in np.split(np.arange(len(data[0])), cuts):
        online.update(*(column[part] for column in data))
    return online


def batch(data, ratio):
    frame = pd.DataFrame(data[2], columns=list(NAMES)).assign(choice=data[0], rt=data[1])
    return ratio_estimate(Choices.from_frame(frame, features=list(NAMES)), ratio, 0.3)


def same(a, b):
    assert a.rows == b.rows
    np.testing.assert_array_equal(a.estimate.values, b.estimate.values)
    np.testing.assert_array_equal(a.estimate.covariance, b.estimate.covariance)


def test_running_sums_are_the_speed_accuracy_ratio():
    data = stream()
    frame = pd.DataFrame(data[2], columns=list(NAMES)).assign(choice=data[0], rt=data[1])
    whole = speed_accuracy(Choices.from_frame(frame, features=list(NAMES)), 0.3)
    found = fed(OnlineRatio(NAMES, ndt=0.3), data, range(7000, 40_000, 7000)).estimate
    np.testing.assert_allclose(found.values, whole.values, rtol=1e-8)
    np.testing.assert_allclose(found.se, whole.se, rtol=0.01)
    assert found.parameters == NAMES and found.rows == 40_000
    np.testing.assert_allclose(found.interval(0.95), whole.interval(0.95), rtol=0.01, atol=1e-5)


@pytest.mark.parametrize(("ratio", "exact"), WAYS[1:])
def test_averaged_gradients_come_near_the_minimum(ratio, exact):
    data = rows(40_000, 2, ratio)
    whole = batch(data, ratio)
    found = fed(OnlineRatio(NAMES, ratio, ndt=0.3, exact=exact), data, [12_345]).estimate
    # they differ by a vanishing share of the standard error: about a third at this many rows
    assert (np.abs(found.values - whole.values) < whole.se).all()
    # of 40,000 rows the fourth moments are known to 2 %
    np.testing.assert_allclose(found.se, whole.se, rtol=0.1)


def test_a_short_stream_gives_the_minimum():
    data = tuple(column[:600] for column in stream())
    found = fed(OnlineRatio(NAMES, RATIO, ndt=0.3), data, [1, 200])
    whole = batch(data, RATIO)
    np.testing.assert_allclose(found.estimate.values, whole.values, rtol=1e-9)
    np.testing.assert_allclose(found.estimate.covariance, whole.covariance, rtol=1e-7)


def test_a_race_comes_near_too():
    rng = np.random.default_rng(3)
    psi = rng.normal(size=(20_000, 2)) * [5.0, 300.0]
    u = psi @ THETA
    plus = np.exp(-u / 2 + 0.5 * rng.normal(size=u.shape))
    minus = np.exp(u / 2 + 0.5 * rng.normal(size=u.shape))
    data = np.where(plus < minus, 1, -1), np.minimum(plus, minus), psi
    online = OnlineRatio(NAMES, lognormal_race(0.5), ndt=0.0)
    online.update(*data)
    assert (np.abs(online.estimate.values - THETA) < 4 * online.estimate.se).all()
    assert (online.estimate.se < np.abs(THETA) / 20).all()


def test_a_scalar_stream():
    rng = np.random.default_rng(4)
    choice, time = first_passage(np.full(5000, 0.5), 1.25, rng)
    for exact in (True, False):
        online = OnlineRatio(ndt=0.3, exact=exact)
        online.update(choice, time + 0.3)
        found = online.estimate
        assert found.parameters == ("mu",)
        assert abs(found.values[0] - 0.4) < 4 * found.se[0]
    # E[Z] / E[T] itself
    online = OnlineRatio(ndt=0.3)
    online.update(choice, time + 0.3)
    assert online.estimate.values[0] == pytest.approx(choice.mean() / time.mean(), rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("ratio", "exact"), WAYS[1:])
def test_squared_error_falls_as_one_over_rows(ratio, exact):
    few, many = [], []
    covered = 0
    for seed in range(100):
        data = rows(10_000, seed, ratio)
        online = OnlineRatio(NAMES, ratio, ndt=0.3, exact=exact)
        online.update(*(column[:2000] for column in data))
        few.append(online.estimate.values / THETA - 1)
        online.update(*(column[2000:] for column in data))
        many.append(online.estimate.values / THETA - 1)
        covered += int((np.abs(online.estimate.values - THETA) < 2 * online.estimate.se).sum())
    # 200 squares on either side: relative error of the ratio 1/7, three of those; 1/sqrt(rows)
    # would give 2.2
    assert np.mean(np.square(few)) / np.mean(np.square(many)) == pytest.approx(5, rel=3 / 7)
    # 200 intervals of 95.4 %: 191 with standard deviation 3; the estimate errs a little more
    assert covered >= 176


@pytest.mark.parametrize(("ratio", "exact"), WAYS)
def test_steps_are_free_of_the_features_units(ratio, exact):
    choice, rt, psi = (column[:5000] for column in stream())
    plain, scaled = (OnlineRatio(NAMES, ratio, ndt=0.3, exact=exact) for _ in range(2))
    plain.update(choice, rt, psi)
    unit = np.array([1e-5, 1e4])
    scaled.update(choice, rt, psi * unit)
    np.testing.assert_allclose(scaled.estimate.values * unit, plain.estimate.values, rtol=1e-9)
    np.testing.assert_allclose(scaled.estimate.se * unit, plain.estimate.se, rtol=1e-8)


def test_steps_are_free_of_the_unit_of_time():
    choice, rt, psi = (column[:5000] for column in stream())
    plain = OnlineRatio(NAMES, ndt=0.3, exact=False)
    slow = OnlineRatio(NAMES, ndt=300.0, exact=False)
    plain.update(choice, rt, psi)
    slow.update(choice, 1000 * rt, psi)
    np.testing.assert_allclose(slow.estimate.values * 1000, plain.estimate.values, rtol=1e-9)


@pytest.mark.parametrize(("ratio", "exact"), WAYS)
@pytest.mark.parametrize("cuts", [[1, 999, 1000, 1001, 2345], range(1, 3333), range(37, 3333, 37)])
def test_chunks_do_not_matter_to_the_last_bit(ratio, exact, cuts):
    data = tuple(column[:3333] for column in stream())
    options = {"ndt": 0.3, "exact": exact}
    whole = fed(OnlineRatio(NAMES, ratio, **options), data, [])
    same(fed(OnlineRatio(NAMES, ratio, **options), data, cuts), whole)


@pytest.mark.parametrize(("ratio", "exact"), WAYS)
@pytest.mark.parametrize("stop", [0, 1, 999, 1000, 1050, 3300])
def test_resuming_goes_on_to_the_last_bit(tmp_path, ratio, exact, stop):
    data = tuple(column[:3333] for column in stream())
    whole = fed(OnlineRatio(NAMES, ratio, ndt=0.3, exact=exact), data, [])
    first = OnlineRatio(NAMES, ratio, ndt=0.3, exact=exact)
    first.update(*(column[:stop] for column in data))
    first.save(tmp_path / "state.json")
    again = OnlineRatio.load(tmp_path / "state.json", ratio)
    assert (again.features, again.ndt, again.exact) == (NAMES, 0.3, first.exact)
    again.update(*(column[stop:] for column in data))
    same(again, whole)


def test_looking_at_the_estimate_changes_nothing():
    data = tuple(column[:2222] for column in stream())
    online = OnlineRatio(NAMES, RATIO, ndt=0.3)
    for k in range(0, 2222, 101):
        online.update(*(column[k : k + 101] for column in data))
        assert np.isfinite(online.estimate.values).all()
    same(online, fed(OnlineRatio(NAMES, RATIO, ndt=0.3), data, []))


def test_files_are_guarded(tmp_path):
    path = tmp_path / "state.json"
    online = fed(OnlineRatio(NAMES, RATIO, ndt=0.3), stream(), [])
    online.save(path)
    with pytest.raises(InputError, match="exists"):
        online.save(path)
    online.save(path, overwrite=True)
    assert path.stat().st_size < 20_000  # whatever the rows
    with pytest.raises(InputError, match=r"holds the ratio 'saturating drift.*not 'linear'"):
        OnlineRatio.load(path)
    with pytest.raises(InputError, match="cannot read"):
        OnlineRatio.load(tmp_path / "none.json")
    for text in ("{}", "[1]", "half a", '{"schema_version": 1, "ratio": "linear"}'):
        path.write_text(text)
        with pytest.raises(InputError, match="is not a state"):
            OnlineRatio.load(path)
    path.write_text('{"schema_version": 99}')
    with pytest.raises(InputError, match="schema version 99"):
        OnlineRatio.load(path)


def test_memory_does_not_grow_with_the_stream():
    choice, rt, psi = (column[:5000] for column in stream())

    def peak(chunks):
        online = OnlineRatio(NAMES, RATIO, ndt=0.3)
        tracemalloc.start()
        for _ in range(chunks):
            online.update(choice, rt, psi)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(2)
    assert peak(20) < 1.1 * peak(2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda z, t, x: (np.where(np.arange(50) == 7, 0, z), t, x), r"\+1 or -1 in row 7 .*1,207"),
        (
            lambda z, t, x: (z, np.where(np.arange(50) == 9, 0.2, t), x),
            "not above ndt 0.3 s in row 9",
        ),
        (lambda z, t, x: (z, np.where(np.arange(50) == 9, np.nan, t), x), "not above ndt"),
        (
            lambda z, t, x: (z, t, np.where(np.arange(50)[:, None] == 3, np.inf, x)),
            "feature is not",
        ),
        (lambda z, t, x: (z, t, x[:, :1]), r"must have shape \(50, 2\)"),
        (lambda z, t, x: (z, t[:-1], x), "one number per row"),
        (lambda z, t, x: (z, t), "this stream has 2 features"),
    ],
)
def test_a_refused_chunk_leaves_nothing_behind(change, said):
    data = tuple(column[:1200] for column in stream())
    online, untouched = (fed(OnlineRatio(NAMES, RATIO, ndt=0.3), data, []) for _ in range(2))
    with pytest.raises(InputError, match=said):
        online.update(*change(*(column[1200:1250] for column in stream())))
    same(online, untouched)


def test_settings_that_cannot_be():
    with pytest.raises(InputError, match="ndt must be"):
        OnlineRatio(ndt=-0.1)
    with pytest.raises(InputError, match="exact for the linear ratio only"):
        OnlineRatio(ratio=RATIO, ndt=0.0, exact=True)
    with pytest.raises(InputError, match="not one string"):
        OnlineRatio("amount", ndt=0.0)
    with pytest.raises(InputError, match="no rows yet"):
        OnlineRatio(ndt=0.0).estimate  # noqa: B018
    with pytest.raises(InputError, match="this stream has no features"):
        OnlineRatio(ndt=0.0).update([1], [0.5], [[1.0]])


def test_first_rows_that_say_nothing_are_an_error():
    choice, rt, psi = (column[:1500] for column in stream())
    online = OnlineRatio(NAMES, RATIO, ndt=0.3)
    with pytest.raises(InputError, match=r"first 1,000 rows give no estimate.*shuffle the stream"):
        online.update(choice, rt, psi * [1.0, 0.0])
    assert online.rows == 0
