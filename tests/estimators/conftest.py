"""Data that several tests of the estimators share."""

import pandas as pd
import pytest

from bayes_ddm.data.choices import Choices
from bayes_ddm.simulate import experiment, population


@pytest.fixture(scope="session")
def real_sample(amasino_path) -> Choices:
    """98 labelers, 13,793 choices: without non-responses and the two who always chose later."""
    names = ["labeler", "now", "later", "_", "d_delay", "choice", "rt", "side", "condition"]
    frame = pd.read_csv(amasino_path, header=None, names=names)
    frame = frame[~frame["labeler"].isin([45, 98])]
    return Choices.from_frame(frame, labeler="labeler", features=["later-now", "d_delay"])


@pytest.fixture(scope="session")
def repeated() -> Choices:
    """1,000 labelers who each answer one comparison ten times."""
    return experiment(
        population("normal"), labelers=1000, choices=10, boundary=1.25, ndt=0.3, seed=11
    )


@pytest.fixture(scope="session")
def contextual() -> Choices:
    """400 labelers, six comparisons of their own each, two attribute differences."""
    return experiment(
        population("normal", mean=[0.8, -0.5], covariance=[[0.5, 0.1], [0.1, 0.3]]),
        labelers=400,
        choices=6,
        features=lambda rng, n: rng.normal(size=(n, 2)),
        feature_names=["amount", "delay"],
        boundary=1.25,
        ndt=0.3,
        seed=12,
    )
