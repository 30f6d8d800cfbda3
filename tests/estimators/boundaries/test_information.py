import numpy as np
import pytest

from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import (
    boundary_information,
    conditional_boundary,
    consistent_values,
    drift_pseudo_labels,
    semiparametric_boundary,
    two_scale,
)
from bayes_ddm.simulate import experiment, population


def single(n, **more):
    return experiment("normal", labelers=n, boundary=1.25, ndt=0.3, seed=1, **more)


@pytest.fixture(scope="module")
def pairs():
    return experiment(
        population("mixture"), labelers=2000, choices=2, boundary=1.25, ndt=0.3, seed=2
    )


def test_share_is_that_of_the_delta_method(pairs):
    made, n = boundary_information(pairs), 2000
    b = conditional_boundary(pairs)
    labels = drift_pseudo_labels(pairs, b.boundary, b.ndt).reshape(n, 2).mean(axis=1)
    alone = (labels - labels.mean()) / n
    h = 1e-4
    by_boundary, by_ndt = (
        (consistent_values(pairs, *(at + step))[0] - consistent_values(pairs, *(at - step))[0])
        / (2 * h)
        for at in [np.array([b.boundary, b.ndt])]
        for step in (np.array([h, 0.0]), np.array([0.0, h]))
    )
    total = alone + b.influence @ [by_boundary, by_ndt]
    assert made.share == pytest.approx([1 - (alone @ alone) / (total @ total)], rel=1e-4)
    assert made.parameters == ("mu",)
    assert made.relative_se == pytest.approx(b.se[0] / b.boundary)
    assert made.ndt_se == pytest.approx(b.se[1])


def test_a_known_ndt_helps_and_is_said_to(pairs):
    made = boundary_information(pairs)
    assert made.boundary_known_ndt.ndt == made.boundary.ndt
    assert made.boundary_known_ndt.se[0] < 0.6 * made.boundary.se[0]
    assert "A known ndt would bring the boundary's standard error to" in repr(made)
    known = boundary_information(pairs, 0.3)
    assert known.boundary_known_ndt is None and known.ndt_se == 0
    assert "A known ndt" not in repr(known) and "ndt is held fixed" in repr(known)


def test_more_labelers_are_asked_for_in_proportion_to_the_variance():
    def ask(n):
        data = experiment("normal", labelers=n, choices=2, boundary=1.25, ndt=0.3, seed=3)
        return boundary_information(data, 0.3)

    few, many = ask(100), ask(1600)
    # sixteen times the labelers; the standard errors themselves vary by a few per cent
    assert few.relative_se / many.relative_se == pytest.approx(4, rel=0.25)
    times = (few.relative_se / 0.05) ** 2
    assert f"A standard error of 5% takes about {times:.2g} times as many" in repr(few)
    assert "times as many" not in repr(many)


def test_what_repeats_is_counted():
    rng = np.random.default_rng(4)
    # labelers 0-29 answer three comparisons twice, the others six of their own
    psi = rng.normal(size=(40, 6, 2))
    psi[:30, 3:] = psi[:30, :3]
    data = experiment(
        population("normal", mean=[0.8, -0.5], sd=0.5),
        labelers=40,
        choices=6,
        features=psi.reshape(-1, 2),
        feature_names=["amount", "delay"],
        boundary=1.25,
        ndt=0.3,
        seed=4,
    )
    made = boundary_information(data)
    assert (made.n_choices, made.n_labelers) == (240, 40)
    assert (made.labelers, made.groups, made.rows) == (30, 90, 180)
    assert made.proportional_rows == 0
    assert made.parameters == ("amount", "delay") and made.share.shape == (2,)
    assert "180 of 240 choices repeat a comparison: 90 groups, by 30 of 40 labelers" in repr(made)


def test_proportional_comparisons_are_pointed_out():
    data = single(200, choices=4, features=lambda rng, n: rng.uniform(0.5, 2, size=(n, 1)))
    made = boundary_information(data)
    assert made.groups == 0 and made.proportional_rows == 800
    assert "800 more choices" in repr(made) and "No labeler answers a comparison twice" in repr(
        made
    )
    used = boundary_information(data, proportional=True)
    assert (used.groups, used.rows, used.proportional_rows) == (400, 800, 0)
    assert used.boundary.method == "conditional"


def test_single_choices_rest_on_the_populations_class():
    data = single(3000)
    made = boundary_information(data)
    assert made.n_labelers is None and made.groups == 0
    assert made.boundary.boundary == semiparametric_boundary(data).boundary
    assert made.n_eff["two_scale"] == two_scale(data).n_eff
    text = repr(made)
    assert "mixture of a few normals" in text and "100 are needed" in text
    assert "twice would make the assumption needless" in text


def test_too_few_single_choices_have_no_boundary():
    made = boundary_information(single(30))
    assert made.boundary is None and np.isnan(made.relative_se) and np.isnan(made.ndt_se)
    assert np.isnan(made.share).all()
    assert "Give a known boundary" in repr(made)
    assert "<table" not in made._repr_html_()


def test_a_boundary_that_is_not_reliable_says_why():
    made = boundary_information(
        experiment("normal", labelers=30, choices=2, boundary=1.25, ndt=0.3, seed=2)
    )
    assert "It cannot be relied on:" in repr(made) and made.boundary.note in repr(made)


def test_notebooks_get_escaped_text_and_a_table(pairs):
    data = pairs.to_frame().assign(labeler=pairs.labeler)
    data["<b>"] = np.where(pairs.labeler % 2, 1.0, 2.0)
    made = boundary_information(Choices.from_frame(data, labeler="labeler", features=["<b>"]))
    html = made._repr_html_()
    assert "<b>" not in html and "share of &lt;b&gt;" in html
    assert html.count("<table") == 1 and html.count("<p>") == len(made.sentences())


def test_given_ndt_must_be_possible(pairs):
    with pytest.raises(InputError, match="not below the smallest response time"):
        boundary_information(pairs, 9.0)
