"""The model as mathematics, its priors, and what they expect before any data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bayes_ddm import models
from bayes_ddm.checks import PredictiveChecks
from bayes_ddm.checks.finding import Finding
from bayes_ddm.checks.predictive.choice_share import ComparisonShare
from bayes_ddm.checks.predictive.rt_density import RtDensity
from bayes_ddm.display import Badge, Block, Fold, Formulas, Heading, Missing, Table, Words
from bayes_ddm.reporting.drawing import check_blocks
from bayes_ddm.reporting.equations import equations, mathml, shape_of, where
from bayes_ddm.reporting.priors_table import priors_of
from bayes_ddm.reporting.results import Results, Unknown
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.study import Study


def model(study: Study) -> Section:
    """Write each model out."""
    parts = study.for_each(lambda results: _of_fit(results, together=study.several))
    if not study.several:
        return Section("model", "Model, priors, prior prediction", parts)
    by_fit = [{name: prior for name, _, prior in priors_of(r.posterior)} for r in study.fits]
    names = dict.fromkeys(name for priors in by_fit for name in priors)
    lines = {name: [priors.get(name, "-") for priors in by_fit] for name in names}
    whole = Part((study.columns("Priors and fixed values.", lines),))
    return Section("model", "Model, priors, prior prediction", (*parts, whole))


def _of_fit(results: Results, *, together: bool = False) -> Part:
    blocks: list[Block] = []
    numbers: dict[str, Any] = {"model": results.posterior.model}
    if results.posterior.of_family:
        shape = shape_of(results.posterior)
        lines = equations(shape)
        blocks += [
            Words(models.summary(results.posterior.model)),
            Formulas(tuple(mathml(line) for line in lines)),
            *(Words(sentence) for sentence in where(shape)),
        ]
        numbers["equations"] = lines
    else:
        reason = (
            f"{results.posterior.model!r} is a model of your own; only its author can write it out."
        )
        blocks.append(Missing("mathematics", reason))
    rows = priors_of(results.posterior)
    numbers["priors"] = [
        {"parameter": name, "meaning": meaning, "prior": prior} for name, meaning, prior in rows
    ]
    if not together:
        blocks.append(Heading("Priors"))
    if rows and not together:
        head = ("parameter", "meaning", "prior")
        blocks.append(
            Table("Priors and fixed values.", head, tuple(rows), words=frozenset({0, 1, 2}))
        )
    elif not rows:
        blocks.append(Missing("priors", "the fit does not hold them."))
    blocks.append(Heading("Prior prediction"))
    checks = results.prior_checks
    if isinstance(checks, Unknown):
        blocks.append(Missing("prior prediction", checks.reason))
    else:
        blocks += _prior_prediction(checks, results.finding("prior prediction"))
        numbers["prior_checks"] = checks.table.reset_index().to_dict("records")
    return Part(tuple(blocks), results.name, numbers)


def _prior_prediction(checks: PredictiveChecks, finding: Finding) -> list[Block]:
    """What the priors expect, beside the data; on request, where they allow it."""
    words = (
        f"The experiment, simulated {checks.draws} times with parameters drawn from the priors. "
        "Bands should be wide, and hold the data: priors that exclude them are wrong, priors that "
        "allow anything are weak."
    )
    (badge,) = finding.blocks()
    details: list[Block] = []
    for check in checks.checks:
        pictured = isinstance(check, ComparisonShare | RtDensity)
        parts = check_blocks(check) if pictured else check.blocks()
        details += [_noted(block) for block in parts] if finding.minor else parts
    if finding.ok and not finding.minor:
        return [Words(words), Fold(badge, tuple(details))]
    return [Words(words), badge, *details]


def _noted(block: Block) -> Block:
    """Return a badge that fails as a note, where all of them together are no more than that."""
    if isinstance(block, Badge) and block.ok is False:
        return replace(block, ok=True, minor=True)
    return block
