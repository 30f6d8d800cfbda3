"""The command that writes the report of saved fits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bayes_ddm.cli.belief import Replications
from bayes_ddm.cli.options import (
    OUTPUT,
    JsonOut,
    Overwrite,
    Prob,
    Seed,
    check_ending,
    check_outputs,
    option,
    say,
    wrote,
)
from bayes_ddm.errors import InputError

commands = typer.Typer()


@commands.command(
    epilog="Example: bayes-ddm report contextual.nc labeler_boundary.nc -o report.html"
)
def report(
    fits: Annotated[
        list[Path],
        typer.Argument(metavar="FIT.nc...", help="Saved fits, side by side.", show_default=False),
    ],
    output: Annotated[Path, option("-o", "--output", help="HTML page.", panel=OUTPUT)],
    title: Annotated[str | None, typer.Option("--title", help="What the study is called.")] = None,
    question: Annotated[str | None, typer.Option("--question", help="What it asks.")] = None,
    prob: Prob = 0.95,
    draws: Replications = 200,
    seed: Seed = None,
    json: JsonOut = None,
    overwrite: Overwrite = False,
) -> None:
    """Write what fits say, and whether to believe them, as one HTML page."""
    if not 0 < prob < 1:
        raise InputError(f"prob must be between 0 and 1; got {prob:g}.")
    check_ending(output, (".html", ".htm"), "a report")
    for path in fits:
        check_outputs(output, json, overwrite=overwrite, source=path)
    from bayes_ddm.data.read import existing_file
    from bayes_ddm.fitting.save import load
    from bayes_ddm.reporting import report as run

    names = [path.stem for path in fits]
    if len(set(names)) < len(names):
        names = [str(path) for path in fits]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(f"{twice[0]!r} is named twice; give each fit once.")
    loaded = {name: load(existing_file(path)) for name, path in zip(names, fits, strict=True)}
    words = {"title": title, "question": question}
    run(
        loaded,
        output,
        json=json,
        prob=prob,
        draws=draws,
        seed=seed or 0,
        overwrite=overwrite,
        progress=say,
        **{key: text for key, text in words.items() if text is not None},
    )
    wrote(output, json)
