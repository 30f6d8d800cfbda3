"""Equal fits are made once, others never taken for them."""

from dataclasses import replace

import numpy as np
import pymc as pm
import pytest

from tests.support import fits, store


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Calls that would have sampled."""
    calls = []

    def fit(choices, model=None, **options):
        calls.append(model)
        return fits.made_up(choices, "pooled", {"mu": np.full(3, float(len(calls)))})

    monkeypatch.setattr(store, "fit", fit)
    monkeypatch.setattr(store, "_folder", tmp_path)
    return calls


def test_an_equal_call_gets_a_copy_of_the_first_fit(made):
    choices = fits.scalar()
    first = store.shared_fit(choices, "pooled", draws=3, seed=1)
    first["posterior"]["mu"] += 1
    again = store.shared_fit(replace(choices), "pooled", seed=1, draws=3)
    assert made == ["pooled"]
    assert (again["posterior"]["mu"] == 1).all()


@pytest.mark.slow
def test_another_call_gets_a_fit_of_its_own(made):
    choices = fits.scalar()
    for other in (
        choices,
        replace(choices, rt=choices.rt + 1e-12),
        replace(choices, labelers=choices.labelers.astype(str)),
        replace(choices, notes=("odd",)),
    ):
        store.shared_fit(other, "pooled")
    for ndt in (0, 0.1):
        store.shared_fit(choices, "pooled", ndt=ndt)
    store.shared_fit(choices, "hierarchical")
    # a prior has no name: never taken for another
    for _ in range(2):
        store.shared_fit(choices, "pooled", mu=pm.Normal.dist(0, 1))
    assert len(made) == 4 + 2 + 1 + 2
