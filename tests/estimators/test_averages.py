"""Averages of groups, differences, slopes and shares: by hand, by each group alone, by truth."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import bayes_ddm as bd
from bayes_ddm.data.people import with_between
from bayes_ddm.estimators import conditional_boundary, consistent, known_boundary
from bayes_ddm.estimators.consistent import drift_pseudo_labels
from bayes_ddm.estimators.shares import read_shares
from bayes_ddm.simulate import experiment, population
from tests.support.conditions import conditions, of
from tests.support.tables import refusal

COUNTRIES = ("FR", "JP", "US")


@pytest.fixture(scope="module")
def three():
    return conditions(1, labelers=180, each=10, countries=COUNTRIES, means=(0.8, 0.2, -0.4))


def known(choices, between, **given):
    return consistent(
        choices := with_between(choices, between), known_boundary(choices, 1.2, 0.2), **given
    )


def value(row, name):
    at = row.parameters.index(name)
    return row.values[at], row.se[at]


def alone(choices, country):
    frame = choices.to_frame()
    part = of(frame[frame["country"] == country])
    return consistent(part, known_boundary(part, 1.2, 0.2))


def test_groups_are_each_group_by_itself(three):
    row = known(three, "country")
    names = [f"mu[country={c}]" for c in COUNTRIES]
    names += ["mu[country=JP - FR]", "mu[country=US - FR]"]
    assert row.parameters == ("mu", "sigma", *names)
    each = [alone(three, c) for c in COUNTRIES]
    for country, by_itself in zip(COUNTRIES, each, strict=True):
        found = value(row, f"mu[country={country}]")
        np.testing.assert_allclose(found, (by_itself.values[0], by_itself.se[0]))
    difference = value(row, "mu[country=US - FR]")
    assert difference[0] == pytest.approx(each[2].values[0] - each[0].values[0])
    # labelers of two groups are independent where the boundary is known
    assert difference[1] == pytest.approx(np.hypot(each[2].se[0], each[0].se[0]))


def test_few_labelers_have_students_intervals():
    few = conditions(9, labelers=11, each=10, countries=("FR", "JP"), means=(0.8, 0.2))
    row = known(few, "country")
    frame = few.to_frame().assign(label=drift_pseudo_labels(few, 1.2, 0.2))
    means = frame.groupby(["country", "labeler"])["label"].mean()
    a, b = (means[c].to_numpy() for c in ("FR", "JP"))
    interval = dict(zip(row.parameters, row.interval(0.95), strict=True))
    low, high = stats.ttest_1samp(a, 0).confidence_interval(0.95)
    np.testing.assert_allclose(interval["mu[country=FR]"], [low, high])
    low, high = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
    np.testing.assert_allclose(interval["mu[country=JP - FR]"], [low, high])


def test_groups_with_attributes_of_their_own_are_each_by_itself():
    rng = np.random.default_rng(2)
    group = np.arange(90) % 2
    # one group sees smaller differences of the second attribute
    psi = rng.normal(size=(540, 2)) * np.where(
        group[np.repeat(np.arange(90), 6), None], [1, 0.3], 1
    )
    made = experiment(
        population("normal", mean=[0.5, 0.2], sd=[0.5, 0.4]),
        labelers=90, choices=6, features=psi, feature_names=["a", "b"],
        boundary=1.2, ndt=0.2, seed=3,
    )  # fmt: skip
    frame = made.to_frame().assign(group=np.array(["x", "y"])[group[made.unit]])
    columns = {"labeler": "labeler", "features": ["a", "b"], "covariates": ["group"]}
    row = known(bd.Choices.from_frame(frame, **columns), "group")
    for name in "xy":
        part = bd.Choices.from_frame(frame[frame["group"] == name], **columns)
        by_itself = consistent(part, known_boundary(part, 1.2, 0.2))
        for j, feature in enumerate("ab"):
            found = value(row, f"{feature}[group={name}]")
            np.testing.assert_allclose(found, (by_itself.values[j], by_itself.se[j]))


def test_without_shares_the_average_is_that_of_all_labelers(three):
    row, pooled = known(three, "country"), consistent(three, known_boundary(three, 1.2, 0.2))
    assert row.values[0] == pytest.approx(pooled.values[0])
    # differences between groups are a part of the differences between labelers; 60 in a group
    assert row.se[0] == pytest.approx(pooled.se[0], rel=0.02)
    means = [value(row, f"mu[country={c}]")[0] for c in COUNTRIES]
    # and no part of the spread within groups
    total = pooled.values[1] ** 2 + pooled.values[0] ** 2 - np.mean(np.square(means))
    assert row.values[1] == pytest.approx(np.sqrt(total))


def test_slopes_are_least_squares_of_labelers_means(three):
    row = known(three, "country + age")
    frame = three.to_frame().assign(label=drift_pseudo_labels(three, 1.2, 0.2))
    people = frame.groupby("labeler")[["label", "age", "country"]].agg(
        {"label": "mean", "age": "first", "country": "first"}
    )
    columns = [np.ones(180), people["age"], *(people["country"] == c for c in COUNTRIES[1:])]
    by_hand = np.linalg.lstsq(np.column_stack(columns).astype(float), people["label"])[0]
    assert value(row, "mu:age")[0] == pytest.approx(by_hand[1])
    assert value(row, "mu[country=JP]")[0] == pytest.approx(
        people.loc[people["country"] == "JP", "label"].mean()
    )


def test_slopes_that_groups_have_of_their_own_are_each_by_itself(three):
    row = known(three, "country * age")
    each = []
    frame = three.to_frame()
    for country in COUNTRIES:
        by_itself = known(of(frame[frame["country"] == country]), "age")
        found = value(row, f"mu:age[country={country}]")
        np.testing.assert_allclose(found, value(by_itself, "mu:age"), rtol=1e-6)
        each.append(found[0])
    # on average over labelers, of whom as many are in each
    assert value(row, "mu:age")[0] == pytest.approx(np.mean(each))
    nested = known(three, "country + country:age")
    for name in ("mu:age", "mu:age[country=JP]"):
        np.testing.assert_allclose(value(nested, name), value(row, name), rtol=1e-6)


def test_groups_of_levels_that_interact_are_each_by_itself(three):
    old = np.where(three.covariates["age"] > 38, "old", "young")
    frame = three.to_frame().assign(cohort=old)
    row = known(of(frame), "country * cohort")
    names = [f"mu[country={c}, cohort={a}]" for c in COUNTRIES for a in ("old", "young")]
    assert [name for name in row.parameters if "cohort=" in name and "country" in name] == names
    for country, cohort in (("FR", "old"), ("US", "young")):
        part = of(frame[(frame["country"] == country) & (frame["cohort"] == cohort)])
        by_itself = consistent(part, known_boundary(part, 1.2, 0.2))
        found = value(row, f"mu[country={country}, cohort={cohort}]")
        np.testing.assert_allclose(found, (by_itself.values[0], by_itself.se[0]))
    shares = {"FR, old": 0.3, "country=US, cohort=young": 0.7}
    over = known(of(frame), "country * cohort", shares=shares).values[0]
    parts = value(row, names[0])[0], value(row, names[-1])[0]
    assert over == pytest.approx(0.3 * parts[0] + 0.7 * parts[1])
    mixed = {"FR": 0.3, "US, young": 0.7}
    assert "groups of one covariate" in refusal(known, of(frame), "country * cohort", shares=mixed)


def test_groups_are_those_that_a_formula_makes(three):
    row = known(three, "C(age > 38)")
    assert row.parameters[2:] == (
        "mu[age > 38=False]", "mu[age > 38=True]", "mu[age > 38=True - False]"
    )  # fmt: skip
    # a curve has no slope, and is no group
    assert known(three, "bs(age, df=4)").parameters == ("mu", "sigma")


def test_groups_share_the_boundarys_error(three):
    named = with_between(three, "country")
    made = conditional_boundary(named)
    row = consistent(named, made)

    def at(b, ndt):
        return known_values(named, b, ndt)

    h = 1e-5
    by = [(at(made.boundary + h, made.ndt) - at(made.boundary - h, made.ndt)) / (2 * h)]
    by += [(at(made.boundary, made.ndt + h) - at(made.boundary, made.ndt - h)) / (2 * h)]
    fixed = consistent(named, known_boundary(named, made.boundary, made.ndt)).influence
    expected = fixed + made.influence @ np.array(by)
    np.testing.assert_allclose(row.influence, expected, rtol=1e-3, atol=1e-6)
    groups = [row.parameters.index(f"mu[country={c}]") for c in COUNTRIES]
    assert row.covariance[groups[0], groups[2]] != 0


def known_values(choices, b, ndt):
    return consistent(choices, known_boundary(choices, b, ndt)).values


def test_influence_is_what_leaving_a_labeler_out_changes(three):
    row = known(three, "country + age", shares={"FR": 0.2, "JP": 0.3, "US": 0.5})
    out = [4, 11, 100]
    kept = three._part(np.flatnonzero(~np.isin(three.labeler, out)))[0]
    without = known(kept, "country + age", shares={"FR": 0.2, "JP": 0.3, "US": 0.5})
    changed = row.values - without.values
    # second order in three labelers' share of a group of 60
    np.testing.assert_allclose(
        changed, row.influence[out].sum(axis=0), rtol=0.2, atol=0.05 * row.se.min()
    )


def test_shares_weight_groups_by_hand(three):
    shares = {"FR": 0.2, "JP": 0.5, "US": 0.3}
    row = known(three, "country", shares=shares)
    each = [alone(three, c) for c in COUNTRIES]
    weights = np.array(list(shares.values()))
    assert row.values[0] == pytest.approx(weights @ [e.values[0] for e in each])
    assert row.se[0] == pytest.approx(np.sqrt(weights**2 @ [e.se[0] ** 2 for e in each]))
    all_japan = known(three, "country", shares={"country=JP": 1.0})
    assert all_japan.values[0] == pytest.approx(each[1].values[0])


def test_a_sample_that_is_not_the_population_is_put_right():
    # .5, .3, .2 in the population, .8, .15, .05 in the sample: .34 where the pooled one is .64
    rng = np.random.default_rng(4)
    group = rng.choice(3, 6000, p=[0.8, 0.15, 0.05])
    drift = rng.normal(np.array([0.8, 0.2, -0.6])[group], np.array([0.6, 1.0, 1.4])[group])
    made = experiment(lambda rng, n: drift, labelers=6000, choices=2, boundary=1.25, seed=rng)
    frame = made.to_frame().assign(country=np.array(COUNTRIES)[group[made.unit]])
    named = with_between(of(frame), "country")
    shares = dict(zip(COUNTRIES, (0.5, 0.3, 0.2), strict=True))
    row = consistent(named, known_boundary(named, 1.25), shares=shares)
    pooled = consistent(named, known_boundary(named, 1.25))
    # 4 standard errors: once in 16,000
    assert abs(row.values[0] - 0.34) < 4 * row.se[0] < 0.15
    assert abs(pooled.values[0] - 0.64) < 4 * pooled.se[0] < 0.1


def test_the_table_has_groups_and_reads_shares(three, tmp_path):
    path = tmp_path / "shares.csv"
    path.write_text("country,share\nFR,0.2\nJP,0.5\nUS,0.3\n")
    assert read_shares(path) == {"FR": 0.2, "JP": 0.5, "US": 0.3}
    given = {"boundary": 1.2, "ndt": 0.2, "between": "country"}
    table = bd.estimate(three, **given, shares=path)
    expected = known(three, "country", shares=read_shares(path))
    frame = table.to_frame().query("estimator == 'consistent_known_boundary'")
    assert tuple(frame["parameter"]) == expected.parameters
    np.testing.assert_allclose(frame["value"], expected.values)
    drawn = bd.estimate(three, **given, bootstrap=2, seed=1, progress=False)
    assert np.isfinite(drawn.replicates[0]).all()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"between": "contry"}, "did you mean 'country'?"),
        ({"between": "instruction"}, "instruction varies within labeler 0: it describes options"),
        ({"between": "moved"}, "moved varies within labeler 3"),
        ({"between": "gap"}, "covariate 'gap' of between formula 'gap' is missing in 8 rows"),
        ({"between": "alone"}, "alone[y] has one labeler; merge the level with another"),
        ({"between": "last"}, "last=a has one labeler; merge the level with another"),
        ({"between": "own"}, "has one labeler"),
        ({"between": "bs(age, df=14)"}, "12 labelers cannot tell 15 columns apart"),
        ({"between": "1"}, "names no covariate of labelers"),
        ({"between": "country +"}, "does not parse"),
        ({"shares": {"FR": 1.0}}, 'shares= weights groups, and needs them: between="country".'),
        ({"between": "age", "shares": {"FR": 1.0}}, "shares= weights groups, and needs them"),
        (
            {"between": "country", "shares": {"FR": 0.5, "JP": 0.4}},
            "must sum to 1; these sum to 0.9",
        ),
        ({"between": "country", "shares": {"FR": 0.5, "JPN": 0.5}}, "shares name 'JPN', no group;"),
        ({"between": "country", "shares": {"FR": 1.5, "JP": -0.5}}, "at least 0; got -0.5"),
        ({"between": "country", "shares": {}}, "must sum to 1; these sum to 0"),
        ({"between": "country", "shares": {"FR": np.nan}}, "at least 0; got nan"),
        ({"between": "country", "shares": "absent.csv"}, "cannot read shares from 'absent.csv'"),
    ],
)
def test_people_that_cannot_be_are_refused_in_a_line(given, says):
    frame = conditions(5, labelers=12, each=4, countries=COUNTRIES[:2]).to_frame()
    who = frame["labeler"]
    frame["moved"] = np.where(frame.index == 13, "z", frame["country"])
    frame["gap"] = frame["age"].where(~who.isin([1, 7]))
    frame["alone"] = np.where(who == 4, "y", "x")
    frame["last"] = np.where(who == 4, "a", "b")
    frame["own"] = "p" + who.astype(str)
    assert says in refusal(bd.estimate, of(frame), boundary=1.2, ndt=0.1, **given)


def test_files_of_shares_are_refused_in_a_line(tmp_path):
    path = tmp_path / "shares.csv"
    for text, says in (
        ("FR,JP,US\n1,2,3\n", "have 3 columns; two are needed, group and share"),
        ("g,s\nFR,0.5\nFR,0.5\n", "name 'FR' twice"),
        ("", "cannot read shares from"),
    ):
        path.write_text(text)
        assert says in refusal(read_shares, path)
    pd.DataFrame({"g": [1, 2], "s": [0.5, 0.5]}).to_csv(path, index=False)
    assert read_shares(path) == {"1": 0.5, "2": 0.5}
