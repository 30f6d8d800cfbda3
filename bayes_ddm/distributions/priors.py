"""What a model's parameter is given as: a prior, by condition, or one value for each labeler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytensor.tensor as pt
from pymc.distributions.distribution import SymbolicRandomVariable
from pymc.pytensorf import constant_fold
from pytensor.tensor.random.op import RandomVariable


@dataclass(frozen=True)
class ByCondition:
    """What `by_condition` returns: a formula, and priors; None stands for the usual ones."""

    formula: str
    prior: Any = None
    slope: Any = None


@dataclass(frozen=True)
class ByLabeler:
    """What `by_labeler` returns: the priors of the population median and of the spread.

    None stands for the model's own default; the center may be a `ByCondition`.
    """

    center: Any = None
    spread: Any = None


def by_labeler(center: Any = None, spread: Any = None) -> ByLabeler:
    """Give every labeler a boundary, ndt or starting point of their own.

    Pass it to a model in place of a prior.  The logarithm (of a starting point: the logit) is
    normal across labelers.

    Parameters
    ----------
    center : unnamed PyMC distribution, number or str, optional
        Prior of the population median, in the parameter's own unit; by default the prior that the
        model has for a shared value.  A formula, such as ``"instruction"`` (or `by_condition`),
        lets the median vary by condition.
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
    return ByLabeler(ByCondition(center) if isinstance(center, str) else center, spread)


def by_condition(formula: str, prior: Any = None, slope: Any = None) -> ByCondition:
    """Let a boundary, ndt or starting point vary by condition, with priors of one's own.

    A formula alone, ``boundary="instruction"``, is the same with the usual priors.

    Parameters
    ----------
    formula : str
        In covariates and features: ``"instruction"``, ``"instruction * task + np.log(amount)"``.
    prior : unnamed PyMC distribution or number, optional
        Of the value in each cell where every cell has its own; else of the value at the average
        row.
    slope : unnamed PyMC distribution or number, optional
        Of the change in the logarithm (of a starting point: the logit) per standard deviation of a
        column, where cells do not have values of their own; by default normal with sd 0.5.

    Returns
    -------
    ByCondition

    Examples
    --------
    >>> import pymc as pm
    >>> by_condition("instruction", pm.LogNormal.dist(0, 0.5)).formula
    'instruction'
    """
    return ByCondition(formula, prior, slope)


def is_distribution(value: Any) -> bool:
    """Whether it is an unnamed PyMC distribution, as ``pm.Normal.dist()`` makes."""
    owner = getattr(value, "owner", None)
    return owner is not None and isinstance(owner.op, RandomVariable | SymbolicRandomVariable)


def constant(value: Any) -> float | None:
    """Return the number that an expression always has, or None if it depends on anything."""
    (folded,) = constant_fold([pt.as_tensor(value)], raise_not_constant=False)
    return None if isinstance(folded, pt.TensorVariable) else float(folded)
