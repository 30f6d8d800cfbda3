"""What the choices themselves hold against a fit, before any model is blamed."""

from __future__ import annotations

from bayes_ddm.checks.finding import Finding
from bayes_ddm.distributions.prior_code import from_code
from bayes_ddm.distributions.priors import ByCondition, ByLabeler
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.all_estimates import examined
from bayes_ddm.estimators.assumptions.finding import Finding as Found
from bayes_ddm.fitting.posterior import Posterior

# a trial's own drift, also that which closing bounds amount to
OF_TRIALS = {"drift_noise", "collapse"}
# parameters that allow for what is found
ALLOWING = {
    "start": {"start"},
    "errors": {"lapse"} | OF_TRIALS,
    "order": {"start", "lapse"} | OF_TRIALS,
    "boundary": {"boundary_spread", "ndt_spread", "lapse"} | OF_TRIALS,
}
# what makes every other finding doubtful
FIRST = {"rows", "intercept"}


def contradictions_in(posterior: Posterior) -> tuple[Found, ...]:
    """What these choices contradict of what the fit assumes, largest first.

    Parameters
    ----------
    posterior : Posterior
    """
    boundary, ndt = (_fixed_value(posterior, name) for name in ("boundary", "ndt"))
    try:
        findings = examined(posterior.choices, boundary, ndt).findings
    except InputError:  # given values that these response times rule out
        findings = examined(posterior.choices).findings
    return tuple(f for f in findings if not any(p in posterior for p in ALLOWING.get(f.about, ())))


def _fixed_value(posterior: Posterior, name: str) -> float | str | None:
    """The number that a fit was given, or its formula of conditions."""
    option = from_code(posterior.written.get(name))
    option = option.center if isinstance(option, ByLabeler) else option
    option = option.formula if isinstance(option, ByCondition) else option
    if isinstance(option, str):
        return option
    fixed = posterior.fixed.get(name)
    return float(fixed) if fixed is not None and fixed.ndim == 0 else None


def data_lines(findings: tuple[Found, ...]) -> list[Finding]:
    """Return a line for each finding, or one that says there is none."""
    if not findings:
        sentence = "no response time stands apart, and nothing contradicts what the model assumes."
        return [Finding("data", True, sentence)]
    return [Finding("data", not f.moves, f"{f.text}.", minor=not f.moves) for f in findings]
