"""What the diffusion's distributions have in common: how they are registered with PyMC."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.pytensorf import constant_fold

from bayes_ddm._typing import BoolArray, FloatArray, IntArray
from bayes_ddm.errors import InputError
from bayes_ddm.wiener.sampling import Drawn, first_passage, in_time

# Random draws run as Python inside compiled functions, on purpose; Numba warns of each
warnings.filterwarnings(
    "ignore",
    message=r"Numba will use object mode to run (\w*Wiener|Preferences)_",
    category=UserWarning,
)


class DiffusionDistribution:
    """A distribution over rows: `_functions` chooses its parameters, logp and random draws."""

    def __new__(cls, name: str, *args: Any, **kwargs: Any) -> Any:
        """Register the variable in the model on the context."""
        params, functions, kwargs = cls._functions(*args, **kwargs)
        variable = pm.CustomDist(name, *params, class_name=cls.__name__, **functions, **kwargs)
        return _one_experiment(variable, cls.__name__, functions["signature"])

    @classmethod
    def dist(cls, *args: Any, **kwargs: Any) -> Any:
        """Return the distribution without a name, as PyMC's ``dist`` does."""
        params, functions, kwargs = cls._functions(*args, **kwargs)
        variable = pm.CustomDist.dist(*params, class_name=cls.__name__, **functions, **kwargs)
        return _one_experiment(variable, cls.__name__, functions["signature"])

    @classmethod
    def _functions(cls, *args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict, dict]:
        raise NotImplementedError


def _one_experiment(variable: Any, name: str, signature: str) -> Any:
    if signature.endswith("(r,2)") and variable.ndim > 2:
        raise InputError(
            f"{name} with labelers or features is one experiment, of shape (rows, 2); give one "
            f"value per parameter, and no shape or size. Its shape has {variable.ndim} dimensions."
        )
    return variable


def take(options: dict[str, Any], *names: str) -> dict[str, Any]:
    """Take parameters out of what was given by name; None where they were not."""
    return {name: options.pop(name, None) for name in names}


def refuse_flipped_start(parameters: Mapping[str, Any]) -> None:
    """Refuse a start of one's own beside choices that may be the other one."""
    if parameters["flip"] is not None and parameters["start"] is not None:
        raise InputError(
            "where evidence starts is not told by choices that were randomised; leave start out."
        )


def by_name(
    parameters: Mapping[str, Any],
    cores: Mapping[str, str],
    output: str,
    logp: Callable[..., Any],
    random: Callable[..., Any],
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Inputs of a custom distribution, and its functions, which take those inputs by name.

    ``cores`` says which dimensions belong to one value of a parameter, such as ``"k"`` or
    ``"k,d"``; a parameter without them is a number.  Parameters that are None are left out.
    """
    present = {key: value for key, value in parameters.items() if value is not None}
    names = tuple(present)
    # PyTensor takes 1.25 for a float32, and its logarithm too
    tensors = {
        key: pt.as_tensor(x)
        if key in {"labeler", "cell", "count"}
        else pt.cast(pt.as_tensor(x), "float64")
        for key, x in present.items()
    }
    signature = ",".join(f"({_core(tensors[key], cores.get(key, ''))})" for key in names)
    count = len(names)

    def log_density(value: Any, *inputs: Any) -> Any:
        return logp(value, **dict(zip(names, inputs, strict=True)))

    def draw(*inputs: Any, rng: np.random.Generator, size: Any = None) -> FloatArray:
        return random(rng, size, **dict(zip(names, inputs[:count], strict=True)))

    functions = {"logp": log_density, "random": draw, "signature": f"{signature}->({output})"}
    return tuple(tensors.values()), functions


def _core(tensor: Any, core: str) -> str:
    """Core dimensions as given, less those that a single shared value lacks."""
    letters = core.split(",") if core else []
    return ",".join(letters[max(0, len(letters) - tensor.ndim) :]) if tensor.ndim else ""


def sum_by(labeler: Any, count: Any = None) -> Callable[[Any], Any]:
    """Return the function that sums rows, each as often as it counts, by labeler."""
    n = pt.max(labeler) + 1

    def total(x: Any) -> Any:
        x = x if count is None else count * x
        folded = constant_fold([labeler, x], raise_not_constant=False)
        if not any(isinstance(part, pt.TensorVariable) for part in folded):
            # PyTensor would add up observed values anew at every evaluation
            summed = pt.constant(np.bincount(folded[0], weights=folded[1]))
            # where all are equal they would be written into the code (fitting/code.py)
            summed.tag.is_data = True
            return summed
        return pt.inc_subtensor(pt.zeros(n)[labeler], x)

    return total


def at(parameter: Any, group: Any) -> Any:
    """Value of each row: that of its labeler or cell, or the shared one."""
    return parameter if parameter is None or parameter.ndim == 0 else parameter[group]


def within_labelers(labeler: Any, cell: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Group of rows that share a boundary, and the sum over a labeler's groups."""
    if cell is None:
        return labeler, lambda x: x
    return cell, sum_by(_labeler_of_each(cell, labeler))


def _labeler_of_each(cell: Any, labeler: Any) -> Any:
    """Labeler whose rows a cell holds, shape (cells,)."""
    folded = constant_fold([cell, labeler], raise_not_constant=False)
    if not any(isinstance(part, pt.TensorVariable) for part in folded):
        owner = np.zeros(int(folded[0].max()) + 1, dtype=np.int64)
        owner[folded[0]] = folded[1]
        return pt.constant(owner)
    return pt.set_subtensor(pt.zeros(pt.max(cell) + 1, dtype="int64")[cell], labeler)


def mixture_draw(rng: np.random.Generator, weight: Any, size: int) -> IntArray:
    """Component of each of ``size`` labelers."""
    return rng.choice(len(weight), size, p=np.asarray(weight) / np.sum(weight))


def draw(
    drift: Any,
    boundary: Any,
    ndt: Any,
    rng: np.random.Generator,
    lapse: Any = None,
    lapse_rt: Any = None,
    flip: Any = None,
    **path: Any,
) -> Drawn:
    """Simulate the choice and the response time of one row per drift.

    With probability ``flip`` a choice is the other one; ``path`` is as `first_passage` takes it.
    """
    choice, time = first_passage(drift, boundary, rng, **path)
    rt = time + ndt
    if lapse is not None:
        lapsed = rng.random(rt.shape) < lapse
        rt = np.where(lapsed, rng.exponential(np.broadcast_to(lapse_rt, rt.shape)), rt)
        choice = np.where(lapsed, rng.choice(np.array([-1, 1], np.int8), rt.shape), choice)
    if flip is not None:
        choice = np.where(rng.random(rt.shape) < flip, -choice, choice)
    return choice, rt


def drawn_rows(
    draw_all: Callable[[], Drawn], deadline: Any = None, absent: bool = False
) -> FloatArray:
    """Draw rows ``(rt, choice)``; those that run out of time are ``(deadline, 0)``, or absent.

    ``draw_all`` draws every row anew, until none is late if these are absent.
    """
    if deadline is None:
        choice, rt = draw_all()
    elif absent:
        choice, rt = in_time(draw_all(), lambda late: _some(draw_all(), late), deadline)
    else:
        choice, rt = draw_all()
        late = rt > deadline
        choice, rt = np.where(late, 0, choice), np.where(late, deadline, rt)
    return np.stack([rt, choice], axis=-1).astype(float)


def _some(rows: Drawn, index: BoolArray) -> Drawn:
    choice, rt = rows
    return choice[index], rt[index]
