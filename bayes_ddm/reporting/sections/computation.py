"""How the posterior was computed, and whether the chains can be believed."""

from __future__ import annotations

import json
from typing import Any

from bayes_ddm.checks.finding import Finding
from bayes_ddm.display import Block, Fold, Missing, Table, Words, verdict
from bayes_ddm.fitting.convergence import LARGEST_R_HAT, SMALLEST_ESS_PER_CHAIN
from bayes_ddm.reporting.drawing import picture
from bayes_ddm.reporting.figures import chain_ranks, energy
from bayes_ddm.reporting.results import Results
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.study import Study


def computation(study: Study) -> Section:
    """Show the sampler's settings, and its diagnostics."""
    return Section("computation", "Computation", study.parts(_together, _of_fit))


def _together(study: Study) -> list[Block]:
    """A line for each figure of merit, and the chains of each fit on request."""
    diagnostics = [results.diagnosis.convergence for results in study.fits]
    attrs = [results.posterior.fit.attrs for results in study.fits]
    sizes = [results.posterior.draws.sizes for results in study.fits]
    lines = {
        "chains, draws": [f"{s['chain']}, {s['draw']:,}" for s in sizes],
        "seconds, with compilation": [str(a.get("seconds", "unknown")) for a in attrs],
        "largest R\u2011hat": [f"{c.r_hat:.3f}" for c in diagnostics],
        "fewest effective draws, bulk": [f"{c.ess_bulk:,.0f}" for c in diagnostics],
        "fewest effective draws, tails": [f"{c.ess_tail:,.0f}" for c in diagnostics],
        "divergences": [str(c.divergences) for c in diagnostics],
        "": [_verdict(results) for results in study.fits],
    }
    folds = [
        Fold(Words(f"Chains of {results.name}"), (_table(results), _ranks(results)))
        for results in study.fits
    ]
    return [study.columns("How the posteriors were computed.", lines), *folds]


def _of_fit(results: Results, *, shown: bool) -> Part:
    attrs, posterior = results.posterior.fit.attrs, results.posterior.draws
    chains, draws = posterior.sizes["chain"], posterior.sizes["draw"]
    numbers: dict[str, Any] = {
        "chains": chains,
        "draws": draws,
        "tune": attrs.get("tune"),
        "sampler": attrs.get("sampler"),
        "seed": attrs.get("seed"),
        "seconds": attrs.get("seconds"),
        "versions": json.loads(attrs.get("versions", "{}")),
    }
    blocks: list[Block] = [
        Words(
            f"No-U-turn sampling by {numbers['sampler'] or 'an unknown sampler'}: {chains} chains "
            f"of {draws:,} draws after {numbers['tune'] or 'unknown'} tuning steps, seed "
            f"{numbers['seed']}, {numbers['seconds'] or 'unknown'} seconds with compilation."
        )
    ]
    convergence = results.diagnosis.convergence
    findings = _settled(results)
    blocks += [badge for finding in findings for badge in finding.blocks()]
    numbers |= {
        "divergences": convergence.divergences,
        "r_hat": convergence.r_hat,
        "ess_bulk": convergence.ess_bulk,
        "ess_tail": convergence.ess_tail,
        "problems": list(convergence.problems),
    }
    blocks += _energy(results, numbers, figures=shown)
    numbers["parameters"] = results.population.reset_index().to_dict("records")
    if shown:
        details: tuple[Block, ...] = (_table(results), _ranks(results))
        if all(finding.ok for finding in findings):
            details = (Fold(Words("Each parameter, and the ranks of the chains"), details),)
        blocks += details
    return Part(tuple(blocks), results.name, numbers, shown=shown)


def _settled(results: Results) -> list[Finding]:
    return [results.finding(name) for name in ("convergence", "divergences")]


def _verdict(results: Results) -> str:
    findings = _settled(results)
    return verdict(all(f.ok for f in findings), any(f.minor for f in findings))


def _ranks(results: Results) -> Block:
    if results.posterior.draws.sizes["chain"] < 2:
        return Missing("agreement of chains", "one chain has no other to agree with.")
    return picture(
        lambda: chain_ranks(results.entries),
        alt="Ranks of each chain's draws among all, less their expectation, a panel per parameter.",
        caption="A line per chain: the share of its draws up to a rank, less what is expected. "
        "Chains that agree stay near 0. p is that of a test of their agreement: below α they "
        "differ, and the draws that show it are marked.",
    )


def _energy(results: Results, numbers: dict[str, Any], *, figures: bool) -> list[Block]:
    """Fraction of missing information, and the figure behind it."""
    finding = results.finding("energy")
    if finding.ok is None:
        return [Missing(finding.name, finding.sentence)]
    numbers["bfmi"] = results.bfmi
    (badge,) = finding.blocks()
    if not figures:
        return [badge]
    figure = picture(
        lambda: energy(results.posterior.fit),
        alt=f"Distribution of the energy and of its changes; {finding.sentence}",
        caption="Marginal: the energy itself; transition: its changes from draw to draw. The two "
        "should look alike: much narrower changes mean that the sampler crawls through the "
        "posterior.",
    )
    return [Fold(badge, (figure,))] if finding.ok else [badge, figure]


def _table(results: Results) -> Table:
    chains = results.posterior.draws.sizes["chain"]
    least = SMALLEST_ESS_PER_CHAIN * chains
    table = results.population
    passed = table[["ess_bulk", "ess_tail"]].min(axis=1) >= least
    passed &= (chains < 2) | (table["r_hat"] <= LARGEST_R_HAT)
    return Table.of(
        f"Population parameters and what is derived from them. R-hat passes up to {LARGEST_R_HAT}, "
        f"effective draws from {least} on.",
        ("parameter", "R\u2011hat", "effective draws, bulk", "tail", "Monte Carlo error", ""),
        table.assign(verdict=passed.map(verdict)),
        r_hat=".3f",
        **dict.fromkeys(("ess_bulk", "ess_tail"), ",.0f"),
        mcse=".2g",
        verdict="",
    )
