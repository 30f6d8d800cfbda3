"""Tables that every command takes."""

import pytest

from tests.support import tables
from tests.support.commands import bayes_ddm

EXAMPLE = (
    "--population normal --mean 0.5 --sd 1 --labelers 1000 --choices 10 --boundary 1.25 --ndt 0.3"
    " --seed 1"
)


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.csv"
    tables.table().to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="session")
def table(folder):
    """DESIGN's own example."""
    path = folder / "sim.csv"
    bayes_ddm("simulate", path, *EXAMPLE.split()).done()
    return path


@pytest.fixture(scope="session")
def twin(folder):
    path = folder / "twin.csv"
    return path, bayes_ddm("dataset", "amasino2019_twin", "-o", path).done()
