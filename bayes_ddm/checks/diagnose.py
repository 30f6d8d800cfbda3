"""One call that says whether to believe a fit: sampling, prediction, labelers, priors."""

from __future__ import annotations

from dataclasses import dataclass

import pymc as pm
import xarray as xr

from bayes_ddm.checks import PredictiveChecks, predictive_checks
from bayes_ddm.checks.loo import Loo, loo_of, with_likelihood
from bayes_ddm.checks.sensitivity import (
    Sensitivity,
    refuse_lost_priors,
    sensitivity_of,
)
from bayes_ddm.display import Badge, Block, Callout, Shown
from bayes_ddm.distributions.vocabulary import parameter_called
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.convergence import Convergence, check_convergence
from bayes_ddm.fitting.posterior import Posterior

ENOUGH_DRAWS = 1000


@dataclass(frozen=True, repr=False)
class Finding(Shown):
    """One line of a diagnosis; ``ok`` is None where it could not be looked at."""

    name: str
    ok: bool | None
    sentence: str

    def blocks(self) -> tuple[Badge]:
        """Return the finding as a badge."""
        return (Badge(self.name, self.ok, self.sentence),)


@dataclass(frozen=True, eq=False, repr=False)
class Diagnosis(Shown):
    """What `diagnose` returns.

    Attributes
    ----------
    model : str
    findings : tuple of Finding
        One line each: what was looked at, whether it is well, and if not, what to do.
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
        failed = sum(finding.ok is False for finding in self.findings)
        said = "nothing speaks against this fit"
        if failed:
            said = f"do not use this fit as it stands: {failed} of {len(self.findings)} checks fail"
        badges = [badge for finding in self.findings for badge in finding.blocks()]
        return [Callout(f"Model {self.model}", f"{said}.", self.ok), *badges]


def diagnose(
    fit: xr.DataTree,
    *,
    draws: int = 200,
    seed: int = 0,
    model: pm.Model | None = None,
    progress: bool = True,
) -> Diagnosis:
    """Say whether to believe a fit, and where not, what to do: one line for each thing looked at.

    Convergence, divergences, predictive checks, leave-one-labeler-out and prior sensitivity.

    Parameters
    ----------
    fit : DataTree
        From `bayes_ddm.fit`.
    draws : int
        Replications of the predictive checks.
    seed : int
    model : pm.Model, optional
        A model of the user's own, for leave-one-out and prior sensitivity.
    progress : bool
        Show progress bars, on a terminal.

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
    ['convergence', 'divergences']
    """
    posterior = Posterior.of(fit, model)
    name, own = posterior.model, not posterior.of_family
    convergence = check_convergence(fit)
    findings = [_convergence(convergence), _divergences(posterior, convergence)]
    checks = None
    if own:
        reason = (
            f"{name!r} is a model of your own: its replications are not ours to simulate; use "
            "pm.sample_posterior_predictive."
        )
        findings.append(Finding("predictive checks", None, reason))
    else:
        checks = predictive_checks(fit, draws, seed=seed, progress=progress)
        findings += [Finding(c.name, c.ok, f"p {c.p_text}; {c.sentence}") for c in checks.checks]
        if not posterior.has_times:
            reason = "the model has no response times: neither their quantiles nor distribution."
            findings.append(Finding("response times", None, reason))
    left_out: Loo | None = None
    sensitive: Sensitivity | None = None
    reason = f"{name!r} is a model of your own: pass it as model= to have this."
    if not own or model is not None:
        try:
            short = with_likelihood(posterior, None, progress=progress)
            left_out = loo_of(short)
            if model is None:
                refuse_lost_priors(posterior)
            sensitive = sensitivity_of(short, ENOUGH_DRAWS)
        except InputError as error:
            reason = str(error)
    for what, result in (("leave one out", left_out), ("prior sensitivity", sensitive)):
        ok, sentence = (None, reason) if result is None else (result.ok, result.sentence)
        findings.append(Finding(what, ok, sentence))
    return Diagnosis(name, tuple(findings), convergence, checks, left_out, sensitive)


def _convergence(found: Convergence) -> Finding:
    problems = [p for p in found.problems if "divergences" not in p]
    if problems:
        return Finding("convergence", False, " ".join(problems))
    words = (
        f"R-hat at most {found.r_hat:.3f}, effective draws at least {found.ess_bulk:.0f} in the "
        f"bulk and {found.ess_tail:.0f} in the tails."
    )
    return Finding("convergence", True, words)


def _divergences(posterior: Posterior, convergence: Convergence) -> Finding:
    if not convergence.divergences:
        return Finding("divergences", True, "none.")
    sizes = posterior.draws.sizes
    share = convergence.divergences / (sizes["chain"] * sizes["draw"])
    size = f"{convergence.divergences} ({share:.1%} of draws)"
    name, side = convergence.divergent
    if not name:
        mend = "with no parameter in particular; tune longer, or give tighter priors."
        return Finding("divergences", False, f"{size}, {mend}")
    base = name.partition("[")[0]
    mend = (parameter_called(base).funnel if side == "small" else "") or (
        f"give {base} a tighter prior, or fix it; tuning longer may help"
    )
    return Finding("divergences", False, f"{size}, where {name} is {side}: {mend}.")
