"""Discrete Laplace noise: its law, exactly drawn and from a seed."""

import random
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import chi2

from bayes_ddm.privacy.discrete_laplace import discrete_laplace, seeded_laplace, variance


def misfit(draws, scale):
    """p-value of a chi-square test of the law proportional to exp(-|k| / scale)."""
    end = int(3 * scale) + 1
    k = np.arange(-60 * int(scale + 1), 60 * int(scale + 1) + 1)
    law = np.exp(-np.abs(k) / scale)
    law /= law.sum()
    inner = np.abs(k) < end
    expected = np.append(law[inner], law[~inner].sum()) * len(draws)
    counts = np.array([(draws == j).sum() for j in k[inner]])
    counts = np.append(counts, len(draws) - counts.sum())
    return chi2.sf(((counts - expected) ** 2 / expected).sum(), len(expected) - 1)


@pytest.mark.parametrize("scale", [Fraction(1, 2), Fraction(7, 3), Fraction(4) / Fraction(0.3)])
def test_whole_numbers_have_the_law(scale):
    # of 20,000 seeded draws; a true law fails one seed in 1,000
    draws = discrete_laplace(scale, 20_000, random.Random(1).randrange)
    assert misfit(draws, float(scale)) > 1e-3


def test_noise_from_a_seed_has_the_same_law():
    noise = seeded_laplace(np.random.default_rng(1))
    assert misfit(noise(Fraction(7, 3), 200_000), 7 / 3) > 1e-3


def test_secret_noise_is_never_twice_the_same():
    scale = Fraction(2**21)
    # two draws of so wide a law are equal once in millions
    assert not (discrete_laplace(scale, 4) == discrete_laplace(scale, 4)).all()


@pytest.mark.parametrize("scale", [0.5, 3.0, 2e6])
def test_the_variance_is_that_of_the_law(scale):
    k = np.arange(1, 2000) if scale < 10 else None
    expected = 2 * scale**2
    if k is not None:
        law = np.exp(-k / scale)
        expected = 2 * (law * k**2).sum() / (1 + 2 * law.sum())
    assert variance(scale) == pytest.approx(expected, rel=1e-12)
