"""Which row of a table of closed forms to take, by what the table holds and by its tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bayes_ddm.estimators.examined import Examined
from bayes_ddm.estimators.result import Estimate

CLEAR_SPREAD = 0.1  # of the log of boundary or ndt over labelers

# where a boundary is from, in the order in which it is believed
SOURCES = {
    "known": "boundary and ndt are given",
    "labelers": "labelers choose often enough to have a boundary and ndt of their own",
    "conditional": "labelers repeat comparisons, which tells the boundary of any population",
    "semiparametric": "the boundary is learned from a population of a few normals, for want of "
    "repeated comparisons that can be relied on",
}


@dataclass(frozen=True)
class Recommendation:
    """The row to take; made by `recommended`.

    Attributes
    ----------
    estimator : str or None
        None where none can be relied on.
    why : str
    """

    estimator: str | None
    why: str

    @property
    def sentence(self) -> str:
        """The row and the reason in a sentence."""
        if self.estimator is None:
            return f"Recommended: none of these, since {self.why}."
        return f"Recommended: {self.estimator}, since {self.why}."


def recommended(made: Examined, standing: Mapping[str, bool], *, fast: bool) -> Recommendation:
    """Say which row to take.

    Parameters
    ----------
    made : Examined
    standing : mapping of str to bool
        Of each estimator, whether these choices hold nothing against it.
    fast : bool
        Whether some responses are too fast to be decisions.
    """
    rows = [e for e in made.estimates if e.unit == "drift" and e.boundary is not None]
    for source, why in SOURCES.items():
        if source == "labelers" and not _spread(made):
            continue
        # without presses too fast the plain row is exact, and has the spread too
        for bounded in (True, False) if fast else (False, True):
            for e in rows:
                if _of(e) != (source, bounded) or not (e.reliable and standing[e.estimator]):
                    continue
                said = why
                if source == "labelers":
                    said += f", and differ in it (sd of the log {_said(made)})"
                if fast and bounded:
                    said += ", and some responses are too fast to be decisions"
                elif bounded and source != "labelers":
                    said += ", and the unbounded row cannot be relied on"
                return Recommendation(e.estimator, said)
    if any(f.moves for f in made.findings):
        return Recommendation(None, "these choices contradict what they assume (see the notes)")
    return Recommendation(
        None, "no boundary can be relied on: give one, or let labelers repeat comparisons"
    )


def _of(estimate: Estimate) -> tuple[str, bool]:
    assert estimate.boundary is not None
    return estimate.boundary.method, estimate.largest_bias is not None


def _spread(made: Examined) -> bool:
    return made.own is not None and bool((made.own.log_sd > CLEAR_SPREAD).any())


def _said(made: Examined) -> str:
    assert made.own is not None
    b, ndt = made.own.log_sd.tolist()
    return f"{b:.2g} of the boundary, {ndt:.2g} of the ndt"
