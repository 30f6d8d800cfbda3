"""What differs between labelers only, and moves the average of every preference."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

from bayes_ddm._typing import BoolArray, FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.design import (
    DesignMatrix,
    checked_names,
    design_matrix,
    nameable,
    per_labeler_range,
)
from bayes_ddm.data.terms import Term, terms_of
from bayes_ddm.errors import InputError


@dataclass(frozen=True, eq=False)
class People:
    """Covariates of labelers, coded; made by `people`.

    Attributes
    ----------
    design : DesignMatrix
        Of one row per unit (labeler, or row when anonymous).
    names : tuple of str
        The columns but for the intercept: ``"country[JP]"``, ``"age"``.
    matrix : ndarray, shape (units, columns)
        Centred over labelers, so that the value at 0 is the average over them.
    families : dict of str to dict of str to str
        Groups of each covariate by level, ``{"country": {"FR": "country=FR", ...}}``; of covariates
        that interact, ``{"country, sex": {"FR, f": "country=FR, sex=f", ...}}``. The base is first.
    groups : dict of str to ndarray of bool, shape (units,)
        Who is in each group.
    slopes : dict of str to Slope
        ``"age"``; where groups have their own, those too, ``"age[country=FR]"``.
    """

    design: DesignMatrix
    names: tuple[str, ...]
    matrix: FloatArray
    families: dict[str, dict[str, str]]
    groups: dict[str, BoolArray]
    slopes: dict[str, Slope]
    center: FloatArray

    def of(self, choices: Choices) -> FloatArray:
        """Code other labelers, shape (units, columns).

        Raises
        ------
        InputError
            If they lack a covariate, or have a level that the first had not.
        """
        coded = self.design.of(_one_row_each(choices, self.design.formula, self.design.variables))
        return coded[:, self._columns] - self.center

    @property
    def _columns(self) -> list[int]:
        return [j for j, name in enumerate(self.design.names) if name != "Intercept"]


@dataclass(frozen=True, eq=False)
class Slope:
    """Change per unit of a number, on average over some labelers.

    Attributes
    ----------
    who : ndarray of bool, shape (units,)
    by : ndarray, shape (units, columns)
        What the change of each column counts in a labeler's own slope.
    """

    who: BoolArray
    by: FloatArray


# formulas take longer than all that is done with them
_cache: weakref.WeakKeyDictionary[Choices, People] = weakref.WeakKeyDictionary()


def with_between(choices: Choices, formula: str | None) -> Choices:
    """Return choices whose labelers differ by a formula of their own covariates.

    Raises
    ------
    InputError
        As `people`.
    """
    if formula is None or formula == choices.between:
        return choices
    extended = replace(choices, between=formula)
    people(extended)
    return extended


def people(choices: Choices) -> People | None:
    """Code the labelers' covariates; None where choices name no formula `between` them.

    Raises
    ------
    InputError
        As `design_matrix`; if a covariate varies within a labeler, who then is in two groups; if
        the formula has no intercept, or more columns than there are labelers.

    Examples
    --------
    >>> rows = {"choice": [1, 0, 1, 1], "rt": [0.9, 1.4, 0.7, 0.8], "id": [0, 1, 2, 3],
    ...         "country": ["FR", "FR", "JP", "JP"]}
    >>> choices = Choices.from_frame(pd.DataFrame(rows), labeler="id", covariates=["country"])
    >>> coded = people(with_between(choices, "country"))
    >>> coded.names, coded.groups["country=JP"].tolist()
    (('country[JP]',), [False, False, True, True])
    """
    formula = choices.between
    if not formula:
        return None
    if choices in _cache:
        return _cache[choices]
    units = _one_row_each(choices, formula, checked_names(formula, nameable(choices), "between"))
    design = design_matrix(formula, units, what="between")
    if "Intercept" not in design.names:
        raise InputError(f"between formula {formula!r} needs an intercept; leave '0 +' out.")
    columns = [j for j, name in enumerate(design.names) if name != "Intercept"]
    if not columns:
        raise InputError(f"between formula {formula!r} names no covariate of labelers.")
    matrix = design.matrix[:, columns]
    center = np.average(matrix, axis=0, weights=choices.unit_count)
    names = tuple(design.names[j] for j in columns)
    terms = terms_of(design)
    families, groups = _groups(terms)
    for name, members in groups.items():
        if choices.unit_count[members].sum() == 1:
            raise InputError(
                f"between formula {formula!r}: {name} has one labeler; merge the level with "
                "another, or leave it out."
            )
    slopes = _slopes(terms, columns, families, groups)
    coded = _cache[choices] = People(
        design, names, matrix - center, families, groups, slopes, center
    )
    return coded


def _groups(terms: list[Term]) -> tuple[dict[str, dict[str, str]], dict[str, BoolArray]]:
    """Groups by the covariates that make them: one, or all that interact."""
    by_names = {frozenset(c.name for c in term.categories): term.categories for term in terms}
    largest = [cs for names, cs in by_names.items() if not any(names < other for other in by_names)]
    alone = {c.name: (c,) for term in terms for c in term.categories}
    families: dict[str, dict[str, str]] = {}
    groups: dict[str, BoolArray] = {}
    for categories in (*alone.values(), *(cs for cs in largest if len(cs) > 1)):
        family = families.setdefault(", ".join(c.name for c in categories), {})
        for levels in product(*(c.levels for c in categories)):
            pairs = list(zip(categories, levels, strict=True))
            members = np.all([c.level == level for c, level in pairs], axis=0)
            if members.any():
                name = ", ".join(f"{c.name}={level}" for c, level in pairs)
                family[", ".join(levels)], groups[name] = name, members
    return families, groups


def _slopes(
    terms: list[Term],
    columns: list[int],
    families: dict[str, dict[str, str]],
    groups: dict[str, BoolArray],
) -> dict[str, Slope]:
    """Slopes over all labelers and, where categories change them, over groups."""
    slopes: dict[str, Slope] = {}
    for number in dict.fromkeys(term.number for term in terms if term.number):
        own_terms = [term for term in terms if term.number == number]
        share = np.zeros((len(own_terms[0].factor), max(columns) + 1))
        for term in own_terms:
            share[:, term.columns] = term.factor
        share = share[:, columns]
        slopes[number] = Slope(np.ones(len(share), dtype=bool), share)
        names = {c.name for term in own_terms for c in term.categories}
        crossed = [key for key in families if {*key.split(", ")} == names]
        for family in crossed or sorted(names):
            for name in families[family].values():
                slopes[f"{number}[{name}]"] = Slope(groups[name], share)
    return slopes


def coded_people(known: Choices, new: Choices) -> FloatArray | None:
    """Covariates of new choices' labelers, coded as the known ones'; None if those have none."""
    coding = people(known)
    return None if coding is None else coding.of(new)


def _one_row_each(choices: Choices, formula: str, variables: tuple[str, ...]) -> pd.DataFrame:
    """Covariates of each unit; refuse those that vary within a labeler."""
    covariates = nameable(choices)
    for name in variables:
        if name not in covariates:
            raise InputError(f"the new rows have no covariate {name!r}, which {formula!r} needs.")
        codes = pd.factorize(covariates[name])[0].astype(float)
        varies = per_labeler_range(choices, codes[:, None])[:, 0] > 0
        if varies.any():
            labeler = choices.labeler_names.tolist()[int(varies.argmax())]
            raise InputError(
                f"{name} varies within labeler {labeler}: it describes options or conditions, not "
                "people; put it in drift=, boundary= or ndt=, or give each labeler one value."
            )
    first = np.full(len(choices.unit_count), -1)
    first[choices.unit[::-1]] = np.arange(len(choices))[::-1]
    return covariates.iloc[first].reset_index(drop=True)
