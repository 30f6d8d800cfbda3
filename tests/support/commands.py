"""The command line from inside Python: fast, and with warnings as errors."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bayes_ddm.cli import main

# few draws, enough for R-hat below 1.01 and 100 effective draws per chain on these small tables
SAMPLING = ("--draws", 500, "--tune", 400, "--chains", 2, "--seed", 1)


@dataclass(frozen=True)
class Result:
    """What a command left: its exit status, standard output and standard error."""

    status: int
    out: str
    err: str

    def done(self) -> Result:
        """Return itself if the command succeeded."""
        assert self.status == 0, self.err
        assert "bayes-ddm: " not in self.err
        return self

    def refusal(self) -> str:
        """Return the one line that wrong input gets."""
        *notes, last = self.err.splitlines()
        assert self.status == 2, self.err
        assert last.startswith("bayes-ddm: ") and last.endswith((".", "?", "..."))
        assert all(line.startswith(("note: ", "dropped ")) for line in notes)
        assert "Traceback" not in self.out + self.err
        return last.removeprefix("bayes-ddm: ")


def strict_json(source: str | Path) -> Any:
    """Read JSON, or a file of it, in which every number is finite."""
    text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} in the JSON")

    return json.loads(text, parse_constant=refuse)


def bayes_ddm(*arguments: Any) -> Result:
    """Run ``bayes-ddm`` in this process."""
    out, err = io.StringIO(), io.StringIO()
    status: Any = 0
    argv = ["bayes-ddm", *map(str, arguments)]
    with patch.object(sys, "argv", argv), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as done:
            status = done.code
    return Result(int(status or 0), out.getvalue(), err.getvalue())
