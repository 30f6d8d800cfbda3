"""Experiments of arXiv 2507.20403: preferences from choices and response times, labeler by labeler.

    python -m benchmarks general_framework [--replications 100]

Prints what was measured beside what was published, and draws it, into
``benchmarks/results/papers/general_framework*``; about two minutes. Claims and whether they were
found are in ``general_framework_claims.csv``.

Published: all 100 labelers of the replication sample of Amasino et al., a model each, the first 100
trials to train and the rest to test. Not known to us and therefore chosen, several of each, as
settings of the tables; claims are judged at the first of them, the plain one, not at the nearest:

- attributes: dollars and days, later minus now. Linear changes of unit do not move a minimiser, but
  do move plain averaged gradients; logarithms and roots are other models.
- non-decision time: 0, or half or nine tenths of the labeler's fastest training response.
- choice only: logistic regression, with a ridge penalty (of attributes of unit size), as choices of
  some labelers are separated.
- choice and time: the minimiser of the quadratic loss; or one pass of averaged gradients with
  constant steps of 1/2 over the mean of ``T |psi|^2``, from 0.
- log-normal race: by the quadratic loss with `lognormal_race`, or by maximum likelihood, spread and
  median of every labeler free, with log medians linear in the attributes' difference, or each
  option's in its own attributes.
- intervals of rt: mean and standard deviation of the labeler's diffusion for each comparison, its
  boundary from the mean response time, at the drifts found or, simpler, at drift 0 (its square is
  the mean time; this second reading was added because the first was far off).
- discount factor: ``exp(theta_delay / theta_amount)`` per day.

The rate is that of simulated streams: two attributes, independent and normal.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bayes_ddm import wiener
from bayes_ddm.data.choices import Choices
from bayes_ddm.estimators import (
    LINEAR,
    OnlineRatio,
    Ratio,
    lognormal_race,
    ratio_estimate,
    saturating_drift,
)
from bayes_ddm.simulate import first_passage
from benchmarks.accuracy.cross_validation import choices_of
from benchmarks.papers.heterogeneous.tables import claim, progressing
from benchmarks.support import per_labeler
from benchmarks.support.intertemporal import load, rows_of
from benchmarks.support.kept import RESULTS, keep
from benchmarks.support.options import options
from benchmarks.support.per_labeler import Rows, logit_weights

FloatArray = NDArray[np.float64]
Lines = list[dict[str, Any]]
Spread = tuple[float, float] | None

TRAIN = 100
PUBLISHED = {"choice only": 0.0754, "choice and time": 0.0627, "log-normal race": 0.1215}
PUBLISHED_MISS = 0.051
NEAR = 0.002
PENALTIES = (1e-6, 0.003, 0.03, 0.3)
NDT_SHARES = (0.0, 0.5, 0.9)
RANDOM_SPLITS = 20

BOUNDARY = 1.25
THETA = np.array([0.16, -0.0013])
SIZE = np.array([5.0, 300.0])
RACE_SPREAD = 0.5
RATIOS = (LINEAR, saturating_drift(1.0, BOUNDARY), lognormal_race(RACE_SPREAD))
CHECKPOINTS = np.array([1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000])
FITTED_FROM = 2_000
CHUNK, MILLION = 10_000, 1_000_000


# --- real data ------------------------------------------------------------------------------------


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


# --- simulated streams ----------------------------------------------------------------------------


def simulated(
    ratio: Ratio, rows: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Choices, decision times and attributes, whose ratio is that one at `THETA`."""
    psi = rng.normal(size=(rows, 2)) * SIZE
    u = psi @ THETA
    if ratio.name.startswith("log-normal"):
        plus = np.exp(-u / 2 + RACE_SPREAD * rng.normal(size=rows))
        minus = np.exp(u / 2 + RACE_SPREAD * rng.normal(size=rows))
        return np.where(plus < minus, 1.0, -1.0), np.minimum(plus, minus), psi
    drift = BOUNDARY * ratio.value(u)
    choice, decision_time = first_passage(drift, BOUNDARY, rng)
    return choice.astype(float), decision_time, psi


