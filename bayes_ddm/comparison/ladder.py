"""A short ladder of models: which steps of it pay, by prediction of rows that were held out."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray
from bayes_ddm.comparison.explanation import LEAST_GAIN
from bayes_ddm.comparison.relaxations import NotTried
from bayes_ddm.display import Block, Callout, Stored, Table, plain
from bayes_ddm.distributions.prior_code import as_code

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# averages that the table has room for
MOST_AVERAGES = 2


@dataclass(frozen=True, eq=False)
class Rung:
    """One model of the ladder.

    Attributes
    ----------
    step : str
        What it adds to the best model before it.
    model : str
    drift : str
        Formula of the drift; empty where features are as they are.
    options : mapping
        Parameters that `bayes_ddm.fit` takes.
    columns : int
        Preferences that every labeler has.
    score : ndarray, shape (labelers,)
        Log score of each labeler's choices and times, every row held out once.
    averages : mapping of str to float
        Average preferences, approximated.
    over : Rung or None
        The rung that it is compared with; None for the first.
    settled : bool
        Whether every search for an approximation ended by itself.
    """

    step: str
    model: str
    drift: str
    options: Mapping[str, Any]
    columns: int
    score: FloatArray = field(repr=False)
    averages: Mapping[str, float]
    over: Rung | None = field(repr=False)
    settled: bool = True

    def better_by(self, other: Rung) -> tuple[float, float]:
        """Log score less that of another rung, and the standard error, labelers being the units."""
        gain = self.score - other.score
        return float(gain.sum()), float(math.sqrt(len(gain)) * gain.std(ddof=1))

    def clearly_better(self, other: Rung) -> bool:
        """Whether the difference is more than 4, and than two standard errors."""
        gain, se = self.better_by(other)
        return gain > max(LEAST_GAIN, 2 * se)

    @property
    def gain(self) -> tuple[float, float]:
        """What the step is worth, and its standard error; NaN for the first rung."""
        return (math.nan, math.nan) if self.over is None else self.better_by(self.over)


@dataclass(frozen=True, eq=False, repr=False)
class Ladder(Stored):
    """What `explore` returns.

    Attributes
    ----------
    rungs : tuple of Rung
        In the order in which they were tried.
    path : tuple of Rung
        Those that were kept, from the first to the recommended one.
    not_tried : tuple of NotTried
    labelers, choices, folds, seed : int
    between : str
        Formula of what differs between labelers, in every model; often empty.
    """

    rungs: tuple[Rung, ...]
    path: tuple[Rung, ...]
    not_tried: tuple[NotTried, ...]
    labelers: int
    choices: int
    folds: int
    seed: int
    between: str = ""

    @property
    def best(self) -> Rung:
        """The last rung that was kept."""
        return self.path[-1]

    def finding(self, rung: Rung) -> str:
        """Whether a step pays, in a few words."""
        if rung.over is None:
            return "where it starts"
        pays = rung.clearly_better(rung.over)
        if rung in self.path:
            return "pays" if pays else "as good, and simpler"
        if pays:
            return "pays, but another does as well or better"
        return "predicts worse" if rung.over.clearly_better(rung) else "does not pay"

    @property
    def table(self) -> pd.DataFrame:
        """One row per rung: step, score, gain, se, kept, finding, and averages that all have."""
        records = []
        for rung in self.rungs:
            gain, se = rung.gain
            record = {"step": rung.step, "score": float(rung.score.sum()), "gain": gain, "se": se}
            record |= {"kept": rung in self.path, "finding": self.finding(rung)}
            records.append(record | {name: rung.averages[name] for name in self.common})
        return pd.DataFrame(records).set_index("step")

    @property
    def common(self) -> list[str]:
        """Average preferences that every rung has."""
        names = [name for name in self.rungs[0].averages if name != "Intercept"]
        return [name for name in names if all(name in rung.averages for rung in self.rungs)]

    @property
    def options(self) -> dict[str, Any]:
        """What `bayes_ddm.fit` takes for the recommended model, its name as ``model``."""
        best = self.best
        formulas = {"drift": best.drift, "between": self.between}
        formulas = {name: formula for name, formula in formulas.items() if formula}
        return {"model": best.model, **formulas, **best.options}

    @property
    def code(self) -> str:
        """The fit that is recommended, in Python."""
        options = [f"{key}={as_code(x)}" for key, x in self.options.items() if key != "model"]
        return f"bd.fit({', '.join(['choices', repr(self.best.model), *options])})"

    @property
    def text(self) -> str:
        """Which steps pay, in words."""
        paying = [
            f"{rung.step} ({rung.gain[0]:+.0f}, se {rung.gain[1]:.0f})" for rung in self.path[1:]
        ]
        others = [rung.step for rung in self.rungs if rung not in self.path]
        text = f"What pays: {'; '.join(paying)}." if paying else "No step pays."
        return text + (f" What does not: {'; '.join(others)}." if others else "")

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        rungs = []
        for rung in self.rungs:
            gain, se = rung.gain
            options = {key: as_code(value) for key, value in rung.options.items()}
            rungs.append(
                {"step": rung.step, "model": rung.model, "drift": rung.drift, "options": options}
                | {
                    "score": float(rung.score.sum()),
                    "gain": gain,
                    "se": se,
                    "kept": rung in self.path,
                }
                | {"finding": self.finding(rung), "settled": rung.settled}
                | {"averages": dict(rung.averages)}
            )
        return plain(
            {"text": self.text, "recommended": self.code, "rungs": rungs}
            | {"not_tried": [dataclasses.asdict(omission) for omission in self.not_tried]}
            | {key: getattr(self, key) for key in ("labelers", "choices", "folds", "seed")}
        )

    def blocks(self) -> list[Block]:
        """Return what pays, a row per step, and the fit to run."""
        common = self.common[:MOST_AVERAGES]
        formats = {"gain": "+,.1f", "se": ".1f"} | dict.fromkeys(common, ".3g")
        head = ("step", "worth", "se", *(f"average {name}" for name in common), "")
        notes = [omission.sentence for omission in self.not_tried]
        unsettled = [rung.step for rung in self.rungs if not rung.settled]
        if unsettled:
            notes.append(f"Approximations that did not settle: {', '.join(unsettled)}.")
        table = Table.of(
            f"Log score of {self.choices:,} choices by {self.labelers:,} labelers, a "
            f"{_share(self.folds)} of each labeler's held out in turn: what each step adds to the "
            "best model before it. A gain below 4, or below two standard errors, is none.",
            head,
            self.table,
            **formats,
            finding="",
        )
        text = f"{self.text}\nPosteriors were approximated; sample what is recommended: {self.code}"
        return [Callout("Ladder", text), dataclasses.replace(table, notes=tuple(notes))]

    def plot(self, figure: Any = None) -> Figure:
        """Draw what each step is worth."""
        from bayes_ddm.plots import ladder

        return ladder(self, figure=figure)


def _share(folds: int) -> str:
    names = {2: "half", 3: "third", 4: "fourth", 5: "fifth", 10: "tenth"}
    return names.get(folds, f"{folds}th")


def simplest(rungs: Sequence[Rung]) -> Rung:
    """Return the rung with fewest preferences of those that none is clearly better than."""
    best = max(rungs, key=lambda rung: rung.score.sum())
    tied = [rung for rung in rungs if rung is best or not best.clearly_better(rung)]
    columns = [rung.columns for rung in tied]
    return tied[int(np.argmin(columns))]
