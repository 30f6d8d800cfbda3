"""One call that says whether to believe a fit: sampling, prediction, labelers, priors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pymc as pm
import xarray as xr

from bayes_ddm.checks import PredictiveChecks, predictive_checks
from bayes_ddm.checks.finding import Finding
from bayes_ddm.checks.loo import Loo, loo_of, subsampled, with_likelihood
from bayes_ddm.checks.of_data import FIRST, contradictions_in, data_lines
from bayes_ddm.checks.sensitivity import (
    THRESHOLD,
    Sensitivity,
    refuse_lost_priors,
    sensitivity_of,
)
from bayes_ddm.checks.severity import (
    check_line,
    convergence_line,
    divergences_line,
    loo_line,
)
from bayes_ddm.display import Block, Callout, Shown
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.units import called, factors, resolved
from bayes_ddm.fitting.convergence import Convergence, check_convergence
from bayes_ddm.fitting.posterior import Posterior

ENOUGH_DRAWS = 1000


@dataclass(frozen=True, eq=False, repr=False)
class Diagnosis(Shown):
    """What `diagnose` returns.

    Attributes
    ----------
    model : str
    findings : tuple of Finding
        One line each: first whether the average preference can be quoted, then what the data
        themselves say, then all else that was looked at, and what to do.
    convergence : Convergence
    checks : PredictiveChecks or None
    loo : Loo or None
    sensitivity : Sensitivity or None
        The results behind the lines; None where they could not be had.
    """

    model: str
    findings: tuple[Finding, ...]
    convergence: Convergence
    checks: PredictiveChecks | None
    loo: Loo | None
    sensitivity: Sensitivity | None

    @property
    def ok(self) -> bool:
        """Whether nothing that could be looked at fails."""
        return all(finding.ok is not False for finding in self.findings)

    def blocks(self) -> list[Block]:
        """Return the verdict, and a badge per finding."""
        states = [finding.state for finding in self.findings]
        failed, notes = states.count("fails"), states.count("note")
        verdict = "nothing speaks against this fit"
        if failed:
            verdict = f"do not use this fit as it stands: {failed} of {len(states)} checks fail"
        elif notes:
            verdict = f"nothing of size speaks against this fit ({notes} to be noted)"
        badges = [badge for finding in self.findings for badge in finding.blocks()]
        return [Callout(f"Model {self.model}", f"{verdict}.", self.ok), *badges]


def diagnose(
    fit: xr.DataTree,
    *,
    draws: int = 200,
    seed: int = 0,
    model: pm.Model | None = None,
    units: Mapping[str, float | str] | None = None,
    progress: bool = True,
) -> Diagnosis:
    """Say whether to believe a fit, and where not, what to do: one line for each thing looked at.

    The average preference first, and whether it can be quoted; then rows that may be no decisions
    and what else the choices contradict; convergence, divergences, predictive checks,
    leave-one-labeler-out and prior sensitivity. Each is fine, fails, or is a note: there to be
    seen, but too small to matter by the measure that is given.

    Parameters
    ----------
    fit : DataTree
        From `bayes_ddm.fit`.
    draws : int
        Replications of the predictive checks.
    seed : int
    model : pm.Model, optional
        A model of the user's own, for leave-one-out and prior sensitivity.
    units : mapping of str to float or "sd", optional
        What averages are per, by feature, as in `bayes_ddm.estimate`: ``{"delay": 30}``.
    progress : bool
        Show progress bars.

    Returns
    -------
    Diagnosis

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 50, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=200, tune=300, chains=2, seed=1, progress=False)
    >>> [finding.name for finding in diagnose(fit).findings][:2]
    ['average', 'data']
    """
    posterior = Posterior.of(fit, model)
    sizes = resolved(units, posterior.choices)
    convergence = check_convergence(fit)
    summed = posterior.choices.summed
    rowless = summed is not None and not len(summed.whole)
    contradictions = contradictions_in(posterior) if posterior.has_times and not rowless else ()
    lines = data_lines(contradictions)
    if rowless:
        reason = "labelers are condensed to sums; check their rows (check)."
        lines = [Finding("data", None, reason)]
    lines += [convergence_line(convergence), divergences_line(posterior, convergence)]
    checks: PredictiveChecks | None = None
    if posterior.of_family:
        try:
            checks = predictive_checks(fit, draws, seed=seed, units=units, progress=progress)
        except InputError as error:  # rows that are condensed
            lines.append(Finding("predictive checks", None, str(error)))
    else:
        reason = (
            f"{posterior.model!r} is a model of your own: its replications are not ours to "
            "simulate; use pm.sample_posterior_predictive."
        )
        lines.append(Finding("predictive checks", None, reason))
    if checks is not None:
        # no model is named for what the data themselves explain
        advise = not any(f.about in FIRST and f.moves for f in contradictions)
        lines += [check_line(check, advise=advise) for check in checks.checks]
        if not posterior.has_times:
            reason = "the model has no response times: neither their quantiles nor distribution."
            lines.append(Finding("response times", None, reason))
    if posterior.of_family or model is not None:
        loo, sensitivity, missing = _scores(posterior, rebuilt=model is None, progress=progress)
    else:
        reason = f"{posterior.model!r} is a model of your own: pass it as model= to have this."
        loo, sensitivity = None, None
        missing = [Finding(name, None, reason) for name in ("leave one out", "prior sensitivity")]
    lines += missing
    if posterior.averages:
        average = None if checks is None else checks.average
        lines.insert(0, _average(posterior, sizes, lines, sensitivity, average))
    return Diagnosis(posterior.model, tuple(lines), convergence, checks, loo, sensitivity)


def _scores(
    posterior: Posterior, *, rebuilt: bool, progress: bool
) -> tuple[Loo | None, Sensitivity | None, list[Finding]]:
    """Leave labelers out and scale the priors, on the same log-likelihoods where it can be.

    ``rebuilt`` says that the program is the library's, so that no prior of it may be lost.
    """
    loo: Loo | None = None
    sensitivity: Sensitivity | None = None
    sample: Posterior | None = None
    lines: list[Finding] = []
    failures: list[Finding] = []
    reduced = posterior.few
    try:
        sample = with_likelihood(subsampled(posterior), None, progress=progress)
        loo = loo_of(sample)
        lines.append(loo_line(loo, sample))
    except InputError as error:
        failures.append(Finding("leave one out", None, str(error)))
    try:
        if rebuilt:
            refuse_lost_priors(posterior)
        whole = sample is not None and sample.choices.n_choices == reduced.choices.n_choices
        if sample is None or not whole or reduced is not posterior:
            sample = with_likelihood(reduced, ENOUGH_DRAWS, progress=progress)
        sensitivity = sensitivity_of(sample, ENOUGH_DRAWS)
        lines.append(sensitivity.finding)
    except InputError as error:
        failures.append(Finding("prior sensitivity", None, str(error)))
    return loo, sensitivity, lines + failures


def _average(
    posterior: Posterior,
    units: Mapping[str, float],
    findings: Sequence[Finding],
    sensitivity: Sensitivity | None,
    average: Finding | None,
) -> Finding:
    """Say whether the average preference can be quoted, and what else cannot."""
    table, features = posterior.table(), posterior.choices.feature_names
    rows = table.loc[posterior.averages, ["mean", "low", "high"]]
    rows = rows.mul(factors(posterior.averages, features, units), axis=0)
    values = ", ".join(
        f"{called(name, features, units)} {mean:.3g} ({low:.3g} to {high:.3g})"
        for name, mean, low, high in rows.itertuples()
    )
    sensitive_names = [] if sensitivity is None else sensitivity.sensitive
    dependent = [name for name in posterior.averages if name in sensitive_names]
    others = [name for name in sensitive_names if name not in dependent]
    failures = list(dict.fromkeys(f.name for f in findings if f.ok is False))
    spoilers = [name for name in failures if name in {"data", "convergence", "divergences"}]
    exception = f"; {', '.join(others)}: only with the prior, on which it depends" if others else ""
    if sensitivity is not None and dependent:
        size = max(float(sensitivity.table.loc[name, "prior"]) for name in dependent)
        reason = f"it depends on its prior (by {size:.2g}, above {THRESHOLD})"
        text = f"{values} is not to be quoted without its prior: {reason}."
        return Finding("average", False, text)
    if spoilers:
        mend = f"{' and '.join(spoilers)} {'fail' if len(spoilers) > 1 else 'fails'}, see below"
        return Finding("average", False, f"{values} is not to be quoted yet: {mend}{exception}.")
    if average is not None and average.ok is False:
        reason = f"the model misses it ({average.sentence.rstrip('.')})"
        return Finding("average", False, f"{values} is not to be quoted: {reason}{exception}.")
    if failures:
        misfit = f"the model misses what is said under {', '.join(failures)}"
        text = f"{values} can be quoted as this model has it, but {misfit}"
        if average is None:
            text += "; compare it with the closed form, which assumes less (bayes-ddm compare)"
        else:
            degree = " more than a little" if average.minor else ""
            text += f"; that does not move the average{degree} ({average.sentence.rstrip('.')})"
        return Finding("average", True, f"{text}{exception}.", minor=True)
    return Finding("average", True, f"{values} can be quoted{exception}.")
