"""Each model is its priors times an integral that is written down otherwise."""

import numpy as np
import pymc as pm
import pytest
from scipy import integrate, stats
from scipy.special import expit, logit, logsumexp

import bayes_ddm as bd
from bayes_ddm import models, program, wiener
from bayes_ddm.distributions import RandomDriftWiener, rows
from tests.densities import PYTHON, by_quadrature, over_preferences, untransformed_logp
from tests.programs import OWN, grouped, single, two_features, with_features, without_features

# the documented defaults
PRIORS = {
    "mu": stats.norm(0, 2),
    "theta_scaled": stats.norm(0, 2),
    "sigma": stats.halfnorm(scale=2),
    "sigma_scaled": stats.halfnorm(scale=2),
    "scale": stats.halfnorm(scale=2),
    "scale_scaled": stats.halfnorm(scale=2),
    "heavy": stats.gamma(2, scale=10),
    "partial": stats.beta(2, 2),
    "weight": stats.dirichlet([4.0, 4.0]),
    "gap": stats.gamma(2),
    "type_sigma": stats.lognorm(0.7, scale=np.exp(-0.7)),
    "type_sigma_scaled": stats.lognorm(0.7, scale=np.exp(-0.7)),
    "place_scaled": stats.norm(),
    "boundary": stats.lognorm(1.2, scale=np.exp(0.5)),
    "boundary_spread": stats.lognorm(0.7, scale=np.exp(-1.2)),
    "boundary_score": stats.norm(),
    "ndt": stats.halfnorm(scale=5),
    "ndt_spread": stats.lognorm(0.7, scale=np.exp(-1.2)),
    "start": stats.beta(5, 5),
    "start_spread": stats.lognorm(0.7, scale=np.exp(-1.2)),
    "start_score": stats.norm(),
    "lapse": stats.beta(1, 20),
    "lapse_rt": stats.lognorm(1.0, scale=np.exp(0.5)),
    "preference_score": stats.norm(),
}
MU, SIGMA, BOUNDARY, NDT = (PRIORS[name] for name in ("mu", "sigma", "boundary", "ndt"))
# PyMC holds plain numbers in priors, such as 1.2, in single precision
SINGLE = 1e-7


def log_prior(point):
    """Of all values whose prior depends on no other."""
    return sum(np.sum(PRIORS[k].logpdf(x)) for k, x in point.items() if k in PRIORS)


def scaled(choices):
    if not choices.contextual:
        return np.ones((len(choices), 1))
    scale = np.sqrt(np.average(choices.features**2, axis=0, weights=choices.count))
    return choices.features / scale


def each_labeler(choices, log_density):
    """Sum over units of a function of their rows, attributes and index."""
    y, psi = rows(choices), scaled(choices)
    return sum(
        n * log_density(y[choices.unit == u], psi[choices.unit == u], u)
        for u, n in enumerate(choices.unit_count)
    )


def normal(mean, covariance):
    return stats.multivariate_normal(mean, covariance).logpdf


def types(weight, means, covariances):
    def log_density(x):
        parts = [normal(m, c)(x) for m, c in zip(means, covariances, strict=True)]
        return logsumexp(np.stack(parts, axis=-1) + np.log(weight), axis=-1)

    return log_density


def labelers_sum(choices, psi, theta, chol, boundary, ndt):
    y = rows(choices)
    units = [choices.unit == u for u in range(len(choices.unit_count))]
    return sum(
        n * by_quadrature(y[unit], psi[unit], theta, chol, boundary, ndt)
        for unit, n in zip(units, choices.unit_count, strict=True)
    )


@pytest.mark.parametrize("data", ["labelers", "anonymous", "counts"])
def test_hierarchical_is_its_priors_times_an_integral(data):
    choices = {
        "labelers": without_features(),
        "anonymous": single(),
        "counts": grouped(),
    }[data]
    model = models.builder("hierarchical")(choices)
    got = untransformed_logp(model, {"mu": 0.4, "sigma": 0.9, "boundary": 1.1, "ndt": 0.2})
    prior = MU.logpdf(0.4) + SIGMA.logpdf(0.9) + BOUNDARY.logpdf(1.1) + NDT.logpdf(0.2)
    one = np.ones((len(choices), 1))
    expected = prior + labelers_sum(choices, one, np.array([0.4]), 0.9 * np.eye(1), 1.1, 0.2)
    # PyMC holds some plain numbers in priors in single precision
    assert got == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("anonymous", [False, True])
