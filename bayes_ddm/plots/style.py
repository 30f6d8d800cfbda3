"""What figures share: colours, a figure that notebooks show, panels, legends."""

from __future__ import annotations

import io
from typing import Any, Protocol

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bayes_ddm._typing import BoolArray, FloatArray

# Okabe & Ito's colours, told apart with any colour vision; shapes differ as well
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#595959"
POSITIVE, NEGATIVE = BLUE, ORANGE
OBSERVED, INSIDE = "#000000", GREY


class NotebookFigure(Figure):
    """A figure outside pyplot: nothing to close, and a notebook shows it once."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=100)
        return buffer.getvalue()


class DrawnCheck(Protocol):
    """What every figure of a check reads of it."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def options(self) -> tuple[str, str]: ...


class DrawnBand(DrawnCheck, Protocol):
    """Observed statistics, and the mean and 95 % interval of their replications."""

    @property
    def observed(self) -> FloatArray: ...
    @property
    def mean(self) -> FloatArray: ...
    @property
    def low(self) -> FloatArray: ...
    @property
    def high(self) -> FloatArray: ...


class DrawnLabelers(DrawnCheck, Protocol):
    """Statistics of each labeler, observed and replicated, and who is outside their range."""

    @property
    def observed(self) -> FloatArray: ...
    @property
    def mean(self) -> FloatArray: ...
    @property
    def sd(self) -> FloatArray: ...
    @property
    def outside(self) -> BoolArray: ...
    @property
    def share_outside(self) -> float: ...


def panels(
    figure: Any,
    title: str,
    n: int = 1,
    *,
    size: tuple[float, float],
    panel: tuple[float, float] = (0, 0),
    across: int | None = None,
    left: bool = True,
    **shared: Any,
) -> tuple[Any, list[Any]]:
    """Return a figure with a title, and `n` panels, at most `across` side by side.

    A new figure has `size` inches, and `panel` more for each column and row; `left` keeps the line
    to the left of panels, and what is `shared` goes to ``subplots``.
    """
    across = min(n, across or n)
    down = -(-n // across)
    if figure is None:
        width, height = size[0] + panel[0] * across, size[1] + panel[1] * down
        figure = NotebookFigure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(down, across, squeeze=False, **shared).ravel().tolist()
    for axis in axes[n:]:
        axis.remove()
    for axis in axes[:n]:
        axis.spines[["top", "right"] if left else ["top", "right", "left"]].set_visible(False)
    return titled(figure, title), axes[:n]


def check_panels(figure: Any, check: DrawnCheck, n: int = 1) -> tuple[Any, list[Any]]:
    """Return a figure titled with a check's name, and `n` panels with grids.

    In a new figure two are side by side, which a telephone can show; else all are in one row.
    """
    across = n if figure else 2
    figure, axes = panels(figure, check.name, n, size=(6.8, 0.6), panel=(0, 2.7), across=across)
    for axis in axes:
        axis.grid(color="0.93")
        axis.set_axisbelow(True)
    return figure, axes


def titled(figure: Any, title: str) -> Any:
    """Write the title above a figure, and return it."""
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    return figure


def legend(axis: Any, *handles: Any, loc: str = "best") -> None:
    """Add a legend of `handles`, or of what is labelled in the panel."""
    axis.legend(handles=handles or None, loc=loc, frameon=False, fontsize=8)


def band_handle(check: DrawnCheck, colour: str = POSITIVE, choice: str = "") -> Any:
    """Return the entry of a legend for the band of the replications."""
    label = "predicted, 95 %" if check.kind == "posterior" else "prior prediction, 95 %"
    return Patch(color=colour, alpha=0.35, lw=0, label=f"{choice} {label}".lstrip())


def handle(mark: str, colour: str, label: str, *, filled: bool = True) -> Any:
    """Return an entry of a legend for a line style or a marker."""
    if mark in {"-", "--"}:
        return Line2D([], [], color=colour, ls=mark, label=label)
    face = colour if filled else "white"
    return Line2D([], [], ls="none", marker=mark, mec=colour, mfc=face, ms=5, label=label)
