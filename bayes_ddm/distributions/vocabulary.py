"""What is said of a parameter, once: meaning, unit, how it is sampled, what it mends.

Of a parameter that stands here only in a model of the user's own nothing is known, and said.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import product
from typing import Any

import pymc as pm
import xarray as xr

DRIFT = "1/√s"


@dataclass(frozen=True)
class Parameter:
    """What is known of a parameter: of a model's argument, or of a variable in its posterior.

    Attributes
    ----------
    meaning : str
        In the table of priors.
    words : str
        What it is called in a sentence.
    unit : str
        Evidence having unit noise per second; a drift's is refined by `unit_of`.
    rescales : str
        The parameter in the user's units that this, which is sampled, is another scale of.
    behind : str
        The parameter that is made from this, which is sampled, and others.
    shown : bool
        Whether tables of the population show it.
    leads : bool
        Whether it stands before what is particular to a model, in the order of this file.
    prior : unnamed PyMC distribution or None
        Of one that a model is asked to learn; of a median, or a spread, between labelers.
    funnel : str
        What divergences where it is small ask for.
    mends : str
        What a predictive check that fails may ask for, and this is; see `Description` of models.
    offer : str
        How labelers' own values are had, in words, where no model is about them.
    """

    meaning: str = ""
    words: str = ""
    unit: str = ""
    rescales: str = ""
    behind: str = ""
    shown: bool = True
    leads: bool = False
    prior: Any = None
    funnel: str = ""
    mends: str = ""
    offer: str = ""


def _spread(
    name: str,
    alike: str,
    scale: str = "log",
    *,
    prior: Any = None,
    mends: str = "",
    offer: str = "",
) -> Parameter:
    """How much labelers differ in a parameter of their own."""
    return Parameter(
        f"standard deviation of the {scale} of {name} between labelers",
        unit=f"{scale} scale",
        # away from 0: labelers do differ, and a spread of 0 leaves their values without a scale
        prior=pm.LogNormal.dist(-1.2, 0.7) if prior is None else prior,
        funnel=f"{alike} hardly differ: fit a shared {name}, or give {name}_spread a prior further "
        "from 0 (bd.by_labeler(spread=...))",
        mends=mends,
        offer=offer,
    )


def _sampled(*, rescales: str = "", behind: str = "") -> Parameter:
    """What is sampled in place of a parameter."""
    return Parameter(rescales=rescales, behind=behind, shown=False)


# how a labeler decides, and the scale on which conditions and labelers add up
LINKS = {
    "boundary": "log",
    "ndt": "log",
    "start": "logit",
    "drift_noise": "log",
    "collapse": "log",
}
DIFFUSION = tuple(LINKS)
# values at which a part of the diffusion is none
ABSENT = {"start": 0.5, "drift_noise": 0.0, "collapse": 0.0, "lapse": 0.0}

ALIKE = "labelers hardly differ in preference: give {} a prior further from 0"

PARAMETERS = {
    "mu": Parameter("average drift over labelers", unit=DRIFT, leads=True),
    "theta": Parameter("average drift per feature, features scaled to rms 1", leads=True),
    "sigma": Parameter(
        "standard deviation of drifts between labelers",
        unit=DRIFT,
        leads=True,
        funnel=f"{ALIKE.format('sigma')}, or fit a model in which everybody prefers the same",
    ),
    "Sigma": Parameter("standard deviation between labelers per feature, features scaled to rms 1"),
    "boundary": Parameter(
        "half the boundary separation",
        "boundary",
        "√s",
        leads=True,
        prior=pm.LogNormal.dist(0.5, 1.2),
    ),
    "ndt": Parameter(
        "non-decision time, seconds",
        "non-decision time",
        "s",
        leads=True,
        prior=pm.HalfNormal.dist(5),
    ),
    "start": Parameter(
        "starting point: share of the way from the -1 bound to the +1 bound",
        unit="share of the way",
        leads=True,
        prior=pm.Beta.dist(5, 5),
        mends="start",
    ),
    "drift_noise": Parameter(
        "standard deviation of the drift from trial to trial",
        "drift noise",
        f"{DRIFT} of drift",
        leads=True,
        prior=pm.HalfNormal.dist(1),
        mends="drift_noise",
        offer="drift that varies from trial to trial (drift_noise=...)",
    ),
    "collapse": Parameter(
        "share of the boundary lost per second",
        "collapse",
        "share per s",
        leads=True,
        prior=pm.HalfNormal.dist(0.2),
        mends="collapse",
        offer="bounds that close in (collapse=...)",
    ),
    "saturation": Parameter(
        "largest drift, which better and better options approach",
        "saturation",
        f"{DRIFT} of drift",
        leads=True,
        prior=pm.LogNormal.dist(1, 1),
        mends="saturation",
        offer='a drift that saturates (drift_link="saturating")',
    ),
    "drift_link": Parameter("how the drift follows the attributes", shown=False),
    "discount_rate": Parameter(
        "discount rate, per unit of the delay", "discount rate", "per unit of delay", leads=True
    ),
    "utility_exponent": Parameter(
        "power of an amount that is its utility", "utility's exponent", leads=True
    ),
    # a few in a hundred
    "lapse": Parameter(
        "share of lapses",
        unit="share of choices",
        leads=True,
        prior=pm.Beta.dist(1, 20),
        mends="lapse",
    ),
    "lapse_rt": Parameter("mean response time of lapses, seconds", unit="s", leads=True),
    "boundary_spread": _spread("boundary", "labelers' boundaries", mends="boundary"),
    "ndt_spread": _spread("ndt", "labelers' non-decision times"),
    "start_spread": _spread(
        "start",
        "labelers' starting points",
        "logit",
        mends="labeler_start",
        offer="a starting point of each labeler's own (start=bd.by_labeler(...))",
    ),
    "drift_noise_spread": _spread("drift_noise", "labelers' drift noises"),
    "collapse_spread": _spread(
        "collapse", "labelers' collapses", prior=pm.LogNormal.dist(-0.5, 0.7)
    ),
    "share_positive": Parameter(unit="share of labelers"),
    "eta": Parameter("LKJ shape of the correlations between preferences"),
    "spread": Parameter("covariance of preferences between labelers"),
    "rank": Parameter("factors that preferences share, beside a diagonal covariance"),
    "scale": Parameter(
        "scale of preferences between labelers, features scaled to rms 1",
        unit=DRIFT,
        funnel=ALIKE.format("scale"),
    ),
    "df": Parameter(mends="types"),
    "types": Parameter("number of types"),
    "weight": Parameter(unit="share of labelers", mends="types"),
    "type_mean": Parameter(unit=DRIFT),
    "type_sigma": Parameter(
        unit=DRIFT,
        funnel="types are too narrow: give type_sigma a prior further from 0, or ask for fewer "
        "types",
    ),
    "type_spread": Parameter("standard deviation within a type, features scaled to rms 1"),
    "gap": Parameter("distance between neighbouring types", shown=False),
    "heavy": Parameter("degrees of freedom beyond 1", rescales="df", shown=False),
    "theta_scaled": _sampled(rescales="theta"),
    "sigma_scaled": _sampled(rescales="sigma"),
    "scale_scaled": _sampled(rescales="scale"),
    "type_sigma_scaled": _sampled(rescales="type_sigma"),
    "partial": _sampled(behind="correlation"),
    "loading_scaled": _sampled(behind="sigma"),
    "spread_score": _sampled(behind="sigma"),
    "drift_spread": Parameter(
        "standard deviation between labelers of a typical comparison's drift",
        "spread of a typical comparison's drift",
        DRIFT,
        mends="spread",
    ),
    "shrinkage": Parameter("sd of averages about 0 between features, features scaled to rms 1"),
    "place_scaled": _sampled(behind="type_mean"),
    "group_average": Parameter("average drift over a group's labelers", unit=DRIFT),
    "slope": Parameter("change of the average drift per unit of a labelers' covariate", unit=DRIFT),
    **{
        f"{name}_slope": Parameter(
            f"change in the {scale} of {name} per unit of a column", unit=f"{scale} per unit"
        )
        for name, scale in LINKS.items()
    },
    "people_scaled": _sampled(behind="group_average"),
    **{f"{name}_slope_scaled": _sampled(rescales=f"{name}_slope") for name in LINKS},
    **{f"{name}_middle": _sampled(behind=name) for name in LINKS},
    "preference_score": _sampled(behind="preference"),
    **{f"{name}_score": _sampled(behind=f"labeler_{name}") for name in LINKS},
}
UNKNOWN = Parameter()


def parameter_called(name: str) -> Parameter:
    """Return what is known of a parameter; of one that a user's own model has, nothing.

    Examples
    --------
    >>> parameter_called("heavy").rescales, parameter_called("drowsiness").shown
    ('df', True)
    """
    return PARAMETERS.get(name, UNKNOWN)


def in_order(names: Collection[str]) -> list[str]:
    """Names of what tables of the population show: those that lead, then as they come.

    Examples
    --------
    >>> in_order(["gap", "weight", "boundary", "mu"])
    ['mu', 'boundary', 'weight']
    """
    first = [name for name, parameter in PARAMETERS.items() if parameter.leads and name in names]
    rest = [name for name in names if parameter_called(name).shown and name not in first]
    return first + rest


def entry_labels(name: str, variable: xr.DataArray) -> list[str]:
    """Name of each scalar of a variable: its own, ``name[entry]``, or of ``theta`` the feature.

    Averages of a group are ``mu[country=FR]``, slopes ``mu:age`` and ``boundary:conflict``.
    """
    if not {*variable.dims} - {"chain", "draw"}:
        return [name]
    if name in {"group_average", "slope"}:
        groups = variable[next(dim for dim in variable.dims if dim in {"group", "people_slope"})]
        preferences = variable["feature"].values if "feature" in variable.dims else ["mu"]
        pattern = "{1}[{0}]" if name == "group_average" else "{1}:{0}"
        return [pattern.format(*pair) for pair in product(groups.values, preferences)]
    if name.endswith("_slope"):
        return [f"{name.removesuffix('_slope')}:{place}" for place in places(variable)]
    return [place if name == "theta" else f"{name}[{place}]" for place in places(variable)]


def places(variable: xr.DataArray) -> list[str]:
    """Coordinates of each scalar of a variable, in words."""
    extra = [dim for dim in variable.dims if dim not in ("chain", "draw")]
    return [", ".join(map(str, at)) for at in product(*(variable[dim].values for dim in extra))]


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
    name = re.split(r"[\[:]", parameter)[0]
    if ":" in parameter and parameter not in features and name in LINKS:
        name = f"{name}_slope"
    unit = DRIFT if {parameter, name} & {*features} else parameter_called(name).unit
    if unit != DRIFT:
        return unit
    return ("log odds" if logits else DRIFT) + (" per unit" if features else "")
