"""Each labeler's own boundary and non-decision time, without a model of their preferences.

What a labeler's choices say about their boundary is combined with what the others' say about
boundaries in general, so that few choices do not make wild ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_ddm import wiener
from bayes_ddm._typing import BoolArray, FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.flipped import refuse_private
from bayes_ddm.data.sufficient import determined, labeler_sums, sum_by_unit
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.boundaries.known import check_ndt
from bayes_ddm.estimators.design import design
from bayes_ddm.estimators.newton import Derivatives, newton
from bayes_ddm.estimators.result import Boundary
from bayes_ddm.progress import track

# log likelihood of each labeler at a point of their own, shape (labelers, p) -> (labelers,)
LogLikelihood = Callable[[FloatArray], FloatArray]

FEWEST_INFORMED = 5
FEWEST_LABELERS = 20
NODES = 7  # of the quadrature, in each direction
STEP = 1e-3
LONGEST_STEP = 0.5
FIRST_SPREAD = 0.3  # of the logs
SMALLEST_SPREAD = 1e-3
SMALLEST_NDT = 0.02  # of the labelers' fastest responses
MOST_ROUNDS, UPDATES = 30, 50
PRECISION = 1e-3  # of the population's moments
NEAR = 1e-5  # of a labeler's log posterior
COARSER = 5.0  # times as much, for ndt in units of the fastest responses
MANY_ROWS = 50_000  # from here on it takes long enough to show progress


@dataclass(frozen=True, eq=False)
class LabelerBoundaries:
    """Boundary and ndt of every labeler, shrunk towards the population's.

    Attributes
    ----------
    labelers : ndarray, shape (labelers,)
        Their names.
    boundary, ndt : ndarray, shape (labelers,)
        Half the separation; seconds.
    boundary_se, ndt_se : ndarray, shape (labelers,)
        Standard errors, given the population; zeros for a known ndt.
    median : ndarray, shape (2,)
        Medians of boundary and ndt over the population.
    log_sd : ndarray, shape (2,)
        Standard deviations of their logs over the population; 0 for a known ndt.
    informed : ndarray of bool, shape (labelers,)
        Whether a labeler's own choices had a say; the others have the population's values.
    reliable : bool
    note : str
        Empty when reliable; else what is wrong.
    pull : ndarray, shape (labelers, 2, 2)
        Derivatives of a labeler's log boundary and log ndt by the logs of the medians: how far the
        population draws them; zeros for a known ndt.
    influence : ndarray, shape (labelers, 2)
        Influence of each labeler on the medians, as a `Boundary` has it, at the spread found.
    """

    labelers: NDArray[Any] = field(repr=False)
    boundary: FloatArray = field(repr=False)
    ndt: FloatArray = field(repr=False)
    boundary_se: FloatArray = field(repr=False)
    ndt_se: FloatArray = field(repr=False)
    median: FloatArray
    log_sd: FloatArray
    informed: BoolArray = field(repr=False)
    reliable: bool
    note: str
    pull: FloatArray = field(repr=False)
    influence: FloatArray = field(repr=False)

    def by_row(self, choices: Choices) -> tuple[FloatArray, FloatArray]:
        """Boundary and ndt of each row, as `consistent` takes them.

        Raises
        ------
        InputError
            If these are other labelers.
        """
        if choices.labelers is None or not np.array_equal(choices.labelers, self.labelers):
            raise InputError("these boundaries are of other labelers; estimate them from the rows.")
        return self.boundary[choices.unit], self.ndt[choices.unit]

    def of_population(self) -> Boundary:
        """Return the medians of the population as a boundary."""
        b, ndt = self.median.tolist()
        ones = np.ones(len(self.labelers), dtype=np.int64)
        return Boundary("labelers", b, ndt, self.influence, ones, None, self.reliable, self.note)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per labeler."""
        return pd.DataFrame(
            {
                "labeler": self.labelers,
                "boundary": self.boundary,
                "boundary_se": self.boundary_se,
                "ndt": self.ndt,
                "ndt_se": self.ndt_se,
                "informed": self.informed,
            }
        )


