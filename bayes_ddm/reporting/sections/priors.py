"""Whether the conclusions depend on the priors."""

from __future__ import annotations

from bayes_ddm.checks.sensitivity import THRESHOLD
from bayes_ddm.display import Missing, Words
from bayes_ddm.reporting.results import Results
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.study import Study

ABOUT = (
    "Priors, or the likelihood, are made a little stronger or weaker by raising them to a power "
    f"near 1; what counts is how far the posterior moves. Above {THRESHOLD} it depends on them."
)


def priors(study: Study) -> Section:
    """Show how the posterior moves as prior or likelihood are made a little stronger."""
    whole = Part((Words(ABOUT),))
    return Section("priors", "Prior sensitivity", (whole, *study.for_each(_of_fit)))


def _of_fit(results: Results) -> Part:
    found = results.diagnosis.sensitivity
    if found is None:
        why = next(f for f in results.diagnosis.findings if f.name == "prior sensitivity")
        return Part((Missing("prior sensitivity", why.sentence),), results.name)
    numbers = {"sensitivity": found.table.reset_index().to_dict("records")}
    return Part(found.blocks(), results.name, numbers)
