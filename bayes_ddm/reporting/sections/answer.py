"""The question, the answer in a sentence, whether it can be quoted, and the figure of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from bayes_ddm.display import Block, Callout, Missing, Picture, Table, Words, text
from bayes_ddm.fitting.meaning import meaning
from bayes_ddm.plots import forest
from bayes_ddm.reporting.drawing import picture
from bayes_ddm.reporting.quote import Quote, quote_of
from bayes_ddm.reporting.results import Results, Unknown, in_short
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.study import Study

# beyond, the draws cannot tell a probability from certainty
NEARLY = 0.999
BESIDE = (
    "Filled orange points are tested against the blue posterior. Whether intervals overlap decides "
    "nothing: both are of the same people, and the test is of their difference (see the verdict). "
    "Hollow grey ones are shown for comparison; an arrow points to a value outside the panel."
)
# for who reads this page alone
WORDS = (
    "A labeler is who chose. A drift is how strongly a labeler is drawn to {}: 0 is indifferent, "
    "below 0 is drawn to {}. The posterior is what the model makes of the choices; a closed form "
    "estimates the average without a model of the population, and its name says where it takes the "
    "boundary from, the evidence that people gather before they choose."
)


def answer(study: Study) -> Section:
    """Say what was asked, what the fits answer, and whether to believe them."""
    parts = [Part((Words(study.question),))]
    if len(study.fits) > 1 and not study.several:
        parts.append(Part((_glance(study),)))
    parts += study.parts(_together, _of_fit)
    parts.append(Part((Words(WORDS.format(*study.fits[0].posterior.choices.origin.options)),)))
    return Section("answer", "Question and answer", tuple(parts))


def _together(study: Study) -> list[Block]:
    """The fit that predicts best in a sentence, all on one scale, and a column for each."""
    best, ranking = study.best, study.ranking
    ranked: list[Block] = []
    if not isinstance(ranking, Unknown):
        ranked = [Callout("Best prediction", ranking.sentence)]
    quote = quote_of(best)
    sentence = _lead(best, quote, f" (By {best.name}.)")
    others = {r.name: r.population for r in study.fits if r is not best}
    return [*ranked, *sentence, *_forest(best, others), *quote.blocks, _glance(study)]


def _glance(study: Study) -> Table:
    """A line for each thing to know first, a column for each fit."""
    names = dict.fromkeys(name for r in study.fits for name in r.posterior.averages)
    called = {name: r.called(name) for r in study.fits for name in r.posterior.averages}
    ranking = study.ranking
    lines: dict[str, list[str]] = {}
    if not isinstance(ranking, Unknown):
        gaps = [float(abs(ranking.table.loc[r.name, "elpd_diff"])) for r in study.fits]
        scores = ["best" if x == 0 else f"{x:,.1f} behind the best" for x in gaps]
        lines["log score of labelers left out"] = scores
    lines |= {called[name]: [in_short(r.population, name) for r in study.fits] for name in names}
    lines["can I quote it?"] = [_quoted(study, r) for r in study.fits]
    lines["closed form and posterior"] = [_verdict(r) for r in study.fits]
    lines["what fails"] = [", ".join(_failed(r)) or "nothing" for r in study.fits]
    lines["what is noted"] = [", ".join(_noted(r)) or "nothing" for r in study.fits]
    return study.columns("The fits side by side.", lines)


def _quoted(study: Study, results: Results) -> str:
    quote, ranking = quote_of(results).answer, study.ranking
    if quote == "yes" and not isinstance(ranking, Unknown) and ranking.behind(results.name):
        return "with care: it predicts clearly worse"
    return quote


def _of_fit(results: Results, *, shown: bool) -> Part:
    numbers: dict[str, Any] = {}
    quote = quote_of(results)
    blocks: list[Block] = [*_lead(results, quote)]
    if shown:
        blocks += _forest(results, {})
    numbers["quote"] = {
        "answer": quote.answer,
        "because": quote.because,
        "changed_by": quote.changed_by,
    }
    blocks += quote.blocks
    comparison = results.comparison
    if isinstance(comparison, Unknown):
        blocks.append(Missing("two ways of knowing", comparison.reason))
    else:
        numbers["verdict"] = comparison.verdict
        blocks.append(comparison.said("Two ways of knowing"))
    if not results.posterior.averages:
        reason = "the fit has no mu (or theta, with features), the population average."
        blocks.append(Missing("average preference", reason))
    if results.weight is not None:
        shares = ", ".join(f"{group} {share:.3g}" for group, share in results.weight.items())
        blocks.append(Words(f"Averages are over the population's shares: {shares}."))
        numbers["shares"] = results.weight
    for name in results.posterior.averages:
        sentence, numbers[name] = _average(results, name)
        blocks.append(Words(sentence))
    if "share_positive" in results.posterior.entries:
        numbers["share_positive"] = results.population.loc["share_positive"].to_dict()
    skipped = [f.name for f in results.findings if f.ok is None]
    lists = {"What fails": _failed(results), "Noted": _noted(results), "Not looked at": skipped}
    sentences = [f"{label}: {', '.join(names)}." for label, names in lists.items() if names]
    blocks += [Words(" ".join(sentences))] if sentences else []
    failures = [f.name for f in results.findings if f.ok is False]
    numbers |= {"failed": failures, "noted": _noted(results), "not_looked_at": skipped}
    return Part(tuple(blocks), results.name, numbers, shown=shown)


def _failed(results: Results) -> list[str]:
    """What fails, but for the average, of which the answer speaks."""
    names = [f.name for f in results.findings if f.ok is False]
    return [name for name in dict.fromkeys(names) if name != "average"]


def _noted(results: Results) -> list[str]:
    """What is there to be seen, and too small to matter."""
    names = [f.name for f in results.findings if f.minor]
    return [name for name in dict.fromkeys(names) if name != "average"]


def _verdict(results: Results) -> str:
    if isinstance(results.comparison, Unknown):
        return "not compared"
    verdict = results.comparison.verdict.partition(":")[0].partition(",")[0]
    return verdict.partition(" on ")[0].partition(" by ")[0]


def _lead(results: Results, quote: Quote, suffix: str = "") -> list[Block]:
    """The sentence to take away, or with the warning that it is none."""
    fit_values = results.posterior, results.unscaled, results.prob, results.units
    sentence = meaning(*fit_values, shared=results.weight is not None)
    if not sentence:
        return []
    if quote.ok is False:
        return [Callout("", f"Not to be quoted: {sentence}{suffix}", False)]
    return [Callout("", f"{sentence}{suffix}")]


def _forest(results: Results, others: dict[str, Any]) -> list[Picture]:
    comparison = results.comparison
    if isinstance(comparison, Unknown):
        return []
    name = results.name if others else ""
    figure = picture(
        lambda: forest(comparison, of=name, beside=others),
        narrow=lambda: forest(comparison, of=name, beside=others, narrow=True),
        alt="Forest plot of the posterior and the closed-form estimates of the average "
        f"preference. {comparison.verdict}",
        caption=BESIDE,
    )
    return [replace(figure, beside=True)]


def _average(results: Results, name: str) -> tuple[str, dict[str, Any]]:
    """The average in a sentence, and its numbers."""
    row = results.population.loc[name]
    draws = results.entries[name]
    positive, contextual = float(np.mean(draws > 0)), results.posterior.choices.contextual
    unit = "log odds" if results.posterior.logits else "drift"
    size = results.units.get(name)
    label = f" per {'unit' if size is None else f'{size:.4g}'} of {name}"
    subject = f"average {unit} of the population{label if contextual else f' ({name})'}"
    options = results.posterior.choices.origin.options
    side = options[0] if positive > 0.5 else options[1]
    chance = max(positive, 1 - positive)
    certainty = f"with probability {f'{chance:.3f}' if chance < NEARLY else f'above {NEARLY}'}"
    direction = f"on average people prefer {side}"
    if contextual:
        direction = f"more {name} speaks for {side}"
    sentence = (
        f"The {subject} is {text(row['mean'], 3)} ({100 * results.prob:g} % interval "
        f"{text(row['low'], 3)} to {text(row['high'], 3)}): {certainty}, {direction}."
    )
    return sentence, row.to_dict() | {"probability_positive": positive, "unit": unit}
