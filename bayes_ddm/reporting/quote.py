"""Whether the average preference of a fit can be quoted, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayes_ddm.checks.finding import Finding
from bayes_ddm.checks.sensitivity import THRESHOLD
from bayes_ddm.comparison.would_change import WOULD_CHANGE
from bayes_ddm.display import Block, Callout
from bayes_ddm.reporting.results import Results, Unknown

SOUND = "A fit without this fault; the sentence says what to do."
RELAXED = (
    "A model that the closed form agrees with. bayes-ddm compare fit.nc --explain relaxes one "
    "assumption at a time, and says which mends it."
)
PASSING = "A model that passes what this one fails, and puts the average elsewhere."
APART = "An estimate that does not rest on this model."
TOLD = (
    "Labelers who answer a comparison twice, or a boundary known from elsewhere: then the closed "
    "form can tell."
)
OTHERS = (
    "A model that predicts labelers left out better, and puts the average elsewhere; or labelers "
    "who are not like those you ask about, which no number here can show."
)


@dataclass(frozen=True)
class Quote:
    """The answer to "can I quote this?".

    Attributes
    ----------
    answer : str
        "yes", "with care" or "no".
    because : str
    ok : bool or None
        None is with care.
    changed_by : tuple of str
        What would change the answer, one thing each.
    """

    answer: str
    because: str
    ok: bool | None
    changed_by: tuple[str, ...]

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Return the question with its answer, and what would change it."""
        callout = Callout(f"Can I quote this? {self.answer.capitalize()}", self.because, self.ok)
        return callout, Callout(WOULD_CHANGE, "\n".join(self.changed_by))


def quote_of(results: Results) -> Quote:
    """Weigh what was looked at, and whether the closed form agrees."""
    findings, comparison = results.findings, results.comparison
    average = next((f for f in findings if f.name == "average"), None)
    failed = dict.fromkeys(f.name for f in findings if f.ok is False and f is not average)

    def quote(answer: str, because: str, change: str) -> Quote:
        ok = {"yes": True, "no": False}.get(answer)
        return Quote(answer, because, ok, (change, *_measured(results)))

    if average is not None and average.ok is False:
        return quote("no", f"the average {average.sentence}", SOUND)
    if not isinstance(comparison, Unknown) and comparison.agrees is False:
        reason = "closed form and posterior, two ways of knowing, disagree: see below."
        return quote("no", reason, RELAXED)
    if average is None or average.minor or failed:
        lead = f"what fails is {', '.join(failed)}" if failed else "there is no average to weigh"
        reason = f"the average {average.sentence}" if average and average.minor else f"{lead}."
        return quote("with care", reason, PASSING)
    lead = _well(findings)
    if isinstance(comparison, Unknown):
        reason = f"{lead}, but there is no closed form to compare with."
        return quote("with care", reason, APART)
    if comparison.agrees is None:
        return quote("with care", f"{lead}, but whether the closed form agrees is open.", TOLD)
    return quote("yes", f"{lead}, and the closed form, which assumes less, agrees.", OTHERS)


def _well(findings: Sequence[Finding]) -> str:
    """How many of the things that were looked at are well, and which are noted."""
    looked = [f for f in findings if f.ok is not None]
    noted = [f.name for f in looked if f.minor]
    if not noted:
        return f"all {len(looked)} things that were looked at are well"
    lead = f"{len(looked) - len(noted)} of {len(looked)} things that were looked at are well"
    return f"{lead}, {len(noted)} to be noted, too small to matter ({', '.join(noted)})"


def _measured(results: Results) -> list[str]:
    """How near the tests and the priors are to another answer, and what was not tried."""
    sentences = []
    if not isinstance(results.comparison, Unknown):
        sentences += [f"{x[0].upper()}{x[1:]}." for x in results.comparison.changed_by]
    sensitivity = results.diagnosis.sensitivity
    if sensitivity is not None and np.isfinite(sensitivity.moves):
        sentences.append(
            f"A prior that moves the average by {THRESHOLD} or more (these move it by "
            f"{sensitivity.moves:.3f})."
        )
    return sentences
