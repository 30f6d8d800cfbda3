"""Formulas as bambi, brms and HSSM write them: checked, then made into design matrices."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.columns import collinear
from bayes_ddm.data.formula import one_line, safe_names, value_calls
from bayes_ddm.data.omissions import recoded, with_omitted
from bayes_ddm.data.value_calls import ValueCall, guesses, namespace
from bayes_ddm.errors import InputError


@dataclass(frozen=True, eq=False)
class DesignMatrix:
    """Columns that a formula makes of covariates.

    Attributes
    ----------
    formula : str
    names : tuple of str
        One per column, as formulae calls them: ``"Intercept"``, ``"delay"``, ``"now:delay"``,
        ``"instruction[speed]"``.
    matrix : ndarray, shape (rows, columns)
    categorical : bool
        Whether every term is a category or the intercept, so that rows fall into cells.
    variables : tuple of str
        Covariates that the formula rests on.
    values : tuple of ValueCall
        Value functions that it calls, in the order of its text.
    """

    formula: str
    names: tuple[str, ...]
    matrix: FloatArray
    categorical: bool
    variables: tuple[str, ...]
    _terms: Any = field(repr=False)
    values: tuple[ValueCall, ...] = ()

    def of(self, covariates: pd.DataFrame, where: str = "the new rows") -> FloatArray:
        """Code other rows with the levels and transforms of the first, shape (rows, columns).

        Raises
        ------
        InputError
            If a covariate is absent, has missing values, or a level that the first rows had not.
        """
        for name in self.variables:
            if name not in covariates:
                raise InputError(
                    f"{where} have no covariate {name!r}, which {self.formula!r} needs."
                )
        _refuse_missing(self.formula, covariates, self.variables)
        try:
            coded = self._terms.evaluate_new_data(covariates[list(self.variables)])
        except ValueError as error:
            unseen = re.search(r"levels? \((.*)\) in '(.*)'", str(error))
            if unseen is None:
                raise InputError(f"formula {self.formula!r}: {one_line(error)}.") from error
            level, name = unseen.groups()
            raise InputError(
                f"{where} have the level {level!r} of {name!r}, which the fit has not seen; leave "
                "those rows out, or fit again with them."
            ) from error
        return np.asarray(coded.as_dataframe(), dtype=float)


def design_matrix(formula: str, covariates: pd.DataFrame, *, what: str) -> DesignMatrix:
    """Make a design matrix, after checking that the formula calls nothing but `FUNCTIONS`.

    Parameters
    ----------
    formula : str
        The right-hand side: ``"1 + np.log(amount) + delay"``. As everywhere, an intercept is
        included unless ``0 +`` or ``- 1`` leaves it out.
    covariates : DataFrame
        One row per choice.
    what : str
        Which parameter it is for, named in errors: ``"drift"``.

    Raises
    ------
    InputError
        In one line: where the formula does not parse, which name or function is unknown, which
        covariate has missing values, which level has one row, which columns are collinear.

    Examples
    --------
    >>> rows = pd.DataFrame({"delay": [1.0, 7.0, 30.0, 90.0], "task": ["a", "b", "a", "b"]})
    >>> design_matrix("1 + delay + task", rows, what="drift").names
    ('Intercept', 'delay', 'task[b]')
    """
    design = coded(formula, covariates, what=what)
    matrix, names = design.matrix, design.names
    bad = ~np.isfinite(matrix).all(axis=0)
    if bad.any():
        row = int(np.flatnonzero(~np.isfinite(matrix[:, bad.argmax()]))[0])
        raise InputError(
            f"{what} formula {formula!r}: {names[bad.argmax()]} is not a finite number in row "
            f"{row} (counting from 0)."
        )
    _refuse_thin_levels(design, what)
    refuse_collinear(matrix, names, f"{what} formula {formula!r}")
    return design


def coded(
    formula: str, covariates: pd.DataFrame, *, what: str, valued: bool = True
) -> DesignMatrix:
    """Make a design matrix of a formula that is safe, whatever its columns then hold.

    Where not ``valued``, value functions whose parameter the formula leaves open are 1.
    """
    from formulae import design_matrices
    from formulae.matrices import DesignMatrices

    variables = checked_names(formula, covariates, what)
    calls = value_calls(formula)
    table = _in_order(covariates[list(variables)])
    functions = {"bd": namespace(guesses(calls, table) if valued else None)}
    if table.columns.empty:
        # formulae takes its number of rows from a column
        table = table.assign(_row=0.0)
    try:
        designed: DesignMatrices = design_matrices(
            formula, table, na_action="error", extra_namespace=functions
        )
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        raise InputError(f"{what} formula {formula!r}: {one_line(error)}.") from error
    if designed.common is None:
        raise InputError(f"{what} formula {formula!r} has no terms.")
    terms = designed.common.terms
    frame = designed.common.as_dataframe()
    categorical = all(
        name == "Intercept"
        or getattr(term, "kind", "") == "categoric"
        or all(getattr(c, "kind", "") == "categoric" for c in getattr(term, "components", [None]))
        for name, term in terms.items()
    )
    return DesignMatrix(
        formula,
        tuple(map(str, frame.columns)),
        frame.to_numpy(dtype=float),
        categorical,
        variables,
        designed.common,
        calls,
    )


def checked_names(formula: str, covariates: pd.DataFrame, what: str) -> tuple[str, ...]:
    """Names that a formula uses, all of which are there, and nowhere missing."""
    variables = safe_names(formula, covariates, what)
    _refuse_missing(formula, covariates, variables, what)
    return variables


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories in the order that they were given, which formulae heeds where they are ordered."""
    kinds = {name: frame[name].dtype for name in frame.columns}
    categorical = [name for name, kind in kinds.items() if isinstance(kind, pd.CategoricalDtype)]
    return frame.assign(**{name: frame[name].cat.as_ordered() for name in categorical})


