"""Whether the average preference of a fit can be quoted, and why."""

from __future__ import annotations

from dataclasses import dataclass

from bayes_ddm.display import Block, Callout, Words
from bayes_ddm.reporting.results import Results, Unknown

SOUND = "a fit without this fault; the sentence says what to do."
RELAXED = (
    "a model that the closed form agrees with. bayes-ddm compare fit.nc --explain relaxes one "
    "assumption at a time, and says which mends it."
)
PASSING = "a model that passes what this one fails, and puts the average elsewhere."
APART = "an estimate that does not rest on this model."
TOLD = (
    "labelers who answer a comparison twice, or a boundary known from elsewhere: then the closed "
    "form can tell."
)
OTHERS = (
    "a model that predicts labelers left out better, and puts the average elsewhere; or labelers "
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
    changed_by : str
        What would change the answer.
    """

    answer: str
    because: str
    ok: bool | None
    changed_by: str

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Return the question with its answer, and what would change it."""
        asked = Callout(f"Can I quote this? {self.answer.capitalize()}", self.because, self.ok)
        return asked, Words(f"What would change this: {self.changed_by}")


def quote_of(results: Results) -> Quote:
    """Weigh what was looked at, and whether the closed form agrees."""
    findings, comparison = results.diagnosis.findings, results.comparison
    average = next((f for f in findings if f.name == "average"), None)
    failed = [f.name for f in findings if f.ok is False and f is not average]
    count = sum(f.ok is not None for f in findings)
    if average is not None and average.ok is False:
        return Quote("no", f"the average {average.sentence}", False, SOUND)
    if not isinstance(comparison, Unknown) and comparison.agrees is False:
        reason = "closed form and posterior, two independent ways of knowing, disagree: see below."
        return Quote("no", reason, False, RELAXED)
    if average is None or average.minor or failed:
        lead = f"what fails is {', '.join(failed)}" if failed else "there is no average to weigh"
        reason = f"{lead}." if average is None else f"the average {average.sentence}"
        return Quote("with care", reason, None, PASSING)
    lead = f"all {count} things that were looked at are well"
    if isinstance(comparison, Unknown):
        reason = f"{lead}, but there is no closed form to compare with."
        return Quote("with care", reason, None, APART)
    if comparison.agrees is None:
        reason = f"{lead}, but whether the closed form agrees is open."
        return Quote("with care", reason, None, TOLD)
    return Quote("yes", f"{lead}, and the closed form, which assumes less, agrees.", True, OTHERS)
