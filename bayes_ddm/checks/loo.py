"""Leave-one-labeler-out prediction, by Pareto-smoothed importance sampling."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import arviz as az
import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.omissions import with_omitted
from bayes_ddm.display import Block, Callout, Shown, Table, Words
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.likelihood import add_log_likelihood
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.save import hold

# the matrix of log-likelihoods, draws by labelers, stays below this many numbers
MOST_VALUES = 4e7
FEWEST_DRAWS = 400
# of more anonymous rows a random part is left out, one at a time
MOST_ROWS = int(MOST_VALUES // FEWEST_DRAWS)


@dataclass(frozen=True, eq=False, repr=False)
class Loo(Shown):
    """Expected log predictive density of labelers left out one at a time.

    Attributes
    ----------
    elpd, se : float
        Sum over labelers of the log density of all that a left-out labeler did; its standard error.
    p : float
        Effective number of parameters.
    n : int
        Labelers.
    unit : str
        What is left out.
    bad : tuple
        Names of labelers whose Pareto k is too high for their value to be trusted.
    threshold : float
        Largest Pareto k that can be trusted, at this number of draws.
    data : ELPDData
        ArviZ's own result, as its other functions take it.
    """

    elpd: float
    se: float
    p: float
    n: int
    unit: str
    bad: tuple[Any, ...]
    threshold: float
    data: Any

    @property
    def ok(self) -> bool:
        """Whether every labeler's value can be trusted."""
        return not self.bad

    @property
    def sentence(self) -> str:
        """The result in words."""
        text = (
            f"leaving out one {self.unit} at a time ({self.n:,}): log score {self.elpd:.1f} "
            f"(se {self.se:.1f}), {self.p:.1f} effective parameters"
        )
        if self.ok:
            return f"{text}; every Pareto k is below {self.threshold:.2f}."
        names = ", ".join(map(str, self.bad[:3])) + (", ..." if len(self.bad) > 3 else "")
        return (
            f"{text}. Pareto k is above {self.threshold:.2f} for {len(self.bad)} ({names}): each "
            "moves the posterior too much; look at their rows (bayes-ddm check), or fit without "
            "them and compare."
        )

    def blocks(self) -> tuple[Words]:
        """Return the result in words."""
        return (Words(self.sentence),)


@dataclass(frozen=True, eq=False, repr=False)
class Ranking(Shown):
    """Models in the order of their predictions.

    Attributes
    ----------
    table : DataFrame
        As `arviz.compare` has it, the best model first.
    unit : str
        What was left out.
    sentence : str
    steps : DataFrame
        In the order in which the fits were given, from the second: the log score that each gains
        over the one before it, and the standard error of that difference, over the same labelers.
    """

    table: pd.DataFrame
    unit: str
    sentence: str
    steps: pd.DataFrame

    @property
    def best(self) -> str:
        """Name of the best model."""
        return str(self.table.index[0])

    def behind(self, name: str) -> bool:
        """Whether the best model predicts clearly better than this one."""
        row = self.table.loc[name]
        return name != self.best and clearly(-row["elpd_diff"], row["dse"])

    def blocks(self) -> tuple[Block, ...]:
        """Return which is best, a row per model, and from three models on a row per step."""
        scores = dict.fromkeys(("elpd", "elpd_diff", "dse"), ",.1f")
        table = Table.of(
            "Expected log score of labelers left out (higher is better). A difference below 4, or "
            "below two standard errors, is none.",
            ("model", "log score", "behind the best", "se", "weight", "doubtful"),
            self.table,
            **scores,
            weight=".2f",
            diag_elpd="",
        )
        blocks: tuple[Block, ...] = (Callout("Best prediction", self.sentence), table)
        if len(self.steps) > 1:
            caption = "What each model adds to the one before it, in the order given."
            formats = {"over": "", "gain": "+,.1f", "se": ".1f"}
            head = ("model", "over", "gain in log score", "se")
            blocks += (Table.of(caption, head, self.steps, **formats),)
        return blocks


def clearly(lead: float, se: float) -> bool:
    """Whether a difference of log scores is one."""
    return lead > 4 and lead > 2 * se


