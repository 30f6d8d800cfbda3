"""What a plan holds, and how it is shown."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy.special import ndtri

from bayes_ddm.display import (
    Block,
    Callout,
    Stored,
    Table,
    Words,
    marked,
    number,
    numbered,
    plain,
    text,
)
from bayes_ddm.estimators.planning.menu import Menu
from bayes_ddm.estimators.planning.pilot import MODELS, SEMIPARAMETRIC

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Design:
    """A number of labelers and of choices, and what one way of estimating makes of them.

    Attributes
    ----------
    method : str
        The estimator, or the model.
    labelers : int or None
        None where no number of labelers reaches the target.
    choices : int
        By each labeler.
    se, bias : tuple of float
        Predicted standard error and bias, one per parameter. Only a model whose population has
        another shape than the assumed one is biased; 0 where the pilot cannot tell it from none.
    needed : int or None
        Labelers with which this many choices each reach the target; None if no number does, or
        there is no target.
    seconds : float
        Expected response time of all labelers together.
    cost : float
        In the unit of the costs given; without costs, the seconds.
    usable : bool
        Whether what the method takes as known is known.
    reaches : bool
        Whether it has the labelers that it needs.
    note : str
    recruit : tuple of int
        Labelers of each group, where there are groups.
    """

    method: str
    labelers: int | None
    choices: int
    se: tuple[float, ...]
    bias: tuple[float, ...]
    needed: int | None
    seconds: float
    cost: float
    usable: bool
    reaches: bool
    note: str
    recruit: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Plan(Stored):
    """What `plan` returns.

    Attributes
    ----------
    designs : tuple of Design
    recommended : Design or None
        The cheapest that reaches the target by `method`; None if none does, or there is no target.
    method : str
        What the recommendation is estimated with.
    parameters : tuple of str
        "mu", or the features.
    target_se : tuple of float, or None
        One per parameter.
    prob : float
        Probability of the intervals that a target width is of.
    assumed : str
        Population, boundary and ndt.
    costs : mapping of str to float
        Per labeler, choice and second; all zero where the cost is the time.
    pilot : int
        Simulated labelers.
    accuracy : float
        Largest relative Monte Carlo standard error of a predicted standard error.
    groups : tuple of str
        Whom labelers can be recruited from; empty where that is all one.
    aim : str
        What of the groups is to be known.
    menu : Menu or None
        With levels of privacy and their prices, what the budget buys; then there are no designs.
    """

    designs: tuple[Design, ...]
    recommended: Design | None
    method: str
    parameters: tuple[str, ...]
    target_se: tuple[float, ...] | None
    prob: float
    assumed: str
    costs: dict[str, float]
    pilot: int
    accuracy: float
    groups: tuple[str, ...] = ()
    aim: str = "average"
    menu: Menu | None = None

    @property
    def table(self) -> pd.DataFrame:
        """A row per design; ``se`` and ``bias`` have a column per feature, if there are any.

        With a menu, a row per level of privacy.
        """
        if self.menu is not None:
            return pd.DataFrame(map(dataclasses.asdict, self.menu.levels))
        rows = []
        for design in self.designs:
            row = dataclasses.asdict(design)
            for key in ("se", "bias"):
                values = row.pop(key)
                row |= {self._label(key, j): value for j, value in enumerate(values)}
            recruit = row.pop("recruit") or (None,) * len(self.groups)
            row |= {f"labelers[{g}]": n for g, n in zip(self.groups, recruit, strict=True)}
            rows.append(row)
        whole = dict.fromkeys(
            ["labelers", "needed", *(f"labelers[{g}]" for g in self.groups)], "Int64"
        )
        ends = ["needed", "seconds", "cost", "usable", "reaches", "note"]
        frame = pd.DataFrame(rows).astype(whole)
        return frame[[*(name for name in frame if name not in ends), *ends]]

    def _label(self, key: str, j: int) -> str:
        return key if self.parameters == ("mu",) else f"{key}[{self.parameters[j]}]"

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as JSON values; None stands for what cannot be had."""
        if self.menu is not None:
            record = {"schema_version": SCHEMA_VERSION, "assumed": self.assumed, "prob": self.prob}
            return record | {"menu": self.menu.to_dict()}
        keys = ["assumed", "parameters", "target_se", "prob", "costs", "pilot", "accuracy"]
        keys += ["groups", "aim"] if self.groups else []
        fields = dataclasses.asdict(self)
        ordered = (*keys, "method", "designs", "recommended")
        return {"schema_version": SCHEMA_VERSION} | {key: plain(fields[key]) for key in ordered}

    def cheapest(self, method: str) -> Design | None:
        """Return the cheapest design that reaches the target by one method, if any does."""
        good = [d for d in self.designs if d.method == method and d.reaches]
        return min(good, key=lambda d: (d.cost, d.labelers), default=None)

    def _table(self) -> Table:
        priced, biased = any(self.costs.values()), any(any(d.bias) for d in self.designs)
        keys = ["se", "bias"] if biased else ["se"]
        heads = [self._label(key, j) for key in keys for j in range(len(self.parameters))]
        same = all(d.labelers == d.needed for d in self.designs) or self.target_se is None
        head = ["method", "choices", "labelers", *self.groups, *heads, "hours"]
        head += (["cost"] if priced else []) + ([] if same else ["needs"]) + [""]
        rows, notes = [], list[str]()
        for d in self.designs:
            row = [d.method, str(d.choices), "-" if d.labelers is None else f"{d.labelers:,}"]
            row += [f"{n:,}" for n in d.recruit] or ["-"] * len(self.groups)
            row += [text(number(x), 3) for key in keys for x in getattr(d, key)]
            row += [text(number(d.seconds / 3600), 3)]
            row += [text(number(d.cost), 6)] if priced else []
            row += [] if same else ["-" if d.needed is None else f"{d.needed:,}"]
            mark = "<- recommended" if d is self.recommended else ""
            rows.append((*row, f"{marked(notes, d.note)} {mark}".strip()))
        words = frozenset({0, len(head) - 1})
        return Table("", tuple(head), tuple(rows), words, numbered(notes))

    def _title(self) -> list[str]:
        lines = [f"Plan for {self.assumed}"]
        if self.target_se is not None:
            width = [2 * float(ndtri((1 + self.prob) / 2)) * se for se in self.target_se]
            figures = [", ".join(f"{x:.3g}" for x in values) for values in (self.target_se, width)]
            several = "s" if len(self.target_se) > 1 else ""
            lines += [
                f"Target: standard error{several} {figures[0]} of {self._target} "
                f"({100 * self.prob:g} % interval{several} of width {figures[1]}); a bias counts "
                "as error"
            ]
        return lines

    @property
    def _target(self) -> str:
        if not self.groups:
            return ", ".join(self.parameters)
        return {
            "average": "the average over the groups' shares",
            "worst": "each group's average",
            "difference": f"{self.groups[-1]} - {self.groups[0]}",
        }[self.aim]

    def _verdict(self) -> list[str]:
        if self.target_se is None:
            return []
        lines = []
        if all(d.method in {SEMIPARAMETRIC, *MODELS} for d in self.designs if d.usable):
            lines += [
                "The boundary is to be estimated, and nobody answers the same comparison twice: it "
                "then rests on the population's shape."
            ]
        if self.recommended is not None:
            lines += [f"Recommended: {self._phrase(self.recommended)}."]
        else:
            designs = [d for d in self.designs if d.method == self.method and d.needed is not None]
            fewest = {d.choices: d.needed for d in designs}
            would = ", or ".join(f"{n:,} labelers x {k}" for k, n in fewest.items())
            lines += [
                f"No design here reaches the target with {self.method}; "
                + (f"these would: {would}." if would else "no number of labelers would.")
            ]
        for other in dict.fromkeys(d.method for d in self.designs if d.usable):
            best = self.cheapest(other)
            if other != self.method and best is not None:
                lines += [f"Cheapest otherwise: {self._phrase(best)}."]
        return lines

    def _phrase(self, design: Design) -> str:
        assert design.labelers is not None
        total = design.labelers * design.choices
        number = "1 choice" if design.choices == 1 else f"{design.choices} choices"
        price = f", cost {design.cost:,.6g}" if any(self.costs.values()) else ""
        return (
            f"{design.labelers:,} labelers x {number} ({total:,} in all, "
            f"{design.seconds / 3600:.3g} hours of responding{price}) with {design.method}"
            + (f", which {design.note}" if design.method in MODELS else "")
        )

    def _footer(self) -> list[str]:
        lines = [
            f"Standard errors are those of large samples, to {100 * self.accuracy:.1g} % "
            f"({self.pilot:,} simulated labelers); hours count response times only."
        ]
        if self.target_se is not None and not any(self.costs.values()):
            lines += ["No costs were given: the cheapest design is the one that takes least time."]
        return lines

    def blocks(self) -> list[Block]:
        """Return the verdict, what was assumed, and the designs; or the menu."""
        if self.menu is not None:
            return [*map(Words, self._title()), *self.menu.blocks()]
        verdict = "\n".join(self._verdict())
        return [
            *([Callout("", verdict, self.recommended is not None)] if verdict else []),
            *map(Words, self._title()),
            self._table(),
            *map(Words, self._footer()),
        ]
