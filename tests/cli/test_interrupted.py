"""Fits that are interrupted, bugs of our own, and what is said around a fit."""

import os
import re
import select
import signal
import subprocess
import sys
import time
import warnings

import pytest

import bayes_ddm as bd
from tests.support import fits
from tests.support.commands import SAMPLING, bayes_ddm
from tests.support.tables import table

ID = ["--labeler", "id"]


@pytest.fixture
def nothing_written(tmp_path, good):
    """Whatever was interrupted leaves the folder as it was, temporary files included."""
    yield
    assert [p.name for p in tmp_path.rglob("*")] == ["good.csv"]


@pytest.mark.usefixtures("nothing_written")
def test_an_interrupted_fit_writes_nothing(tmp_path, good, monkeypatch):
    from bayes_ddm.fitting import run

    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    def interrupt_while_tuning(*args, **kwargs):
        raise ValueError("Not enough samples to build a trace.")

    for sample in (interrupt, interrupt_while_tuning):
        monkeypatch.setattr(run, "sample", sample)
        for command in (["fit", "-o", "x.nc"], ["compare", "--json", "x.json", "-o", "x.nc"]):
            monkeypatch.chdir(tmp_path)
            result = bayes_ddm(command[0], good, *ID, *command[1:])
            assert result.status == 2
            assert result.err.splitlines()[1:] == [
                "bayes-ddm: interrupted; nothing unfinished was written."
            ]


@pytest.fixture(scope="module")
def small_fit():
    return fits.scalar_fit().copy()


@pytest.mark.usefixtures("nothing_written")
def test_a_partial_posterior_is_an_interruption(tmp_path, good, monkeypatch, small_fit):
    from bayes_ddm.fitting import run

    for partial in (
        small_fit.isel(draw=slice(0, 300), missing_dims="ignore"),
        small_fit.isel(chain=slice(0, 1), missing_dims="ignore"),
    ):
        monkeypatch.setattr(run, "sample", lambda *args, partial=partial, **kwargs: partial)
        result = bayes_ddm("fit", good, *ID, *SAMPLING, "-o", tmp_path / "x.nc")
        assert result.status == 2 and "interrupted" in result.err


@pytest.mark.usefixtures("nothing_written")
def test_an_interruption_while_writing_leaves_no_half_file(tmp_path, good, monkeypatch, small_fit):
    import xarray as xr

    def interrupt(self, path, **kwargs):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr("bayes_ddm.fitting.run.fit", lambda *args, **kwargs: small_fit)
    monkeypatch.setattr(xr.DataTree, "to_netcdf", interrupt)
    result = bayes_ddm("fit", good, *ID, "-o", tmp_path / "x.nc")
    assert result.status == 2 and "interrupted" in result.err


def _read_until(screen, pattern, deadline):
    """What a pseudo-terminal shows until the pattern does; all of it if the pattern is None."""
    output = b""
    while time.monotonic() < deadline:
        if select.select([screen], [], [], 1)[0]:
            try:
                new = os.read(screen, 65536)
            except OSError:  # what Linux makes of a terminal that was closed
                return output
            output += new
            if not new or (pattern and re.search(pattern, output)):
                return output
    raise AssertionError(f"waited too long; the screen shows {output[-500:]!r}")


@pytest.mark.samples
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_ctrl_c_stops_sampling_at_once(tmp_path):
    import pty

    bayes_ddm("simulate", tmp_path / "s.csv", "--labelers", 200, "--seed", 1).done()
    program = [sys.executable, "-m", "bayes_ddm", "fit", tmp_path / "s.csv"]
    # hours of sampling
    options = ["--labeler", "labeler", "--draws", "10000000", "--chains", "2", "--tune", "10"]
    screen, terminal = pty.openpty()
    process = subprocess.Popen(
        [*program, *options, "-o", tmp_path / "x.nc"],
        stdout=terminal,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "160"},  # room for every column of the progress bar
        # tests that run in the background inherit that Ctrl-C is ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(terminal)
    try:
        # draws are being made; from cold, compilation comes first
        _read_until(screen, rb"[1-9]\d*\.\d+ draws/s", time.monotonic() + 300)
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        _read_until(screen, None, started + 60)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
        os.close(screen)
    assert process.returncode == 2
    assert time.monotonic() - started < 20
    lines = [line for line in err.splitlines() if line.startswith("bayes-ddm: ")]
    assert len(lines) == 1 and re.search(
        r"kept in '.*x\.nc\.checkpoint': .* --draws \d+\.$", lines[0]
    )
    assert "Traceback" not in err
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["s.csv", "x.nc.checkpoint"]
    # what is there is a fit, without sampling anything more
    few = [*options, "--draws", "1", "--resume", "-o", tmp_path / "x.nc"]
    assert bayes_ddm("fit", tmp_path / "s.csv", *few).status == 0
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["s.csv", "x.nc"]


def test_our_own_bugs_say_so(good, monkeypatch):
    def broken(*args, **kwargs):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("bayes_ddm.estimators.estimate", broken)
    result = bayes_ddm("estimate", good, *ID)
    assert result.status == 1
    assert "Traceback" in result.err
    assert result.err.splitlines()[-1] == (
        "bayes-ddm: this is a bug in bayes-ddm, not in your input."
    )


