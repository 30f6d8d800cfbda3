"""What a report looks at beside the diagnosis, each weighed once for all its sections."""

from __future__ import annotations

import arviz as az
import numpy as np
import xarray as xr

from bayes_ddm.checks import PredictiveChecks
from bayes_ddm.checks.finding import Finding
from bayes_ddm.checks.sensitivity import Sensitivity

# below, the sampler may not reach the tails: Betancourt (2016)
SMALLEST_BFMI = 0.3
MEND = "Sampler and posterior fit badly: tune longer, or give spreads priors further from 0."


def bfmi_of(fit: xr.DataTree) -> list[float]:
    """Fraction of missing information of each chain; none where the fit holds no energy."""
    if "sample_stats" not in fit.children or "energy" not in fit["sample_stats"]:
        return []
    return [float(x) for x in np.atleast_1d(az.bfmi(fit)["energy"].values)]


def energy_line(bfmi: list[float]) -> Finding:
    """Weigh the fraction of missing information."""
    if not bfmi:
        return Finding("energy", None, "the fit holds no energy of its draws (sample_stats).")
    ok = min(bfmi) >= SMALLEST_BFMI
    text = f"BFMI of the chains is {min(bfmi):.2f} to {max(bfmi):.2f}, " + (
        f"above {SMALLEST_BFMI}." if ok else f"partly below {SMALLEST_BFMI}. {MEND}"
    )
    return Finding("energy", ok, text)


def prior_line(checks: PredictiveChecks, sensitivity: Sensitivity | None) -> Finding:
    """Weigh what the priors expect by whether the posterior depends on them."""
    failed = [check.name for check in checks.checks if not check.ok]
    if not failed:
        names = ", ".join(check.name for check in checks.checks)
        return Finding("prior prediction", True, f"the priors allow what was observed: {names}.")
    text = f"the priors all but exclude what was observed: {', '.join(failed)}."
    if sensitivity is None or not sensitivity.ok:
        mend = "Widen them, or move them to where the data are."
        return Finding("prior prediction", False, f"{text} {mend}")
    remark = "Too small to matter: the average does not depend on them (prior sensitivity)."
    return Finding("prior prediction", True, f"{text} {remark}", minor=True)
