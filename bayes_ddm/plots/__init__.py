"""Figures, one per file; each takes what it shows and returns a Matplotlib figure."""

from bayes_ddm.plots.forest import forest

__all__ = ["forest"]