def whole(ratio: Ratio, data: tuple[FloatArray, FloatArray, FloatArray]) -> Any:
    """Estimate from all rows at once."""
    table = Choices(
        choice=data[0].astype(np.int8),
        rt=data[1],
        labeler=None,
        labelers=None,
        features=data[2],
        feature_names=("amount", "delay"),
        count=np.ones(len(data[0]), dtype=np.int64),
    )
    return ratio_estimate(table, ratio, ndt=0.0)


def rates(replications: int) -> tuple[Lines, pd.DataFrame]:
    """Squared error against rows, attributes of unit size, and the slopes of its logarithm."""
    lines: Lines = []
    tables = []
    for ratio in RATIOS:
        # a race is four times slower
        runs = replications if not ratio.name.startswith("log-normal") else replications // 2
        streams = [(ratio, child) for child in np.random.SeedSequence(7).spawn(runs)]
        found, batch, kept = [], [], []
        for how, child in progressing(streams, f"rate, {ratio.name}"):
            data = simulated(how, int(CHECKPOINTS[-1]), np.random.default_rng(child))
            online = OnlineRatio(("amount", "delay"), how, ndt=0.0, exact=False)
            seen, before = [], 0
            for n in CHECKPOINTS:
                online.update(*(column[before:n] for column in data))
                seen.append(online.estimate.values)
                before = n
            found.append(seen)
            batch.append(whole(how, data).values)
            if how is LINEAR:
                kept.append(data)
        methods = {"averaged gradients, preconditioned": np.array(found).transpose(1, 0, 2)}
        if kept:
            choice, decision_time, psi = (np.stack(column) for column in zip(*kept, strict=True))
            plain = averaged_gradients(psi / SIZE, choice, decision_time, CHECKPOINTS)
            methods["averaged gradients, constant steps"] = plain / SIZE
        least = (((np.array(batch) - THETA) * SIZE) ** 2).sum(axis=1)
        for method, path in methods.items():
            squares = (((path - THETA) * SIZE) ** 2).sum(axis=2)
            table = pd.DataFrame({"rows": CHECKPOINTS, "squared_error": squares.mean(axis=1)})
            tables.append(table.assign(ratio=ratio.name, method=method))
            slope, se = slope_of(squares)
            lines.append(
                {
                    "part": "slope of log squared error",
                    "method": method,
                    "setting": ratio.name,
                    "published": -1.0,
                    "measured": slope,
                    "se": se,
                }
            )
            share = squares[-1].sum() / least.sum()
            jack = (squares[-1].sum() - squares[-1]) / (least.sum() - least)
            lines.append(
                {
                    "part": f"squared error over the minimiser's, {CHECKPOINTS[-1]:,} rows",
                    "method": method,
                    "setting": ratio.name,
                    "published": np.nan,
                    "measured": share,
                    "se": np.sqrt((runs - 1) * jack.var()),
                }
            )
    return lines, pd.concat(tables)


def slope_of(squares: FloatArray) -> tuple[float, float]:
    """Slope of log mean squared error in log rows, and its jackknife standard error."""
    keep = CHECKPOINTS >= FITTED_FROM

    def fitted(s: FloatArray) -> float:
        return float(np.polyfit(np.log(CHECKPOINTS[keep]), np.log(s[keep].mean(axis=1)), 1)[0])

    runs = squares.shape[1]
    left_out = [fitted(np.delete(squares, i, axis=1)) for i in range(runs)]
    return fitted(squares), float(np.sqrt((runs - 1) * np.var(left_out)))


