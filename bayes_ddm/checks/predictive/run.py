"""All predictive checks of a fit, or of a model's priors, in one pass over the replications."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from bayes_ddm._typing import FloatArray
from bayes_ddm.checks.finding import Finding
from bayes_ddm.checks.predictive.average import WatchAverage, watch_average
from bayes_ddm.checks.predictive.choice_share import WatchComparisonShare, WatchLabelerShare
from bayes_ddm.checks.predictive.comparisons import comparisons
from bayes_ddm.checks.predictive.condensed import exact_times
from bayes_ddm.checks.predictive.labeler_misfit import WatchLabelerMisfit
from bayes_ddm.checks.predictive.labeler_spread import WatchLabelerSpread
from bayes_ddm.checks.predictive.mends import remedies_in, ruled_out
from bayes_ddm.checks.predictive.quantile_probability import WatchQuantileProbability
from bayes_ddm.checks.predictive.replicate import (
    Replicate,
    checked_rows,
    posterior_replicates,
    prior_replicates,
    same_people,
)
from bayes_ddm.checks.predictive.result import Check, Kind, Setting, Watch
from bayes_ddm.checks.predictive.rt_density import WatchRtDensity
from bayes_ddm.data.choices import Choices, expect_choices
from bayes_ddm.display import Block, Missing, Shown, Table, verdict
from bayes_ddm.errors import InputError, at_least
from bayes_ddm.estimators.units import resolved
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.models import default_model
from bayes_ddm.progress import track

if TYPE_CHECKING:
    import pymc as pm
    from matplotlib.figure import Figure


FEWEST_DRAWS = 20


@dataclass(frozen=True, eq=False, repr=False)
class PredictiveChecks(Shown):
    """What `predictive_checks` returns.

    Attributes
    ----------
    checks : tuple of Check
        Each with ``number``, ``ok``, ``sentence`` and ``plot()``.
    draws : int
        Replications compared with.
    same_labelers : bool
        Whether the fitted labelers answered again, rather than new people.
    kind : {"posterior", "prior"}
    notes : tuple of str
        What was not checked, and why.
    average : Finding or None
        Whether what the model misses moves the average preference.
    """

    checks: tuple[Check, ...]
    draws: int
    same_labelers: bool
    kind: Kind = "posterior"
    notes: tuple[str, ...] = ()
    average: Finding | None = None

    @property
    def ok(self) -> bool:
        """Whether every check passes, or misses too little to mislead."""
        moved = self.average is not None and self.average.ok is False
        return all(check.ok for check in self.checks) and not moved

    def __getitem__(self, name: str) -> Check:
        matches = [check for check in self.checks if check.name == name]
        if not matches:
            raise InputError(f"no check {name!r}; there are {', '.join(self._names())}.")
        return matches[0]

    def _names(self) -> list[str]:
        return [check.name for check in self.checks]

    @property
    def table(self) -> pd.DataFrame:
        """One row per check: p_value, number, typical and largest misfit, their unit, ok, minor."""
        columns = ("p_value", "number", "typical", "misfit", "unit", "ok", "minor")
        records = [{key: getattr(check, key) for key in columns} for check in self.checks]
        return pd.DataFrame(records, index=pd.Index(self._names(), name="check"))

    def plot(self, figure: Any = None) -> Figure:
        """Draw every check, one under the other."""
        from bayes_ddm.plots.style import NotebookFigure

        n = len(self.checks)
        figure = figure or NotebookFigure(figsize=(9, 3.6 * n), layout="constrained")
        for panel, check in zip(np.atleast_1d(figure.subfigures(n, 1)), self.checks, strict=True):
            check.plot(figure=panel)
        return figure

    def overview(self) -> Table:
        """Return a row per check."""
        people = "the same labelers" if self.same_labelers else "new labelers"
        return Table(
            f"{self.kind.capitalize()} predictive checks: {self.draws} replications, {people}",
            ("check", "p", "typical misfit", "largest", ""),
            tuple(
                (
                    c.name,
                    c.p_text,
                    c.in_unit(c.typical),
                    c.in_unit(c.misfit),
                    verdict(c.ok, c.minor),
                )
                for c in self.checks
            ),
            words=frozenset({0, 4}),
        )

    def missing(self) -> list[Missing]:
        """Return what was not checked, and why."""
        return [Missing("not checked", note) for note in self.notes]

    def blocks(self) -> list[Block]:
        """Return an overview, and a badge per check."""
        badges = [badge for check in self.checks for badge in check.blocks()]
        badges += [] if self.average is None else self.average.blocks()
        return [self.overview(), *badges, *self.missing()]


def predictive_checks(
    fit: xr.DataTree,
    draws: int = 200,
    *,
    labelers: str | None = None,
    seed: int = 0,
    units: Mapping[str, float | str] | None = None,
    progress: bool = True,
) -> PredictiveChecks:
    """Compare the data with what the fitted model would produce, in every respect known to matter.

    Choice share by comparison and by labeler, response-time quantiles by choice, the distribution
    of response times, each labeler's own misfit, and the spread between labelers; and whether what
    is missed moves the average preference. Replications are simulated exactly and summarised one by
    one; of more than a million rows, a random part of the labelers is checked. Of condensed
    choices, shares and the distribution of response times are, where their counts are exact.

    A check fails where data so far off would come up less than once in a hundred, unless the misfit
    is too small to mislead: typically, beyond chance, less than 2 points of a share or 3 % of the
    median response time, and nowhere for sure five times as much.

    Parameters
    ----------
    fit : DataTree
        From `bayes_ddm.fit`.
    draws : int
        Posterior draws, each with a replication of the experiment.
    labelers : {"same", "new"}, optional
        Whether the fitted labelers answer again, or new people from the population in their place.
        By default the same ones where they are known; the spread between labelers is that of new
        ones always.
    seed : int
    units : mapping of str to float or "sd", optional
        What the averages of the pseudo-labels are per, as in `bayes_ddm.estimate`.
    progress : bool
        Show a progress bar.

    Returns
    -------
    PredictiveChecks

    Raises
    ------
    InputError
        If the model is not of the family, `draws` is below 20, or units name no feature.

    References
    ----------
    Gelman, Meng & Stern (1996), Statistica Sinica 6:733. Ratcliff & McKoon (2008), Neural
    Computation 20:873, for the quantile-probability plot.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 50, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=200, tune=300, chains=2, seed=1, progress=False)
    >>> predictive_checks(fit, draws=50).ok
    True
    """
    at_least(FEWEST_DRAWS, draws=draws)
    posterior = Posterior.of(fit)
    choices = posterior.choices
    same = same_people(choices, labelers)
    observed = checked_rows(choices, seed)
    weighted = choices if choices.condensed else None
    remedies = remedies_in(posterior) | ruled_out(observed)
    setting = Setting(observed, comparisons(observed), "posterior", same, remedies, weighted)

    def replicates(labelers: str) -> Iterator[Replicate]:
        stream = posterior_replicates(
            posterior, draws=draws, labelers=labelers, seed=seed, observed=observed
        )
        return track(stream, f"predicting {labelers} labelers", total=draws, progress=progress)

    return check_stream(
        setting,
        replicates("same" if same else "new"),
        strangers=replicates("new") if same else None,
        times=posterior.has_times,
        whole=choices.n_choices,
        average=watch_average(posterior, setting, seed, resolved(units, choices)),
    )


def prior_checks(
    choices: Choices,
    model: str | Callable[..., pm.Model] | pm.Model | None = None,
    draws: int = 200,
    *,
    seed: int = 0,
    progress: bool = True,
    **parameters: Any,
) -> PredictiveChecks:
    """Compare the data with what a model expects before it sees any: whether its priors allow them.

    Parameters
    ----------
    choices : Choices
    model : str, build function or pm.Model, optional
        As for `bayes_ddm.fit`.
    draws : int
    seed : int
    progress : bool
        Show a progress bar.
    **parameters
        Priors, or numbers that fix a parameter.

    Returns
    -------
    PredictiveChecks
        A check fails where the data are among the most extreme hundredth that the priors allow.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 50, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> prior_checks(choices, draws=50).ok
    True
    """
    at_least(FEWEST_DRAWS, draws=draws)
    choices = expect_choices(choices)
    if model is None:
        model = default_model(choices)
    observed = checked_rows(choices, seed)
    weighted = choices if choices.condensed else None
    setting = Setting(observed, comparisons(observed), "prior", False, frozenset(), weighted)
    replicates = prior_replicates(model, observed, draws=draws, seed=seed, **parameters)
    stream = track(replicates, "predicting from the priors", total=draws, progress=progress)
    first = next(stream)
    times = bool(np.isfinite(first[1]).any())
    replayed = (replicate for part in ([first], stream) for replicate in part)
    return check_stream(setting, replayed, times=times, whole=choices.n_choices)


def check_stream(
    setting: Setting,
    stream: Iterator[Replicate],
    *,
    strangers: Iterator[Replicate] | None = None,
    times: bool,
    whole: int,
    average: WatchAverage | None = None,
) -> PredictiveChecks:
    """Run the checks that suit the data over streams of replications, holding one at a time.

    Parameters
    ----------
    setting : Setting
    stream : iterator of (choice, rt)
        Replications of ``setting.observed``, each of shape (rows,).
    strangers : iterator of (choice, rt), optional
        The same by new labelers, where `stream` is by the fitted ones.
    times : bool
        Whether they have response times.
    whole : int
        Choices that the observed rows were taken from.
    average : WatchAverage, optional
    """
    identified = not setting.observed.anonymous
    watches: list[Watch] = [WatchComparisonShare(setting)]
    spread: list[Watch] = [WatchLabelerSpread(setting)] if identified else []
    if identified and setting.same:
        watches.append(WatchLabelerShare(setting))
    edges = None if setting.weighted is None else exact_times(setting.observed)
    if times and edges is not None:
        watches += [WatchRtDensity(setting, edges)] if len(edges) > 1 else []
    elif times:
        watches += [WatchQuantileProbability(setting), WatchRtDensity(setting)]
        # under a prior all labelers are off together, and their number outside says nothing
        if identified and setting.kind == "posterior":
            watches.append(WatchLabelerMisfit(setting))
    first: list[Watch | WatchAverage] = [*watches, *([] if average is None else [average])]
    if strangers is None and not setting.same:
        draws = _show(stream, [*first, *spread])
    else:
        draws = _show(stream, first)
        spread = spread if strangers is not None and _show(strangers, spread) else []
    notes = []
    if not times:
        notes.append("the model has no response times: what needs them was not checked.")
    if not identified:
        notes.append("labelers are anonymous: none could be checked one by one.")
    if times and edges is not None:
        notes.append(_between(edges))
    if setting.weighted is not None and len(setting.observed) < whole:
        notes.append(
            f"{len(setting.observed):,} choices were replicated, and compared with shares of all "
            f"{whole:,}."
        )
    elif len(setting.observed) < whole:
        notes.append(f"checked on {len(setting.observed):,} of {whole:,} choices, at random.")
    checks = tuple(watch.result() for watch in [*watches, *spread])
    finding = None if average is None else average.result()
    return PredictiveChecks(checks, draws, setting.same, setting.kind, tuple(notes), finding)


def _between(edges: FloatArray) -> str:
    """Say what is not known of condensed choices."""
    if len(edges) < 2:
        return (
            "sets of different bins were added, which count no times exactly: response times were "
            "not checked."
        )
    return (
        f"choices are condensed: response times were checked at the {len(edges)} times by which "
        "they are counted exactly, and quantiles, which lie between, were not."
    )


def _show(stream: Iterator[Replicate], watches: Sequence[Watch | WatchAverage]) -> int:
    """Show every replication to every watch; return their number."""
    draws = 0
    for choice, rt in stream:
        draws += 1
        for watch in watches:
            watch.add(choice, rt)
    return draws