def test_contextual_is_its_priors_times_an_integral(anonymous):
    choices = with_features(2, anonymous=anonymous, labelers=9 if anonymous else 4)
    model = models.builder("contextual")(choices)
    theta, sigma, correlation = np.array([0.7, -0.3]), np.array([0.9, 0.4]), -0.6
    got = untransformed_logp(
        model,
        {
            "theta_scaled": theta,
            "sigma_scaled": sigma,
            "partial": np.array([(1 + correlation) / 2]),
            "boundary": 1.1,
            "ndt": 0.2,
        },
    )
    prior = MU.logpdf(theta).sum() + SIGMA.logpdf(sigma).sum()
    prior += stats.beta(2, 2).logpdf((1 + correlation) / 2)
    prior += BOUNDARY.logpdf(1.1) + NDT.logpdf(0.2)
    matrix = np.array([[1, correlation], [correlation, 1]])
    chol = np.linalg.cholesky(np.outer(sigma, sigma) * matrix)
    psi = choices.features / np.sqrt((choices.features**2).mean(axis=0))
    expected = prior + labelers_sum(choices, psi, theta, chol, 1.1, 0.2)
    assert got == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("data", [without_features, single])
def test_pooled_is_hierarchical_without_spread(data):
    pooled = models.builder("pooled")(data())
    hierarchical = models.builder("hierarchical")(data(), sigma=0)
    point = {"mu": 0.4, "boundary": 1.1, "ndt": 0.2}
    expected = untransformed_logp(hierarchical, point)
    assert untransformed_logp(pooled, point) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("anonymous", [False, True])
def test_pooled_is_contextual_without_spread(anonymous):
    choices = with_features(3, anonymous=anonymous, labelers=9)
    pooled = models.builder("pooled")(choices)
    contextual = models.builder("contextual")(choices, Sigma=0)
    point = {"theta_scaled": np.array([0.7, -0.3, 0.1]), "boundary": 1.1, "ndt": 0.2}
    correlations = {"partial": np.full(3, 0.4)}
    prior = stats.beta([2.5, 2.5, 2.0], [2.5, 2.5, 2.0]).logpdf(0.4)
    # pairs (2,1), (3,1) and, given the first feature, (3,2)
    expected = untransformed_logp(contextual, point | correlations) - prior.sum()
    assert untransformed_logp(pooled, point) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("name", ["pooled", "contextual"])
def test_units_of_features_change_only_what_is_reported(name):
    choices = with_features(2)
    units = np.array([100.0, 1 / 365])
    other = choices.to_frame()
    other[["amount", "delay"]] *= units
    other = bd.Choices.from_frame(other, labeler="labeler", features=["amount", "delay"])
    first, second = models.builder(name)(choices), models.builder(name)(other)
    point = first.initial_point()
    logp = first.compile_logp(mode=PYTHON)
    assert float(second.compile_logp(mode=PYTHON)(point)) == pytest.approx(float(logp(point)))
    for reported in ("theta", "sigma") if name == "contextual" else ("theta",):
        one, two = (
            pm.draw(model[reported], random_seed=1, mode=PYTHON) for model in (first, second)
        )
        np.testing.assert_allclose(two, one / units, rtol=1e-10)


# --- types, heavy tails ---------------------------------------------------------------------------


@pytest.mark.parametrize("choices", [without_features(), grouped()], ids=["labelers", "counts"])
def test_mixture_is_a_weighted_sum_over_types(choices):
    weight, gap, within = np.array([0.3, 0.7]), np.array([1.4]), np.array([0.4, 0.9])
    point = {"mu": 0.4, "weight": weight, "gap": gap, "type_sigma": within}
    point |= {"boundary": 1.1, "ndt": 0.2}
    # 0.3 m + 0.7 (m + 1.4) = 0.4
    law = types(weight, [-0.58, 0.82], within**2)
    got = untransformed_logp(models.builder("mixture")(choices), point)
    expected = log_prior(point) + each_labeler(
        choices, lambda y, psi, _: over_preferences(y, psi, law, 1.1, 0.2)
    )
    assert got == pytest.approx(expected, rel=SINGLE)


