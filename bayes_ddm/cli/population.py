"""The population of drifts that a command assumes."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from bayes_ddm.cli.options import option
from bayes_ddm.cli.texts import numbers
from bayes_ddm.errors import InputError

if TYPE_CHECKING:
    from bayes_ddm.simulate.populations import Population

POPULATIONS = ("normal", "student", "mixture", "skewed", "point")
_parameter = partial(option, panel="Population")


@dataclass(frozen=True)
class Drifts:
    """Name and parameters of a population of drifts."""

    population: Annotated[
        str,
        _parameter(
            "normal, student, mixture, skewed or point.",
            autocompletion=lambda: list(POPULATIONS),
        ),
    ] = "normal"
    mean: Annotated[
        str | None,
        _parameter("normal, student; default 0.5. Of several preferences: 0.4,-0.8."),
    ] = None
    sd: Annotated[str | None, _parameter("normal, default 1; student, by default of scale 1.")] = (
        None
    )
    df: Annotated[float | None, _parameter("student; default 3.")] = None
    means: Annotated[str | None, _parameter("mixture; default 1.2,-1.5.")] = None
    sds: Annotated[str | None, _parameter("mixture; default 0.2,0.2.")] = None
    weights: Annotated[str | None, _parameter("mixture; default 0.7,0.3.")] = None
    scale: Annotated[float | None, _parameter("skewed: exponential's mean; default 1.2.")] = None
    shift: Annotated[float | None, _parameter("skewed: where it begins; default -0.5.")] = None
    value: Annotated[float | None, _parameter("point: everybody's drift.")] = None

    def build(self) -> "Population":
        """Return the population."""
        from bayes_ddm.simulate import population

        parameters: dict[str, Any] = {key: x for key, x in vars(self).items() if x is not None}
        name = parameters.pop("population")
        for key in {"means", "sds", "weights"} & parameters.keys():
            parameters[key] = numbers(f"--{key}", parameters[key])
        for key in {"mean", "sd"} & parameters.keys():
            values = numbers(f"--{key}", parameters[key])
            if len(values) > 1 and name != "normal":
                raise InputError(f"--{key} takes one number, for a {name} population.")
            parameters[key] = values[0] if len(values) == 1 else values
        return population(name, **parameters)
