"""Commands that are killed at random moments: what was there stays, and the next run succeeds.

They run in copies of this process, which has loaded what they need and compiled the model, so that
the moments fall into their own work: every other one into the writing of a file.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import matplotlib.pyplot
import numpy as np

import bayes_ddm as bd
import bayes_ddm.reporting
from bayes_ddm.cli import main as command_line
from bayes_ddm.files import PREFIX
from bayes_ddm.fitting import checkpoint, sampler
from bayes_ddm.fitting.run import resolve, starting_values

DRAWS = 1500
FIT = ("fit", "in.csv", "--labeler", "labeler", "--seed", "1", "--chains", "2", "--tune", "200")
COMMANDS: dict[str, tuple[str, ...]] = {
    "fit": (*FIT, "--draws", str(DRAWS), "-o", "out.nc"),
    "label": ("label", "in.csv", "--labeler", "labeler", "--boundary", "1", "-o", "out.csv"),
    "condense": ("condense", "in.csv", "-o", "out.parquet"),
    "report": ("report", "fit.nc", "--draws", "20", "-o", "out.html"),
}
# of each hundred kills; a report takes a hundred times as long as labels
SHARES = {"fit": 0.4, "label": 0.3, "condense": 0.28, "report": 0.02}
SAID = "said.txt"


def _start(folder: Path, *arguments: str) -> int:
    """Run a command in a copy of this process; return its number."""
    with warnings.catch_warnings():
        # Arrow's threads, which it starts anew in a copy
        warnings.filterwarnings("ignore", ".*fork", DeprecationWarning)
        child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.chdir(folder)
        said = os.open(SAID, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(said, stream)
        sys.argv = ["bayes-ddm", *arguments]
        command_line()
        status = 0
    except SystemExit as done:
        status = int(done.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _done(folder: Path, *arguments: str) -> tuple[int, str, float]:
    began = time.monotonic()
    status = os.waitstatus_to_exitcode(os.waitpid(_start(folder, *arguments), 0)[1])
    return status, (folder / SAID).read_text()[-300:], time.monotonic() - began


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
    status, said, seconds = _done(folder, *arguments)
    if status:
        yield f"{name}: without a kill: {said}"
        return
    whole = len(out.read_bytes())
    own = {out, folder / SAID}
    before = {path: path.read_bytes() for path in folder.iterdir() if path not in own}
    for number in range(kills):
        out.unlink(missing_ok=True)
        after = rng.uniform(0, 1) * seconds
        _kill(_start(folder, *arguments), folder, after, writing=bool(number % 2))
        what = f"{name} {seed} {number}, killed after {after:.3f} s"
        if any(path.read_bytes() != content for path, content in before.items()):
            yield f"{what}: an input was changed"
        if out.exists():
            if abs(len(out.read_bytes()) - whole) > 0.2 * whole:
                yield f"{what}: a part of {out.name}"
            for left in folder.glob("*.checkpoint"):
                left.unlink()
            continue

        again = (*arguments, "--resume") if name == "fit" else arguments
        status, said, _ = _done(folder, *again)
        if status:
            yield f"{what}, then: {said}"
        elif name == "fit" and bd.load(out)["posterior"].sizes["draw"] != DRAWS:
            yield f"{what}: a fit of other length"
        left_over = [p.name for p in folder.iterdir() if p not in {*before, *own}]
        # an empty one may be another's that is about to be written to
        left_over = [
            n for n in left_over if not n.startswith(PREFIX) or any((folder / n).iterdir())
        ]
        if left_over:
            yield f"{what}, then left {left_over}"


def main(inputs: int, seed: int) -> int:
    """Print the kills of every command and what must not be; return how many."""
    print(f"{'command':12}{'kills':>8}{'wrong':>8}")
    total = 0
    choices = bd.simulate.experiment(
        "normal", labelers=100, choices=5, boundary=1.25, ndt=0.3, seed=1
    )
    program = resolve(choices, "hierarchical", {})[1]
    code = sampler.compiled(program, starting_values(program, choices))
    matplotlib.pyplot.switch_backend("agg")
    with ExitStack() as stack:
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
                    done = _done(folder, *FIT, "--draws", "200", "-o", "fit.nc")
                    assert done[0] == 0, done
                wrong = list(killed(name, folder, kills, seed))
            total += len(wrong)
            print(f"{name:12}{kills:8}{len(wrong):8}", flush=True)
            for line in wrong[:10]:
                print(f"    {line}")
    return total
