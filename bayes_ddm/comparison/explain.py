"""Why posterior and closed form disagree: refits with one assumption relaxed at a time."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import ndtri

from bayes_ddm._typing import FloatArray
from bayes_ddm.checks.loo import Loo, loo_of, with_likelihood
from bayes_ddm.comparison.compare import compare, compare_by
from bayes_ddm.comparison.explanation import Explanation, Preference, Relaxed, sentences
from bayes_ddm.comparison.relaxations import (
    NotTried,
    Relaxation,
    compatible,
    relaxations,
    together,
)
from bayes_ddm.comparison.result import AT_OWN, ONE_FOR_ALL, TESTED, Comparison, ComparisonRow
from bayes_ddm.comparison.verdict import LEAST_ESS, LEVEL, MOST_DIVERGENCES, WORST_R_HAT, rejecting
from bayes_ddm.data.omissions import with_omitted
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.assumptions.decisions import SuspiciousRowsWarning
from bayes_ddm.fitting.convergence import Convergence, ConvergenceWarning
from bayes_ddm.fitting.likelihood import pointwise
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.run import fit as run
from bayes_ddm.progress import Tell, telling

# where labelers' own values are integrated numerically a draw costs a hundred times as much
FEW_DRAWS = 200


def explain(
    fit: xr.DataTree | Comparison,
    *,
    draws: int = 500,
    tune: int = 500,
    chains: int = 2,
    cores: int | None = None,
    seed: int | None = None,
    relax: Sequence[str] | None = None,
    force: bool = False,
    progress: bool | Tell = True,
) -> Explanation:
    """Say which assumption of a fit, once relaxed, mends its disagreement with the closed form.

    One refit for each: the population's shape, the shared boundary, the shared non-decision time,
    no lapses, an unbiased start. If none mends it, the two that predict best are relaxed together,
    and then perhaps a third with them.  Half a minute for each refit of a few thousand choices,
    more with many labelers.

    Parameters
    ----------
    fit : DataTree or Comparison
        From `bayes_ddm.fit`, or what `bayes_ddm.compare` made of it.
    draws, tune, chains : int
        Of each refit; short by default, to point the way. The sampler is the fit's.
    cores : int, optional
        As in `bayes_ddm.fit`.
    seed : int, optional
        Of each refit; by default the fit's own.
    relax : sequence of str, optional
        Assumptions to relax, as the explanation names them, such as "the population's shape"; by
        default all that can be.
    force : bool
        Refit even if there is no disagreement, and nothing contradicts what both sides assume.
    progress : bool or callable
        Show a progress bar; a function is told of each refit instead.

    Returns
    -------
    Explanation
        A relaxed assumption *mends* the disagreement if the difference is no more than chance, as
        `bayes_ddm.compare` tests it (without a test, at labelers' own boundaries: within two
        standard errors), and if left-out labelers are predicted clearly better: by more than two
        standard errors, and 4, in log score.

    Raises
    ------
    InputError
        If the model is not of the family, its priors cannot be written out, there is nothing to
        compare with, or an assumption is unknown.

    Notes
    -----
    The fit's own priors are kept where the relaxed model has them. With lapses or a biased start
    no closed form is known; those are judged by prediction alone.  Where labelers' own values are
    integrated numerically (lapses, own boundaries or non-decision times) log scores come out about
    0.01 per labeler too low, so that a smaller gain is missed.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 200, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=800, tune=500, chains=2, seed=1, progress=False)
    >>> bd.explain(fit).text.split(":")[0]
    'Nothing to explain'
    """
    posterior = Posterior.of(fit.fit if isinstance(fit, Comparison) else fit)
    comparison = fit if isinstance(fit, Comparison) else compare(fit)
    settings, attributes = posterior.settings, posterior.fit.attrs
    seed = int(attributes.get("seed", 0)) if seed is None else seed
    length: dict[str, Any] = {"draws": draws, "tune": tune, "chains": chains, "seed": seed}
    if not force and comparison.agrees is not False:
        sentence = f"Nothing to explain: {comparison.verdict}"
        return Explanation(comparison.verdict, (), (sentence,), (), **length)

    candidates, not_tried = _select(relax, *relaxations(posterior.fit))
    sampler = str(attributes.get("sampler", "nutpie"))
    sampling: dict[str, Any] = {"cores": cores, "sampler": sampler, "progress": False}
    base = loo_of(with_likelihood(posterior, _affordable(posterior)))
    rows = [_row(comparison, base, base)]
    tried: dict[Relaxed, Relaxation] = {}

    def refit(relaxed: Sequence[Relaxation]) -> Relaxed | None:
        model, options, lost = together(settings, relaxed)
        try:
            with warnings.catch_warnings():
                # said in the explanation
                warnings.simplefilter("ignore", ConvergenceWarning)
                warnings.simplefilter("ignore", SuspiciousRowsWarning)
                relaxed_fit = run(posterior.choices, model, **sampling, **length, **options)
        except (InputError, RuntimeError) as error:
            reason = f"the refit failed ({error})".replace(".)", ")")
            not_tried.append(NotTried(_joined(r.assumption for r in relaxed), reason))
            return None
        estimates = comparison.estimates
        result, score = _judge(Posterior.of(relaxed_fit), estimates.prob, estimates.shares)
        rows.append(_row(result, score, base, relaxed, lost))
        return rows[-1]

    with telling(progress) as tell:
        for number, relaxation in enumerate(candidates, 1):
            tell(f"refit {number} of {len(candidates)}, allowing for {relaxation.instead}")
            row = refit([relaxation])
            if row is not None:
                tried[row] = relaxation
        if comparison.verdict.startswith("disagree"):
            for joint in _combinations(tried):
                tell(f"one more refit, allowing for {_joined(r.instead for r in joint)}")
                row = refit(joint)
                if row is None or row.mends:
                    break
    plural = "s" if chains > 1 else ""
    text = sentences(
        rows,
        not_tried,
        verdict=comparison.verdict,
        length=f"{chains} chain{plural} of {draws} draws",
    )
    return Explanation(comparison.verdict, tuple(rows), text, tuple(not_tried), **length)


def _joined(words: Iterable[str]) -> str:
    return " and ".join(words)


def _select(
    relax: Sequence[str] | None, candidates: list[Relaxation], not_tried: list[NotTried]
) -> tuple[list[Relaxation], list[NotTried]]:
    if relax is None:
        return candidates, not_tried
    names = list(dict.fromkeys(r.assumption for r in candidates))
    for name in relax:
        if name not in names:
            raise InputError(f"no assumption {name!r} to relax; there are {', '.join(names)}.")
    not_tried = not_tried + [
        NotTried(name, "it was not asked for") for name in names if name not in relax
    ]
    return [r for r in candidates if r.assumption in relax], not_tried


def _combinations(tried: dict[Relaxed, Relaxation]) -> Iterator[list[Relaxation]]:
    """Assumptions to relax together: the two that predict best, then perhaps a third."""
    settled = [row for row in tried if row.converged and row.elpd_diff > 0]
    if any(row.mends for row in settled):
        return
    chosen: list[Relaxation] = []
    for row in sorted(settled, key=lambda row: -row.elpd_diff):
        # a third only where it does something by itself
        if compatible([*chosen, tried[row]]) and (len(chosen) < 2 or row.better):
            chosen = [*chosen, tried[row]]
            if len(chosen) > 1:
                yield chosen
        if len(chosen) == 3:
            return


def _affordable(posterior: Posterior) -> int | None:
    """Draws that the log-likelihood of each labeler is evaluated at; None for all."""
    latent = any("labeler" in x.dims for x in posterior.draws.data_vars.values())
    return FEW_DRAWS if latent else None


def _judge(
    posterior: Posterior, prob: float, weight: Mapping[str, float] | None = None
) -> tuple[Comparison, Loo]:
    """Compare a refit and leave its labelers out, their log-likelihood evaluated once."""
    sample, reduced = with_likelihood(posterior, _affordable(posterior)), posterior.few
    if reduced is not posterior:
        return compare_by(reduced, sample.samples(), pointwise(reduced), prob=prob), loo_of(sample)
    count = with_omitted(posterior.choices).unit_count
    values = sample.fit["log_likelihood"]["y"].transpose("chain", "draw", "labeler")
    # anonymous rows that were grouped are repeated there
    values = values.isel(labeler=np.cumsum(count) - count)
    evaluate = pointwise(posterior)

    def log_likelihood(draw: xr.Dataset) -> FloatArray:
        if "draw" not in draw.coords:
            return np.asarray(evaluate(draw))
        position = {name: draw[name].item() for name in ("chain", "draw")}
        return np.asarray(values.sel(position)) * count

    comparison = compare_by(posterior, sample.samples(), log_likelihood, weight=weight, prob=prob)
    return comparison, loo_of(sample)


def _row(
    comparison: Comparison,
    score: Loo,
    base: Loo,
    relaxed: Sequence[Relaxation] = (),
    unused: tuple[str, ...] = (),
) -> Relaxed:
    partner, p_value, agrees = _partner(comparison)
    gain = np.asarray(score.data.elpd_i.values) - np.asarray(base.data.elpd_i.values)
    return Relaxed(
        assumption=_joined(r.assumption for r in relaxed),
        instead=_joined(r.instead for r in relaxed) or "as fitted",
        model=comparison.model,
        options=", ".join(r.written for r in relaxed if r.written),
        estimator=partner[0].estimator,
        preferences=tuple(
            Preference(row.parameter, row.posterior, row.value, row.difference, row.se)
            for row in partner
        ),
        p_value=p_value,
        agrees=agrees,
        untestable=comparison.untestable or ("has no value there" if agrees is None else ""),
        elpd_diff=float(gain.sum()),
        elpd_se=float(math.sqrt(len(gain)) * gain.std()),
        doubtful=len(score.bad),
        problem=_problem(comparison.convergence),
        unused=unused,
        parts=tuple(r.instead for r in relaxed) if len(relaxed) > 1 else (),
    )


def _partner(comparison: Comparison) -> tuple[list[ComparisonRow], float | None, bool | None]:
    """Closed form to hold the posterior against, its p-value, and whether the two agree."""
    by_estimator: dict[str, list[ComparisonRow]] = {}
    for row in comparison.rows:
        if not row.parameter.startswith("sigma"):
            by_estimator.setdefault(row.estimator, []).append(row)
    if comparison.tests:
        rejected = rejecting(comparison.tests)
        test = (*rejected, *comparison.tests)[0]
        return by_estimator[test.estimator], test.p_value, not rejected
    rows = by_estimator.get("consistent_model_boundary", [])
    finite = all(math.isfinite(row.difference) and row.se > 0 for row in rows)
    if rows and finite and comparison.untestable == ONE_FOR_ALL and rows[0].note.startswith(AT_OWN):
        widest = -ndtri(LEVEL / (2 * len(rows)))
        return rows, None, all(abs(row.difference) < widest * row.se for row in rows)
    rows = next(by_estimator[name] for name in reversed(TESTED) if name in by_estimator)
    return rows, None, None


def _problem(convergence: Convergence) -> str:
    """Why a posterior decides nothing, by the limits of `bayes_ddm.comparison.verdict`."""
    problems = []
    if not convergence.r_hat <= WORST_R_HAT:
        problems.append(f"R-hat {convergence.r_hat:.3g}")
    if not convergence.ess_bulk >= LEAST_ESS:
        problems.append(f"{convergence.ess_bulk:.0f} effective draws")
    if convergence.divergences > MOST_DIVERGENCES:
        problems.append(f"{convergence.divergences} divergences")
    return ", ".join(problems)
