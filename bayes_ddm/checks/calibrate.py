"""Simulation-based calibration: the posterior holds the truth as often as it says, or not."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.checks.uniform_ranks import envelope, p_value
from bayes_ddm.data.choices import Choices
from bayes_ddm.display import Block, Callout, Shown, Table, Words
from bayes_ddm.errors import InputError, a_seed, at_least
from bayes_ddm.fitting.posterior import population_entries
from bayes_ddm.fitting.refit import (
    ENOUGH_DRAWS,
    Builder,
    Draws,
    Program,
    compiled,
    quiet,
    refits,
)

# probability of the simultaneous envelope, and of the central intervals whose coverage is counted
ENVELOPE = 0.99
INTERVALS = (0.5, 0.9, 0.95)


@dataclass(frozen=True, eq=False, repr=False)
class Calibration(Shown):
    """Ranks of true parameters among posterior draws, over data sets simulated from the prior.

    Attributes
    ----------
    model : str
    names : tuple of str
        Population parameters; an average preference goes by its feature.
    ranks : ndarray of int, shape (simulations, parameters)
        How many of `draws` thinned posterior draws are below the truth. Uniform on 0 .. draws if
        the posterior is right.
    draws : int
    table : DataFrame
        Indexed by parameter. ``n`` simulations; ``p_value`` of uniform ranks (below 0.01: outside
        the 99 % simultaneous envelope); ``cover_50``, ``cover_90``, ``cover_95``: share of central
        intervals that hold the truth, and ``se_50`` ... their Monte Carlo standard errors;
        ``z``: mean of (posterior mean - truth) / posterior sd; ``contraction``: 1 - posterior
        variance / prior variance, near 1 where data say much.
    simulations : int
        Asked for.
    failed_fits : int
        Simulations that no chain could start on; they are missing from `ranks`.
    divergent, slow : int
        Simulations with divergences; with fewer than 100 effective draws even after a longer run.
    seed : int
    seconds : float
        Per simulation, compilation left out.
    """

    model: str
    names: tuple[str, ...]
    ranks: IntArray
    draws: int
    table: pd.DataFrame
    simulations: int
    failed_fits: int
    divergent: int
    slow: int
    seed: int
    seconds: float

    @property
    def failed(self) -> tuple[str, ...]:
        """Parameters whose ranks leave their 99 % simultaneous envelope."""
        return tuple(self.table.index[self.table["p_value"] < 1 - ENVELOPE])

    @property
    def passed(self) -> bool:
        """Whether every parameter's ranks stay inside, and every simulation could be fitted."""
        return not self.failed and not self.failed_fits

    def envelope(self, prob: float = ENVELOPE) -> tuple[FloatArray, FloatArray]:
        """Smallest and largest share of ranks below 1, ..., `draws` that uniform ranks allow."""
        return envelope(len(self.ranks), self.draws, prob)

    def plot(self, **kwargs: Any) -> Any:
        """Draw `bayes_ddm.plots.rank_ecdf`: each parameter's ranks against their envelope."""
        from bayes_ddm.plots.rank_ecdf import rank_ecdf

        return rank_ecdf(self, **kwargs)

    def blocks(self) -> list[Block]:
        """Return whether it passed, and a row per parameter."""
        marks = ["outside" if name in self.failed else "" for name in self.table.index]
        rows = self.table.assign(mark=marks)
        shares = dict.fromkeys(("p_value", *(f"cover_{100 * c:g}" for c in INTERVALS)), ".3f")
        intervals = (f"{100 * c:g} %" for c in INTERVALS)
        head = ("parameter", "p", *intervals, "z", "contraction", "")
        outcome = "passed"
        if self.failed:
            outcome = f"outside their 99 % envelope: {', '.join(self.failed)}"
        elif self.failed_fits:
            outcome = "not every simulation could be fitted"
        title = f"Calibration of {self.model}, {len(self.ranks)} simulations"
        notes = ["p: of uniform ranks; then how often central intervals hold the truth."]
        if self.failed_fits:
            notes.append(f"Simulations that could not be fitted: {self.failed_fits}.")
        if self.divergent:
            notes.append(f"Simulations with divergences: {self.divergent}.")
        if self.slow:
            notes.append(f"Simulations below {ENOUGH_DRAWS} effective draws: {self.slow}.")
        table = Table.of("", head, rows, **shares, z="+.2f", contraction=".2g", mark="")
        return [Callout(title, outcome, self.passed), table, *map(Words, notes)]


