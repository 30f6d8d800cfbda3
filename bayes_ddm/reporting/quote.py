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
    findings, compared = results.diagnosis.findings, results.comparison
    about = next((f for f in findings if f.name == "average"), None)
    failed = [f.name for f in findings if f.ok is False and f is not about]
    looked = sum(f.ok is not None for f in findings)
    if about is not None and about.ok is False:
        return Quote("no", f"the average {about.sentence}", False, SOUND)
    if not isinstance(compared, Unknown) and compared.agrees is False:
        why = "closed form and posterior, two independent ways of knowing, disagree: see below."
        return Quote("no", why, False, RELAXED)
    if about is None or about.minor or failed:
        failing = f"what fails is {', '.join(failed)}" if failed else "there is no average to weigh"
        said = f"{failing}." if about is None else f"the average {about.sentence}"
        return Quote("with care", said, None, PASSING)
    well = f"all {looked} things that were looked at are well"
    if isinstance(compared, Unknown):
        why = f"{well}, but there is no closed form to compare with."
        return Quote("with care", why, None, APART)
    if compared.agrees is None:
        why = f"{well}, but whether the closed form agrees is open."
        return Quote("with care", why, None, TOLD)
    return Quote("yes", f"{well}, and the closed form, which assumes less, agrees.", True, OTHERS)
