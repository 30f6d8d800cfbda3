"""The draws of a fit that is under way, in a file from which it can be continued."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import xarray as xr

from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.files import refuse_existing, writing
from bayes_ddm.fitting.checksum import verify
from bayes_ddm.fitting.checksum import write as write_netcdf
from bayes_ddm.fitting.save import CHECKPOINT, dataset_of, load, stored_choices

EVERY = 5.0  # seconds between two writings, at least
SHARE = 30  # and so many times what the last one took


@dataclass(frozen=True)
class Chain:
    """Draws of one chain, and what the sampler says of each: datasets with the dimension draw."""

    posterior: xr.Dataset
    stats: xr.Dataset

    @property
    def draws(self) -> int:
        """Number of draws."""
        return int(self.posterior.sizes["draw"])

    def first(self, draws: int) -> Chain:
        """Return the first draws alone."""
        span = slice(0, draws)
        return Chain(self.posterior.isel(draw=span), self.stats.isel(draw=span))

    def then(self, later: Chain) -> Chain:
        """Return these draws, and later ones after them."""
        pairs = (self.posterior, later.posterior), (self.stats, later.stats)
        return Chain(*(_concatenated(pair, "draw") for pair in pairs))


@dataclass(frozen=True)
class Kept:
    """What is kept of a fit.

    Attributes
    ----------
    about : dict
        What the same fit must have in common: model, parameters, sampler, choices, chains.
    seed : int
    chains : dict of int to Chain
        Those that have draws.
    seconds : float
        How long sampling them took.
    before : tuple of int
        Draws that all chains had whenever it was continued.
    """

    about: dict[str, Any]
    seed: int
    chains: dict[int, Chain] = field(default_factory=dict)
    seconds: float = 0.0
    before: tuple[int, ...] = ()

    @property
    def draws(self) -> int:
        """Draws that every chain has."""
        counts = [self.chains[i].draws if i in self.chains else 0 for i in self.every]
        return min(counts)

    @property
    def every(self) -> range:
        """Numbers of all chains."""
        return range(self.about["chains"])

    @property
    def in_all(self) -> int:
        """Draws of all chains together."""
        return sum(chain.draws for chain in self.chains.values())

    def expect(self, about: dict[str, Any]) -> None:
        """Refuse what was kept of another fit."""
        for key, value in about.items():
            if self.about.get(key) != value:
                names = {"model": "model", "sampler": "sampler", "chains": "number of chains"}
                other = f"another {names[key]}" if key in names else f"other {key}"
                raise InputError(
                    f"what is resumed was fitted with {other}; repeat the call that made it, or "
                    "fit anew."
                )


class CheckpointWarning(UserWarning):
    """Draws that could not be kept while a fit samples."""


@dataclass
class Checkpoint:
    """A file that is written now and then while a fit samples.

    Attributes
    ----------
    path : Path or None
        None keeps nothing.
    kept : Kept
        What it holds by now.
    """

    path: Path | None
    kept: Kept
    _since: float = field(default_factory=monotonic)
    _next: float = 0.0

    def open(self, *, overwrite: bool = False) -> None:
        """Write the file, so that it is there from the beginning.

        Raises
        ------
        InputError
            If it cannot be written, or is there and `overwrite` is false.
        """
        if self.path is not None:
            write(self.kept, self.path, overwrite=overwrite)
        self._next = monotonic() + EVERY

    def write(self, chains: dict[int, Chain]) -> None:
        """Write these draws in place of those before.

        Warns
        -----
        CheckpointWarning
            If they cannot be written: the fit goes on.
        """
        began, old = monotonic(), self.kept
        seconds = round(old.seconds + began - self._since, 2)
        kept = Kept(old.about, old.seed, dict(chains), seconds, old.before)
        try:
            if self.path is not None:
                write(kept, self.path)
                self.kept, self._since = kept, began
        except InputError as error:
            message = f"{error} The fit goes on, and its draws are not kept meanwhile."
            warnings.warn(message, CheckpointWarning, stacklevel=2)
        self._next = monotonic() + max(EVERY, SHARE * (monotonic() - began))

    @property
    def wait(self) -> float:
        """Seconds until it is to be written again."""
        return max(0.1, self._next - monotonic())

    @property
    def due(self) -> bool:
        """Whether it is to be written again."""
        return self.path is not None and monotonic() >= self._next


def resumed(source: str | Path | xr.DataTree, seed: int | None) -> Kept:
    """Return what is resumed: a checkpoint, a saved fit, or a fit.

    Raises
    ------
    InputError
        If it is none of them, or has another seed.
    """
    kept = of_fit(source) if isinstance(source, xr.DataTree) else read(Path(source))
    if seed is not None and seed != kept.seed:
        raise InputError(
            f"what is resumed has the seed {kept.seed}, not {seed}; leave the seed out."
        )
    return kept


def opened(
    path: str | Path | None, kept: Kept | None, about: dict[str, Any], seed: int
) -> Checkpoint:
    """Return a checkpoint of a new fit, or of one that is resumed, written for the first time.

    Raises
    ------
    InputError
        If what is resumed is another fit, or the file cannot be written: it is no checkpoint, or
        holds draws that would be lost.
    """
    if kept is not None:
        kept.expect(about)
    previous = None if path is None else left_at(path)
    if previous is not None and previous.chains:
        if kept is None or previous.about != about or previous.in_all > kept.in_all:
            raise InputError(
                f"{str(path)!r} holds the draws of a fit that was stopped; go on with them by "
                f"resume={str(path)!r}, or name another file."
            )
    if kept is None:
        kept = Kept(about, seed)
    elif kept.draws:
        kept = replace(kept, before=(*kept.before, kept.draws))
    checkpoint = Checkpoint(None if path is None else Path(path), kept)
    checkpoint.open(overwrite=previous is not None)
    return checkpoint


def left_at(path: str | Path) -> Kept | None:
    """Return what an earlier checkpoint of this name holds; None if there is no file.

    Raises
    ------
    InputError
        If there is one that is no checkpoint, or cannot be read.
    """
    if not os.path.lexists(path):
        return None
    refuse_existing(path, overwrite=True)
    try:
        kept = _read(Path(path))
    except Exception:  # a damaged file makes its decoder raise anything
        kept = None
    if kept is None:
        raise InputError(
            f"{str(path)!r} exists and is no checkpoint that can be read; name another file, or "
            "move it away."
        )
    return kept


def fingerprint(choices: Choices) -> str:
    """Checksum of choices, the same before they were saved and after."""
    checksum = hashlib.sha256()
    for part in filter(None, (choices, choices.omitted)):
        data = dataset_of(part)
        for name in sorted(map(str, data.variables)):
            values = data[name].values
            numbers = values.dtype.kind in "biuf"
            # levels by their order: a code stands for its place among them
            attrs = json.dumps(dict(data[name].attrs), sort_keys=True)
            checksum.update(f"{name}{values.shape}{attrs}".encode())
            checksum.update(
                values.astype(float).tobytes()
                if numbers
                else json.dumps(values.astype(str).tolist()).encode()
            )
        forms = [data.attrs.get(key) for key in ("drift", "between", "flip")]
        checksum.update(json.dumps(forms).encode())
    return checksum.hexdigest()


def write(kept: Kept, path: Path, *, overwrite: bool = True) -> None:
    """Write what is kept of a fit."""
    parts: dict[str, xr.Dataset] = {
        f"chain_{i}/{name}": data
        for i, chain in kept.chains.items()
        for name, data in (("posterior", chain.posterior), ("sample_stats", chain.stats))
    }
    tree = xr.DataTree.from_dict(parts)
    numbers = {"seed": kept.seed, "seconds": kept.seconds, "before": list(kept.before)}
    tree.attrs[CHECKPOINT] = json.dumps({"about": kept.about, **numbers})
    with writing(path, overwrite=overwrite) as temporary:
        write_netcdf(tree, temporary)


def read(path: Path) -> Kept:
    """Read what was kept of a fit: a checkpoint, or the fit itself.

    Raises
    ------
    InputError
        If the file is missing, damaged, or neither.
    """
    try:
        kept = _read(path)
        return of_fit(load(path)) if kept is None else kept
    except InputError:
        raise
    except Exception as error:  # a damaged file makes its decoder raise anything
        raise InputError(f"{str(path)!r} is neither a checkpoint nor a fit; fit anew.") from error


def _read(path: Path) -> Kept | None:
    """Read a checkpoint; None if the file is another netCDF file."""
    if not path.is_file():
        raise InputError(f"no file {str(path)!r} to resume from.")
    verify(path)
    with xr.open_datatree(path, engine="h5netcdf") as opened:
        if CHECKPOINT not in opened.attrs:
            return None
        tree = opened.load()
    state = json.loads(tree.attrs[CHECKPOINT])
    chains = {
        int(name.removeprefix("chain_")): Chain(
            node["posterior"].to_dataset(), node["sample_stats"].to_dataset()
        )
        for name, node in tree.children.items()
    }
    return Kept(state["about"], state["seed"], chains, state["seconds"], tuple(state["before"]))


def of_fit(fit: xr.DataTree) -> Kept:
    """Return what a finished fit holds.

    Raises
    ------
    InputError
        If nutpie did not sample it.
    """
    if fit.attrs.get("sampler") != "nutpie" or "sample_stats" not in fit.children:
        raise InputError("only a fit that nutpie sampled can be resumed; fit anew.")
    posterior, stats = fit["posterior"].to_dataset(), fit["sample_stats"].to_dataset()
    about = described_fit(
        fit.attrs["model"],
        json.loads(fit.attrs["parameters"]),
        fit.attrs["sampler"],
        stored_choices(fit),
        posterior.sizes["chain"],
    )
    return Kept(
        about,
        int(fit.attrs["seed"]),
        {
            i: Chain(*(data.isel(chain=i, drop=True) for data in (posterior, stats)))
            for i in range(posterior.sizes["chain"])
        },
        float(fit.attrs["seconds"]),
        tuple(json.loads(fit.attrs.get("resumed", "[]"))),
    )


def described_fit(
    model: str, parameters: dict[str, Any], sampler: str, choices: Choices, chains: int
) -> dict[str, Any]:
    """Return what fits must have in common for one to continue the other."""
    return {
        "model": model,
        "parameters": json.loads(json.dumps(parameters)),
        "sampler": sampler,
        "choices": fingerprint(choices),
        "chains": chains,
    }


def split(tree: xr.DataTree, chains: Sequence[int]) -> dict[int, Chain]:
    """Return the chains of a trace of nutpie that have draws; unfinished ones are padded there."""
    if "posterior" not in tree.children or not tree["posterior"].sizes.get("draw"):
        return {}
    posterior, stats = tree["posterior"].to_dataset(), tree["sample_stats"].to_dataset()
    counts = stats["logp"].notnull().sum("draw").values
    return {
        chain: Chain(posterior.isel(chain=i, drop=True), stats.isel(chain=i, drop=True)).first(
            int(counts[i])
        )
        for i, chain in enumerate(chains)
        if counts[i]
    }


def together(chains: Sequence[Chain]) -> xr.DataTree:
    """Return chains of equal length as a trace."""
    parts = {
        "posterior": [chain.posterior for chain in chains],
        "sample_stats": [chain.stats for chain in chains],
    }
    return xr.DataTree.from_dict(
        {
            name: _concatenated(data, "chain").assign_coords(chain=np.arange(len(data)))
            for name, data in parts.items()
        }
    )


def _concatenated(parts: Sequence[xr.Dataset], dim: str) -> xr.Dataset:
    shared = [name for name in parts[0].data_vars if all(name in part for part in parts)]
    joined = xr.concat(
        [part[shared].drop_vars("draw", errors="ignore") for part in parts],
        dim,
        data_vars="all",
        coords="minimal",
        compat="override",
        join="override",
        combine_attrs="override",
    )
    return joined.assign_coords(draw=np.arange(joined.sizes["draw"]))
