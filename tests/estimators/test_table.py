import json
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import bradley_terry, consistent_values, estimate
from bayes_ddm.simulate import experiment

TOP = [
    *["schema_version", "prob", "n_choices", "n_labelers", "dropped", "shares"],
    *["boundary", "estimates", "tests", "findings", "privacy"],
]
ROW = [
    *["estimator", "parameter", "value", "se", "low", "high", "unit"],
    *["boundary_method", "reliable", "note"],
]


def rows(table, estimator):
    return [r for r in table.to_dict()["estimates"] if r["estimator"] == estimator]


def test_rows_of_known_labelers(repeated):
    table = estimate(repeated, boundary=1.25, ndt=0.3)
    made = table.to_dict()
    assert list(made) == TOP and made["schema_version"] == 1
    assert (made["n_choices"], made["n_labelers"]) == (10_000, 1000)
    assert [list(b) for b in made["boundary"]] == [
        [
            *["method", "cell", "boundary", "ndt", "n_eff", "reliable"],
            *["boundary_se", "ndt_se"],
        ]
    ] * 5
    assert [b["method"] for b in made["boundary"]] == [
        *["known", "conditional", "semiparametric", "two_scale", "three_scale"]
    ]
    assert all(list(r) == ROW for r in made["estimates"])
    assert [(r["estimator"], r["parameter"]) for r in made["estimates"]] == [
        ("consistent_known_boundary", "mu"),
        ("consistent_known_boundary", "sigma"),
        ("consistent_conditional_boundary", "mu"),
        ("consistent_conditional_boundary", "sigma"),
        ("semiparametric", "mu"),
        ("semiparametric", "sigma"),
        ("consistent_two_scale", "mu"),
        ("consistent_two_scale", "sigma"),
        ("consistent_three_scale", "mu"),
        ("consistent_three_scale", "sigma"),
        ("bounded_known_boundary", "mu"),
        ("bounded_conditional_boundary", "mu"),
        ("bounded_semiparametric", "mu"),
        ("bradley_terry", "mu"),
        ("speed_accuracy", "mu"),
    ]
    first = made["estimates"][0]
    assert first["value"] == pytest.approx(consistent_values(repeated, 1.25, 0.3)[0])
    # Student's t with 999 degrees of freedom
    assert first["high"] - first["value"] == pytest.approx(1.962341 * first["se"])
    assert (first["boundary_method"], first["unit"]) == ("known", "drift")
    assert made["estimates"][-2]["boundary_method"] is None
    assert [r["reliable"] for r in made["estimates"]] == [True] * 6 + [False] * 4 + [True] * 5


def test_flags_travel_into_every_output(repeated):
    table = estimate(repeated, published=True)
    for name, rough in (("consistent_two_scale", 1.5), ("consistent_three_scale", 0.16)):
        (mu, _) = rows(table, name)
        # plausible-looking values for a true 0.5
        assert mu["value"] == pytest.approx(rough, abs=0.3)
        assert not mu["reliable"] and "effective response times" in mu["note"]
        frame = table.to_frame()
        assert not frame.loc[frame["estimator"] == name, "reliable"].any()
        line = next(x for x in repr(table).splitlines() if x.startswith(name))
        assert re.search(r"unreliable \[\d\]$", line)
        assert "unreliable" in table._repr_html_()
        assert mu["note"] in repr(table) and mu["note"] in table._repr_html_()
    assert [b["reliable"] for b in table.to_dict()["boundary"]] == [*[True, True, False, False]]


@pytest.mark.slow
def test_real_sample(real_sample):
    table = estimate(real_sample)
    made = table.to_dict()
    _, two, three, own = made["boundary"]
    assert own["method"] == "labelers" and own["reliable"]
    assert two["boundary"] == pytest.approx(2.7337, abs=5e-5) and not two["reliable"]
    assert not three["reliable"]
    assert made["dropped"] == {"no choice": 25} and made["n_labelers"] == 98
    assert "no labeler repeats a comparison" in " ".join(table.notes)
    assert [r["parameter"] for r in rows(table, "consistent_two_scale")] == [
        *["later-now", "d_delay", "sigma[later-now]", "sigma[d_delay]"]
    ]


