"""Real data: held-out errors, missed response times, discount factors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.estimators import (
    lognormal_race,
    ratio_estimate,
)
from benchmarks.accuracy.cross_validation import choices_of
from benchmarks.papers.heterogeneous.tables import progressing
from benchmarks.support import per_labeler
from benchmarks.support.intertemporal import load, rows_of
from benchmarks.support.per_labeler import Rows, logit_weights

Lines = list[dict[str, Any]]
Spread = tuple[float, float] | None
TRAIN = 100
PUBLISHED = {"choice only": 0.0754, "choice and time": 0.0627, "log-normal race": 0.1215}
PUBLISHED_MISS = 0.051
PENALTIES = (1e-6, 0.003, 0.03, 0.3)
NDT_SHARES = (0.0, 0.5, 0.9)
RANDOM_SPLITS = 20


def parts(attributes: str, keep: NDArray[np.bool_] | None = None) -> tuple[Rows, Rows]:
    """Training and test rows; the published split if no other is given."""
    frame = load()
    early = (frame["trial"] < TRAIN).to_numpy() if keep is None else keep
    return rows_of(frame[early], attributes), rows_of(frame[~early], attributes)


def errors(theta: FloatArray, test: Rows) -> FloatArray:
    """Share of each labeler's test choices that go against the sign of the utility difference."""
    utility = (test.psi * theta[test.who]).sum(axis=1)
    wrong = (utility > 0) != (test.choice > 0)
    return test.total(wrong.astype(float)) / test.total(np.ones(len(wrong)))


def each(train: Rows, own: Callable[[Choices], FloatArray]) -> FloatArray:
    """Preferences of every labeler by an estimator of one, shape (labelers, d)."""
    made = []
    for i in range(train.labelers):
        mine = choices_of(train.take(train.who == i))
        made.append(own(replace(mine, labeler=None, labelers=None)))
    return np.array(made)


def with_time(train: Rows, share: float = 0.0) -> FloatArray:
    """Ratio of every labeler, ndt that share of the fastest response."""
    return each(train, lambda c: ratio_estimate(c, ndt=share * c.rt.min()).values)


def choice_only(train: Rows, penalty: float) -> FloatArray:
    """Logistic regression of every labeler."""
    scale = np.sqrt((train.psi**2).mean(axis=0))
    return logit_weights(train.scaled(scale), penalty) / scale


def race(train: Rows, numbers: Spread = None) -> FloatArray:
    """Quadratic loss of the race; spread and median as given, or those of the labeler's times."""

    def own(choices: Choices) -> FloatArray:
        spread, median = numbers or (np.log(choices.rt).std(), np.median(choices.rt))
        return ratio_estimate(choices, lognormal_race(float(spread), float(median)), 0.0).values

    return each(train, own)


def race_likelihood(train: Rows, later: FloatArray, now: FloatArray) -> FloatArray:
    """Maximum likelihood of the race of every labeler, log medians ``level - x.theta``.

    ``later`` and ``now``, shape (rows, d), are what the two accumulators see.
    """
    from scipy.optimize import minimize
    from scipy.special import log_ndtr

    scale = np.sqrt((train.psi**2).mean(axis=0))
    made = []
    for i in range(train.labelers):
        mine = train.who == i
        log_rt, positive = np.log(train.rt[mine]), train.choice[mine, None] > 0
        winner = np.where(positive, later[mine], now[mine]) / scale
        loser = np.where(positive, now[mine], later[mine]) / scale

        def misfit(
            p: FloatArray,
            log_rt: FloatArray = log_rt,
            winner: FloatArray = winner,
            loser: FloatArray = loser,
        ) -> float:
            ahead = (log_rt - p[0] + winner @ p[2:]) / np.exp(p[1])
            behind = (log_rt - p[0] + loser @ p[2:]) / np.exp(p[1])
            return float((0.5 * ahead**2 + p[1] - log_ndtr(-behind)).sum())

        start = np.concatenate([[log_rt.mean() + 0.3, np.log(0.5)], np.zeros(train.psi.shape[1])])
        made.append(minimize(misfit, start, method="BFGS").x[2:] / scale)
    return np.array(made)


