"""All sites' answers as one: the posterior of the hierarchical model, and the closed form."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from bayes_ddm.display import Block, Stored, Table, Words
from bayes_ddm.errors import InputError, probability
from bayes_ddm.privacy.federated.answer import Answer
from bayes_ddm.privacy.federated.question import LOGS, MINIMISATION, PARAMETERS, Question
from bayes_ddm.privacy.federated.surface import Marginals, Surface

FAR = 5.0  # standard deviations of the box of a second round
LARGEST_ERROR = 0.001  # of means, in standard deviations
EDGE = -8.0  # log density at an end of the box, below the highest


@dataclass(frozen=True, eq=False, repr=False)
class Combined(Stored):
    """The posterior of all sites' choices; made by `combine`.

    Attributes
    ----------
    posterior : DataFrame
        Of mu, sigma, boundary and ndt: mean, sd and interval.
    closed_form : tuple of float, or None
        Value and standard error of mu, with a known boundary and ndt.
    error : float
        How far means may be off by interpolation, in standard deviations.
    sites : tuple of str
    labelers, choices : int
    prob : float
    question : Question
    """

    posterior: pd.DataFrame
    closed_form: tuple[float, float] | None
    error: float
    sites: tuple[str, ...]
    labelers: int
    choices: int
    prob: float
    question: Question

    def ask_again(self) -> Question:
        """Return the question of a further round, in a box around this posterior."""
        low, high = list(self.question.low), list(self.question.high)
        for j, name in enumerate(PARAMETERS):
            if self.question.known[j]:
                continue
            mean, sd = self.posterior.loc[name, "mean"], self.posterior.loc[name, "sd"]
            if LOGS[j]:
                ratio = math.exp(FAR * sd / mean)
                ends = mean / ratio, mean * ratio
            else:
                ends = mean - FAR * sd, mean + FAR * sd
            # sites agreed to the old box only
            low[j], high[j] = max(ends[0], low[j]), min(ends[1], high[j])
        again = self.question.round + 1
        return replace(self.question, low=tuple(low), high=tuple(high), round=again)

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as JSON values."""
        table = self.posterior.rename_axis("parameter").reset_index()
        value = None
        if self.closed_form is not None:
            value = dict(zip(("value", "se", "low", "high"), self._closed_interval(), strict=True))
        return {
            "schema_version": 1,
            "prob": self.prob,
            "n_choices": self.choices,
            "n_labelers": self.labelers,
            "sites": list(self.sites),
            "round": self.question.round,
            "posterior": table.to_dict("records"),
            "closed_form": value,
            "interpolation_error": self.error,
            "privacy": "data minimisation, not differential privacy",
        }

    def _closed_interval(self) -> tuple[float, float, float, float]:
        assert self.closed_form is not None
        value, se = self.closed_form
        half = float(ndtri((1 + self.prob) / 2)) * se
        return value, se, value - half, value + half

    def blocks(self) -> list[Block]:
        """Return the posterior, the closed form, and what sites gave away."""
        sources = (
            f"{self.choices:,} choices by {self.labelers:,} labelers at {len(self.sites)} sites"
        )
        formats = dict.fromkeys(self.posterior.columns, ".4g")
        blocks: list[Block] = [
            Words(f"{sources}, {100 * self.prob:g} % intervals, round {self.question.round}"),
            Table.of("Posterior", ("parameter", *formats), self.posterior, **formats),
        ]
        if self.closed_form is not None:
            value, se, low, high = self._closed_interval()
            blocks.append(
                Words(
                    f"Closed form, known boundary: mu {value:.4g} (se {se:.2g}), {low:.4g} to "
                    f"{high:.4g}."
                )
            )
        text = f"Interpolation moves means by about {self.error:.1g} standard deviations"
        if self.error > LARGEST_ERROR:
            text += "; a second round in a smaller box mends that (ask_again, --ask-again)"
        return [*blocks, Words(f"{text}."), Words(MINIMISATION)]


def combine(answers: Sequence[Answer], *, prob: float = 0.95) -> Combined:
    """Combine all sites' answers into the posterior of all their choices.

    Parameters
    ----------
    answers : sequence of Answer
        To one question, one of each site.
    prob : float
        Probability of the intervals.

    Returns
    -------
    Combined
        The hierarchical model's posterior under its default priors, as if all rows had been in one
        table.

    Raises
    ------
    InputError
        If answers are to different questions, a site answers twice, or the posterior reaches an end
        of the box: then it says how to widen it.

    Notes
    -----
    Log likelihoods add. Their sum is interpolated by Chebyshev polynomials and integrated by
    Gauss-Legendre quadrature. The error of interpolation is what leaving out the highest
    polynomials changes.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> study = {"labelers": 100, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> sites = [bd.simulate.experiment("normal", **study, seed=seed) for seed in (1, 2)]
    >>> federated = bd.federated
    >>> question = federated.ask(mu=(-0.3, 1.3), sigma=(0.5, 2), boundary=1.25, ndt=0.3)
    >>> answers = [federated.answer(x, question, site=n) for x, n in zip(sites, "AB", strict=True)]
    >>> federated.combine(answers).labelers
    200
    """
    probability(prob)
    if not answers:
        raise InputError("there are no answers to combine; give one of each site.")
    question = answers[0].question
    for other in answers:
        if other.question.identity != question.identity:
            raise InputError(
                f"{other.site!r} answers another question than {answers[0].site!r}; ask all sites "
                "the same."
            )
    sites = tuple(a.site for a in answers)
    for i, site in enumerate(sites):
        same = any(np.array_equal(answers[i].values, other.values) for other in answers[:i])
        if site in sites[:i] or same:
            raise InputError(f"{site!r} answers twice; give each site's answer once.")
    surface = Surface.of(question, np.sum([a.values for a in answers], axis=0))
    within = surface.posterior().zoom()
    posterior = surface.posterior(within)
    _refuse_outside(question, posterior)
    rough, free = surface.smoother().posterior(within), ~np.array(question.known)
    shifts = np.abs(posterior.mean - rough.mean)[free] / posterior.sd[free]
    labelers, total = sum(a.labelers for a in answers), None
    sums = [a.sums for a in answers if a.sums is not None]
    if len(sums) == len(answers):
        first, second = np.sum(sums, axis=0) / labelers
        total = float(first), float(np.sqrt((second - first**2) / (labelers - 1)))
    return Combined(
        posterior=posterior.table(prob),
        closed_form=total,
        error=float(shifts.max(initial=0.0)),
        sites=sites,
        labelers=labelers,
        choices=sum(a.choices for a in answers),
        prob=prob,
        question=question,
    )


def _refuse_outside(question: Question, posterior: Marginals) -> None:
    """Refuse a posterior that reaches an end of the box, and say how to widen it."""
    for j, name in enumerate(PARAMETERS):
        low, high = question.low[j], question.high[j]
        for side, density in enumerate(posterior.at_ends()[j]):
            if density < EDGE or (side == 0 and name == "ndt" and low == 0):
                continue
            wider = [low, high]
            if LOGS[j]:
                wider[side] *= (high / low) ** (1 if side else -1)
            else:
                wider[side] += (high - low) * (1 if side else -1)
            wider[0] = max(wider[0], 0.0) if name == "ndt" else wider[0]
            raise InputError(
                f"the answers lie outside the question's box: {name} reaches its "
                f"{'upper' if side else 'lower'} end, {(low, high)[side]:.4g}; ask again with "
                f"{name}=({wider[0]:.3g}, {wider[1]:.3g}) (--{name} {wider[0]:.3g},{wider[1]:.3g})."
            )
