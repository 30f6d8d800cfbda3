"""Matplotlib figures as pictures inside the page: vector where that is small, else crisp PNG."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bayes_ddm.display import Block, Fold, Picture
from bayes_ddm.plots.style import NotebookFigure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bayes_ddm.checks import Check


# names from the data may hold dollar signs, which are no mathematics there
STYLE: Any = {
    "font.size": 9,
    "interactive": False,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "bayes_ddm",
    "text.parse_math": False,
}
LARGEST_VECTOR = 90_000  # characters
DPI = 160
COLOURS = 128
PIXELS_PER_INCH = 96


def picture(
    draw: Callable[[], Figure],
    *,
    alt: str,
    caption: str,
    narrow: Callable[[], Figure] | None = None,
) -> Picture:
    """Draw a figure and return it as a picture; what goes wrong in drawing is not hidden.

    Parameters
    ----------
    draw : callable
        Makes the figure.
    alt : str
        What it shows, for those who cannot see it.
    caption : str
        What to see in it.
    narrow : callable, optional
        Makes it as a telephone shows it.
    """
    source, width, height = _source(draw)
    small = "" if narrow is None else _source(narrow)[0]
    return Picture(source, alt, caption, width, height, small)


def _source(draw: Callable[[], Figure]) -> tuple[str, int, int]:
    """Data address of a figure, and its size in pixels."""
    import matplotlib
    import matplotlib.pyplot as plt

    with matplotlib.rc_context(STYLE):
        figure = draw()
        width, height = (round(PIXELS_PER_INCH * x) for x in figure.get_size_inches())
        # the date of writing would make no two reports alike
        image = _saved(figure, format="svg", metadata={"Date": None})
        mime = "image/svg+xml"
        if len(image) > LARGEST_VECTOR:
            image, mime = _few_colours(_saved(figure, format="png", dpi=DPI)), "image/png"
        # ArviZ draws through pyplot, which keeps what it draws
        plt.close(figure)
    return f"data:{mime};base64,{base64.b64encode(image).decode('ascii')}", width, height


def check_blocks(check: Check) -> tuple[Block, ...]:
    """Return a predictive check and its figure: on request, where it passes."""
    alt = f"{check.name}, observed against predicted: {check.sentence}"
    figure = picture(check.plot, alt=alt, caption=check.caption)
    (badge,) = check.blocks()
    return (Fold(badge, (figure,)),) if check.ok and not check.minor else (badge, figure)


def side_by_side(checks: Mapping[str, Check]) -> Figure:
    """Draw one check of several fits, below each other."""
    figure = NotebookFigure(figsize=(8, 3.6 * len(checks)), layout="constrained")
    panels = figure.subfigures(len(checks), 1, squeeze=False).ravel()
    for panel, (fit, check) in zip(panels, checks.items(), strict=True):
        check.plot(figure=panel)
        panel.suptitle(f"{fit}: {check.name}", x=0.01, ha="left", fontsize=11)
    return figure


def _saved(figure: Figure, **options: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, **options)
    return buffer.getvalue()


def _few_colours(png: bytes) -> bytes:
    """The same picture from a palette: a third of the size, and no difference to see."""
    from PIL import Image

    buffer = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS).save(buffer, format="png", optimize=True)
    return buffer.getvalue()
