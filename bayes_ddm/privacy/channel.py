"""Randomised response on exact integers: an answer, or with some probability another one.

Probabilities are whole multiples of 2^-64, rounded so that the promise holds to the last digit, and
each draw takes 64 bits from the operating system. No floating-point number is compared, so no
rounding of one can be attacked.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.errors import InputError, whole_number
from bayes_ddm.privacy.account import check_epsilon

BITS = 64
ALL = 2**BITS
DIGITS = Context(prec=60)

Bits = Callable[[int], NDArray[np.uint64]]


def secret_bits(n: int) -> NDArray[np.uint64]:
    """Return so many draws of 64 bits that nobody can foresee or repeat."""
    return np.frombuffer(secrets.token_bytes(8 * n), dtype=np.uint64)


def seeded_bits(seed: int) -> Bits:
    """Return draws that anybody with the seed can repeat: for simulations, which protect nobody."""
    rng = np.random.default_rng(whole_number("seed", seed))
    return lambda n: rng.integers(0, ALL, n, dtype=np.uint64)


@dataclass(frozen=True)
class Channel:
    """Randomised response among some answers, each as likely as any other in place of the true one.

    Attributes
    ----------
    answers : int
    epsilon : float
        Log of the ratio in which the true answer is likelier than another.

    Raises
    ------
    InputError
        If epsilon is no privacy level, or too small for 64 bits.

    References
    ----------
    Warner (1965), J. Am. Stat. Assoc. 60:63; Mironov (2012), CCS, on floating-point noise.

    Examples
    --------
    >>> channel = Channel(2, 1.0)
    >>> channel.keep + channel.other == 2**64, round(channel.flip, 4)
    (True, 0.2689)
    """

    answers: int
    epsilon: float

    def __post_init__(self) -> None:
        check_epsilon(self.epsilon)
        if not self.keep > self.other:
            raise InputError(f"epsilon {self.epsilon:g} is too small: nothing would be learned.")

    @property
    def other(self) -> int:
        """How many of 2^64 draws send one given answer that is not the true one, rounded up."""
        odds = DIGITS.exp(Decimal(self.epsilon))
        return math.ceil(DIGITS.divide(Decimal(ALL), DIGITS.add(odds, self.answers - 1)))

    @property
    def keep(self) -> int:
        """How many of 2^64 draws send the true answer; at most ``exp(epsilon)`` times `other`."""
        return ALL - (self.answers - 1) * self.other

    @property
    def flip(self) -> float:
        """Probability that one given other answer is sent."""
        return self.other / ALL

    @property
    def matrix(self) -> FloatArray:
        """Probability of each answer that is sent (columns) given the true one (rows)."""
        matrix = np.full((self.answers, self.answers), self.flip)
        np.fill_diagonal(matrix, self.keep / ALL)
        return matrix

    def send(self, answers: ArrayLike, bits: Bits = secret_bits) -> IntArray:
        """Randomise answers, counted from 0, shape (rows,).

        Examples
        --------
        >>> Channel(6, 20.0).send([0, 5, 3])
        array([0, 5, 3])
        """
        true = np.asarray(answers, dtype=np.int64)
        draws = bits(len(true))
        # keep is below 2^64, since epsilon is at most 20
        beyond = draws >= np.uint64(self.keep)
        another = ((draws - np.uint64(self.keep)) // np.uint64(self.other)).astype(np.int64)
        return np.where(beyond, another + (another >= true), true)
