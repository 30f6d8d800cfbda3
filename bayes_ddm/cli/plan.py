"""The command that comes before any data: plan."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bayes_ddm.cli.options import (
    POPULATION,
    JsonOut,
    Overwrite,
    check_outputs,
    option,
    write_text,
    wrote,
)
from bayes_ddm.display import show
from bayes_ddm.errors import InputError

commands = typer.Typer()

DESIGNS, COSTS, TARGET = "Designs", "Costs", "Target"


def _parameter(name: str, help: str) -> Any:
    return option(f"--{name}", help=help, panel=POPULATION, show_default=False)


@commands.command(
    epilog="Example: bayes-ddm plan --mean 0.5 --sd 1 --boundary 1.25 --ndt 0.3 --target-se 0.05"
)
def plan(
    boundary: Annotated[
        float, typer.Option("--boundary", help="Assumed boundary, half the separation.")
    ],
    ndt: Annotated[float, typer.Option("--ndt", help="Assumed non-decision time, seconds.")] = 0.0,
    known: Annotated[
        str | None,
        typer.Option(
            "--known", help="What will be known: boundary,ndt or one of them.", show_default=False
        ),
    ] = None,
    population: Annotated[
        str,
        option("--population", help="normal, student, mixture, skewed or point.", panel=POPULATION),
    ] = "normal",
    mean: Annotated[float | None, _parameter("mean", "normal, student; default 0.5.")] = None,
    sd: Annotated[
        float | None, _parameter("sd", "normal, default 1; student, by default of scale 1.")
    ] = None,
    df: Annotated[float | None, _parameter("df", "student; default 3.")] = None,
    means: Annotated[str | None, _parameter("means", "mixture; default 1.2,-1.5.")] = None,
    sds: Annotated[str | None, _parameter("sds", "mixture; default 0.2,0.2.")] = None,
    weights: Annotated[str | None, _parameter("weights", "mixture; default 0.7,0.3.")] = None,
    scale: Annotated[
        float | None, _parameter("scale", "skewed: exponential's mean; default 1.2.")
    ] = None,
    shift: Annotated[
        float | None, _parameter("shift", "skewed: where it begins; default -0.5.")
    ] = None,
    value: Annotated[float | None, _parameter("value", "point: everybody's drift.")] = None,
    choices: Annotated[
        str, option("--choices", help="Candidate numbers of choices by each.", panel=DESIGNS)
    ] = "1,2,5,10",
    labelers: Annotated[
        str | None,
        option(
            "--labelers",
            help="Candidate numbers of labelers; none: as many as needed.",
            panel=DESIGNS,
        ),
    ] = None,
    target_se: Annotated[
        float | None, option("--target-se", help="Largest standard error of mu.", panel=TARGET)
    ] = None,
    target_width: Annotated[
        float | None,
        option("--target-width", help="Largest width of the interval of mu.", panel=TARGET),
    ] = None,
    prob: Annotated[
        float, option("--prob", help="Probability of the interval, 0 to 1.", panel=TARGET)
    ] = 0.95,
    method: Annotated[
        str | None,
        option(
            "--method",
            help="What to estimate with; default: a closed form, where one can be used.",
            panel=TARGET,
        ),
    ] = None,
    cost_labeler: Annotated[
        float, option("--cost-labeler", help="Of each labeler.", panel=COSTS)
    ] = 0.0,
    cost_choice: Annotated[
        float, option("--cost-choice", help="Of each choice.", panel=COSTS)
    ] = 0.0,
    cost_second: Annotated[
        float, option("--cost-second", help="Of each second of response time.", panel=COSTS)
    ] = 0.0,
    pilot: Annotated[int, typer.Option("--pilot", help="Labelers simulated.")] = 20_000,
    seed: Annotated[int, typer.Option("--seed", help="Of the simulation.", min=0)] = 1,
    json: JsonOut = None,
    overwrite: Overwrite = False,
) -> None:
    """Predict how well designs will know the average; find the cheapest that is good enough."""
    check_outputs(json, overwrite=overwrite)
    from bayes_ddm.estimators.planning.plan import plan as run
    from bayes_ddm.simulate import population as build

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
    given = {key: x for key, x in given.items() if x is not None}
    if population == "normal":
        given = {"mean": 0.5, "sd": 1.0} | given
    if target_se is None and target_width is None and labelers is None:
        raise InputError("give --target-se or --target-width, or --labelers to see what they give.")
    made = run(
        population=build(population, **given),
        boundary=boundary,
        ndt=ndt,
        known=[name.strip() for name in (known or "").split(",") if name.strip()],
        labelers=_numbers("--labelers", labelers),
        choices=_numbers("--choices", choices) or (),
        target_se=target_se,
        target_width=target_width,
        prob=prob,
        cost_labeler=cost_labeler,
        cost_choice=cost_choice,
        cost_second=cost_second,
        method=method,
        pilot=pilot,
        seed=seed,
    )
    write_text(json, made.to_json() + "\n", overwrite=overwrite)
    show(made)
    wrote(json)


def _numbers(option: str, text: str | None) -> list[Any] | None:
    if text is None:
        return None
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"{option} takes numbers with commas between; got {text!r}.") from None