def test_mixture_of_preference_vectors_is_a_weighted_sum_over_types():
    choices = two_features()
    place = np.array([[-0.4], [0.9]])
    within = np.array([[0.4, 0.9], [0.7, 0.5]])
    weight, mean = np.array([0.3, 0.7]), np.array([0.4, -0.2])
    point = {"theta_scaled": mean, "weight": weight, "gap": np.array([1.4])}
    point |= {"type_sigma_scaled": within, "place_scaled": place, "boundary": 1.1, "ndt": 0.2}
    centers = np.array([[0.0, -0.4], [1.4, 0.9]])
    centers += mean - weight @ centers
    law = types(weight, centers, [np.diag(s**2) for s in within])
    got = untransformed_logp(models.builder("mixture")(choices), point)
    expected = log_prior(point) + each_labeler(
        choices, lambda y, psi, _: over_preferences(y, psi, law, 1.1, 0.2, step=0.2)
    )
    assert got == pytest.approx(expected, rel=SINGLE)


# of one labeler, by the quadrature over the scale: twenty times what is found here
STUDENT = 1e-5


@pytest.mark.parametrize("choices", [without_features(), single()], ids=["labelers", "anonymous"])
def test_student_is_scipy_s(choices):
    point = {"mu": 0.4, "heavy": 3.5, "scale": 0.9, "boundary": 1.1, "ndt": 0.2}
    law = stats.t(4.5, 0.4, 0.9).logpdf
    got = untransformed_logp(models.builder("student")(choices), point)
    expected = log_prior(point) + each_labeler(
        choices, lambda y, psi, _: over_preferences(y, psi, lambda v: law(v[:, 0]), 1.1, 0.2)
    )
    assert got == pytest.approx(expected, abs=STUDENT * len(choices.unit_count))


@pytest.mark.parametrize("anonymous", [False, True])
def test_student_vectors_are_scipy_s(anonymous):
    choices = with_features(2, anonymous=anonymous)
    mean, width, rho = np.array([0.7, -0.3]), np.array([0.9, 0.6]), -0.5
    point = {"theta_scaled": mean, "heavy": 3.5, "scale_scaled": width, "partial": np.array([0.25])}
    point |= {"boundary": 1.1, "ndt": 0.2}
    shape = np.outer(width, width) * np.array([[1, rho], [rho, 1]])

    def labeler(y, psi, _):
        if not anonymous:
            law = stats.multivariate_t(mean, shape, df=4.5).logpdf
            return over_preferences(y, psi, law, 1.1, 0.2, step=0.2)
        # one row tells of one direction only
        own = stats.t(4.5, psi[0] @ mean, np.sqrt(psi[0] @ shape @ psi[0])).logpdf
        return over_preferences(y, np.ones((1, 1)), lambda v: own(v[:, 0]), 1.1, 0.2)

    got = untransformed_logp(models.builder("student")(choices), point)
    expected = log_prior(point) + each_labeler(choices, labeler)
    assert got == pytest.approx(expected, abs=STUDENT * 4)


# --- boundary, ndt and start of one's own ---------------------------------------------------------


def unequal(*counts):
    """Labelers with as many choices each, their rows shuffled."""
    choices = without_features(labelers=len(counts), choices=max(counts))
    frame = choices.to_frame()
    frame = frame[frame.groupby("labeler").cumcount() < np.array(counts)[choices.labeler]]
    frame = frame.sample(frac=1, random_state=1)
    return bd.Choices.from_frame(frame, labeler="labeler")


def own_values(choices, rng, centred):
    """Boundary and ndt of each labeler, the point that says so, and the log density of it."""
    n = len(choices.unit_count)
    score, ndt = rng.normal(size=n), rng.uniform(0.1, 0.28, n)
    boundary = 1.1 * np.exp(0.4 * score)
    point = {"boundary": 1.1, "boundary_spread": 0.4, "ndt": 0.25, "ndt_spread": 0.3}
    point |= {"labeler_boundary": boundary} if centred else {"boundary_score": score}
    density = log_prior(point) + stats.lognorm(0.3, scale=0.25).logpdf(ndt).sum()
    if centred:
        density += stats.lognorm(0.4, scale=1.1).logpdf(boundary).sum()
    return boundary, ndt, point | {"labeler_ndt": ndt}, density


