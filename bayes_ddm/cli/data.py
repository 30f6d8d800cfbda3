"""Commands that make or look at tables: simulate, dataset, check."""

from __future__ import annotations

import secrets
from contextlib import suppress
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayes_ddm.cli.options import File, option
from bayes_ddm.cli.outputs import TABLE, Output, TableOut, ending, say
from bayes_ddm.cli.population import Drifts
from bayes_ddm.cli.table import Columns, column_names
from bayes_ddm.cli.texts import EXAMPLE, listed, number_or_values, values_by_cell
from bayes_ddm.display import show
from bayes_ddm.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from bayes_ddm.data.choices import Choices

LISTED = 12
_formula = partial(option, panel="Formulas")
DATASETS = (
    "amasino2019",
    "amasino2019_twin",
    "cavanagh2011",
    "krajbich2010",
    "wagenmakers2008",
)


def simulate(
    *,
    out: Annotated[
        Path,
        typer.Argument(help="CSV or Parquet file.", show_default=False, callback=ending(TABLE)),
    ],
    drifts: Drifts,
    labelers: Annotated[int, option("Number of labelers.")] = 1000,
    choices: Annotated[int, option("Choices made by each.")] = 10,
    boundary: Annotated[
        str,
        option(f"Half the boundary separation, or its values by condition: {EXAMPLE}."),
    ] = "1.25",
    ndt: Annotated[str, option("Non-decision time, seconds, or its values by condition.")] = "0",
    start: Annotated[
        str,
        option("Where evidence starts, from 0 (at -1) to 1 (at +1), or its values by condition."),
    ] = "0.5",
    design: Annotated[
        Path | None,
        _formula(
            "Table that formulas name columns of: what every labeler goes through, or one row per "
            "choice, labeler by labeler."
        ),
    ] = None,
    drift: Annotated[
        str | None,
        _formula('Formula of the drift: "1 + delay"; --mean and --sd then are of each column.'),
    ] = None,
    between: Annotated[
        str | None,
        _formula('What a group adds to its labelers\' drifts: "country: FR=-0.3, JP=0.3".'),
    ] = None,
    lapse: Annotated[float, option("Share of choices by chance, at any time.")] = 0.0,
    deadline: Annotated[
        float | None,
        option("Seconds after which no response is taken."),
    ] = None,
    seed: Annotated[int | None, option("The same seed gives the same data.")] = None,
    output: Output,
) -> None:
    """Simulate an experiment, exactly; columns choice, rt (seconds), labeler and the design's.

    Boundary, ndt and start may depend on columns of a design, a file with a header and, say, two
    rows: speed, accuracy.

    Example: bayes-ddm simulate sim.csv --design design.csv --boundary "instruction: speed=0.8,
    accuracy=1.5" --ndt 0.3 --mean 0.5 --sd 1 --seed 1
    """
    import numpy as np

    from bayes_ddm.data.read import read_frame
    from bayes_ddm.simulate import experiment

    output.check(out, source=design)
    population = drifts.build()
    average = ", ".join(f"{x:g}" for x in np.atleast_1d(population.mean))
    if "," in average and drift is None:
        raise InputError("several --mean are averages of several preferences; give --drift.")
    known: dict[str, Any] = {
        name: number_or_values(f"--{name}", text)
        for name, text in {"boundary": boundary, "ndt": ndt, "start": start}.items()
    }
    formulas = [name for name, given in known.items() if isinstance(given, dict)]
    formulas += [name for name, given in (("drift", drift), ("between", between)) if given]
    if formulas and design is None:
        raise InputError(f"--{formulas[0]} names columns; give their table with --design.")
    rows = None if design is None else read_frame(design)
    if rows is not None and (there := [x for x in ("choice", "rt", "labeler") if x in rows]):
        say(f"note: simulated in place of the design's own: {', '.join(there)}.")
    seed = secrets.randbits(32) if seed is None else seed
    table = experiment(
        population,
        labelers=labelers,
        choices=choices,
        table=rows,
        drift=drift,
        between=None if between is None else values_by_cell("--between", between),
        **known,
        lapse=lapse,
        deadline=deadline,
        anonymous=False,
        seed=seed,
    )
    say(
        f"{population}, average {average}; boundary {boundary}, ndt {ndt} s, start {start}, "
        f"lapses {lapse:g}{'' if deadline is None else f', deadline {deadline:g} s'}; seed {seed}"
    )
    _write(table, out, output)


