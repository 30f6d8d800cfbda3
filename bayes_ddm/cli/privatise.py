"""Commands for answers that stay private: scheme, privatise."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from bayes_ddm.cli.options import File, option
from bayes_ddm.cli.outputs import Output, TableOut, output_option, say
from bayes_ddm.cli.table import Columns, column_names
from bayes_ddm.cli.texts import number_or_name, numbers
from bayes_ddm.errors import InputError

if TYPE_CHECKING:
    from bayes_ddm.privacy import PrivateChoices, PrivateRows

SCHEME = "a scheme", (".json",)
_cells = partial(option, panel="Cells (--protect row)")

Allowed = Annotated[
    Path | None, option("Scheme that the answers were randomised by (see privatise).", "--scheme")
]
SchemeFile = Annotated[
    Path, option("Scheme to randomise answers by, made by bayes-ddm scheme.", "--scheme")
]


def scheme(
    *,
    out: Annotated[Path, output_option("JSON file.", "-o", "--output", kind=SCHEME)],
    protect: Annotated[
        Literal["choice", "row"],
        option("What is protected: the choice, or choice and response time."),
    ] = "choice",
    epsilon: Annotated[
        str, option("Privacy of a row: smaller is more private. Of rows, or levels: 1,2,4.")
    ] = "1",
    boundary: Annotated[
        float | None, _cells("Boundary that is publicly known, half the separation.")
    ] = None,
    ndt: Annotated[float | None, _cells("Non-decision time that is publicly known, s.")] = None,
    boundary_se: Annotated[float, _cells("Standard error of the boundary in a pilot.")] = 0.0,
    ndt_se: Annotated[float, _cells("Standard error of the ndt in a pilot.")] = 0.0,
    time_epsilon: Annotated[
        float | None,
        _cells("Randomise choice and time each by itself: --epsilon of the choice, this of time."),
    ] = None,
    output: Output,
) -> None:
    """Write down how answers are to be randomised: what devices do, and estimates allow for.

    Example: bayes-ddm scheme --protect choice --epsilon 1 -o scheme.json
    """
    output.check(out)
    from bayes_ddm.privacy import choices, rows
    from bayes_ddm.privacy.scheme import Scheme

    levels = numbers("--epsilon", epsilon)
    result: Scheme
    if protect == "row":
        result = rows(
            levels[0] if len(levels) == 1 else levels,
            boundary=boundary,
            ndt=ndt,
            boundary_se=boundary_se,
            ndt_se=ndt_se,
            time_epsilon=time_epsilon,
        )
    else:
        if len(levels) > 1:
            raise InputError("choices are protected at one level; give one --epsilon.")
        options: dict[str, Any] = {"boundary": boundary, "ndt": ndt, "time-epsilon": time_epsilon}
        for name in (name for name, value in options.items() if value is not None):
            raise InputError(f"--{name} is for --protect row; leave it out.")
        result = choices(levels[0])
    output.keep(result, out)


def privatise(
    *,
    file: File,
    scheme: SchemeFile,
    out: TableOut,
    columns: Columns,
    level: Annotated[
        str | None, option("Level of each labeler, where there are several: a column, or a number.")
    ] = None,
    output: Output,
) -> None:
    """Randomise answers as a scheme has it; what was chosen cannot be told from the output.

    Example: bayes-ddm privatise choices.csv --labeler id --scheme scheme.json -o private.csv
    """
    output.check(out, source=(file, scheme))
    from bayes_ddm.data.learned_values import valued_design
    from bayes_ddm.privacy import privatise as run
    from bayes_ddm.privacy import read_scheme
    from bayes_ddm.privacy.answers import SENT
    from bayes_ddm.privacy.privatise import TWICE

    randomisation: Any = read_scheme(scheme)
    if set(SENT.values()) & set(column_names(file)):
        raise InputError(TWICE)
    levels = number_or_name(level)
    names = [levels] if isinstance(levels, str) else []
    choices = columns.read(file, announce=True, keep=names)
    if isinstance(levels, str) and choices.covariates is not None:
        levels = choices.covariates[levels].to_numpy()
    result = run(choices, randomisation, **({} if levels is None else {"level": levels}))
    output.keep(result, out)
    features = ""
    if choices.contextual:
        arguments = ["--features", ",".join(choices.feature_names)]
        features = f" {shlex.join(['--drift', choices.drift] if choices.drift else arguments)}"
    # only a fit learns the parameter of a value function
    unlearned = valued_design(choices) is not None
    command, end = ("fit", " -o fit.nc") if unlearned else ("estimate", "")
    say(f"next: bayes-ddm {command} {out} --scheme {scheme}{features}{end}")


def read_answers(
    file: Path, scheme: Path, columns: Columns, keep: Iterable[str]
) -> PrivateChoices | PrivateRows:
    """Read answers that a scheme made private, by the options for columns."""
    from bayes_ddm.data.design import with_drift
    from bayes_ddm.data.formula import covariates_in
    from bayes_ddm.privacy import PrivateRows, read_private, read_scheme

    randomisation: Any = read_scheme(scheme)
    formula = covariates_in(columns.drift) if columns.drift else ()
    arguments = columns.names() | {"covariates": tuple(dict.fromkeys([*formula, *keep]))}
    if arguments.pop("choice") != "choice":
        raise InputError("--choice: private answers have a column of their own; leave it out.")
    if randomisation.protect == "row" and arguments.pop("rt") != "rt":
        raise InputError("--rt: private rows have no times; leave it out.")
    with columns.naming_options(file):
        private = read_private(file, randomisation, **arguments)
    if isinstance(private, PrivateRows):
        return private
    return replace(private, choices=with_drift(private.choices, columns.drift))
