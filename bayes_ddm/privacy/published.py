"""What all releases have: what is public, what was promised, and a table of estimates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.display import Shown, Words
from bayes_ddm.estimators.result import Boundary, Estimate
from bayes_ddm.estimators.table import EstimateTable
from bayes_ddm.privacy.account import Account
from bayes_ddm.privacy.documents import write_document

KIND = "release"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Published(Shown):
    """What is public of a release.

    Attributes
    ----------
    epsilon : float
        Of all answers of a labeler.
    boundary, ndt : float
        Half the separation, and seconds.
    labelers, n_choices : int
    anonymous : bool
        Whether each row counts as a labeler of its own.
    simulated : bool
        Whether the noise is from a seed, so that nothing is promised.
    """

    epsilon: float
    boundary: float
    ndt: float
    labelers: int
    n_choices: int
    anonymous: bool
    simulated: bool = False

    ARRAYS: ClassVar[tuple[str, ...]] = ()
    notes: ClassVar[tuple[str, ...]] = ()  # on rows, of which there are none
    heeds: ClassVar[frozenset[str]] = frozenset({"most_drift"})
    limits: ClassVar[str] = (
        "a release holds no rows: boundary and ndt are its own, and there are no formulas, shares "
        "or bootstrap; leave it out."
    )

    @property
    def account(self) -> Account:
        """What is promised."""
        return Account("labeler", None, self.epsilon)

    @property
    def caveats(self) -> tuple[str, ...]:
        """What would undo the promise, in sentences."""
        if self.simulated:
            return ("the noise is from a seed, so that nothing is promised.",)
        sentences = ["a second release of the same labelers adds its epsilon to this one's."]
        if self.anonymous:
            sentences.append(
                "labelers are anonymous: one who gave several rows spent it several times."
            )
        return tuple(sentences)

    def promised(self) -> list[Words]:
        """Return what is promised, and what would undo it."""
        lines = [] if self.simulated else [self.account.sentence]
        return [Words(line) for line in (*lines, *(f"Note: {note}" for note in self.caveats))]

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Save as a JSON document that says what was spent; see `bayes_ddm.privacy.read_release`.

        Raises
        ------
        InputError
            If the file exists and `overwrite` is false, or cannot be written.
        """
        return write_document(path, KIND, self.to_dict(), overwrite=overwrite)

    def to_dict(self) -> dict[str, Any]:
        """Return the release as JSON values."""
        return asdict(self) | {name: getattr(self, name).tolist() for name in self.ARRAYS}

    @classmethod
    def of_dict(cls, made: Mapping[str, Any]) -> Self:
        """Return what `to_dict` made JSON values of."""
        values = {item.name: made[item.name] for item in fields(cls)}
        return cls(**values | {name: np.array(values[name]) for name in cls.ARRAYS})

    def title(self, what: str) -> Words:
        """Return what was released of whom, in a line."""
        people = f"{self.labelers:,} {'anonymous ' * self.anonymous}labelers"
        return Words(
            f"Release: {self.n_choices:,} choices by {people}, as {what}, at boundary "
            f"{self.boundary:g} and ndt {self.ndt:g} s"
        )

    def table(
        self,
        names: tuple[str, ...],
        values: FloatArray,
        covariance: FloatArray,
        bias: FloatArray,
        remark: str,
        prob: float,
    ) -> EstimateTable:
        """Return the table of `bayes_ddm.estimate` of averages."""
        n = np.array([self.labelers])
        boundary = Boundary(
            method="known",
            boundary=self.boundary,
            ndt=self.ndt,
            influence=np.zeros((1, 2)),
            unit_count=n,
            n_eff=None,
            reliable=True,
            note="",
        )
        estimate = ReleasedEstimate(
            estimator="bounded_known_boundary",
            parameters=names,
            values=values,
            influence=np.zeros((1, len(names))),
            unit_count=n,
            unit="drift",
            boundary=boundary,
            reliable=True,
            note="",
            largest_bias=bias,
            remark=remark,
            known=covariance,
        )
        return EstimateTable(
            n_choices=self.n_choices,
            n_labelers=None if self.anonymous else self.labelers,
            dropped={},
            boundaries=(boundary,),
            estimates=(estimate,),
            prob=prob,
            notes=self.caveats,
            privacy=None if self.simulated else self.account,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class ReleasedEstimate(Estimate):
    """An estimate from a release, which shows nobody's influence.

    Attributes are those of `bayes_ddm.estimators.Estimate`, and

    Attributes
    ----------
    known : ndarray, shape (parameters, parameters)
        Covariance: of who was asked, of what they answered, and of the noise.
    """

    known: FloatArray = field(repr=False)

    @property
    def covariance(self) -> FloatArray:
        """Covariance of the numbers."""
        return self.known
