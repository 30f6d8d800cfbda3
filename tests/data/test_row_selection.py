"""Rows asked for: all that is left out is counted, and errors name the table's own rows."""

import pytest

from bayes_ddm.data.choices import Choices
from tests.support.tables import table, table_refusal

TASK = ["choice", "practice", "choice", "choice", "catch", "choice"]


@pytest.mark.parametrize(
    ("where", "rows", "dropped"),
    [
        ({"task": "choice"}, [0, 2, 3, 5], {"not task = choice": 2}),
        ("task=choice", [0, 2, 3, 5], {"not task = choice": 2}),
        ({"task": ["choice", "catch"]}, [0, 2, 3, 4, 5], {"not task = choice or catch": 1}),
        (["task != practice", "d_delay<=90"], [0, 2, 3, 4], None),
        (["d_delay > 7", "d_amount>=2"], [1, 5], None),
        ({"id": "b"}, [2, 3], {"not id = b": 4}),
        ({"d_delay": 7}, [0, 4], {"not d_delay = 7": 4}),
        ("rt<1", [0, 2, 5], {"not rt < 1": 3}),
        ("rt == 0.90", [0], {"not rt == 0.90": 5}),
    ],
)
def test_rows_are_those_that_meet_every_condition(where, rows, dropped):
    choices = Choices.from_frame(table(task=TASK), where=where)
    assert choices.row.tolist() == rows
    assert sum(choices.dropped.values()) == 6 - len(rows)
    assert dropped is None or choices.dropped == dropped


def test_what_is_not_asked_for_need_not_be_valid():
    frame = table(task=TASK, rt=[0.9, "fast", 0.7, 1.1, "slow", 0.8])
    assert len(Choices.from_frame(frame, where={"task": "choice"})) == 4
    frame["rt"] = [0.9, "fast", 0.7, 1.1, "slow", "odd"]
    assert "'odd' in row 5 " in table_refusal(frame, where={"task": "choice"})


def test_counts_are_of_choices():
    frame = table(n=[1, 2, 3, 4, 5, 6], task=TASK, choice=["a", "b", "tie", "a", "b", "b"])
    choices = Choices.from_frame(
        frame, count="n", positive="a", where={"task": "choice"}, drop=["tie"]
    )
    assert choices.dropped == {"not task = choice": 7, "tie": 3}
    assert choices.n_choices == 11 and choices.row.tolist() == [0, 3, 5]


@pytest.mark.parametrize(
    ("where", "part"),
    [
        ({"tusk": "choice"}, "did you mean 'task'?"),
        ({"task": "chioce"}, "did you mean 'choice'?"),
        ("task", "write COLUMN=VALUE"),
        ("rt<fast", "give a number"),
        ("task<3", "text where a number belongs"),
        (["rt<1", "rt>1"], "no row is left by the row selection rt < 1, rt > 1"),
        ("__import__('os').system('true') and 1=1", "no column"),
    ],
)
def test_selections_that_cannot_be_met_are_refused(where, part):
    assert part in table_refusal(table(task=TASK), where=where)


def test_values_that_mean_no_response_are_dropped_and_counted():
    frame = table(choice=[1, 0, 999, 1, 0, 1], rt=[0.9, -1, 999, 1.1, 999, 0.8])
    choices = Choices.from_frame(frame, missing=[999, -1])
    assert choices.dropped == {"no choice": 1, "no response time": 2}
    assert choices.row.tolist() == [0, 3, 5]
    # -1 is a choice here
    signed = table(choice=[1, -1, 1, 1, -1, 1], rt=[0.9, -1, 0.7, 1.1, 2.3, 0.8])
    assert "missing={'rt': ...}" in table_refusal(signed, missing=[-1])
    choices = Choices.from_frame(signed, missing={"rt": -1})
    assert choices.dropped == {"no response time": 1} and (choices.choice == -1).sum() == 1


def test_missing_values_are_omissions_where_there_is_a_deadline():
    frame = table(choice=[1, 0, "none", 1, 0, 1], rt=[0.9, 1.4, 999, 1.1, 2.3, 0.8])
    choices = Choices.from_frame(frame, missing=["none", 999], deadline=3.0)
    assert choices.n_omitted == 1 and not choices.dropped
    assert choices.omitted.row.tolist() == [2]


def test_ties_are_refused_until_they_are_dropped():
    frame = table(choice=["a", "b", "tie", "a", "both bad", "b"])
    assert "drop= (--drop) leaves values out" in table_refusal(frame, positive="a")
    choices = Choices.from_frame(frame, positive="a", drop=["tie", "both bad"])
    assert choices.dropped == {"tie": 1, "both bad": 1}
    # nothing of a value that is not there is left out; the tie still stands in the way
    assert "3 distinct choices" in table_refusal(frame, positive="a", drop=["ties", "both bad"])
    assert "must be a list" in table_refusal(frame, positive="a", drop="tie")
