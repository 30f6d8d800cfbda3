"""Exports of jsPsych and PsychoPy: every format of one experiment gives the same choices."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from tests.support.tables import refusal

DATA = Path(__file__).parents[1] / "support" / "exports"
JSPSYCH, PSYCHOPY, JATOS = DATA / "jspsych", DATA / "psychopy", DATA / "jatos" / "results.txt"
FEATURES = {"features": ["later_amount-now_amount", "delay"]}
JS = {"where": {"task": "choice"}, "labeler": "participant", "positive": "j", **FEATURES}
PP = {"loop": "trials", "positive": "right", **FEATURES}


@pytest.fixture(scope="module")
def expected():
    """The experiment read by hand, from the CSV files of jsPsych."""
    frame = pd.concat([pd.read_csv(p, dtype=str) for p in sorted(JSPSYCH.glob("*.csv"))])
    frame = frame[(frame["task"] == "choice") & frame["rt"].notna()]
    return pd.DataFrame(
        {
            "choice": np.where(frame["response"] == "j", 1, -1).astype(np.int8),
            "rt": frame["rt"].astype(float).to_numpy() / 1000,
            "labeler": frame["participant"].to_numpy(object),
            "later_amount-now_amount": (
                frame["later_amount"].astype(float) - frame["now_amount"].astype(float)
            ).to_numpy(),
            "delay": frame["delay"].astype(float).to_numpy(),
        }
    )


@pytest.mark.parametrize(
    "read",
    [
        lambda: bd.read_jspsych(JSPSYCH, **JS),
        lambda: bd.read_jspsych(str(JSPSYCH / "*.csv"), **JS),
        lambda: bd.read_jspsych(sorted(JSPSYCH.iterdir()), **JS),
        lambda: bd.read_jspsych(JATOS, **JS),
        lambda: bd.read_psychopy(PSYCHOPY, **PP),
    ],
    ids=["folder", "pattern", "list", "jatos", "psychopy"],
)
def test_every_export_of_one_experiment_gives_the_same_choices(read, expected):
    choices = read()
    pd.testing.assert_frame_equal(choices.to_frame(), expected, check_dtype=False)
    assert choices.dropped == {"no choice": 2}
    (note,) = choices.notes
    assert note.startswith("2 rows have neither") and "deadline= keeps such rows" in note
    assert choices.labelers.tolist() == ["007", "012"]  # leading zeros stay


@pytest.mark.parametrize(
    "read",
    [
        lambda: bd.read_jspsych(JSPSYCH, **JS, deadline=10),
        lambda: bd.read_psychopy(PSYCHOPY, **PP, deadline=10),
    ],
    ids=["jspsych", "psychopy"],
)
def test_trials_without_a_response_may_have_run_out_of_time(read):
    choices = read()
    assert choices.n_omitted == 2 and not choices.dropped and not choices.notes


def test_json_files_in_their_shapes(tmp_path, expected):
    runs = [json.loads(line) for line in JATOS.read_text().splitlines()]
    shapes = {
        "one.json": runs[0] + runs[1],
        "runs.json": runs,
        "collection.json": {"trials": runs[0] + runs[1]},
    }
    for name, content in shapes.items():
        (tmp_path / name).write_text(json.dumps(content, indent=1))
        choices = bd.read_jspsych(tmp_path / name, **JS)
        pd.testing.assert_frame_equal(choices.to_frame(), expected, check_dtype=False)


def test_a_recording_can_be_the_labeler(expected):
    by_array = bd.read_jspsych(JATOS, **JS | {"labeler": "recording"})
    assert by_array.labelers.tolist() == ["results:1", "results:2"]
    by_file = bd.read_jspsych(JSPSYCH, **JS | {"labeler": "recording"})
    assert by_file.labelers.tolist() == ["participant-007", "participant-012"]
    np.testing.assert_array_equal(by_file.labeler, by_array.labeler)
    _, note = bd.read_jspsych(JSPSYCH, **JS | {"labeler": None}).notes
    assert "labeler='recording' if each is a person's" in note


def test_practice_and_questionnaires_are_left_out_only_when_asked():
    # without a loop, every row in which the keyboard was waited for: practice too
    assert bd.read_psychopy(PSYCHOPY, positive="right").n_choices == 48
    assert bd.read_psychopy(PSYCHOPY, positive="right", loop="practice").n_choices == 2
    where = {"trials.thisN": range(5)}
    assert bd.read_psychopy(PSYCHOPY, positive="right", where=where).n_choices == 10
    message = refusal(bd.read_jspsych, JSPSYCH)
    assert "3 distinct choices" in message and "participant-007.csv" in message
    assert "where={'trial_type': 'html-keyboard-response'}" in message


def test_buttons_booleans_and_numbers(tmp_path):
    rows = [
        {"trial_type": "html-button-response", "rt": 812.4, "response": 1, "main": True, "b": 1},
        {"trial_type": "html-button-response", "rt": 933.1, "response": 0, "main": True, "b": 2},
        {"trial_type": "html-button-response", "rt": None, "response": None, "main": True, "b": 2},
        {"trial_type": "html-button-response", "rt": 555.0, "response": 1, "main": False, "b": 3},
    ]
    (tmp_path / "t.json").write_text(json.dumps(rows))
    text = "rt,response,main,b\n812.4,1,true,1\n933.1,0,true,2\nnull,null,true,2\n555,1,false,3\n"
    (tmp_path / "t.csv").write_text(text)
    for name in ("t.json", "t.csv"):
        main = bd.read_jspsych(tmp_path / name, where={"main": True})
        assert main.choice.tolist() == [1, -1] and main.rt.tolist() == [0.8124, 0.9331]
        assert main.dropped == {"no choice": 1}
        assert bd.read_jspsych(tmp_path / name, where={"b": [1, 3]}).n_choices == 2
        # with nothing asked, rows with a response and a time
        assert bd.read_jspsych(tmp_path / name).n_choices == 3
        assert bd.read_jspsych(tmp_path / name, where={"main": "true", "b": "2"}).n_choices == 1


def test_psychopy_lists_separators_and_other_components(tmp_path):
    header = ["trials.thisN", "answer.keys", "answer.rt", "participant"]
    rows = [
        ["0", "['left', 'right']", "[0.61, 0.9]", "1"],
        ["1", "right", "0.7", "1"],
        ["2", "", "", "1"],  # as Pavlovia leaves no response
        ["", "", "", "1"],
        ["3", "['right']", "[0.8]", "2"],
    ]
    for separator, name in ((";", "s.csv"), ("\t", "t.tsv")):
        lines = [separator.join(row) for row in [header, *rows]]
        (tmp_path / name).write_text("\n".join(lines) + "\n")
        choices = bd.read_psychopy(
            tmp_path / name, loop="trials", choice="answer.keys", positive="right"
        )
        assert choices.choice.tolist() == [-1, 1, 1] and choices.rt.tolist() == [0.61, 0.7, 0.8]
        assert choices.dropped == {"no choice": 1} and choices.labelers.tolist() == [1, 2]
        assert "1 trials hold several keys" in choices.notes[-1]


def test_a_participant_who_left_early_is_noted(tmp_path):
    for file in PSYCHOPY.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "013.csv").write_text("welcome.started,participant,\n0.02,013,\n")
    choices = bd.read_psychopy(tmp_path, **PP)
    assert choices.n_choices == 46
    assert choices.notes[1:] == ("1 recordings have no such trial: 013.csv.",)


def test_what_cannot_be_read_is_refused_with_the_mend(tmp_path):
    def jspsych(path=JSPSYCH, **options):
        return refusal(bd.read_jspsych, path, **JS | options)

    def psychopy(path=PSYCHOPY, **options):
        return refusal(bd.read_psychopy, path, **PP | options)

    types = jspsych(where={"trial_type": "image-button-response"})
    assert "there are 'html-keyboard-response', 'instructions', 'survey-text'" in types
    assert "did you mean 'task'?" in jspsych(where={"tusk": "choice"})
    assert "no row has all of" in jspsych(where={"task": "choice", "trial_type": "instructions"})
    assert "'j' and 'f'; say which is +1" in jspsych(positive=None)
    assert "no column 'particpant'" in jspsych(labeler="particpant")
    assert "looks like milliseconds" in jspsych(rt_unit=None)
    assert "unknown rt unit 'min'" in jspsych(rt_unit="min")
    assert "no file matches" in jspsych(tmp_path / "*.csv")
    assert "holds no .csv or .json or .txt file" in jspsych(tmp_path)
    assert "list of files is empty" in jspsych([])
    assert "no loop 'trial'; loops are practice, trials" in psychopy(loop="trial")
    assert "did you mean 'key_resp.keys'?" in psychopy(choice="resp.keys", loop=None)
    (tmp_path / "n.json").write_text("[1, 2]")
    assert "no list of jsPsych's trials" in jspsych(tmp_path / "n.json")
    (tmp_path / "n.json").write_text('[{"rt": 1')
    assert "cannot read" in jspsych(tmp_path / "n.json")


def test_a_bad_cell_is_named_by_its_file_and_line(tmp_path):
    for file in PSYCHOPY.iterdir():
        text = file.read_text(encoding="utf-8")
        (tmp_path / file.name).write_text(text.replace(",1.664,", ",fast,"), encoding="utf-8")
    message = refusal(bd.read_psychopy, tmp_path, **PP)
    assert message.startswith("007_later_2026-01-15_10h07.csv: column 'key_resp.rt' has text")
    assert "'fast' in line 4" in message
    rows = [{"rt": 500, "response": 1}, {"rt": -1, "response": 0}]
    (tmp_path / "r.json").write_text(f"{json.dumps(rows[:1])}\n{json.dumps(rows)}")
    message = refusal(bd.read_jspsych, tmp_path / "r.json")
    assert message.startswith("r.json: ") and "is -1 in row 2 (counting from 0)" in message
