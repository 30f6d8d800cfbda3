"""Plans that several test files look at."""

import pytest

from bayes_ddm.estimators.planning.plan import plan
from tests.support.plans import BOTH, NORMAL, SMALL


@pytest.fixture(scope="session")
def nothing_known():
    return plan(**NORMAL, **SMALL, labelers=100, target_se=0.05, choices=(1, 2, 4, 10))


@pytest.fixture(scope="session")
def all_known():
    return plan(**NORMAL, **SMALL, labelers=100, known=BOTH, choices=(1, 4))
