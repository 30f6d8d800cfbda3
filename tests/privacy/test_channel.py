"""The promise itself: likelihood ratios by enumeration at 200 bits, and what the sampler sends."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from mpmath import log, mp, mpf
from scipy.stats import chisquare

import bayes_ddm as bd
from bayes_ddm.errors import InputError
from bayes_ddm.privacy import Channel
from bayes_ddm.privacy.channel import seeded_bits

LEVELS = (0.01, 0.1, 0.5, 1.0, 2.0, 4.0, 8.0, 20.0)


def log_ratio(p, q):
    with mp.workprec(200):
        return log(mpf(Fraction(p, q).numerator) / Fraction(p, q).denominator)


@pytest.mark.parametrize("epsilon", LEVELS)
@pytest.mark.parametrize("answers", [2, 3, 6])
def test_no_answer_is_likelier_than_promised_and_nothing_is_given_away(answers, epsilon):
    channel = Channel(answers, epsilon)
    sent = [
        [channel.keep if u == x else channel.other for u in range(answers)] for x in range(answers)
    ]
    assert all(sum(row) == 2**64 for row in sent)
    worst = max(
        log_ratio(sent[x][u], sent[y][u]) for x, y, u in itertools.product(range(answers), repeat=3)
    )
    assert worst <= mpf(epsilon) < worst + mpf(1e-9)


def test_rows_of_a_labeler_add_up():
    channel, n = Channel(2, 1.0), 3
    chance = {True: channel.keep, False: channel.other}
    every = list(itertools.product((0, 1), repeat=n))

    def probability(sent, true):
        return int(np.prod([chance[a == b] for a, b in zip(sent, true, strict=True)], dtype=object))

    worst = max(
        log_ratio(probability(u, x), probability(u, y)) for u in every for x in every for y in every
    )
    assert worst <= 3 and float(worst) == pytest.approx(3, abs=1e-15)


@pytest.mark.parametrize(("epsilon", "time"), [(0.5, 2.0), (1.0, 4.0), (0.01, 20.0)])
def test_two_channels_promise_their_sum(epsilon, time):
    scheme = bd.privacy.rows(epsilon, boundary=1.25, ndt=0.3, time_epsilon=time)
    choice, speed = scheme.channels(0)
    # six cells: choice times speed, in the scheme's order
    sent = [
        [
            (choice.keep if x // 3 == u // 3 else choice.other)
            * (speed.keep if x % 3 == u % 3 else speed.other)
            for u in range(6)
        ]
        for x in range(6)
    ]
    worst = max(
        log_ratio(sent[x][u], sent[y][u]) for x, y, u in itertools.product(range(6), repeat=3)
    )
    total = mpf(epsilon) + mpf(time)
    assert worst <= total < worst + mpf(1e-9)
    assert np.allclose(scheme.matrix(0) * 2.0**128, np.array(sent, dtype=float), rtol=1e-14)


def test_every_draw_of_64_bits_sends_what_the_integers_say():
    channel = Channel(6, 1.0)
    edges = [channel.keep + k * channel.other for k in range(5)]
    draws = np.array([0, channel.keep - 1, *edges, 2**64 - 1], dtype=np.uint64)
    sent = channel.send(np.full(len(draws), 2), lambda n: draws)
    assert sent.tolist() == [2, 2, 0, 1, 3, 4, 5, 5]


def test_the_sampler_keeps_the_promised_frequencies():
    n = 1_000_000
    for channel, bits in ((Channel(2, 1.0), None), (Channel(6, 2.0), seeded_bits(1))):
        true = np.ones(n, dtype=np.int64)
        sent = channel.send(true) if bits is None else channel.send(true, bits)
        counts = np.bincount(sent, minlength=channel.answers)
        # secrets have no seed: one run in a million may fail
        assert chisquare(counts, n * channel.matrix[1]).pvalue > 1e-6


def test_secrets_differ_and_seeds_repeat():
    channel, true = Channel(2, 1.0), np.zeros(200, dtype=np.int64)
    assert (channel.send(true) != channel.send(true)).any()
    assert (channel.send(true, seeded_bits(3)) == channel.send(true, seeded_bits(3))).all()


@pytest.mark.parametrize(
    ("epsilon", "message"),
    [
        (0, "must be above 0; got 0"),
        (-1.0, "must be above 0"),
        (float("nan"), "must be above 0"),
        (21, "at most 20; got 21"),
        (True, "must be a number"),
        ("1", "must be a number"),
        (1e-19, "too small"),
    ],
)
def test_levels_that_are_none(epsilon, message):
    with pytest.raises(InputError, match=message):
        Channel(2, epsilon)
