"""The table of a fit's population parameters."""

import arviz as az
import pandas as pd
import pytest

from bayes_ddm.fitting.posterior import Posterior
from tests.support import fits


def test_a_table_of_all_of_it():
    table = Posterior.of(fits.contextual_fit()).table(prob=0.5)
    assert list(table.index) == [
        "amount",
        "delay",
        "sigma[amount]",
        "sigma[delay]",
        "boundary",
        "ndt",
        "correlation[amount, delay]",
    ]
    draws = fits.contextual_fit()["posterior"]["theta"].values[..., 1]
    row = table.loc["delay"]
    assert row["mean"] == pytest.approx(draws.mean())
    assert ((draws > row["low"]) & (draws < row["high"])).mean() == pytest.approx(0.5, abs=0.01)
    assert isinstance(table, pd.DataFrame)
    summary = az.summary(fits.contextual_fit(), var_names=["boundary"], round_to="none")
    for column in ("ess_bulk", "r_hat"):
        assert table.loc["boundary", column] == pytest.approx(float(summary[column].iloc[0]))
