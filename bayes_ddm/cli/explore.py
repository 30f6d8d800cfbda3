"""The command that tries a ladder of models: explore."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from bayes_ddm.cli.options import File, Formulas, Seed, option
from bayes_ddm.cli.outputs import FIGURE, Json, Output, output_option
from bayes_ddm.cli.table import Columns
from bayes_ddm.cli.texts import listed
from bayes_ddm.errors import InputError

if TYPE_CHECKING:
    from bayes_ddm.data.choices import Choices


@dataclass(frozen=True)
class Attributes(Columns):
    """Which column is which, and formulas of the drift to choose among."""

    drift: Annotated[
        list[str] | None,
        option(
            'Formula of the drift in columns; several to choose among: --drift "1 + x" --drift '
            '"1 + x + y".',
            panel="Columns",
        ),
    ] = None  # type: ignore[assignment]

    def table(self, file: Path, keep: tuple[str, ...]) -> "Choices":
        """Read the table with all columns that the formulas name."""
        from bayes_ddm.data.formula import covariates_in

        names = [name for formula in self.drift or () for name in covariates_in(formula)]
        plain: dict[str, Any] = vars(self) | {"drift": None}
        return Columns(**plain).read(file, announce=True, keep=[*names, *keep])


def explore(
    *,
    file: File,
    columns: Attributes,
    formulas: Formulas,
    steps: Annotated[
        str | None,
        option("Steps to try, in this order: own,drift,link,start,noise,collapse; all by default."),
    ] = None,
    folds: Annotated[int, option("Parts of each labeler's rows, each held out once.", min=2)] = 5,
    seed: Seed = None,
    json: Json = None,
    plot: Annotated[
        Path | None, output_option("Figure of what each step is worth.", kind=FIGURE)
    ] = None,
    output: Output,
) -> None:
    """Try a ladder of models, and say which steps pay by prediction of choices held out.

    From one boundary for all: labelers' own boundary and ndt, other attributes (several --drift), a
    drift that saturates, own starting points, drift noise, own closing bounds. Posteriors are
    approximated: a minute or two a step.

    Example: bayes-ddm explore choices.csv --labeler id --drift "0 + x" --drift "1 + x"
    """
    output.check(json, plot, source=file)
    choices = columns.table(file, formulas.columns())
    if choices.anonymous:
        raise InputError(
            "a ladder needs labelers: single choices cannot tell its steps apart; say who chose "
            "with --labeler."
        )
    from bayes_ddm.comparison.explore import explore as run

    options: dict[str, Any] = {} if steps is None else {"steps": listed(steps)}
    parameters: dict[str, Any] = {
        key: value for key, value in formulas.values().items() if value is not None
    }
    ladder = run(
        choices, columns.drift or None, folds=folds, seed=seed or 0, **options, **parameters
    )
    output.show(ladder, json=json, plot=plot)
