"""Parameters by condition, averages by group: densities, recovery, prediction, files."""

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
import pytest

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.data.conditions import conditions
from bayes_ddm.data.people import people, with_between
from bayes_ddm.distributions.by_condition import Factor
from bayes_ddm.distributions.limits import by_labeler, smallest_time
from bayes_ddm.fitting.labelers import fitted_labelers, new_labelers
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.rows import rows_of
from tests.support import fits
from tests.support.densities import PYTHON, integral
from tests.support.study import AVERAGE, BOUNDARY, NDT, read, study, study_fit
from tests.support.tables import refusal

SMALL = study(labelers=12, each=4, seed=5)
# a constant posterior: countries differ by 0.8, the median labeler is at 0.4
POINT = {"mu": 0.4, "sigma": 0.7, "boundary": [1.4, 0.9], "ndt": [0.1, 0.2]}
FORMULAS = {"boundary": "instruction", "ndt": "instruction"}


def people_scaled(choices, difference):
    """What is sampled where the second country is `difference` above the first."""
    second = choices.covariates.groupby(choices.labeler)["country"].first() == "JP"
    return np.array([difference * second.std(ddof=0)])


def by_quadrature(frame, mean, sd, start=0.5):
    """Log density of each labeler's rows at POINT, the drift integrated out numerically."""
    cell = (frame["instruction"] == "speed").to_numpy().astype(int)
    b, ndt = np.array(POINT["boundary"])[cell], np.array(POINT["ndt"])[cell]
    found = []
    for i in range(frame["id"].nunique()):
        mine = (frame["id"] == i).to_numpy()

        def log_likelihood(x, mine=mine, i=i):
            rows = wiener.starting_point_log_density(
                frame["rt"][mine].to_numpy(),
                frame["choice"][mine].to_numpy(),
                drift=mean[i] + sd * x,
                boundary=b[mine],
                ndt=ndt[mine],
                start=start,
            )
            return rows.sum(axis=-1)

        found.append(integral(log_likelihood, 1))
    return found


def log_density(model, **point):
    """Log density of the observed rows where free variables have these values."""
    (observed,) = model.observed_RVs
    values = {rv: np.asarray(point[rv.name], dtype=float) for rv in model.free_RVs}
    fixed = pm.do(model, {rv.name: value for rv, value in values.items()})
    return fixed.compile_logp(vars=[fixed[observed.name]], sum=False, mode=PYTHON)({})[0]


@pytest.mark.parametrize("name", ["hierarchical", "start_bias"])
def test_density_is_the_integral_with_each_rows_boundary_and_each_groups_mean(name):
    choices = with_between(read(SMALL), "country")
    start = {"start": 0.55} if name == "start_bias" else {}
    model = bd.models.builder(name)(choices, **FORMULAS, **start)
    point = POINT | {"people_scaled": people_scaled(choices, 0.8)}
    country = SMALL.groupby("id")["country"].first()
    # mu is the average over labelers: 9 of 12 are in the first country
    mean = 0.4 + np.where(country == "JP", 0.8 * 9 / 12, -0.8 * 3 / 12)
    expected = by_quadrature(SMALL, mean, 0.7, **start)
    np.testing.assert_allclose(log_density(model, **point), expected, rtol=1e-8)


