"""Commands that make or look at tables: simulate, dataset, check."""

from __future__ import annotations

import difflib
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayes_ddm.cli.options import (
    POPULATION,
    ChoiceColumn,
    CountColumn,
    FeatureColumns,
    File,
    LabelerColumn,
    Overwrite,
    Positive,
    RtColumn,
    RtUnit,
    check_ending,
    check_outputs,
    option,
    say,
)
from bayes_ddm.cli.table import columns, read
from bayes_ddm.display import show
from bayes_ddm.errors import InputError

if TYPE_CHECKING:
    from bayes_ddm.data.choices import Choices

commands = typer.Typer()

TABLES = (".csv", ".parquet")
LISTED = 12
DATASETS = ("amasino2019", "amasino2019_twin", "krajbich2010")


@commands.command(epilog="Example: bayes-ddm simulate sim.csv --mean 0.5 --sd 1 --seed 1")
def simulate(
    out: Annotated[Path, typer.Argument(help="CSV or Parquet file.", show_default=False)],
    population: Annotated[
        str, typer.Option(help="normal, student, mixture, skewed or point.")
    ] = "normal",
    labelers: Annotated[int, typer.Option(help="Number of labelers.")] = 1000,
    choices: Annotated[int, typer.Option(help="Choices made by each.")] = 10,
    boundary: Annotated[float, typer.Option(help="Half the boundary separation.")] = 1.25,
    ndt: Annotated[float, typer.Option(help="Non-decision time, seconds.")] = 0.0,
    start: Annotated[
        float, typer.Option(help="Where evidence starts, from 0 (at -1) to 1 (at +1).")
    ] = 0.5,
    lapse: Annotated[float, typer.Option(help="Share of choices that are guesses.")] = 0.0,
    mean: Annotated[
        float | None, option("--mean", help="normal, student; default 0.5.", panel=POPULATION)
    ] = None,
    sd: Annotated[
        float | None,
        option("--sd", help="normal, default 1; student, by default of scale 1.", panel=POPULATION),
    ] = None,
    df: Annotated[
        float | None, option("--df", help="student; default 3.", panel=POPULATION)
    ] = None,
    means: Annotated[
        str | None, option("--means", help="mixture; default 1.2,-1.5.", panel=POPULATION)
    ] = None,
    sds: Annotated[
        str | None, option("--sds", help="mixture; default 0.2,0.2.", panel=POPULATION)
    ] = None,
    weights: Annotated[
        str | None, option("--weights", help="mixture; default 0.7,0.3.", panel=POPULATION)
    ] = None,
    scale: Annotated[
        float | None,
        option("--scale", help="skewed: exponential's mean; default 1.2.", panel=POPULATION),
    ] = None,
    shift: Annotated[
        float | None,
        option("--shift", help="skewed: where it begins; default -0.5.", panel=POPULATION),
    ] = None,
    value: Annotated[
        float | None, option("--value", help="point: everybody's drift.", panel=POPULATION)
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same data.")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Simulate an experiment, exactly; columns choice, rt (seconds) and labeler."""
    from bayes_ddm.simulate import experiment
    from bayes_ddm.simulate import population as build

    _check_table(out, overwrite=overwrite)
    given: dict[str, Any] = {
        "mean": mean,
        "sd": sd,
        "df": df,
        "means": _numbers("--means", means),
        "sds": _numbers("--sds", sds),
        "weights": _numbers("--weights", weights),
        "scale": scale,
        "shift": shift,
        "value": value,
    }
    who = build(population, **{key: x for key, x in given.items() if x is not None})
    seed = secrets.randbits(32) if seed is None else seed
    made = experiment(
        who,
        labelers=labelers,
        choices=choices,
        boundary=boundary,
        ndt=ndt,
        start=start,
        lapse=lapse,
        anonymous=False,
        seed=seed,
    )
    say(
        f"{who}, average {float(who.mean):g}; boundary {boundary:g}, ndt {ndt:g} s, start "
        f"{start:g}, lapses {lapse:g}; seed {seed}"
    )
    _write_table(made, out, overwrite=overwrite)


def _numbers(option: str, text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"{option} takes numbers with commas between; got {text!r}.") from None


def _check_table(out: Path, *, overwrite: bool, source: Path | None = None) -> None:
    check_ending(out, TABLES, "a table")
    check_outputs(out, overwrite=overwrite, source=source)


def _write_table(choices: Choices, out: Path, *, overwrite: bool) -> None:
    from bayes_ddm.files import writing

    frame = choices.to_frame()
    with writing(out, overwrite=overwrite) as temporary:
        if out.suffix.lower() == ".parquet":
            frame.to_parquet(temporary, index=False)
        else:
            frame.to_csv(temporary, index=False)
    show(choices)
    say(f"wrote {out}: columns {', '.join(frame.columns)}")
    features = f" --features {','.join(choices.feature_names)}" if choices.contextual else ""
    say(f"next: bayes-ddm check {out} --labeler labeler{features}")


@commands.command(epilog="Example: bayes-ddm dataset amasino2019 -o choices.csv")
def dataset(
    name: Annotated[
        str,
        typer.Argument(help="amasino2019, amasino2019_twin or krajbich2010.", show_default=False),
    ],
    out: Annotated[Path, typer.Option("-o", "--output", help="CSV or Parquet file.")],
    path: Annotated[
        Path | None, typer.Option(help="Raw file, if it is here already; else it is fetched.")
    ] = None,
    verify: Annotated[
        bool, typer.Option(help="Refuse a raw file that is not the public one.")
    ] = True,
    overwrite: Overwrite = False,
) -> None:
    """Fetch or read a public data set, filter it as published, say what was dropped."""
    from bayes_ddm.data import datasets

    if name not in DATASETS:
        near = difflib.get_close_matches(name, DATASETS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(DATASETS)}."
        raise InputError(f"no data set {name!r}; {hint}")
    if name == "amasino2019_twin" and path is not None:
        raise InputError("amasino2019_twin is simulated; leave out --path.")
    _check_table(out, overwrite=overwrite, source=path)
    if name == "amasino2019_twin":
        choices = datasets.amasino2019_twin()
    else:
        choices = getattr(datasets, name)(path, verify=verify)
    _write_table(choices, out, overwrite=overwrite)


@commands.command(epilog="Example: bayes-ddm check choices.csv --labeler id --rt-unit ms")
def check(
    file: File,
    choice: ChoiceColumn = "choice",
    rt: RtColumn = "rt",
    labeler: LabelerColumn = None,
    features: FeatureColumns = None,
    count: CountColumn = None,
    rt_unit: RtUnit = None,
    positive: Positive = None,
) -> None:
    """Say what is in a table, what was dropped and why, and which response times are suspicious."""
    from bayes_ddm.estimators.screening import check as run

    choices = read(file, choice, rt, labeler, features, count, rt_unit, positive)
    show(run(choices))
    used = {choice, rt, labeler, count, *choices.feature_names}
    used |= {part.strip() for name in choices.feature_names for part in name.split("-")}
    unused = [name for name in columns(file) if name not in used]
    if unused:
        more = ", ..." if len(unused) > LISTED else ""
        print(f"{'not used':<14}  {', '.join(unused[:LISTED])}{more}")
