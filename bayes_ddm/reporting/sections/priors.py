"""Whether the conclusions depend on the priors."""

from __future__ import annotations

from dataclasses import replace

from bayes_ddm.checks.sensitivity import THRESHOLD
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
    whole = Part((Words(ABOUT),))
    return Section("priors", "Prior sensitivity", (whole, *study.parts(_together, _of_fit)))


def _together(study: Study) -> list[Block]:
    """How far priors move each parameter, a column for each fit."""
    found = {r.name: r.diagnosis.sensitivity for r in study.fits}
    names = dict.fromkeys(n for of in found.values() if of for n in map(str, of.table.index))
    lines = {
        name: [
            "-"
            if of is None or name not in of.table.index
            else f"{of.table.loc[name, 'prior']:.3f}"
            for of in found.values()
        ]
        for name in names
    }
    badges = [
        replace(badge, name=f"{badge.name}, {results.name}")
        for results in study.fits
        for badge in results.finding("prior sensitivity").blocks()
    ]
    return [study.columns("How far the priors move the posterior.", lines), *badges]


def _of_fit(results: Results, *, shown: bool) -> Part:
    found = results.diagnosis.sensitivity
    if found is None:
        missing = Missing("prior sensitivity", results.finding("prior sensitivity").sentence)
        return Part((missing,), results.name, shown=shown)
    numbers = {"sensitivity": found.table.reset_index().to_dict("records")}
    badge, table = found.blocks()
    folded = found.ok and not found.minor
    blocks: tuple[Block, ...] = (Fold(badge, (table,)),) if folded else (badge, table)
    return Part(blocks, results.name, numbers, shown=shown)