def with_drift(choices: Choices, formula: str | None) -> Choices:
    """Return choices whose attribute differences are the columns of a formula.

    Parameters
    ----------
    choices : Choices
        The formula may name its `covariates` and its features, which are covariates then too.
    formula : str or None
        None returns the choices as they are; ``"1"`` is the scalar problem.

    Raises
    ------
    InputError
        As `design_matrix`; and where a column never varies within a labeler, which describes
        people, not options.

    Examples
    --------
    >>> rows = {"choice": [1, 0, 1, 1], "rt": [0.9, 1.4, 0.7, 0.8], "delay": [1.0, 7.0, 30.0, 2.0]}
    >>> choices = Choices.from_frame(pd.DataFrame(rows), covariates=["delay"])
    >>> with_drift(choices, "1 + np.log(delay)").feature_names
    ('Intercept', 'np.log(delay)')
    """
    if formula is None:
        return choices
    every = with_omitted(choices)
    designed = design_matrix(formula, nameable(every), what="drift")
    if designed.names == ("Intercept",):
        return recoded(choices, np.empty((len(every), 0)), (), formula)
    _refuse_people(every, designed)
    choices = _keeping(choices, designed.variables)
    return recoded(choices, designed.matrix, designed.names, formula)


def coded_like(known: Choices, new: Choices) -> Choices:
    """Code new choices by the drift formula of known ones, if they were made by one."""
    if not known.drift or new.feature_names == known.feature_names:
        return new
    every = with_omitted(new)
    if not known.contextual:
        return recoded(new, np.empty((len(every), 0)), (), new.drift)
    designed = design_matrix(known.drift, nameable(with_omitted(known)), what="drift")
    matrix = designed.of(nameable(every))
    return recoded(_keeping(new, designed.variables), matrix, designed.names, known.drift)


def _keeping(choices: Choices, names: tuple[str, ...]) -> Choices:
    """Return choices whose features that a formula names are covariates, which other rows need."""
    covariates = [] if choices.covariates is None else list(map(str, choices.covariates.columns))
    features = [name for name in names if name not in covariates]
    if not features:
        return choices
    late = None if choices.omitted is None else _keeping(choices.omitted, names)
    return replace(choices, covariates=nameable(choices)[[*covariates, *features]], omitted=late)


def nameable(choices: Choices) -> pd.DataFrame:
    """Covariates and features by their names; a feature that a formula made is no name."""
    columns: dict[str, Any] = {}
    if not choices.drift:
        columns = dict(zip(choices.feature_names, choices.features.T, strict=True))
    if choices.covariates is not None:
        covariates = choices.covariates
        columns |= {str(name): covariates[name].array for name in covariates.columns}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(choices)))


def _refuse_people(choices: Choices, designed: DesignMatrix) -> None:
    """Refuse columns that differ between labelers only."""
    if choices.labeler is None or len(choices.unit_count) == len(choices):
        return
    matrix, spread = designed.matrix, per_labeler_range(choices, designed.matrix)
    for name, widest, column in zip(designed.names, spread.max(axis=0), matrix.T, strict=True):
        if widest == 0 and np.ptp(column) > 0:
            raise InputError(
                f"{name} never varies within a labeler: it describes people, not options, and "
                f"moves the average of every preference (between={name.partition('[')[0]!r}); "
                "take it out of the drift."
            )


def per_labeler_range(choices: Choices, matrix: FloatArray) -> FloatArray:
    """Largest less smallest value of each column among each unit's rows, shape (units, columns)."""
    if choices.labeler is None:
        return np.zeros_like(matrix)
    order = np.argsort(choices.labeler, kind="stable")
    first = np.searchsorted(choices.labeler[order], np.arange(len(choices.unit_count)))
    matrix = matrix[order]
    return np.maximum.reduceat(matrix, first) - np.minimum.reduceat(matrix, first)


def refuse_collinear(matrix: FloatArray, names: tuple[str, ...], what: str) -> None:
    """Refuse columns of which some are combinations of others, naming them."""
    if len(matrix) < len(names):
        unit = f"{_unit(what.split()[0])}s"
        raise InputError(f"{what}: {len(matrix)} {unit} cannot tell {len(names)} columns apart.")
    empty = (matrix == 0).all(axis=0)
    if empty.any():
        raise InputError(f"{what}: {names[int(empty.argmax())]} is 0 throughout.")
    if involved := collinear(matrix, names):
        raise InputError(f"{what}: {', '.join(involved)} are collinear; remove one.")


def _refuse_missing(
    formula: str, covariates: pd.DataFrame, variables: tuple[str, ...], what: str = ""
) -> None:
    for name in variables:
        missing = covariates[name].isna().to_numpy()
        if missing.any():
            rows = np.flatnonzero(missing)
            shown = ", ".join(map(str, rows[:3])) + (", ..." if len(rows) > 3 else "")
            raise InputError(
                f"covariate {name!r} of {what or 'the'} formula {formula!r} is missing in "
                f"{len(rows):,} rows ({shown}, counting from 0); fill it in or drop them."
            )


def _refuse_thin_levels(design: DesignMatrix, what: str) -> None:
    """A level with one row says nothing of it."""
    for name, column in zip(design.names, design.matrix.T, strict=True):
        if "[" in name and len(column) > 1 and (column != 0).sum() == 1:
            raise InputError(
                f"{what} formula {design.formula!r}: {name} has one {_unit(what)}; merge the level "
                "with another, or leave it out."
            )


def _unit(what: str) -> str:
    return "labeler" if what == "between" else "row"
