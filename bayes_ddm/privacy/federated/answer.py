"""What one site sends: its log likelihood at the nodes of the question, and no row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices, expect_choices
from bayes_ddm.data.columns import whole
from bayes_ddm.data.sufficient import sum_by_unit
from bayes_ddm.display import Shown, Words
from bayes_ddm.errors import InputError
from bayes_ddm.privacy.documents import read_document, write_document
from bayes_ddm.privacy.federated.likelihood import site_of
from bayes_ddm.privacy.federated.question import MINIMISATION, PARAMETERS, Question

KIND = "answer"
FEWEST = 20  # labelers: sums of fewer would tell of single ones


@dataclass(frozen=True, eq=False, repr=False)
class Answer(Shown):
    """One site's answer; made by `answer`.

    Attributes
    ----------
    question : Question
    site : str
    labelers, choices : int
        How many it is made of.
    values : ndarray, shape (nodes of mu, of sigma, of boundary, of ndt)
        Log likelihood at the question's nodes.
    sums : tuple of float, or None
        With a known boundary and ndt: the sum of labelers' mean pseudo-labels, and of the squares.
    """

    question: Question
    site: str
    labelers: int
    choices: int
    values: FloatArray = field(repr=False)
    sums: tuple[float, float] | None

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Save as a JSON document, to be sent to who asked.

        Raises
        ------
        InputError
            If the file exists and `overwrite` is false, or cannot be written.
        """
        contents = {
            "site": self.site,
            "question": self.question.to_dict(),
            "labelers": self.labelers,
            "choices": self.choices,
            "values": self.values.ravel().tolist(),
            "sums": None if self.sums is None else list(self.sums),
        }
        return write_document(path, KIND, contents, overwrite=overwrite)

    @classmethod
    def of_dict(cls, made: Mapping[str, Any]) -> Answer:
        """Return what `save` wrote."""
        question = Question.of_dict(made["question"])
        shape = [len(axis) for axis in question.axes()]
        return cls(
            question=question,
            site=str(made["site"]),
            labelers=int(made["labelers"]),
            choices=int(made["choices"]),
            values=np.array(made["values"], dtype=float).reshape(shape),
            sums=None if made["sums"] is None else (made["sums"][0], made["sums"][1]),
        )

    def blocks(self) -> tuple[Words, Words]:
        """Return what is sent, and what that gives away."""
        extra = "" if self.sums is None else ", and two sums for the closed form"
        return (
            Words(
                f"Answer of {self.site}, round {self.question.round}: {self.values.size:,} log "
                f"likelihoods of {self.choices:,} choices by {self.labelers:,} labelers{extra}"
            ),
            Words(MINIMISATION),
        )


def answer(choices: Choices, question: Question, *, site: str) -> Answer:
    """Answer a question from one site's choices, which stay there.

    Parameters
    ----------
    choices : Choices
        By at least 20 labelers, without features.
    question : Question
    site : str
        A name by which sites are told apart.

    Returns
    -------
    Answer
        Save it and send it to who asked.

    Raises
    ------
    InputError
        If there are fewer than 20 labelers, features or a deadline; or if the question's ndt
        reaches beyond the fastest response.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> study = {"labelers": 50, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **study, seed=1)
    >>> question = bd.federated.ask(mu=(0, 1), sigma=(0.5, 2), boundary=1.25, ndt=0.3)
    >>> bd.federated.answer(choices, question, site="A").values.shape
    (7, 7, 1, 1)
    """
    choices = expect_choices(choices)
    check_site(choices)
    low, high, fixed = (
        dict(zip(PARAMETERS, ends, strict=True))
        for ends in (question.low, question.high, question.known)
    )
    fastest = float(choices.rt.min())
    if high["ndt"] >= fastest:
        below = f"ask again with ndt up to {_below(fastest)} s, or " if low["ndt"] < fastest else ""
        raise InputError(
            f"the question's ndt, {low['ndt']:.4g} to {high['ndt']:.4g} s, reaches this site's "
            f"fastest response; {below}leave out presses that are too fast to be decisions "
            "(--min-rt)."
        )
    mu, log_sigma, log_boundary, ndt = question.axes()
    values = site_of(choices).at(mu, np.exp(log_sigma), np.exp(log_boundary), ndt)
    sums = None
    if fixed["boundary"] and fixed["ndt"]:
        labels = choices.choice * wiener.drift_weight(choices.rt - ndt[0], low["boundary"])
        sizes = sum_by_unit(choices, np.ones(len(choices)))
        means = sum_by_unit(choices, labels) / sizes
        sums = (float(choices.unit_count @ means), float(choices.unit_count @ means**2))
    return Answer(
        question=question,
        site=site,
        labelers=whole(choices.unit_count.sum()),
        choices=choices.n_choices,
        values=values,
        sums=sums,
    )


def check_site(choices: Choices) -> None:
    """Refuse choices whose sums would be those of a few people, or are not of one drift.

    Raises
    ------
    InputError
    """
    labelers = whole(choices.unit_count.sum())
    if labelers < FEWEST:
        raise InputError(
            f"a site answers for at least {FEWEST} labelers, or it would tell of single ones; got "
            f"{labelers}. Join another site."
        )
    if choices.contextual:
        raise InputError("sites combine one average drift; leave the features out.")
    if choices.deadline is not None:
        raise InputError("sites combine choices without a deadline; leave it out.")


def _below(rt: float) -> str:
    """A whole number of milliseconds, at least one below."""
    return f"{np.floor(rt * 1000 - 1) / 1000:g}"


def read_answer(path: str | Path) -> Answer:
    """Read an answer that was saved.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    InputError
        If the file is missing, no answer, of another version, or not as it was written.
    """
    made_by = "bd.federated.answer (bayes-ddm federated answer)"
    return read_document(path, KIND, made_by, Answer.of_dict)
