"""A parameter that every labeler has a value of their own for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["ByLabeler", "by_labeler"]


@dataclass(frozen=True)
class ByLabeler:
    """What `by_labeler` returns: the priors of the population median and of the spread.

    None stands for the model's own default.
    """

    center: Any = None
    spread: Any = None


def by_labeler(center: Any = None, spread: Any = None) -> ByLabeler:
    """Give every labeler a boundary, ndt or starting point of their own.

    Pass it to a model in place of a prior.  The logarithm (of a starting point: the logit) is
    normal across labelers.

    Parameters
    ----------
    center : unnamed PyMC distribution or number, optional
        Prior of the population median, in the parameter's own unit; by default the prior that the
        model has for a shared value.
    spread : unnamed PyMC distribution or number, optional
        Prior of the standard deviation between labelers on the log (logit) scale; by default
        log-normal with median 0.3 and middle 95 % from 0.08 to 1.2.

    Returns
    -------
    ByLabeler

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> options = {"boundary": by_labeler(), "ndt": by_labeler(), "lapse": 0.02}
    >>> choices = bd.simulate.experiment("normal", labelers=20, choices=5, boundary=1.25, seed=1)
    >>> model = bd.models.builder("mixture")(choices, **options)
    >>> model["labeler_boundary"].eval().shape
    (20,)
    """
    return ByLabeler(center, spread)
