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
        known_prior = {} if isinstance(prior, Unknown) else prior
        drawn = results.entries, known_prior, results.prob, units
        figure = picture(
            lambda: densities(*drawn),
            narrow=lambda: densities(*drawn, across=1),
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
    more, numbers["labelers"] = _labelers(results, drawn=shown)
    return Part((*blocks, *more), results.name, numbers, shown=shown)


def _labelers(results: Results, *, drawn: bool = True) -> tuple[list[Block], Any]:
    """Labelers' preferences, and how far the population pulls them in."""
    if results.posterior.choices.anonymous:
        why = "labelers are anonymous: one choice each says next to nothing of a person."
        return [Missing("labelers' preferences", why)], None
    found = results.labelers
    if isinstance(found, Unknown):
        return [Missing("labelers' preferences", found.reason)], None
    own = known(lambda: unpooled(results.posterior))
    blocks: list[Block] = [
        Words(
            "Each labeler's posterior borrows from the others: the fewer choices they made, the "
            "more it is pulled towards the population average."
        )
    ]
    if isinstance(own, Unknown):
        blocks.append(Missing("labelers' own estimates", own.reason))
    features = list(results.posterior.choices.feature_names) or ["drift"]
    numbers: list[dict[str, Any]] = []
    for j, name in enumerate(features):
        part = found[name] if results.posterior.choices.contextual else found
        unit = results.units.get(name, 1.0)
        part = part.assign(mean=unit * part["mean"], sd=unit * part["sd"])
        alone = None if isinstance(own, Unknown) else unit * own[:, j]
        blocks += [_of_feature(results, name, part, alone)] if drawn else []
        numbers += _records(name, part, alone)
    return blocks, numbers


def _of_feature(results: Results, name: str, part: pd.DataFrame, own: FloatArray | None) -> Fold:
    """What pooling does to labelers' preferences, and on request each of them."""
    mean, sd = part["mean"].to_numpy(), part["sd"].to_numpy()
    average = name if results.posterior.choices.contextual else "mu"
    row = results.population.loc[average] if average in results.population.index else None
    center = None if row is None else (row["mean"], row["low"], row["high"])
    label = "log odds" if results.posterior.logits else "drift (1/√s)"
    per = results.called(name).partition(", ")[2] or "per unit"
    label += f" {per} of {name}" if results.posterior.choices.contextual else ""
    said = f"Labelers' {label}, one by one."
    if own is not None and np.isfinite(own).sum() > 1:
        spread = np.nanstd(own)
        kept = float(np.std(mean[np.isfinite(own)]) / spread) if spread > 0 else float("nan")
        said = (
            f"{label[0].upper()}{label[1:]}: posterior means are spread {kept:.0%} as widely over "
            "labelers as their own choices alone would have it."
        )
        missing = int((~np.isfinite(own)).sum())
        said += f" {missing} have no estimate of their own." if missing else ""
    which = f"{MOST_LABELERS} of them, evenly by rank" if len(mean) > MOST_LABELERS else "all"
    figure = picture(
        lambda: labeler_preferences(
            part.index.tolist(), mean, sd, own, average=center, label=label
        ),
        alt=f"Posterior means and intervals of {len(mean)} labelers' {label} ({which}), from "
        f"{text(float(mean.min()), 3)} to {text(float(mean.max()), 3)}.",
        caption=f"Labelers in order ({which} drawn). The gap between a diamond and its dot is "
        "shrinkage: large where a labeler's own choices say little. Arrows: estimates beyond "
        "the panel.",
    )
    return Fold(Words(said), (figure,))


def _records(name: str, part: pd.DataFrame, own: FloatArray | None) -> list[dict[str, Any]]:
    alone = np.full(len(part), np.nan) if own is None else own
    return [
        {"labeler": labeler, "of": name, "mean": m, "sd": s, "own": x}
        for labeler, m, s, x in zip(part.index, part["mean"], part["sd"], alone, strict=True)
    ]
