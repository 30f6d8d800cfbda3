"""The cartoon of a diffusion with sliders: HTML that needs nothing but a browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bayes_ddm.display.page import environment
from bayes_ddm.errors import InputError
from bayes_ddm.plots.style import INSIDE, NEGATIVE, POSITIVE

# lowest, highest, step
RANGES = {"drift": (-3.0, 3.0, 0.05), "boundary": (0.3, 2.5, 0.05), "start": (0.05, 0.95, 0.01)}


@dataclass(frozen=True)
class MovableCartoon:
    """What a notebook shows with sliders; made by `movable_cartoon`."""

    drift: float
    boundary: float
    start: float
    seed: int

    def _repr_html_(self) -> str:
        sliders: dict[str, Any] = {}
        for name, (low, high, step) in RANGES.items():
            sliders[name] = {"low": low, "high": high, "step": step, "value": getattr(self, name)}
        colours = {"positive": POSITIVE, "negative": NEGATIVE, "grey": INSIDE}
        template = environment("bayes_ddm.plots").get_template("movable_cartoon.html.j2")
        return template.render(sliders=sliders, seed=self.seed, **colours)


def movable_cartoon(
    drift: float = 1.0, boundary: float = 1.25, *, start: float = 0.5, seed: int = 7
) -> MovableCartoon:
    """Draw paths of evidence and both densities, with sliders for drift, boundary and start.

    Parameters
    ----------
    drift, boundary, start : float
        Where the sliders stand first, as in `cartoon`: from -3 to 3, 0.3 to 2.5, 0.05 to 0.95.
    seed : int
        Of the paths, which keep their noise while sliders move.

    Returns
    -------
    MovableCartoon
        Shown by a notebook that runs, and on a page; nothing is loaded from elsewhere. Where
        scripts do not run, `cartoon` shows one position.

    Raises
    ------
    InputError
        If a slider does not reach what is asked for, or the seed is no whole number from 0 on.

    Examples
    --------
    >>> movable_cartoon(drift=0.5)
    MovableCartoon(drift=0.5, boundary=1.25, start=0.5, seed=7)
    """
    for name, value in {"drift": drift, "boundary": boundary, "start": start}.items():
        low, high, _ = RANGES[name]
        if not low <= value <= high:
            raise InputError(f"the slider of {name} goes from {low:g} to {high:g}; got {value:g}.")
    if int(seed) != seed or seed < 0:
        raise InputError(f"seed must be a whole number from 0 on; got {seed}.")
    return MovableCartoon(float(drift), float(boundary), float(start), int(seed))
