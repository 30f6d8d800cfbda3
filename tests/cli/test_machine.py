"""What the machine refuses is told in a line, and what is closed leads nowhere."""

import errno
import os
import subprocess
import sys

import pytest

from bayes_ddm.cli import machine
from bayes_ddm.errors import InputError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits of processes are POSIX's")


def shell(command, **options):
    """Run a command line in which $BD is ours; return its status and standard error."""
    environment = os.environ | {"BD": f"{sys.executable} -m bayes_ddm"}
    settings = {"env": environment, "capture_output": True, "text": True} | options
    result = subprocess.run(["/bin/sh", "-c", command], **settings)
    return result.returncode, result.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that is full is Linux's")
def test_a_full_standard_output_is_told():
    status, message = shell("$BD models > /dev/full")
    assert status == 2
    assert message == "bayes-ddm: the system refused: No space left on device.\n"


def test_a_closed_standard_output_is_nobody_elses():
    assert shell("$BD models >&-") == (0, "")


def test_little_memory_is_told():
    status, message = shell("ulimit -v 700000; $BD models")
    assert status == 2
    assert "needs 0.9 GiB of address space, of which 0.67 are allowed" in message
    machine.expect_memory(0.001, "this")


@pytest.mark.parametrize("error", [MemoryError(), ImportError("x: cannot allocate memory")])
def test_want_of_memory_is_not_our_fault(error):
    assert "not enough memory" in machine.not_ours(error)


def test_whose_fault_it_is():
    refused = OSError(errno.EROFS, os.strerror(errno.EROFS), "out.csv")
    assert machine.not_ours(refused) == "the system refused 'out.csv': Read-only file system."
    assert machine.not_ours(ZeroDivisionError()) is None


def test_caches_go_elsewhere_where_the_home_is_read_only(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("PYTENSOR_FLAGS", "NUMBA_CACHE_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    machine.writable_caches()
    assert "PYTENSOR_FLAGS" not in os.environ
    monkeypatch.setattr("bayes_ddm.cli.machine.tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr("bayes_ddm.cli.machine.os.access", lambda *_: False)
    machine.writable_caches()
    folder = os.environ["NUMBA_CACHE_DIR"]
    assert os.environ["PYTENSOR_FLAGS"] == f"base_compiledir={folder}"
    assert os.stat(folder).st_mode & 0o077 == 0
    # not into a folder that others can write to
    monkeypatch.delenv("PYTENSOR_FLAGS")
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    os.chmod(folder, 0o777)
    machine.writable_caches()
    assert os.environ["NUMBA_CACHE_DIR"] != folder


def test_limits_that_are_enough(monkeypatch):
    with pytest.raises(InputError, match="raise it: ulimit -v"):
        monkeypatch.setattr(machine.resource, "getrlimit", lambda _: (1 << 20, 1 << 20))
        machine.expect_memory(1, "this")
