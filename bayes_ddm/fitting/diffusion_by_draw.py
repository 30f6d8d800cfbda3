"""How each row is decided, draw by draw: boundary, ndt, start, drift noise, collapse."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from bayes_ddm._typing import FloatArray
from bayes_ddm.distributions.by_condition import changed
from bayes_ddm.distributions.vocabulary import ABSENT
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.preferences import drawn_populations
from bayes_ddm.fitting.rows import rows_of


def bounds_by_draw(
    posterior: Posterior, samples: xr.Dataset, names: tuple[str, ...] = ("boundary", "ndt")
) -> list[tuple[Any, ...]]:
    """Values in each draw: numbers, or where labelers or conditions differ one per row.

    Returns
    -------
    list of tuple
        One tuple per draw, in the order of `names`.
    """
    unit = posterior.choices.unit
    if posterior.conditions:
        rows = rows_of(posterior, posterior.choices)
        bounds = []
        for numbers in drawn_populations(posterior, samples):
            values = []
            for name in names:
                value = np.asarray(getattr(numbers, name))
                value = value[unit] if value.ndim else value
                if name in rows.conditions:
                    value = changed(value, rows.factor(name, numbers.factors), name)
                values.append(value)
            bounds.append(tuple(values))
        return bounds
    columns = []
    for name in names:
        own = f"labeler_{name}"
        if own not in samples and name not in posterior:
            columns.append(np.full(samples.sizes["sample"], ABSENT[name]))
            continue
        x = posterior.values(own if own in samples else name, samples)
        columns.append(x[:, unit] if own in samples else x)
    return list(zip(*columns, strict=True))


def mean_bounds(
    posterior: Posterior, samples: xr.Dataset, names: tuple[str, ...] = ("boundary", "ndt")
) -> tuple[FloatArray, ...]:
    """Posterior means of each row's values, shape (rows,) each."""
    bounds = bounds_by_draw(posterior, samples, names)
    rows = np.ones(len(posterior.choices))
    return tuple(rows * np.mean([pair[j] for pair in bounds], axis=0) for j in range(len(names)))
