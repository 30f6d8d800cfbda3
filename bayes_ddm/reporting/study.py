"""What a report is about: a question, and the fits that answer it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bayes_ddm.checks.loo import Loo, Ranking, ranked, refuse_unlike
from bayes_ddm.display import Block, Table
from bayes_ddm.errors import InputError
from bayes_ddm.reporting.results import Results, Unknown, known
from bayes_ddm.reporting.section import Part

QUESTION = (
    "What does the population prefer on average, how sure are we, and do two ways of knowing, "
    "which fail for different reasons, agree?"
)


@dataclass(frozen=True)
class Study:
    """Fits reported together.

    Attributes
    ----------
    fits : tuple of Results
    question : str
    """

    fits: tuple[Results, ...]
    question: str = QUESTION

    def for_each(self, make: Callable[[Results], Part]) -> tuple[Part, ...]:
        """Return one part per fit."""
        return tuple(make(results) for results in self.fits)

    def parts(
        self, together: Callable[[Study], Sequence[Block]], of_fit: Callable[..., Part]
    ) -> tuple[Part, ...]:
        """Return a part of all fits laid over each other, and one per fit, unshown beside it."""
        single = self.for_each(lambda results: of_fit(results, shown=not self.several))
        return (Part(tuple(together(self))), *single) if self.several else single

    @cached_property
    def same_data(self) -> bool:
        """Whether all fits are of the same choices, with the same features."""
        first, *others = (results.posterior.choices for results in self.fits)
        frame = first.to_frame()
        return all(
            frame.equals(c.to_frame()) and dict(c.dropped) == dict(first.dropped) for c in others
        )

    @cached_property
    def ranking(self) -> Ranking | Unknown:
        """The fits in the order of their predictions, by the leave-one-out of each diagnosis."""
        return known(self._ranking)

    @property
    def several(self) -> bool:
        """Whether fits of the same choices are to be laid over each other."""
        return len(self.fits) > 1 and self.same_data

    def columns(self, caption: str, lines: Mapping[str, Sequence[str]]) -> Table:
        """Return a table with a column for each fit, of lines by what they say."""
        head = ("", *(results.name for results in self.fits))
        rows = tuple((label, *line) for label, line in lines.items())
        return Table(caption, head, rows, words=frozenset(range(len(head))))

    @property
    def best(self) -> Results:
        """The fit that predicts best, or the first where they cannot be ranked."""
        if isinstance(self.ranking, Unknown):
            return self.fits[0]
        return next(results for results in self.fits if results.name == self.ranking.best)

    def _ranking(self) -> Ranking:
        if len(self.fits) < 2:
            raise InputError("one fit has nothing to be compared with; give two or more.")
        refuse_unlike({results.name: results.posterior.fit for results in self.fits})
        scores: dict[str, Loo] = {}
        for results in self.fits:
            loo = results.diagnosis.loo
            if loo is None:
                reason = results.finding("leave one out").sentence
                raise InputError(f"{results.name} cannot leave labelers out: {reason}")
            scores[results.name] = loo
        return ranked(scores)
