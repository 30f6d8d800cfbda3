"""Numbers per unit that a person thinks in."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.units import factor, read_units
from tests.support import fits

NUMBERS = ["value", "se", "low", "high"]


def test_units_are_those_of_a_column_divided_by_them():
    choices = fits.contextual()
    by = np.array([1.0, 30.0])
    divided = bd.estimate(replace(choices, features=choices.features / by)).to_frame()
    table = bd.estimate(choices, units={"delay": 30})
    # the pooled rows stop at a tolerance of their optimiser
    np.testing.assert_allclose(table.to_frame()[NUMBERS], divided[NUMBERS], rtol=1e-5)
    assert table.to_dict()["units"] == {"delay": 30.0}
    assert "delay, per 30 " in repr(table) and "amount, per" not in repr(table)
    assert "with 30 more, all else equal" in table.answer


def test_a_bootstrap_is_in_units_too():
    choices = fits.contextual()
    settings = {"bootstrap": 2, "seed": 1, "progress": False}
    plain, per = (bd.estimate(choices, **settings, units=x) for x in (None, {"delay": 30}))
    of = plain.to_frame()["parameter"].str.contains("delay")
    factors = np.where(of, 30.0, 1.0)[:, None]
    np.testing.assert_allclose(per.to_frame()[NUMBERS], factors * plain.to_frame()[NUMBERS])


def test_a_standard_deviation_is_a_unit():
    choices = fits.contextual()
    table = bd.estimate(choices, units={"amount": "sd"})
    assert table.units["amount"] == pytest.approx(choices.features[:, 0].std())


def test_a_comparison_is_in_units_and_its_tests_stay():
    fit = fits.contextual_fit()
    plain, per = bd.compare(fit), bd.compare(fit, units={"delay": 30})
    assert [t.p_value for t in per.tests] == pytest.approx([t.p_value for t in plain.tests])
    sizes = ["value", "value_se", "posterior", "difference", "se"]
    factors = np.where(plain.table["parameter"].str.contains("delay"), 30.0, 1.0)[:, None]
    np.testing.assert_allclose(per.table[sizes], factors * plain.table[sizes])
    assert per.posterior.loc["delay", "mean"] == pytest.approx(
        30 * float(fit.posterior["theta"].sel(feature="delay").mean())
    )
    assert "delay, per 30" in repr(per)


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("delay", 30),
        ("sigma[delay]", 30),
        ("delay[country=FR]", 30),
        ("delay:age", 30),
        ("delay:amount", 2),
        ("correlation[delay, amount]", 1),
        ("ndt", 1),
    ],
)
def test_every_number_of_a_feature_is_in_its_units(parameter, expected):
    assert (
        factor(parameter, ["delay", "delay:amount"], {"delay": 30, "delay:amount": 2}) == expected
    )


@pytest.mark.parametrize(
    ("units", "part"),
    [
        ({"delays": 30}, "did you mean 'delay'"),
        ({"delay": 0}, "positive number or 'sd'"),
        ({"delay": "week"}, "positive number or 'sd'"),
    ],
)
def test_wrong_units_are_refused(units, part):
    with pytest.raises(InputError, match=part):
        bd.estimate(fits.contextual(), units=units)


def test_the_command_lines_units():
    assert read_units(None) == {}
    assert read_units("a=b=30") == {"a=b": 30.0}
    for wrong in ("delay", "delay=x", "=3"):
        with pytest.raises(InputError, match="is no unit"):
            read_units(wrong)
    alone = bd.Choices.from_frame(pd.DataFrame({"choice": [1, -1], "rt": [0.5, 0.6]}))
    with pytest.raises(InputError, match="there are no features"):
        bd.estimate(alone, units={"delay": 30})
