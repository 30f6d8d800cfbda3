"""Fixtures that every test file may use, and the mark of tests that sample."""

import inspect
import os
from functools import cache
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


def pytest_collection_modifyitems(items):
    """Mark tests that reach a fit through what they, their fixtures or their helpers name."""
    for item in items:
        if isinstance(item, pytest.Function):
            fixtures = [f for known in item._fixtureinfo.name2fixturedefs.values() for f in known]
            if any(map(_samples, [item.function, *(fixture.func for fixture in fixtures)])):
                item.add_marker(pytest.mark.samples)


@cache
def _samples(function):
    """Whether a function, or one of its module that it calls, names a fit."""
    function = inspect.unwrap(function)
    names = _names(function.__code__)
    helpers = [inspect.unwrap(function.__globals__.get(name)) for name in names]
    return bool(names & _fits()) or any(
        _samples(helper)
        for helper in helpers
        if inspect.isfunction(helper)
        and helper is not function
        and helper.__module__ == function.__module__
    )


@cache
def _fits():
    # imported where tests are collected: the process that hands them out to workers needs no PyMC
    from tests.support import fits, study

    made = {name for module in (fits, study) for name in vars(module) if name.endswith("_fit")}
    return made | {"SAMPLING"}  # options of a command that samples


def _names(code):
    inner = (_names(constant) for constant in code.co_consts if inspect.iscode(constant))
    return set(code.co_names).union(*inner)
