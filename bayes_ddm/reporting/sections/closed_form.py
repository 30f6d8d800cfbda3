"""Closed form against posterior: two ways of knowing, side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bayes_ddm.comparison.compare import Comparison
from bayes_ddm.comparison.verdict import ComparisonRow, level, p_text, rejecting
from bayes_ddm.display import (
    Block,
    Fold,
    Heading,
    Missing,
    Table,
    Words,
    number,
    text,
)
from bayes_ddm.estimators import specification_test
from bayes_ddm.estimators.result import LABELS
from bayes_ddm.reporting.results import Results, Unknown, known
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.study import Study

ABOUT = (
    "The closed form needs no assumption on how preferences are spread over labelers; the model "
    "needs no repeated comparison. Where both rest on the same boundary, a difference beyond "
    "chance is a finding about the model."
)
MEND = (
    "To learn which assumption is at fault: bayes-ddm compare FIT.nc --explain (bd.explain) "
    "relaxes one at a time, and says which mends it."
)


def closed_form(study: Study) -> Section:
    """Hold every closed form against the posterior."""
    parts = Part((Words(ABOUT),)), *study.parts(_together, _of_fit)
    return Section("closed_form", "Closed form against posterior", parts)


def _together(study: Study) -> list[Block]:
    """Verdicts, and a table with a column for each fit."""
    blocks: list[Block] = []
    comparisons = {r.name: r.comparison for r in study.fits}
    columns: dict[str, dict[tuple[str, str], str]] = {}
    for name, comparison in comparisons.items():
        if isinstance(comparison, Unknown):
            blocks.append(Missing(f"comparison of {name}", comparison.reason))
            continue
        blocks.append(comparison.said(name))
        columns[name] = {
            (row.estimator, comparison.called(row.parameter)): _cell(row) for row in comparison.rows
        }
    keys = dict.fromkeys(key for column in columns.values() for key in column)
    rows = [(*key, *(column.get(key, "-") for column in columns.values())) for key in keys]
    caption = "Closed form, and its difference from each posterior in brackets, in drift units."
    table = Table(caption, ("closed form", "parameter", *columns), tuple(rows), frozenset({0, 1}))
    return [*blocks, *([table] if rows else []), *_meanings(e for e, _ in keys)]


def _cell(row: ComparisonRow) -> str:
    p = "" if row.p_value is None else f", p {p_text(row.p_value)}"
    value, difference = (text(number(x), 3) for x in (row.value, row.difference))
    return f"{value} ({difference}{p})" + ("" if row.reliable else ", unreliable")


def _of_fit(results: Results, *, shown: bool) -> Part:
    comparison = results.comparison
    if isinstance(comparison, Unknown):
        missing = Missing("comparison", comparison.reason)
        return Part((missing,), results.name, shown=shown)
    numbers: dict[str, Any] = dict(comparison.to_dict())
    blocks: list[Block] = [
        comparison.said(),
        *([Words(MEND)] if comparison.agrees is False else []),
        comparison.differences(full=False),
        Fold(
            Words("All closed forms, and the boundaries that they rest on"),
            (comparison.differences(), comparison.estimates.boundary_table()),
        ),
        *_meanings(comparison.labels),
        *_tests(comparison),
        *_normality(results, numbers),
    ]
    return Part(tuple(blocks), results.name, numbers, shown=shown)


def _meanings(estimators: Iterable[str]) -> list[Block]:
    """What each row is, in words."""
    names = dict.fromkeys(estimators)
    rows = tuple((name, LABELS[name]) for name in names if name in LABELS)
    table = Table("Each closed form in words.", (), rows, words=frozenset({0, 1}))
    return [Fold(Words("What each closed form is"), (table,))] if rows else []


def _tests(comparison: Comparison) -> list[Block]:
    """What the tests say, in words."""
    if not comparison.tests:
        reason = "no closed form at hand shares its boundary with the fit reliably"
        reason = f"the closed form {comparison.untestable}" if comparison.untestable else reason
        return [Missing("test of the difference", f"{reason}.")]
    sentences = []
    for test in comparison.tests:
        label = test.estimator
        result = "differs from" if test in rejecting(comparison.tests) else "is in line with"
        sentences.append(
            f"{label}: chi-squared {test.statistic:.3g} on {test.df}, "
            f"p {p_text(test.p_value)}; it {result} the posterior."
        )
    note = f" (level {level(comparison.tests):.3g} each)" if len(comparison.tests) > 1 else ""
    return [Words(f"Tests of the average preference{note}. {' '.join(sentences)}")]


def _normality(results: Results, numbers: dict[str, Any]) -> list[Block]:
    """The normal population against the closed form, without any MCMC."""
    heading = Heading("Specification test")
    test = known(lambda: specification_test(results.posterior.choices))
    if isinstance(test, Unknown):
        return [heading, Missing("specification test", test.reason)]
    p = number(test.p_value)
    numbers["normal_population"] = {
        "statistic": number(test.statistic),
        "df": test.df,
        "p_value": p,
        "boundary_method": test.boundary.method,
        "note": test.note,
    }
    if p is None:
        return [heading, Missing("specification test", test.note)]
    result = (
        "labelers are not a normal population that shares one boundary and non-decision time"
        if test.rejects
        else "a normal population that shares one boundary and non-decision time is in line with "
        "the closed form"
    )
    sentence = (
        f"Without MCMC: maximum likelihood under a normal population against the closed form (its "
        f"{test.boundary.method} boundary): chi-squared {test.statistic:.3g} on {test.df}, "
        f"p {p_text(p)}: {result}."
    )
    return [heading, Words(sentence)]
