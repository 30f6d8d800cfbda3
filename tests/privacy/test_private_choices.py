"""Private choices: closed forms and likelihoods that allow for what was randomised."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.data.flipped import log_true_counts
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import (
    bradley_terry,
    conditional_boundary,
    consistent,
    known_boundary,
    labeler_boundaries,
    specification_test,
    speed_accuracy,
)
from bayes_ddm.estimators.boundaries.likelihood import Layout, scores_of, units_of
from bayes_ddm.privacy.documents import write_document
from bayes_ddm.privacy.private_choices import account_of
from bayes_ddm.simulate import experiment

GIVEN = {"boundary": 1.25, "ndt": 0.3}
SCHEME = bd.privacy.choices(1.0)
R = SCHEME.channel.flip


def private(labelers, choices=1, seed=1, **options):
    plain = experiment("normal", labelers=labelers, choices=choices, **GIVEN, seed=seed, **options)
    return plain, bd.privacy.simulated(plain, SCHEME, seed=seed)


def test_a_report_is_summed_over_the_choices_that_may_be_behind_it():
    for sent in itertools.product((1, -1), repeat=4):
        by_hand = np.zeros(5)
        for true in itertools.product((1, -1), repeat=4):
            chances = [1 - R if a == b else R for a, b in zip(sent, true, strict=True)]
            by_hand[sum(x > 0 for x in true)] += np.prod(chances)
        plus = sum(x > 0 for x in sent)
        likelihood = np.exp(log_true_counts([plus, 1], [4, 2], R))
        assert likelihood[0] == pytest.approx(by_hand, rel=1e-13)
    assert (likelihood[1, 3:] == 0).all() and likelihood[1].sum() == pytest.approx(
        2 * R * (1 - R) + ((1 - R) ** 2 + R**2), rel=1e-13
    )


def test_the_closed_form_is_unbiased_and_knows_its_error():
    # the mean of 40 estimates within 3 of its standard errors
    estimates = []
    for seed in range(40):
        true, sent = private(2000, seed=seed, anonymous=True)
        if seed == 0:
            plain = consistent(true, known_boundary(true, **GIVEN))
        estimate = consistent(sent.choices, known_boundary(sent.choices, **GIVEN))
        estimates.append((estimate.values[0], estimate.se[0]))
    values, errors = np.array(estimates).T
    assert abs(values.mean() - 0.5) < 3 * values.std() / np.sqrt(40)
    # a variance from 40 is known to 22 %: three times that, on the sd
    assert values.std(ddof=1) == pytest.approx(errors.mean(), rel=0.34)
    assert errors.mean() > 1.8 * plain.se[0]


def test_what_rests_on_times_does_not_change_by_a_digit():
    true, sent = private(300, 4)
    before, after = (conditional_boundary(x) for x in (true, sent.choices))
    assert (before.boundary, before.ndt) == (after.boundary, after.ndt)
    assert before.se.tolist() == after.se.tolist()
    slope = 2 * wiener.zero_drift_log_slope(true.rt - 0.3, 1.25).mean()
    estimate = consistent(sent.choices, known_boundary(sent.choices, **GIVEN))
    assert estimate.values[1] ** 2 + estimate.values[0] ** 2 == pytest.approx(slope, rel=1e-12)


def test_baselines_allow_for_it_too():
    _, sent = private(3000, anonymous=True)
    share = 0.5 + sent.choices.choice.mean() / (2 * (1 - 2 * R))
    logit = bradley_terry(sent.choices)
    assert logit.values[0] == pytest.approx(np.log(share / (1 - share)), rel=1e-12)
    sd = sent.choices.choice.std(ddof=1) / (2 * (1 - 2 * R) * np.sqrt(3000))
    assert logit.se[0] == pytest.approx(sd / (share * (1 - share)), rel=1e-9)
    ratio = speed_accuracy(sent.choices, 0.3).values[0]
    time = sent.choices.rt - 0.3
    assert ratio == pytest.approx(sent.choices.choice.mean() / (1 - 2 * R) / time.mean(), rel=1e-9)


def by_quadrature(choices, mu, sigma, b, ndt):
    """Log likelihood of each labeler: their rows' mixtures, multiplied, over 100 nodes."""
    nodes, weight = np.polynomial.hermite_e.hermegauss(100)
    drift = mu + sigma * nodes
    parameters = {"drift": drift, "boundary": b, "ndt": ndt}
    total = np.zeros((len(choices.unit_count), len(drift)))
    for j, unit in enumerate(choices.unit):
        same, other = (
            np.exp(wiener.log_density(choices.rt[j], z * choices.choice[j], **parameters))
            for z in (1, -1)
        )
        total[unit] += np.log((1 - R) * same + R * other)
    return np.log(np.exp(total) @ weight / weight.sum())