def test_what_was_dropped_is_said_before_a_long_fit_and_kept_in_it(
    tmp_path, monkeypatch, small_fit
):
    bad = tmp_path / "bad.csv"
    table(rt=[0.9, None, 0.7, 1.1, None, 0.8], choice=[1] * 6).to_csv(bad, index=False)
    arguments = {}

    def fit(choices, *args, **kwargs):
        arguments["dropped"] = dict(choices.dropped)
        return small_fit

    monkeypatch.setattr("bayes_ddm.fitting.run.fit", fit)
    result = bayes_ddm("fit", bad, *ID, "-o", tmp_path / "fit.nc").done()
    lines = result.err.splitlines()
    assert lines[0] == "dropped 2 choices: no response time"
    assert lines[1].startswith("note: all choices are +1")
    assert arguments["dropped"] == {"no response time": 2}


def test_chains_that_disagree_are_reported_loudly(tmp_path, good, monkeypatch, small_fit):
    def fit(*args, **kwargs):
        warnings.warn("R-hat of mu is 1.2", bd.ConvergenceWarning, stacklevel=2)
        return small_fit

    monkeypatch.setattr("bayes_ddm.fitting.run.fit", fit)
    result = bayes_ddm("fit", good, *ID, "-o", tmp_path / "fit.nc").done()
    assert "WARNING: R-hat of mu is 1.2" in result.err


def _last_line(result):
    assert result.status == 2 and "Traceback" not in result.err
    return result.err.splitlines()[-1]


def test_draws_that_find_their_place_taken_are_rescued(tmp_path, good, monkeypatch, small_fit):
    out = tmp_path / "x.nc"

    def fit(*args, **kwargs):
        out.write_text("precious")
        return small_fit

    monkeypatch.setattr("bayes_ddm.fitting.run.fit", fit)
    message = _last_line(bayes_ddm("fit", good, *ID, "-o", out))
    assert "exists" in message and out.read_text() == "precious"
    rescued = re.search(r"The draws are saved as '(.*)'\.$", message)[1]
    assert (bd.load(rescued)["posterior"]["mu"] == small_fit["posterior"]["mu"]).all()


def test_draws_whose_folder_is_gone_are_rescued(tmp_path, good, monkeypatch, small_fit):
    (tmp_path / "d").mkdir()
    monkeypatch.chdir(tmp_path)

    def fit(*args, **kwargs):
        (tmp_path / "d").rmdir()
        return small_fit

    monkeypatch.setattr("bayes_ddm.fitting.run.fit", fit)
    message = _last_line(bayes_ddm("fit", good, *ID, "-o", tmp_path / "d" / "x.nc"))
    assert "there is no folder" in message
    assert bd.load(re.search(r"saved as '(.*)'\.$", message)[1])["posterior"].sizes["chain"] == 2


def test_draws_of_a_stopped_fit_are_not_overwritten_unasked(tmp_path, good, monkeypatch, small_fit):
    from bayes_ddm.fitting import checkpoint

    out, draws = tmp_path / "x.nc", tmp_path / "x.nc.checkpoint"
    checkpoint.write(checkpoint.of_fit(small_fit), draws)
    message = bayes_ddm("fit", good, *ID, "-o", out).refusal()
    assert "--resume" in message and draws.exists()
    monkeypatch.setattr("bayes_ddm.fitting.run.fit", lambda *args, **options: small_fit)
    bayes_ddm("fit", good, *ID, "-o", out, "--overwrite").done()
    assert not draws.exists()


def test_draws_of_a_fit_of_other_choices_are_not_gone_on_with(tmp_path, good, small_fit):
    from bayes_ddm.fitting import checkpoint

    out, draws = tmp_path / "x.nc", tmp_path / "x.nc.checkpoint"
    checkpoint.write(checkpoint.of_fit(small_fit), draws)
    again = bayes_ddm("fit", good, *ID, "--chains", 2, "-o", out, "--resume")
    assert "fitted with other choices" in _last_line(again) and draws.exists()


def test_another_file_in_a_checkpoints_place_is_kept(tmp_path, good, monkeypatch, small_fit):
    monkeypatch.setattr("bayes_ddm.fitting.run.fit", lambda *args, **options: small_fit)
    out, file = tmp_path / "x.nc", tmp_path / "x.nc.checkpoint"
    file.write_text("precious")
    for options in ((), ("--overwrite",)):
        message = bayes_ddm("fit", good, *ID, "-o", out, *options).refusal()
        assert "is no checkpoint" in message and file.read_text() == "precious" and not out.exists()


def test_a_fit_is_not_cut_short_by_resuming(tmp_path, good, small_fit):
    out = bd.save(small_fit, tmp_path / "x.nc")
    options = (*ID, "--chains", 2, "--draws", 1000, "-o", out, "--resume")
    assert "has 1,000 draws of each chain" in bayes_ddm("fit", good, *options).refusal()
