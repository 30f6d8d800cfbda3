"""Whether the conclusions depend on the priors."""

from __future__ import annotations

from dataclasses import replace

from bayes_ddm.checks.sensitivity import THRESHOLD, Sensitivity
from bayes_ddm.display import Block, Fold, Missing, Words
from bayes_ddm.reporting.results import Results
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.study import Study

ABOUT = (
    "Priors, or the likelihood, are made a little stronger or weaker by raising them to a power "
    f"near 1; what counts is how far the posterior moves. Above {THRESHOLD} it depends on them."
)


def priors(study: Study) -> Section:
    """Show how the posterior moves as prior or likelihood are made a little stronger."""
    parts = Part((Words(ABOUT),)), *study.parts(_together, _of_fit)
    return Section("priors", "Prior sensitivity", parts)


def _together(study: Study) -> list[Block]:
    """How far priors move each parameter, a column for each fit."""
    by_fit = {r.name: r.diagnosis.sensitivity for r in study.fits}
    names = dict.fromkeys(str(n) for x in by_fit.values() if x is not None for n in x.table.index)
    lines = {name: [_distance(x, name) for x in by_fit.values()] for name in names}
    badges = [
        replace(badge, name=f"{badge.name}, {results.name}")
        for results in study.fits
        for badge in results.finding("prior sensitivity").blocks()
    ]
    return [study.columns("How far the priors move the posterior.", lines), *badges]


def _distance(sensitivity: Sensitivity | None, name: str) -> str:
    if sensitivity is None or name not in sensitivity.table.index:
        return "-"
    return f"{sensitivity.table.loc[name, 'prior']:.3f}"


def _of_fit(results: Results, *, shown: bool) -> Part:
    sensitivity = results.diagnosis.sensitivity
    if sensitivity is None:
        missing = Missing("prior sensitivity", results.finding("prior sensitivity").sentence)
        return Part((missing,), results.name, shown=shown)
    numbers = {"sensitivity": sensitivity.table.reset_index().to_dict("records")}
    badge, table = sensitivity.blocks()
    folded = sensitivity.ok and not sensitivity.minor
    blocks: tuple[Block, ...] = (Fold(badge, (table,)),) if folded else (badge, table)
    return Part(blocks, results.name, numbers, shown=shown)