def chunks(ratio: Ratio, rows: int) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
    """The same stream every time."""
    rng = np.random.default_rng(11)
    for _ in range(rows // CHUNK):
        yield simulated(ratio, CHUNK, rng)


def million() -> Lines:
    """A million rows: memory, time, and distance from the minimiser."""
    lines: Lines = []
    ways = [(LINEAR, True), *((ratio, False) for ratio in RATIOS)]
    for ratio, exact in progressing(ways, "a million rows"):
        peaks = []
        for rows in (MILLION // 10, MILLION):
            online, seconds = OnlineRatio(("amount", "delay"), ratio, ndt=0.0, exact=exact), 0.0
            tracemalloc.start()
            for chunk in chunks(ratio, rows):
                before = time.process_time()
                online.update(*chunk)
                seconds += time.process_time() - before
            peaks.append(tracemalloc.get_traced_memory()[1] / 2**20)
            tracemalloc.stop()
        data = [np.concatenate(column) for column in zip(*chunks(ratio, MILLION), strict=True)]
        batch, found = whole(ratio, (data[0], data[1], data[2])), online.estimate
        measured = {
            "peak memory, MiB": peaks[1],
            "peak memory over that of 100,000 rows": peaks[1] / peaks[0],
            "CPU seconds": seconds,
            "distance from the minimiser, in its standard errors": np.abs(
                (found.values - batch.values) / batch.se
            ).max(),
            "standard errors over the minimiser's": (found.se / batch.se).max(),
        }
        for what, number in measured.items():
            lines.append(
                {
                    "part": f"a million rows: {what}",
                    "method": "running sums" if exact else "averaged gradients, preconditioned",
                    "setting": ratio.name,
                    "published": np.nan,
                    "measured": number,
                    "se": np.nan,
                }
            )
    return lines


# --- claims, figure -------------------------------------------------------------------------------


def claims(table: pd.DataFrame) -> Lines:
    """What was published, judged at the plain setting: the first of its kind in the table.

    The span over all settings stands beside it; that one of many comes near shows little.
    """

    def of(part: str, method: str | None = None) -> pd.DataFrame:
        mine = table[(table["part"] == part) & table["published"].notna()]
        return mine if method is None else mine[mine["method"] == method]

    def plainly(mine: pd.DataFrame) -> str:
        values = mine["measured"]
        return (
            f"{values.iloc[0]:.4f} ({mine['setting'].iloc[0]}); {values.min():.4f} to "
            f"{values.max():.4f} over {len(mine)} settings"
        )

    found = []
    for method, published in PUBLISHED.items():
        mine = of("held-out choice error", method)
        near = abs(mine["measured"].iloc[0] - published) < NEAR
        found.append(claim(f"{method}: error {published}, to {NEAR}", plainly(mine), bool(near)))
    less = table[table["part"] == "error of choice and time less that of"]
    for method in ("choice only", "log-normal race"):
        mine = less[less["method"] == method]
        text = ", ".join(
            f"{line.measured:+.4f} (se {line.se:.4f}; {line.setting})" for line in mine.itertuples()
        )
        first = mine.iloc[0]
        title = f"choice and time errs less than {method}, by two standard errors"
        found.append(claim(title, text, bool(first["measured"] < -2 * first["se"])))
    mine = of("rt outside mean +- 1 sd")
    near = abs(mine["measured"].iloc[0] - PUBLISHED_MISS) < NEAR
    title = f"mean +- 1 sd misses {PUBLISHED_MISS} of response times, to {NEAR}"
    found.append(claim(title, plainly(mine), bool(near)))
    mine = of("discount factor larger with time")
    title = "discount factor larger with time for almost 90 %: for 85 at least"
    found.append(claim(title, plainly(mine), bool(mine["measured"].iloc[0] >= 0.85)))
    for line in of("slope of log squared error").itertuples():
        title = f"squared error falls as 1/n, to three standard errors: {line.method}"
        text = f"slope {line.measured:.3f} (se {line.se:.3f})"
        holds = bool(abs(line.measured + 1) < 3 * line.se)
        found.append(claim(f"{title}, {line.setting}", text, holds))
    grown = table[table["part"].str.contains("peak memory over")]["measured"].max()
    title = "a million rows at constant memory"
    found.append(claim(title, f"{grown:.3f} times that of 100,000 rows", bool(grown < 1.05)))
    far = table[table["part"].str.contains("distance from")]["measured"].max()
    title = "after a million rows within one standard error of the minimiser"
    found.append(claim(title, f"{far:.2f} at most", bool(far < 1)))
    return found


def figure(table: pd.DataFrame, factors: FloatArray, paths: pd.DataFrame) -> Figure:
    """Errors, missed response times, discount factors, and the rate."""
    made = Figure(figsize=(13, 10), layout="constrained")
    left, right = made.subplots(2, 2, width_ratios=(1.1, 1), height_ratios=(1.5, 1)).T
    colours = {"choice only": "#D55E00", "choice and time": "#0072B2", "log-normal race": "#009E73"}
    for axis, part in zip(left, ("held-out choice error", "rt outside mean +- 1 sd"), strict=True):
        mine = table[table["part"] == part].iloc[::-1].reset_index(drop=True)
        for i, line in mine.iterrows():
            colour = colours[line["method"]]
            bar = {"xerr": line["se"], "fmt": "o", "color": colour, "ms": 4, "lw": 1}
            axis.errorbar(line["measured"], i, **bar)
            axis.plot(line["published"], i, "|", color=colour, ms=11, mew=2)
        axis.set_yticks(range(len(mine)), mine["method"] + ": " + mine["setting"], fontsize=7)
        axis.set_title(f"{part}: measured (± se), published (bar)", fontsize=9)
        axis.set_xlim(left=0)
    axis = right[0]
    loss = -365 * np.log(factors)
    axis.plot(*loss, "o", color="#0072B2", ms=4)
    axis.axline((0, 0), slope=1, color="#595959", lw=1)
    axis.set_xscale("symlog", linthresh=1)
    axis.set_yscale("symlog", linthresh=1)
    axis.set_xlabel("choice only")
    axis.set_ylabel("choice and time")
    axis.set_title("-log discount factor, per year; below the line: larger with time", fontsize=9)
    axis = right[1]
    by_way = paths.groupby(["ratio", "method"], sort=False)
    styles = zip(by_way, ("o-", "s--", "^-", "v-"), strict=True)
    for ((ratio, method), path), style in styles:
        axis.loglog(
            path["rows"], path["squared_error"], style, ms=4, lw=1, label=f"{ratio}; {method}"
        )
    guide = paths["squared_error"].max() * CHECKPOINTS[0] / CHECKPOINTS
    axis.loglog(CHECKPOINTS, guide, ":", color="#595959", label="1/n")
    axis.set_xlabel("rows")
    axis.set_title("squared error, attributes of unit size", fontsize=9)
    axis.set_ylim(bottom=paths["squared_error"].min() / 8)
    axis.legend(fontsize=6, loc="lower left")
    return made


def main() -> None:
    """Run, print, keep."""
    replications = options(__doc__, replications=100).parse_args().replications
    started = time.process_time()
    of_discounts, factors = discounts()
    of_rates, paths = rates(replications)
    table = pd.DataFrame([*held_out(), *missed(), *of_discounts, *of_rates, *million()])
    for part, mine in table.groupby("part", sort=False):
        shown = mine.drop(columns="part").dropna(axis=1, how="all")
        print(f"\n{part}\n" + shown.to_string(index=False, float_format="{:.4g}".format, na_rep=""))
    found = pd.DataFrame(claims(table))
    print("\nclaims, and whether they were found")
    for line in found.itertuples():
        print(f"{line.holds:<4}{line.claim}\n    {line.measured}")
    for name, rows in {"": table, "_rate": paths, "_claims": found}.items():
        keep(rows, f"papers/general_framework{name}")
    figure(table, factors, paths).savefig(RESULTS / "papers" / "general_framework.png", dpi=130)
    print(f"\n{time.process_time() - started:.0f} s of CPU")


if __name__ == "__main__":
    main()
