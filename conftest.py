"""What holds for tests and for the examples in docstrings, which run as tests."""

import gc
import os
from collections import Counter

import pytest

# what an example that samples says: mostly, that it wants no progress bar in its output
SAMPLES = ("progress=False", "calibrate(", "recover(")


def pytest_configure(config):
    """Where tests that sample are left out, one that samples unmarked fails."""
    if "not samples" not in config.option.markexpr:
        return
    if config.getoption("numprocesses", None) and "PYTEST_XDIST_WORKER" not in os.environ:
        return  # it hands tests out, and loads no PyMC
    import nutpie
    import pymc

    def refuse(*args, **kwargs):
        pytest.fail("it samples: mark it `samples`, or use a fit of tests.support.fits")

    pymc.sample = nutpie.sample = refuse


def pytest_collection_modifyitems(items):
    """Mark examples that sample; put files that sample first."""
    for item in items:
        if isinstance(item, pytest.DoctestItem):
            # random draws run as Python on purpose
            item.add_marker(pytest.mark.filterwarnings("ignore:Numba will use object mode"))
            source = "".join(example.source for example in item.dtest.examples)
            if any(word in source for word in SAMPLES):
                item.add_marker(pytest.mark.samples)
    # workers take files in this order: what takes long must not come last
    long = Counter(item.path for item in items for _ in item.iter_markers("samples"))
    long += Counter(item.path for item in items for _ in item.iter_markers("slow"))
    items.sort(key=lambda item: -long[item.path])


def pytest_collection_finish():
    """Spare what is loaded by now from being searched for garbage, again and again."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def how_graphs_compile():
    """Leave out traces of where variables were made, an eighth of compiling; log no failure."""
    import pytensor

    with pytensor.config.change_flags(traceback__limit=0, on_opt_error="raise"):
        yield


@pytest.fixture(scope="session", autouse=True)
def store_of_fits(tmp_path_factory):
    """Open the folder of fits that the session's workers share."""
    from tests.support.store import open_store

    base = tmp_path_factory.getbasetemp()
    open_store((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "fits")


@pytest.fixture(autouse=True)
def one_fit_for_many_examples(request, monkeypatch):
    """Let examples that fit the same model to the same choices share the fit."""
    if isinstance(request.node, pytest.DoctestItem):
        from tests.support.store import shared_fit

        monkeypatch.setattr("bayes_ddm.fit", shared_fit)
