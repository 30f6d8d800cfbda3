"""What every check has: a number, whether it is well, a sentence, and a figure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray
from bayes_ddm.checks.predictive.comparisons import Comparisons
from bayes_ddm.checks.predictive.mends import mend
from bayes_ddm.checks.predictive.statistics import Size, Tally
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.columns import weighted_median
from bayes_ddm.display import Badge, Shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure


# data this far from the replications would come up once in a hundred
LEVEL = 0.01
# typical misfit of a share, and of a response time as a part of the median one, that would mislead
SMALL_SHARE, SMALL_TIME = 0.02, 0.03
# so many times as much, for sure, in one place
FAR = 5

Kind = Literal["posterior", "prior"]


@dataclass(frozen=True, eq=False)
class Setting:
    """What is checked against what.

    Attributes
    ----------
    observed : Choices
        One row per choice.
    comparisons : Comparisons
        Of the observed rows.
    kind : {"posterior", "prior"}
        Whence the replications come.
    same : bool
        Whether the fitted labelers answer again, rather than new people.
    remedies : frozenset of str
        What the model has already, so that no check recommends it: see `mends`.
    weighted : Choices or None
        The condensed choices that `observed` repeats.
    """

    observed: Choices
    comparisons: Comparisons
    kind: Kind
    same: bool
    remedies: frozenset[str]
    weighted: Choices | None = None

    @property
    def options(self) -> tuple[str, str]:
        """What the +1 and the -1 option are called."""
        return self.observed.origin.options

    def limit(self, unit: str) -> float:
        """Typical misfit from which on a check fails; data have none before they are fitted."""
        if self.kind == "prior":
            return 0.0
        if unit == "share":
            return SMALL_SHARE
        return SMALL_TIME * weighted_median(self.observed.rt, self.observed.count)

    def advised[C: Check](self, check: C, *causes: str) -> C:
        """Give a check the limit that it is judged by; say why it is small, or what may mend it."""
        check = replace(check, limit=self.limit(check.unit), options=self.options)
        if check.minor:
            remark = f"Too small to matter: the misfit is typically {check.in_unit(check.typical)}"
            remark += f", less than {check.in_unit(check.limit)}."
            return replace(check, sentence=f"{check.sentence} {remark}")
        if check.ok:
            return check
        advice = "The priors all but exclude these data: widen or move them."
        if self.kind == "posterior":
            remedies = self.remedies | (frozenset() if self.observed.contextual else {"attributes"})
            advice = mend(
                causes,
                remedies,
                anonymous=self.observed.anonymous,
                contextual=self.observed.contextual,
            )
        return replace(check, sentence=f"{check.sentence} {advice}", advice=advice)


@dataclass(frozen=True, eq=False, repr=False)
class Check(Shown):
    """The result of one predictive check.

    Attributes
    ----------
    name : str
    p_value : float
        How often replicated data are at least as far off as the observed; NaN if there was nothing
        to compare.
    size : Size
        How large the misfit is, in `unit`: typically, and at most.
    unit : {"share", "s"}
    sentence : str
        What is off, by how much, and what might mend it.
    kind : {"posterior", "prior"}
    advice : str
        The end of the sentence: what might mend it.
    limit : float
        Typical misfit from which on it would mislead, in `unit`.
    options : tuple of str
        What the +1 and the -1 option are called.
    drawn_by : str
        The function of `bayes_ddm.plots` that draws it.
    caption : str
        What to see in the figure.
    """

    drawn_by: ClassVar[str] = ""
    caption: ClassVar[str] = ""
    name: str
    p_value: float
    size: Size
    unit: str
    sentence: str
    kind: Kind
    advice: str = field(default="", kw_only=True)
    limit: float = field(default=0.0, kw_only=True)
    options: tuple[str, str] = field(default=("+1", "-1"), kw_only=True)

    @property
    def misfit(self) -> float:
        """Size of the largest misfit, in the check's unit."""
        return self.size.largest

    @property
    def typical(self) -> float:
        """Size of the typical misfit, beyond chance, in the check's unit."""
        return self.size.typical

    @property
    def number(self) -> float:
        """The number to quote: the predictive p-value, unless the check says otherwise."""
        return self.p_value

    @property
    def ok(self) -> bool:
        """Whether the model passes: at a level of 1 %, or with a misfit too small to mislead."""
        return not self.p_value < LEVEL or self.minor

    @property
    def minor(self) -> bool:
        """Whether there is a misfit to be seen, too small to mislead."""
        small = self.typical < self.limit and self.size.sure < FAR * self.limit
        return self.p_value < LEVEL and small

    @property
    def p_text(self) -> str:
        """The p-value in words."""
        if np.isnan(self.p_value):
            return "-"
        return "< 0.001" if self.p_value < 0.001 else f"{self.p_value:.3f}"

    def in_unit(self, value: float) -> str:
        """Return a misfit with its unit."""
        if np.isnan(value):
            return "-"
        return f"{100 * value:.2g} points" if self.unit == "share" else f"{value:.2g} s"

    def plot(self, figure: Any = None) -> Figure:
        """Draw the check, into `figure` if one is given."""
        from bayes_ddm import plots

        result: Figure = getattr(plots, self.drawn_by)(self, figure=figure)
        return result

    def blocks(self) -> tuple[Badge]:
        """Return the check as a badge."""
        return (Badge(self.name, self.ok, self.sentence, self.minor),)


class Watch:
    """A check in the making: it is shown one replication at a time, and keeps only summaries."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.replicated: list[FloatArray] = []

    def summary(self, choice: NDArray[np.int8], rt: FloatArray) -> FloatArray:
        """Return what is compared, of the observed rows or of a replication."""
        raise NotImplementedError

    def observed(self) -> FloatArray:
        """Return the summary of the observed rows."""
        return self.summary(self.setting.observed.choice, self.setting.observed.rt)

    def add(self, choice: NDArray[np.int8], rt: FloatArray) -> None:
        """Take a replication into account."""
        self.replicated.append(self.summary(choice, rt))

    def result(self) -> Check:
        """Compare what was seen with the observed rows."""
        raise NotImplementedError


class WatchLabelers(Watch):
    """One of summaries of each labeler, of which counts, mean and deviation are kept alone."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        assert setting.observed.labelers is not None and setting.observed.labeler is not None
        self.names, self.labeler = setting.observed.labelers, setting.observed.labeler
        self.tally = Tally(self.observed())

    def add(self, choice: NDArray[np.int8], rt: FloatArray) -> None:
        """Take a replication into account."""
        self.tally.add(self.summary(choice, rt))
