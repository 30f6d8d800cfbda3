"""A few seconds of the long runs of `python -m tests.fuzz`."""

import pytest

from tests.fuzz import faults
from tests.fuzz.run import FAMILIES, attack


@pytest.mark.parametrize("name", FAMILIES)
def test_damaged_files_are_read_or_refused_in_a_line(name, tmp_path):
    found = attack(name, tmp_path, seed=2, numbers=range(15))
    assert not found.escapes
    assert found.counts.total() == 15


@pytest.mark.slow
@pytest.mark.parametrize("name", ["scheme", "fit"])
def test_calls_that_fail_are_told_in_a_line(name):
    number, wrong = faults.faults(name)
    assert number > 10 and not wrong
