"""What would change a verdict: its tests and how near they are, what was not tried, few people."""

from __future__ import annotations

from collections.abc import Sequence

from bayes_ddm.comparison.relaxations import relaxations
from bayes_ddm.comparison.verdict import Test, level, p_text, rejecting
from bayes_ddm.fitting.posterior import Posterior

WOULD_CHANGE = "What would change this"
FEW_LABELERS = 100


def would_change(tests: Sequence[Test], untried: Sequence[str], labelers: int) -> tuple[str, ...]:
    """Return what would change a verdict that rests on these tests, one thing each.

    Parameters
    ----------
    tests : sequence of Test
    untried : sequence of str
        What the model could allow for, and does not.
    labelers : int
        Or choices, where each is somebody's only one.

    Examples
    --------
    >>> tests = [Test("consistent_conditional_boundary", 0.6, 1, 0.42)]
    >>> would_change(tests, ["lapses"], 40)[:2]
    ('p below 0.05 in the test (now 0.42)', 'more labelers (40 are few)')
    """
    changes = []
    if tests:
        now = ", ".join(p_text(test.p_value).removeprefix("= ") for test in tests)
        place = "the test" if len(tests) == 1 else "every test" if rejecting(tests) else "any test"
        side = "above" if rejecting(tests) else "below"
        changes.append(f"p {side} {level(tests):.3g} in {place} (now {now})")
    if labelers < FEW_LABELERS:
        changes.append(f"more labelers ({labelers} are few)")
    if untried:
        changes.append(f"a model not tried: {', '.join(untried)}")
    return tuple(changes)


def untried(posterior: Posterior) -> tuple[str, ...]:
    """Return what a model of the family could allow for, and does not."""
    if not posterior.of_family:
        return ()
    return tuple(relaxation.instead for relaxation in relaxations(posterior)[0])
