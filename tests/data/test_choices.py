"""The table: what is accepted, what is merely said, and grouping."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from tests.support.tables import table

CODINGS = {
    "signs": [1, -1, 1],
    "zero-one": [1, 0, 1],
    "floats": [1.0, 0.0, 1.0],
    "booleans": [True, False, True],
    "numpy booleans as objects": np.array([True, False, True], dtype=object),
    "text signs": ["+1", "-1", "+1"],
    "text booleans": ["TRUE", "FALSE", "TRUE"],
    "nullable integers": pd.array([1, 0, 1], dtype="Int64"),
    "nullable booleans": pd.array([True, False, True], dtype="boolean"),
    "arrow": pd.array([1, 0, 1], dtype="int64[pyarrow]"),
    "categorical": pd.Categorical([1, 0, 1]),
    "decimals": [Decimal(1), Decimal(0), Decimal(1)],
}


@pytest.mark.parametrize("coding", CODINGS.values(), ids=CODINGS.keys())
def test_codings_that_need_no_declaration(coding):
    choices = Choices.from_frame(pd.DataFrame({"choice": coding, "rt": [0.5, 0.6, 0.7]}))
    assert choices.choice.tolist() == [1, -1, 1]
    assert choices.choice.dtype == np.int8


@pytest.mark.parametrize(
    ("values", "positive"),
    [
        (["later", "now", "later"], "later"),
        (pd.Categorical(["later", "now", "later"]), "later"),
        (pd.array(["later", "now", "later"], dtype="string"), "later"),
        ([1, 2, 1], 1),
        ([1, 2, 1], "1"),  # as a command line gives it
        ([1.0, 2.0, 1.0], "1"),
        ([0, 1, 0], 0),
        ([True, False, True], True),
        (["ja", "nein", "ja"], "ja"),
        (["<b>", "&", "<b>"], "<b>"),
    ],
)
def test_two_labels_with_positive(values, positive):
    frame = pd.DataFrame({"choice": values, "rt": [0.5, 0.6, 0.7]})
    assert Choices.from_frame(frame, positive=positive).choice.tolist() == [1, -1, 1]


def test_milliseconds_become_seconds():
    in_ms = Choices.from_frame(table(rt=[900, 1400, 700, 1100, 2300, 800]), rt_unit="ms")
    np.testing.assert_allclose(in_ms.rt, table()["rt"], rtol=1e-15)


def test_numeric_dtypes_of_times_give_the_same_table():
    values = [0.9, 1.4, 0.7, 1.1, 2.3, 0.8]
    for column in (
        pd.array(values, dtype="Float64"),
        pd.array(values, dtype="double[pyarrow]"),
        [str(v) for v in values],
        [Decimal(str(v)) for v in values],
        pd.Categorical(values),
    ):
        assert Choices.from_frame(table(rt=column)).rt.tolist() == values


def test_feature_differences():
    frame = table(later=[10.0] * 6, now=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    choices = Choices.from_frame(frame, features=["later-now", "later - d_delay"])
    assert choices.feature_names == ("later-now", "later - d_delay")
    np.testing.assert_array_equal(choices.features[:, 0], [9, 8, 7, 6, 5, 4])
    np.testing.assert_array_equal(choices.features[:, 1], 10 - frame["d_delay"])


def test_a_hyphen_may_belong_to_a_column():
    frame = table(**{"pay-now": [1.0, 2, 3, 4, 5, 6], "pay-later": [2.0, 2, 2, 2, 2, 3]})
    choices = Choices.from_frame(frame, features=["pay-now", "pay-later-pay-now"])
    np.testing.assert_array_equal(choices.features[:, 0], [1, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(choices.features[:, 1], [1, 0, -1, -2, -3, -3])


def test_the_index_of_the_frame_does_not_matter():
    frame = table()
    odd = frame.set_axis([5, 5, "x", None, 2.5, 0], axis=0)
    got = Choices.from_frame(odd, labeler="id", features=["d_delay"]).to_frame()
    pd.testing.assert_frame_equal(
        got, Choices.from_frame(frame, labeler="id", features=["d_delay"]).to_frame()
    )


def test_the_users_frame_is_left_alone():
    frame = table(rt=[np.nan, 1.4, 0.7, 1.1, 2.3, 0.8])
    before = frame.copy(deep=True)
    choices = Choices.from_frame(frame, labeler="id", features=["d_amount"])
    choices.rt[:] = 1.0
    choices.features[:] = 1.0
    pd.testing.assert_frame_equal(frame, before)


def test_labelers_may_be_any_text():
    names = ["Żółć 😀", "<script>alert(1)</script>", "a, b", "", " ", "NA", "007", "7", "\n", '"']
    frame = pd.DataFrame({"choice": [1, 0] * 5, "rt": 0.5 + np.arange(10) / 10, "id": names})
    named = frame[~frame["id"].str.strip().eq("")]
    choices = Choices.from_frame(named, labeler="id")
    assert choices.labelers is not None
    assert choices.labelers.tolist() == [n for n in names if n.strip()]
    assert choices.to_frame()["labeler"].tolist() == named["id"].tolist()


@pytest.mark.parametrize(
    "names",
    [[3, 1, 3], [True, False, True], [2.5, 1.0, 2.5], pd.Categorical(["x", "y", "x"]), [1, "1", 1]],
)
def test_labelers_keep_their_type(names):
    frame = pd.DataFrame({"choice": [1, 0, 1], "rt": [0.5, 0.6, 0.7], "id": names})
    choices = Choices.from_frame(frame, labeler="id")
    assert choices.labelers is not None and choices.labeler is not None
    assert choices.labeler.tolist() == [0, 1, 0]
    assert choices.labelers.tolist() == list(names)[:2]


def test_anonymous_and_known_units():
    anonymous = Choices.from_frame(table(count=[1, 2, 1, 3, 1, 1]), count="count")
    assert anonymous.anonymous and anonymous.n_labelers is None and anonymous.n_choices == 9
    assert anonymous.unit.tolist() == list(range(6))
    assert anonymous.unit_count.tolist() == [1, 2, 1, 3, 1, 1]
    known = Choices.from_frame(table(count=[1, 2, 1, 3, 1, 1]), count="count", labeler="id")
    assert known.n_labelers == 3 and known.unit.tolist() == [0, 0, 1, 1, 2, 2]
    assert known.unit_count.tolist() == [1, 1, 1]


def test_non_responses_are_dropped_and_counted():
    frame = table(
        choice=[1, None, 1, " ", 0, 1],
        rt=["0.9", "1.4", "", "", "2.3", None],
        weight=[1, 2, 3, 4, 5, 6],
    )
    choices = Choices.from_frame(frame, labeler="id")
    assert choices.rt.tolist() == [0.9, 2.3]
    assert choices.dropped == {"no choice": 2, "no response time": 2}
    assert choices.row is not None and choices.row.tolist() == [0, 4]
    assert "dropped 2 (no choice), 2 (no response time)" in repr(choices)
    # with counts it is choices that are counted: none is lost
    weighted = Choices.from_frame(frame, count="weight")
    assert weighted.dropped == {"no choice": 6, "no response time": 9}
    assert weighted.n_choices + sum(weighted.dropped.values()) == 21


def test_counts_of_zero_are_dropped_and_counted():
    choices = Choices.from_frame(table(weight=[0, 1, 2, 0, 1, 1]), count="weight")
    assert choices.n_choices == 5 and choices.dropped == {"count of zero": 2}


@pytest.mark.parametrize(("value", "sign"), [(1, "+1"), (0, "-1"), (-1, "-1"), (True, "+1")])
def test_all_choices_alike(value, sign):
    choices = Choices.from_frame(table(choice=[value] * 6))
    assert f"all choices are {sign}" in choices.notes[0] and "Bradley-Terry" in choices.notes[0]


def test_a_misspelt_positive_among_choices_all_alike_is_visible():
    choices = Choices.from_frame(table(choice=["later"] * 6), positive="latre")
    assert "all choices are -1" in choices.notes[0]


def test_labelers_named_by_fractions_are_pointed_out():
    fractions = [0.31, 0.4, 1.0, 0.77, 2.0, 0.5]
    (note,) = Choices.from_frame(table(who=fractions), labeler="who").notes
    assert note == "labelers are named by fractions, such as 0.31: is that their column?"
    whole = Choices.from_frame(table(who=np.arange(6.0)), labeler="who")
    assert whole.notes == ()
    with pytest.raises(InputError, match="given by its name, as text"):
        Choices.from_frame(table(), labeler=["id"])


def test_duplicate_rows():
    frame = pd.concat([table(), table().head(2)])
    known = Choices.from_frame(frame, labeler="id", features=["d_delay"])
    assert known.notes == ("2 rows repeat another exactly; they were kept.",)
    assert len(known) == 8
    assert Choices.from_frame(table(), labeler="id").notes == ()
    # anonymous scalar choices coincide as a matter of course
    assert Choices.from_frame(frame).notes == ()


@pytest.mark.parametrize("labeler", [None, "id"])
@pytest.mark.parametrize("features", [(), ("x",), ("x", "y")])
def test_grouping_is_lossless(labeler, features):
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        {
            "choice": rng.integers(0, 2, 500),
            "rt": rng.integers(1, 8, 500) / 10,
            "id": rng.integers(0, 4, 500),
            "x": rng.integers(-1, 2, 500).astype(float),
            "y": rng.integers(-1, 2, 500) / 3,
        }
    )
    choices = Choices.from_frame(frame, labeler=labeler, features=features)
    grouped = choices.grouped()
    assert len(grouped) < len(choices) and grouped.n_choices == 500
    assert len(grouped.grouped()) == len(grouped)
    keys = list(choices.to_frame().columns)
    # an independent count of the distinct rows
    expected = choices.to_frame().value_counts(sort=False)
    got = grouped.to_frame().set_index(keys)["count"]
    pd.testing.assert_series_equal(
        got.sort_index(), expected.sort_index(), check_names=False, check_index_type=False
    )
    back = grouped.expanded()
    assert (back.count == 1).all() and back.row is None
    pd.testing.assert_frame_equal(
        back.to_frame().sort_values(keys, ignore_index=True),
        choices.to_frame().sort_values(keys, ignore_index=True),
    )
    again = Choices.from_frame(
        grouped.to_frame(),
        labeler=labeler and "labeler",
        features=features,
        count="count",
    )
    assert again.n_choices == 500


def test_repr():
    choices = Choices.from_frame(table(), labeler="id", features=["d_amount", "d_delay"])
    assert repr(choices) == (
        "Choices: 6 choices by 3 labelers, median response time 0.9 s, features d_amount, d_delay"
    )
    assert "anonymous labelers" in repr(Choices.from_frame(table()))


def test_html_is_escaped():
    evil = "<script>alert(1)</script>"
    frame = table(id=[evil] * 6, **{evil: [1.0, 2, 3, 4, 5, 6]})
    page = Choices.from_frame(frame, labeler="id", features=[evil])._repr_html_()
    assert "<script" not in page and "&lt;script&gt;" in page and "<table" in page
