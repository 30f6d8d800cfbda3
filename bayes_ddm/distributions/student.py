"""A Student distribution as a finite mixture of normal ones, by quadrature over the scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor as pt

NODES = 24


def student_scales(df: Any) -> tuple[Any, Any]:
    r"""Scales and weights of the normal components of a Student variable of unit scale.

    .. math:: t_{df} = x / \sqrt{\lambda}, \quad x \sim \mathrm{Normal}(0, 1), \quad
        \lambda \sim \mathrm{Gamma}(df/2, df/2)

    Parameters
    ----------
    df : tensor_like
        Degrees of freedom, above 1.

    Returns
    -------
    scale, weight : TensorVariable, shape (NODES,)

    Notes
    -----
    The trapezoidal rule in :math:`\log \lambda`, whose density is analytic and decays at both ends,
    converges exponentially. It reaches 12 standard deviations to the left, where labelers far from
    all others lie. ``benchmarks/accuracy/quadrature.py`` has the error.

    Examples
    --------
    >>> scale, weight = student_scales(5.0)
    >>> round(float((weight * scale**2).sum().eval()), 3)  # the variance, df / (df - 2)
    1.667
    """
    a = pt.as_tensor(df) / 2
    # mean and sd of log(lambda), by the first terms of their asymptotic series
    center = -1 / (2 * a) - 1 / (12 * a**2)
    sd = pt.sqrt(1 / a + 1 / (2 * a**2) + 1 / (6 * a**3))
    log_lambda = center + sd * np.linspace(-12.3, 4.2, NODES)
    log_weight = a * (log_lambda - pt.exp(log_lambda))
    # never 0, whose logarithm has no gradient
    weight = pt.exp(pt.maximum(log_weight - pt.max(log_weight), -600))
    return pt.exp(-log_lambda / 2), weight / weight.sum()
