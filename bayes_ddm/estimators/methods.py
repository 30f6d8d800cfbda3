"""Where a boundary is from: what is said of each source, once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """A source of the boundary, and the closed forms that take it.

    Attributes
    ----------
    words : str
        What the boundary is called in figures and reports.
    consistent, bounded : str
        Names of the unbiased estimate at it, and of the bounded one; empty where there is none.
    believed : str
        Why a row that takes it is recommended; empty where none is.
    learned_from : str
        Of one that is learned from the table, and that is relied on where it says so.
    published : bool
        Whether it is one of the paper's plug-ins, which are shown on request.
    """

    words: str
    consistent: str = ""
    bounded: str = ""
    believed: str = ""
    learned_from: str = ""
    published: bool = False


# in the order in which they are believed
METHODS = {
    "known": Method(
        "known boundary",
        "consistent_known_boundary",
        "bounded_known_boundary",
        "boundary and ndt are given",
    ),
    "pilot": Method("boundary of a pilot"),
    "labelers": Method(
        "labelers' own boundaries",
        bounded="bounded_labeler_boundary",
        believed="labelers choose often enough to have a boundary and ndt of their own",
    ),
    "conditional": Method(
        "boundary from repeats",
        "consistent_conditional_boundary",
        "bounded_conditional_boundary",
        "labelers repeat comparisons, which tells the boundary of any population",
        "labelers who repeat a comparison",
    ),
    "model": Method("the fit's boundary", "consistent_model_boundary", "bounded_model_boundary"),
    "semiparametric": Method(
        "mixture's boundary",
        "semiparametric",
        "bounded_semiparametric",
        "the boundary is learned from a population of a few normals, for want of repeated "
        "comparisons that can be relied on",
        "a mixture of normal populations",
    ),
    "two_scale": Method("two-scale boundary", "consistent_two_scale", published=True),
    "three_scale": Method("three-scale boundary", "consistent_three_scale", published=True),
}
