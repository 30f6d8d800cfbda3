r"""Probability that no decision has come by a time: of a trial that runs into a deadline.

Evidence that starts at :math:`y` between bounds at -1 and +1 has left neither by ``u`` with
probability :math:`S = e^{-a y - a^2 u / 2} \int e^{a x} p_0(x, u) \, dx`, where :math:`p_0` says
where it stands at drift 0.  Integrated term by term, its sines give

.. math::

    S = e^{-a y - a^2 u / 2} \sum_k \sin(k \pi (1 + y) / 2) \, \tfrac{k \pi}{2}
        \frac{e^{-a} - (-1)^k e^a}{a^2 + k^2 \pi^2 / 4} \, e^{-k^2 \pi^2 u / 8}

where ``u`` is large; where it is small, images give the probability of having left.
"""

from __future__ import annotations

import math

# from here on 14 sines are exact to rounding; before, two images of each bound
CROSSOVER = 0.15
SINES = 15
# of the first
NEGLIGIBLE = 1e-18
# a probability of 1 less this has a finite logarithm of what is left
LEAST = 1e-15
TINY = 1e-300
# beyond, the error function of the complement is known by its tail
FAR = 25.0


def survival_numbers(u: float, a: float, y: float) -> tuple[float, float, float, float, float]:
    """Return what is known of a trial's survival, with its slopes.

    Plain arithmetic on numbers, so that Numba compiles it.

    Parameters
    ----------
    u : float
        Decision time over the boundary squared; at or below 0 nothing has come.
    a : float
        Drift times boundary.
    y : float
        Starting point, from -1 to 1; 0 is the middle.

    Returns
    -------
    log_later, log_by_then : float
        Log probabilities that the decision comes after ``u``, and that it has come by then; finite.
        Absolute error of the probabilities below 1e-14 from the middle, else 1e-12; from ``u =
        0.15`` on the first has a relative one below 1e-12, however small it is.
    by_time, by_drift, by_start : float
        Derivatives of ``log_later`` by the arguments; times ``-exp(log_later - log_by_then)``,
        those of ``log_by_then``.

    Examples
    --------
    >>> [round(x, 6) for x in survival_numbers(1.0, 0.0, 0.0)]
    [-0.992153, -0.46327, -1.23353, -0.0, 0.0]
    """
    size = abs(a)
    if u < CROSSOVER:
        cdf, by_time, by_drift, by_start = 0.0, 0.0, 0.0, 0.0
        v = max(u, 1e-6)
        toward = 1.0 if a > 0 else -1.0 if a < 0 else 0.0
        for image in range(4):
            # the bound at +1 and its image beyond the other, then the bound at -1 and its own
            side = 1.0 if image < 2 else -1.0
            near = 1.0 - side * y
            exponent = side * a * near
            distance = near if image % 2 == 0 else 4.0 - near
            sign = 1.0 if image % 2 == 0 else -1.0
            root = math.sqrt(2.0 * v)
            x = (distance + size * v) / root
            heat = math.exp(exponent - distance**2 / (2.0 * v) - size**2 * v / 2.0)
            ahead = 0.5 * math.exp(exponent - size * distance)
            ahead *= math.erfc((distance - size * v) / root)
            if x < FAR:
                behind = 0.5 * math.exp(exponent + size * distance) * math.erfc(x)
            else:
                z = 1.0 / (2.0 * x * x)
                behind = 0.5 * heat * (1.0 - z + 3.0 * z * z) / (x * math.sqrt(math.pi))
            pull = behind - ahead
            cdf += sign * (ahead + behind)
            by_time += sign * heat * distance / (math.sqrt(math.pi) * root * v)
            by_drift += sign * (side * near * (ahead + behind) + toward * distance * pull)
            along = -side * (size * pull - 2.0 * heat / (math.sqrt(math.pi) * root))
            by_start += along - sign * a * (ahead + behind)
        if u <= 0:
            cdf, by_time, by_drift, by_start = 0.0, 0.0, 0.0, 0.0
        cdf = min(max(cdf, TINY), 1.0 - LEAST)
        later = 1.0 - cdf
        return (
            math.log1p(-cdf),
            math.log(cdf),
            -by_time / later,
            -by_drift / later,
            -by_start / later,
        )
    half = math.pi / 2.0
    up, down = math.exp(a - size), math.exp(-a - size)
    # each of the sums is scaled by exp(a) where evidence leans up, by exp(-a) where it leans down
    total, rate, drift_sum, start_sum = 0.0, 0.0, 0.0, 0.0
    # of exp(-k^2 ...), sin(k ...) and cos(k ...) from each k to the next
    ratio = math.exp(-(half**2) * u)
    decay, step = 1.0, ratio * math.sqrt(ratio)
    sine_of_one, cosine_of_one = math.sin(half * (1.0 + y)), math.cos(half * (1.0 + y))
    sine, cosine = sine_of_one, cosine_of_one
    parity = 1.0
    for k in range(1, SINES):
        wave = k * half
        square = size**2 + wave**2
        ends, slope = down + parity * up, parity * up - down
        term = sine * decay * wave
        total += term * ends / square
        rate += term * ends
        drift_sum += term * (slope - 2.0 * a * ends / square) / square
        start_sum += cosine * decay * wave**2 * ends / square
        decay, step, parity = decay * step, step * ratio, -parity
        if decay * k**3 < NEGLIGIBLE:
            break
        sine, cosine = (
            sine * cosine_of_one + cosine * sine_of_one,
            cosine * cosine_of_one - sine * sine_of_one,
        )
    total = max(total, TINY)
    log_later = size - a * y - 0.5 * a**2 * u - half**2 / 2.0 * u + math.log(total)
    log_later = min(log_later, math.log1p(-LEAST))
    return (
        log_later,
        math.log(-math.expm1(log_later)),
        -0.5 * rate / total,
        drift_sum / total - y - a * u,
        start_sum / total - a,
    )
