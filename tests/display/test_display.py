"""One description of a result, and what a terminal, a pipe, a notebook and a file make of it."""

import io
import json
import os
import re
import shutil
import sys
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from bayes_ddm.display import (
    Badge,
    Callout,
    Code,
    Heading,
    Missing,
    Preview,
    Shown,
    Stored,
    Table,
    Words,
    as_text,
    block_html,
    plain,
    show,
)
from bayes_ddm.errors import InputError

LONG = "Labelers who repeat a comparison tell the boundary whatever the population may be. " * 3
WIDE = Table(
    "What each method says",
    ("estimator", "value", "remark"),
    (
        ("consistent_conditional_boundary", "0.4286", "unreliable [1]"),
        ("bradley_terry", "-12.5", ""),
    ),
    words=frozenset({0, 2}),
    notes=("[1] " + LONG,),
)


@dataclass(frozen=True, repr=False)
class Result(Stored):
    value: float = 0.5

    def blocks(self):
        row = ("mu", f"{self.value:g}")
        return [
            Callout("Verdict", "agree", True),
            Words("A <b>."),
            Table("", ("", "value"), (row,)),
        ]

    def to_dict(self):
        return {"value": plain(self.value)}


class Terminal(io.StringIO):
    def isatty(self):
        return True


def terminal(monkeypatch, **environment):
    """Make standard output a terminal of 60 columns, with colours; return it."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(shutil, "get_terminal_size", lambda *_, **__: os.terminal_size((60, 24)))
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in ({"COLUMNS": "60", "TERM": "xterm-256color"} | environment).items():
        monkeypatch.setenv(name, value)
    return stream


def test_a_column_of_numbers_ends_together_and_one_of_words_begins_together():
    head, first, second = as_text([WIDE]).splitlines()[1:4]
    assert {line.index(x) + len(x) for line, x in ((head, "value"), (first, "0.4286"))} == {39}
    assert second.index("-12.5") + 5 == 39 and second == second.rstrip()
    assert head.index("remark") == first.index("unreliable")


def test_in_a_pipe_a_sentence_is_one_line():
    said = as_text([Words(LONG), Badge("a check", False, LONG), WIDE])
    assert said.count(LONG.strip()) == 3


@pytest.mark.parametrize("width", [50, 80, 120])
def test_text_is_wrapped_with_hanging_indents(width):
    blocks = [Words(LONG), Badge("times", False, LONG), Missing("it", LONG), WIDE]
    lines = as_text([*blocks, Callout("Verdict", LONG, False)], width).splitlines()
    assert max(map(len, lines)) <= width
    starts = {line[:9].rstrip() for line in lines if line[:1].strip()}
    assert {"Labelers", "FAILS", "missing", "[1] Label", "Verdict:"} <= starts
    after = {line[:9].rstrip(): rest for line, rest in pairwise(lines)}
    for start, indent in {"Labelers": 2, "FAILS": 9, "[1] Label": 4, "Verdict:": 2}.items():
        assert len(after[start]) - len(after[start].lstrip()) == indent
    assert " ".join(" ".join(lines).split()).count(" ".join(LONG.split())) == 5


def test_names_break_behind_an_underscore_and_numbers_nowhere():
    lines = as_text([WIDE], 40).splitlines()
    assert "conditional_" in [line.split(" ")[0] for line in lines]
    assert any("0.4286" in line for line in lines) and any("-12.5" in line for line in lines)


def test_a_table_wider_than_the_terminal_keeps_its_numbers():
    row = tuple(f"{x:.12f}" for x in np.arange(6))
    assert as_text([Table("", (), (row,))], 40) == "  ".join(row)


def test_the_verdict_comes_first_everywhere():
    result = Result()
    assert repr(result).splitlines()[0] == "Verdict: agree"
    assert repr(result) == str(result) == f"{result}"
    html = result._repr_html_()
    assert html.index("Verdict") < html.index("A &lt;b&gt;.") < html.index("<table")


def test_labels_from_the_data_do_not_command_the_terminal():
    evil = "\x1b[31mred\r\nnew\x07"
    said = as_text([Table("", ("labeler", "n"), ((evil, "1"),)), Badge(evil, None, evil)])
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", said) and len(said.splitlines()) == 4


def test_a_terminal_gets_colour_and_a_repr_none(monkeypatch):
    stream = terminal(monkeypatch)
    show(Result(), Badge("a check", False, LONG), WIDE)
    shown = stream.getvalue()
    assert "\x1b[1;32mVerdict: \x1b[0m" in shown and "\x1b[1;31mFAILS" in shown
    assert re.search(r"\x1b\[1mestimator", shown)
    bare = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert max(len(line.rstrip()) for line in bare.splitlines()) <= 60
    assert "\x1b" not in repr(Result())
    assert max(map(len, as_text([Words(LONG)]).splitlines())) <= 60


def test_no_colour_where_none_is_wanted(monkeypatch):
    stream = terminal(monkeypatch, NO_COLOR="1")
    show(Badge("sigma[amount]", True, ":smile: [bold]as it is[/bold]"))
    assert "sigma[amount]: :smile: [bold]as it is[/bold]" in stream.getvalue()
    assert "\x1b[32m" not in stream.getvalue()


def test_a_pipe_gets_plain_text(capsys):
    show(Result(), WIDE)
    assert capsys.readouterr().out == as_text([*Result().blocks(), WIDE]) + "\n"


@pytest.mark.parametrize(
    "block",
    [
        Words("<i>"),
        Heading("<i>"),
        Callout("<i>", "<i>\n<i>"),
        Badge("<i>", True, "<i>"),
        Missing("<i>", "<i>"),
        Table("<i>", ("<i>", ""), (("<i>", "<i>"),), notes=("<i>",)),
        Preview(pd.DataFrame({"<i>": ["<i>"]})),
        Code("<i>", "<i>"),
    ],
)
def test_pages_are_escaped(block):
    html = block_html(block, 4)
    assert "<i>" not in html and "&lt;i&gt;" in html


def test_a_page_says_more_than_by_colour():
    html = block_html(Badge("it", False, "why"), 4) + block_html(Badge("it", None, "why"), 4)
    assert 'class="badge bad"' in html and "fails" in html
    assert 'class="badge open"' in html and "skipped" in html


def test_a_result_is_stored_once_and_never_over_a_file_unasked(tmp_path):
    path = tmp_path / "result.json"
    assert Result(np.float64("nan")).to_json(path) == '{\n  "value": null\n}'
    with pytest.raises(InputError, match=r"result\.json' exists"):
        Result().to_json(path)
    assert json.loads(path.read_text()) == {"value": None}
    Result().to_json(path, overwrite=True)
    assert json.loads(path.read_text()) == {"value": 0.5}
    assert [p.name for p in tmp_path.iterdir()] == ["result.json"]


def test_json_values_are_plain():
    value = {1: (np.float64(0.5), np.int64(3)), "b": [np.bool_(True), float("inf")], "c": None}
    result = plain(value | {"d": pd.NA})
    assert result == {"1": [0.5, 3], "b": [True, None], "c": None, "d": "<NA>"}
    assert [type(x) for x in (*result["1"], result["b"][0])] == [float, int, bool]


def _all_shown(kind=Shown):
    return {c for each in kind.__subclasses__() for c in ({each} | _all_shown(each))}


def test_no_result_is_shown_but_by_its_blocks():
    import bayes_ddm as bd

    for name in bd.__all__:
        getattr(bd, name)
    ours = {c for c in _all_shown() if c.__module__.startswith("bayes_ddm.") and c is not Stored}
    assert {c.__name__ for c in ours} >= {"EstimateTable", "Choices", "Diagnosis", "Comparison"}
    assert all(c.__repr__ is Shown.__repr__ for c in ours)
    assert all(c._repr_html_ is Shown._repr_html_ for c in ours)
