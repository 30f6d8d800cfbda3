"""The question, and the answer in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayes_ddm.display import Block, Callout, Missing, Table, Words, text
from bayes_ddm.reporting.results import Results, Unknown
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.study import Study

# beyond, the draws cannot tell a probability from certainty
NEARLY = 0.999


def answer(study: Study) -> Section:
    """Say what was asked, what the fits answer, and whether to believe them."""
    parts: list[Part] = [Part((Words(study.question),))]
    if len(study.fits) > 1:
        parts.append(Part((_glance(study),)))
    return Section("answer", "Question and answer", (*parts, *study.for_each(_of_fit)))


def _glance(study: Study) -> Table:
    """One row per fit: what it says, and how it fares."""
    rows = []
    for results in study.fits:
        averages = "; ".join(_short(results, name) for name in results.posterior.averages) or "none"
        verdict = "not compared"
        if not isinstance(results.comparison, Unknown):
            verdict = results.comparison.verdict.partition(":")[0].partition(",")[0]
            verdict = verdict.partition(" on ")[0]
        failed = [f.name for f in results.diagnosis.findings if f.ok is False]
        rows.append((results.name, averages, verdict, ", ".join(failed) or "none"))
    head = ("fit", "average preference", "closed form and posterior", "what fails")
    return Table("The fits at a glance.", head, tuple(rows), words=frozenset({0, 1, 2, 3}))


def _of_fit(results: Results) -> Part:
    blocks: list[Block] = []
    numbers: dict[str, Any] = {}
    if not results.posterior.averages:
        reason = "the fit has no mu (or theta, with features), the population average."
        blocks.append(Missing("average preference", reason))
    if results.weight is not None:
        each = ", ".join(f"{group} {share:.3g}" for group, share in results.weight.items())
        blocks.append(Words(f"Averages are over the population's shares: {each}."))
        numbers["shares"] = results.weight
    for name in results.posterior.averages:
        sentence, numbers[name] = _average(results, name)
        blocks.append(Words(sentence))
    if "share_positive" in results.posterior.entries:
        row = results.population.loc["share_positive"]
        numbers["share_positive"] = row.to_dict()
        who = "labelers" if results.weight is None else "the sample's labelers"
        blocks.append(
            Words(
                f"{row['mean']:.0%} of {who} prefer the +1 option ({row['low']:.0%} to "
                f"{row['high']:.0%}): an average and a majority may disagree."
            )
        )
    compared = results.comparison
    if isinstance(compared, Unknown):
        blocks.append(Missing("two ways of knowing", compared.reason))
    else:
        numbers["verdict"] = compared.verdict
        blocks.append(Callout("Two ways of knowing", compared.verdict, compared.agrees))
    diagnosis = results.diagnosis
    failed = [f.name for f in diagnosis.findings if f.ok is False]
    skipped = [f.name for f in diagnosis.findings if f.ok is None]
    looked = len(diagnosis.findings) - len(skipped)
    said = f"All {looked} things looked at are well." if not failed else ""
    said = said or f"{len(failed)} of {looked} things looked at fail: {', '.join(failed)}."
    said += f" Not looked at: {', '.join(skipped)}." if skipped else ""
    blocks.append(Callout("Whether to believe the fit", said, diagnosis.ok))
    numbers |= {"failed": failed, "not_looked_at": skipped}
    return Part(tuple(blocks), results.name, numbers)


def _short(results: Results, name: str) -> str:
    row = results.population.loc[name]
    return f"{name} {text(row['mean'], 3)} ({text(row['low'], 3)} to {text(row['high'], 3)})"


def _average(results: Results, name: str) -> tuple[str, dict[str, Any]]:
    """The average in a sentence, and its numbers."""
    row = results.population.loc[name]
    draws = results.entries[name]
    positive, contextual = float(np.mean(draws > 0)), results.posterior.choices.contextual
    unit = "log odds" if results.posterior.logits else "drift"
    what = f"average {unit} of the population"
    what += f" per unit of {name}" if contextual else f" ({name})"
    side = "+1" if positive > 0.5 else "-1"
    sure = max(positive, 1 - positive)
    how = f"with probability {sure:.3f}" if sure < NEARLY else f"with probability above {NEARLY}"
    more = f"on average people prefer the {side} option"
    if contextual:
        more = f"more {name} speaks for the {side} option"
    sentence = (
        f"The {what} is {text(row['mean'], 3)} ({100 * results.prob:g} % interval "
        f"{text(row['low'], 3)} to {text(row['high'], 3)}): {how}, {more}."
    )
    return sentence, row.to_dict() | {"probability_positive": positive, "unit": unit}
