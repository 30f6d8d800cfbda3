"""Errors summed up, tables as text, and lines about claims."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.progress import track

__all__ = ["Claims", "below", "claim", "cosine", "formatted", "progressing", "summary", "wide"]

FloatArray = NDArray[np.float64]
Claims = list[dict[str, Any]]


def summary(errors: FloatArray, truth: FloatArray) -> dict[str, float]:
    """Root mean square error, its standard error, and bias.

    Parameters
    ----------
    errors : ndarray, shape (replications, parameters)
        Replications with a NaN are left out and counted in ``failed``.
    truth : ndarray, shape (parameters,)

    Returns
    -------
    dict
        The bias is a number with a sign for one parameter, a length for several.
    """
    found = errors[np.isfinite(errors).all(axis=1)]
    line = dict.fromkeys(("rmse", "rmse_se", "relative", "bias"), math.nan)
    line["failed"] = len(errors) - len(found)
    if not len(found):
        return line
    squared = (found**2).sum(axis=1)
    rmse, mean = math.sqrt(squared.mean()), found.mean(axis=0)
    line["rmse"] = rmse
    if len(found) > 1 and rmse > 0:
        line["rmse_se"] = float(squared.std(ddof=1)) / math.sqrt(len(found)) / (2 * rmse)
    line["relative"] = rmse / float(np.linalg.norm(truth))
    line["bias"] = float(mean[0] if len(mean) == 1 else np.linalg.norm(mean))
    return line


def cosine(a: FloatArray, b: FloatArray) -> float:
    """Cosine of the angle between two vectors."""
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def claim(text: str, measured: str, holds: bool | None) -> dict[str, Any]:
    """Line of the table of claims; None where simulation error leaves it open."""
    answer = "open" if holds is None else "yes" if holds else "no"
    return {"claim": text, "measured": measured, "holds": answer}


def below(a: float, a_se: float, b: float, b_se: float) -> bool | None:
    """Whether ``a < b``; None when they are within two standard errors of the difference."""
    return None if abs(a - b) < 2 * math.hypot(a_se, b_se) else a < b


def progressing[Cell](cells: Sequence[Cell], title: str) -> Iterable[Cell]:
    """Go through the cells, with a progress bar on a terminal."""
    return track(cells, title, disable=not sys.stdout.isatty())


def wide(
    table: pd.DataFrame, index: list[str], columns: str, value: str, *more: str, digits: int = 4
) -> str:
    """Pivot to text, in the order of the rows; ``more`` does not depend on the pivoted column."""
    made = table.pivot(index=index, columns=columns, values=value)
    for name in more:
        made[name] = table.groupby(index)[name].first()
    order = table.set_index(index).index.drop_duplicates()
    return formatted(made.reindex(order).rename_axis(columns=None), digits)


def formatted(table: pd.DataFrame, digits: int = 4) -> str:
    """Text of a table of numbers; what is missing stays empty."""
    return table.to_string(float_format=f"{{:.{digits}f}}".format, na_rep="")
