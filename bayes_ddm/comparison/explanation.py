"""What refits with an assumption relaxed say of a disagreement, as a table and in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bayes_ddm.comparison.relaxations import NotTried
from bayes_ddm.comparison.verdict import p_text
from bayes_ddm.display import Block, Callout, Stored, Table, number, plain, text

__all__ = ["Explanation", "Preference", "Relaxed", "sentences"]

# a smaller gain in log score is no gain, whatever its standard error: see `bayes_ddm.rank`
LEAST_GAIN = 4.0


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
        Of the joint test that closed form and posterior estimate the same; None where there is
        none.
    agrees : bool or None
        Whether they differ by no more than chance: by the tests, or without one by two standard
        errors at labelers' own values; None where the closed form assumes what the model does not.
    untestable : str
        What it assumes.
    elpd_diff, elpd_se : float
        Log score of left-out labelers, all their choices, minus that of the fit itself; its
        standard error.
    doubtful : int
        Labelers whose Pareto k is too high for their log score to be trusted.
    problem : str
        Why the chains cannot be relied on; empty if they can.
    unused : tuple of str
        Parameters that the fit was given and the model does not have.
    parts : tuple of str
        Where several assumptions are relaxed at once: what is allowed for, one by one.
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
    def mends(self) -> bool:
        """Whether the disagreement is gone, and prediction better."""
        return self.converged and self.better and self.agrees is True

    @property
    def finding(self) -> str:
        """What the refit shows, in a few words."""
        if not self.converged:
            return "not settled"
        rest = {True: "agrees", False: "still differs", None: "no test"}[self.agrees]
        return f"{'predicts better' if self.better else 'no better'}, {rest}"


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
        records = []
        for row in self.rows:
            record = {key: getattr(row, key) for key in ("assumption", "instead")}
            record |= {"model": row.model, "options": row.options, "estimator": row.estimator}
            for one in row.preferences:
                of = f"[{one.parameter}]" if len(row.preferences) > 1 else ""
                values = dataclasses.asdict(one)
                record |= {f"{k}{of}": x for k, x in values.items() if k != "parameter"}
            record |= {"p_value": row.p_value, "agrees": row.agrees}
            record |= {"elpd_diff": row.elpd_diff, "elpd_se": row.elpd_se}
            record |= {"converged": row.converged, "finding": row.finding}
            records.append(record)
        frame = pd.DataFrame(records)
        return frame.astype({"p_value": float}) if records else frame

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON values; None stands for what could not be computed."""
        rows = []
        for row in self.rows:
            judged = {"converged": row.converged, "finding": row.finding}
            rows.append(plain(dataclasses.asdict(row) | judged))
        return {
            "text": self.text,
            "rows": rows,
            "not_tried": [dataclasses.asdict(left) for left in self.not_tried],
            "draws": self.draws,
            "tune": self.tune,
            "chains": self.chains,
            "seed": self.seed,
        }

    def blocks(self) -> list[Block]:
        """Return the sentences, and a row per refit and preference."""
        conclusion = Callout("", "\n".join(self.sentences))
        if not self.rows:
            return [conclusion]
        head = ("allowing for", "model", "parameter", "posterior", "closed form", "difference")
        cells = []
        for row in self.rows:
            p = "" if row.p_value is None else p_text(row.p_value).removeprefix("= ")
            score = [f"{row.elpd_diff:+.1f}", f"{row.elpd_se:.1f}"]
            finding = row.finding if row is not self.rows[0] else "as fitted"
            name, rest = [row.instead, row.model], [p, *score, finding]
            for one in row.preferences:
                values = (one.posterior, one.closed_form, one.difference, one.se)
                shown = [text(number(x), 3) for x in values]
                cells.append((*name, one.parameter, *shown, *rest))
                name, rest = ["", ""], ["", "", "", ""]
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
    """Say what the refits show of the disagreement.

    Parameters
    ----------
    rows : sequence of Relaxed
        The fit itself first.
    not_tried : sequence of NotTried
    verdict : str
        Of the fit itself.
    length : str
        How long the refits were, as in "2 chains of 500 draws".

    Returns
    -------
    tuple of str
    """
    settled = sorted((r for r in rows[1:] if r.converged), key=lambda r: -r.elpd_diff)
    disagreed = verdict.startswith("disagree")
    said = _on_the_disagreement(settled) if disagreed else _on_prediction(settled, verdict)
    unsettled = [row for row in rows[1:] if not row.converged]
    if unsettled:
        said.append(f"Not settled in so few draws, and not judged: {_problems(unsettled)}.")
    doubtful = [row.instead for row in rows if row.doubtful]
    if doubtful:
        said.append(f"Log scores of {', '.join(doubtful)} rest on labelers with a high Pareto k.")
    for name in dict.fromkeys(name for row in rows for name in row.unused):
        without = dict.fromkeys(row.model for row in rows if name in row.unused)
        said.append(f"What was given for {name} has no place in {', '.join(without)}.")
    said += [f"Not tried: {left.assumption}, since {left.reason}." for left in not_tried]
    said.append(
        "This points, it does not prove: what was not tried, or several faults at once, may look "
        f"the same. The refits were {length}: fit again at full length before relying on one."
    )
    return tuple(said)


