"""What figures of checks share: a titled row of panels, and their legends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bayes_ddm.checks.result import Check

__all__ = ["panels", "predicted_label", "shown"]


def panels(figure: Any, title: str, n: int, *, width: float = 8) -> tuple[Any, list[Any]]:
    """Return a figure with a title and `n` plain panels side by side."""
    from bayes_ddm.plots.figure import NotebookFigure

    if figure is None:
        figure = NotebookFigure(figsize=(width, 3.6), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    axes = figure.subplots(1, n, squeeze=False)[0].tolist()
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(color="0.93")
        axis.set_axisbelow(True)
    return figure, axes


def predicted_label(check: Check) -> str:
    """Words for the band."""
    return "predicted, 95 %" if check.kind == "posterior" else "prior prediction, 95 %"


def shown(mark: str, colour: str, label: str, *, filled: bool = True) -> Any:
    """Return an entry of a legend: ``"band"``, a line style or a marker."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if mark == "band":
        return Patch(color=colour, alpha=0.35, lw=0, label=label)
    if mark in {"-", "--"}:
        return Line2D([], [], color=colour, ls=mark, label=label)
    face = colour if filled else "white"
    return Line2D([], [], ls="none", marker=mark, mec=colour, mfc=face, ms=5, label=label)
