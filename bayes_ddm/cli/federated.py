"""Analyse the choices of sites that may not share rows: ask, answer, combine.

Rows stay where they are. This is data minimisation, not differential privacy.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bayes_ddm.cli.options import Prob, option
from bayes_ddm.cli.outputs import DOCUMENT, Json, Output, output_option, say, wrote
from bayes_ddm.cli.table import Columns
from bayes_ddm.cli.texts import numbers

_box = partial(option, panel="Box")
_document = partial(output_option, "JSON file.", "-o", "--output", kind=DOCUMENT)


def ask(
    *,
    file: Annotated[
        Path | None, typer.Argument(help="The asker's own table of choices.", show_default=False)
    ] = None,
    out: Annotated[Path, _document()],
    columns: Columns,
    mu: Annotated[str | None, _box("Range of the average drift, LOW,HIGH; or a number.")] = None,
    sigma: Annotated[str | None, _box("Range of the spread of drifts.")] = None,
    boundary: Annotated[str | None, _box("Range of the boundary; a number, if known.")] = None,
    ndt: Annotated[str | None, _box("Range of the non-decision time, seconds.")] = None,
    nodes: Annotated[int, _box("Points a side.")] = 7,
    output: Output,
) -> None:
    """Ask all sites for their log likelihood in a box of parameters.

    The box is where the asker's own choices put the parameters, or what the options say.

    Example: bayes-ddm federated ask ours.csv --labeler id -o question.json
    """
    output.check(out, source=file)
    from bayes_ddm.privacy.federated import ask as run

    choices = None if file is None else columns.read(file, announce=True)
    question = run(
        choices,
        mu=_range("--mu", mu),
        sigma=_range("--sigma", sigma),
        boundary=_range("--boundary", boundary),
        ndt=_range("--ndt", ndt),
        nodes=nodes,
    )
    output.keep(question, out)
    say(f"next, at every site: bayes-ddm federated answer FILE {out} --site NAME -o answer.json")


def answer(
    *,
    file: Annotated[Path, typer.Argument(help="This site's table.", show_default=False)],
    question: Annotated[Path, typer.Argument(help="The question.", show_default=False)],
    site: Annotated[str, option("Name of this site.")],
    out: Annotated[Path, _document()],
    columns: Columns,
    output: Output,
) -> None:
    """Answer a question from this site's table, of at least 20 labelers; no row leaves it.

    Example: bayes-ddm federated answer ours.csv question.json --site Bonn -o bonn.json
    """
    output.check(out, source=(file, question))
    from bayes_ddm.privacy.federated import answer as run
    from bayes_ddm.privacy.federated import read_question

    box = read_question(question)
    result = run(columns.read(file, announce=True), box, site=site)
    output.keep(result, out)


def combine(
    *,
    answers: Annotated[list[Path], typer.Argument(help="All answers.", show_default=False)],
    ask_again: Annotated[
        Path | None, output_option("Write the question of a second round.", kind=DOCUMENT)
    ] = None,
    prob: Prob = 0.95,
    json: Json = None,
    output: Output,
) -> None:
    """Combine all sites' answers into the posterior of all their choices.

    Example: bayes-ddm federated combine bonn.json lyon.json --ask-again second.json
    """
    output.check(ask_again, json, source=tuple(answers))
    from bayes_ddm.privacy.federated import combine as run
    from bayes_ddm.privacy.federated import read_answer

    result = run([read_answer(path) for path in answers], prob=prob)
    if ask_again is not None:
        result.ask_again().save(ask_again, overwrite=output.overwrite)
    output.show(result, json=json)
    wrote(ask_again)


def _range(flag: str, text: str | None) -> float | list[float] | None:
    if text is None:
        return None
    ends = numbers(flag, text)
    return float(ends[0]) if len(ends) == 1 else ends
