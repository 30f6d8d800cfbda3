"""The model as mathematics, its priors, and what they expect before any data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bayes_ddm import models
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
    each = study.for_each(lambda results: _of_fit(results, together=study.several))
    if not study.several:
        return Section("model", "Model, priors, prior prediction", each)
    found = {r.name: priors_of(r.posterior) for r in study.fits}
    held = {name: {p: prior for p, _, prior in rows} for name, rows in found.items()}
    lines = {p: [of.get(p, "-") for of in held.values()] for of in held.values() for p in of}
    whole = Part((study.columns("Priors and fixed values.", lines),))
    return Section("model", "Model, priors, prior prediction", (*each, whole))


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
        why = (
            f"{results.posterior.model!r} is a model of your own; only its author can write it out."
        )
        blocks.append(Missing("mathematics", why))
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
    found = results.prior_checks
    if isinstance(found, Unknown):
        blocks.append(Missing("prior prediction", found.reason))
        return Part(tuple(blocks), results.name, numbers)
    blocks.append(
        Words(
            f"The experiment, simulated {found.draws} times with parameters drawn from the priors. "
            "Bands should be wide, and hold the data: priors that exclude them are wrong, priors "
            "that allow anything are weak."
        )
    )
    finding = results.finding("prior prediction")
    (said,) = finding.blocks()
    each: list[Block] = []
    for check in found.checks:
        drawn = isinstance(check, ComparisonShare | RtDensity)
        made = check_blocks(check) if drawn else check.blocks()
        each += [_noted(block) for block in made] if finding.minor else made
    blocks += [Fold(said, tuple(each))] if finding.ok and not finding.minor else [said, *each]
    numbers["prior_checks"] = found.table.reset_index().to_dict("records")
    return Part(tuple(blocks), results.name, numbers)


def _noted(block: Block) -> Block:
    """Return a badge that fails as a note, where all of them together are no more than that."""
    failed = isinstance(block, Badge) and block.ok is False
    return replace(block, ok=True, minor=True) if failed else block
