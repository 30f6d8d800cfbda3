"""What a fit observed, choice by choice."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.omissions import with_omitted
from bayes_ddm.distributions.rows import rows


def repeat_observed(tree: xr.DataTree, choices: Choices) -> None:
    """Give every choice its row back, so that predictive checks see the data, not its groups."""
    if "observed_data" not in tree.children:
        return
    choices = with_omitted(choices)
    if choices.condensed:
        del tree["observed_data"]
        return
    observed = tree["observed_data"].to_dataset()
    counted = bool((choices.count != 1).any())
    if observed.sizes.get("row", len(choices)) != len(choices):
        values = rows(choices)
        observed = xr.Dataset({"y": (("row", "field"), values)}, {"field": observed["field"]})
    elif not counted:
        return
    if counted:
        observed = observed.isel(row=np.repeat(np.arange(len(choices)), choices.count))
    tree["observed_data"] = xr.DataTree(observed.assign_coords(row=np.arange(choices.n_choices)))
