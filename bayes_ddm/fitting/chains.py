"""nutpie at work: watched, so that draws are kept while it samples, and taken up again."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import nutpie
import pymc as pm
import pytensor
import pytensor.tensor as pt
import xarray as xr
from nutpie.compile_pymc import CompiledPyMCModel
from pymc.initial_point import make_initial_point_expression

from bayes_ddm._typing import FloatArray
from bayes_ddm.fitting.checkpoint import Chain, Checkpoint, split, together

POLL = 0.2  # seconds


def draw_chains(
    code: CompiledPyMCModel, checkpoint: Checkpoint | None, *, chains: int, **options: Any
) -> xr.DataTree:
    """Sample all chains, and keep their draws in the checkpoint, if there is one.

    Interrupted, it returns the draws so far.
    """
    keeping = checkpoint if checkpoint is not None and checkpoint.path is not None else None
    running = nutpie.sample(code, chains=chains, blocking=False, **options)
    try:
        while True:
            try:
                tree = running.wait(timeout=None if keeping is None else keeping.wait)
                break
            except TimeoutError:
                if keeping is not None:
                    keeping.write(split(_quietly(running.inspect), range(chains)))
    except KeyboardInterrupt:
        tree = _quietly(running.abort)
    except BaseException:
        running.cancel()
        raise
    if keeping is not None:
        keeping.write(split(tree, range(chains)))
    return tree


def continued(
    code: CompiledPyMCModel,
    model: pm.Model,
    checkpoint: Checkpoint,
    *,
    draws: int,
    cores: int,
    callback: Callable[[Sequence[Any]], None],
    **options: Any,
) -> xr.DataTree:
    """Go on sampling what is kept until every chain has its draws.

    Each chain is tuned anew from its last draw, and goes on with random numbers of its own.
    Interrupted, it returns the draws that all chains have so far.
    """
    kept = checkpoint.kept
    before = dict(kept.chains)
    waiting = [i for i in kept.every if i not in before or before[i].draws < draws]
    positions = _positions(model, {i: before[i] for i in waiting if i in before})
    missing = {i: draws - (before[i].draws if i in before else 0) for i in waiting}
    shown = _Shown(callback, {i: options["tune"] + rest for i, rest in missing.items()})
    running: dict[int, Any] = {}
    chains = dict(before)

    def begin(i: int) -> Any:
        have = before[i].draws if i in before else 0
        seed = np.random.SeedSequence((kept.seed, i, have)).generate_state(1)
        return nutpie.sample(
            dataclasses.replace(code, initial_point_func=positions[i]) if have else code,
            draws=draws - have,
            chains=1,
            cores=1,
            seed=int(seed[0] >> 2),
            blocking=False,
            progress_callback=shown.part(i),
            **options,
        )

    def note(i: int, tree: xr.DataTree) -> None:
        for part in split(tree, [i]).values():
            chains[i] = before[i].then(part) if i in before else part

    try:
        while waiting or running:
            while waiting and len(running) < cores:
                running[waiting[0]] = begin(waiting[0])
                del waiting[0]
            for i in list(running):
                try:
                    tree = running[i].wait(timeout=POLL)
                except TimeoutError:
                    continue
                del running[i]
                note(i, tree)
            if checkpoint.due:
                for i, sampler in running.items():
                    note(i, _quietly(sampler.inspect))
                checkpoint.write(chains)
    except KeyboardInterrupt:
        for i, sampler in running.items():
            note(i, _quietly(sampler.abort))
    except BaseException:
        for sampler in running.values():
            sampler.cancel()
        raise
    checkpoint.write(chains)
    every = [chains[i] for i in kept.every if i in chains]
    least = min((chain.draws for chain in every), default=0)
    return together([chain.first(min(draws, least)) for chain in every])


def _quietly(traced: Callable[[], xr.DataTree]) -> xr.DataTree:
    with warnings.catch_warnings():
        # that there are fewer draws than chains, as yet
        warnings.filterwarnings("ignore", "Found chain dimension to be longer", UserWarning)
        return traced()


class _Shown:
    """Progress of several runs of one chain, in one bar."""

    def __init__(
        self, callback: Callable[[Sequence[Any]], None], totals: Mapping[int, int]
    ) -> None:
        self.callback = callback
        nothing: dict[str, Any] = {"started": False, "divergent_draws": [], "runtime_ms": 0}
        nothing |= dict.fromkeys(("finished_draws", "latest_num_steps"), 0)
        self.latest: dict[int, Any] = {
            i: SimpleNamespace(**nothing, total_draws=total) for i, total in totals.items()
        }

    def part(self, chain: int) -> Callable[[list[Any]], None]:
        def update(progress: list[Any]) -> None:
            self.latest[chain] = progress[0]
            self.callback(list(self.latest.values()))

        return update


def _positions(model: pm.Model, chains: dict[int, Chain]) -> dict[int, Callable[[Any], FloatArray]]:
    """Where chains stand, as the sampler moves: functions that take a seed and need none."""
    if not chains:
        return {}
    free = model.free_RVs
    inputs = [variable.type() for variable in free]
    expressions = make_initial_point_expression(
        free_rvs=free,
        rvs_to_transforms=model.rvs_to_transforms,
        initval_strategies=dict(zip(free, inputs, strict=True)),
        return_transformed=True,
    )
    flat = pt.concatenate([pt.as_tensor(x).ravel().astype("float64") for x in expressions])
    function = pytensor.function(inputs, flat, mode="FAST_COMPILE", on_unused_input="ignore")
    positions: dict[int, Callable[[Any], FloatArray]] = {}
    for i, chain in chains.items():
        last = chain.posterior.isel(draw=-1)
        place = function(*(np.asarray(last[v.name], dtype=v.type.dtype) for v in free))
        positions[i] = partial(_copy, np.asarray(place))
    return positions


def _copy(place: FloatArray, seed: Any) -> FloatArray:
    return place.copy()
