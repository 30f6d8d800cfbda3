"""Commands in closed form: estimate, and before there are any data, plan."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from bayes_ddm.cli.embedding import of_embedding
from bayes_ddm.cli.options import All, File, Formulas, MostDrift, Prob, Shares, Units, option
from bayes_ddm.cli.outputs import Json, Output
from bayes_ddm.cli.population import Drifts
from bayes_ddm.cli.privatise import Allowed, read_answers
from bayes_ddm.cli.table import Columns
from bayes_ddm.cli.texts import listed, numbers
from bayes_ddm.errors import InputError

_design = partial(option, panel="Designs")
_cost = partial(option, panel="Costs")
_target = partial(option, panel="Target")
_menu = partial(option, panel="Menu of private labels")


def estimate(
    *,
    file: File,
    columns: Columns,
    formulas: Formulas,
    collapse: Annotated[
        float, option("Share of the boundary lost per second; with --boundary and --ndt.")
    ] = 0.0,
    scheme: Allowed = None,
    shares: Shares = None,
    units: Units = None,
    most_drift: MostDrift = None,
    prob: Prob = 0.95,
    bootstrap: Annotated[int, option("Bootstrap replications over labelers; 0: closed form.")] = 0,
    seed: Annotated[int | None, option("Of the bootstrap.", min=0)] = None,
    full: All = False,
    json: Json = None,
    output: Output,
) -> None:
    """Estimate the population average in closed form, without MCMC.

    Example: bayes-ddm estimate choices.csv --boundary instruction --between country
    """
    from bayes_ddm.data.read import lines_of
    from bayes_ddm.estimators import estimate as run
    from bayes_ddm.estimators.units import read_units

    output.check(json, source=file)
    parameters: dict[str, Any] = formulas.values()
    others: dict[str, Any] = {"collapse": collapse, "shares": shares, "bootstrap": bootstrap}
    others |= {"all": full, "units": units, "most_drift": most_drift}
    others |= {"prob": prob != 0.95, "seed": seed is not None}
    streamed = None if scheme else of_embedding(file, columns, parameters.copy(), **others)
    if streamed is not None:
        output.show(streamed, json=json)
        return
    choices: Any
    if scheme is None:
        choices = columns.read(file, keep=formulas.columns())
    else:
        choices = read_answers(file, scheme, columns, formulas.columns())
    with lines_of(file):
        table = run(
            choices,
            **parameters,
            collapse=collapse,
            shares=shares,
            units=read_units(units),
            most_drift=most_drift,
            prob=prob,
            bootstrap=bootstrap,
            seed=seed,
            published=full,
        )
    output.show(table, json=json)


def _numbers(flag: str, text: str | None) -> list[float] | None:
    return None if text is None else numbers(flag, text)


def _methods() -> list[str]:
    from bayes_ddm.estimators.planning.plan import METHODS

    return list(METHODS)


def plan(
    *,
    like: Annotated[
        Path | None,
        option(
            "Choices made already, a table or condensed: boundary, ndt, population and features "
            "are as there, in place of --boundary and --mean."
        ),
    ] = None,
    columns: Columns,
    boundary: Annotated[
        float | None, option("Assumed boundary, half the separation; or --like.")
    ] = None,
    ndt: Annotated[float, option("Assumed non-decision time, seconds.")] = 0.0,
    known: Annotated[str | None, option("What will be known: boundary,ndt or one of them.")] = None,
    drifts: Drifts,
    choices: Annotated[str, _design("Candidate numbers of choices by each.")] = "1,2,5,10",
    labelers: Annotated[
        str | None, _design("Candidate numbers of labelers; none: as many as needed.")
    ] = None,
    target_se: Annotated[float | None, _target("Largest standard error of mu.")] = None,
    target_width: Annotated[float | None, _target("Largest width of the interval of mu.")] = None,
    prob: Annotated[float, _target("Probability of the interval, 0 to 1.")] = 0.95,
    method: Annotated[
        str | None,
        _target(
            "consistent_known_boundary, consistent_conditional_boundary, semiparametric, "
            "hierarchical or contextual; default: a closed form, where one can be used.",
            autocompletion=_methods,
        ),
    ] = None,
    cost_labeler: Annotated[float, _cost("Of each labeler.")] = 0.0,
    cost_choice: Annotated[float, _cost("Of each choice.")] = 0.0,
    cost_second: Annotated[float, _cost("Of each second of response time.")] = 0.0,
    privacy: Annotated[
        str | None, _menu("Levels of privacy of a label (epsilon): 0.5,1,2,4.")
    ] = None,
    price: Annotated[str | None, _menu("Price of a label at each level.")] = None,
    available: Annotated[
        str | None, _menu("How many would take each level; default: any number.")
    ] = None,
    budget: Annotated[float | None, _menu("What is spent at most.")] = None,
    protect: Annotated[
        Literal["row", "choice"], _menu("What is private: choice and time, or the choice.")
    ] = "row",
    pilot: Annotated[int, option("Labelers simulated.")] = 20_000,
    seed: Annotated[int, option("Of the simulation.", min=0)] = 1,
    json: Json = None,
    output: Output,
) -> None:
    """Predict how well designs will know the average; find the cheapest that is good enough.

    Example: bayes-ddm plan --mean 0.5 --sd 1 --boundary 1.25 --ndt 0.3 --target-se 0.05
    """
    output.check(json)
    from bayes_ddm.estimators.planning.plan import plan as run

    if target_se is None and target_width is None and labelers is None and privacy is None:
        raise InputError("give --target-se or --target-width, or --labelers to see what they give.")
    if like is not None and drifts != Drifts():
        raise InputError("--like gives the population; leave --population and its parameters out.")
    if like is not None and (boundary is not None or ndt):
        raise InputError("--like gives boundary and ndt; leave --boundary and --ndt out.")
    if like is None:
        columns.refuse_given("without --like there is")
    result = run(
        like=None if like is None else columns.read(like),
        population=None if like is not None else drifts.build(),
        boundary=boundary,
        ndt=ndt,
        known=listed(known),
        labelers=None if labelers is None else numbers("--labelers", labelers),
        choices=numbers("--choices", choices),
        target_se=target_se,
        target_width=target_width,
        prob=prob,
        cost_labeler=cost_labeler,
        cost_choice=cost_choice,
        cost_second=cost_second,
        method=method,
        privacy=_numbers("--privacy", privacy),
        price=_numbers("--price", price),
        available=_numbers("--available", available),
        budget=budget,
        protect=protect,
        pilot=pilot,
        seed=seed,
    )
    output.show(result, json=json)
