"""Options of NUTS, as `fit` takes them, for whichever program runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pymc as pm

from bayes_ddm.errors import InputError, did_you_mean, whole_number

DEEPEST = 20


@dataclass(frozen=True)
class Nuts:
    """Options of NUTS; those that are None, or empty, are the program's own.

    Attributes
    ----------
    target_accept : float or None
    max_treedepth : int or None
    method : str or None
        How PyMC's sampler starts and adapts.
    start : dict
        Values to start near, by variable.
    """

    target_accept: float | None = None
    max_treedepth: int | None = None
    method: str | None = None
    start: Mapping[str, Any] = field(default_factory=dict)

    @property
    def for_nutpie(self) -> dict[str, Any]:
        """Return them as arguments of `nutpie.sample`."""
        return _not_none(target_accept=self.target_accept, maxdepth=self.max_treedepth)

    @property
    def for_pymc(self) -> dict[str, Any]:
        """Return them as arguments of `pymc.sample`."""
        options = _not_none(target_accept=self.target_accept, max_treedepth=self.max_treedepth)
        return _not_none(init=self.method, nuts=options or None)

    @property
    def history(self) -> dict[str, Any]:
        """Return what a fit keeps of them."""
        return _not_none(
            target_accept=self.target_accept, max_treedepth=self.max_treedepth, init=self.method
        )


DEFAULT = Nuts()


def nuts_options(
    sampler: str,
    target_accept: float | None = None,
    max_treedepth: int | None = None,
    init: str | Mapping[str, Any] | None = None,
) -> Nuts:
    """Check options of NUTS.

    Raises
    ------
    InputError
        If one is out of range, or `init` names a method though PyMC's sampler does not run.

    Examples
    --------
    >>> nuts_options("pymc", target_accept=0.95, init="adapt_diag").for_pymc
    {'init': 'adapt_diag', 'nuts': {'target_accept': 0.95}}
    """
    if target_accept is not None and not 0 < target_accept < 1:
        raise InputError(f"target_accept must be between 0 and 1; got {target_accept:g}.")
    if max_treedepth is not None and whole_number("max_treedepth", max_treedepth, 1) > DEEPEST:
        raise InputError(
            f"max_treedepth must be at most {DEEPEST}, which is a million steps a draw; got "
            f"{max_treedepth}."
        )
    if isinstance(init, str):
        if sampler != "pymc":
            raise InputError(
                f"init={init!r} is a method of PyMC's sampler; add sampler='pymc', or give a dict "
                "of values to start near."
            )
        return Nuts(target_accept, max_treedepth, init)
    if init is not None and not isinstance(init, Mapping):
        raise InputError(f"init must be a dict of values to start near, or a method; got {init!r}.")
    return Nuts(target_accept, max_treedepth, None, dict(init or {}))


def started_from(model: pm.Model, rough: Mapping[str, Any], nuts: Nuts) -> dict[str, Any]:
    """Put the user's starting values in place of rough ones.

    Raises
    ------
    InputError
        If the model samples no such variable, or it has another shape.
    """
    shapes = {rv.name: rv.shape.eval() for rv in model.free_RVs} if nuts.start else {}
    for name, value in nuts.start.items():
        if name not in shapes:
            hint = did_you_mean(name, shapes, f"it samples {', '.join(shapes)}.")
            raise InputError(f"init: the model samples no {name!r}; {hint}")
        if np.shape(value) not in ((), tuple(shapes[name])):
            raise InputError(
                f"init: {name} has shape {tuple(map(int, shapes[name]))}, not {np.shape(value)}."
            )
    own = {k: np.broadcast_to(np.asarray(x, float), shapes[k]) for k, x in nuts.start.items()}
    return {**rough, **own}


def _not_none(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
