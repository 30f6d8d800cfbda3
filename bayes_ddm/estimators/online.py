"""The estimator of `ratio_estimate` for a stream of rows, in constant memory."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from bayes_ddm._typing import FloatArray
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.design import combine, inner
from bayes_ddm.estimators.ratio import LINEAR, Ratio, minimise
from bayes_ddm.files import writing

SCHEMA_VERSION = 1
# rows that give the first estimate, and rows of one gradient: whatever the chunks they come in
START = 1000
BATCH = 100
DECAY = 2 / 3


@dataclass(frozen=True, eq=False)
class OnlineEstimate:
    """What a stream says so far.

    Attributes
    ----------
    parameters : tuple of str
        The features' names, or "mu".
    values : ndarray, shape (parameters,)
        In native units, those of the ratio.
    covariance : ndarray, shape (parameters, parameters)
        Rows taken as independent.
    rows : int
    """

    parameters: tuple[str, ...]
    values: FloatArray
    covariance: FloatArray
    rows: int

    @property
    def se(self) -> FloatArray:
        """Standard errors, rows taken as independent."""
        return np.sqrt(np.diag(self.covariance))

    def interval(self, prob: float = 0.95) -> FloatArray:
        """Normal intervals, shape (parameters, 2)."""
        half = ndtri((1 + prob) / 2) * self.se
        return np.stack([self.values - half, self.values + half], axis=1)


@dataclass(frozen=True, eq=False)
class _State:
    """Sums over rows done, with features divided by ``scale``; ``theta`` is the last iterate."""

    rows: int
    scale: FloatArray
    theta: FloatArray
    average: FloatArray
    drive: FloatArray
    gauss: FloatArray
    hessian: FloatArray
    outer: FloatArray


@dataclass(eq=False)
class OnlineRatio:
    """`ratio_estimate` for rows that come in chunks: constant memory, one pass, resumable.

    For `LINEAR` running sums give the minimiser itself, and are the default. Other ratios have no
    such sums: their minimiser is approached by averaged stochastic gradients, whose squared error
    falls as 1/rows. With ``d`` features memory is of order ``d^2``, and `START` rows.

    Parameters
    ----------
    features : tuple of str
        Names of the attribute differences; none in a scalar problem.
    ratio : Ratio
    ndt : float
        Non-decision time in seconds, subtracted from every response time; 0 if these are decision
        times already. Times that still hold it bias the estimate towards 0.
    exact : bool, optional
        Running sums (`LINEAR` only, where it is the default) or averaged gradients.

    Raises
    ------
    InputError
        If ndt is negative, or running sums are asked for with another ratio.

    Notes
    -----
    Rows must come in random order and count as independent: standard errors do not cluster
    labelers, for which `ratio_estimate` is there. The first `START` rows are kept until they give
    the minimiser of their own loss. Then every `BATCH` rows make a step

    ``theta_n = theta_(n-m) - (m/n)^(2/3) A_n^-1 gradient``,  ``m = BATCH``,

    ``gradient`` the mean of ``(T h - Z) h' psi`` over those rows and ``A_n`` that of
    ``T h'^2 psi psi'`` over all ``n``, and the estimate is the average of ``theta`` over rows.
    ``A_n`` makes steps free of the units of features and time, so that no rate is to be chosen.
    Results do not depend on how rows are cut into chunks, to the last bit.

    References
    ----------
    Polyak & Juditsky (1992), SIAM J. Control Optim. 30:838, for the average; Echenique, Fallah &
    Jordan (2025), arXiv 2507.20403, for the loss.

    Examples
    --------
    >>> online = OnlineRatio(ndt=0.0)
    >>> online.update([1, 1], [0.9, 1.4])
    >>> online.update([1, -1], [0.7, 1.0])
    >>> online.estimate.values
    array([0.5])
    """

    features: tuple[str, ...] = ()
    ratio: Ratio = LINEAR
    ndt: float = field(kw_only=True)
    exact: bool | None = field(default=None, kw_only=True)
    _state: _State | None = field(default=None, init=False, repr=False)
    _pending: FloatArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.features, str):
            raise InputError("features must be a tuple of names, not one string.")
        self.features = tuple(self.features)
        if not (math.isfinite(self.ndt) and self.ndt >= 0):
            raise InputError(f"ndt must be a number of seconds of at least 0; got {self.ndt:g}.")
        if self.exact is None:
            self.exact = self.ratio.name == LINEAR.name
        elif self.exact and self.ratio.name != LINEAR.name:
            raise InputError(
                f"running sums are exact for the linear ratio only; leave exact out for "
                f"{self.ratio.name!r}."
            )
        self._pending = np.empty((0, 2 + self._width))

    @property
    def _width(self) -> int:
        return max(len(self.features), 1)

    @property
    def rows(self) -> int:
        """Number of rows seen."""
        return (self._state.rows if self._state else 0) + len(self._pending)

    def update(self, choice: ArrayLike, rt: ArrayLike, features: ArrayLike | None = None) -> None:
        """Take in a chunk of rows; if one is refused, none is taken.

        Parameters
        ----------
        choice : array_like, shape (rows,)
            +1 or -1.
        rt : array_like, shape (rows,)
            Response times in seconds, above ndt.
        features : array_like, shape (rows, d), optional
            Attribute differences (+1 option minus -1 option), in the order of the names; one
            feature may have shape (rows,).

        Raises
        ------
        InputError
            If a row is not of that kind, or the first `START` rows give no estimate.
        """
        table = np.concatenate([self._pending, self._table(choice, rt, features)])
        state, start = self._state, 0
        while len(table) - start >= (size := BATCH if state else START):
            state = self._step(state, table[start : start + size])
            start += size
        self._state, self._pending = state, table[start:].copy()

    @property
    def estimate(self) -> OnlineEstimate:
        """Estimate from all rows so far.

        Raises
        ------
        InputError
            If there are no rows, or too few for an estimate.
        """
        state = self._state
        if not self.rows:
            raise InputError("there are no rows yet; give some to update().")
        if len(self._pending):
            state = self._step(state, self._pending)
        assert state is not None
        n = state.rows
        covariance = np.full((self._width,) * 2, np.nan)
        if n > 1:
            bread = np.linalg.inv(state.hessian) / state.scale[:, None]
            covariance = bread @ state.outer @ bread.T * (n / (n - 1))
        names = self.features or ("mu",)
        return OnlineEstimate(names, state.average / state.scale, covariance, n)

    def save(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write the state as JSON, in one step; `load` goes on from it to the same last bit.

        Raises
        ------
        InputError
            If the file cannot be written, or exists and `overwrite` is not given.
        """
        document = {
            "schema_version": SCHEMA_VERSION,
            "features": list(self.features),
            "ratio": self.ratio.name,
            "ndt": self.ndt,
            "exact": self.exact,
            "pending": self._pending.tolist(),
            "state": None if self._state is None else _plain(self._state),
        }
        with writing(path, overwrite=overwrite) as temporary:
            temporary.write_text(json.dumps(document, allow_nan=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path, ratio: Ratio = LINEAR) -> OnlineRatio:
        """Read a state that `save` wrote.

        Parameters
        ----------
        path : str or Path
        ratio : Ratio
            That of the saved state, which holds its name only.

        Raises
        ------
        InputError
            If the file is not such a state, or is one of another ratio.
        """
        try:
            document = json.loads(Path(path).read_text(encoding="utf-8"))
            if document["schema_version"] != SCHEMA_VERSION:
                raise InputError(
                    f"{str(path)!r} has schema version {document['schema_version']}, not "
                    f"{SCHEMA_VERSION}; start the stream again."
                )
            if document["ratio"] != ratio.name:
                raise InputError(
                    f"{str(path)!r} holds the ratio {document['ratio']!r}, not {ratio.name!r}; "
                    "pass the one it was made with."
                )
            stream = cls(
                tuple(document["features"]), ratio, ndt=document["ndt"], exact=document["exact"]
            )
            stream._pending = np.array(document["pending"], dtype=float).reshape(
                -1, 2 + stream._width
            )
            stream._state = _arrays(document["state"])
        except OSError as error:
            raise InputError(f"cannot read {str(path)!r}: {error.strerror}.") from error
        except InputError:
            raise
        except Exception as error:
            raise InputError(
                f"{str(path)!r} is not a state that OnlineRatio.save wrote; give one that is."
            ) from error
        return stream

    def _table(self, choice: ArrayLike, rt: ArrayLike, features: ArrayLike | None) -> FloatArray:
        """Decision time, choice and features of a chunk, shape (rows, 2 + d)."""
        z, seconds = np.asarray(choice, dtype=float), np.asarray(rt, dtype=float)
        if z.ndim != 1 or z.shape != seconds.shape:
            raise InputError(
                f"choice and rt must be one number per row; got shapes {z.shape}, {seconds.shape}."
            )
        if (features is None) == bool(self.features):
            columns = f"{len(self.features)} features" if self.features else "no features"
            raise InputError(f"this stream has {columns}; give update() the same.")
        psi = np.ones((len(z), 1)) if features is None else np.asarray(features, dtype=float)
        psi = psi[:, None] if psi.ndim == 1 else psi
        if psi.shape != (len(z), self._width):
            raise InputError(
                f"features must have shape {(len(z), self._width)}, one column for each of "
                f"{', '.join(self.features)}; got {psi.shape}."
            )
        for wrong, fault in (
            (np.abs(z) != 1, "the choice is not +1 or -1"),
            (~(np.isfinite(seconds) & (seconds > self.ndt)), f"rt is not above ndt {self.ndt:g} s"),
            (~np.isfinite(psi).all(axis=1), "a feature is not finite"),
        ):
            if wrong.any():
                row = int(wrong.argmax())
                raise InputError(
                    f"{fault} in row {row:,} of this chunk ({self.rows + row:,} of the stream); "
                    "mend or drop such rows before they come here."
                )
        return np.column_stack([seconds - self.ndt, z, psi])

    def _step(self, state: _State | None, table: FloatArray) -> _State:
        """State after these rows."""
        time, z = table[:, 0].copy(), table[:, 1].copy()
        psi = np.ascontiguousarray(table[:, 2:].T)
        m, d = len(time), self._width
        if state is None:
            scale = np.sqrt(inner(psi**2, np.ones(m)) / m)
            scale[scale == 0] = 1.0
            try:
                theta, _ = minimise(self.ratio, psi / scale[:, None], time, z)
            except InputError as error:
                raise InputError(
                    f"the first {m:,} rows give no estimate to start from: {error} If they are "
                    "unlike the rest, shuffle the stream."
                ) from error
            zero = np.zeros((d, d))
            state = _State(0, scale, theta, np.zeros(d), np.zeros(d), zero, zero, zero)
        psi = psi / state.scale[:, None]
        u = combine(state.theta, psi)
        slope = self.ratio.slope(u)
        residual = time * self.ratio.value(u) - z
        gauss = time * slope**2
        state = replace(
            state,
            rows=state.rows + m,
            drive=state.drive + inner(psi, z),
            gauss=state.gauss + inner(psi * gauss, psi),
            hessian=state.hessian + inner(psi * (gauss + residual * self.ratio.curvature(u)), psi),
            outer=state.outer + inner(psi * (residual * slope) ** 2, psi),
        )
        n = state.rows
        theta = state.theta
        if self.exact:
            theta = np.linalg.solve(state.gauss, state.drive)
            return replace(state, theta=theta, average=theta)
        if n > m:
            step = np.linalg.solve(state.gauss / n, inner(psi, residual * slope) / m)
            theta = theta - (m / n) ** DECAY * step
        if not np.isfinite(theta).all():
            raise InputError(
                f"the steps of ratio {self.ratio.name!r} left all bounds within rows {n - m:,} to "
                f"{n:,}; look there for features far larger than the rest."
            )
        return replace(state, theta=theta, average=state.average + m / n * (theta - state.average))


def _plain(state: _State) -> dict[str, Any]:
    fields = asdict(state)
    return {"rows": fields.pop("rows")} | {name: array.tolist() for name, array in fields.items()}


def _arrays(fields: dict[str, Any] | None) -> _State | None:
    if fields is None:
        return None
    arrays = {name: np.array(fields[name], dtype=float) for name in fields if name != "rows"}
    return _State(rows=int(fields["rows"]), **arrays)
