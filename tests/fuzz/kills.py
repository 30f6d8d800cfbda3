"""Commands that are killed at random moments: what was there stays, and the next run succeeds.

They run in copies of this process, which has loaded what they need and built and compiled the
model, so that the moments fall into their own work: every other one into the writing of a file.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import matplotlib.pyplot
import numpy as np

import bayes_ddm as bd
import bayes_ddm.reporting
from bayes_ddm.files import PREFIX
from bayes_ddm.fitting import checkpoint, run, sampler
from tests.fuzz.copies import LOADED, SAID, done, is_part, load, start

DRAWS = 400
FIT = ("fit", "in.csv", "--labeler", "labeler", "--seed", "1", "--chains", "2", "--tune", "100")
COMMANDS: dict[str, tuple[str, ...]] = {
    "fit": (*FIT, "--draws", str(DRAWS), "-o", "out.nc"),
    "label": ("label", "in.csv", "--labeler", "labeler", "--boundary", "1", "-o", "out.csv"),
    "condense": ("condense", "in.csv", "-o", "out.parquet"),
    "report": ("report", "fit.nc", "--draws", "20", "-o", "out.html"),
}
# a fit takes ten times as long as labels, and a report a hundred times
SHARES = {"fit": 0.15, "label": 0.44, "condense": 0.4, "report": 0.01}


def _kill(child: int, folder: Path, after: float, *, writing: bool) -> None:
    """Kill after so many seconds; or sooner, once something is written."""
    until = time.monotonic() + after
    while time.monotonic() < until:
        if writing and any(name.startswith(PREFIX) for name in os.listdir(folder)):
            time.sleep(after / 100)
            break
        time.sleep(0.0005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def killed(name: str, folder: Path, kills: int, seed: int) -> Iterator[str]:
    """Kill a command so many times, each at another moment; yield what must not have happened."""
    rng = np.random.default_rng(seed)
    out, arguments = folder / COMMANDS[name][-1], COMMANDS[name]
    whole = []
    for _ in range(2):  # what the first loads, the second need not
        out.unlink(missing_ok=True)
        status, said, seconds = done(folder, *arguments)
        if status:
            yield f"{name}: without a kill: {said}"
            return
        load(folder)
        whole.append(out.read_bytes())
    own = {out, folder / SAID, folder / LOADED}
    before = {path: path.read_bytes() for path in folder.iterdir() if path not in own}
    for number in range(kills):
        out.unlink(missing_ok=True)
        after = rng.uniform(0, 1) * seconds
        _kill(start(folder, *arguments), folder, after, writing=bool(number % 2))
        what = f"{name} {seed} {number}, killed after {after:.3f} s"
        if any(path.read_bytes() != content for path, content in before.items()):
            yield f"{what}: an input was changed"
        if out.exists():
            if is_part(out.read_bytes(), whole):
                yield f"{what}: a part of {out.name}"
            for kept in folder.glob("*.checkpoint"):
                kept.unlink()
            continue

        again = (*arguments, "--resume") if name == "fit" else arguments
        status, said, _ = done(folder, *again)
        if status:
            yield f"{what}, then: {said}"
        elif name == "fit" and bd.load(out)["posterior"].sizes["draw"] != DRAWS:
            yield f"{what}: a fit of other length"
        left = [path for path in folder.iterdir() if path not in {*before, *own}]
        # an empty one may be another's that is about to be written to
        left = [path for path in left if not path.name.startswith(PREFIX) or any(path.iterdir())]
        if left:
            yield f"{what}, then left {[path.name for path in left]}"


def main(inputs: int, seed: int) -> int:
    """Print the kills of every command and what must not be; return how many."""
    print(f"{'command':12}{'kills':>8}{'wrong':>8}")
    total = 0
    choices = bd.simulate.experiment(
        "normal", labelers=40, choices=5, boundary=1.25, ndt=0.3, seed=1
    )
    built = run.resolve(choices, "hierarchical", {})
    near = run.starting_values(built[1], choices)
    code = sampler.compiled(built[1], near)
    matplotlib.pyplot.switch_backend("agg")
    with ExitStack() as stack:
        stack.enter_context(patch.object(run, "resolve", lambda *_: built))
        stack.enter_context(patch.object(run, "starting_values", lambda *_: near))
        stack.enter_context(patch.object(sampler, "compiled", lambda *_: code))
        # draws are kept often, so that short runs have some
        stack.enter_context(patch.object(checkpoint, "EVERY", 0.05))
        stack.enter_context(patch.object(checkpoint, "SHARE", 1))
        for name in COMMANDS:
            kills = max(1, round(SHARES[name] * inputs))
            with TemporaryDirectory() as made:
                folder = Path(made)
                choices.to_frame().to_csv(folder / "in.csv", index=False)
                if name == "report":
                    fitted = done(folder, *FIT, "--draws", "200", "-o", "fit.nc")
                    assert fitted[0] == 0, fitted
                wrong = list(killed(name, folder, kills, seed))
            total += len(wrong)
            print(f"{name:12}{kills:8}{len(wrong):8}", flush=True)
            for line in wrong[:10]:
                print(f"    {line}")
    return total