@pytest.mark.parametrize("counts", [(3, 1, 5, 2), (30, 20, 25)])
def test_labeler_boundary_has_a_boundary_and_ndt_for_each(counts):
    choices = unequal(*counts)
    boundary, ndt, point, expected = own_values(choices, np.random.default_rng(2), counts[0] == 30)
    point |= {"mu": 0.4, "sigma": 0.9}
    expected += MU.logpdf(0.4) + SIGMA.logpdf(0.9)
    expected += each_labeler(
        choices,
        lambda y, psi, u: by_quadrature(
            y, psi, np.array([0.4]), 0.9 * np.eye(1), boundary[u], ndt[u]
        ),
    )
    got = untransformed_logp(models.builder("labeler_boundary")(choices), point)
    assert got == pytest.approx(expected, rel=SINGLE)


@pytest.mark.parametrize("own", [False, True])
def test_start_bias_is_the_starting_point_under_the_integral(own):
    choices = two_features()
    mean, sigma = np.array([0.7, -0.3]), np.array([0.9, 0.6])
    point = {"theta_scaled": mean, "sigma_scaled": sigma, "partial": np.array([0.5])}
    point |= {"boundary": 1.1, "ndt": 0.2, "start": 0.62}
    score = np.array([-1.0, 0.3, 1.2, -0.2])
    if own:
        point |= {"start_spread": 0.5, "start_score": score}
    start = expit(logit(0.62) + 0.5 * own * score)
    law = normal(mean, np.diag(sigma**2))
    model = models.builder("start_bias")(choices, **({"start": OWN["start"]} if own else {}))
    expected = log_prior(point) + each_labeler(
        choices, lambda y, psi, u: over_preferences(y, psi, law, 1.1, 0.2, start[u], step=0.2)
    )
    assert untransformed_logp(model, point) == pytest.approx(expected, rel=SINGLE)


@pytest.mark.parametrize("spread", [0.1, 0.4])
def test_anonymous_boundary_is_an_integral_over_boundaries(spread):
    choices = single()
    point = {"mu": 0.4, "sigma": 0.9, "boundary": 1.1, "boundary_spread": spread, "ndt": 0.2}

    def labeler(y, psi, _):
        (rt, choice), rest = y[0], {"mean": 0.4, "sd": 0.9, "ndt": 0.2}
        density = wiener.random_drift_log_density
        return np.log(
            integrate.quad(
                lambda x: (
                    stats.norm.pdf(x)
                    * np.exp(density(rt, choice, boundary=1.1 * np.exp(spread * x), **rest))
                ),
                *(-9, 9),
            )[0]
        )

    got = untransformed_logp(models.builder("anonymous_boundary")(choices), point)
    expected = log_prior(point) + each_labeler(choices, labeler)
    # 15 Gauss-Hermite nodes: 4e-7 off, most of it PyMC's single precision
    assert got == pytest.approx(expected, abs=4e-6)


# --- lapses ---------------------------------------------------------------------------------------


def lapsing(rt, attentive, lapse=0.1, mean=1.7):
    """Mixture of a decision and a guess, row by row."""
    guess = stats.expon(scale=mean).pdf(rt) / 2
    with np.errstate(divide="ignore"):
        return np.log((1 - lapse) * np.exp(attentive) + lapse * guess)


LAPSE = {"lapse": 0.1, "lapse_rt": 1.7}


def test_contaminated_is_priors_latents_and_rows():
    choices = without_features()
    score = np.array([[-0.3], [1.1], [0.2], [-1.4]])
    # later than some responses: those can only be lapses
    ndt = np.median(choices.rt)
    point = {"mu": 0.4, "sigma": 0.9, "boundary": 1.1, "ndt": ndt, "preference_score": score}
    point |= LAPSE
    drift = (0.4 + 0.9 * score[:, 0])[choices.labeler]
    attentive = wiener.log_density(choices.rt, choices.choice, drift=drift, boundary=1.1, ndt=ndt)
    assert (attentive == -np.inf).sum() == 6
    expected = log_prior(point) + lapsing(choices.rt, attentive).sum()
    got = untransformed_logp(models.builder("contaminated")(choices), point)
    assert got == pytest.approx(expected, rel=SINGLE)


def test_contaminated_of_single_choices_is_a_mixture_by_row():
    choices = grouped()
    ndt = np.median(choices.rt)
    point = {"mu": 0.4, "sigma": 0.9, "boundary": 1.1, "ndt": ndt, **LAPSE}
    attentive = wiener.random_drift_log_density(
        choices.rt, choices.choice, mean=0.4, sd=0.9, boundary=1.1, ndt=ndt
    )
    expected = log_prior(point) + (choices.count * lapsing(choices.rt, attentive)).sum()
    got = untransformed_logp(models.builder("contaminated")(choices), point)
    assert got == pytest.approx(expected, rel=SINGLE)