def test_json_has_no_nan(tmp_path):
    frame = pd.DataFrame({"choice": [1, 1], "rt": [0.5, 0.7]})
    path = tmp_path / "estimates.json"
    text = estimate(Choices.from_frame(frame)).to_json(path)

    def refuse(name):
        raise AssertionError(name)

    made = json.loads(text, parse_constant=refuse)
    assert json.loads(path.read_text(encoding="utf-8")) == made
    assert made["n_labelers"] is None and made["boundary"][0]["boundary"] is None
    assert [r["value"] for r in made["estimates"][:5]] == [None] * 5


def test_sigma_alone_is_flagged_when_only_it_fails(repeated):
    table = estimate(repeated, boundary=1.1, ndt=0.3)
    mu, sigma = rows(table, "consistent_known_boundary")
    assert mu["reliable"] and mu["note"] == ""
    assert not sigma["reliable"] and sigma["value"] is None and sigma["se"] is None
    assert "variance is not positive" in sigma["note"]


@pytest.mark.parametrize("given", [True, False])
def test_speed_accuracy_takes_the_best_ndt_there_is(repeated, given):
    (row,) = rows(estimate(repeated, ndt=0.3 if given else None), "speed_accuracy")
    assert row["reliable"]
    assert row["boundary_method"] == (None if given else "conditional")
    ratio = repeated.choice.mean() / (repeated.rt.mean() - 0.3)
    # the estimated ndt is within 0.03 s of the true one, of a mean decision time of 1.1 s
    assert row["value"] == pytest.approx(ratio, rel=1e-9 if given else 0.03)
    anonymous = replace(repeated, labeler=None, labelers=None)
    (row,) = rows(estimate(anonymous, ndt=0.3 if given else None), "speed_accuracy")
    assert row["reliable"]
    assert row["boundary_method"] == (None if given else "semiparametric")


def test_all_choices_alike():
    choices = experiment("normal", labelers=60, choices=4, boundary=1.25, seed=1)
    table = estimate(replace(choices, choice=np.ones_like(choices.choice)), boundary=1.25)
    (row,) = rows(table, "bradley_terry")
    assert row["value"] is None and row["note"].startswith("infinite")
    assert rows(table, "consistent_known_boundary")[0]["reliable"]


def test_a_missing_ndt_is_said(repeated):
    notes = " ".join(estimate(repeated, boundary=1.25).notes)
    assert "taken as 0 s" in notes


@pytest.fixture
def without_mixture(monkeypatch):
    """Leave out the row that takes nearly all of the time."""
    semiparametric = "bayes_ddm.estimators.sources.semiparametric_boundary"
    monkeypatch.setattr(semiparametric, lambda *given, **options: None)


@pytest.mark.slow
@pytest.mark.usefixtures("without_mixture")
def test_bootstrap():
    few = experiment("normal", labelers=150, choices=4, boundary=1.25, ndt=0.3, seed=11)
    known = {"boundary": 1.25, "ndt": 0.3}
    short, again = (estimate(few, **known, bootstrap=3, seed=1).to_json() for _ in range(2))
    assert short == again != estimate(few, **known, bootstrap=3, seed=2).to_json()
    plain = estimate(few, **known)
    table = estimate(few, **known, bootstrap=60, seed=1)
    for name in ("consistent_known_boundary", "bradley_terry", "speed_accuracy"):
        a, b = rows(plain, name)[0], rows(table, name)[0]
        assert a["value"] == b["value"]
        # 60 replicates: relative error 1 / sqrt(120), four of those
        assert b["se"] == pytest.approx(a["se"], rel=0.37)
        assert b["low"] < b["value"] < b["high"]


