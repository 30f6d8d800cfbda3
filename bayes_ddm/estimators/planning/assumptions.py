"""What a plan takes labelers and their choices to be like, and pilots that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.design import nameable
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.cells import Cells, cells_of
from bayes_ddm.simulate import experiment
from bayes_ddm.simulate.formulas import Formula, values_by_row
from bayes_ddm.simulate.populations import Population

# variances do not depend on the ndt, but an estimate near 0 would be held there
PILOT_NDT = 1.0


@dataclass(frozen=True, eq=False)
class Assumptions:
    """What labelers are taken to be like, and what will be known of them.

    Attributes
    ----------
    population : Population, or what else draws drifts
    boundary, ndt : float, or mapping of a formula to its values
        Half the boundary separation; seconds.
    known : frozenset of {"boundary", "ndt"}
        What will be known when the data are analysed.
    features : array_like, callable or None
        As `bayes_ddm.simulate.experiment` takes them.
    seed : int
    table, drift : DataFrame and str, or None
        The design that every labeler goes through, and the formula of the drift in its columns.
    """

    population: Any
    boundary: float | Formula
    ndt: float | Formula
    known: frozenset[str]
    features: Any
    seed: int
    table: pd.DataFrame | None = None
    drift: str | None = None

    def __str__(self) -> str:
        shape = self.population if isinstance(self.population, Population) else None
        fixed = " and ".join(name for name in ("boundary", "ndt") if name in self.known)
        rest = " and ".join(name for name in ("boundary", "ndt") if name not in self.known)
        status = [fixed and f"{fixed} known", rest and f"{rest} estimated"]
        return (
            f"{shape or 'a population of your own'}, boundary {_text(self.boundary)}, "
            f"ndt {_text(self.ndt)} s; {', '.join(filter(None, status))}"
        )

    @property
    def by_condition(self) -> bool:
        """Whether boundary or ndt depend on the row."""
        return bool(self._formulas)

    @property
    def _formulas(self) -> dict[str, str]:
        values = {"boundary": self.boundary, "ndt": self.ndt}
        return {name: next(iter(x)) for name, x in values.items() if isinstance(x, Mapping)}

    def cells(self, sample: Choices) -> Cells | None:
        """Cells that boundary, and ndt unless it will be known, are estimated in.

        Raises
        ------
        InputError
            As `cells_of`.
        """
        ndt = None if "ndt" in self.known else self._formulas.get("ndt")
        return cells_of(sample, self._formulas.get("boundary"), ndt)

    def values(self, name: str, sample: Choices) -> FloatArray:
        """Boundary or ndt of each row of a pilot, shape (rows,).

        Raises
        ------
        InputError
            As `bayes_ddm.simulate.formulas.values_by_row`; if one is negative.
        """
        value = getattr(self, name)
        if not isinstance(value, Mapping):
            return np.full(len(sample), value)
        rows = values_by_row(name, value, nameable(sample))
        if not (rows >= 0).all():
            raise InputError(f"{name} must be at least 0; got {rows.min():g}.")
        return rows

    def sample(self, drifts: FloatArray, choices: int) -> Choices:
        """Simulate labelers with these drifts and so many choices each, at `PILOT_NDT`.

        Raises
        ------
        InputError
            If the features cannot tell preferences apart, or the table is longer than the choices.
        """
        sample = experiment(
            lambda rng, n: drifts,
            labelers=len(drifts),
            choices=choices,
            boundary=self.boundary,
            ndt=PILOT_NDT,
            features=self.features,
            table=self.table,
            drift=self.drift,
            anonymous=False,
            seed=np.random.default_rng([self.seed, choices]),
        )
        largest = np.abs(sample.features).max(axis=0, initial=0)
        psi = sample.features / np.where(largest > 0, largest, 1)
        if np.linalg.matrix_rank(psi.T @ psi) < psi.shape[1]:
            raise InputError(
                f"{choices} choices with these features cannot tell the preferences apart: some "
                "feature is a combination of others, or 0. Vary them more, or ask for more choices."
            )
        return sample


def _text(value: float | Formula) -> str:
    if not isinstance(value, Mapping):
        return f"{value:g}"
    ((formula, values),) = value.items()
    return f"by {formula} ({', '.join(f'{key} {x:g}' for key, x in values.items())})"
