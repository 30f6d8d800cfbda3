"""Drift at comparisons, where it is not linear: the posterior's, and mean pseudo-labels there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.comparison.verdict import p_text
from bayes_ddm.data.choices import Choices
from bayes_ddm.display import Table, plain
from bayes_ddm.estimators.bounded.labels import bounded_labels
from bayes_ddm.fitting.labelers import Labelers, fitted_labelers
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.rows import choices_at, rows_of
from bayes_ddm.wiener.drift_link import saturated
from bayes_ddm.wiener.trial_drift import TrialDrift

# comparisons that are shown as they are; of more, bins
MOST_COMPARISONS, BINS = 12, 8
DRAWS = 100


@dataclass(frozen=True, eq=False)
class Drifts:
    """Drifts averaged over labelers, by comparison; made by `drifts_at`.

    Attributes
    ----------
    names : tuple of str
        Of each comparison, or of bins of them by the average drift.
    rows : ndarray of int, shape (comparisons,)
    posterior, sd : ndarray, shape (comparisons,)
        Mean and standard deviation, over draws, of the mean drift of these rows.
    closed_form : ndarray, shape (comparisons,)
        Mean bounded pseudo-label, at the fit's own boundaries and ndts.
    difference, se : ndarray, shape (comparisons,)
        Closed form less what the fit predicts of it, and the standard deviation of that prediction.
    statistic : float
        Sum of squares of the differences over their standard errors.
    """

    names: tuple[str, ...]
    rows: IntArray
    posterior: FloatArray
    sd: FloatArray
    closed_form: FloatArray
    difference: FloatArray
    se: FloatArray
    statistic: float

    @property
    def p_value(self) -> float:
        """Of no difference at any comparison; chi squared."""
        return float(chdtrc(len(self.names), self.statistic))

    @property
    def table(self) -> pd.DataFrame:
        """A row per comparison: drift of the posterior and of the closed form, and p-value."""
        names = ("rows", "posterior", "sd", "closed_form", "difference", "se")
        columns = {name: getattr(self, name) for name in names}
        columns["p_value"] = 2 * ndtr(-np.abs(self.difference / self.se))
        return pd.DataFrame(columns, index=pd.Index(self.names, name="comparison"))

    @property
    def sentence(self) -> str:
        """Whether the two differ, and where most."""
        furthest = int(np.argmax(np.abs(self.difference / self.se)))
        place = (
            f"{self.names[furthest]}, closed form {self.closed_form[furthest]:.3g}, posterior "
            f"{self.posterior[furthest]:.3g}"
        )
        outcome = "differ by no more than chance" if self.p_value >= 0.05 else "differ"
        return (
            f"Comparison by comparison, closed form and posterior drift {outcome} (p "
            f"{p_text(self.p_value)}; furthest apart at {place})"
        )

    def block(self) -> Table:
        """Return the table to show."""
        formats = {"rows": ",d", "posterior": ".3g", "sd": ".2g", "closed_form": ".3g"}
        formats |= {"difference": ".2g", "se": ".2g", "p_value": ".2g"}
        head = ("drift at", "rows", "posterior", "sd", "closed form", "difference", "se", "p")
        caption = "Drift by comparison, averaged over labelers"
        return Table.of(caption, head, self.table, **formats)

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as JSON values."""
        records = self.table.reset_index().to_dict("records")
        return {"p_value": plain(self.p_value), "comparisons": [plain(x) for x in records]}


def drifts_at(posterior: Posterior, most_drift: float) -> Drifts | None:
    """Hold the posterior's drifts against mean pseudo-labels, comparison by comparison.

    The average preference of a fit whose drift saturates has no closed form; mean drifts do, since
    a pseudo-label is an unbiased estimate of the drift behind a choice whatever makes it.

    Parameters
    ----------
    posterior : Posterior
        Of a drift that saturates; of any other there is nothing to be said that way.
    most_drift : float
        Of the bounded weight.

    Notes
    -----
    What labels the fit predicts is simulated, draw by draw, for the same labelers and rows; the
    difference is from those, so that a biased start, lapses and the weight's own bias are no part
    of it. Errors leave out that the posterior has seen the same choices: p-values are a little
    large.
    """
    choices = posterior.choices
    if "saturation" not in posterior or choices.deadline is not None or choices.anonymous:
        return None
    rows, rng = rows_of(posterior, choices), np.random.default_rng(0)
    samples = list(fitted_labelers(posterior, DRAWS, 0))
    b, ndt, noise, collapse = (
        np.mean([np.broadcast_to(draw.at(name, rows), len(rows)) for draw in samples], axis=0)
        for name in ("boundary", "ndt", "drift_noise", "collapse")
    )
    trial = TrialDrift(noise, collapse)
    comparison, names = _comparisons(posterior, samples)
    n = np.bincount(comparison, weights=choices.count, minlength=len(names))

    def means(values: FloatArray) -> FloatArray:
        return np.bincount(comparison, weights=choices.count * values, minlength=len(names)) / n

    def labels(replicate: Choices) -> FloatArray:
        return means(bounded_labels(replicate, (b, ndt), most_drift, trial).values)

    drift = np.array([means(draw.drift(rows)) for draw in samples])
    predicted = []
    for draw in samples:
        choice, rt = draw.simulate(rows, rng)
        predicted.append(labels(replace(choices, choice=choice, rt=rt)))
    observed = labels(choices)
    difference, se = observed - np.mean(predicted, axis=0), np.std(predicted, axis=0, ddof=1)
    return Drifts(
        names=names,
        rows=n.astype(np.int64),
        posterior=drift.mean(axis=0),
        sd=drift.std(axis=0, ddof=1),
        closed_form=observed,
        difference=difference,
        se=se,
        statistic=float(((difference / se) ** 2).sum()),
    )


def _comparisons(posterior: Posterior, samples: list[Labelers]) -> tuple[IntArray, tuple[str, ...]]:
    """Which comparison each row is of, and their names."""
    choices = posterior.choices
    distinct, comparison = np.unique(choices.features, axis=0, return_inverse=True)
    if len(distinct) <= MOST_COMPARISONS:
        names = tuple(
            ", ".join(f"{name} {x:.4g}" for name, x in zip(choices.feature_names, row, strict=True))
            for row in distinct
        )
        return comparison.ravel(), names
    average = np.mean([draw.preference.mean(axis=0) for draw in samples], axis=0)
    values = {
        name: float(np.mean([draw.values[name] for draw in samples])) for name in samples[0].values
    }
    rows = choices_at(choices, rows_of(posterior, choices), values)
    largest = float(np.mean([draw.saturation for draw in samples]))
    score = saturated(rows.features @ average, largest)
    edges = np.unique(np.quantile(score, np.linspace(0, 1, BINS + 1)))
    comparison = np.clip(np.searchsorted(edges, score, side="right") - 1, 0, len(edges) - 2)
    names = tuple(f"{a:.3g} to {b:.3g}" for a, b in pairwise(edges))
    return comparison, names