def test_a_mixture_with_everything_by_labeler_and_lapses():
    choices = two_features()
    rng = np.random.default_rng(4)
    boundary, ndt, point, expected = own_values(choices, rng, False)
    score = rng.normal(size=4)
    start = expit(logit(0.45) + 0.5 * score)
    weight, within = np.array([0.3, 0.7]), np.array([[0.4, 0.9], [0.7, 0.5]])
    centers = np.array([[0.0, -0.4], [1.4, 0.9]])
    centers += np.array([0.4, -0.2]) - weight @ centers
    own = rng.normal(size=(4, 2))
    more = {"start": 0.45, "start_spread": 0.5, "start_score": score, **LAPSE}
    more |= {"theta_scaled": np.array([0.4, -0.2]), "weight": weight, "gap": np.array([1.4])}
    more |= {"type_sigma_scaled": within, "place_scaled": np.array([[-0.4], [0.9]])}
    expected += log_prior(more)
    expected += types(weight, centers, [np.diag(s**2) for s in within])(own).sum()
    who = choices.labeler
    attentive = wiener.starting_point_log_density(
        choices.rt,
        choices.choice,
        drift=(scaled(choices) * own[who]).sum(axis=1),
        boundary=boundary[who],
        start=start[who],
        ndt=ndt[who],
    )
    expected += lapsing(choices.rt, attentive).sum()
    model = models.builder("mixture")(choices, lapse=program.LAPSE, **OWN)
    assert untransformed_logp(model, point | more | {"preference": own}) == pytest.approx(
        expected, rel=SINGLE
    )


@pytest.mark.parametrize("more", [{}, {"boundary_spread": 0.3, "start": 0.6}])
def test_a_row_with_lapses_integrates_to_one(more):
    # both choices; from 0 to ndt only lapses, then a decision may come at any time
    early, late = np.linspace(0, 0.3, 401), 0.3 + np.geomspace(1e-4, 80, 6001)
    for mean, weight in ((0.5, None), (np.array([-1.0, 1.0]), np.array([0.4, 0.6]))):
        sd = 0.8 * np.ones_like(mean)
        mass = 0.0
        for times in (early, late):
            y = np.stack([np.tile(times, 2), np.repeat([1.0, -1.0], len(times))], axis=1)
            law = RandomDriftWiener.dist(
                mean, sd, 1.25, 0.3, weight=weight, lapse=0.1, lapse_rt=1.7, shape=y.shape, **more
            )
            density = np.exp(pm.logp(law, y).eval(mode=PYTHON)).reshape(2, -1).sum(axis=0)
            mass += integrate.simpson(density, x=times)
        # left out: 1e-4 s of lapses, density below 0.1, and lapses after 80 s
        assert mass == pytest.approx(1, abs=1e-5)


# --- without a clock ------------------------------------------------------------------------------


def test_choice_only_is_a_logit_given_preferences():
    choices = two_features()
    score = np.random.default_rng(1).normal(size=(4, 2))
    sigma = np.array([0.9, 0.6])
    point = {"theta_scaled": np.array([0.7, -0.3]), "sigma_scaled": sigma, "boundary": 1.1}
    point |= {"partial": np.array([0.5]), "preference_score": score}
    own = point["theta_scaled"] + score * sigma
    drift = (scaled(choices) * own[choices.labeler]).sum(axis=1)
    expected = log_prior(point) + np.log(expit(2 * 1.1 * drift * choices.choice)).sum()
    model = models.builder("choice_only")(choices, boundary=pm.LogNormal.dist(0.5, 1.2))
    assert untransformed_logp(model, point) == pytest.approx(expected, rel=SINGLE)


@pytest.mark.parametrize("data", [single, grouped])
def test_choice_only_of_single_choices_is_an_integral(data):
    choices, point = data(), {"mu": 0.4, "sigma": 1.3}
    share = integrate.quad(lambda v: stats.norm.pdf(v, 0.4, 1.3) * expit(2 * 1.1 * v), -12, 12)[0]
    chosen = (choices.count * (choices.choice > 0)).sum()
    expected = log_prior(point) + chosen * np.log(share)
    expected += (choices.n_choices - chosen) * np.log1p(-share)
    got = untransformed_logp(models.builder("choice_only")(choices, boundary=1.1), point)
    # 31 Gauss-Hermite nodes: 1e-7 off
    assert got == pytest.approx(expected, rel=1e-6)
