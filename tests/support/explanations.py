"""Refits that were not made: rows of an explanation."""

from dataclasses import replace

from bayes_ddm.comparison.explanation import Preference, Relaxed


def row(instead, gain=0.0, se=1.0, *, p=None, agrees=False, **changes):
    made = Relaxed(
        assumption=f"no {instead}",
        instead=instead,
        model="hierarchical",
        options="",
        estimator="consistent_model_boundary",
        preferences=(Preference("mu", 0.5, 0.6, 0.1, 0.2),),
        p_value=p,
        agrees=agrees,
        untestable="",
        elpd_diff=gain,
        elpd_se=se,
    )
    return replace(made, **changes)
