"""Response times of both choices, back to back."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.plots.style import NEGATIVE, POSITIVE, legend, panels

BINS = 60
SHOWN = 0.995


class DrawnTimes(Protocol):
    """Choices (+1, -1), response times in seconds, and how many each row stands for."""

    @property
    def choice(self) -> NDArray[np.int8]: ...
    @property
    def rt(self) -> FloatArray: ...
    @property
    def count(self) -> IntArray: ...


def response_times(
    choices: DrawnTimes,
    *,
    options: tuple[str, str] = ("+1", "-1"),
    figure: Figure | None = None,
) -> Figure:
    """Draw the response times of +1 choices upwards, those of -1 choices downwards.

    Parameters
    ----------
    choices : Choices
    options : tuple of str
        What the +1 and the -1 option are called.
    figure : matplotlib Figure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
        The slowest half per cent is left out, and counted in the axis label.
    """
    figure, (axis,) = panels(figure, "Response times by choice", size=(6.2, 2.9))
    order = np.argsort(choices.rt)
    cumulative = np.cumsum(choices.count[order])
    limit = choices.rt[order][np.searchsorted(cumulative, np.ceil(SHOWN * cumulative[-1]))]
    bins = np.linspace(0, limit, BINS + 1)
    for sign, colour, label in zip((1, -1), (POSITIVE, NEGATIVE), options, strict=True):
        rows = choices.choice == sign
        counts, _ = np.histogram(choices.rt[rows], bins, weights=choices.count[rows])
        axis.stairs(
            sign * counts, bins, fill=True, color=colour, alpha=0.75, label=f"choice {label}"
        )
    late = int(np.rint(choices.count[choices.rt > limit].sum()))
    axis.axhline(0, color="0.3", lw=0.8)
    axis.set_xlabel("response time (s)" + (f"; {late:,} beyond" if late else ""))
    axis.set_ylabel("choices")
    axis.yaxis.set_major_formatter(lambda value, _: f"{abs(value):,.0f}")
    legend(axis)
    return figure
