"""Fixtures that every test file may use."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _real_data(name: str) -> Path:
    # the rows carry no licence: they are found beside the repository, never inside it
    folder = Path(os.environ.get("BAYES_DDM_DATA", ROOT.parent / "shared" / "data"))
    path = folder / name
    if not path.is_file():
        pytest.skip(f"needs the real data: {name} is not in BAYES_DDM_DATA or ../shared/data")
    return path


@pytest.fixture(scope="session")
def amasino_path() -> Path:
    """The raw file of Amasino et al. (2019), replication sample."""
    return _real_data("amasino2019_replication.csv")


@pytest.fixture(scope="session")
def krajbich_path() -> Path:
    """The raw file of Krajbich et al. (2010)."""
    return _real_data("krajbich2010_food.csv")