def loo(
    fit: xr.DataTree,
    *,
    draws: int | None = None,
    model: pm.Model | None = None,
    progress: bool = True,
) -> Loo:
    """Estimate how well the model predicts a labeler it has not seen.

    Parameters
    ----------
    fit : DataTree
        From `bayes_ddm.fit`.
    draws : int, optional
        Posterior draws used, at most; by default all that 4e7 log-likelihood values allow, or 400
        where labelers' own boundaries or preferences are integrated numerically.
    model : pm.Model, optional
        Needed only for a model of the user's own.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Loo
        The unit left out is the labeler (for anonymous labelers the row; of more than 100,000 a
        random part), with the drift, and all else that is the labeler's own, integrated out.

    References
    ----------
    Vehtari, Gelman & Gabry (2017), Statistics and Computing 27:1413.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 50, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=200, tune=300, chains=2, seed=1, progress=False)
    >>> loo(fit).n
    50
    """
    return loo_of(with_likelihood(subsampled(Posterior.of(fit, model)), draws, progress=progress))


def subsampled(posterior: Posterior) -> Posterior:
    """Return a fit asked of some of its anonymous rows at random, where there are very many."""
    choices = posterior.choices
    if not choices.anonymous or choices.condensed or choices.n_choices <= MOST_ROWS:
        return posterior
    rng, omitted = np.random.default_rng(0), choices.omitted
    part = choices._at_random(MOST_ROWS, rng)
    if omitted is not None:
        share = MOST_ROWS / choices.n_choices
        part = replace(part, omitted=omitted._at_random(round(share * omitted.n_choices), rng))
    return posterior.on(part)


def loo_of(posterior: Posterior) -> Loo:
    """Leave labelers out of a fit that has their log-likelihood: see `with_likelihood`."""
    posterior.choices.refuse_condensed("leaving labelers out")
    anonymous = posterior.choices.anonymous
    with warnings.catch_warnings():
        # said in our own words, with names
        warnings.filterwarnings("ignore", "Estimated shape parameter of Pareto", UserWarning)
        result = az.loo(posterior.fit, pointwise=True)
    k = np.asarray(result.pareto_k.values)
    names = posterior.fit["log_likelihood"].to_dataset()["labeler"].values
    return Loo(
        elpd=float(result.elpd),
        se=float(result.se),
        p=float(result.p),
        n=len(k),
        unit="anonymous labeler (a row)" if anonymous else "labeler (all their choices)",
        bad=tuple(names[k > result.good_k].tolist()),
        threshold=float(result.good_k),
        data=result,
    )


