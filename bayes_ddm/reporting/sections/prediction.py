"""Predictive checks: what the fitted model would produce, against the data."""

from __future__ import annotations

from functools import partial

from bayes_ddm.checks.predictive.result import Check
from bayes_ddm.display import Block, Fold, Missing, Words, verdict
from bayes_ddm.reporting.drawing import check_blocks, picture, side_by_side
from bayes_ddm.reporting.results import Results
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.study import Study


def prediction(study: Study) -> Section:
    """Show every check: a badge, a number, a figure."""
    return Section("prediction", "Predictive checks", study.parts(_together, _of_fit))


def _together(study: Study) -> list[Block]:
    """A line for each check, and one figure of it with a panel for each fit."""
    found = {r.name: r.diagnosis.checks for r in study.fits}
    checks = {name: {c.name: c for c in of.checks} for name, of in found.items() if of is not None}
    names = dict.fromkeys(name for of in checks.values() for name in of)
    blocks: list[Block] = [
        Missing(f"predictive checks of {name}", "there are none for this model.")
        for name, of in found.items()
        if of is None
    ]
    lines, figures = {}, list[Block]()
    for name in names:
        mine = {fit: of[name] for fit, of in checks.items() if name in of}
        lines[name] = [_cell(mine[r.name]) if r.name in mine else "-" for r in study.fits]
        said = "; ".join(f"{fit}: {verdict(c.ok, c.minor)}" for fit, c in mine.items())
        first = next(iter(mine.values()))
        figure = picture(
            partial(side_by_side, mine),
            alt=f"{name}, observed against predicted, of each fit: {said}",
            caption=first.caption,
        )
        sentences = tuple(Words(f"{fit}: {c.sentence}") for fit, c in mine.items())
        figures.append(Fold(Words(f"{name} ({said})"), (figure, *sentences)))
    table = study.columns("Predictive checks: p, typical misfit, and whether it passes.", lines)
    return [*blocks, table, *figures]


def _cell(check: Check) -> str:
    return f"{verdict(check.ok, check.minor)}, p {check.p_text}, {check.in_unit(check.typical)}"


def _of_fit(results: Results, *, shown: bool) -> Part:
    found = results.diagnosis.checks
    if found is None:
        why = next(f for f in results.diagnosis.findings if f.name == "predictive checks")
        missing = Missing("predictive checks", why.sentence)
        return Part((missing,), results.name, shown=shown)
    who = "the fitted labelers answer again" if found.same_labelers else "new people answer"
    blocks: list[Block] = [
        Words(
            f"The experiment, simulated {found.draws} times from the posterior: {who}. A check "
            "fails where data so far off would come up less than once in a hundred, and is only "
            "noted where the misfit is too small to mislead."
        ),
        found.overview(),
    ]
    for check in found.checks:
        blocks += check_blocks(check) if shown else check.blocks()
    average = found.average
    blocks += [*([] if average is None else average.blocks()), *found.missing()]
    numbers = {
        "draws": found.draws,
        "same_labelers": found.same_labelers,
        "checks": found.table.reset_index().to_dict("records"),
        "average": None if average is None else {"state": average.state, "text": average.sentence},
    }
    return Part(tuple(blocks), results.name, numbers, shown=shown)
