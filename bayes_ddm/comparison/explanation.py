"""What refits with an assumption relaxed say of a disagreement, as a table and in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pandas as pd

from bayes_ddm.comparison.relaxations import NotTried
from bayes_ddm.comparison.verdict import p_text
from bayes_ddm.display import Block, Callout, Stored, Table, number, plain, text

# a smaller gain in log score is no gain, whatever its standard error: see `bayes_ddm.rank`
LEAST_GAIN = 4.0


class Outcome(Enum):
    """What a refit shows; the value says it in a few words."""

    MENDS = "predicts better, agrees"
    UNTESTED = "predicts better, no test"
    LEAVES = "predicts better, still differs"
    WIDENS = "no better, agrees"
    FAILS = "no better, still differs"
    IDLE = "no better, no test"
    UNSETTLED = "not settled"


@dataclass(frozen=True)
class Preference:
    """Posterior average of one preference and its closed-form partner, in drift units."""

    parameter: str
    posterior: float
    closed_form: float
    difference: float
    se: float


@dataclass(frozen=True)
class Relaxed:
    """A refit with an assumption relaxed; the first is the fit itself.

    Attributes
    ----------
    assumption, instead : str
        What is assumed no longer, and what is allowed for in its place.
    model, options : str
    estimator : str
        The closed form that the posterior is held against.
    preferences : tuple of Preference
    p_value : float or None
        Of their joint test, if there is one.
    agrees : bool or None
        Whether they differ by no more than chance: by the tests, or without one by two standard
        errors at labelers' own values; None where the closed form assumes what the model does not.
    untestable : str
        What it assumes.
    elpd_diff, elpd_se : float
        Log score of left-out labelers, less that of the fit itself; its standard error.
    doubtful : int
        Labelers whose Pareto k is too high for their log score to be trusted.
    problem : str
        Why the chains cannot be relied on; empty if they can.
    unused : tuple of str
        Parameters that the fit was given and the model does not have.
    parts : tuple of str
        What is allowed for, one by one, where it is more than one.
    """

    assumption: str
    instead: str
    model: str
    options: str
    estimator: str
    preferences: tuple[Preference, ...]
    p_value: float | None
    agrees: bool | None
    untestable: str
    elpd_diff: float
    elpd_se: float
    doubtful: int = 0
    problem: str = ""
    unused: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    @property
    def converged(self) -> bool:
        """Whether the chains explored the posterior well enough to judge by."""
        return not self.problem

    @property
    def better(self) -> bool:
        """Whether it clearly predicts left-out labelers better than the fit itself."""
        return self.elpd_diff > max(LEAST_GAIN, 2 * self.elpd_se)

    @property
    def outcome(self) -> Outcome:
        """What the refit shows."""
        if not self.converged:
            return Outcome.UNSETTLED
        agreement = {True: "agrees", False: "still differs", None: "no test"}[self.agrees]
        return Outcome(f"{'predicts better' if self.better else 'no better'}, {agreement}")

    @property
    def mends(self) -> bool:
        """Whether the disagreement is gone, and prediction better."""
        return self.outcome is Outcome.MENDS

    @property
    def finding(self) -> str:
        """What the refit shows, in a few words."""
        return self.outcome.value


@dataclass(frozen=True, eq=False, repr=False)
class Explanation(Stored):
    """What `explain` returns.

    Attributes
    ----------
    verdict : str
        Of the comparison that it explains.
    rows : tuple of Relaxed
        The fit itself, then one per refit; empty where there was nothing to explain.
    sentences : tuple of str
        Which assumption, once relaxed, mends the disagreement, and which does not.
    not_tried : tuple of NotTried
    draws, tune, chains, seed : int
        Of each refit.
    """

    verdict: str
    rows: tuple[Relaxed, ...]
    sentences: tuple[str, ...]
    not_tried: tuple[NotTried, ...]
    draws: int
    tune: int
    chains: int
    seed: int

    @property
    def text(self) -> str:
        """The sentences as one."""
        return " ".join(self.sentences)

    @property
    def table(self) -> pd.DataFrame:
        """One row per assumption relaxed, the fit itself first.

        Of several preferences each has columns of its own: ``difference[amount]``.
        """
        lead = ("assumption", "instead", "model", "options", "estimator")
        tail = ("p_value", "agrees", "elpd_diff", "elpd_se", "converged", "finding")
        records = []
        for row in self.rows:
            record = {key: getattr(row, key) for key in lead}
            for preference in row.preferences:
                suffix = f"[{preference.parameter}]" if len(row.preferences) > 1 else ""
                values = dataclasses.asdict(preference)
                record |= {f"{key}{suffix}": x for key, x in values.items() if key != "parameter"}
            records.append(record | {key: getattr(row, key) for key in tail})
        frame = pd.DataFrame(records)
        return frame.astype({"p_value": float}) if records else frame

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON values; None stands for what could not be computed."""
        judgements = [{"converged": row.converged, "finding": row.finding} for row in self.rows]
        rows = zip(self.rows, judgements, strict=True)
        return {
            "text": self.text,
            "rows": [plain(dataclasses.asdict(row) | judgement) for row, judgement in rows],
            "not_tried": [dataclasses.asdict(omission) for omission in self.not_tried],
        } | {key: getattr(self, key) for key in ("draws", "tune", "chains", "seed")}

    def blocks(self) -> list[Block]:
        """Return the sentences, and a row per refit and preference."""
        conclusion = Callout("", "\n".join(self.sentences))
        if not self.rows:
            return [conclusion]
        head = ("allowing for", "model", "parameter", "posterior", "closed form", "difference")
        cells = []
        for row in self.rows:
            p_value = "" if row.p_value is None else p_text(row.p_value).removeprefix("= ")
            score = [f"{row.elpd_diff:+.1f}", f"{row.elpd_se:.1f}"]
            finding = row.finding if row is not self.rows[0] else "as fitted"
            lead, remainder = [row.instead, row.model], [p_value, *score, finding]
            for preference in row.preferences:
                keys = ("posterior", "closed_form", "difference", "se")
                numbers = [text(number(getattr(preference, key)), 3) for key in keys]
                cells.append((*lead, preference.parameter, *numbers, *remainder))
                lead, remainder = ["", ""], ["", "", "", ""]
        table = Table(
            f"Explanation, by refits of {self.chains} chain{'s' if self.chains > 1 else ''} of "
            f"{self.tune} tuning steps and {self.draws} draws",
            (*head, "se", "p", "log score", "se", ""),
            tuple(cells),
            words=frozenset({0, 1, 2, 10}),
        )
        return [conclusion, table]