def averaged_gradients(
    psi: FloatArray, choice: FloatArray, decision_time: FloatArray, at: NDArray[np.int64]
) -> FloatArray:
    """One pass of the loss's averaged gradients with constant steps, for several series at once.

    Parameters
    ----------
    psi : ndarray, shape (series, rows, d)
    choice, decision_time : ndarray, shape (series, rows)
    at : ndarray of int
        Row numbers after which to look at the averages.

    Returns
    -------
    ndarray, shape (len(at), series, d)
    """
    step = 0.5 / (decision_time * (psi**2).sum(axis=2)).mean(axis=1)
    theta = np.zeros((len(psi), psi.shape[2]))
    average, seen = np.zeros_like(theta), {}
    for n in range(psi.shape[1]):
        x = psi[:, n]
        left = decision_time[:, n] * (x * theta).sum(axis=1) - choice[:, n]
        theta = theta - (step * left)[:, None] * x
        average += (theta - average) / (n + 1)
        if n + 1 in at:
            seen[n + 1] = average.copy()
    return np.array([seen[n] for n in at])


def one_pass(train: Rows, scale: FloatArray) -> FloatArray:
    """Averaged gradients over every labeler's rows in order, attributes divided by ``scale``."""
    shape = (train.labelers, TRAIN)
    rt, choice, psi = np.zeros(shape), np.zeros(shape), np.zeros((*shape, train.psi.shape[1]))
    for i in range(train.labelers):
        mine = train.who == i
        # rows without a response are at the end, and make no step
        held = np.s_[i, : mine.sum()]
        rt[held], choice[held], psi[held] = train.rt[mine], train.choice[mine], train.psi[mine]
    return averaged_gradients(psi / scale, choice, rt, np.array([TRAIN]))[0] / scale


def held_out() -> Lines:
    """Choice error of every method and setting on the published split, and on random ones."""
    lines: Lines = []
    train, test = parts("raw")

    def add(method: str, setting: str, found: FloatArray, published: bool = True) -> None:
        lines.append(
            {
                "part": "held-out choice error",
                "method": method,
                "setting": setting,
                "published": PUBLISHED[method] if published else np.nan,
                "measured": found.mean(),
                "se": found.std(ddof=1) / np.sqrt(len(found)),
            }
        )

    plain: dict[str, FloatArray] = {}
    for penalty in PENALTIES:
        found = errors(choice_only(train, penalty), test)
        plain.setdefault("choice only", found)
        add("choice only", f"penalty {penalty:g}", found)
    for share in NDT_SHARES:
        found = errors(with_time(train, share), test)
        plain.setdefault("choice and time", found)
        add("choice and time", f"minimiser, ndt {share:g} of the fastest", found)
    for name in ("log delay", "root delay", "log both", "raw, later"):
        mine, other = parts(name)
        add("choice and time", f"minimiser, attributes {name}", errors(with_time(mine), other))
    units = {
        "dollars and days": np.ones(2),
        "$10 and years": np.array([10.0, 365.0]),
        "of unit size": np.sqrt((train.psi**2).mean(axis=0)),
    }
    for name, scale in units.items():
        found = errors(one_pass(train, scale), test)
        add("choice and time", f"averaged gradients, {name}", found)
    plain["log-normal race"] = errors(race(train), test)
    add("log-normal race", "loss, own spread and median", plain["log-normal race"])
    for spread, median in ((0.1, 1.0), (0.5, 1.0), (1.0, 1.0), (2.0, 5.0)):
        name = f"loss, spread {spread:g}, median {median:g} s"
        add("log-normal race", name, errors(race(train, (spread, median)), test))
    half = train.psi / 2
    found = errors(race_likelihood(train, half, -half), test)
    add("log-normal race", "likelihood, difference of attributes", found)
    amount, delay = 10 - train.psi[:, 0], train.psi[:, 1]
    later = np.stack([np.full(len(delay), 10.0), delay], axis=1)
    now = np.stack([amount, np.zeros(len(delay))], axis=1)
    found = errors(race_likelihood(train, later, now), test)
    add("log-normal race", "likelihood, own attributes", found)

    frame, rng = load(), np.random.default_rng(1)
    shuffled: dict[str, list[FloatArray]] = {"choice only": [], "choice and time": []}
    for _ in progressing(range(RANDOM_SPLITS), "random splits"):
        order = frame.assign(at=rng.random(len(frame))).groupby("labeler")["at"].rank()
        mine, other = parts("raw", (order <= TRAIN).to_numpy())
        shuffled["choice only"].append(errors(choice_only(mine, 0.03), other))
        shuffled["choice and time"].append(errors(with_time(mine), other))
    averages = {method: np.mean(splits, axis=0) for method, splits in shuffled.items()}
    for method, found in averages.items():
        add(method, f"random rows to train, {RANDOM_SPLITS} times", found, published=False)
    for setting, own in (("first 100 trials", plain), ("random rows", averages)):
        for method in own:
            if method == "choice and time":
                continue
            less = own["choice and time"] - own[method]
            gap = PUBLISHED["choice and time"] - PUBLISHED[method]
            lines.append(
                {
                    "part": "error of choice and time less that of",
                    "method": method,
                    "setting": f"{setting} to train",
                    "published": gap if own is plain else np.nan,
                    "measured": less.mean(),
                    "se": less.std(ddof=1) / np.sqrt(len(less)),
                }
            )
    return lines


