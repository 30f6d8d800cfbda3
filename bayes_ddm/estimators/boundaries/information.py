"""How much a table of choices says about its boundary, and what would make it say more."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.display import Block, Shown, Table, Words, number, text
from bayes_ddm.estimators.boundaries.conditional import conditional_boundary, repeated_rows
from bayes_ddm.estimators.boundaries.laplace import LEAST_N_EFF, three_scale, two_scale
from bayes_ddm.estimators.boundaries.semiparametric import semiparametric_boundary
from bayes_ddm.estimators.consistent import consistent
from bayes_ddm.estimators.design import design
from bayes_ddm.estimators.result import Boundary

WELL_KNOWN = 0.05  # relative standard error of a boundary that needs no more data
ENOUGH = 1.2  # as many data as there are
WORTH_IT = 0.1  # of the standard error, that a known ndt takes away


@dataclass(frozen=True, eq=False, repr=False)
class BoundaryInformation(Shown):
    """What the choices say about their boundary; made by `boundary_information`.

    Attributes
    ----------
    n_choices : int
    n_labelers : int or None
        None when labelers are anonymous.
    labelers, groups, rows : int
        Labelers who repeat a comparison, groups of choices that share one (of at most 50), and
        choices in them.
    proportional_rows : int
        Further choices that ``proportional=True`` would use; 0 where it is.
    boundary : Boundary or None
        From repeated comparisons; else under a smooth population; None when neither can be.
    boundary_known_ndt : Boundary or None
        The same with ndt taken as known at its estimate; None when it was given, or cannot be.
    parameters : tuple of str
        "mu", or the features' names.
    share, share_known_ndt : ndarray, shape (parameters,)
        Part of the closed form's variance that a known boundary and ndt would take away; NaN where
        it cannot be computed. Below zero where the two errors offset one another.
    n_eff : mapping of str to float
        Effective number of response times behind each of the published boundaries.
    """

    n_choices: int
    n_labelers: int | None
    labelers: int
    groups: int
    rows: int
    proportional_rows: int
    boundary: Boundary | None
    boundary_known_ndt: Boundary | None
    parameters: tuple[str, ...]
    share: FloatArray
    share_known_ndt: FloatArray
    n_eff: Mapping[str, float]

    @property
    def relative_se(self) -> float:
        """Standard error of the boundary divided by it; NaN when it is not pinned down."""
        return _relative_se(self.boundary)

    @property
    def ndt_se(self) -> float:
        """Standard error of ndt, in seconds; 0 when it is known."""
        return math.nan if self.boundary is None else float(self.boundary.se[1])

    def sentences(self) -> list[str]:
        """Return the diagnosis, a sentence or two in each item."""
        sentences = [self._source()] if self.groups else [self._class(), self._scales()]
        if self.boundary is None:
            sentences.append("Give a known boundary, or ask labelers the same comparison again.")
            return [*sentences, *self._proportional()]
        if math.isfinite(self.relative_se):
            of_ndt = f"that of ndt {self.ndt_se:.2g} s" if self.ndt_se else "ndt is held fixed"
            sentences.append(f"Its standard error is {self.relative_se:.1%} of it; {of_ndt}.")
        if not self.boundary.reliable:
            sentences.append(f"It cannot be relied on: {self.boundary.note}.")
        return [*sentences, *self._cost(), *self._help(), *self._proportional()]

    def _source(self) -> str:
        return (
            f"{self.rows:,} of {self.n_choices:,} choices repeat a comparison: {self.groups:,} "
            f"groups, by {self.labelers:,} of {self.n_labelers:,} labelers. The boundary rests on "
            "these, whatever the population."
        )

    def _class(self) -> str:
        reason = (
            "Labelers are anonymous"
            if self.n_labelers is None
            else "No labeler answers a comparison twice"
        )
        reason += ", so that the boundary rests on an assumption about the population"
        if self.boundary is None:
            return f"{reason}, and there are too few labelers, or too many features, to use one."
        return f"{reason}: here, that it is a mixture of a few normals."

    def _proportional(self) -> list[str]:
        if not self.proportional_rows:
            return []
        return [
            f"{self.proportional_rows:,} more choices are between attribute differences that are "
            "multiples of one another; proportional=True uses them."
        ]

    def _scales(self) -> str:
        if not self.n_eff:
            return "There are too few choices for the published scales."
        enough = min(self.n_eff.values()) >= LEAST_N_EFF
        rests = " and ".join(f"{value:.3g}" for value in self.n_eff.values())
        return (
            f"The published plug-ins rest on {rests} effective response times"
            f"{'.' if enough else f'; {LEAST_N_EFF} are needed.'}"
        )

    def _cost(self) -> list[str]:
        if not np.isfinite(self.share).any():
            return []
        worst = int(np.nanargmax(self.share))
        if self.share[worst] < 0.005:
            return ["Not knowing it costs next to nothing: the choices' own noise is far larger."]
        return [
            f"Not knowing it makes {self.share[worst]:.0%} of the variance of "
            f"{self.parameters[worst]}; the rest is due to the choices."
        ]

    def _help(self) -> list[str]:
        relative, sentences = self.relative_se, []
        known_ndt = _relative_se(self.boundary_known_ndt)
        if known_ndt < (1 - WORTH_IT) * relative:
            sentences.append(
                f"A known ndt would bring the boundary's standard error to {known_ndt:.1%}."
            )
        more = (relative / WELL_KNOWN) ** 2
        if more > ENOUGH:
            target = f"A standard error of {WELL_KNOWN:.0%}"
            sentences.append(f"{target} takes about {more:.2g} times as many such labelers.")
        if not self.groups:
            sentences.append(
                "Labelers who answer the same comparison twice would make the assumption needless."
            )
        elif self.n_choices > 2 * self.rows and not relative <= WELL_KNOWN:
            sentences.append("Most choices stand alone: asking them again would make them count.")
        return sentences

    def blocks(self) -> list[Block]:
        """Return the diagnosis, and the numbers behind it."""
        shares = [f"share of {name}" for name in self.parameters]
        rows = []
        for name, b, share in (
            ("as it is", self.boundary, self.share),
            ("ndt known", self.boundary_known_ndt, self.share_known_ndt),
        ):
            if b is not None:
                numbers = [b.boundary, _relative_se(b), b.ndt, float(b.se[1]), *share]
                rows.append((name, *(text(number(x), digits=3) for x in numbers)))
        head = ("", "boundary", "relative se", "ndt", "se", *shares)
        table = [Table("", head, tuple(rows))] if self.boundary else []
        return [*map(Words, self.sentences()), *table]


def boundary_information(
    choices: Choices, ndt: float | None = None, *, proportional: bool = False
) -> BoundaryInformation:
    """How much these choices say about their boundary, and what that costs.

    Parameters
    ----------
    choices : Choices
    ndt : float, optional
        A known non-decision time in seconds; by default it is estimated.
    proportional : bool
        Also count comparisons that are multiples of one another; see `conditional_boundary`.

    Returns
    -------
    BoundaryInformation

    Raises
    ------
    InputError
        If the given ndt is not below the smallest response time.

    Notes
    -----
    Standard errors are those of the data at hand, from influence functions. With ``V`` the variance
    of an estimate and ``V0`` the same with the boundary's influence left out, the share is
    ``1 - V0 / V``.

    Examples
    --------
    >>> from bayes_ddm.simulate import experiment
    >>> choices = experiment("normal", labelers=400, choices=5, boundary=1.25, ndt=0.3, seed=1)
    >>> made = boundary_information(choices)
    >>> made.labelers, made.groups, made.rows
    (400, 400, 2000)
    >>> print(made.sentences()[0])  # doctest: +NORMALIZE_WHITESPACE
    2,000 of 2,000 choices repeat a comparison: 400 groups, by 400 of 400 labelers. The boundary
    rests on these, whatever the population.
    """
    labelers = groups = repeated = further = 0
    if choices.labeler is not None:
        rows, blocks, _ = repeated_rows(choices, proportional)
        groups, repeated = sum(len(block) for block in blocks), sum(block.size for block in blocks)
        indices = [choices.labeler[rows[block[:, 0]]] for block in blocks]
        labelers = len(np.unique(np.concatenate(indices))) if blocks else 0
        further = (
            sum(block.size for block in repeated_rows(choices, proportional=True)[1]) - repeated
        )

    def learn(at: float | None) -> Boundary | None:
        if groups:
            return conditional_boundary(choices, at, proportional=proportional)
        return semiparametric_boundary(choices, at)

    boundary, boundary_known_ndt = learn(ndt), None
    if ndt is None and boundary is not None and 0 < boundary.ndt < choices.rt.min():
        boundary_known_ndt = learn(boundary.ndt)
    parameters = design(choices).names
    scales = {b.method: b.n_eff for b in (two_scale(choices, ndt), three_scale(choices))}
    return BoundaryInformation(
        n_choices=choices.n_choices,
        n_labelers=choices.n_labelers,
        labelers=labelers,
        groups=groups,
        rows=repeated,
        proportional_rows=further,
        boundary=boundary,
        boundary_known_ndt=boundary_known_ndt,
        parameters=parameters,
        share=_share(choices, boundary, len(parameters)),
        share_known_ndt=_share(choices, boundary_known_ndt, len(parameters)),
        n_eff={name: value for name, value in scales.items() if value is not None},
    )


def _relative_se(boundary: Boundary | None) -> float:
    return math.nan if boundary is None else float(boundary.se[0]) / boundary.boundary


def _share(choices: Choices, boundary: Boundary | None, p: int) -> FloatArray:
    """Part of the variance of each average that is gone when the boundary is known."""
    if boundary is None or not np.isfinite(boundary.influence).all():
        return np.full(p, np.nan)
    certain = replace(boundary, influence=np.zeros_like(boundary.influence))
    without, total = consistent(choices, certain).se[:p], consistent(choices, boundary).se[:p]
    return 1 - (without / total) ** 2
