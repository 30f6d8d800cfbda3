"""Progress: on a terminal, on standard error; in a notebook, a line; and nowhere else."""

import inspect
import io
import sys
import threading
import time
from types import SimpleNamespace

import pytest

import bayes_ddm as bd
from bayes_ddm.fitting.chains import _Shown
from bayes_ddm.fitting.sampling_bar import nutpie_bar, pymc_bar
from bayes_ddm.progress import METADATA, bar, in_terminal_or_notebook, telling, track

SLOW = {
    *("calibrate", "compare", "diagnose", "estimate", "explain", "explore", "fit", "label_file"),
    *("log_likelihood", "loo", "plan", "predict", "predictive_checks", "prior_checks", "rank"),
    *("recover", "report", "sensitivity"),
}


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def watch(monkeypatch):
    """Make standard error a terminal, from inside a test; return what it is shown."""

    def begin():
        for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm")
        screen = Terminal()
        monkeypatch.setattr("sys.stderr", screen)
        return screen

    return begin


def everything(**options):
    """Show progress in each way there is, one inside another."""
    with telling(**options) as tell:
        tell("outermost")
        assert list(track(range(3), "within", **options)) == [0, 1, 2]
    for step in track(iter("abc"), "tracked", total=3, **options):
        print(f"result {step}")
    with bar("measured", 10.0, **options) as done:
        done(5.0)


def test_a_terminal_shows_it_and_results_stay_apart(watch, capsys):
    terminal = watch()
    everything()
    shown = terminal.getvalue()
    assert "outermost" in shown and "tracked" in shown and "measured" in shown
    assert "within" not in shown  # the outer one is shown already
    assert capsys.readouterr().out == "result a\nresult b\nresult c\n"
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h")  # the cursor is back


def test_nothing_is_shown_on_request_or_without_a_terminal(watch, monkeypatch, capsys):
    terminal = watch()
    everything(progress=False)
    assert terminal.getvalue() == ""
    monkeypatch.setattr("sys.stderr", io.StringIO())
    everything()
    assert capsys.readouterr().out.count("\n") == 6
    assert not in_terminal_or_notebook()


def test_an_interrupted_bar_is_taken_away(watch):
    terminal = watch()
    with pytest.raises(KeyboardInterrupt):
        for _ in track(range(3), "tracked"):
            raise KeyboardInterrupt
    assert terminal.getvalue().endswith("\x1b[2K")
    # and the next one is shown again
    list(track(range(1), "another"))
    assert "another" in terminal.getvalue()


def test_words_go_to_a_function_that_is_given(watch):
    terminal = watch()
    told = []
    with telling(told.append) as tell:
        tell("a step")
    assert told == ["a step"] and terminal.getvalue() == ""


@pytest.fixture
def notebook(monkeypatch):
    """Run in what looks like a notebook's kernel; the lines under the cell, by output."""
    lines = []

    def display(data, **options):
        assert options == {"raw": True, "metadata": METADATA, "display_id": True}
        own = [data["text/plain"]]
        lines.append(own)
        return SimpleNamespace(update=lambda data, **_: own.append(data["text/plain"]))

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: SimpleNamespace(kernel=1))
    monkeypatch.setattr("bayes_ddm.progress.EVERY", 0.01)
    return lines


def test_a_notebook_gets_one_line_that_stays_and_needs_no_widgets(notebook, capsys):
    with telling() as tell:
        tell("outermost")
        assert list(track(range(3), "within")) == [0, 1, 2]
        while not notebook:
            time.sleep(0.001)
    (line,) = notebook
    assert all(text.startswith("outermost  0:0") for text in line)
    with nutpie_bar(chains=2, draws=30, tune=20, progress=True) as seen:
        seen([SimpleNamespace(finished_draws=n, total_draws=50) for n in (50, 25)])
        while len(notebook) < 2:
            time.sleep(0.001)
    with pymc_bar(chains=1, draws=3, tune=1, progress=True) as options:
        for _ in range(4):
            options["callback"](None, None)
        assert options["quiet"]
        while len(notebook) < 3:
            time.sleep(0.001)
    assert "75%" in notebook[1][-1] and "100%" in notebook[2][-1]
    assert capsys.readouterr() == ("", "")


def test_a_fit_that_goes_on_ends_at_all_of_what_was_missing(notebook):
    with nutpie_bar(chains=4, draws=30, tune=20, progress=True) as seen:
        shown = _Shown(seen, {1: 25, 3: 50})  # two of four chains, and one of them has draws
        shown.part(1)([SimpleNamespace(finished_draws=25, total_draws=25)])
        while not notebook or "33%" not in notebook[0][-1]:
            time.sleep(0.001)
        shown.part(3)([SimpleNamespace(finished_draws=50, total_draws=50)])
    assert "100%" in notebook[0][-1]


def test_what_is_quick_leaves_no_line_in_a_notebook(notebook, monkeypatch):
    monkeypatch.setattr("bayes_ddm.progress.EVERY", 60.0)
    everything()
    assert notebook == []


@pytest.mark.parametrize("name", sorted(SLOW))
def test_everything_slow_can_show_its_progress_or_not(name):
    function = getattr(bd, name)
    assert inspect.signature(function).parameters["progress"].default is True
    assert "\nprogress : bool" in inspect.getdoc(function)


@pytest.mark.samples
def test_a_pipe_gets_no_bar(capfd):
    choices = bd.simulate.experiment(
        "normal", labelers=30, choices=4, boundary=1.25, ndt=0.3, seed=1
    )
    with pytest.warns(bd.ConvergenceWarning):
        fit = bd.fit(choices, draws=40, tune=100, chains=2, seed=1)
    bd.compare(fit)
    bd.predict(fit, choices, draws=20)
    bd.predictive_checks(fit, draws=20)
    bd.loo(fit, draws=40)
    bd.estimate(choices, boundary=1.25, ndt=0.3, bootstrap=3, seed=1)
    assert capfd.readouterr() == ("", "")


def test_progress_that_nobody_sees_starts_no_thread(monkeypatch):
    def start(_):
        raise AssertionError("a thread that has no memory is waited for without end")

    monkeypatch.setattr(threading.Thread, "start", start)
    assert list(track(range(3), "counting")) == [0, 1, 2]