def sentences(
    rows: Sequence[Relaxed], not_tried: Sequence[NotTried], *, verdict: str, length: str
) -> tuple[str, ...]:
    """Say what the refits, after the fit itself, show of a disagreement, if the verdict is one.

    `length` is that of the refits, as in "2 chains of 500 draws".
    """
    settled = sorted((r for r in rows[1:] if r.converged), key=lambda r: -r.elpd_diff)
    disagreed = verdict.startswith("disagree")
    texts = _on_the_disagreement(settled) if disagreed else _on_prediction(settled, verdict)
    unsettled = [row for row in rows[1:] if not row.converged]
    texts += _list("Not settled in so few draws, and not judged: {}.", unsettled)
    doubtful = [row.instead for row in rows if row.doubtful]
    if doubtful:
        texts.append(f"Log scores of {', '.join(doubtful)} rest on labelers with a high Pareto k.")
    for name in dict.fromkeys(name for row in rows for name in row.unused):
        without = dict.fromkeys(row.model for row in rows if name in row.unused)
        texts.append(f"What was given for {name} has no place in {', '.join(without)}.")
    texts += [omission.sentence for omission in not_tried]
    texts.append(
        "This points, it does not prove: what was not tried, or several faults at once, may look "
        f"the same. The refits were {length}: fit again at full length before relying on one."
    )
    return tuple(texts)


