"""A menu of private labels: what each is worth, by enumeration, and what a budget buys."""

import numpy as np
import pytest
from scipy.optimize import linprog

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.simulate.populations import draw_drifts, population
from tests.support.tables import refusal

GIVEN = {"boundary": 1.25, "ndt": 0.3, "progress": False, "pilot": 4000}
MENU = {
    "privacy": [0.5, 1, 2, 4],
    "price": [0.1, 0.15, 0.3, 0.8],
    "available": [5000, 4000, 2000, 300],
    "budget": 500,
}


@pytest.fixture(scope="module")
def menu():
    return bd.plan(**GIVEN, **MENU).menu


def test_a_private_row_has_the_variance_of_randomised_response(menu):
    drifts = draw_drifts(population("normal"), np.random.default_rng([1, 0]), 4000)
    by = wiener.cdf(np.array([0.22, 0.6]) * 1.25**2, drift=drifts[:, None], boundary=1.25)
    speed = np.diff(by, axis=1, prepend=0, append=1)
    up = wiener.choice_probability(drifts, 1.25)[:, None]
    true = np.hstack([up * speed, (1 - up) * speed]).mean(axis=0)
    # the six cells' weights of the mathematics' page, to its digits
    g = np.array([6.755, 1.429, 0.217, -6.755, -1.429, -0.217]) / 1.25
    for level in menu.levels:
        odds = np.exp(level.epsilon)
        channel = (np.ones((6, 6)) + (odds - 1) * np.eye(6)) / (odds + 5)
        unbiased = np.linalg.solve(channel, g)
        sent = true @ channel
        variance = sent @ unbiased**2 - (true @ g) ** 2
        assert level.sd == pytest.approx(variance**0.5, rel=2e-3)
    assert menu.largest_bias == pytest.approx(0.018 / 1.25, rel=0.05)


def test_a_private_choice_has_the_variance_of_a_flipped_one():
    made = bd.plan(**GIVEN, **MENU | {"protect": "choice"}).menu
    exact = bd.plan(**GIVEN, known=["boundary", "ndt"], choices=1, labelers=100)
    variance = 100 * exact.designs[0].se[0] ** 2
    mean = draw_drifts(population("normal"), np.random.default_rng([1, 0]), 4000).mean()
    for level in made.levels:
        c = (np.exp(level.epsilon) + 1) / (np.exp(level.epsilon) - 1)
        assert level.sd**2 == pytest.approx(c**2 * (variance + mean**2) - mean**2, rel=1e-6)
    assert made.largest_bias == 0


def test_the_budget_is_spent_as_well_as_it_can_be(menu):
    precision = np.array([1 / x.sd**2 for x in menu.levels])
    price = np.array(MENU["price"])
    best = linprog(-precision, A_ub=[price], b_ub=[500], bounds=[(0, n) for n in MENU["available"]])
    bought = np.array([x.buy for x in menu.levels])
    assert bought @ price <= 500 and menu.cost == pytest.approx(bought @ price)
    # whole labels lose less than one of each
    assert precision @ bought > -best.fun - precision.max()
    assert menu.se == pytest.approx((precision @ bought) ** -0.5)
    alone = min(x.alone for x in menu.levels)
    assert menu.se < alone


def test_shares_of_levels_hold_whoever_takes_which(menu):
    share = np.array(MENU["available"]) / sum(MENU["available"])
    n, sd = (np.array([getattr(x, k) for x in menu.levels]) for k in ("shared", "sd"))
    assert n @ MENU["price"] <= 500
    assert menu.shared_se == pytest.approx(((share * sd) ** 2 / n).sum() ** 0.5)
    # no exchange of money between two levels would do better, but for whole labels
    price, step = np.array(MENU["price"]), 20.0
    for i in range(4):
        for j in set(range(4)) - {i}:
            other = n + step * (np.eye(4)[i] / price[i] - np.eye(4)[j] / price[j])
            if (other > 0).all():
                assert ((share * sd) ** 2 / other).sum() ** 0.5 > 0.995 * menu.shared_se


def test_privacy_costs_more_the_more_there_is_of_it(menu):
    assert (np.diff(menu.curve["labels"]) < 0).all()
    assert menu.curve["labels"].iloc[-1] > 1


def test_it_warns_that_prices_select_people():
    made = bd.plan(**GIVEN, **MENU)
    assert "Prices select people" in repr(made)
    assert made.to_dict()["menu"]["levels"][0]["epsilon"] == 0.5
    assert list(made.table["epsilon"]) == MENU["privacy"]
    endless = bd.plan(**GIVEN, **MENU | {"available": None})
    assert endless.menu.shared_se is None
    assert endless.to_dict()["menu"]["levels"][0]["available"] is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"privacy": [0.5, 1, 2, 21]}, "privacy must be positive and at most 20"),
        ({"privacy": [0.5, 1, 2, 0]}, "privacy must be positive"),
        ({"privacy": [1, 1, 2, 4]}, "names a level twice"),
        ({"privacy": None}, "give privacy="),
        ({"price": [1, 2]}, "price must be one number per level, 4; got 2"),
        ({"price": None}, "give price="),
        ({"available": [1, 2, 3, -4]}, "available must be positive"),
        ({"budget": None}, "give budget="),
        ({"budget": 0.1}, "fewer than two labels"),
        ({"protect": "rows"}, "protect must be 'row' or 'choice'"),
        ({"target_se": 0.1}, "leave labelers, targets"),
        ({"mean": [0.1, 0.2], "sd": [1, 1]}, "for one drift"),
        ({"boundary": {"a": {"x": 1.0, "y": 2.0}}}, "one boundary"),
    ],
)
def test_menus_that_cannot_be_are_refused_in_a_line(given, said):
    assert said in refusal(bd.plan, **GIVEN | MENU | given)