@pytest.mark.parametrize(("labelers", "choices", "anonymous"), [(8, 1, True), (6, 4, False)])
def test_the_likelihood_is_that_of_rows_that_may_be_turned(labelers, choices, anonymous):
    _, sent = private(labelers, choices, anonymous=anonymous)
    units = units_of(sent.choices)[0]
    # log b, ndt, mean, log sd of one normal
    point = np.array([np.log(1.1), 0.2, 0.4, np.log(0.9)])
    value, scores = scores_of(point, Layout(1, 1), units)
    assert value == pytest.approx(by_quadrature(sent.choices, 0.4, 0.9, 1.1, 0.2), rel=1e-10)
    step = 1e-6 * np.eye(4)
    slopes = [
        (
            scores_of(point + s, Layout(1, 1), units)[0]
            - scores_of(point - s, Layout(1, 1), units)[0]
        )
        / 2e-6
        for s in step
    ]
    assert scores == pytest.approx(np.stack(slopes, axis=1), abs=1e-7)


def test_a_normal_population_passes_the_test_and_two_groups_do_not():
    _, sent = private(2000, anonymous=True)
    assert specification_test(sent, **GIVEN).p_value > 0.05
    choices = experiment("mixture", labelers=4000, **GIVEN, seed=1, anonymous=True)
    sent = bd.privacy.simulated(choices, bd.privacy.choices(2.0), seed=1)
    assert specification_test(sent, **GIVEN).p_value < 0.01


def test_the_table_says_what_was_promised():
    _, sent = private(200, 5)
    table = bd.estimate(sent, **GIVEN)
    assert table.to_dict()["privacy"] == {
        "protect": "choice",
        "epsilon_row": 1.0,
        "epsilon_labeler": 5.0,
        "delta_choice": None,
    }
    assert "epsilon 1 per row, 5 per labeler" in repr(table)
    assert bd.estimate(private(200, 5)[0], **GIVEN).to_dict()["privacy"] is None
    assert account_of(sent.choices) == sent.account
    assert "bradley_terry" in table.to_frame()["estimator"].tolist()


def test_files_carry_their_scheme(tmp_path):
    choices = experiment("normal", labelers=20, choices=3, **GIVEN, seed=1)
    choices = replace(choices, labelers=np.array([f"{k:03d}" for k in range(20)]))
    sent = bd.privatise(choices, SCHEME)
    path = sent.save(tmp_path / "sent.csv")
    scheme = bd.privacy.read_scheme(SCHEME.save(tmp_path / "scheme.json"))
    assert scheme == SCHEME and scheme.id == SCHEME.id
    again = bd.read_private(path, scheme)
    assert (again.choices.choice == sent.choices.choice).all() and again.account == sent.account
    assert (again.choices.rt == sent.choices.rt).all()
    assert again.choices.labelers.tolist() == sent.choices.labelers.tolist()
    assert path.read_text().splitlines()[0] == "private_choice,rt,labeler,scheme"
    for edit in ({"keep": "5"}, {"epsilon": 3.0}, {"id": "0" * 12}):
        edited = SCHEME.to_dict() | edit
        write_document(tmp_path / "edited.json", "scheme", edited, overwrite=True)
        with pytest.raises(
            InputError, match=f"edited.json.*stands in scheme {edited['id']} is not"
        ):
            bd.privacy.read_scheme(tmp_path / "edited.json")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"where": "block=1"}, "40 rows would be left out"),
        ({"min_rt": 0.8}, "would be left out"),
        ({"drop": [-1]}, "but were sent"),
        ({"deadline": 60.0, "omissions": "absent"}, "silence cannot be exchanged"),
    ],
)
def test_the_promise_is_of_every_row_that_was_sent(tmp_path, options, message):
    sent = private(20, 4)[1].to_frame().assign(block=[1, 2] * 40)
    sent.to_csv(tmp_path / "sent.csv", index=False)
    assert bd.read_private(tmp_path / "sent.csv", SCHEME).account.epsilon_labeler == 4.0
    with pytest.raises(InputError, match=message):
        bd.read_private(tmp_path / "sent.csv", SCHEME, **options)


def test_private_answers_are_taken_by_three_and_refused_by_the_others():
    _, sent = private(40, 20)
    for call in (bd.check, bd.condense, bd.explore):
        with pytest.raises((InputError, TypeError)):
            call(sent)
    for value in (sent, sent.choices):
        with pytest.raises(InputError, match="private already"):
            bd.privatise(value, SCHEME)
        with pytest.raises(InputError, match="each labeler's own answers"):
            bd.check(value)
    with pytest.raises(InputError, match="each labeler's own answers"):
        labeler_boundaries(sent.choices)


def test_what_cannot_be_made_private():
    choices = experiment("normal", labelers=3000, **GIVEN, seed=1, anonymous=True)
    with pytest.raises(InputError, match="condensed"):
        bd.privatise(bd.condense(choices), SCHEME)
    late = experiment("normal", labelers=50, **GIVEN, seed=1, deadline=1.0)
    with pytest.raises(InputError, match="who did not answer"):
        bd.privatise(late, SCHEME)
    with pytest.raises(InputError, match="expected a scheme, got a float"):
        bd.privatise(choices, 1.0)
    with pytest.raises(InputError, match="one level"):
        bd.privatise(choices, SCHEME, level=1.0)
