"""Closed form against posterior: two ways of knowing, side by side."""

from __future__ import annotations

from typing import Any

from bayes_ddm.comparison.compare import Comparison
from bayes_ddm.comparison.verdict import LEVEL, level, p_text, rejecting
from bayes_ddm.display import (
    Block,
    Callout,
    Heading,
    Missing,
    Words,
    number,
)
from bayes_ddm.estimators import specification_test
from bayes_ddm.estimators.result import LABELS
from bayes_ddm.plots import forest
from bayes_ddm.reporting.drawing import picture
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
    whole = Part((Words(ABOUT),))
    parts = (whole, *study.for_each(_of_fit))
    return Section("closed_form", "Closed form against posterior", parts)


def _of_fit(results: Results) -> Part:
    found = results.comparison
    if isinstance(found, Unknown):
        return Part((Missing("comparison", found.reason),), results.name)
    numbers: dict[str, Any] = dict(found.to_dict())
    blocks: list[Block] = [
        Callout("Verdict", found.verdict, found.agrees),
        *([Words(MEND)] if found.agrees is False else []),
        picture(
            lambda: forest(found),
            alt="Forest plot of the posterior and the closed-form estimates of the average "
            f"preference. {found.verdict}",
            caption="Filled orange points are tested against the blue posterior: intervals that "
            "miss the shaded band disagree with it. Hollow grey ones are shown for comparison; an "
            "arrow points to a value outside the panel.",
        ),
        found.differences({name: _label(name) for name in found.labels}),
        *_tests(found),
        *_normality(results, numbers),
        found.estimates.boundary_table(),
    ]
    return Part(tuple(blocks), results.name, numbers)


def _label(estimator: str) -> str:
    return LABELS.get(estimator, estimator).removeprefix("closed form, ")


def _tests(found: Comparison) -> list[Block]:
    """What the tests say, in words."""
    if not found.tests:
        why = "no closed form at hand shares its boundary with the fit reliably"
        why = f"the closed form {found.untestable}" if found.untestable else why
        return [Missing("test of the difference", f"{why}.")]
    said = []
    for test in found.tests:
        label = _label(test.estimator)
        result = "differs from" if test in rejecting(found.tests) else "is in line with"
        said.append(
            f"Row “{label}”: chi-squared {test.statistic:.3g} on {test.df}, "
            f"p {p_text(test.p_value)}; it {result} the posterior."
        )
    each = f" (level {level(found.tests):.3g} each)" if len(found.tests) > 1 else ""
    return [Words(f"Tests of the average preference{each}. {' '.join(said)}")]


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
        if p < LEVEL
        else "a normal population that shares one boundary and non-decision time is in line with "
        "the closed form"
    )
    said = (
        f"Without MCMC: maximum likelihood under a normal population against the closed form (its "
        f"{test.boundary.method} boundary): chi-squared {test.statistic:.3g} on {test.df}, "
        f"p {p_text(p)}: {result}."
    )
    return [heading, Words(said)]
