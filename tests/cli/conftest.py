"""A table that every command takes."""

import pytest

from tests.support.tables import table


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.csv"
    table().to_csv(path, index=False)
    return path
