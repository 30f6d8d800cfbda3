"""Make answers private as their scheme has it, and read what was made."""

from __future__ import annotations

from pathlib import Path
from typing import Any, overload

from numpy.typing import ArrayLike

from bayes_ddm.data.choices import Choices, expect_choices
from bayes_ddm.data.read import lines_of, read_frame
from bayes_ddm.errors import InputError
from bayes_ddm.privacy.answers import check_answers
from bayes_ddm.privacy.channel import Bits, secret_bits, seeded_bits
from bayes_ddm.privacy.private_choices import PrivateChoices, choices_sent, private_choices
from bayes_ddm.privacy.private_rows import PrivateRows, private_rows, rows_sent
from bayes_ddm.privacy.row_scheme import RowScheme
from bayes_ddm.privacy.scheme import ChoiceScheme, Scheme
from bayes_ddm.privacy.schemes import expect_scheme

LABELER = "labeler"
TWICE = (
    "these answers are private already; randomised twice they would tell less and promise no more "
    "to anybody who keeps the first. Privatise the choices that were made."
)


@overload
def privatise(choices: Choices, scheme: ChoiceScheme) -> PrivateChoices: ...
@overload
def privatise(
    choices: Choices, scheme: RowScheme, *, level: ArrayLike | None = None
) -> PrivateRows: ...
def privatise(
    choices: Choices, scheme: Scheme, *, level: ArrayLike | None = None
) -> PrivateChoices | PrivateRows:
    """Randomise answers as a scheme has it, by the operating system's source of secrets.

    On a labeler's device this is done with the labeler's own rows, before they are sent. There is
    no seed: whoever knew it could undo what was done.

    Parameters
    ----------
    choices : Choices
    scheme : ChoiceScheme or RowScheme
        From `bayes_ddm.privacy.choices` or `bayes_ddm.privacy.rows`, or read from a file.
    level : array_like, optional
        Where a scheme has several levels: the one that each row's labeler chose.

    Returns
    -------
    PrivateChoices or PrivateRows

    Raises
    ------
    InputError
        If the answers are private already, condensed, or have a deadline; if rows are to be private
        and have features, or a level is none of the scheme's.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> study = {"labelers": 500, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **study, seed=1)
    >>> private = privatise(choices, bd.privacy.choices(epsilon=1.0))
    >>> private.account.epsilon_row, private.account.epsilon_labeler
    (1.0, 4.0)
    """
    return _randomise(choices, scheme, level, secret_bits)


@overload
def simulated(choices: Choices, scheme: ChoiceScheme, *, seed: int) -> PrivateChoices: ...
@overload
def simulated(
    choices: Choices, scheme: RowScheme, *, seed: int, level: ArrayLike | None = None
) -> PrivateRows: ...
def simulated(
    choices: Choices, scheme: Scheme, *, seed: int, level: ArrayLike | None = None
) -> PrivateChoices | PrivateRows:
    """Randomise simulated choices by a seed, for simulations and planning: nobody is protected.

    Parameters
    ----------
    choices, scheme
        As in `privatise`.
    seed : int
        The same seed gives the same answers.
    level
        As in `privatise`.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> choices = bd.simulate.experiment("normal", labelers=500, boundary=1.25, seed=1)
    >>> private = simulated(choices, bd.privacy.choices(20.0), seed=1)
    >>> bool((private.choices.choice == choices.choice).all())
    True
    """
    return _randomise(choices, scheme, level, seeded_bits(seed))


def _randomise(
    choices: Choices, scheme: Scheme, level: ArrayLike | None, bits: Bits
) -> PrivateChoices | PrivateRows:
    if hasattr(choices, "account") or getattr(choices, "flip", False):
        raise InputError(TWICE)
    plain = expect_choices(choices)
    scheme = expect_scheme(scheme)
    plain.refuse_condensed("privatising")
    if plain.deadline is not None:
        raise InputError(
            "choices with a deadline are not privatised: who did not answer would be seen. Leave "
            "deadline= out."
        )
    if isinstance(scheme, RowScheme):
        return private_rows(plain, scheme, level, bits)
    if level is not None:
        raise InputError("choices are protected at one level; leave level= out.")
    return private_choices(plain, scheme, bits)


@overload
def read_private(path: str | Path, scheme: ChoiceScheme, **columns: Any) -> PrivateChoices: ...
@overload
def read_private(path: str | Path, scheme: RowScheme, **columns: Any) -> PrivateRows: ...
def read_private(path: str | Path, scheme: Scheme, **columns: Any) -> PrivateChoices | PrivateRows:
    """Read answers that a scheme made private.

    Parameters
    ----------
    path : str or Path
        CSV or Parquet, with the columns that `PrivateChoices.save` or `PrivateRows.save` writes.
    scheme : ChoiceScheme or RowScheme
        The one that made them.
    **columns
        Further arguments of `Choices.from_frame`, such as `features`; of rows `labeler` alone. A
        column ``labeler`` says who chose.

    Returns
    -------
    PrivateChoices or PrivateRows

    Raises
    ------
    InputError
        If the file is missing or no table, holds no private answers or those of another scheme, has
        an unknown cell or level, or as `Choices.from_frame`.

    Examples
    --------
    >>> import tempfile
    >>> import bayes_ddm as bd
    >>> choices = bd.simulate.experiment("normal", labelers=500, boundary=1.25, seed=1)
    >>> scheme = bd.privacy.choices(epsilon=1.0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = bd.privatise(choices, scheme).save(f"{folder}/private.csv")
    ...     again = read_private(path, scheme)
    >>> len(again)
    500
    """
    frame = read_frame(path, text_column=columns.get("labeler") or LABELER)
    scheme = expect_scheme(scheme)
    check_answers(frame, scheme, repr(str(path)))
    if columns.get("labeler") is None and LABELER in frame.columns:
        columns["labeler"] = LABELER
    with lines_of(path):
        if isinstance(scheme, ChoiceScheme):
            return choices_sent(frame, scheme, columns)
        labeler = columns.pop("labeler", None)
        for name, value in columns.items():
            if value:
                raise InputError(f"{name}: private rows have no such column; leave it out.")
        return rows_sent(frame, scheme, labeler)
