"""Figures of predictive checks, with what to see in each."""

from __future__ import annotations

from collections.abc import Collection

from bayes_ddm.checks import PredictiveChecks
from bayes_ddm.display import Picture
from bayes_ddm.reporting.drawing import picture

__all__ = ["check_pictures"]

# by the kind of check
CAPTIONS = {
    "ComparisonShare": "Points: observed share of +1 choices. Bars: where 95 % of replications "
    "fall. A point off its bar is a comparison that the model does not foresee.",
    "LabelerShare": "A point per labeler, in the order of the shares of +1 that the model predicts "
    "of them. Diamonds lie outside their range: people whom the model does not know.",
    "QuantileProbability": "Quantiles (.1 to .9) of response times, by how often the choice is "
    "made. Points within the bands: the model gets both the choices and their speed.",
    "RtDensity": "Observed times against the band of replications. Where the line leaves the band, "
    "choices are faster or slower than foreseen.",
    "LabelerMisfit": "A point per labeler and statistic; on the line, observed and predicted "
    "agree. Diamonds lie outside the range of the replications.",
    "LabelerSpread": "How choice shares are spread over people, against new people from the "
    "fitted population. Off the band, the population does not have the assumed shape.",
}


def check_pictures(checks: PredictiveChecks, only: Collection[str] = CAPTIONS) -> list[Picture]:
    """Draw the checks, of the given kinds."""
    return [
        picture(
            check.plot,
            alt=f"{check.name}, observed against predicted: {check.sentence}",
            caption=CAPTIONS.get(type(check).__name__, ""),
        )
        for check in checks.checks
        if type(check).__name__ in only
    ]