def _on_the_disagreement(rows: Sequence[Relaxed]) -> list[str]:
    """What settled refits show of a disagreement; the best prediction comes first."""
    best_parts = {row: _best_part(row, rows) for row in rows if not row.mends}
    idle = {row: part for row, part in best_parts.items() if part is not None}
    rows = [row for row in rows if row not in idle]
    by_outcome = {outcome: [row for row in rows if row.outcome is outcome] for outcome in Outcome}
    mending, best = by_outcome[Outcome.MENDS], next((row for row in rows if row.better), None)
    texts = [_mend(row, first=row is mending[0]) for row in mending] or [_no_mend(rows)]
    texts += [
        f"Allowing for {row.instead} predicts left-out labelers better, by {_score(row)} in log "
        f"score; whether it mends the difference cannot be tested, since the closed form "
        f"{row.untestable}."
        for row in by_outcome[Outcome.UNTESTED]
    ]
    texts += _list("Better prediction, but no mend: {}.", by_outcome[Outcome.LEAVES])
    if mending and best and not best.mends:
        texts.append(f"What predicts best is {best.instead}: more than one fault may be at work.")
    texts += _list(
        "The difference is within chance, but prediction no better: {}. There the posterior may "
        "only be less sure.",
        by_outcome[Outcome.WIDENS],
    )
    neither = [row for row in rows if row.outcome in (Outcome.FAILS, Outcome.IDLE)]
    texts += _list("Neither a mend nor better prediction: {}.", neither)
    for row, part in idle.items():
        texts.append(f"Together, {row.instead} predict no better than {part.instead} alone.")
    return texts


def _best_part(row: Relaxed, others: Sequence[Relaxed]) -> Relaxed | None:
    """The part of several relaxed at once that predicts as well alone, if one does."""
    parts = [other for other in others if set(other.parts or (other.instead,)) < set(row.parts)]
    best = max(parts, key=lambda other: other.elpd_diff, default=None)
    return best if best is not None and row.elpd_diff < best.elpd_diff + LEAST_GAIN else None


def _no_mend(rows: Sequence[Relaxed]) -> str:
    if not rows:
        return "No refit settled, so that nothing can be said."
    if all(row.outcome is not Outcome.UNTESTED for row in rows):
        return (
            "Nothing that was tried mends it: the fault lies elsewhere, or in several assumptions "
            "at once; see where the model mispredicts (bayes-ddm diagnose)."
        )
    lead, best = "Of what can be tested nothing mends it", rows[0]
    if best.outcome is Outcome.UNTESTED:
        return f"{lead}; prediction points to {best.instead}."
    return f"{lead}; what predicts best, {best.instead}, leaves the difference."


def _mend(row: Relaxed, *, first: bool) -> str:
    too, smaller = ("", "") if first else ("also ", "less, ")
    if row.p_value is not None:
        caveat, difference = "", f"differ by no more than chance (p {p_text(row.p_value)})"
    else:
        caveat = ", as far as can be seen without a test"
        largest = max(row.preferences, key=lambda x: abs(x.difference) / x.se)
        place = f" on {largest.parameter}" if len(row.preferences) > 1 else ""
        size = f"{text(number(abs(largest.difference)), 2)} (se {text(number(largest.se), 2)})"
        difference = f"differ{place} by {size}, the closed form taken at labelers' own values"
    return (
        f"Allowing for {row.instead} {too}mends it{caveat}: closed form and posterior then "
        f"{difference}, and the log score of left-out labelers rises {smaller}by {_score(row)}."
    )


def _on_prediction(rows: Sequence[Relaxed], verdict: str) -> list[str]:
    template = "Better prediction of left-out labelers, in log score: {}."
    return [
        f"There is no disagreement to mend ({verdict.partition(':')[0].rstrip('.')}).",
        *_list(template, [row for row in rows if row.better]),
        *_list("No better: {}.", [row for row in rows if not row.better]),
    ]


def _score(row: Relaxed) -> str:
    return f"{row.elpd_diff:.1f} (se {row.elpd_se:.1f})"


def _list(template: str, rows: Sequence[Relaxed]) -> list[str]:
    """One sentence for all these refits and their gains in log score; none without any."""
    gains = [f"{row.elpd_diff:+.1f}, se {row.elpd_se:.1f}" for row in rows]
    problems = [f"{row.problem}; log score " if row.problem else "" for row in rows]
    refits = [
        f"{row.instead} ({problem}{gain})"
        for row, problem, gain in zip(rows, problems, gains, strict=True)
    ]
    return [template.format(("; " if any(problems) else ", ").join(refits))] if rows else []
