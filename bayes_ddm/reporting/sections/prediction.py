"""Predictive checks: what the fitted model would produce, against the data."""

from __future__ import annotations

from bayes_ddm.display import Block, Missing, Words
from bayes_ddm.reporting.drawing import check_picture
from bayes_ddm.reporting.results import Results
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.study import Study


def prediction(study: Study) -> Section:
    """Show every check: a badge, a number, a figure."""
    return Section("prediction", "Predictive checks", study.for_each(_of_fit))


def _of_fit(results: Results) -> Part:
    found = results.diagnosis.checks
    if found is None:
        why = next(f for f in results.diagnosis.findings if f.name == "predictive checks")
        return Part((Missing("predictive checks", why.sentence),), results.name)
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
        blocks += [*check.blocks(), check_picture(check)]
    average = found.average
    blocks += [*([] if average is None else average.blocks()), *found.missing()]
    numbers = {
        "draws": found.draws,
        "same_labelers": found.same_labelers,
        "checks": found.table.reset_index().to_dict("records"),
        "average": None if average is None else {"state": average.state, "text": average.sentence},
    }
    return Part(tuple(blocks), results.name, numbers)
