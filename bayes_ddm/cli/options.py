"""Options that several commands share; a group of them is one dataclass, and one argument."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import partial, wraps
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from bayes_ddm.cli.texts import number_or_name
from bayes_ddm.errors import probability


def option(help: str, *names: str, panel: str | None = None, **kwargs: Any) -> Any:
    """Return a Typer option that `--help` lists in a panel."""
    return typer.Option(*names, help=help, rich_help_panel=panel, **kwargs)


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Let Typer see an option per field where a command takes a dataclass of options."""
    own = inspect.signature(command, eval_str=True).parameters
    groups: dict[str, Any] = {
        name: p.annotation for name, p in own.items() if is_dataclass(p.annotation)
    }
    shown: list[inspect.Parameter] = []
    for name, parameter in own.items():
        group = groups.get(name)
        shown += inspect.signature(group).parameters.values() if group else [parameter]

    @wraps(command)
    def run(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        command(**given)

    keyword = inspect.Parameter.KEYWORD_ONLY  # in any order, defaults or not
    signature = inspect.Signature([parameter.replace(kind=keyword) for parameter in shown])
    run.__signature__ = signature  # type: ignore[attr-defined]
    return run


def _known_model(name: str | None) -> str | None:
    from bayes_ddm import models

    if name is not None:
        models.summary(name)  # refuses an unknown name, and imports no PyMC
    return name


def _models() -> list[tuple[str, str]]:
    from bayes_ddm import models

    return [(name, models.summary(name)) for name in models.names()]


def _possible(most_drift: float | None) -> float | None:
    from bayes_ddm.estimators.bounded.weight import check_reach

    if most_drift is not None:  # refused before anything is sampled
        check_reach(float("inf"), most_drift)
    return most_drift


File = Annotated[
    Path,
    typer.Argument(
        help="Table of choices: CSV, TSV, Parquet, Feather, JSON lines; a folder, or a pattern in "
        "quotes.",
        show_default=False,
    ),
]
Prob = Annotated[float, option("Probability of the intervals, 0 to 1.", callback=probability)]
Shares = Annotated[
    Path | None, option("CSV file of the groups' shares in the population: group, share.")
]
Units = Annotated[
    str | None,
    option("What numbers are per, by feature: delay=30, or delay=sd for a standard deviation."),
]
All = Annotated[bool, option("Print every row, and the boundaries they rest on.", "--all")]
MostDrift = Annotated[
    float | None,
    option(
        "Largest drift that the bounded rows reach, either way; default 3, of a release without "
        "features 5.",
        callback=_possible,
    ),
]
Replications = Annotated[int, option("Posterior draws used.", "--draws", min=20)]
_sampling = partial(option, panel="Sampling")
Seed = Annotated[int | None, _sampling("The same seed gives the same result.", min=0)]


@dataclass(frozen=True)
class Known:
    """What is known of boundary and non-decision time."""

    boundary: Annotated[float | None, option("Known boundary (half the separation).")] = None
    ndt: Annotated[float | None, option("Known non-decision time, seconds.")] = None


@dataclass(frozen=True)
class Formulas:
    """What moves boundary and ndt, where they are not known, and labelers' preferences."""

    boundary: Annotated[
        str | None,
        option("Known boundary (half the separation), or a formula of what moves it: instruction."),
    ] = None
    ndt: Annotated[
        str | None, option("Known non-decision time, seconds, or a formula of what moves it.")
    ] = None
    between: Annotated[
        str | None, option("Formula of what differs between labelers: country + age.")
    ] = None

    def given(self) -> dict[str, float | str | None]:
        """Return numbers as numbers, formulas as they are."""
        return {name: number_or_name(text) for name, text in vars(self).items()}

    def numbers(self) -> dict[str, float | None]:
        """Return what is known of boundary and ndt."""
        given = self.given()
        return {k: None if isinstance(x := given[k], str) else x for k in ("boundary", "ndt")}

    def varying(self) -> dict[str, str]:
        """Return the formulas of boundary and ndt."""
        given = self.given()
        return {k: x for k in ("boundary", "ndt") if isinstance(x := given[k], str)}

    def columns(self) -> tuple[str, ...]:
        """Columns that the formulas name."""
        from bayes_ddm.data.formula import covariates_in

        formulas = {k: x for k, x in self.given().items() if isinstance(x, str)}
        return tuple(name for k, x in formulas.items() for name in covariates_in(x, k))


@dataclass(frozen=True)
class Model:
    """Which model is fitted."""

    model: Annotated[
        str | None,
        option(
            f"Model: {', '.join(name for name, _ in _models())}; default hierarchical, contextual "
            "with features. What each is: bayes-ddm models.",
            callback=_known_model,
            autocompletion=_models,
        ),
    ] = None
    by_labeler: Annotated[
        str | None,
        option(
            "What each labeler has a value of their own for: boundary,ndt,start,drift_noise,"
            "collapse."
        ),
    ] = None
    learn: Annotated[
        str | None,
        option(
            "What else is learned: start (where evidence starts), drift_noise (from trial to "
            "trial), collapse (bounds that close in), saturation (of the drift)."
        ),
    ] = None
    lapses: Annotated[bool, option("Allow for lapses: choices by chance.", "--lapses")] = False
    spread: Annotated[
        Literal["full", "diagonal"] | None,
        option(
            "Whether preferences for features are correlated over labelers: full up to 8 features."
        ),
    ] = None
    rank: Annotated[
        int | None, option("Factors that many preferences share, beside a diagonal spread.", min=0)
    ] = None
    theta: Annotated[
        Literal["shrunk"] | None,
        option(
            "shrunk: learn how far averages of features are from 0, and draw them there; so it is "
            "above 8 features."
        ),
    ] = None


@dataclass(frozen=True)
class Sampling:
    """How the posterior is sampled."""

    draws: Annotated[int, _sampling("Draws per chain.", min=1)] = 1000
    tune: Annotated[int, _sampling("Tuning steps per chain.", min=1)] = 1000
    chains: Annotated[int, _sampling("Chains.", min=1)] = 4
    seed: Seed = None
    sampler: Annotated[Literal["nutpie", "pymc"], _sampling("Program that runs NUTS.")] = "nutpie"
    target_accept: Annotated[
        float | None, _sampling("Acceptance to adapt to; nearer to 1 against divergences.")
    ] = None
    max_treedepth: Annotated[
        int | None, _sampling("At most 2 to this power steps a draw.", min=1)
    ] = None
