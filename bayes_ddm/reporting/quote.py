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
    findings, compared = results.diagnosis.findings, results.comparison
    about = next((f for f in findings if f.name == "average"), None)
    failed = [f.name for f in findings if f.ok is False and f is not about]
    looked = sum(f.ok is not None for f in findings)
    if about is not None and about.ok is False:
        return Quote("no", f"the average {about.sentence}", False)
    if not isinstance(compared, Unknown) and compared.agrees is False:
        why = "closed form and posterior, two independent ways of knowing, disagree: see below."
        return Quote("no", why, False)
    if about is None or about.minor or failed:
        failing = f"what fails is {', '.join(failed)}" if failed else "there is no average to weigh"
        said = f"{failing}." if about is None else f"the average {about.sentence}"
        return Quote("with care", said, None)
    well = f"all {looked} things that were looked at are well"
    if isinstance(compared, Unknown):
        return Quote("with care", f"{well}, but there is no closed form to compare with.", None)
    if compared.agrees is None:
        return Quote("with care", f"{well}, but whether the closed form agrees is open.", None)
    return Quote("yes", f"{well}, and the closed form, which assumes less, agrees.", True)
