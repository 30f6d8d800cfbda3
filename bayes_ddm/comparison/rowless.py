"""Posterior values of a fit of answers without rows: private cells, or a release."""

from __future__ import annotations

import pandas as pd
import xarray as xr


def value_of(fit: xr.DataTree, posterior: pd.DataFrame, name: str) -> float:
    """Posterior mean, or the number that fixes the parameter."""
    if name in posterior.index:
        return float(posterior.loc[name, "mean"])
    return float(fit["constant_data"][name])