def _on_the_disagreement(everything: Sequence[Relaxed]) -> list[str]:
    said = []
    alone = {row: _best_part(row, everything) for row in everything}
    idle = {row: one for row, one in alone.items() if one is not None and not row.mends}
    settled = [row for row in everything if row not in idle]
    mending = [row for row in settled if row.mends]
    for row in mending:
        first = row is mending[0]
        seen = "" if row.p_value is not None else ", as far as can be seen without a test"
        said.append(
            f"Allowing for {row.instead} {'' if first else 'also '}mends it{seen}: closed form and "
            f"posterior then {_differ(row)}, and the log score of left-out labelers rises "
            f"{'' if first else 'less, '}by {_score(row)}."
        )
    untested = [row for row in settled if row.better and row.agrees is None]
    for row in untested:
        said.append(
            f"Allowing for {row.instead} predicts left-out labelers better, by {_score(row)} in "
            "log score; whether it mends the difference cannot be tested, since the closed form "
            f"{row.untestable}."
        )
    if not mending:
        said.insert(0, _nothing_mends(settled, untested))
    leaving = [row for row in settled if row.better and row.agrees is False]
    if leaving:
        said.append(f"Better prediction, but no mend: {_scores(leaving)}.")
    ahead = [row for row in settled if row.better and not row.mends]
    if mending and ahead and ahead[0].elpd_diff > mending[0].elpd_diff:
        said.append(
            f"What predicts best is {ahead[0].instead}: more than one fault may be at work."
        )
    wider = [row for row in settled if not row.better and row.agrees]
    if wider:
        said.append(
            f"The difference is within chance, but prediction no better: {_scores(wider)}. There "
            "the posterior may only be less sure."
        )
    nothing = [row for row in settled if not row.better and not row.agrees]
    if nothing:
        said.append(f"Neither a mend nor better prediction: {_scores(nothing)}.")
    for row, one in idle.items():
        said.append(f"Together, {row.instead} predict no better than {one.instead} alone.")
    return said


def _best_part(row: Relaxed, others: Sequence[Relaxed]) -> Relaxed | None:
    """The part of several relaxed at once that predicts as well alone, if one does."""
    parts = [other for other in others if other is not row and _is_part(other, row)]
    best = max(parts, key=lambda other: other.elpd_diff, default=None)
    return best if best is not None and row.elpd_diff < best.elpd_diff + LEAST_GAIN else None


def _is_part(other: Relaxed, row: Relaxed) -> bool:
    return set(other.parts or (other.instead,)) < set(row.parts)


def _nothing_mends(settled: Sequence[Relaxed], untested: Sequence[Relaxed]) -> str:
    if not settled:
        return "No refit settled, so that nothing can be said."
    if not untested:
        return (
            "Nothing that was tried mends it: the fault lies elsewhere, or in several assumptions "
            "at once; see where the model mispredicts (bayes-ddm diagnose)."
        )
    best = settled[0]
    said = "Of what can be tested nothing mends it"
    if best is untested[0]:
        return f"{said}; prediction points to {best.instead}."
    return f"{said}; what predicts best, {best.instead}, leaves the difference."


def _on_prediction(settled: Sequence[Relaxed], verdict: str) -> list[str]:
    said = [f"There is no disagreement to mend ({verdict.partition(':')[0].rstrip('.')})."]
    better = [row for row in settled if row.better]
    others = [row for row in settled if not row.better]
    if better:
        said.append(f"Better prediction of left-out labelers, in log score: {_scores(better)}.")
    if others:
        said.append(f"No better: {_scores(others)}.")
    return said


def _differ(row: Relaxed) -> str:
    if row.p_value is not None:
        return f"differ by no more than chance (p {p_text(row.p_value)})"
    most = max(row.preferences, key=lambda one: abs(one.difference) / one.se)
    on = f" on {most.parameter}" if len(row.preferences) > 1 else ""
    size = f"{text(number(abs(most.difference)), 2)} (se {text(number(most.se), 2)})"
    return f"differ{on} by {size}, the closed form taken at labelers' own values"


def _score(row: Relaxed) -> str:
    return f"{row.elpd_diff:.1f} (se {row.elpd_se:.1f})"


def _scores(rows: Sequence[Relaxed]) -> str:
    return ", ".join(f"{row.instead} ({row.elpd_diff:+.1f}, se {row.elpd_se:.1f})" for row in rows)


def _problems(rows: Sequence[Relaxed]) -> str:
    return "; ".join(
        f"{row.instead} ({row.problem}; log score {row.elpd_diff:+.1f}, se {row.elpd_se:.1f})"
        for row in rows
    )
