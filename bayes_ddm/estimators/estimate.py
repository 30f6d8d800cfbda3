"""Every closed-form estimate of one table of choices, made and put side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bayes_ddm.data.choices import Choices, expect_choices
from bayes_ddm.data.condensing.condense import condensed_note, lossless
from bayes_ddm.data.design import with_drift
from bayes_ddm.data.learned_values import refuse_unlearned
from bayes_ddm.data.people import with_between
from bayes_ddm.data.suspicious import too_fast
from bayes_ddm.errors import InputError, probability
from bayes_ddm.estimators.all_estimates import closed_forms, examined
from bayes_ddm.estimators.assumptions.normality import normality_test_of
from bayes_ddm.estimators.bootstrap import replicated
from bayes_ddm.estimators.bounded.average import bounded_own
from bayes_ddm.estimators.bounded.own import own_boundaries
from bayes_ddm.estimators.bounded.weight import MOST_DRIFT, check_reach
from bayes_ddm.estimators.meaning import meaning
from bayes_ddm.estimators.of_sums import said_of_sums
from bayes_ddm.estimators.recommend import recommended
from bayes_ddm.estimators.result import Estimate
from bayes_ddm.estimators.rowless import Rowless, from_rowless
from bayes_ddm.estimators.shares import shares_of
from bayes_ddm.estimators.sources import slower_than, sources
from bayes_ddm.estimators.table import EstimateTable
from bayes_ddm.estimators.units import factors, resolved
from bayes_ddm.wiener import MAX_CONVOLUTION
from bayes_ddm.wiener.trial_drift import STEADY, TrialDrift

MOST_REPLICATIONS = 1_000_000
NO_UNITS: Mapping[str, float] = {}


def estimate(
    choices: Choices,
    *,
    drift: str | None = None,
    boundary: float | str | None = None,
    ndt: float | str | None = None,
    collapse: float = 0.0,
    between: str | None = None,
    shares: Mapping[str, float] | str | Path | None = None,
    units: Mapping[str, float | str] | None = None,
    most_drift: float | None = None,
    prob: float = 0.95,
    bootstrap: int = 0,
    seed: int | None = None,
    published: bool = False,
    progress: bool = True,
) -> EstimateTable:
    """Every closed-form estimate that these choices allow.

    Parameters
    ----------
    choices : Choices or Condensed, private ones, or a release of `bayes_ddm.release`
        Many anonymous choices without features are condensed where that loses nothing.
    drift : str, optional
        Formula of the drift in covariates and features, such as ``"1 + np.log(amount) + delay"``;
        by default the features as they are.
    boundary : float or str, optional
        Half the boundary separation, where it is known; or a formula of the conditions that move
        it, such as ``"instruction"``: each of its cells has one of its own, to be learned.
    ndt : float or str, optional
        Non-decision time in seconds, where it is known (the three-scale row estimates its own); or
        a formula. Beside a formula, a number for the other of the two holds throughout.
    collapse : float
        Share of the boundary that is lost per second, where the bounds close in at a known rate
        from a known `boundary`, such as those of a fit.
    between : str, optional
        Formula of what differs between labelers and moves their preferences, such as
        ``"country + age"``: averages of groups, their differences, and slopes are added.
    shares : mapping of str to float, or path of a CSV file, optional
        Of groups in the population that averages are meant for, ``{"FR": 0.4, "JP": 0.6}``, or a
        file of two columns, group and share. By default they are the sample's.
    units : mapping of str to float or "sd", optional
        What a preference is per, by feature: ``{"delay": 30}`` is per 30 days where the column
        counts days, ``"sd"`` per standard deviation. By default it is per 1.
    most_drift : float, optional
        Largest drift, either way, that the bounded rows are nearly unbiased up to; by default 3, of
        a release without features 5.
    prob : float
        Probability of the intervals.
    bootstrap : int
        Number of bootstrap replications over labelers; 0 takes influence functions. Then standard
        errors are the replicates' standard deviations and intervals their percentiles.
    seed : int, optional
        Of the bootstrap.
    published : bool
        Print every row, the published two- and three-scale ones too; the table has them in any
        case.
    progress : bool
        Show a bar of the bootstrap.

    Returns
    -------
    EstimateTable

    Raises
    ------
    InputError
        If `boundary` is not positive, more than a tenth of the rows are faster than `ndt`, the
        bounds meet before the slowest response, `most_drift` is not positive or too small for time
        bins, `prob` is not between 0 and 1, a formula does not fit the choices, or shares do not
        fit the groups.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": [1, -1, 1], "rt": [0.5, 0.8, 0.6]})
    >>> table = estimate(Choices.from_frame(frame), boundary=1.25, ndt=0.1)
    >>> table.to_frame()["estimator"].unique().tolist()  # doctest: +NORMALIZE_WHITESPACE
    ['consistent_known_boundary', 'consistent_two_scale', 'consistent_three_scale',
     'bounded_known_boundary', 'bradley_terry', 'speed_accuracy']
    """
    if isinstance(choices, Rowless):
        options: dict[str, Any] = {"drift": drift, "boundary": boundary, "ndt": ndt}
        options |= {"units": units or None}
        options |= {"collapse": collapse or None, "between": between, "shares": shares}
        options |= {"most_drift": most_drift, "bootstrap": bootstrap or None}
        table = from_rowless(choices, options, prob)
        return replace(table, published=published or table.published)
    account = getattr(choices, "account", None)
    choices = expect_choices(choices, summed=True, private=True)
    choices = with_between(with_drift(choices, drift), between)
    refuse_unlearned(choices, "estimate")
    per = resolved(units, choices)
    weight = None if shares is None else shares_of(choices, shares)
    probability(prob)
    if bootstrap < 0 or bootstrap == 1:
        raise InputError(f"bootstrap must be 0 or at least 2 replications; got {bootstrap}.")
    if bootstrap > MOST_REPLICATIONS:
        raise InputError(f"bootstrap must be at most {MOST_REPLICATIONS:,}; got {bootstrap:,}.")
    trial = TrialDrift(collapse=_meeting(choices, collapse))
    if most_drift is not None:
        check_reach(boundary if isinstance(boundary, int | float) else np.inf, most_drift)
    most = MOST_DRIFT if most_drift is None else float(most_drift)
    table = tabulated(
        choices,
        boundary=boundary,
        ndt=ndt,
        trial=trial,
        shares=weight,
        most_drift=most,
        prob=prob,
        units=per,
    )
    table = replace(table, published=published, privacy=account)
    if not bootstrap:
        return table

    def again(sample: Choices) -> Sequence[Estimate]:
        few = lossless(sample, boundary, ndt) if trial.steady else sample
        rows = closed_forms(few, sources(few, boundary, ndt, trial), ndt, weight, trial, most)
        own = None
        if "bounded_labeler_boundary" in {e.estimator for e in table.estimates}:
            own = own_boundaries(sample, None, None if isinstance(ndt, str) else ndt)
        if own is None:
            return rows
        return (*rows, bounded_own(sample, own, most_drift=most, shares=weight))

    replicates = replicated(choices, again, table.estimates, bootstrap, seed, progress=progress)
    by = (factors(e.parameters, choices.feature_names, per) for e in table.estimates)
    return replace(table, replicates=tuple(x * f for x, f in zip(replicates, by, strict=True)))


def tabulated(
    choices: Choices,
    few: Choices | None = None,
    *,
    boundary: float | str | None = None,
    ndt: float | str | None = None,
    trial: TrialDrift = STEADY,
    shares: Mapping[str, float] | None = None,
    most_drift: float = MOST_DRIFT,
    prob: float = 0.95,
    own: bool = False,
    units: Mapping[str, float] = NO_UNITS,
) -> EstimateTable:
    """Make the table of `estimate` from choices that are coded already.

    Estimates are made of `few`, rows that say the same (by default those of `lossless`), and have
    the influence of these. With ``own``, labelers' own boundaries are learned whatever is found.
    """
    known_ndt = None if isinstance(ndt, str) else ndt
    slower = slower_than(choices, known_ndt)  # which names the row, if there are many
    notes = [*choices.notes, *said_of_sums(choices)]
    if few is None:
        few = lossless(choices, boundary, ndt) if trial.steady else choices
        notes += [] if few is choices else [f"{condensed_note(few, choices)}."]
    options = boundary, ndt, shares, trial
    result = examined(choices, *options, few=few, most_drift=most_drift, own=own)
    if boundary is not None and ndt is None and not isinstance(boundary, str):
        notes.append("the boundary was given without an ndt, which is taken as 0 s.")
    if not trial.steady:
        notes.append(
            f"the bounds lose {trial.collapse:.3g} of the boundary per second, and meet after "
            f"{1 / trial.collapse:.3g} s; learn how fast, and from where, with a fit (--learn "
            "collapse)."
        )
    elif "conditional" not in {b.method for b in result.boundaries}:
        scope = " within each cell" if result.cells else ""
        unknown = choices.anonymous and choices.summed is None
        reason = "labelers are anonymous" if unknown else "no labeler repeats a comparison"
        if choices.summed is not None and choices.summed.n.max() > MAX_CONVOLUTION:
            reason = f"the law of more than {MAX_CONVOLUTION} summed times is not computed"
        notes.append(f"no boundary from repeated comparisons: {reason}{scope}.")
    if result.cells:
        notes.append(
            "the published two- and three-scale boundaries are of one condition: left out."
        )
    if slower:
        n = choices.n_choices - slower.rows.n_choices
        notes.append(
            f"{n:,} response{'s are' if n > 1 else ' is'} faster than ndt {known_ndt:g} s: only "
            "the bounded rows take them; boundaries and the ratio are of the others."
        )
    table = EstimateTable(
        n_choices=choices.n_choices,
        n_labelers=choices.n_labelers,
        dropped=choices.dropped,
        boundaries=result.boundaries,
        estimates=result.estimates,
        prob=prob,
        notes=tuple(notes),
        choice_time=result.choice_time,
        boundary_test=result.boundary_test,
        untested=result.untested,
        findings=result.findings,
        shares=shares,
        features=choices.feature_names,
    )
    if units:
        table = table.per(units)
    standing = {e.estimator: not table.against(e) for e in table.estimates}
    fast = slower is not None or len(too_fast(choices)) > 0
    advice = recommended(result, standing, fast=fast)
    best = next((e for e in table.estimates if e.estimator == advice.estimator), None)
    normal = partial(normality_test_of, few, ndt=known_ndt) if trial.steady else lambda _: None
    answer = "" if best is None else meaning(best, choices, dict(units), prob, normal)
    return replace(table, recommendation=advice, answer=answer)


def _meeting(choices: Choices, collapse: float) -> float:
    """Return a collapse, or refuse one that has the bounds meet before the slowest response."""
    if collapse:
        choices.refuse_condensed("an estimate at closing bounds")
    slowest = float(choices.rt.max())
    if not 0 <= collapse * slowest < 1:
        raise InputError(
            f"collapse must be at least 0 and below {1 / slowest:.3g} per second, where the bounds "
            f"meet at the slowest response, {slowest:.3g} s; got {collapse:g}. Leave slow rows out "
            "(--max-rt) to allow for more."
        )
    return collapse