def missed() -> Lines:
    """Share of test response times outside mean +- 1 sd of the labeler's diffusion."""
    lines: Lines = []
    train, test = parts("raw")
    fastest = per_labeler._smallest(train)
    for share in NDT_SHARES:
        ndt, g = share * fastest, with_time(train, share)
        mean_time = train.total(train.rt) / train.total(np.ones(len(train.rt))) - ndt
        boundaries = {
            "at the drifts found": per_labeler._matched_boundary(train, g, ndt),
            "at drift 0": np.sqrt(mean_time),
        }
        for name, b in boundaries.items():
            drift = (test.psi * (b[:, None] * g)[test.who]).sum(axis=1)
            mean = wiener.decision_time_mean(drift, b[test.who])
            sd = np.sqrt(wiener.decision_time_variance(drift, b[test.who]))
            out = np.abs(test.rt - ndt[test.who] - mean) > sd
            by_labeler = test.total(out.astype(float)) / test.total(np.ones(len(out)))
            lines.append(
                {
                    "part": "rt outside mean +- 1 sd",
                    "method": "choice and time",
                    "setting": f"boundary {name}, ndt {share:g} of the fastest",
                    "published": PUBLISHED_MISS,
                    "measured": by_labeler.mean(),
                    "se": by_labeler.std(ddof=1) / np.sqrt(len(by_labeler)),
                }
            )
    return lines


def discounts() -> tuple[Lines, FloatArray]:
    """Share of labelers whose discount factor is larger with time.

    Beside it the factors of the first setting, without and with time, shape (2, labelers).
    """
    lines: Lines = []
    shown: list[FloatArray] = []
    for name, log_amount in (("dollars", False), ("log dollars", True)):
        train, _ = parts("raw")
        if log_amount:
            amount = np.log(10 / (10 - train.psi[:, 0]))
            train = replace(train, psi=np.column_stack([amount, train.psi[:, 1]]))
        for share in NDT_SHARES:
            with_it = factor(with_time(train, share))
            for penalty in PENALTIES:
                without = factor(choice_only(train, penalty))
                larger = with_it > without
                shown = shown or [without, with_it]
                lines.append(
                    {
                        "part": "discount factor larger with time",
                        "method": "choice and time",
                        "setting": f"{name}, ndt {share:g}, penalty {penalty:g}",
                        "published": 0.9,
                        "measured": larger.mean(),
                        "se": larger.std(ddof=1) / np.sqrt(len(larger)),
                    }
                )
    return lines, np.array(shown)


def factor(theta: FloatArray) -> FloatArray:
    """What a day's delay multiplies the value by."""
    return np.exp(theta[:, 1] / theta[:, 0])
