"""Whether the average preference of a fit can be quoted, and why."""

from __future__ import annotations

from dataclasses import dataclass

from bayes_ddm.display import Callout
from bayes_ddm.reporting.results import Results, Unknown


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
    """

    answer: str
    because: str
    ok: bool | None

    @property
    def callout(self) -> Callout:
        """Return the question with its answer."""
        return Callout(f"Can I quote this? {self.answer.capitalize()}", self.because, self.ok)


def quote_of(results: Results) -> Quote:
    """Weigh what was looked at, and whether the closed form agrees."""
    findings, comparison = results.diagnosis.findings, results.comparison
    average = next((f for f in findings if f.name == "average"), None)
    failed = [f.name for f in findings if f.ok is False and f is not average]
    count = sum(f.ok is not None for f in findings)
    if average is not None and average.ok is False:
        return Quote("no", f"the average {average.sentence}", False)
    if not isinstance(comparison, Unknown) and comparison.agrees is False:
        reason = "closed form and posterior, two independent ways of knowing, disagree: see below."
        return Quote("no", reason, False)
    if average is None or average.minor or failed:
        lead = f"what fails is {', '.join(failed)}" if failed else "there is no average to weigh"
        reason = f"{lead}." if average is None else f"the average {average.sentence}"
        return Quote("with care", reason, None)
    lead = f"all {count} things that were looked at are well"
    if isinstance(comparison, Unknown):
        return Quote("with care", f"{lead}, but there is no closed form to compare with.", None)
    if comparison.agrees is None:
        return Quote("with care", f"{lead}, but whether the closed form agrees is open.", None)
    return Quote("yes", f"{lead}, and the closed form, which assumes less, agrees.", True)
