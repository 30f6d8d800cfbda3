"""What is in a table of choices, and which response times deserve a second look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices, expect_choices
from bayes_ddm.data.columns import total
from bayes_ddm.data.grouping import n_distinct
from bayes_ddm.data.suspicious import fastest_of_each, quantiles, too_fast
from bayes_ddm.display import Stored, Table, plain
from bayes_ddm.estimators import ChoiceTimeTest, choice_time_test
from bayes_ddm.estimators.assumptions.decisions import LISTED, SuspiciousTime, listed, suspects
from bayes_ddm.estimators.boundaries.conditional import FEWEST_LABELERS

QUANTILES = (0.0, 0.01, 0.05, 0.5, 0.95, 0.99, 1.0)
PART = 1_000_000  # rows
CLOCKS = (1.0, 0.1, 0.01, 0.001, 1e-4, 1e-5, 1e-6)


@dataclass(frozen=True, repr=False)
class Check(Stored):
    """What `check` found; prints itself, in a notebook too.

    Attributes
    ----------
    n_rows, n_choices : int
        They differ where rows carry counts.
    n_labelers : int or None
        None when labelers are anonymous.
    choices_per_labeler : tuple of float or None
        Smallest, median and largest number.
    features : tuple of str
    dropped : dict of str to int
        Choices left out, by reason.
    notes : tuple of str
    rt_quantiles : dict of float to float
        Response times in seconds, by probability.
    share_positive : float
        Share of the choice +1.
    one_sided : tuple
        Labelers with at least two choices, all alike.
    clock : float or None
        Seconds between ticks when all response times are whole multiples of one; else None.
    n_distinct : int
        Rows that remain when identical ones are grouped.
    repeated_comparisons, repeating_labelers : int
        Comparisons that one labeler answers at least twice (options swapped or not), and labelers
        who have one: what the conditional boundary rests on.
    choice_time : ChoiceTimeTest or None
        Whether times depend on the choice within labelers; the diffusion has it that they do not.
    typical_fastest : float or None
        The median labeler's fastest response, in seconds.
    fast, slow : tuple of SuspiciousTime
        Fastest and slowest first, a few of them.
    n_fast, n_slow : int
        How many there are.
    leave_out : str
        The options that leave them out; empty without any.
    window : str
        What a deadline did; empty without one.
    omitted : dict
        Omissions of each labeler who has some, most first; None stands for anonymous ones.
    """

    n_rows: int
    n_choices: int
    n_labelers: int | None
    choices_per_labeler: tuple[float, float, float] | None
    features: tuple[str, ...]
    dropped: Mapping[str, int]
    notes: tuple[str, ...]
    rt_quantiles: Mapping[float, float]
    share_positive: float
    one_sided: tuple[Any, ...]
    clock: float | None
    n_distinct: int
    repeated_comparisons: int
    repeating_labelers: int
    choice_time: ChoiceTimeTest | None
    typical_fastest: float | None
    fast: tuple[SuspiciousTime, ...]
    n_fast: int
    slow: tuple[SuspiciousTime, ...]
    n_slow: int
    leave_out: str = ""
    window: str = ""
    omitted: Mapping[Any, int] = field(default_factory=dict)
    option: str = "+1"

    @property
    def grouping_pays(self) -> bool:
        """Whether grouping identical rows at least halves the table."""
        return self.n_distinct <= self.n_rows / 2

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {key: plain(value) for key, value in asdict(self).items() if key != "option"}

    def blocks(self) -> tuple[Table]:
        """Return what was found, line by line: what it is of, and the finding."""
        lines = [("choices", f"{self.n_choices:,}")]
        if self.n_rows != self.n_choices:
            lines[0] = ("choices", f"{self.n_choices:,} in {self.n_rows:,} rows")
        if self.choices_per_labeler is None:
            lines.append(("labelers", "anonymous: each row is one of its own"))
        else:
            low, middle, high = (f"{x:g}" for x in self.choices_per_labeler)
            size = f"{low} choices each" if low == high else f"{low} to {high}, median {middle}"
            lines.append(("labelers", f"{self.n_labelers:,} ({size})"))
        if self.features:
            lines.append(("features", ", ".join(self.features)))
        lines += [("dropped", f"{n:,}: {reason}") for reason, n in self.dropped.items()]
        if self.window:
            lines.append(("deadline", self._window_line()))
        lines.append((f"share of {self.option}", f"{self.share_positive:.3f}"))
        if self.one_sided:
            names = ", ".join(str(n) for n in self.one_sided[:LISTED])
            more = ", ..." if len(self.one_sided) > LISTED else ""
            lines.append(
                ("one-sided", f"{len(self.one_sided):,} labelers always chose alike: {names}{more}")
            )
        times = ", ".join(f"{t:.3g} s ({_percent(p)})" for p, t in self.rt_quantiles.items())
        lines.append(("response times", times))
        lines.append(("clock", self._clock_line()))
        lines.append(("repeats", self._repeats_line()))
        if self.choice_time is not None:
            lines.append(("choice and time", self._choice_time_line(self.choice_time)))
        lines += [("note", note) for note in self.notes]
        lines += self._suspicious_lines()
        rows = tuple((name, " ".join(text.split())) for name, text in lines)
        return (Table("", (), rows, words=frozenset({0, 1})),)

    def _window_line(self) -> str:
        total = sum(self.omitted.values())
        if not total:
            return self.window
        text = f"{self.window}, {total / (total + self.n_choices):.1%} of trials"
        if self.n_labelers is None:
            return text
        most = ", ".join(f"{name} {n:,}" for name, n in list(self.omitted.items())[:LISTED])
        more = ", ..." if len(self.omitted) > LISTED else ""
        return f"{text}, by {len(self.omitted):,} labelers: {most}{more}"

    def _clock_line(self) -> str:
        tick = "continuous" if self.clock is None else f"ticks of {self.clock:g} s"
        rows = f"{self.n_distinct:,} distinct rows of {self.n_rows:,}"
        pays = ": many are alike, and grouping pays" if self.grouping_pays else ""
        return f"{tick}; {rows}{pays}"

    def _repeats_line(self) -> str:
        if self.n_labelers is None:
            return "unknown as labelers are anonymous: no conditional boundary"
        if not self.repeated_comparisons:
            return "nobody answers a comparison twice: no conditional boundary"
        enough = self.repeating_labelers >= FEWEST_LABELERS
        boundary = (
            "enough to tell the boundary by (conditional)"
            if enough
            else "too few to tell the boundary by (conditional)"
        )
        return (
            f"{self.repeated_comparisons:,} comparisons answered more than once by one labeler, "
            f"{self.repeating_labelers:,} labelers: {boundary}"
        )

    def _choice_time_line(self, test: ChoiceTimeTest) -> str:
        if np.isnan(test.p_value):
            return f"too few comparisons answered both ways ({test.groups}) to test"
        p = f"p = {test.p_value:.2g}"
        if test.finding:
            return f"{test.finding}; {p}"
        return f"independent within labelers ({p}), as the diffusion has it"

    def _suspicious_lines(self) -> list[tuple[str, str]]:
        lines = []
        if self.fast:
            smallest = self.fast[0].rt
            text = f"{listed(self.fast, self.n_fast)}. A shared ndt must lie below {smallest:.3g} s"
            if self.typical_fastest is not None:
                text += f", while the typical labeler's fastest is {self.typical_fastest:.3g} s"
            lines.append(("too fast?", text + ": leave them out, or model fast guesses."))
        if self.slow:
            text = f"{listed(self.slow, self.n_slow)}. Distractions make the boundary look wider."
            lines.append(("too slow?", text))
        if lines:
            lines.append(("mend", f"leave {self.leave_out}"))
        return lines or [("suspicious", "no response time stands apart")]


def check(choices: Choices) -> Check:
    """Describe a table of choices, and list suspicious response times.

    What counts as suspicious is said in `bayes_ddm.data.suspicious`.

    Parameters
    ----------
    choices : Choices

    Returns
    -------
    Check

    Examples
    --------
    >>> frame = pd.DataFrame({"choice": [1, 0, 1, 1], "rt": [0.9, 1.4, 0.7, 0.8]})
    >>> check(Choices.from_frame(frame)).share_positive
    0.75
    """
    choices = expect_choices(choices)
    choices.refuse_condensed("a check of rows")
    outliers = suspects(choices)
    per_labeler, typical, one_sided = None, None, ()
    repeated = np.empty(0, dtype=np.int64)
    if choices.labelers is not None and choices.labeler is not None:
        n = np.bincount(choices.labeler, weights=choices.count)
        per_labeler = (float(n.min()), float(np.median(n)), float(n.max()))
        typical = float(np.median(fastest_of_each(choices, but=too_fast(choices))))
        positive = np.bincount(choices.labeler, weights=choices.count * (choices.choice > 0))
        alike = (n > 1) & ((positive == 0) | (positive == n))
        one_sided = tuple(choices.labelers[alike].tolist())
        repeated = _repeated(choices)
    times = quantiles(choices, np.array(QUANTILES)).tolist()
    return Check(
        n_rows=len(choices),
        n_choices=choices.n_choices,
        n_labelers=choices.n_labelers,
        choices_per_labeler=per_labeler,
        features=choices.feature_names,
        dropped=dict(choices.dropped),
        notes=choices.notes,
        rt_quantiles=dict(zip(QUANTILES, times, strict=True)),
        share_positive=total(choices.count, choices.choice > 0) / choices.n_choices,
        one_sided=one_sided,
        clock=_clock(choices.rt),
        n_distinct=n_distinct(choices),
        repeated_comparisons=len(repeated),
        repeating_labelers=len(np.unique(repeated)),
        choice_time=choice_time_test(choices),
        typical_fastest=typical,
        fast=outliers.fast,
        n_fast=outliers.n_fast,
        slow=outliers.slow,
        n_slow=outliers.n_slow,
        leave_out=outliers.options,
        window=choices.window,
        omitted=_omitted(choices),
        option=choices.origin.options[0],
    )


def _omitted(choices: Choices) -> dict[Any, int]:
    """Omissions of each labeler who has some, most first."""
    late = choices.omitted
    if late is None or not late.n_choices:
        return {}
    if late.labeler is None or late.labelers is None:
        return {None: late.n_choices}
    n = np.bincount(late.labeler, weights=late.count, minlength=len(late.labelers)).astype(int)
    order = np.argsort(-n, kind="stable")[: np.count_nonzero(n)]
    return dict(zip(late.labelers[order].tolist(), n[order].tolist(), strict=True))


def _percent(probability: float) -> str:
    return {0.0: "fastest", 1.0: "slowest"}.get(probability, f"{probability:.0%}")


def _clock(rt: FloatArray) -> float | None:
    parts = np.split(rt, range(PART, len(rt), PART))
    return next((tick for tick in CLOCKS if all(_ticks(part / tick) for part in parts)), None)


def _ticks(times: FloatArray) -> bool:
    """Whether times are whole, as far as a double, or its text with six decimals, can tell."""
    return bool((np.abs(times - np.round(times)) < 1e-6).all())


def _repeated(choices: Choices) -> IntArray:
    """Labeler of each comparison that they answer more than once."""
    features = choices.features
    # swapping the two options is the same comparison
    lead = np.zeros(len(choices))
    for column in features.T:
        lead = np.where(lead == 0, np.sign(column), lead)
    oriented = features * np.where(lead == 0, 1, lead)[:, None] + 0.0
    columns = {f"feature_{j}": column for j, column in enumerate(oriented.T)}
    frame = pd.DataFrame({"labeler": choices.labeler, **columns, "n": choices.count})
    answered = frame.groupby(["labeler", *columns])["n"].sum()
    return answered[answered > 1].index.get_level_values("labeler").to_numpy()
