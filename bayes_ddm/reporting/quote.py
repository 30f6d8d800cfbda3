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
    findings, compared = results.findings, results.comparison
    about = next((f for f in findings if f.name == "average"), None)
    failed = dict.fromkeys(f.name for f in findings if f.ok is False and f is not about)

    def quote(answer: str, because: str, change: str) -> Quote:
        ok = {"yes": True, "no": False}.get(answer)
        return Quote(answer, because, ok, (change, *_measured(results)))

    if about is not None and about.ok is False:
        return quote("no", f"the average {about.sentence}", SOUND)
    if not isinstance(compared, Unknown) and compared.agrees is False:
        why = "closed form and posterior, two ways of knowing, disagree: see below."
        return quote("no", why, RELAXED)
    if about is None or about.minor or failed:
        failing = f"what fails is {', '.join(failed)}" if failed else "there is no average to weigh"
        said = f"the average {about.sentence}" if about and about.minor else f"{failing}."
        return quote("with care", said, PASSING)
    well = _well(findings)
    if isinstance(compared, Unknown):
        why = f"{well}, but there is no closed form to compare with."
        return quote("with care", why, APART)
    if compared.agrees is None:
        return quote("with care", f"{well}, but whether the closed form agrees is open.", TOLD)
    return quote("yes", f"{well}, and the closed form, which assumes less, agrees.", OTHERS)


def _well(findings: Sequence[Finding]) -> str:
    """How many of the things that were looked at are well, and which are noted."""
    looked = [f for f in findings if f.ok is not None]
    noted = [f.name for f in looked if f.minor]
    if not noted:
        return f"all {len(looked)} things that were looked at are well"
    well = f"{len(looked) - len(noted)} of {len(looked)} things that were looked at are well"
    return f"{well}, {len(noted)} to be noted, too small to matter ({', '.join(noted)})"


def _measured(results: Results) -> list[str]:
    """How near the tests and the priors are to another answer, and what was not tried."""
    said = []
    if not isinstance(results.comparison, Unknown):
        said += [f"{change[0].upper()}{change[1:]}." for change in results.comparison.changed_by]
    found = results.diagnosis.sensitivity
    if found is not None and np.isfinite(found.moves):
        said.append(
            f"A prior that moves the average by {THRESHOLD} or more (these move it by "
            f"{found.moves:.3f})."
        )
    return said
