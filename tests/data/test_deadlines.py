"""Deadlines at reading: which trials ran out of time, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.design import with_drift
from bayes_ddm.data.omissions import with_omitted
from bayes_ddm.errors import InputError

# two omissions, by a and c; c never chose; one choice whose key was not caught
ROWS = pd.DataFrame(
    {
        "choice": [1, np.nan, 0, 1, np.nan, np.nan, 0],
        "rt": [0.9, np.nan, 1.4, 0.7, np.nan, 0.8, 1.1],
        "who": ["a", "a", "b", "b", "c", "b", "a"],
        "x": [1.0, 2.0, -1.0, 0.5, 3.0, 1.0, -2.0],
        "limit": [1500, 1600, 1500, 1500, 1600, 1500, 1500],
    }
)


def choices_of(frame: pd.DataFrame = ROWS, **options: Any) -> Choices:
    return Choices.from_frame(frame, labeler="who", features=["x"], **options)


def test_rows_that_ran_out_of_time_are_kept_as_what_they_are() -> None:
    choices = choices_of(deadline=1.5)
    late = choices.omitted
    assert late is not None and choices.n_choices == 4 and choices.n_omitted == 1
    assert late.choice.tolist() == [0] and late.rt.tolist() == [1.5]
    assert late.labelers[late.labeler].tolist() == ["a"] and late.features.tolist() == [[2.0]]
    assert choices.dropped == {"no choice": 1, "no choice, by labelers who made none": 1}
    assert choices.notes == () and not choices.truncated
    assert "1 omission after 1.5 s" in str(choices)


def test_a_column_of_deadlines_is_in_the_unit_of_response_times() -> None:
    frame = ROWS.assign(rt=1000 * ROWS["rt"])
    choices = choices_of(frame, deadline="limit", rt_unit="ms")
    np.testing.assert_allclose(with_omitted(choices).deadline, [1.5, 1.5, 1.5, 1.5, 1.6])


def test_anonymous_omissions_are_labelers_of_their_own() -> None:
    choices = Choices.from_frame(ROWS, deadline=1.5)
    assert choices.n_omitted == 2 and choices.dropped == {"no choice": 1}
    grouped = choices.grouped()
    assert grouped.omitted is not None and grouped.omitted.count.tolist() == [2]
    assert grouped.expanded().n_omitted == 2


def test_a_time_at_the_deadline_without_a_choice_is_an_omission() -> None:
    frame = ROWS.assign(rt=ROWS["rt"].fillna(1.5))
    assert choices_of(frame, deadline=1.5).n_omitted == 1


def test_absent_trials_leave_the_choices_and_the_deadline() -> None:
    choices = choices_of(deadline=1.5, omissions="absent")
    assert choices.truncated and choices.omitted is None and choices.deadline is not None
    assert choices.dropped == {"no choice": 3}
    assert "trials beyond 1.5 s are absent" in str(choices)


def test_a_table_says_the_same_when_written_and_read_again() -> None:
    choices = choices_of(deadline=1.5)
    again = Choices.from_frame(
        choices.to_frame(), labeler="labeler", features=["x"], deadline="deadline"
    )
    pd.testing.assert_frame_equal(again.to_frame(), choices.to_frame())


def test_formulas_code_omissions_with_the_choices() -> None:
    choices = with_drift(choices_of(deadline=1.5, covariates=["limit"]), "0 + x + np.exp(x)")
    assert choices.omitted is not None
    np.testing.assert_allclose(choices.omitted.features, [[2.0, np.exp(2.0)]])
    assert choices.omitted.feature_names == choices.feature_names == ("x", "np.exp(x)")


def test_parts_keep_the_omissions_of_their_labelers() -> None:
    part, _ = choices_of(deadline=1.5)._part(np.array([1, 2]))
    assert part.n_labelers == 1 and part.n_omitted == 0
    part, _ = choices_of(deadline=1.5)._part(np.array([0, 3]))
    assert part.omitted is not None and part.omitted.labeler.tolist() == [0]


def test_dropped_rows_are_pointed_out_where_no_deadline_is_given() -> None:
    (note,) = choices_of().notes
    assert (
        note.startswith("2 rows have neither a choice nor a response time") and "--deadline" in note
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"deadline": 1.2},
            r"is 1.4 s, after the deadline of 1.2 s, in row 2 .*\(1 such row\)",
        ),
        ({"deadline": 0}, "must be a positive number of seconds, or a column"),
        ({"deadline": "limt"}, "did you mean 'limit'"),
        ({"deadline": 1.5, "max_rt": 1.2}, r"max_rt \(--max-rt\) is 1.2 s, below the deadline"),
        ({"deadline": 1.5, "omissions": "none"}, "omissions must be 'rows' or 'absent'"),
        ({"omissions": "absent"}, "give deadline="),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        choices_of(**options)


def test_a_deadline_needs_rows_without_a_choice() -> None:
    with pytest.raises(InputError, match="no row without a choice: say omissions='absent'"):
        choices_of(ROWS.dropna(), deadline=1.5)


@pytest.mark.parametrize(
    ("row", "limit", "words"),
    [(3, np.nan, "has no deadline in"), (1, np.nan, "has no deadline in"), (3, -1, "but is -1 in")],
)
def test_a_deadline_in_a_column_must_be_there(row: int, limit: float, words: str) -> None:
    frame = ROWS.assign(limit=np.where(np.arange(7) == row, limit, 2))
    with pytest.raises(InputError, match=f"{words} row {row}"):
        choices_of(frame, deadline="limit")
