"""One call that says whether to believe a fit: sampling, prediction, labelers, priors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pymc as pm
import xarray as xr

from bayes_ddm.checks import PredictiveChecks, predictive_checks
from bayes_ddm.checks.finding import Finding
from bayes_ddm.checks.loo import Loo, loo_of, some, with_likelihood
from bayes_ddm.checks.of_data import FIRST, data_lines, found_in_data
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
        said = "nothing speaks against this fit"
        if failed:
            said = f"do not use this fit as it stands: {failed} of {len(states)} checks fail"
        elif notes:
            said = f"nothing of size speaks against this fit ({notes} to be noted)"
        badges = [badge for finding in self.findings for badge in finding.blocks()]
        return [Callout(f"Model {self.model}", f"{said}.", self.ok), *badges]


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
    per = resolved(units, posterior.choices)
    name, own = posterior.model, not posterior.of_family
    convergence = check_convergence(fit)
    sums = posterior.choices.summed
    nobody = sums is not None and not len(sums.whole)
    found = found_in_data(posterior) if posterior.has_times and not nobody else ()
    findings = [convergence_line(convergence), divergences_line(posterior, convergence)]
    checks = None
    if own:
        reason = (
            f"{name!r} is a model of your own: its replications are not ours to simulate; use "
            "pm.sample_posterior_predictive."
        )
        findings.append(Finding("predictive checks", None, reason))
    else:
        try:
            checks = predictive_checks(fit, draws, seed=seed, units=units, progress=progress)
        except InputError as error:  # rows that are condensed
            findings.append(Finding("predictive checks", None, str(error)))
    if checks is not None:
        # no model is named for what the data themselves explain
        advise = not any(f.about in FIRST and f.moves for f in found)
        findings += [check_line(check, advise=advise) for check in checks.checks]
        if not posterior.has_times:
            reason = "the model has no response times: neither their quantiles nor distribution."
            findings.append(Finding("response times", None, reason))
    left_out: Loo | None = None
    sensitive: Sensitivity | None = None
    short: Posterior | None = None
    reasons = dict.fromkeys(
        ("leave one out", "prior sensitivity"),
        f"{name!r} is a model of your own: pass it as model= to have this.",
    )
    if not own or model is not None:
        few = posterior.few
        try:
            short = with_likelihood(some(posterior), None, progress=progress)
            left_out = loo_of(short)
            findings.append(loo_line(left_out, short))
        except InputError as error:
            reasons["leave one out"] = str(error)
        try:
            if model is None:
                refuse_lost_priors(posterior)
            whole = few is posterior and short and short.choices.n_choices == few.choices.n_choices
            if short is None or not whole:
                short = with_likelihood(few, ENOUGH_DRAWS, progress=progress)
            sensitive = sensitivity_of(short, ENOUGH_DRAWS)
            findings.append(sensitive.finding)
        except InputError as error:
            reasons["prior sensitivity"] = str(error)
    had = {finding.name for finding in findings}
    moved = None if checks is None else checks.average
    findings += [Finding(what, None, why) for what, why in reasons.items() if what not in had]
    told = Finding("data", None, "labelers are condensed to sums; check their rows (check).")
    findings = [*([told] if nobody else data_lines(found)), *findings]
    if posterior.averages:
        findings.insert(0, _average(posterior, per, findings, sensitive, moved))
    return Diagnosis(name, tuple(findings), convergence, checks, left_out, sensitive)


def _average(
    posterior: Posterior,
    per: Mapping[str, float],
    findings: Sequence[Finding],
    sensitive: Sensitivity | None,
    moved: Finding | None,
) -> Finding:
    """Say whether the average preference can be quoted, and what else cannot."""
    table, features = posterior.table(), posterior.choices.feature_names
    rows = table.loc[posterior.averages, ["mean", "low", "high"]]
    rows = rows.mul(factors(posterior.averages, features, per), axis=0)
    values = ", ".join(
        f"{called(name, features, per)} {mean:.3g} ({low:.3g} to {high:.3g})"
        for name, mean, low, high in rows.itertuples()
    )
    sensed = [] if sensitive is None else sensitive.sensitive
    own = [name for name in posterior.averages if name in sensed]
    others = [name for name in sensed if name not in own]
    failing = list(dict.fromkeys(f.name for f in findings if f.ok is False))
    spoiling = [name for name in failing if name in {"data", "convergence", "divergences"}]
    more = f"; {', '.join(others)}: only with the prior, on which it depends" if others else ""
    if own:
        size = max(float(sensitive.table.loc[name, "prior"]) for name in own) if sensitive else 0.0
        why = f"it depends on its prior (by {size:.2g}, above {THRESHOLD})"
        return Finding("average", False, f"{values} is not to be quoted without its prior: {why}.")
    if spoiling:
        mend = f"{' and '.join(spoiling)} {'fail' if len(spoiling) > 1 else 'fails'}, see below"
        return Finding("average", False, f"{values} is not to be quoted yet: {mend}{more}.")
    if moved is not None and moved.ok is False:
        why = f"the model misses it ({moved.sentence.rstrip('.')})"
        return Finding("average", False, f"{values} is not to be quoted: {why}{more}.")
    if failing:
        missed = f"the model misses what is said under {', '.join(failing)}"
        said = f"{values} can be quoted as this model has it, but {missed}"
        if moved is None:
            said += "; compare it with the closed form, which assumes less (bayes-ddm compare)"
        else:
            much = " more than a little" if moved.minor else ""
            said += f"; that does not move the average{much} ({moved.sentence.rstrip('.')})"
        return Finding("average", True, f"{said}{more}.", minor=True)
    return Finding("average", True, f"{values} can be quoted{more}.")