@pytest.mark.slow
@pytest.mark.usefixtures("without_mixture")
def test_bootstrap_says_which_values_it_often_cannot_compute():
    # four labelers, one of them alone in choosing -1: a resample often lacks that one
    frame = pd.DataFrame(
        {
            "choice": [1, 1, 1, 1, 1, 1, 1, -1],
            "rt": np.linspace(0.6, 1.3, 8),
            "id": list("aabbccdd"),
            "x": [1.0, -1, 1, -1, 1, -1, 1, -1],
            "y": [0.0, 0, 0, 0, 0, 0, 1, 0.5],
        }
    )
    scalar = Choices.from_frame(frame, labeler="id")
    assert bradley_terry(scalar).reliable
    (row,) = rows(estimate(scalar, bootstrap=12, seed=1), "bradley_terry")
    assert not row["reliable"] and "bootstrap replicates have no value" in row["note"]
    # without labeler d, y is 0 throughout
    both = Choices.from_frame(frame, labeler="id", features=["x", "y"])
    made = rows(estimate(both, ndt=0.1, bootstrap=12, seed=1), "speed_accuracy")
    assert all("bootstrap replicates have no value" in r["note"] for r in made)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ndt": 5.0}, "ndt 5 s is not below the smallest response time"),
        ({"boundary": 0.0}, "boundary must be positive"),
        ({"prob": 1.0}, "prob must be between 0 and 1"),
        ({"bootstrap": 1}, "bootstrap must be 0 or at least 2"),
    ],
)
def test_bad_arguments(repeated, arguments, message):
    with pytest.raises(InputError, match=message):
        estimate(repeated, **arguments)


def test_the_tests_and_the_pooled_rows_are_explained(repeated):
    table = estimate(repeated, published=True)
    shown = repr(table)
    p = table.choice_time.p_value, table.boundary_test.p_value
    assert (
        f"choice and time are independent, p = {p[0]:.2g}; two boundaries are equal, "
        f"p = {p[1]:.2g}."
    ) in shown
    assert "speed_accuracy (drift / boundary, at the conditional ndt)" in shown
    anonymous = estimate(replace(repeated, labeler=None, labelers=None))
    assert "Tests" not in repr(anonymous)
    assert all(line in table._repr_html_() for line in ("two boundaries", "log odds"))


@pytest.mark.parametrize("value", [pd.DataFrame({"choice": [1]}), "choices.csv", None])
def test_what_are_no_choices_says_how_to_make_them(value):
    for function in (estimate, bd.check, bd.label, bd.fit):
        with pytest.raises(InputError, match=r"expected choices, got an? \w+; make them with"):
            function(value)


def test_html_is_escaped():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"choice": rng.choice([-1, 1], 50), "rt": rng.gamma(3, 0.3, 50), "<b>": rng.normal(size=50)}
    )
    text = estimate(Choices.from_frame(frame, features=["<b>"]))._repr_html_()
    assert "<b>" not in text and "sigma[&lt;b&gt;]" in text


def test_plain_text_fits_and_counts_the_rows(repeated):
    text = repr(estimate(repeated, boundary=1.25, ndt=0.3, prob=0.9))
    said, _, first, advice, _, head, top, *_ = text.splitlines()
    assert said.startswith("People lean to +1: ")
    assert first == "10,000 choices by 1000 labelers, 90 % intervals"
    assert advice == ("Recommended: consistent_known_boundary, since boundary and ndt are given.")
    assert top.startswith("consistent_known_boundary")
    # as published they are printed on request, and always in the table
    assert "_scale" not in text and {"two_scale", "three_scale"} <= {
        b["method"] for b in estimate(repeated).to_dict()["boundary"]
    }
    assert head.split() == ["estimator", "parameter", "value", "se", "low", "high"]
    assert "bradley_terry" not in text and "more estimators" in text
    everything = repr(estimate(repeated, boundary=1.25, ndt=0.3, published=True))
    assert "bradley_terry" in everything and "_scale" in everything
    assert "nan" not in text


def test_estimators_do_not_import_pymc():
    code = (
        "import sys, bayes_ddm.estimators; "
        "print([m for m in ('pymc', 'pytensor', 'arviz', 'scipy.stats', 'scipy.optimize') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
