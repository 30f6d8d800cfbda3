"""What unused columns could be said to be."""

import numpy as np
import pandas as pd

import bayes_ddm as bd
from bayes_ddm.data.unused_covariates import roles
from tests.support.commands import bayes_ddm
from tests.support.tables import refusal

N = 24
TABLE = pd.DataFrame(
    {
        "choice": np.tile([1, 0], N // 2),
        "rt": np.linspace(0.5, 2, N),
        "id": np.repeat(np.arange(4), N // 4),
        "country": np.repeat(["FR", "FR", "JP", "JP"], N // 4),
        "told": np.tile(["hurry", "care"], N // 2),
        "amount": np.arange(N) % 7,
        "coherence": np.tile([0.1, 0.2], N // 2),
        "word": [f"word {i}" for i in range(N)],
        "same": 1,
    }
)


def test_columns_are_sorted_by_where_they_vary():
    names = list(TABLE.columns[3:])
    known = bd.Choices.from_frame(TABLE, labeler="id", covariates=names)
    assert roles(known) == {
        "people": ["country"],
        "conditions": ["told"],
        "numbers": ["amount", "coherence"],
    }
    # of anonymous rows nothing says who answered twice
    assert roles(bd.Choices.from_frame(TABLE, covariates=names))["people"] == []


def test_a_column_of_lists_is_refused_in_a_line():
    frame = TABLE.assign(path=[[i] for i in range(N)])
    message = refusal(bd.Choices.from_frame, frame, covariates=["path"])
    assert "'path' holds lists" in message


def test_check_says_how_a_formula_would_name_them(tmp_path):
    TABLE.to_csv(tmp_path / "table.csv", index=False)
    out = bayes_ddm("check", tmp_path / "table.csv", "--labeler", "id").done().out
    people = next(line for line in out.splitlines() if line.startswith("  people"))
    assert "country" in people and "--between" in people


def test_two_columns_of_one_name_are_no_reason_to_fail(tmp_path):
    text = "choice,rt,x,x\n1,0.5,1,2\n0,0.9,2,3\n1,0.7,3,4\n"
    (tmp_path / "table.csv").write_text(text)
    assert "not used" in bayes_ddm("check", tmp_path / "table.csv").done().out
