"""Which row of a table of closed forms to take, by what the table holds and by its tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayes_ddm.estimators.all_estimates import Examined
from bayes_ddm.estimators.methods import METHODS
from bayes_ddm.estimators.result import Estimate

# of the log of boundary or ndt over labelers; of ten choices each 0.12 is found where there is none
CLEAR_SPREAD = 0.15


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


def recommended(result: Examined, standing: Mapping[str, bool], *, fast: bool) -> Recommendation:
    """Say which row to take.

    Parameters
    ----------
    made : Examined
    standing : mapping of str to bool
        Of each estimator, whether these choices hold nothing against it.
    fast : bool
        Whether some responses are too fast to be decisions.
    """
    rows = {
        (e.boundary.method, e.estimator.startswith("bounded")): e
        for e in result.estimates
        if e.unit == "drift" and e.boundary is not None and e.estimator != "efficient"
    }
    spread = np.zeros(2) if result.own is None else result.own.log_sd
    for source, method in METHODS.items():
        if not (reason := method.believed):
            continue
        if source == "labelers" and not (spread > CLEAR_SPREAD).any():
            continue
        plain, within = rows.get((source, False)), rows.get((source, True))
        # without presses too fast the plain row is exact, and has the spread too
        far = _far(plain, within)
        order = (within, plain) if fast or far else (plain, within)
        row = next((e for e in order if e and e.reliable and standing[e.estimator]), None)
        if row is None:
            continue
        if row is within and source != "labelers":
            reason += f", and {_against(fast=fast, far=far)}"
        if source == "labelers":
            b, ndt = (f"{sd:.2g}" for sd in spread)
            reason += f", and differ in it (sd of the log {b} of the boundary, {ndt} of the ndt)"
        return Recommendation(row.estimator, reason)
    if any(f.moves for f in result.findings):
        return Recommendation(None, "these choices contradict what they assume (see the notes)")
    return Recommendation(
        None, "no boundary can be relied on: give one, or let labelers repeat comparisons"
    )


def _far(plain: Estimate | None, within: Estimate | None) -> bool:
    """Whether the two differ by more than the bounded one's bias and a standard error."""
    if plain is None or within is None or within.largest_bias is None or not plain.reliable:
        return False
    apart = np.abs(plain.values[: len(within.values)] - within.values)
    p = next((j for j, n in enumerate(plain.parameters) if n.startswith("sigma")), len(apart))
    return bool((apart > within.largest_bias + within.se)[:p].any())


def _against(*, fast: bool, far: bool) -> str:
    """What speaks against the unbounded row."""
    if fast:
        return "some responses are too fast to be decisions"
    if far:
        return "the unbounded row is more than a standard error away, as very fast presses make it"
    return "the unbounded row cannot be relied on"
