"""What a fit expects of choices it has not seen, and how well it did once they are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.design import coded_like
from bayes_ddm.data.people import coded_people
from bayes_ddm.display import Shown, Words
from bayes_ddm.errors import InputError, at_least, probability
from bayes_ddm.fitting.labelers import Labelers, fitted_labelers, new_labelers
from bayes_ddm.fitting.new_rows import choices_like
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.rows import Rows, rows_of
from bayes_ddm.progress import track

# response times simulated per row and posterior draw
SIMULATED = 5
# simulated response times held at once, in single precision: 80 MB
MOST_HELD = 20_000_000


@dataclass(frozen=True, repr=False)
class Prediction(Shown):
    """Predictions of choices and response times, row by row; made by `predict`.

    Attributes
    ----------
    table : DataFrame
        A row per choice: ``labeler``; ``seen``, whether the fit knows the labeler; the ``choice``
        and ``rt`` that came; ``p_positive``, the probability of +1; ``rt_mean``, ``rt_median``,
        ``rt_low`` and ``rt_high`` in seconds; ``rt_pit``, the predictive probability of a quicker
        response than the one that came; ``p_omitted``, where these rows have a deadline, or the
        fit has one for all, the probability that no response comes by it; ``log_score`` of
        (choice, rt), in nats, rt in seconds; ``log_score_choice`` of the choice alone; ``count``.
    prob : float
        Probability of the interval from ``rt_low`` to ``rt_high``.
    fitted : bool
        Whether most of these choices are rows of the fit, which then look better predicted than
        new ones would be.
    """

    table: pd.DataFrame
    prob: float
    fitted: bool = False

    @property
    def by_labeler(self) -> pd.DataFrame:
        """Totals of each labeler: choices, how many were predicted wrong, summed log scores."""
        table, n = self.table, self.table["count"]
        inside = table["rt"].between(table["rt_low"], table["rt_high"])
        columns = {
            "choices": n,
            "wrong": n * self._wrong,
            "rt_inside": n * inside.where(table["rt_median"].notna()),
            "log_score": n * table["log_score"],
            "log_score_choice": n * table["log_score_choice"],
        }
        by = table["labeler"]
        seen = table["seen"].groupby(by, sort=False).first()
        # of a model without response times, NaN stays NaN
        sums = pd.DataFrame(columns).astype(float).groupby(by, sort=False).sum(min_count=1)
        return sums.astype({"choices": int, "wrong": int}).assign(seen=seen)

    @property
    def _wrong(self) -> pd.Series:
        return (self.table["p_positive"] > 0.5) != (self.table["choice"] > 0)

    def blocks(self) -> tuple[Words]:
        """Return how good the predictions were."""
        sums = self.by_labeler
        n, seen = sums["choices"].sum(), int(sums["seen"].sum())
        text = (
            f"Prediction of {n:,} choices by {len(sums):,} labelers ({seen:,} of them in the fit): "
            f"{1 - sums['wrong'].sum() / n:.1%} right; log score "
            f"{sums['log_score_choice'].sum() / n:.4f} a choice"
        )
        if self.table["rt_median"].notna().any():
            text += (
                f", {sums['log_score'].sum() / n:.4f} a choice and its response time; "
                f"{sums['rt_inside'].sum() / n:.1%} of response times in their {self.prob:.0%} "
                "interval"
            )
        never = int(self.table["count"][np.isneginf(self.table["log_score"])].sum())
        if never:
            text += f"; {never:,} quicker than any non-decision time of the fit (log score -inf)"
        if self.fitted:
            text += "; most of these choices were fitted: new ones are predicted less well"
        return (Words(text),)


def predict(
    fit: xr.DataTree,
    new_choices: Choices | Any,
    *,
    prob: float = 0.95,
    draws: int = 400,
    seed: int = 0,
    progress: bool = True,
) -> Prediction:
    """Predict choices and response times that the fit has not seen, and score the predictions.

    Parameters
    ----------
    fit : DataTree
        Of any model of the family.
    new_choices : Choices or table
        A table has the columns choice, rt and labeler, and those that the fit was made of.
        With the features of the fit, or the covariates of its formula.  Labelers are matched by
        name; one that is not in the fit,
        like an anonymous one, is a draw from the population.
    prob : float
        Probability of the equal-tailed intervals of response times.
    draws : int
        Posterior draws averaged over.
    seed : int
    progress : bool
        Show a progress bar.

    Returns
    -------
    Prediction

    Raises
    ------
    InputError
        If the features are not those of the fit.

    Notes
    -----
    Where choices have a deadline, response times are predicted, and scored, given that it is kept.
    A log score is the log of the density averaged over posterior draws; the density itself is
    exact.  Rows are scored one at a time: what a labeler's first new rows say of the later ones is
    not used (`personalise` does that).  Intervals are quantiles of exact simulations.  Memory does
    not grow with rows times draws.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 30, "choices": 5, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=200, tune=300, chains=2, seed=1, progress=False)
    >>> prediction = predict(fit, choices, draws=100)
    >>> prediction.table["p_positive"].between(0, 1).all()
    np.True_
    """
    posterior = Posterior.of(fit)
    known = posterior.choices
    new_choices = coded_like(known, choices_like(known, new_choices))
    refuse_other_features(known, new_choices)
    probability(prob)
    at_least(1, draws=draws)
    place = _places(known, new_choices)
    # rows of one labeler stand together, so that a part needs few labelers
    order = np.argsort(new_choices.unit, kind="stable")
    size = max(1, MOST_HELD // (draws * SIMULATED))
    parts = [order[first : first + size] for first in range(0, len(order), size)]
    rows_there, people_there = rows_of(posterior, new_choices), coded_people(known, new_choices)
    tables = []
    for k, rows in enumerate(parts):
        part_seed = np.random.SeedSequence([seed, k])
        part = _Part(new_choices, rows_there, people_there, place, rows)
        predictions = _predicted(posterior, part, prob, draws, part_seed, progress)
        tables.append(predictions)
    names = new_choices.labeler_names[new_choices.unit]
    table = pd.DataFrame(
        {
            "labeler": names,
            "seen": place[new_choices.unit] >= 0,
            "choice": new_choices.choice,
            "rt": new_choices.rt,
            "count": new_choices.count,
        }
    )
    table = table.join(pd.concat(tables).sort_index())
    return Prediction(table, prob, _mostly_fitted(known, new_choices))


def _mostly_fitted(known: Choices, new: Choices) -> bool:
    """Whether more than half of the rows are rows of the fit: labeler, choice, time, features."""
    if known.labelers is None or new.anonymous:
        return False
    old_rows, new_rows = (
        pd.MultiIndex.from_arrays([c.labeler_names[c.unit], c.choice, c.rt, *c.features.T])
        for c in (known, new)
    )
    return bool(new.count[new_rows.isin(old_rows)].sum() > new.n_choices / 2)


def refuse_other_features(known: Choices, new: Choices) -> None:
    """Raise `InputError` unless the attribute differences are those of the fit."""
    if known.feature_names != new.feature_names:
        old, now = (", ".join(c.feature_names) or "none" for c in (known, new))
        raise InputError(
            f"the fit has features {old}, the new choices {now}; read them with the features of "
            "the fit, in that order."
        )


def _places(known: Choices, new: Choices) -> IntArray:
    """Index in the fit of each of the new labelers, -1 if it is not there."""
    # labelers condensed to sums have no names
    if known.labelers is None or new.anonymous:
        return np.full(len(new.unit_count), -1)
    index = {name: i for i, name in enumerate(known.labeler_names.tolist())}
    return np.array([index.get(name, -1) for name in new.labeler_names.tolist()])


@dataclass(frozen=True, eq=False)
class _Part:
    """Some of the rows: which, and where their labelers stand in the fit, if they do."""

    choices: Choices
    rows: Rows
    people: FloatArray | None
    place: IntArray
    index: IntArray


def _predicted(
    posterior: Posterior,
    part: _Part,
    prob: float,
    draws: int,
    seed: np.random.SeedSequence,
    progress: bool,
) -> pd.DataFrame:
    """Predictions of some of the rows, accumulated draw by draw."""
    choices, index = part.choices, part.index
    units, inverse = np.unique(choices.unit[index], return_inverse=True)
    seen = part.place[units] >= 0
    # who stands where in the labelers of a draw: first those of the fit that are needed
    position = np.empty(len(units), dtype=np.int64)
    position[seen], position[~seen] = np.arange(seen.sum()), seen.sum() + np.arange((~seen).sum())
    rows = part.rows.take(index, position[inverse])
    choice, rt = choices.choice[index], choices.rt[index]
    window = _window(posterior, rows)
    rng = np.random.default_rng(seed)

    positive, quicker, omitted = np.zeros((3, len(rows)))
    density = np.full(len(rows), -np.inf)
    times = np.empty((draws * SIMULATED, len(rows)), dtype=np.float32)
    n, timed = 0, True
    strangers = None if part.people is None else part.people[units[~seen]]
    labelers_by_draw = _labelers(
        posterior, part.place[units][seen], int((~seen).sum()), draws, seed, strangers
    )
    words = f"predicting {len(rows):,} choices"
    for labelers in track(labelers_by_draw, words, total=draws, progress=progress):
        positive += labelers.probability(rows)
        n += 1
        timed = not np.isnan(labelers.ndt).any()
        if not timed:
            continue
        density = np.logaddexp(density, labelers.log_density(choice, rt, rows))
        if window is not None:
            omitted += labelers.late(window)
        for k in range(SIMULATED):
            simulated = labelers.simulate(rows, rng)[1]
            times[(n - 1) * SIMULATED + k] = simulated
            quicker += simulated < rt
    positive = positive / n
    if timed:
        times = times[: n * SIMULATED]
    else:
        # the model says nothing of response times
        times, density, quicker = (np.full_like(x, np.nan) for x in (times[:1], density, quicker))
    tail = (1 - prob) / 2
    low, middle, high = np.quantile(times, [tail, 0.5, 1 - tail], axis=0)
    # a probability of 1 is known to 16 digits
    log_choice = np.log(np.maximum(np.where(choice > 0, positive, 1 - positive), 1e-16))
    late = {} if window is None or not timed else {"p_omitted": omitted / n}
    return pd.DataFrame(
        {
            "p_positive": positive,
            **late,
            "rt_mean": times.mean(axis=0, dtype=float),
            "rt_median": middle,
            "rt_low": low,
            "rt_high": high,
            "rt_pit": quicker / (n * SIMULATED),
            "log_score": density - np.log(n),
            "log_score_choice": log_choice,
        },
        index=index,
    )


def _window(posterior: Posterior, rows: Rows) -> Rows | None:
    """Rows with a deadline, theirs or the one that all of the fit's had; None without any."""
    known = posterior.choices.deadline
    if rows.deadline is not None or known is None or np.ptp(known) > 0:
        return None if rows.deadline is None else rows
    return replace(rows, deadline=np.full(len(rows), known[0]))


def _labelers(
    posterior: Posterior,
    old: IntArray,
    new: int,
    draws: int,
    seed: np.random.SeedSequence,
    people: FloatArray | None,
) -> Iterator[Labelers]:
    """For each posterior draw: labelers of the fit, then new ones of the population."""
    fitted_seed, new_seed = (int(s) for s in seed.generate_state(2))
    fitted = fitted_labelers(posterior, draws, fitted_seed) if len(old) else None
    fresh = new_labelers(posterior, new, draws, new_seed, people) if new else None
    if fitted is None:
        assert fresh is not None
        yield from fresh
    elif fresh is None:
        yield from (labelers.take(old) for labelers in fitted)
    else:
        for a, b in zip(fitted, fresh, strict=True):
            yield a.take(old).beside(b)