def labeler_boundaries(
    choices: Choices, ndt: float | None = None, *, progress: bool = True
) -> LabelerBoundaries:
    """Boundary and ndt of each labeler, from their own choices and the other labelers'.

    Parameters
    ----------
    choices : Choices
        Of known labelers. Ten or more choices each are worth it; comparisons need not repeat.
    ndt : float, optional
        A known non-decision time in seconds, shared; by default each labeler has their own.
    progress : bool
        Show a bar when there are many rows.

    Returns
    -------
    LabelerBoundaries
        Give ``by_row=made.by_row(choices)`` to `consistent`, whose standard errors then take
        these as known.

    Raises
    ------
    InputError
        If labelers are anonymous, fewer than 5 have more choices than there are features, or the
        given ndt is not below the smallest response time.

    Notes
    -----
    A labeler's own preference ``theta`` integrates out, flat in ``theta / b``, which is orthogonal
    to ``b``. With ``S = b sum z psi``, ``A = sum t psi psi'`` and ``d`` features, this leaves
    ``sum log f0(t; b) + S'A^-1 S / 2 - log|A| / 2 - d log b``, whose bias falls faster than
    ``1 / n_i``. The conditional likelihood of `conditional_boundary` has none, but forgets what a
    labeler's mean decision time says, and is about half as precise for 20 choices.

    ``log b`` and ``log ndt`` are normal over labelers. Their moments come from EM, on a quadrature
    around each labeler's mode; values are exponentials of posterior means.

    References
    ----------
    Cox & Reid (1987), J. R. Stat. Soc. B 49:1.

    Examples
    --------
    >>> from bayes_ddm.simulate import experiment
    >>> own = np.linspace(0.9, 1.6, 50)
    >>> choices = experiment("normal", labelers=50, choices=60, boundary=own, ndt=0.3, seed=1)
    >>> made = labeler_boundaries(choices)
    >>> made.median.round(1)
    array([1.2, 0.3])
    >>> bool(np.corrcoef(made.boundary, own)[0, 1] > 0.9)
    True
    """
    choices.refuse_summed("a boundary of each labeler's own")
    if choices.labelers is None:
        raise InputError("labelers are anonymous; name the column that says who chose.")
    refuse_private(choices)
    fixed = None if ndt is None else check_ndt(choices, ndt)
    fastest = np.full(len(choices.labelers), np.inf)
    np.minimum.at(fastest, choices.unit, choices.rt)
    informed, likelihood = _own_likelihood(choices, fixed)
    if informed.sum() < FEWEST_INFORMED:
        raise InputError(
            f"{informed.sum()} labelers have more choices than features; own boundaries need at "
            f"least {FEWEST_INFORMED}. Use a shared boundary."
        )
    start = 0.0 if fixed is None else fixed
    ndts = 0.7 * fastest if fixed is None else np.full(len(fastest), start)
    mean_rt = float(np.average(choices.rt, weights=choices.count))
    boundary = 1.2 * np.sqrt(mean_rt - min(float(np.median(ndts)), 0.9 * mean_rt))
    limit = np.full((len(fastest), 1), np.inf)
    centre = np.array([np.log(boundary)])
    if fixed is None:
        limit = np.column_stack([limit, np.log(fastest) - 3 * STEP])
        centre = np.append(centre, np.log(np.median(ndts)))
    scale = float(np.median(fastest))
    floor = np.log(SMALLEST_NDT * scale)

    p = len(centre)
    spread = np.eye(p) * FIRST_SPREAD**2
    point = np.minimum(centre, limit - 0.2)
    settled = False
    many = len(choices) >= MANY_ROWS
    for _ in track(range(MOST_ROUNDS), "own boundaries, at most", progress=progress and many):
        point, width = _modes(likelihood, point, centre, spread, limit)
        nodes, share, new_centre, new_spread = _population(
            likelihood, point, width, centre, spread, informed, floor
        )
        moved = _summary(new_centre, new_spread, scale) - _summary(centre, spread, scale)
        centre, spread = new_centre, new_spread
        if np.abs(moved).max() < PRECISION:
            settled = True
            break
    mean = np.einsum("nq,nqi->ni", share, nodes)
    off = nodes - mean[:, None]
    within = np.einsum("nq,nqi,nqj->nij", share, off, off)
    sd = np.sqrt(np.einsum("nii->ni", within))
    median = np.append(np.exp(centre), [start] * (2 - p))

    notes = []
    if informed.sum() < FEWEST_LABELERS:
        notes.append(f"few labelers ({informed.sum()}) have more choices than features")
    if not settled:
        notes.append("the spread of boundaries over labelers did not settle")
    pull = within @ np.linalg.inv(spread)
    # the median is the mean of values that it draws towards itself
    loose = np.linalg.inv(np.eye(p) - pull[informed].mean(axis=0))
    influence = informed[:, None] * (mean - centre) @ loose.T / informed.sum()
    nothing = np.zeros(len(fastest))
    own_ndt = np.exp(mean[:, 1]) if fixed is None else nothing + start
    return LabelerBoundaries(
        labelers=choices.labelers,
        boundary=np.exp(mean[:, 0]),
        ndt=own_ndt,
        boundary_se=np.exp(mean[:, 0]) * sd[:, 0],
        ndt_se=own_ndt * sd[:, 1] if fixed is None else nothing,
        median=median,
        log_sd=np.append(np.sqrt(np.diag(spread)), [0.0] * (2 - p)),
        informed=informed,
        reliable=not notes,
        note="; ".join(notes),
        pull=np.pad(pull, [(0, 0), (0, 2 - p), (0, 2 - p)]),
        influence=np.pad(influence, [(0, 0), (0, 2 - p)]) * median,
    )


def _summary(centre: FloatArray, spread: FloatArray, scale: float) -> FloatArray:
    """Moments that should settle: of the log boundary, and of ndt itself, whose log may not."""
    sd = np.sqrt(np.diag(spread))
    if len(centre) == 1:
        return np.array([centre[0], sd[0]])
    share = np.exp(centre[1]) / (COARSER * scale)
    return np.array([centre[0], sd[0], share, share * sd[1]])


