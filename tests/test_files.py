"""Files are written whole or not at all, and never over what they were made from."""

import os
import stat
import subprocess
import sys

import pytest

from bayes_ddm.errors import InputError
from bayes_ddm.files import same_file, writing
from tests.support.commands import bayes_ddm


def write(path, text="new", **options):
    with writing(path, **options) as temporary:
        temporary.write_text(text)


def test_a_path_is_not_its_spelling(tmp_path):
    (tmp_path / "d").mkdir()
    table = tmp_path / "t.csv"
    table.write_text("x")
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "hard.csv").hardlink_to(table)
    for other in ("d/../t.csv", "link/t.csv", "hard.csv"):
        assert same_file(table, tmp_path / other)
    assert same_file(tmp_path / "new", tmp_path / "link" / "new")
    assert not same_file(table, tmp_path / "other.csv")


@pytest.mark.parametrize("alias", ["d/../t.csv", "link/t.csv", "soft.csv", "hard.csv"])
def test_no_command_replaces_its_input(tmp_path, alias):
    (tmp_path / "d").mkdir()
    table = tmp_path / "t.csv"
    text = "choice,rt\n" + "1,0.5\n-1,0.9\n" * 20
    table.write_text(text)
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "soft.csv").symlink_to(table)
    (tmp_path / "hard.csv").hardlink_to(table)
    out = tmp_path / alias
    options = ("--boundary", 1, "--ndt", 0, "-o", out, "--overwrite")
    assert "is the input" in bayes_ddm("label", table, *options).refusal()
    assert table.read_text() == text


def test_pipes_and_devices_are_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="a device or a pipe"):
        write(pipe, overwrite=True)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_replaced_file_hands_its_permissions_on(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o640)
    write(path, overwrite=True)
    assert path.read_text() == "new" and stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_file_that_appears_meanwhile_is_kept(tmp_path):
    path = tmp_path / "a.txt"
    with pytest.raises(InputError, match="exists; choose another name"), writing(path) as temporary:
        temporary.write_text("ours")
        path.write_text("theirs")
    assert path.read_text() == "theirs"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_what_fails_leaves_nothing(tmp_path):
    path = tmp_path / "a.txt"
    with pytest.raises(RuntimeError), writing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert not list(tmp_path.iterdir())


KILLED = """
import os, signal
from bayes_ddm.files import writing
with writing("a.txt") as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be held there")
def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path):
    for _ in range(2):
        subprocess.run([sys.executable, "-c", KILLED], cwd=tmp_path)
        assert len([*tmp_path.iterdir()]) == 1
    path = tmp_path / "a.txt"
    with writing(path) as temporary:
        # not the folder of a process that lives
        write(tmp_path / "b.txt")
        temporary.write_text("new")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "b.txt"]
