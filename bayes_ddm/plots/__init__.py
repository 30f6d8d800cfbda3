"""Figures, one per file; each takes what it shows and returns a Matplotlib figure."""

from bayes_ddm.plots.cartoon import cartoon
from bayes_ddm.plots.choice_share import comparison_share, labeler_share, labeler_spread
from bayes_ddm.plots.drift_curve import drift_curve
from bayes_ddm.plots.forest import forest
from bayes_ddm.plots.frontier import frontier
from bayes_ddm.plots.graph import graph
from bayes_ddm.plots.labeler_misfit import labeler_misfit
from bayes_ddm.plots.labeler_preferences import labeler_preferences
from bayes_ddm.plots.ladder import ladder
from bayes_ddm.plots.movable_cartoon import movable_cartoon
from bayes_ddm.plots.quantile_probability import quantile_probability
from bayes_ddm.plots.response_curve import response_curve
from bayes_ddm.plots.response_times import response_times
from bayes_ddm.plots.rt_density import rt_density

__all__ = [
    "cartoon",
    "comparison_share",
    "drift_curve",
    "forest",
    "frontier",
    "graph",
    "labeler_misfit",
    "labeler_preferences",
    "labeler_share",
    "labeler_spread",
    "ladder",
    "movable_cartoon",
    "quantile_probability",
    "response_curve",
    "response_times",
    "rt_density",
]


def __dir__() -> list[str]:
    return sorted(__all__)