def test_groups_and_slopes_of_covariates_that_interact():
    """What a labeler of each kind would have, from the averages that the covariates explain."""
    frame = study(labelers=24, each=2, seed=5)
    frame["age"], frame["sex"] = 20.0 + frame["id"] % 5, np.where(frame["id"] // 4 % 2, "f", "m")
    kept = ["instruction", "country", "age", "sex"]
    choices = with_between(read(frame, covariates=kept), "country * age + country:sex")
    known = people(choices)
    model = bd.models.builder("hierarchical")(choices, boundary=1.2, ndt=0.05, sigma=0.7)
    change = np.random.default_rng(1).normal(size=len(known.names))
    scaled = change * known.matrix.std(axis=0)
    made = pm.do(model, {"mu": 0.4, "people_scaled": scaled})
    average = dict(zip(model.coords["group"], made["group_average"].eval(mode=PYTHON), strict=True))
    own = 0.4 + known.matrix @ change
    each = frame.groupby("id")[kept].first()
    for country, sex in (("FR", "f"), ("JP", "m")):
        who = (each["country"] == country) & (each["sex"] == sex)
        assert average[f"country={country}, sex={sex}"] == pytest.approx(own[who].mean())
    slope = dict(zip(model.coords["people_slope"], made["slope"].eval(mode=PYTHON), strict=True))
    older = known.of(read(frame.assign(age=frame["age"] + 1), covariates=kept)) @ change + 0.4 - own
    for country in ("FR", "JP"):
        expected = older[each["country"] == country].mean()
        assert slope[f"age[country={country}]"] == pytest.approx(expected)
    assert slope["age"] == pytest.approx(older.mean())


def test_types_move_with_their_group():
    """One type that has all the weight is the normal population."""
    choices = with_between(read(SMALL), "country")
    model = bd.models.builder("mixture")(choices, **FORMULAS)
    point = POINT | {"people_scaled": people_scaled(choices, 0.8), "gap": [1.0]}
    point |= {"weight": [1 - 1e-12, 1e-12], "type_sigma": [0.7, 0.7]}
    country = SMALL.groupby("id")["country"].first()
    mean = 0.4 + np.where(country == "JP", 0.8 * 9 / 12, -0.8 * 3 / 12)
    expected = by_quadrature(SMALL, mean, 0.7)
    np.testing.assert_allclose(log_density(model, **point), expected, rtol=1e-8)


@pytest.mark.parametrize("features", [(), ("load",)])
def test_anonymous_rows_have_the_same_density_as_labelers_of_one_row(features):
    frame = SMALL.assign(alone=np.arange(len(SMALL)))
    options = {"features": features, "covariates": ["instruction"]}
    name = "contextual" if features else "hierarchical"
    given = {"theta": 0.5, "Sigma": 0.7} if features else {"mu": 0.4, "sigma": 0.7}
    alone, anonymous = (
        bd.models.builder(name)(read(frame, labeler=who, **options), **FORMULAS, **given)
        for who in ("alone", None)
    )
    point = {key: POINT[key] for key in ("boundary", "ndt")}
    np.testing.assert_allclose(log_density(alone, **point), log_density(anonymous, **point))


def test_a_slope_moves_the_logarithm_from_the_value_at_the_average_row():
    choices = read(SMALL)
    model = bd.models.builder("hierarchical")(choices, boundary="1 + load", ndt=0.05)
    load = SMALL["load"].to_numpy()
    slope = 0.3
    point = {"mu": 0.4, "sigma": 0.7, "boundary": 1.1, "boundary_slope_scaled": [0.3 * load.std()]}
    own = bd.models.builder("hierarchical")(choices, boundary=1.0, ndt=0.05, mu=0.4, sigma=0.7)
    assert "boundary_slope" in model.named_vars and "boundary_cell" not in model.coords
    b = 1.1 * np.exp(slope * (load - load.mean()))
    variable = bd.distributions.RandomDriftWiener.dist(
        0.4, 0.7, b, 0.05, labeler=choices.labeler, cell=np.arange(len(load))
    )
    rows = np.column_stack([choices.rt, choices.choice])
    expected = pm.logp(variable, rows).eval(mode=PYTHON)
    np.testing.assert_allclose(log_density(model, **point), expected, rtol=1e-10)
    assert own.free_RVs == []


def test_every_ndt_stays_below_the_rows_that_share_it():
    choices = read(SMALL)
    model = bd.models.builder("hierarchical")(choices, ndt="instruction", boundary=1.2)
    far = model.initial_point() | {"ndt_interval__": np.array([30.0, 30.0])}
    smallest = SMALL.groupby("instruction")["rt"].min()[["accuracy", "speed"]]
    value = model.rvs_to_transforms[model["ndt"]].backward(
        far["ndt_interval__"], *model["ndt"].owner.inputs
    )
    np.testing.assert_allclose(value.eval(), smallest)


def test_labelers_own_ndt_stays_below_their_rows_in_every_condition():
    choices = read(SMALL)
    model = bd.models.builder("labeler_boundary")(choices, ndt=bd.by_labeler("instruction"))
    ndt = np.array([0.3, 0.2])
    with pm.Model():
        of = conditions(choices, "instruction", what="ndt")
        factor = Factor(of, pt.constant(ndt / 0.25))
        limit = by_labeler(smallest_time(choices), choices, factor).eval()
    rows = SMALL.assign(factor=(ndt / 0.25)[of.cell])
    expected = (rows["rt"] / rows["factor"]).groupby(rows["id"]).min()
    np.testing.assert_allclose(limit, expected)
    dims = model.named_vars_to_dims
    assert dims["ndt"] == ("ndt_cell",) and dims["labeler_ndt"] == ("labeler",)


def constant_fit(frame=SMALL, copies=3):
    choices = with_between(read(frame), "country")
    point = POINT | {"people_scaled": people_scaled(choices, 0.8)}
    draws = {key: np.repeat(np.asarray(x, float)[None], copies, axis=0) for key, x in point.items()}
    return fits.made_up(choices, "hierarchical", draws, **FORMULAS)


def test_labelers_preferences_given_everything_are_those_of_quadrature():
    fit = constant_fit()
    moments = bd.labelers(fit)
    country = SMALL.groupby("id")["country"].first()
    mean = 0.4 + np.where(country == "JP", 0.8 * 9 / 12, -0.8 * 3 / 12)
    step = 1e-4
    up, down = (by_quadrature(SMALL, mean + s, 0.7) for s in (step, -step))
    # Tweedie: the posterior mean is the prior's plus its variance times the slope in the mean
    expected = mean + 0.7**2 * (np.array(up) - np.array(down)) / (2 * step)
    np.testing.assert_allclose(moments["mean"], expected, atol=1e-6)


def test_new_labelers_come_from_their_own_group():
    posterior = Posterior.of(constant_fit())
    choices = read(SMALL)
    everybody = np.tile(np.arange(12), 2000)
    coded = np.array(
        [[1 - 0.25 if c == "JP" else -0.25] for c in SMALL.groupby("id").country.first()]
    )
    (drawn,) = new_labelers(posterior, 24_000, draws=1, seed=1, people=coded[everybody])
    japan = coded[everybody, 0] > 0
    # 6,000 and 18,000 draws of sd .7: standard errors .009 and .005; 4.5 of them
    assert drawn.preference[japan].mean() == pytest.approx(0.4 + 0.6, abs=0.041)
    assert drawn.preference[~japan].mean() == pytest.approx(0.4 - 0.2, abs=0.024)
    rows = rows_of(posterior, choices)
    cell = (SMALL["instruction"] == "speed").astype(int)
    np.testing.assert_allclose(drawn.at("boundary", rows), np.array(POINT["boundary"])[cell])
    np.testing.assert_allclose(drawn.at("ndt", rows), np.array(POINT["ndt"])[cell])


def test_new_rows_are_predicted_under_their_own_condition():
    fit = constant_fit()
    new = SMALL.assign(id=SMALL["id"] + 100)
    table = bd.predict(fit, read(new), draws=3, progress=False).table
    median = table.groupby(new["instruction"])["rt_median"].median()
    assert median["speed"] < 0.7 * median["accuracy"]
    unseen = new.assign(instruction=new["instruction"].replace("speed", "haste"))
    assert "'haste' of 'instruction'" in refusal(bd.predict, fit, read(unseen), progress=False)
    elsewhere = new.assign(country="PE")
    assert "'PE' of 'country'" in refusal(bd.predict, fit, read(elsewhere), progress=False)
    bare = bd.Choices.from_frame(new, labeler="id")
    assert "no covariate 'instruction'" in refusal(bd.predict, fit, bare, progress=False)


def test_a_labeler_who_has_just_arrived_is_judged_by_their_group_and_condition():
    fit = constant_fit(copies=20)
    new = SMALL[SMALL["id"] == 1].assign(id=100)
    made = bd.personalise(fit, read(new), draws=20).table
    step, mean = 1e-4, np.array([0.4 - 0.2])
    alone = new.assign(id=0)
    up, down = (by_quadrature(alone, mean + s, 0.7)[0] for s in (step, -step))
    expected = mean[0] + 0.49 * (up - down) / (2 * step)
    # 500 draws of sd .5: a standard error of .022; 4.5 of them
    assert made["mean"].iloc[0] == pytest.approx(expected, abs=0.1)


def test_a_fit_finds_boundaries_ndts_and_group_averages():
    table = Posterior.of(study_fit()).table()
    truth = {f"boundary[{key}]": x for key, x in BOUNDARY.items()}
    truth |= {f"ndt[{key}]": x for key, x in NDT.items()}
    truth |= {f"mu[country={key}]": x for key, x in AVERAGE.items()}
    truth["mu"] = 0.75 * AVERAGE["FR"] + 0.25 * AVERAGE["JP"]
    z = ((table["mean"] - pd.Series(truth)) / table["sd"]).dropna()
    assert len(z) == 7 and (abs(z) < 4).all()


def test_shares_weight_the_groups_draws():
    fit = study_fit()
    drawn = fit.posterior["group_average"]
    expected = 0.4 * drawn.sel(group="country=FR") + 0.6 * drawn.sel(group="country=JP")
    row = bd.poststratify(fit, {"JP": 0.6, "FR": 0.4}).loc["mu"]
    assert row["mean"] == pytest.approx(float(expected.mean()))
    assert row["low"] == pytest.approx(float(expected.quantile(0.025)))
    for shares, words in (
        ({"FR": 0.4, "JP": 0.7}, "sum to 1"),
        ({"FR": 0.4, "PE": 0.6}, "'PE', no group"),
    ):
        assert words in refusal(bd.poststratify, fit, shares)
    alone = fits.made_up(read(SMALL), "hierarchical", {"mu": [0.1], "boundary": [1.0]})
    assert "no groups to weight" in refusal(bd.poststratify, alone, {"FR": 1.0})


def test_formulas_outlive_the_file(tmp_path):
    fit = bd.load(bd.save(study_fit(), tmp_path / "fit.nc"))
    posterior = Posterior.of(fit)
    assert posterior.settings.options["boundary"] == "instruction"
    assert posterior.choices.between == "country"
    first, again = (next(fitted_labelers(x, draws=1)) for x in (study_fit(), fit))
    np.testing.assert_array_equal(first.preference, again.preference)


def test_a_formula_in_a_file_calls_nothing_but_what_formulas_may():
    fit = constant_fit()
    fit.attrs["parameters"] = fit.attrs["parameters"].replace("'instruction'", "'exec(load)'")
    with pytest.raises(bd.InputError, match="calls exec"):
        bd.labelers(fit)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"boundary": "instruktion"}, "did you mean 'instruction'"),
        ({"boundary": "instruction +"}, "does not parse"),
        ({"ndt": "0 + load"}, "ndt formula '0 + load' needs an intercept"),
        ({"between": "load"}, "load varies within labeler"),
        ({"between": "nation"}, "there is no covariate or feature 'nation'"),
        ({"drift": "1 + country"}, "describes people, not options"),
        ({"start": "instruction + os.system"}, "start formula"),
    ],
)
def test_formulas_are_refused_in_a_line(options, words):
    assert words in refusal(bd.fit, read(SMALL), progress=False, **options)