def _write(choices: Choices, out: Path, output: Output) -> None:
    from bayes_ddm.data.as_table import unformed

    frame = unformed(choices)
    save = frame.to_parquet if out.suffix.lower() == ".parquet" else frame.to_csv
    output.write(out, lambda temporary: save(temporary, index=False))
    show(choices)
    say(f"wrote {out}: columns {', '.join(frame.columns)}")
    features = f" --features {','.join(choices.feature_names)}" if choices.contextual else ""
    features = f" --drift {quote(choices.drift)}" if choices.drift else features
    deadline = " --deadline deadline" if choices.deadline is not None else ""
    say(f"next: bayes-ddm check {out} --labeler labeler{features}{deadline}")


def dataset(
    *,
    name: Annotated[
        str,
        typer.Argument(
            help=f"{', '.join(DATASETS[:-1])} or {DATASETS[-1]}.",
            show_default=False,
            autocompletion=lambda: list(DATASETS),
        ),
    ],
    out: TableOut,
    path: Annotated[
        Path | None, option("Raw file, if it is here already; else it is fetched.")
    ] = None,
    verify: Annotated[bool, option("Refuse a raw file that is not the public one.")] = True,
    output: Output,
) -> None:
    """Fetch or read a public data set, filter it as published, say what was dropped.

    Example: bayes-ddm dataset amasino2019 -o choices.csv
    """
    from bayes_ddm.data import datasets

    if name not in DATASETS:
        hint = did_you_mean(name, DATASETS, f"there are {', '.join(DATASETS)}.")
        raise InputError(f"no data set {name!r}; {hint}")
    simulated = name == "amasino2019_twin"
    if simulated and path is not None:
        raise InputError("amasino2019_twin is simulated; leave out --path.")
    output.check(out, source=path)
    read = getattr(datasets, name)
    _write(read() if simulated else read(path, verify=verify), out, output)


def check(*, file: File, columns: Columns) -> None:
    """Say what is in a table, what was dropped and why, and which response times are suspicious.

    Example: bayes-ddm check choices.csv --labeler id --rt-unit ms
    """
    from bayes_ddm.data.row_selection import conditions
    from bayes_ddm.data.tables import read_choices
    from bayes_ddm.data.unused_covariates import roles
    from bayes_ddm.estimators.screening import check as run

    choices = columns.read(file)
    show(run(choices))
    used = {columns.choice, columns.rt, columns.labeler, columns.count, *choices.feature_names}
    used |= {columns.deadline, *listed(columns.items)}
    used |= {condition.column for condition in conditions(columns.where)}
    used |= {part.strip() for name in choices.feature_names for part in name.split("-")}
    used |= set(() if choices.covariates is None else map(str, choices.covariates.columns))
    del choices  # whose rows are read again, beside columns that are not used
    unused = [name for name in column_names(file) if name not in used]
    _line("not used", unused)
    alone = [name for name in unused if unused.count(name) == 1]
    if not alone:
        return
    with suppress(InputError):  # two columns of one name, say: no reason to fail
        for role, names in roles(read_choices(file, **columns.names(), covariates=alone)).items():
            _line(f"  {role}", names, HINTS[role])


# of columns that are not used: how a formula says what they are
HINTS = {
    "people": "differ between labelers only: --between COLUMN",
    "conditions": "vary within labelers: --boundary COLUMN, --ndt COLUMN if they are conditions, "
    '--drift "0 + COLUMN" if they are options',
    "numbers": 'vary within labelers: --drift "1 + COLUMN", or differences in --features A-B',
}


def _line(head: str, names: list[str], hint: str = "") -> None:
    if names:
        more = ", ..." if len(names) > LISTED else ""
        text = f"{head:<14}  {', '.join(names[:LISTED])}{more}{f' ({hint})' if hint else ''}"
        from bayes_ddm.display.terminal import printable

        print(printable(text))
