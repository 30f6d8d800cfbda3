"""The quadratic loss of [GF] for any process whose mean choice over mean time is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erf, log_ndtr

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.sufficient import sum_by_unit
from bayes_ddm.errors import InputError, positive
from bayes_ddm.estimators.boundaries.known import check_ndt
from bayes_ddm.estimators.design import combine, design, inner
from bayes_ddm.estimators.newton import Derivatives, newton
from bayes_ddm.estimators.of_sums import by_sums
from bayes_ddm.estimators.result import Boundary, Estimate, pooled

Function = Callable[[FloatArray], FloatArray]

MOST_STEPS = 100
PRECISION = 1e-15  # of the loss of a choice, over the mean time
LAST_STEP = 1e-3


@dataclass(frozen=True)
class Ratio:
    """Mean choice over mean decision time, as a function of the utility difference ``u``.

    Attributes
    ----------
    name : str
        Says the process and its numbers; two ratios of one name are taken to be the same.
    value, slope, curvature : callable
        ``E[choice | u] / E[decision time | u]`` in 1/seconds, its first and its second derivative,
        each from an array to an array of the same shape. The value must increase.

    Raises
    ------
    InputError
        If at ``u = 0`` a function is not finite, or the slope not positive.

    Examples
    --------
    >>> cubic = Ratio("cubic", lambda u: u + u**3, lambda u: 1 + 3 * u**2, lambda u: 6 * u)
    >>> cubic.value(np.array([0.0, 2.0]))
    array([ 0., 10.])
    """

    name: str
    value: Function
    slope: Function
    curvature: Function

    def __post_init__(self) -> None:
        for part in ("value", "slope", "curvature"):
            values = np.asarray(getattr(self, part)(np.zeros(2)), dtype=float)
            if values.shape != (2,) or not np.isfinite(values).all():
                raise InputError(
                    f"the {part} of ratio {self.name!r} must be finite at 0 and keep the shape of "
                    f"its argument; it made {values.tolist()} of two zeros."
                )
        slope = float(self.slope(np.zeros(1))[0])
        if slope <= 0:
            raise InputError(
                f"the slope of ratio {self.name!r} at 0 is {slope:g}; it must be positive: +1 is "
                "chosen more often where its utility is larger."
            )


# E[W_T] = v E[T] and W_T is boundary * choice, also from a random starting point of mean 0
LINEAR = Ratio("linear", np.asarray, np.ones_like, np.zeros_like)


def nonlinear_drift(
    name: str, drift: Function, slope: Function, curvature: Function, boundary: float = 1.0
) -> Ratio:
    """Ratio ``drift(u) / boundary`` of a diffusion whose drift is a given function of utility.

    Parameters
    ----------
    name : str
    drift, slope, curvature : callable
        The drift, in 1/sqrt(s), and its first two derivatives.
    boundary : float
        Half the boundary separation.

    Raises
    ------
    InputError
        If the boundary is not positive, or the slope at 0 is not.
    """
    b = float(positive("boundary", boundary))
    return Ratio(
        f"{name}, boundary {b!r}",
        lambda u: drift(u) / b,
        lambda u: slope(u) / b,
        lambda u: curvature(u) / b,
    )


def saturating_drift(limit: float, boundary: float = 1.0) -> Ratio:
    """Ratio of a diffusion with drift ``limit * tanh(u / limit)``: linear at first, then level.

    Parameters
    ----------
    limit : float
        Largest drift, in 1/sqrt(s).
    boundary : float
        Half the boundary separation.

    Raises
    ------
    InputError
        If one of them is not positive.

    Examples
    --------
    >>> saturating_drift(2.0).value(np.array([0.1, 100.0])).round(4)
    array([0.0999, 2.    ])
    """
    top = float(positive("limit", limit))

    def slope(u: FloatArray) -> FloatArray:
        return 1 - np.tanh(u / top) ** 2

    return nonlinear_drift(
        f"saturating drift, limit {top!r}",
        lambda u: top * np.tanh(u / top),
        slope,
        lambda u: -2 / top * np.tanh(u / top) * slope(u),
        boundary,
    )


def lognormal_race(spread: float, median: float = 1.0) -> Ratio:
    """Ratio of a race of two accumulators with independent log-normal finishing times.

    Log finishing times have standard deviation ``spread``; their medians are
    ``median * exp(-u / 2)`` for +1 and ``median * exp(u / 2)`` for -1. So a unit of utility is a
    unit of difference between the log medians; only ``u / spread`` enters the choice, and
    ``median`` is a unit of time.

    Parameters
    ----------
    spread : float
        Standard deviation of log seconds.
    median : float
        Seconds that either accumulator needs in half of its races when ``u = 0``.

    Raises
    ------
    InputError
        If one of them is not positive.

    Notes
    -----
    With ``s = spread``, ``E[Z] = erf(u / (2s))`` and

    ``E[T] = median exp(s^2/2) (exp(-u/2) Phi((u - s^2) / (s sqrt 2))
    + exp(u/2) Phi((-u - s^2) / (s sqrt 2)))``,

    from ``E[exp(X); X < Y] = exp(E[X] + s^2/2) P(X + s^2 < Y)`` for normal ``X``, ``Y``. The ratio
    grows as ``exp(u / 2)``.

    References
    ----------
    Heathcote & Love (2012), Front. Psychol. 3:292, for the race.

    Examples
    --------
    >>> lognormal_race(0.5).value(np.array([-1.0, 0.0, 1.0])).round(4)
    array([-1.2767,  0.    ,  1.2767])
    """
    s, unit = float(positive("spread", spread)), float(positive("median", median))
    width = s * np.sqrt(2)

    def parts(u: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """``erf``, 1/E[T], and the difference of the two terms of E[T] over their sum."""
        faster = -u / 2 + log_ndtr((u - s**2) / width)
        slower = u / 2 + log_ndtr((-u - s**2) / width)
        with np.errstate(over="ignore"):
            rate = np.exp(-np.logaddexp(faster, slower) - s**2 / 2) / unit
        return erf(u / (2 * s)), rate, np.tanh((slower - faster) / 2)

    def peak(u: FloatArray) -> FloatArray:
        return np.exp(-((u / (2 * s)) ** 2)) / (s * np.sqrt(np.pi))

    def value(u: FloatArray) -> FloatArray:
        mean, rate, _ = parts(u)
        return mean * rate

    # the derivative of E[T] is half the difference of its terms: the normal densities cancel
    def slope(u: FloatArray) -> FloatArray:
        mean, rate, tilt = parts(u)
        return (peak(u) - mean * tilt / 2) * rate

    def curvature(u: FloatArray) -> FloatArray:
        mean, rate, tilt = parts(u)
        density = peak(u)
        # exp(-s^2/4) phi / (s sqrt 2), over the sum of the terms
        share = 0.5 * density * np.exp(s**2 / 4) * rate * unit
        bent = 0.5 * tilt**2 - 0.25 + share
        return (-u / (2 * s**2) * density - density * tilt + mean * bent) * rate

    return Ratio(f"log-normal race, spread {s!r}, median {unit!r}", value, slope, curvature)


@by_sums
def ratio_estimate(
    choices: Choices,
    ratio: Ratio = LINEAR,
    ndt: float | None = None,
    *,
    boundary: Boundary | None = None,
) -> Estimate:
    """Preferences from ``E[choice] / E[decision time] = ratio(psi.theta)``, pooled.

    Every choice counts equally. It needs the ratio of the means only, not their law; like
    Bradley-Terry it takes all labelers to be alike. `speed_accuracy` is the linear case.

    Parameters
    ----------
    choices : Choices
    ratio : Ratio
        `LINEAR` for a diffusion, from the middle or from a random starting point of mean 0;
        `saturating_drift`, `nonlinear_drift`, `lognormal_race`, or your own.
    ndt : float, optional
        Known non-decision time in seconds. Without one it is taken as 0, and the estimate is
        flagged.
    boundary : Boundary, optional
        Take ndt, and its uncertainty, from here instead. Its boundary is not used: that is the
        ratio's.

    Returns
    -------
    Estimate
        In native units, those of the ratio: ``theta / boundary`` for `LINEAR`. Standard errors are
        clustered by labeler, and hold where the ratio is wrong too.

    Raises
    ------
    InputError
        If the given ndt is not below the smallest response time, or the loss has no minimum that
        Newton's method reaches from ``theta = 0``.

    Notes
    -----
    Minimises ``mean(T/2 h(psi.theta)^2 - Z h(psi.theta))``, ``h`` the ratio. The loss is convex
    where ``h`` is linear; else the minimum is the one that is downhill of 0.

    References
    ----------
    Echenique, Fallah & Jordan (2025), arXiv 2507.20403.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": [1, 1, 1, -1], "rt": [0.9, 1.4, 0.7, 1.0]})
    >>> choices = Choices.from_frame(frame)
    >>> ratio_estimate(choices, saturating_drift(2.0), ndt=0.0).values.round(4)  # 2 atanh(0.25)
    array([0.5108])
    """
    note = ""
    shift: float | FloatArray
    if boundary is not None:
        shift, note = boundary.at[1], boundary.note
    elif ndt is not None:
        shift = check_ndt(choices, ndt)
    else:
        shift = 0.0
        note = "ndt is unknown and taken as 0 s, which biases the ratio towards 0"
    psi, time = design(choices).psi, choices.rt - shift
    theta, hessian = minimise(ratio, psi, time, choices.signed, choices.count)
    u = combine(theta, psi)
    fitted, slope = ratio.value(u), ratio.slope(u)
    scores = sum_by_unit(choices, (psi * ((choices.signed - time * fitted) * slope)).T)
    if boundary is not None:
        by_ndt = choices.count * fitted * slope
        scores = scores + boundary.carried(psi, np.zeros(len(choices)), by_ndt)
    name = f"ratio_estimate[{ratio.name}]"
    return pooled(choices, name, theta, hessian, scores, boundary, note)


def speed_accuracy(
    choices: Choices, ndt: float | None = None, *, boundary: Boundary | None = None
) -> Estimate:
    """Speed-accuracy ratio ``E[choice] / E[decision time]``, pooled: `ratio_estimate` if `LINEAR`.

    With features ``(sum T psi psi')^-1 sum Z psi``. It needs no boundary, and stays right when the
    starting point varies around the middle.

    Parameters
    ----------
    choices, ndt, boundary
        As in `ratio_estimate`.

    Returns
    -------
    Estimate
        In native units: ``theta / boundary`` if all labelers were alike. Standard errors are
        clustered by labeler.

    Raises
    ------
    InputError
        If the given ndt is not below the smallest response time.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": [1, 1, 1, -1], "rt": [0.9, 1.4, 0.7, 1.0]})
    >>> speed_accuracy(Choices.from_frame(frame), ndt=0.0).values
    array([0.5])
    """
    linear = ratio_estimate(choices, LINEAR, ndt, boundary=boundary)
    return replace(linear, estimator="speed_accuracy")


def minimise(
    ratio: Ratio, psi: FloatArray, time: FloatArray, choice: ArrayLike, count: ArrayLike = 1
) -> tuple[FloatArray, FloatArray]:
    """Minimiser of the summed loss, shape (d,), and the Hessian there, by Newton's method from 0.

    ``psi``, shape (d, rows), holds attribute differences of unit size, ``time`` decision times.

    Raises
    ------
    InputError
        If there is no minimum downhill of 0.
    """
    z, n = np.asarray(choice, dtype=float), np.broadcast_to(np.asarray(count), time.shape)
    refusal = InputError(
        f"the loss of ratio {ratio.name!r} has no minimum that Newton's method finds on these "
        f"{int(n.sum()):,} choices; give a ratio that reaches their mean choice over mean time, "
        "or fewer features."
    )
    if ratio.name == LINEAR.name:
        hessian = inner(psi * (n * time), psi)
        try:
            return np.linalg.solve(hessian, inner(psi, n * z)), hessian
        except np.linalg.LinAlgError:
            raise refusal from None

    def hessians(theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Of the loss; and without the residuals' part, which is downhill everywhere."""
        u = combine(theta, psi)
        gauss = n * time * ratio.slope(u) ** 2
        rest = n * (time * ratio.value(u) - z) * ratio.curvature(u)
        return inner(psi * (gauss + rest), psi), inner(psi * gauss, psi)

    def at(theta: FloatArray) -> tuple[float, Derivatives]:
        u = combine(theta, psi)
        h = ratio.value(u)

        def derivatives() -> tuple[FloatArray, FloatArray]:
            metric = next((m for m in hessians(theta) if _is_positive(m)), np.eye(len(psi)))
            return -inner(psi, n * (time * h - z) * ratio.slope(u)), metric

        with np.errstate(over="ignore", invalid="ignore"):
            return -float((n * (0.5 * time * h - z) * h).sum()), derivatives

    mean_time = float((n * time).sum() / n.sum())
    top = newton(at, np.zeros(len(psi)), PRECISION * float(n.sum()) / mean_time, steps=MOST_STEPS)
    theta, hessian = top.point, hessians(top.point)[0]
    # a change of u that changes the ratio by one over the mean time
    unit = 1 / (mean_time * float(ratio.slope(np.zeros(1))[0]))
    settled = np.abs(top.step).max() <= LAST_STEP * (unit + np.abs(theta).max())
    if not (top.converged and settled and _is_positive(hessian)):
        raise refusal
    return theta, hessian


def _is_positive(matrix: FloatArray) -> bool:
    if not np.isfinite(matrix).all():
        return False
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True
