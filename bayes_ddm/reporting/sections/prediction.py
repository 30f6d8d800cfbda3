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
    by_fit = {r.name: r.diagnosis.checks for r in study.fits}
    checks = {fit: {c.name: c for c in x.checks} for fit, x in by_fit.items() if x is not None}
    names = dict.fromkeys(name for by_name in checks.values() for name in by_name)
    blocks: list[Block] = [
        Missing(f"predictive checks of {fit}", "there are none for this model.")
        for fit, x in by_fit.items()
        if x is None
    ]
    lines, figures = {}, list[Block]()
    for name in names:
        shown = {fit: by_name[name] for fit, by_name in checks.items() if name in by_name}
        lines[name] = [_cell(shown[r.name]) if r.name in shown else "-" for r in study.fits]
        verdicts = "; ".join(f"{fit}: {verdict(c.ok, c.minor)}" for fit, c in shown.items())
        first = next(iter(shown.values()))
        figure = picture(
            partial(side_by_side, shown),
            alt=f"{name}, observed against predicted, of each fit: {verdicts}",
            caption=first.caption,
        )
        sentences = tuple(Words(f"{fit}: {c.sentence}") for fit, c in shown.items())
        figures.append(Fold(Words(f"{name} ({verdicts})"), (figure, *sentences)))
    table = study.columns("Predictive checks: p, typical misfit, and whether it passes.", lines)
    return [*blocks, table, *figures]


def _cell(check: Check) -> str:
    return f"{verdict(check.ok, check.minor)}, p {check.p_text}, {check.in_unit(check.typical)}"


def _of_fit(results: Results, *, shown: bool) -> Part:
    checks = results.diagnosis.checks
    if checks is None:
        missing = Missing("predictive checks", results.finding("predictive checks").sentence)
        return Part((missing,), results.name, shown=shown)
    people = "the fitted labelers answer again" if checks.same_labelers else "new people answer"
    blocks: list[Block] = [
        Words(
            f"The experiment, simulated {checks.draws} times from the posterior: {people}. A check "
            "fails where data so far off would come up less than once in a hundred, and is only "
            "noted where the misfit is too small to mislead."
        ),
        checks.overview(),
    ]
    for check in checks.checks:
        blocks += check_blocks(check) if shown else check.blocks()
    average = checks.average
    blocks += [*([] if average is None else average.blocks()), *checks.missing()]
    numbers = {
        "draws": checks.draws,
        "same_labelers": checks.same_labelers,
        "checks": checks.table.reset_index().to_dict("records"),
        "average": None if average is None else {"state": average.state, "text": average.sentence},
    }
    return Part(tuple(blocks), results.name, numbers, shown=shown)
