"""A simulated study with conditions and groups, and the numbers behind it."""

from functools import cache

import numpy as np
import pandas as pd

import bayes_ddm as bd
from bayes_ddm.simulate import first_passage
from tests.support import store
from tests.support.fits import quiet_fit

BOUNDARY, NDT = {"speed": 0.8, "accuracy": 1.5}, {"speed": 0.3, "accuracy": 0.4}
AVERAGE, SPREAD = {"FR": 0.2, "JP": 1.0}, 0.7


@cache
def study(labelers=80, each=20, seed=3):
    """Labelers of two countries, told in half of their choices to hurry."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(labelers), each)
    instruction = np.tile(["speed", "accuracy"], len(who) // 2)
    country = np.where(np.arange(labelers) % 4, "FR", "JP")
    drift = rng.normal([AVERAGE[c] for c in country], SPREAD)
    boundary, ndt = (np.vectorize(x.get)(instruction) for x in (BOUNDARY, NDT))
    choice, time = first_passage(drift[who], boundary, rng)
    frame = {
        "choice": choice,
        "rt": time + ndt,
        "id": who,
        "instruction": instruction,
        "country": country[who],
        "load": rng.normal(size=len(who)),
    }
    return pd.DataFrame(frame)


def read(frame, **options):
    """Choices of the study, or of some of its rows."""
    kept = ["instruction", "country", "load"]
    return bd.Choices.from_frame(frame, **{"labeler": "id", "covariates": kept} | options)


@cache
def study_fit():
    """Boundary and ndt by instruction, averages by country."""
    formulas = {"boundary": "instruction", "ndt": "instruction", "between": "country"}
    settings = {"draws": 500, "tune": 500, **formulas}
    return quiet_fit(read(study()), "hierarchical", fit=store.shared_fit, **settings)
