"""What a collector who holds all rows may publish of them: sums with noise, labeler by labeler."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices, expect_choices
from bayes_ddm.data.learned_values import refuse_unlearned
from bayes_ddm.data.sufficient import sum_by_unit
from bayes_ddm.errors import InputError, whole_number
from bayes_ddm.estimators.bounded.weight import MOST_DRIFT
from bayes_ddm.estimators.result import Boundary
from bayes_ddm.estimators.sources import MOST_FASTER, sources
from bayes_ddm.privacy.account import check_epsilon
from bayes_ddm.privacy.discrete_laplace import Noise, discrete_laplace, seeded_laplace
from bayes_ddm.privacy.released import UNITS, Released
from bayes_ddm.privacy.released_preferences import ReleasedPreferences, released_preferences

# inner edges of the time bins, where the boundary is 1
TIMES = (0.13, 0.19, 0.26, 0.35, 0.48, 0.70, 1.15)
FEW_DIGITS = 6  # that a person writes; a number with more was computed, perhaps from these rows
SAME = 1e-9
LEARNED = (
    "a {} learned from the same rows tells of them; give the number of a pilot, or of the "
    "literature."
)


def release(
    choices: Choices,
    *,
    epsilon: float,
    boundary: float,
    ndt: float,
    most_drift: float = MOST_DRIFT,
) -> Released | ReleasedPreferences:
    """Publish of all rows what keeps every labeler's answers private.

    Parameters
    ----------
    choices : Choices
    epsilon : float
        Above 0, at most 20. Whatever one labeler answered in all their rows, no release is more
        than ``exp(epsilon)`` times as likely as it would be for any other answers of theirs.
    boundary, ndt : float
        Half the boundary separation and seconds of non-decision time, public: from a pilot, or from
        the literature, not from these rows.
    most_drift : float
        With features: largest drift, either way, that the released sums are nearly unbiased up to.
        Without, `bayes_ddm.estimate` is told.

    Returns
    -------
    Released or ReleasedPreferences
        Noisy counts of choices by time bins; with features, noisy sums. `bayes_ddm.estimate` takes
        both. Whatever is made of a release costs no more privacy; a second one of the same
        labelers does, as their epsilons add up.

    Raises
    ------
    InputError
        If epsilon is out of range, the choices are a release or condensed already, a value function
        has a parameter to be learned, boundary and ndt are not public numbers, or more than a tenth
        of the rows are faster than ndt.

    Notes
    -----
    Public are the number of labelers, how many choices each made, and their attribute differences;
    protected are all answers of a labeler. Each labeler spreads ``U`` units over the cells that
    their rows fall into, so that other answers move the counts by at most ``2 U`` in all; discrete
    Laplace noise of scale ``2 U / epsilon`` is added to each. It is drawn exactly, by `secrets`.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> study = {"labelers": 4000, "choices": 2, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **study, seed=1)
    >>> released = bd.release(choices, epsilon=1.0, boundary=1.25, ndt=0.3)
    >>> released.labelers, released.counts.shape
    (4000, (2, 8))
    """
    return _release(choices, epsilon, boundary, ndt, most_drift, discrete_laplace)


def simulate_release(
    choices: Choices,
    *,
    epsilon: float,
    boundary: float,
    ndt: float,
    most_drift: float = MOST_DRIFT,
    seed: int,
) -> Released | ReleasedPreferences:
    """Release as `release` does, with noise from a seed: for simulations, it protects nobody.

    Parameters
    ----------
    choices, epsilon, boundary, ndt, most_drift
        As in `release`.
    seed : int

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> study = {"labelers": 4000, "choices": 2, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **study, seed=1)
    >>> settings = {"epsilon": 1.0, "boundary": 1.25, "ndt": 0.3}
    >>> released = bd.privacy.simulate_release(choices, **settings, seed=1)
    >>> released.simulated
    True
    """
    noise = seeded_laplace(np.random.default_rng(whole_number("seed", seed)))
    return _release(choices, epsilon, boundary, ndt, most_drift, noise, simulated=True)


def _release(
    choices: Choices,
    epsilon: float,
    boundary: float,
    ndt: float,
    most_drift: float,
    noise: Noise,
    *,
    simulated: bool = False,
) -> Released | ReleasedPreferences:
    if isinstance(choices, Released | ReleasedPreferences):
        raise InputError(
            "this is a release already, and a second one would protect no better; give it to "
            "estimate as it is."
        )
    choices = expect_choices(choices)
    choices.refuse_condensed("a release")
    refuse_unlearned(choices, "a release")
    epsilon = check_epsilon(epsilon)
    b, ndt = _public_number("boundary", boundary, above=True), _public_number("ndt", ndt)
    if choices.deadline is not None:
        raise InputError("a release knows no deadline; leave it out, and trials that ran into it.")
    fast = choices.count[choices.rt <= ndt].sum() / choices.n_choices
    if fast > MOST_FASTER:
        raise InputError(
            f"{fast:.0%} of the rows are faster than ndt {ndt:g} s; give the ndt of a pilot with "
            "the same task."
        )
    _refuse_learned(choices, b, ndt)
    if choices.contextual:
        return released_preferences(
            choices, epsilon, b, ndt, most_drift, noise, simulated=simulated
        )
    edges = np.array(TIMES) * b**2
    exact = _units(choices, edges, ndt)
    draws = noise(Fraction(2 * UNITS) / Fraction(epsilon), exact.size).reshape(exact.shape)
    inverses = choices.unit_count / np.maximum(choices.choices_each / choices.unit_count, 1)
    return Released(
        counts=exact + draws,
        edges=edges,
        epsilon=epsilon,
        boundary=b,
        ndt=ndt,
        labelers=int(choices.unit_count.sum()),
        n_choices=choices.n_choices,
        mean_inverse=float(inverses.sum() / choices.unit_count.sum()),
        anonymous=choices.anonymous,
        simulated=simulated,
    )


def _public_number(name: str, value: float, *, above: bool = False) -> float:
    """Return a number that was not learned from the rows, or refuse it."""
    if isinstance(value, Boundary):
        raise InputError(LEARNED.format(name))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(
            f"{name} must be a number here, since what is learned from these rows would tell of "
            f"them; got {value!r}."
        )
    if not math.isfinite(value) or value < 0 or (above and value == 0):
        condition = "positive" if above else "at least 0"
        raise InputError(f"{name} must be {condition} and finite; got {value:g}.")
    return float(value)


def _refuse_learned(choices: Choices, boundary: float, ndt: float) -> None:
    """Refuse a boundary that is to all its digits what these rows tell."""
    if float(f"{boundary:.{FEW_DIGITS}g}") == boundary:
        return
    boundaries = (*sources(choices).boundaries, *sources(choices, ndt=ndt).boundaries)
    if any(math.isclose(learned.boundary, boundary, rel_tol=SAME) for learned in boundaries):
        raise InputError(LEARNED.format("boundary"))


def _units(choices: Choices, edges: FloatArray, ndt: float) -> NDArray[np.int64]:
    """Units in each cell, shape (2, bins): +1 first. Each labeler has `UNITS` of them."""
    bins = len(edges) + 1
    cell = np.searchsorted(edges, choices.rt - ndt, side="right")
    cell = cell + np.where(choices.choice > 0, 0, bins)
    indicator = np.zeros((len(choices), 2 * bins), dtype=np.int64)
    indicator[np.arange(len(choices)), cell] = 1
    by_unit = np.rint(sum_by_unit(choices, indicator.astype(float))).astype(np.int64)
    # whole numbers whose sum is the same for all, however many rows a labeler has
    total = by_unit.cumsum(axis=1)
    shared = np.diff(total * UNITS // total[:, -1:], axis=1, prepend=0)
    return np.asarray((shared * choices.unit_count[:, None]).sum(axis=0).reshape(2, bins))
