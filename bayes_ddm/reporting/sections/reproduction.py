"""What it takes to make the fit again."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from bayes_ddm.data.choices import Choices
from bayes_ddm.display import Block, Code, Missing, Table, Words
from bayes_ddm.reporting.command_line import command_line
from bayes_ddm.reporting.python_call import file_of, python_call
from bayes_ddm.reporting.results import Results, Unknown, known
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.study import Study

DIGEST = (
    "import hashlib\n"
    "table = choices.grouped().to_frame().to_csv(index=False)\n"
    "hashlib.sha256(table.encode()).hexdigest()"
)


def reproduction(study: Study) -> Section:
    """Give the call, the versions, the seed and the data's fingerprint."""
    parts = (*study.for_each(_call_of_fit), _versions(study))
    return Section("reproduction", "Reproduction", parts)


def choices_digest(choices: Choices) -> str:
    """Return the SHA-256 of the choices, whatever the order of their rows.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": [1, -1], "rt": [0.9, 1.4]})
    >>> choices_digest(Choices.from_frame(frame)) == choices_digest(Choices.from_frame(frame[::-1]))
    True
    """
    table = choices.grouped().to_frame().to_csv(index=False)
    return hashlib.sha256(table.encode()).hexdigest()


def _call_of_fit(results: Results) -> Part:
    digest = choices_digest(results.posterior.choices)
    numbers: dict[str, Any] = {"sha256": digest, "seed": results.posterior.fit.attrs.get("seed")}
    call = known(lambda: python_call(results))
    blocks: list[Block] = []
    if isinstance(call, Unknown):
        blocks.append(Missing("the call", call.reason))
    else:
        file = file_of(results.posterior.choices)
        hint = "In Python." if file else "In Python; give the columns their names in your table."
        blocks.append(Code(hint, call))
        numbers["python"] = call
        command = known(lambda: command_line(results))
        if isinstance(command, Unknown):
            blocks.append(Missing("the same on the command line", command.reason))
        else:
            blocks.append(Code("The same on the command line.", command))
            numbers["command"] = command
    resumed = json.loads(results.posterior.fit.attrs.get("resumed", "[]"))
    if resumed:
        numbers["resumed"] = resumed
        blocks.append(Words(_went_on(resumed)))
    blocks.append(Words(f"SHA-256 of the choices as they were fitted: {digest}."))
    return Part(tuple(blocks), results.name, numbers)


def _went_on(resumed: list[int]) -> str:
    lengths = " and ".join(f"{draws:,}" for draws in resumed)
    return (
        f"The fit was resumed at {lengths} draws of each chain. The call without a break gives the "
        "same posterior, and other draws."
    )


def _versions(study: Study) -> Part:
    """Versions of all fits side by side, and how the choices' fingerprint is taken."""
    versions = [
        json.loads(results.posterior.fit.attrs.get("versions", "{}")) for results in study.fits
    ]
    names = [results.name for results in study.fits]
    packages = list(dict.fromkeys(package for of_fit in versions for package in of_fit))
    rows = tuple((name, *(of_fit.get(name, "-") for of_fit in versions)) for name in packages)
    table: Block = Table("Versions that the fits were made with.", ("package", *names), rows)
    blocks: tuple[Block, ...] = (
        table if packages else Missing("versions", "the fits do not hold them."),
        Code("How the SHA-256 is taken, whatever the order of the rows.", DIGEST),
        Words(
            "The same seed, versions and data give the same draws, but for the rounding of code "
            "that a compiler orders differently."
        ),
    )
    return Part(blocks, "", {"versions": dict(zip(names, versions, strict=True))})
