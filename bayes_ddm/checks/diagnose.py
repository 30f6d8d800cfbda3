"""One call that says whether to believe a fit: sampling, prediction, labelers, priors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr

from bayes_ddm import models
from bayes_ddm.checks import PredictiveChecks, predictive_checks
from bayes_ddm.checks.loo import Loo, loo_of, with_likelihood
from bayes_ddm.checks.predictive.replicate import has_times
from bayes_ddm.checks.sensitivity import (
    LABELER_DIMS,
    Sensitivity,
    refuse_lost_priors,
    sensitivity_of,
)
from bayes_ddm.display import html_paragraph, html_table
from bayes_ddm.distributions.vocabulary import parameter_called
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.convergence import Convergence, check_convergence
from bayes_ddm.fitting.fitted import model_of

__all__ = ["Diagnosis", "Finding", "diagnose"]

# divergent draws that lie this many standard errors off the others point somewhere
CLEAR = 3.0
ENOUGH_DRAWS = 1000


@dataclass(frozen=True)
class Finding:
    """One line of a diagnosis; ``ok`` is None where it could not be looked at."""

    name: str
    ok: bool | None
    sentence: str

    def __repr__(self) -> str:
        verdict = "skipped" if self.ok is None else "passes" if self.ok else "FAILS"
        return f"{verdict:7}  {self.name}: {self.sentence}"


@dataclass(frozen=True, eq=False)
class Diagnosis:
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

    def _title(self) -> str:
        failed = sum(finding.ok is False for finding in self.findings)
        said = "nothing speaks against this fit"
        if failed:
            said = f"do not use this fit as it stands: {failed} of {len(self.findings)} checks fail"
        return f"Model {self.model}: {said}."

    def __repr__(self) -> str:
        return "\n".join([self._title(), "", *map(repr, self.findings)])

    def _repr_html_(self) -> str:
        rows = [["", "what", "finding"]]
        for finding in self.findings:
            verdict = "skipped" if finding.ok is None else "passes" if finding.ok else "FAILS"
            rows.append([verdict, finding.name, finding.sentence])
        return html_paragraph(self._title()) + html_table(rows)


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
    name = str(fit.attrs.get("model", "custom"))
    convergence = check_convergence(fit)
    findings = [_convergence(convergence), _divergences(fit, convergence)]
    own = name not in models.names()
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
        if not has_times(fit):
            reason = "the model has no response times: neither their quantiles nor distribution."
            findings.append(Finding("response times", None, reason))
    left_out: Loo | None = None
    sensitive: Sensitivity | None = None
    reason = f"{name!r} is a model of your own: pass it as model= to have this."
    if not own or model is not None:
        try:
            program = model or model_of(fit)
            short = with_likelihood(fit, None, program, progress=progress)
            left_out = loo_of(short)
            if model is None:
                refuse_lost_priors(fit)
            sensitive = sensitivity_of(short, program, ENOUGH_DRAWS)
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


def _divergences(fit: xr.DataTree, found: Convergence) -> Finding:
    if not found.divergences:
        return Finding("divergences", True, "none.")
    posterior = fit["posterior"].to_dataset()
    share = found.divergences / (posterior.sizes["chain"] * posterior.sizes["draw"])
    said = f"{found.divergences} ({share:.1%} of draws)"
    where = divergent_parameter(fit)
    if where is None:
        mend = "with no parameter in particular; tune longer, or give tighter priors."
        return Finding("divergences", False, f"{said}, {mend}")
    name, low = where
    side = "small" if low else "large"
    base = name.partition("[")[0]
    mend = (
        parameter_called(base).funnel if low else ""
    ) or f"give {base} a tighter prior, or fix it; tuning longer may help"
    return Finding("divergences", False, f"{said}, where {name} is {side}: {mend}.")


def divergent_parameter(fit: xr.DataTree) -> tuple[str, bool] | None:
    """Population parameter that tells divergent draws from the others, and whether it is low there.

    Parameters
    ----------
    fit : DataTree
        With ``sample_stats.diverging``.

    Returns
    -------
    (str, bool) or None
        None where no parameter's mean differs by three standard errors.
    """
    diverging = fit["sample_stats"]["diverging"].transpose("chain", "draw").values.ravel()
    if not diverging.any() or diverging.all():
        return None
    best: tuple[float, str] = (0.0, "")
    for name, variable in fit["posterior"].to_dataset().data_vars.items():
        if LABELER_DIMS & set(variable.dims):
            continue
        values = variable.transpose("chain", "draw", ...).values
        flat = values.reshape(diverging.size, -1).astype(float)
        if (flat > 0).all():
            flat = np.log(flat)  # a funnel's neck is long on the log scale only
        for entry, z in enumerate(_scores(flat, diverging)):
            where = _entry(variable, entry)
            if abs(z) > abs(best[0]):
                best = (float(z), f"{name}[{where}]" if where else str(name))
    return (best[1], best[0] < 0) if abs(best[0]) > CLEAR else None


def _scores(values: np.ndarray, diverging: np.ndarray) -> np.ndarray:
    """Standard errors between the means of divergent and other draws."""
    ours, others = values[diverging], values[~diverging]
    with np.errstate(invalid="ignore", divide="ignore"):
        se = others.std(axis=0) / np.sqrt(len(ours))
        z = (ours.mean(axis=0) - others.mean(axis=0)) / se
    return np.where(np.isfinite(z), z, 0.0)


def _entry(variable: xr.DataArray, entry: int) -> str:
    dims = [dim for dim in variable.dims if dim not in {"chain", "draw"}]
    if not dims:
        return ""
    at: Any = np.unravel_index(entry, [variable.sizes[dim] for dim in dims])
    return ", ".join(str(variable[dim].values[i]) for dim, i in zip(dims, at, strict=True))