def with_likelihood(posterior: Posterior, draws: int | None, *, progress: bool = True) -> Posterior:
    """Return some of a fit's draws with the log-likelihood of each labeler; it is left alone.

    Of condensed rows it is of each row, times its weight: right in sum.

    Parameters
    ----------
    posterior : Posterior
    draws : int or None
        At most as many, evenly spaced, and no more than memory allows; None for all of these.
    progress : bool
        Show a progress bar.
    """
    fit = posterior.fit
    copy = xr.DataTree.from_dict({"posterior": fit["posterior"].to_dataset()})
    hold(copy, posterior.choices)
    if "constant_data" in fit.children:
        copy["constant_data"] = xr.DataTree(fit["constant_data"].to_dataset())
    copy.attrs = dict(fit.attrs)
    choices = with_omitted(posterior.choices)
    units = len(choices) if choices.condensed else choices.unit_count.sum()
    affordable = int(max(FEWEST_DRAWS, MOST_VALUES // units))
    samples = posterior.draws
    if draws is not None or affordable < samples.sizes["chain"] * samples.sizes["draw"]:
        draws = min(draws or affordable, affordable)
    add_log_likelihood(copy, posterior, draws=draws, progress=progress)
    index = copy["log_likelihood"].to_dataset()["draw"]
    copy["posterior"] = xr.DataTree(samples.sel(draw=index))
    return Posterior(copy, posterior.program)


def rank(*fits: xr.DataTree | Mapping[str, xr.DataTree], progress: bool = True) -> Ranking:
    """Rank fits of the same choices by leave-one-labeler-out prediction.

    Parameters
    ----------
    *fits : DataTree
        Named by their models; or one mapping of names to fits.
    progress : bool
        Show a progress bar for each.

    Returns
    -------
    Ranking

    Raises
    ------
    InputError
        If there are fewer than two fits, they are of different choices, or some have no response
        times: a log density of choices is no match for one of choices and times.

    References
    ----------
    Vehtari, Gelman & Gabry (2017), Statistics and Computing 27:1413; Yao, Vehtari, Simpson &
    Gelman (2018), Bayesian Analysis 13:917, for the weights.
    """
    by_name = _named(fits)
    refuse_unlike(by_name)
    return ranked({name: loo(fit, progress=progress) for name, fit in by_name.items()})


def ranked(scores: Mapping[str, Loo]) -> Ranking:
    """Rank fits by scores at hand; `refuse_unlike` says whether they can be ranked at all."""
    data = {name: score.data for name, score in scores.items()}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Estimated shape parameter of Pareto", UserWarning)
        table = az.compare(data, round_to="none")
    unit = next(iter(scores.values())).unit
    best, second = table.index[:2]
    lead, se = -table.loc[second, "elpd_diff"], table.loc[second, "dse"]
    adverb = "clearly" if clearly(lead, se) else "not clearly"
    sentence = (
        f"{best} predicts a left-out {unit} best, {adverb} better than {second}: by {lead:.1f} "
        f"(se {se:.1f}) in log score over {scores[best].n:,}."
    )
    doubtful = [name for name, score in scores.items() if not score.ok]
    if doubtful:
        sentence += f" Scores of {', '.join(doubtful)} rest on labelers with a high Pareto k."
    return Ranking(table, unit, sentence, _steps(scores))


def _steps(scores: Mapping[str, Loo]) -> pd.DataFrame:
    """What each score gains over the one before it."""
    records = []
    for (before, old), (name, new) in pairwise(scores.items()):
        gain = np.asarray(new.data.elpd_i.values) - np.asarray(old.data.elpd_i.values)
        se = float(np.sqrt(len(gain)) * gain.std(ddof=1))
        records.append({"model": name, "over": before, "gain": float(gain.sum()), "se": se})
    return pd.DataFrame(records).set_index("model")


def _named(fits: tuple[xr.DataTree | Mapping[str, xr.DataTree], ...]) -> dict[str, xr.DataTree]:
    if len(fits) == 1 and isinstance(fits[0], Mapping) and not isinstance(fits[0], xr.DataTree):
        by_name = dict(fits[0])
    else:
        models = [Posterior.of(fit).model for fit in fits]  # type: ignore[arg-type]
        if len(set(models)) < len(models):
            raise InputError("several fits are of one model; name them: rank({'a': fit, ...}).")
        by_name = dict(zip(models, fits, strict=True))  # type: ignore[arg-type]
    if len(by_name) < 2:
        raise InputError("ranking takes at least two fits.")
    return by_name


def refuse_unlike(fits: Mapping[str, xr.DataTree]) -> None:
    """Raise `InputError` unless the fits are of the same choices, all with times or all without."""
    posteriors = {name: Posterior.of(fit) for name, fit in fits.items()}
    times = {name: posterior.has_times for name, posterior in posteriors.items()}
    if len(set(times.values())) > 1:
        untimed = [name for name, timed in times.items() if not timed]
        raise InputError(
            f"{', '.join(untimed)} has no response times: its log density is of choices alone, and "
            "cannot be ranked with those of choices and times; rank such fits apart."
        )
    (first, choices), *others = ((name, x.choices) for name, x in posteriors.items())
    for name, table in others:
        if not _alike(choices, table):
            raise InputError(
                f"{first} and {name} are fits of different choices; fit both to the same table."
            )


def _alike(a: Choices, b: Choices) -> bool:
    """Whether two tables hold the same choices of the same labelers, in the same order."""
    if a.anonymous != b.anonymous or a.n_choices != b.n_choices or a.window != b.window:
        return False
    a, b = a.expanded(), b.expanded()
    same = np.array_equal(a.choice, b.choice) and np.array_equal(a.rt, b.rt)
    # preferences may rest on different attributes: the choices predicted are the same
    return same and np.array_equal(a.unit, b.unit)