def calibrate(
    design: Choices,
    model: str | Builder | None = None,
    *,
    simulations: int = 200,
    draws: int = 400,
    tune: int = 400,
    chains: int = 2,
    ranks: int = 99,
    seed: int | None = None,
    progress: bool = True,
    **parameters: Any,
) -> Calibration:
    """Check a model and its sampler by simulation: draw from the prior, simulate, fit, rank.

    If the model, its simulator and the sampler agree, the true value of a parameter is equally
    likely to have any rank among independent posterior draws. The model is compiled once.

    Parameters
    ----------
    design : Choices
        Labelers, features and number of rows; its choices and times are replaced.
    model : str or build function, optional
        As in `bayes_ddm.fit`.
    simulations : int
    draws, tune, chains : int
        Of each fit. One whose effective sample size is below 100 is run again, four times as long.
    ranks : int
        Draws, evenly spaced, that the truth is ranked among.
    seed : int, optional
        The same seed gives the same ranks. Drawn, and recorded, if not given.
    progress : bool
    **parameters
        Priors and numbers, passed to the model. A prior so wide that its data sets are absurd
        (drifts of 10, responses of hours) tests the arithmetic more than the model.

    Returns
    -------
    Calibration

    Raises
    ------
    InputError
        If the model is unknown, does not fit the design, or is a ``pm.Model``.
    KeyboardInterrupt
        If interrupted.

    References
    ----------
    Talts, Betancourt, Simpson, Vehtari & Gelman (2018), arXiv 1804.06788. Säilynoja, Bürkner &
    Vehtari (2022), Statistics and Computing 32:32, for the envelope.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> design = bd.simulate.experiment("normal", labelers=20, choices=4, boundary=1.25, seed=1)
    >>> priors = {"mu": pm.Normal.dist(0, 1), "sigma": 0.5, "boundary": 1.25, "ndt": 0.2}
    >>> options = {"simulations": 10, "seed": 1, "progress": False}
    >>> bd.calibrate(design, "hierarchical", **options, **priors).passed
    True
    """
    at_least(1, simulations=simulations, ranks=ranks)
    if draws * chains < 2 * ranks:
        raise InputError(f"{ranks} ranks need at least {2 * ranks} draws; got {draws * chains}.")
    seed = a_seed(seed)
    program = compiled(design, model, parameters)
    first, *seeds = np.random.SeedSequence(seed).generate_state(simulations + 2).tolist()
    rng = np.random.default_rng(seeds.pop())
    truths, data = _simulated(program, simulations, first)

    start, sampling = time.perf_counter(), {"draws": draws, "tune": tune, "chains": chains}
    by_simulation = refits(program, data, seeds, progress=progress, **sampling)
    seconds = (time.perf_counter() - start) / simulations
    fitted, fits = list(by_simulation), list(by_simulation.values())
    if not fitted:
        raise InputError(
            f"none of the {simulations} data sets that these priors give could be fitted; give "
            "tighter priors."
        )
    truths = {name: truths[name][fitted] for name in fits[0].values if np.ptp(truths[name]) > 0}
    columns = [_ranks(values, name, fits, ranks, rng) for name, values in truths.items()]
    return Calibration(
        model=program.name,
        names=tuple(truths),
        ranks=np.stack(columns, axis=1),
        draws=ranks,
        table=_table(truths, fits, columns, ranks),
        simulations=simulations,
        failed_fits=simulations - len(fitted),
        divergent=sum(fit.divergences > 0 for fit in fits),
        slow=sum(fit.ess < ENOUGH_DRAWS for fit in fits),
        seed=seed,
        seconds=seconds,
    )


def _simulated(
    program: Program, simulations: int, seed: int
) -> tuple[dict[str, FloatArray], FloatArray]:
    """Return parameters drawn from the prior, and what is then observed, simulations first."""
    with quiet():
        sample = pm.sample_prior_predictive(
            simulations,
            model=program.model,
            random_seed=seed,
            # a few hundred draws do not repay compilation to machine code
            compile_kwargs={"mode": "FAST_COMPILE"},
        )
    prior = population_entries(sample["prior"].to_dataset())
    (observed,) = program.model.observed_RVs
    data = sample["prior_predictive"][observed.name].values[0]
    return {name: values[0] for name, values in prior.items()}, data


def _ranks(
    truths: FloatArray, name: str, fits: list[Draws], ranks: int, rng: np.random.Generator
) -> IntArray:
    places = np.empty(len(fits), dtype=int)
    for k, (truth, fit) in enumerate(zip(truths, fits, strict=True)):
        pooled = fit.values[name].ravel()
        thinned = pooled[np.linspace(0, len(pooled) - 1, ranks).round().astype(int)]
        # ties occur where a share rounds to 0 or 1
        below, ties = (thinned < truth).sum(), (thinned == truth).sum()
        places[k] = below + rng.integers(ties + 1)
    return places


def _table(
    truths: dict[str, FloatArray], fits: list[Draws], columns: list[IntArray], ranks: int
) -> pd.DataFrame:
    records = {}
    for (name, truth), column in zip(truths.items(), columns, strict=True):
        mean = np.array([fit.values[name].mean() for fit in fits])
        sd = np.array([fit.values[name].std() for fit in fits])
        record = {"n": len(fits), "p_value": p_value(column, ranks)}
        for prob in INTERVALS:
            tails = [(1 - prob) / 2, (1 + prob) / 2]
            # Weibull's quantiles: an interval of independent draws then covers exactly its share
            low, high = np.array(
                [np.quantile(fit.values[name], tails, method="weibull") for fit in fits]
            ).T
            share = float(((low <= truth) & (truth <= high)).mean())
            record[f"cover_{100 * prob:g}"] = share
            record[f"se_{100 * prob:g}"] = float(np.sqrt(share * (1 - share) / len(fits)))
        varies = sd > 0
        record["z"] = float(np.mean((mean - truth)[varies] / sd[varies]))
        record["contraction"] = float(1 - np.mean(sd**2) / np.var(truth))
        records[name] = record
    return pd.DataFrame.from_dict(records, orient="index").rename_axis("parameter")
