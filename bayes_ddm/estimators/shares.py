"""Shares of groups in the population that an average is meant for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.columns import coerced, one_line
from bayes_ddm.data.people import people
from bayes_ddm.errors import InputError, did_you_mean

ROUNDED = 1e-3  # by how much shares may miss 1, as rounded ones do


def read_shares(path: str | Path) -> dict[str, float]:
    """Read a CSV file of two columns, group and share.

    Raises
    ------
    InputError
        If it cannot be read, or has other than two columns.
    """
    try:
        frame = pd.read_csv(path, dtype={0: str})
    except Exception as error:
        reason = one_line(error, 200).rstrip(".")
        raise InputError(f"cannot read shares from {str(path)!r}: {reason}.") from error
    if frame.shape[1] != 2:
        raise InputError(
            f"shares in {str(path)!r} have {frame.shape[1]} columns; two are needed, group and "
            "share."
        )
    names, numbers = frame.iloc[:, 0].astype(str), coerced(frame.iloc[:, 1])
    if names.duplicated().any():
        raise InputError(
            f"shares in {str(path)!r} name {names[names.duplicated()].iloc[0]!r} twice."
        )
    return dict(zip(names, numbers.astype(float), strict=True))


def shares_of(choices: Choices, shares: Mapping[str, float] | str | Path) -> dict[str, float]:
    """Shares by the names of the groups that choices have `between` labelers.

    Raises
    ------
    InputError
        As `read_shares` and `by_group`.
    """
    if isinstance(shares, str | Path):
        shares = read_shares(shares)
    covariates = people(choices)
    return by_group(shares, {} if covariates is None else covariates.families)


def by_group(
    shares: Mapping[str, float], families: Mapping[str, Mapping[str, str]]
) -> dict[str, float]:
    """Shares by the groups' own names, summing to 1.

    Parameters
    ----------
    shares : mapping of str to float
        By level, ``"FR"``, or by group, ``"country=FR"``; all of one family.
    families : mapping of str to mapping of str to str
        Groups of each covariate by level, as `bayes_ddm.data.people.People` has them.

    Raises
    ------
    InputError
        If there are no groups, shares do not sum to 1, one is negative, or names no group.

    Examples
    --------
    >>> by_group({"FR": 0.4, "JP": 0.6}, {"country": {"FR": "country=FR", "JP": "country=JP"}})
    {'country=FR': 0.4, 'country=JP': 0.6}
    """
    levels = [
        (covariate, *pair) for covariate, family in families.items() for pair in family.items()
    ]
    if not levels:
        raise InputError('shares= weights groups, and needs them: between="country".')
    groups = [name for _, _, name in levels]
    named: dict[str, float] = {}
    covariates = set[str]()
    for key, share in shares.items():
        matches = [
            (covariate, name) for covariate, level, name in levels if str(key) in (level, name)
        ]
        if len(matches) != 1:
            hint = f"there are {', '.join(groups)}."
            number = "more than one group" if matches else "no group"
            raise InputError(f"shares name {key!r}, {number}; {did_you_mean(key, groups, hint)}")
        covariates.add(matches[0][0])
        named[matches[0][1]] = float(share)
    if len(covariates) > 1:
        raise InputError("shares are of groups of one covariate; name levels of one.")
    values = np.array(list(named.values()))
    if not (values >= 0).all():
        raise InputError(f"a share must be a number of at least 0; got {values.min():g}.")
    if not abs(values.sum() - 1) <= ROUNDED:
        raise InputError(f"shares must sum to 1; these sum to {values.sum():g}.")
    return dict(zip(named, (values / values.sum()).tolist(), strict=True))
