"""What a misfit asks for, in the words of the model family."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bayes_ddm.fitting.posterior import Posterior

__all__ = ["has", "mend"]

OFFERS = {
    "spread": "labelers who differ (model 'hierarchical', or 'contextual' with features)",
    "boundary": "a boundary and ndt of each labeler's own (model 'labeler_boundary')",
    "start": "a starting point off the middle (model 'start_bias')",
    "labeler_start": "a starting point of each labeler's own (start=bd.by_labeler(...))",
    "lapse": "lapses (model 'contaminated')",
    "types": "types of labelers or heavy tails (models 'mixture' and 'student')",
    "attributes": "another form of the attributes (logarithms, products)",
}
ANONYMOUS = {
    "boundary": "a boundary that varies across labelers (model 'anonymous_boundary')",
    "labeler_start": "",
}
# a parameter in the posterior that shows what the model has
SHOWN_BY = {
    "boundary_spread": "boundary",
    "start": "start",
    "start_spread": "labeler_start",
    "lapse": "lapse",
    "weight": "types",
    "df": "types",
}


def has(posterior: Posterior) -> frozenset[str]:
    """What the fit's model has of `OFFERS`."""
    names = set(posterior.draws.data_vars)
    found = {what for name, what in SHOWN_BY.items() if name in names}
    return frozenset(found | ({"spread"} if posterior.model != "pooled" else set()))


def mend(wanted: Sequence[str], had: Collection[str], *, anonymous: bool) -> str:
    """Return a sentence with the first two things wanted that the model does not have.

    Examples
    --------
    >>> mend(["spread", "lapse"], {"spread"}, anonymous=False)
    "Try lapses (model 'contaminated')."
    """
    offers = OFFERS | (ANONYMOUS if anonymous else {})
    left = [offers[what] for what in wanted if what not in had and offers[what]]
    if not left:
        return "The model has what usually mends this; look at these rows (bayes-ddm check)."
    return f"Try {', or '.join(left[:2])}."
