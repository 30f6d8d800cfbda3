"""The posterior: the population's average and spread, and each labeler's preference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray
from bayes_ddm.display import Block, Fold, Heading, Missing, Table, Words, text
from bayes_ddm.distributions.vocabulary import unit_of
from bayes_ddm.fitting.unpooled import unpooled
from bayes_ddm.plots import labeler_preferences
from bayes_ddm.plots.labeler_preferences import MOST_LABELERS
from bayes_ddm.reporting.drawing import picture
from bayes_ddm.reporting.figures import densities
from bayes_ddm.reporting.overlaid import overlaid
from bayes_ddm.reporting.results import Results, Unknown, in_short, known
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.study import Study


def posterior(study: Study) -> Section:
    """Show what was learned of the population and of its members."""
    return Section("posterior", "Posterior", study.parts(_together, _of_fit))


def _together(study: Study) -> list[Block]:
    """Every parameter of all fits: one figure, one table; labelers on request."""
    fits = {results.name: results.entries for results in study.fits}
    titles = {n: r.called(n) for r in study.fits for n in r.entries}
    names = dict.fromkeys(name for results in study.fits for name in results.population.index)
    lines = {titles[n]: [in_short(r.population, n) for r in study.fits] for n in map(str, names)}
    prob = study.best.prob
    figure = picture(
        lambda: overlaid(fits, prob=prob, titles=titles),
        narrow=lambda: overlaid(fits, prob=prob, titles=titles, across=1),
        alt="Posterior densities of the population parameters, a line for each fit.",
        caption="A line for each fit, its mean and interval below. Where lines part, the fits do.",
    )
    caption = f"Population parameters, with {100 * prob:g} % intervals."
    folds = []
    for results in study.fits:
        blocks, _ = _labelers(results)
        folds.append(Fold(Words(f"Labelers by {results.name}"), tuple(blocks)))
    return [figure, study.columns(caption, lines), *folds]


def _of_fit(results: Results, *, shown: bool) -> Part:
    table = results.population
    columns = ("mean", "sd", "low", "high")
    features = results.posterior.choices.feature_names
    units = {name: unit_of(name, features, logits=results.posterior.logits) for name in table.index}
    summary = Table.of(
        f"Population parameters, with {100 * results.prob:g} % intervals.",
        ("parameter", *columns, "unit"),
        table.rename(results.called).assign(unit=list(units.values())),
        **dict.fromkeys(columns, ".4g"),
        unit="",
    )
    numbers: dict[str, Any] = {"population": table[list(columns)].reset_index().to_dict("records")}
    prior = results.prior_draws
    blocks: list[Block] = [summary]
    if shown:
        prior_values = {} if isinstance(prior, Unknown) else prior
        arguments = results.entries, prior_values, results.prob, units
        figure = picture(
            lambda: densities(*arguments),
            narrow=lambda: densities(*arguments, across=1),
            alt="Posterior densities of the population parameters: "
            + "; ".join(f"{name} {low} to {high}" for name, _, _, low, high, _ in summary.rows[:6])
            + ".",
            caption="Blue: posterior, its mean and interval below. Dashed orange: prior; where it "
            "lies flat at the bottom, the data decide.",
        )
        blocks.append(figure)
    if isinstance(prior, Unknown):
        blocks.append(Missing("prior beside the posterior", prior.reason))
    blocks.append(Heading("Labelers"))
    others, numbers["labelers"] = _labelers(results, figures=shown)
    return Part((*blocks, *others), results.name, numbers, shown=shown)


def _labelers(results: Results, *, figures: bool = True) -> tuple[list[Block], Any]:
    """Labelers' preferences, and how far the population pulls them in."""
    if results.posterior.choices.anonymous:
        reason = "labelers are anonymous: one choice each says next to nothing of a person."
        return [Missing("labelers' preferences", reason)], None
    preferences = results.labelers
    if isinstance(preferences, Unknown):
        return [Missing("labelers' preferences", preferences.reason)], None
    estimates = known(lambda: unpooled(results.posterior))
    blocks: list[Block] = [
        Words(
            "Each labeler's posterior borrows from the others: the fewer choices they made, the "
            "more it is pulled towards the population average."
        )
    ]
    if isinstance(estimates, Unknown):
        blocks.append(Missing("labelers' own estimates", estimates.reason))
    features = list(results.posterior.choices.feature_names) or ["drift"]
    numbers: list[dict[str, Any]] = []
    for j, name in enumerate(features):
        table = preferences[name] if results.posterior.choices.contextual else preferences
        unit = results.units.get(name, 1.0)
        table = table.assign(mean=unit * table["mean"], sd=unit * table["sd"])
        column = None if isinstance(estimates, Unknown) else unit * estimates[:, j]
        blocks += [_of_feature(results, name, table, column)] if figures else []
        numbers += _records(name, table, column)
    return blocks, numbers


def _of_feature(
    results: Results, name: str, table: pd.DataFrame, estimates: FloatArray | None
) -> Fold:
    """What pooling does to labelers' preferences, and on request each of them."""
    mean, sd = table["mean"].to_numpy(), table["sd"].to_numpy()
    average = name if results.posterior.choices.contextual else "mu"
    row = results.population.loc[average] if average in results.population.index else None
    center = None if row is None else (row["mean"], row["low"], row["high"])
    label = "log odds" if results.posterior.logits else "drift (1/√s)"
    per = results.called(name).partition(", ")[2] or "per unit"
    label += f" {per} of {name}" if results.posterior.choices.contextual else ""
    sentence = f"Labelers' {label}, one by one."
    if estimates is not None and np.isfinite(estimates).sum() > 1:
        spread = np.nanstd(estimates)
        share = float(np.std(mean[np.isfinite(estimates)]) / spread) if spread > 0 else float("nan")
        sentence = (
            f"{label[0].upper()}{label[1:]}: posterior means are spread {share:.0%} as widely over "
            "labelers as their own choices alone would have it."
        )
        missing = int((~np.isfinite(estimates)).sum())
        sentence += f" {missing} have no estimate of their own." if missing else ""
    subset = f"{MOST_LABELERS} of them, evenly by rank" if len(mean) > MOST_LABELERS else "all"
    figure = picture(
        lambda: labeler_preferences(
            table.index.tolist(), mean, sd, estimates, average=center, label=label
        ),
        alt=f"Posterior means and intervals of {len(mean)} labelers' {label} ({subset}), from "
        f"{text(float(mean.min()), 3)} to {text(float(mean.max()), 3)}.",
        caption=f"Labelers in order ({subset} drawn). The gap between a diamond and its dot is "
        "shrinkage: large where a labeler's own choices say little. Arrows: estimates beyond "
        "the panel.",
    )
    return Fold(Words(sentence), (figure,))


def _records(name: str, table: pd.DataFrame, estimates: FloatArray | None) -> list[dict[str, Any]]:
    if estimates is None:
        estimates = np.full(len(table), np.nan)
    return [
        {"labeler": labeler, "of": name, "mean": m, "sd": s, "own": x}
        for labeler, m, s, x in zip(table.index, table["mean"], table["sd"], estimates, strict=True)
    ]
