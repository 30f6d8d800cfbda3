"""The examples in docstrings, run as tests."""

from functools import cache

import pytest

# how an example that samples keeps the progress bar out of its output
SAMPLES = "progress=False"


def pytest_collection_modifyitems(items):
    """Mark examples that sample as slow; random draws run as Python on purpose."""
    for item in items:
        if isinstance(item, pytest.DoctestItem):
            item.add_marker(pytest.mark.filterwarnings("ignore:Numba will use object mode"))
            if any(SAMPLES in example.source for example in item.dtest.examples):
                item.add_marker(pytest.mark.slow)


@cache
def _made():
    return {}


@pytest.fixture(autouse=True)
def one_fit_for_many_examples(request, monkeypatch):
    """Let examples that fit the same model to the same choices share the fit."""
    if not isinstance(request.node, pytest.DoctestItem):
        return
    import bayes_ddm as bd

    fit, made = bd.fit, _made()

    def shared(choices, model=None, **options):
        key = (choices.to_frame().to_csv(), repr(model), repr(sorted(options.items())))
        if key not in made:
            made[key] = fit(choices, model, **options)
        return made[key].copy(deep=True)

    monkeypatch.setattr(bd, "fit", shared)
