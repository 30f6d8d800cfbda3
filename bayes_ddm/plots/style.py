"""What figures share: colours, a figure that notebooks show, panels, legends."""

from __future__ import annotations

import io
from typing import Any, Protocol

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

__all__ = [
    "INSIDE",
    "NEGATIVE",
    "OBSERVED",
    "POSITIVE",
    "DrawnCheck",
    "NotebookFigure",
    "panels",
    "predicted_label",
    "shown",
]

# Okabe & Ito's colours, told apart with any colour vision; shapes differ as well
POSITIVE, NEGATIVE = "#0072B2", "#D55E00"
OBSERVED, INSIDE = "#000000", "#595959"


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


def panels(figure: Any, title: str, n: int, *, width: float = 8) -> tuple[Any, list[Any]]:
    """Return a figure with a title and `n` plain panels side by side."""
    if figure is None:
        figure = NotebookFigure(figsize=(width, 3.6), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    axes = figure.subplots(1, n, squeeze=False)[0].tolist()
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(color="0.93")
        axis.set_axisbelow(True)
    return figure, axes


def predicted_label(check: DrawnCheck) -> str:
    """Words for the band."""
    return "predicted, 95 %" if check.kind == "posterior" else "prior prediction, 95 %"


def shown(mark: str, colour: str, label: str, *, filled: bool = True) -> Any:
    """Return an entry of a legend: ``"band"``, a line style or a marker."""
    if mark == "band":
        return Patch(color=colour, alpha=0.35, lw=0, label=label)
    if mark in {"-", "--"}:
        return Line2D([], [], color=colour, ls=mark, label=label)
    face = colour if filled else "white"
    return Line2D([], [], ls="none", marker=mark, mec=colour, mfc=face, ms=5, label=label)
