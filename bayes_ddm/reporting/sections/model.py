"""The model as mathematics, its priors, and what they expect before any data."""

from __future__ import annotations

from typing import Any

from bayes_ddm import models
from bayes_ddm.checks.predictive.choice_share import ComparisonShare
from bayes_ddm.checks.predictive.rt_density import RtDensity
from bayes_ddm.display import Block, Formulas, Heading, Missing, Table, Words
from bayes_ddm.reporting.drawing import check_picture
from bayes_ddm.reporting.equations import equations, mathml, shape_of, where
from bayes_ddm.reporting.priors_table import priors_of
from bayes_ddm.reporting.results import Results, Unknown
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.study import Study


def model(study: Study) -> Section:
    """Write each model out."""
    return Section("model", "Model, priors, prior prediction", study.for_each(_of_fit))


def _of_fit(results: Results) -> Part:
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
    blocks.append(Heading("Priors"))
    rows = priors_of(results.posterior)
    numbers["priors"] = [
        {"parameter": name, "meaning": meaning, "prior": prior} for name, meaning, prior in rows
    ]
    if rows:
        head = ("parameter", "meaning", "prior")
        blocks.append(
            Table("Priors and fixed values.", head, tuple(rows), words=frozenset({0, 1, 2}))
        )
    else:
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
    blocks += [badge for check in found.checks for badge in check.blocks()]
    drawn = (check for check in found.checks if isinstance(check, ComparisonShare | RtDensity))
    blocks += [check_picture(check) for check in drawn]
    numbers["prior_checks"] = found.table.reset_index().to_dict("records")
    return Part(tuple(blocks), results.name, numbers)
