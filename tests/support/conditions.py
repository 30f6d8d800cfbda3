"""Experiments whose boundary follows an instruction, by labelers of two countries."""

import numpy as np
import pandas as pd

from bayes_ddm.data.choices import Choices
from bayes_ddm.simulate import experiment

BOUNDARY = {"accuracy": 1.5, "speed": 0.8}


def conditions(
    seed, *, labelers=300, each=20, ndt=(0.3, 0.3), countries=("FR",), means=(0.5,), sd=0.8
):
    """Half of each labeler's choices under either instruction; countries in equal parts."""
    rng = np.random.default_rng(seed)
    country = np.arange(labelers) % len(countries)
    own = np.resize(means, len(countries))[country] + sd * rng.standard_normal(labelers)
    speed = np.tile(np.arange(each) % 2, labelers)
    choices = experiment(
        lambda rng, n: own,
        labelers=labelers,
        choices=each,
        boundary=np.array(list(BOUNDARY.values()))[speed],
        ndt=np.array(ndt)[speed],
        anonymous=False,
        seed=rng,
    )
    frame = choices.to_frame().assign(
        instruction=np.array(list(BOUNDARY))[speed],
        country=np.array(countries)[country[choices.unit]],
        age=(20.0 + np.arange(labelers) % 37)[choices.unit],
    )
    return of(frame)


def of(frame: pd.DataFrame) -> Choices:
    """Choices with all columns that are no part of a choice as covariates."""
    kept = [name for name in frame if name not in ("choice", "rt", "labeler")]
    return Choices.from_frame(frame, labeler="labeler", covariates=kept)
