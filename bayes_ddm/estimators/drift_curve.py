"""Whether the drift is linear in the attributes, seen before any model is fitted.

A choice times its weight is an unbiased estimate of the drift behind it, so the means of these over
bins of a score show the drift as a function of the score, whatever that function is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices, expect_choices
from bayes_ddm.data.design import with_drift
from bayes_ddm.data.learned_values import refuse_unlearned
from bayes_ddm.display import Block, Stored, Table, Words, plain
from bayes_ddm.errors import InputError, at_least, did_you_mean
from bayes_ddm.estimators.boundaries.by_labeler import labeler_boundaries
from bayes_ddm.estimators.bounded.labels import bounded_labels
from bayes_ddm.estimators.bounded.own import choose_often
from bayes_ddm.estimators.bounded.weight import MOST_DRIFT
from bayes_ddm.estimators.consistent import drift_pseudo_labels
from bayes_ddm.estimators.deadline import left_out
from bayes_ddm.estimators.design import design, inner
from bayes_ddm.estimators.regression import regression, row_weights
from bayes_ddm.estimators.result import Influence
from bayes_ddm.estimators.sources import best_boundary
from bayes_ddm.wiener.trial_drift import TrialDrift

LEVEL = 0.01


@dataclass(frozen=True, eq=False, repr=False)
class DriftCurve(Stored):
    """Mean drift by bins of a score; made by `drift_curve`.

    Attributes
    ----------
    by : str
        What the score is.
    score, drift, se : ndarray, shape (bins,)
        Mean score; mean pseudo-label and its standard error, clustered by labeler.
    straight : ndarray, shape (bins,)
        The best straight line.
    rows : ndarray of int, shape (bins,)
    statistic, p_value : float
        Wald's, of a straight line; chi squared with two degrees of freedom less than bins.
    boundary : str
        Where boundary and ndt are from.
    """

    by: str
    score: FloatArray
    drift: FloatArray
    se: FloatArray
    straight: FloatArray
    rows: IntArray = field(repr=False)
    statistic: float
    p_value: float
    boundary: str

    @property
    def table(self) -> pd.DataFrame:
        """A row per bin: score, drift, se, the straight line, and how many choices."""
        names = ("score", "drift", "se", "straight", "rows")
        bins = pd.RangeIndex(1, len(self.score) + 1, name="bin")
        return pd.DataFrame({name: getattr(self, name) for name in names}, index=bins)

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as JSON values."""
        return {
            "by": self.by,
            "boundary": self.boundary,
            "statistic": plain(self.statistic),
            "p_value": plain(self.p_value),
            "bins": [plain(row) for row in self.table.to_dict("records")],
        }

    def plot(self, **kwargs: Any) -> Any:
        """Draw `bayes_ddm.plots.drift_curve`: the drift against the score."""
        from bayes_ddm.plots import drift_curve as draw

        return draw(self, **kwargs)

    @property
    def sentence(self) -> str:
        """Whether a straight line will do, and which way the curve bends if it does not."""
        df = len(self.score) - 2
        tested = f"chi2({df}) = {self.statistic:.3g}, p = {self.p_value:.2g}"
        if not self.p_value < LEVEL:
            return f"The drift follows {self.by} in a straight line ({tested})."
        if self._flattens:
            shape = 'flattens where options differ much: try drift_link="saturating"'
        else:
            shape = f"does not follow {self.by} in a straight line: try other forms of attributes"
        return f"The drift {shape} ({tested})."

    @property
    def _flattens(self) -> bool:
        """Whether slopes are smaller by a fifth where the score is far from 0."""
        slope = np.diff(self.drift) / np.diff(self.score)
        away = np.abs(self.score[1:] + self.score[:-1])
        far = away > np.median(away)
        return bool(slope[far].mean() < 0.8 * slope[~far].mean())

    def blocks(self) -> list[Block]:
        """Return whether the drift is linear, and each bin."""
        formats = {"score": ".4g", "drift": ".4g", "se": ".2g", "straight": ".4g", "rows": ",d"}
        bins = Table.of("", ("bin", *formats), self.table, **formats)
        return [Words(f"{self.sentence} Boundary and ndt: {self.boundary}."), bins]