def _own_likelihood(choices: Choices, ndt: float | None) -> tuple[BoolArray, LogLikelihood]:
    """Who has more choices than features, in all directions; and everyone's log likelihood."""
    sums, unit = labeler_sums(choices, design(choices).scale), choices.unit
    d = sums.choice.shape[1]
    informed = (sums.n > d) & determined(sums.gram)
    sums.gram[~informed], sums.rt_gram[~informed] = 0.0, np.eye(d)

    def likelihood(point: FloatArray) -> FloatArray:
        b = np.exp(point[:, 0])
        shift = np.exp(point[:, 1]) if ndt is None else np.full(len(b), ndt)
        time = choices.rt - shift[unit]
        impossible = np.bincount(unit, time <= 0, len(b)) > 0
        # replaced by a possible value, which is not looked at
        shift = np.where(impossible, 0.0, shift)
        time = choices.rt - shift[unit]
        value = sum_by_unit(choices, wiener.zero_drift_log_density(time, b[unit]))
        a, s = sums.decision_gram(shift), b[:, None] * sums.choice
        value = value + 0.5 * (s * np.linalg.solve(a, s[:, :, None])[:, :, 0]).sum(axis=1)
        value = value - 0.5 * np.linalg.slogdet(a)[1] - d * point[:, 0]
        return np.where(impossible, -np.inf, np.where(informed, value, 0.0))

    return informed, likelihood


def _modes(
    likelihood: LogLikelihood,
    point: FloatArray,
    centre: FloatArray,
    spread: FloatArray,
    limit: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Posterior mode of each labeler, and a factor of the inverse curvature there."""
    precision = np.linalg.inv(spread)

    def posterior(at: FloatArray) -> FloatArray:
        off = at - centre
        return likelihood(at) - 0.5 * np.einsum("ni,ij,nj->n", off, precision, off)

    def function(at: FloatArray) -> tuple[FloatArray, Derivatives]:
        value = posterior(at)

        def derivatives() -> tuple[FloatArray, FloatArray]:
            gradient, curvature = _derivatives(posterior, at, value)
            lowest = np.linalg.eigvalsh(curvature)[:, 0]
            lift = np.maximum(0.1 * np.trace(precision) - lowest, 0.0) * (lowest <= 0)
            return gradient, curvature + lift[:, None, None] * np.eye(len(centre))

        return value, derivatives

    top = newton(function, point, NEAR, high=limit, longest=LONGEST_STEP)
    return top.point, np.linalg.cholesky(np.linalg.inv(top.curvature))


def _derivatives(
    f: LogLikelihood, point: FloatArray, value: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Gradient and minus the second derivatives of each labeler's function."""
    n, p = point.shape
    gradient, curvature = np.empty((n, p)), np.empty((n, p, p))
    step = STEP * np.eye(p)
    for i in range(p):
        above, below = f(point + step[i]), f(point - step[i])
        gradient[:, i] = (above - below) / (2 * STEP)
        curvature[:, i, i] = (2 * value - above - below) / STEP**2
    if p == 2:
        corners = [f(point + a * step[0] + b * step[1]) * a * b for a in (1, -1) for b in (1, -1)]
        curvature[:, 0, 1] = curvature[:, 1, 0] = -sum(corners) / (4 * STEP**2)
    return gradient, curvature


def _population(
    likelihood: LogLikelihood,
    point: FloatArray,
    width: FloatArray,
    centre: FloatArray,
    spread: FloatArray,
    informed: BoolArray,
    floor: float,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Quadrature nodes, each labeler's posterior share of them, and the population's moments."""
    p = len(centre)
    root, weight = np.polynomial.hermite_e.hermegauss(NODES)
    grid = np.stack(np.meshgrid(*[root] * p, indexing="ij"), axis=-1).reshape(-1, p)
    log_weight = np.add.reduce(np.meshgrid(*[np.log(weight)] * p, indexing="ij")).ravel()
    nodes = point[:, None] + np.einsum("nij,qj->nqi", width, grid)
    log_likelihood = np.stack([likelihood(nodes[:, q]) for q in range(len(grid))], axis=1)
    log_likelihood = log_likelihood + log_weight + 0.5 * (grid**2).sum(axis=1)
    for _ in range(UPDATES):
        off = nodes - centre
        share = log_likelihood - 0.5 * np.einsum("nqi,ij,nqj->nq", off, np.linalg.inv(spread), off)
        share = np.exp(share - share.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        centre = np.einsum("nq,nqi->ni", share, nodes)[informed].mean(axis=0)
        if p == 2:
            centre[1] = max(centre[1], floor)
        off = nodes[informed] - centre
        spread = np.einsum("nq,nqi,nqj->ij", share[informed], off, off) / informed.sum()
        spread += np.eye(p) * SMALLEST_SPREAD**2
    return nodes, share, centre, spread
