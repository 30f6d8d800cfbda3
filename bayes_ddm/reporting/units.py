"""Units of population parameters, evidence having unit noise per second."""

from __future__ import annotations

from collections.abc import Collection

__all__ = ["unit_of"]

DRIFT = "1/√s"
UNITS = {
    "mu": DRIFT,
    "sigma": DRIFT,
    "scale": DRIFT,
    "type_mean": DRIFT,
    "type_sigma": DRIFT,
    "boundary": "√s",
    "ndt": "s",
    "lapse_rt": "s",
    "share_positive": "share of labelers",
    "start": "share of the way",
    "lapse": "share of choices",
    "weight": "share of labelers",
    "boundary_spread": "log scale",
    "ndt_spread": "log scale",
    "start_spread": "logit scale",
}


def unit_of(parameter: str, features: Collection[str] = (), *, logits: bool = False) -> str:
    """Return the unit of a population parameter; empty where it has none, or is not known.

    Parameters
    ----------
    parameter : str
        As `posterior_table` names it: ``"mu"``, a feature, ``"sigma[amount]"``.
    features : collection of str
        Names of the features: drifts are per unit of one.
    logits : bool
        Whether preferences are in log odds, for want of a boundary.

    Examples
    --------
    >>> unit_of("sigma[amount]", ["amount"]), unit_of("ndt")
    ('1/√s per unit', 's')
    """
    name = parameter.partition("[")[0]
    unit = DRIFT if parameter in features else UNITS.get(name, "")
    if unit != DRIFT:
        return unit
    return ("log odds" if logits else DRIFT) + (" per unit" if features else "")