def drift_curve(
    choices: Choices,
    by: str | ArrayLike | None = None,
    *,
    drift: str | None = None,
    boundary: float | None = None,
    ndt: float | None = None,
    collapse: float = 0.0,
    most_drift: float = MOST_DRIFT,
    bins: int = 10,
) -> DriftCurve:
    """Mean drift against a score or an attribute, no model assumed.

    Parameters
    ----------
    choices : Choices
        With features.
    by : str or array_like of shape (rows,), optional
        A feature or numeric covariate, or a score of each row's comparison; by default the score is
        the closed form's: features times average preferences.
    drift : str, optional
        Formula of the drift, as `estimate` takes it.
    boundary, ndt : float, optional
        Half the boundary separation; non-decision time in seconds. By default learned: each
        labeler's own, where labelers made ten choices or more, else one for all.
    collapse : float
        Share of the boundary lost per second.
    most_drift : float
        Largest drift, either way, that bounded pseudo-labels are nearly unbiased up to: beyond,
        they flatten. They are taken where labelers have boundaries of their own.
    bins : int
        Of equally many choices.

    Returns
    -------
    DriftCurve

    Raises
    ------
    InputError
        If there are no features and no score, or too few different scores for three bins.

    Notes
    -----
    Drifts are averages over labelers and rows, so a bend may also come from comparisons that only
    some labelers see. At one boundary for all a press that is too fast has a large pseudo-label:
    leave such rows out first (`check`).

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> amounts = np.random.default_rng(1).normal(size=(4000, 1))
    >>> given = {"boundary": 1.25, "ndt": 0.3, "features": amounts, "seed": 1}
    >>> choices = bd.simulate.experiment("normal", labelers=4000, **given, saturation=0.5)
    >>> drift_curve(choices, boundary=1.25, ndt=0.3, bins=5).p_value < 0.01
    True
    """
    choices = with_drift(expect_choices(choices), drift)
    refuse_unlearned(choices, "a drift curve")
    at_least(3, bins=bins)
    b, delay, source = _bounds(choices, boundary, ndt)
    if late := left_out(choices):
        source += f"; the curve {late}"
    if np.ndim(b):
        labels = bounded_labels(choices, (b, delay), most_drift, TrialDrift(0.0, collapse)).values
        source += f"; pseudo-labels bounded, for drifts up to {most_drift:g}"
    else:
        labels = drift_pseudo_labels(choices, b, delay, collapse)
    score, name = _score(choices, by, labels)
    edges = np.unique(np.quantile(score, np.linspace(0, 1, bins + 1)))
    if len(edges) < 4:
        raise InputError(f"{name} has too few different values for three bins; give another score.")
    index = np.clip(np.searchsorted(edges, score, side="right") - 1, 0, len(edges) - 2)
    k = len(edges) - 1
    count = choices.count.astype(float)
    rows = np.bincount(index, weights=count, minlength=k)
    x, y = (np.bincount(index, weights=count * v, minlength=k) / rows for v in (score, labels))
    influence = np.zeros((len(choices.unit_count), k))
    np.add.at(influence, (choices.unit, index), (labels - y[index]) / rows[index])
    means = Influence(influence, choices.unit_count)
    line = np.column_stack([np.ones(k), x])
    weight = np.linalg.pinv(means.covariance)
    straight = line @ np.linalg.solve(inner(inner(line.T, weight), line.T), line.T @ weight @ y)
    off = y - straight
    statistic = float(off @ weight @ off)
    return DriftCurve(
        by=name,
        score=x,
        drift=y,
        se=means.se,
        straight=straight,
        rows=rows.astype(np.int64),
        statistic=statistic,
        p_value=float(chdtrc(k - 2, statistic)),
        boundary=source,
    )


def _bounds(choices: Choices, boundary: float | None, ndt: float | None) -> tuple[Any, Any, str]:
    """Boundary and ndt of each row, and where they are from."""
    if boundary is None and choose_often(choices):
        own = labeler_boundaries(choices, ndt, progress=False)
        return *own.by_row(choices), "each labeler's own"
    best = best_boundary(choices, boundary, ndt)
    return *best.at, f"{best.method}, {best.boundary:.3g} and {best.ndt:.3g} s"


def _score(
    choices: Choices, by: str | ArrayLike | None, labels: FloatArray
) -> tuple[FloatArray, str]:
    if by is None:
        if not choices.contextual:
            raise InputError("without features there is no score; give by=, one value per row.")
        attributes = design(choices)
        weight = row_weights(choices)
        theta = inner(regression(attributes.psi, weight, choices.count), choices.count * labels)
        return attributes.psi.T @ theta, "the linear score"
    if isinstance(by, str):
        columns = dict(zip(choices.feature_names, choices.features.T, strict=True))
        if choices.covariates is not None:
            numeric = choices.covariates.select_dtypes("number")
            columns = {str(name): numeric[name].to_numpy(float) for name in numeric} | columns
        if by not in columns:
            hint = did_you_mean(by, columns, f"there are {', '.join(columns) or 'none'}.")
            raise InputError(f"no numeric feature or covariate {by!r}; {hint}")
        return columns[by], by
    values = np.asarray(by, dtype=float)
    if values.shape != (len(choices),) or not np.isfinite(values).all():
        raise InputError(
            f"by must be one finite score per row, shape ({len(choices)},); got {values.shape}."
        )
    return values, "the score"
