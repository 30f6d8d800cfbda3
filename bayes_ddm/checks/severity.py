"""Whether what a check shows matters: fine, to be noted, or a failure, and by what measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bayes_ddm.checks.finding import Finding
from bayes_ddm.checks.loo import Loo
from bayes_ddm.checks.predictive.average import SMALL_MOVE
from bayes_ddm.checks.predictive.result import Check
from bayes_ddm.distributions.vocabulary import parameter_called
from bayes_ddm.fitting.convergence import Convergence
from bayes_ddm.fitting.posterior import Posterior

# R-hat and effective draws that still leave the verdict of a comparison: see its room
LARGEST_R_HAT, LEAST_ESS = 1.05, 100
FEW_DIVERGENCES = 0.001  # of draws


def convergence_line(convergence: Convergence) -> Finding:
    """Weigh R-hat and effective draws."""
    problems = [p for p in convergence.problems if "divergences" not in p]
    if not problems:
        words = (
            f"R-hat at most {convergence.r_hat:.3f}, effective draws at least "
            f"{convergence.ess_bulk:.0f} in the bulk and {convergence.ess_tail:.0f} in the tails."
        )
        return Finding("convergence", True, words)
    text = " ".join(problems)
    settled = (
        convergence.r_hat <= LARGEST_R_HAT
        and min(convergence.ess_bulk, convergence.ess_tail) >= LEAST_ESS
    )
    if not settled or any("finite" in p for p in problems):
        return Finding("convergence", False, text)
    error = 1 / np.sqrt(convergence.ess_bulk)
    text += " Too small to matter: Monte Carlo errors of averages are at most "
    text += f"{error:.0%} of their standard deviations."
    return Finding("convergence", True, text, minor=True)


def divergences_line(posterior: Posterior, convergence: Convergence) -> Finding:
    """Weigh divergences, and say where they are and what mends them."""
    if not convergence.divergences:
        return Finding("divergences", True, "none.")
    sizes = posterior.draws.sizes
    share = convergence.divergences / (sizes["chain"] * sizes["draw"])
    size = f"{convergence.divergences} ({share:.1%} of draws)"
    if share < FEW_DIVERGENCES:
        text = f"{size}: fewer than {FEW_DIVERGENCES:.1%} of draws."
        return Finding("divergences", True, text, minor=True)
    name, side = convergence.divergent
    if not name:
        mend = "with no parameter in particular; tune longer, or give tighter priors."
        return Finding("divergences", False, f"{size}, {mend}")
    base = name.partition("[")[0]
    mend = (parameter_called(base).funnel if side == "small" else "") or (
        f"give {base} a tighter prior, or fix it; tuning longer may help"
    )
    return Finding("divergences", False, f"{size}, where {name} is {side}: {mend}.")


def check_line(check: Check, *, advise: bool = True) -> Finding:
    """Report a predictive check, weighed by the size of its misfit; `advise` a model or not."""
    text = check.sentence if advise else check.sentence.removesuffix(check.advice).strip()
    return Finding(check.name, check.ok, f"p {check.p_text}; {text}", minor=check.minor)


def loo_line(loo: Loo, posterior: Posterior) -> Finding:
    """Weigh labelers with a high Pareto k by how far they move the average preference."""
    line = Finding("leave one out", loo.ok, loo.sentence)
    moves = moved_by(posterior, loo.bad)
    if loo.ok or not moves or max(moves.values()) >= SMALL_MOVE:
        return line
    text = (
        f"{loo.sentence} Too small to matter: leaving one of them out moves the average by about "
        f"{max(moves.values()):.2g} of its standard deviation."
    )
    return replace(line, ok=True, sentence=text, minor=True)


def moved_by(posterior: Posterior, labelers: Sequence[object]) -> dict[object, float]:
    """By how much of its standard deviation an average moves, to first order, without a labeler.

    Parameters
    ----------
    posterior : Posterior
        With the log-likelihood of each labeler: see `with_likelihood`.
    labelers : sequence
    """
    averages = [posterior.entries[name].ravel() for name in posterior.averages]
    values = posterior.fit["log_likelihood"]["y"].transpose("chain", "draw", "labeler")
    names = values["labeler"].values.tolist()
    by_labeler = values.values.reshape(-1, len(names))
    moves: dict[object, float] = {}
    for labeler in labelers:
        likelihood = by_labeler[:, names.index(labeler)]
        # the derivative of a posterior mean by the weight of a likelihood is their covariance
        shifts = [
            abs(np.cov(x, likelihood)[0, 1]) / x.std(ddof=1) for x in averages if np.ptp(x) > 0
        ]
        if shifts:
            moves[labeler] = float(max(shifts))
    return moves
