"""Commands that are killed at random moments: what was there stays, and the next run succeeds."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import bayes_ddm as bd
from bayes_ddm.files import PREFIX

# draws are kept ten times as often, so that short runs have some
PROGRAM = """
import bayes_ddm.fitting.checkpoint as c
c.EVERY, c.SHARE = 0.3, 1
from bayes_ddm.__main__ import main
main()
"""
FIT = ("--labeler", "labeler", "--seed", "1", "--chains", "2", "--tune", "200")
COMMANDS: dict[str, tuple[str, ...]] = {
    "fit": ("fit", "in.csv", *FIT, "--draws", "4000", "-o", "out.nc"),
    "label": ("label", "in.csv", "--labeler", "labeler", "--boundary", "1", "-o", "out.csv"),
    "condense": ("condense", "in.csv", "-o", "out.parquet"),
    "report": ("report", "fit.nc", "--draws", "20", "-o", "out.html"),
}
OUT = {"fit": "out.nc", "label": "out.csv", "condense": "out.parquet", "report": "out.html"}


def _start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    program = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.Popen(program, cwd=folder, stdout=quiet, stderr=subprocess.PIPE)


def _done(folder: Path, *arguments: str) -> tuple[int, str, float]:
    began = time.monotonic()
    process = _start(folder, *arguments)
    said = process.communicate()[1].decode()
    return process.returncode, said[-300:], time.monotonic() - began


def killed(name: str, folder: Path, kills: int, seed: int) -> Iterator[str]:
    """Kill a command so many times, each at another moment; yield what must not have happened."""
    rng = np.random.default_rng(seed)
    out = folder / OUT[name]
    arguments = COMMANDS[name]
    status, said, seconds = _done(folder, *arguments)
    if status:
        yield f"{name}: without a kill: {said}"
        return
    whole = len(out.read_bytes())
    before = {path: path.read_bytes() for path in folder.iterdir() if path != out}
    for number in range(kills):
        out.unlink(missing_ok=True)
        after = rng.uniform(0.3, 1.0) * seconds
        process = _start(folder, *arguments)
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        what = f"{name} {seed} {number}, killed after {after:.1f} s"
        if any(path.read_bytes() != content for path, content in before.items()):
            yield f"{what}: an input was changed"
        if out.exists():
            if abs(len(out.read_bytes()) - whole) > 0.2 * whole:
                yield f"{what}: a part of {out.name}"
            continue

        again = (*arguments, "--resume") if name == "fit" else arguments
        status, said, _ = _done(folder, *again)
        if status:
            yield f"{what}, then: {said}"
        elif name == "fit" and bd.load(out)["posterior"].sizes["draw"] != 4000:
            yield f"{what}: a fit of other length"
        left = [p.name for p in folder.iterdir() if p not in before and p != out]
        # an empty one may be another's that is about to be written to
        left = [n for n in left if not n.startswith(PREFIX) or any((folder / n).iterdir())]
        if left:
            yield f"{what}, then left {left}"


def main(inputs: int, seed: int) -> int:
    """Print the kills of every command and what must not be; return how many."""
    print(f"{'command':12}{'kills':>8}{'wrong':>8}")
    total = 0
    for name in COMMANDS:
        with TemporaryDirectory() as made:
            folder = Path(made)
            choices = bd.simulate.experiment(
                "normal", labelers=100, choices=5, boundary=1.25, ndt=0.3, seed=1
            )
            choices.to_frame().to_csv(folder / "in.csv", index=False)
            if name == "report":
                done = _done(folder, "fit", "in.csv", *FIT, "--draws", "200", "-o", "fit.nc")
                assert done[0] == 0, done
            wrong = list(killed(name, folder, inputs, seed))
        total += len(wrong)
        print(f"{name:12}{inputs:8}{len(wrong):8}", flush=True)
        for line in wrong[:10]:
            print(f"    {line}")
    return total
