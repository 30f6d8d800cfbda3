"""Input that is at fault, not the program: what says so, and the refusals that all rooms share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray


# beyond, and below its inverse, a boundary in √s or a time in seconds is a slip
MOST = 1e6


class InputError(ValueError):
    """Input that cannot be used; the message names what, where and the mend, in one line."""


class Interrupted(KeyboardInterrupt):
    """Sampling that was interrupted; its draws are kept in a file, so many of every chain."""

    def __init__(self, path: str, draws: int) -> None:
        advice = f", or take them as they are with draws={draws}" if draws else ""
        super().__init__(
            f"the draws so far are kept in {path!r}: go on with resume={path!r}{advice}"
        )
        self.path, self.draws = path, draws


class RowError(InputError):
    """Input error in one row, which a reader of files can restate with the line of the file."""

    def __init__(self, before: str, row: int, after: str) -> None:
        super().__init__(f"{before} row {row} (counting from 0){after}")
        self.row = row
        self._parts = before, after

    def at_row(self, row: int) -> RowError:
        """Return the same error for a row of the table that this one is a part of."""
        before, after = self._parts
        return RowError(before, row, after)

    def at_line(self, line: int) -> InputError:
        """Return the same message for a line of the file, counting from 1."""
        before, after = self._parts
        return InputError(f"{before} line {line}{after}")


# what `pip install bayes-ddm` brings, and light.txt leaves out
HEAVY = {
    *("arviz", "h5netcdf", "h5py", "latex2mathml", "matplotlib", "numba", "nutpie"),
    *("pymc", "pytensor", "xarray"),
}


def not_installed(error: ModuleNotFoundError) -> InputError | None:
    """Return the refusal where a package is missing that a light installation leaves out."""
    package = (error.name or "").partition(".")[0]
    if package not in HEAVY:
        return None
    return InputError(
        f"this needs {package}, which is not installed: pip install bayes-ddm brings all that "
        "fits, checks and draws."
    )


def did_you_mean(
    name: object, known: Iterable[str], otherwise: str = "", *, cutoff: float = 0.5
) -> str:
    """Ask whether the nearest of the known names is meant; without a near one, `otherwise`.

    Examples
    --------
    >>> did_you_mean("norml", ["normal", "uniform"], "there are two.")
    "did you mean 'normal'?"
    >>> did_you_mean("gamma", ["normal", "uniform"], "there are two.")
    'there are two.'
    """
    import difflib

    as_written = {word.lower(): word for word in known}
    near = difflib.get_close_matches(str(name).lower(), as_written, n=1, cutoff=cutoff)
    return f"did you mean {as_written[near[0]]!r}?" if near else otherwise


def probability(prob: float) -> float:
    """Return the probability of an interval, or refuse it (percent, say)."""
    if not 0 < prob < 1:
        raise InputError(f"prob must be between 0 and 1; got {prob:g}.")
    return prob


def at_least(least: int, **numbers: int) -> None:
    """Refuse numbers that are too small, by their names."""
    for name, number in numbers.items():
        if number < least:
            raise InputError(f"{name} must be at least {least}; got {number}.")


def whole_number(name: str, number: Any, least: int = 0) -> int:
    """Return an integer of at least `least`, such as a seed, or refuse it."""
    import numpy as np

    if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < least:
        raise InputError(f"{name} must be a whole number of at least {least}; got {number!r}.")
    if number >= 2**63:
        raise InputError(f"{name} must be below 2^63; got {number}.")
    return int(number)


def a_seed(seed: int | None) -> int:
    """Return a seed, drawn if none is given."""
    import numpy as np

    if seed is None:
        return int(np.random.default_rng().integers(2**31))
    return whole_number("seed", seed)


def whole_numbers(name: str, values: ArrayLike, least: int = 1) -> NDArray[np.int64]:
    """Return integers, also those that are written 2.0, in the shape they came in."""
    import numpy as np

    array = np.asarray(values)
    allowed = f"{name} must be whole numbers of at least {least}"
    if array.dtype.kind not in "iuf" or not array.size:
        raise InputError(f"{allowed}; got {' '.join(repr(values).split())}.")
    good = (array >= least) & (array == np.round(array)) & (array < 2**53)
    if not good.all():
        raise InputError(f"{allowed}; got {array[~good].flat[0]:g}.")
    return array.astype(np.int64)


def positive(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return numbers that are all positive and finite, or refuse them."""
    import numpy as np

    array = np.asarray(values, dtype=float)
    if not (np.isfinite(array) & (array > 0)).all():
        raise InputError(f"{name} must be positive and finite; got {np.min(array):g}.")
    return array
