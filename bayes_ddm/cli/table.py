"""The table of choices that a command is given, and what should be said about it."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from bayes_ddm.cli.options import option
from bayes_ddm.cli.outputs import say
from bayes_ddm.cli.saved import is_fit
from bayes_ddm.cli.texts import flag, is_number, listed, number_or_name
from bayes_ddm.errors import InputError

if TYPE_CHECKING:
    from bayes_ddm.data.choices import Choices

LABELER_LIKE = re.compile(
    r"(labell?er|subj(ect)?|participant|annotator|rater|worker|user|respondent)([ _.-]?id)?",
    re.IGNORECASE,
)
_column = partial(option, panel="Columns")
_row = partial(option, panel="Rows")


@dataclass(frozen=True)
class Columns:
    """Which column of a table is which."""

    choice: Annotated[str, _column("Column of choices: +1/-1, 0/1 or two labels.")] = "choice"
    rt: Annotated[str, _column("Column of response times.")] = "rt"
    labeler: Annotated[str | None, _column("Column that names the labeler; none: anonymous.")] = (
        None
    )
    features: Annotated[
        str | None, _column("Attribute differences, +1 option minus -1 option: A,B or A1-A2,B.")
    ] = None
    count: Annotated[str | None, _column("Column of counts of identical rows.")] = None
    rt_unit: Annotated[Literal["s", "ms"] | None, _column("Unit of response times.")] = None
    positive: Annotated[str | None, _column("Value of the choice column that is +1.")] = None
    min_rt: Annotated[float | None, _column("Leave out choices faster than so many seconds.")] = (
        None
    )
    max_rt: Annotated[float | None, _column("Leave out choices slower than so many seconds.")] = (
        None
    )
    deadline: Annotated[
        str | None, _column("Seconds after which no response was taken, or a column of them.")
    ] = None
    omissions: Annotated[
        Literal["rows", "absent"] | None,
        _column("Trials that ran out of time: rows without a choice (default), or absent."),
    ] = None
    items: Annotated[
        str | None, _column("Columns of the two items compared, +1 for the first: LEFT,RIGHT.")
    ] = None
    reference: Annotated[
        str | None, _column("Item whose preference is 0; default: the one compared most often.")
    ] = None
    where: Annotated[
        list[str] | None,
        _row("Rows to take: COLUMN=VALUE, or with !=, <, >, <=, >=; repeat it for more."),
    ] = None
    missing: Annotated[
        str | None, _row("Values that mean no response: 999,-1, or of one column: rt=999,-1.")
    ] = None
    drop: Annotated[str | None, _row("Values of the choice column to leave out: tie,both.")] = None
    drift: Annotated[
        str | None, _column('Formula of the drift in columns: "1 + delay + np.log(amount)".')
    ] = None

    def read(self, file: Path, *, announce: bool = False, keep: Iterable[str] = ()) -> "Choices":
        """Read the table; say which columns are not used though they look as if they should be.

        ``announce`` also says what was dropped and should be known, where no table shows it;
        ``keep`` names columns that are kept beside those of the drift's formula.
        """
        from bayes_ddm.data.condensed import read_condensed
        from bayes_ddm.data.design import with_drift
        from bayes_ddm.data.formula import covariates_in
        from bayes_ddm.data.read import is_condensed
        from bayes_ddm.data.tables import read_choices

        if is_condensed(file):
            self.refuse_given(f"{str(file)!r} holds condensed rows, which have", keep)
            return read_condensed(file).choices
        if file.suffix.lower() == ".json":
            from bayes_ddm.privacy.release_file import is_release, read_release

            if is_release(file):
                # which holds no rows, and is taken in their place
                release: Any = read_release(file)
                self.refuse_given(f"{str(file)!r} is a release, which has", keep)
                return release
        with self.naming_options(file):
            covariates = covariates_in(self.drift) if self.drift else ()
            covariates = tuple(dict.fromkeys([*covariates, *keep]))
            covariates = tuple(
                name for name in covariates if name not in (self.features or "").split(",")
            )
            choices = with_drift(
                read_choices(file, **self.names(), covariates=covariates), self.drift
            )
        self.point_out_unused(file)
        if announce:
            for reason, n in choices.dropped.items():
                say(f"dropped {n:,} choices: {reason}")
            for note in choices.notes:
                say(f"note: {note}")
        return choices

    def refuse_given(self, what_has: str, keep: Iterable[str] = ()) -> None:
        """Refuse names of columns where there are none."""
        names = [field.name for field in fields(self) if getattr(self, field.name) != field.default]
        if names or keep:
            name = flag(names[0]) if names else f"column {next(iter(keep))!r}"
            raise InputError(f"{what_has} no {name}; leave it out.")

    def names(self) -> dict[str, Any]:
        """Return the arguments of `Choices.from_frame`."""
        features = [] if self.features is None else [x.strip() for x in self.features.split(",")]
        if not all(features):
            raise InputError(
                f"--features {self.features!r} has an empty name; give columns with commas "
                "between: A,B."
            )
        if not features and (pair := listed(self.items)) and len(pair) != 2:
            raise InputError(f"--items {self.items!r} must be two columns: LEFT,RIGHT.")
        arguments = {key: x for key, x in vars(self).items() if key != "drift"}
        return arguments | {
            "features": features,
            "deadline": number_or_name(self.deadline),
            "items": tuple(listed(self.items)) or None,
            "missing": self.no_response(),
            "drop": listed(self.drop),
        }

    def no_response(self) -> list[str] | dict[str, list[str]] | None:
        """Values that mean no response, by column if one is named."""
        if self.missing is None:
            return None
        column, separator, values = self.missing.rpartition("=")
        return {column: listed(values)} if separator else listed(values)

    @contextmanager
    def naming_options(self, file: Path) -> Iterator[None]:
        """Refuse a saved fit; in errors about columns, name the option that mends it."""
        if is_fit(file):
            raise InputError(
                f"{str(file)!r} is a fit, not a table of choices; compare, diagnose, predict, rank "
                "and report take fits."
            )
        try:
            yield
        except InputError as error:
            if str(error).startswith("no column ") and all(map(is_number, column_names(file))):
                raise InputError(
                    f"the first line of {str(file)!r} holds numbers; put the columns' names there."
                ) from error
            for column in ("choice", "rt"):
                if str(error).startswith(f"no column {getattr(self, column)!r}"):
                    raise InputError(f"{error} Say which column it is with --{column}.") from error
            raise

    def point_out_unused(self, file: Path) -> None:
        """Say which columns are not used though they look as if they should be."""
        for column in column_names(file):
            if self.labeler is None and LABELER_LIKE.fullmatch(column):
                say(
                    f"note: column {column!r} is not used; --labeler {column} if it says who chose."
                )
            if self.count is None and column == "count":
                say("note: column 'count' is not used; --count count if rows stand for several.")


def column_names(file: Path) -> list[str]:
    """Return the names of a table's columns; of the first file where there are several."""
    from bayes_ddm.data.read import column_names
    from bayes_ddm.data.tables import table_files

    return column_names(table_files(file)[0])
