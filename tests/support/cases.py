"""Tables with one fault each, and what is behind it known: smaller versions of real mishaps."""

from functools import cache

import numpy as np
import pandas as pd

from bayes_ddm.data.choices import Choices
from bayes_ddm.simulate import first_passage

MARKS = np.array([-3.0, -2, -1, 1, 2, 3])


def _table(hit, time, who, **columns):
    frame = pd.DataFrame({"choice": hit, "rt": time, "who": who} | columns)
    return Choices.from_frame(frame, labeler="who", features=list(columns))


@cache
def own_boundaries(labelers, seed, spread=0.3, choices=40):
    """The usual lab sample, each with a boundary and an ndt of their own."""
    rng = np.random.default_rng(seed)
    own = 1.1 * np.exp(spread * rng.standard_normal(labelers))
    wait = 0.5 * np.exp(spread * rng.standard_normal(labelers))
    slope = rng.normal(0.5, 0.3, labelers)
    x = rng.choice(MARKS, labelers * choices)
    who = np.repeat(np.arange(labelers), choices)
    hit, time = first_passage(slope[who] * x, own[who], rng)
    return _table(hit, time + wait[who], who, x=x)


@cache
def stimulus_of_0_and_1():
    """A column that says which stimulus was shown, where a difference belongs."""
    rng = np.random.default_rng(2)
    who, stim = np.repeat(np.arange(30), 40), np.tile([0.0, 1.0], 600)
    drift = np.where(stim == 1, 1, -1) * rng.normal(2.0, 0.4, 30)[who]
    hit, time = first_passage(drift, np.full(1200, 0.7), rng)
    return _table(hit, time + 0.25, who, stim=stim)


@cache
def accidental_press(at=0.008):
    """All share everything, and one press comes before anybody can have seen."""
    # (with one seed in a hundred a test of 1 % finds something in the table without it)
    rng = np.random.default_rng(12)
    who, x = np.repeat(np.arange(40), 30), rng.choice(MARKS, 1200)
    hit, time = first_passage(rng.normal(0.4, 0.15, 40)[who] * x, np.full(1200, 1.2), rng)
    time = time + 0.6
    time[1134] = at
    return _table(hit, time, who, x=x)


@cache
def own_boundaries_and_a_start():
    """A large fault, labelers' own boundaries, and a small one, a start just off the middle."""
    rng = np.random.default_rng(3)
    who = np.repeat(np.arange(300), 30)
    own = 0.7 * np.exp(0.2 * rng.standard_normal(300))
    wait = 0.4 * np.exp(0.3 * rng.standard_normal(300))
    hit, time = first_passage(rng.normal(-0.2, 0.8, 300)[who], own[who], rng, start=0.53)
    return _table(hit, time + wait[who], who)


@cache
def sentinel():
    """Answers that were withheld, and coded as 999 s."""
    rng = np.random.default_rng(1)
    who = np.repeat(np.arange(30), 20)
    hit, time = first_passage(rng.normal(0.6, 0.5, 30)[who], np.full(600, 1.1), rng)
    gone = rng.random(600) < 0.08
    return _table(np.where(gone, -1, hit), np.where(gone, 999.0, time + 0.3), who)
