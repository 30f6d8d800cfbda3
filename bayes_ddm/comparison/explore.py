"""Which steps from the simplest model towards what people do pay, found in minutes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bayes_ddm._typing import IntArray
from bayes_ddm.comparison.ladder import Ladder, Rung, simplest
from bayes_ddm.comparison.relaxations import NotTried
from bayes_ddm.data.choices import Choices, expect_choices
from bayes_ddm.data.design import with_drift
from bayes_ddm.data.people import with_between
from bayes_ddm.distributions.prior_code import as_code
from bayes_ddm.distributions.priors import by_labeler
from bayes_ddm.distributions.vocabulary import parameter_called
from bayes_ddm.errors import InputError, at_least, did_you_mean, whole_number
from bayes_ddm.fitting.approximate import Approximator
from bayes_ddm.fitting.held_out import UNUSED, folds_of, held_out
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.models import default_model
from bayes_ddm.progress import bar

# steps in the order in which they are tried, and what each is called
STEPS = {
    "own": "own boundary and ndt",
    "drift": "other attributes",
    "link": "saturating drift",
    "start": "own starting points",
    "noise": "drift noise",
    "collapse": "own closing bounds",
}
# parameters that a step sets
SETS = {
    "own": ("boundary", "ndt"),
    "link": ("drift_link",),
    "start": ("start",),
    "noise": ("drift_noise",),
    "collapse": ("collapse",),
}
OWN = "labeler_boundary"


def explore(
    choices: Choices,
    drift: str | Sequence[str] | None = None,
    *,
    between: str | None = None,
    steps: Sequence[str] = tuple(STEPS),
    folds: int = 5,
    seed: int = 0,
    progress: bool = True,
    **parameters: Any,
) -> Ladder:
    """Say which steps from the simplest model towards what people do pay, and with what error.

    From one boundary for all: labelers' own boundary and ndt, other attributes, a drift that
    saturates, own starting points, drift noise, own closing bounds.  Each is tried upon those that
    paid, and pays if rows that were held out are predicted better by more than two standard
    errors, and 4, in log score.  Where attributes tie, those with fewer coefficients are kept.

    Parameters
    ----------
    choices : Choices
        Of known labelers, with several choices each.
    drift : str or sequence of str, optional
        Formulas of the drift to choose among; the first is where the ladder starts. By default the
        features as they are.
    between : str, optional
        As for `bayes_ddm.fit`, in every model.
    steps : sequence of str, optional
        Those to try, in this order, of ``"own"``, ``"drift"``, ``"link"``, ``"start"``,
        ``"noise"`` and ``"collapse"``.
    folds : int
        Parts that each labeler's rows are split into, at random; each is held out once.
    seed : int
        Of the split and of the approximations.
    progress : bool
        Show a progress bar.
    **parameters
        As for `bayes_ddm.fit`, in every model, such as ``boundary="instruction"``; what is given is
        not changed by a step, except that labelers may have a boundary and ndt of their own around
        it.

    Returns
    -------
    Ladder
        ``options`` go to `bayes_ddm.fit`: ``bd.fit(choices, **ladder.options)``.

    Raises
    ------
    InputError
        If labelers are not known or choose once each, a step is unknown, or the first model does
        not fit the choices.

    Notes
    -----
    Rows are held out *within* labelers, since each step says how a person decides: it is judged by
    the same person's other choices, whatever the population's shape, and a few dozen people
    suffice.  `bayes_ddm.rank` leaves whole labelers out instead, and so also judges the population.
    Every posterior is approximated by independent normals (preferences that a model integrates out
    stay exact), one fit of all rows and one for each fold.  One response in a thousand is taken for
    one of either kind at any time, so that a row faster than an ndt does not decide alone.  The
    choice of steps by these very scores favours the last model a little; rows that no step has seen
    give an honest score.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 20, "choices": 20, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> ladder = bd.explore(choices, steps=["noise"], folds=2, progress=False)
    >>> ladder.text, ladder.options
    ('No step pays. What does not: drift noise.', {'model': 'hierarchical'})
    """
    choices = _check_suited(choices)
    at_least(2, folds=folds)
    for step in steps:
        if step not in STEPS:
            names = f"there are {', '.join(STEPS)}."
            raise InputError(f"no step {step!r}; {did_you_mean(step, STEPS, names)}")
    formulas: list[str | None] = [drift] if drift is None or isinstance(drift, str) else [*drift]
    if not formulas:
        raise InputError("drift is an empty list; give formulas, or leave it out.")
    if "drift" not in steps and len(formulas) > 1:
        raise InputError("several formulas of the drift take the step 'drift'; add it to steps.")
    choices = with_between(choices, between)
    tables = {formula or "": with_drift(choices, formula) for formula in formulas}
    seed = whole_number("seed", seed)
    models = 1 + sum(len(formulas) - 1 if step == "drift" else 1 for step in steps)
    with bar(f"exploring {models} models", models * (folds + 1), progress=progress) as advance:
        search = Search(tables, seed)
        return search.ladder(folds_of(choices, folds, seed), steps, parameters, advance)


def _check_suited(choices: Choices) -> Choices:
    choices = expect_choices(choices)
    choices.refuse_condensed("a ladder")
    if choices.anonymous:
        raise InputError(
            "a ladder needs labelers: single choices cannot tell its steps apart; name the "
            "labelers' column (labeler=, --labeler)."
        )
    if choices.deadline is not None:
        raise InputError(
            "a ladder knows no deadline: held-out choices would be taken for all trials; rank fits "
            "of models instead (bd.rank), or read the table without deadline=."
        )
    if (choices.choices_each < 2).mean() > 0.5:
        raise InputError(
            "a ladder holds out some of each labeler's choices, and most labelers have one; rank "
            "fits of models instead (bd.rank), which leaves whole labelers out."
        )
    return choices.expanded()


class Search:
    """Ladders over parts of the same rows; a model is compiled once for them all.

    Parameters
    ----------
    tables : mapping of str to Choices
        The choices with the features of each formula of the drift.
    seed : int
    """

    def __init__(self, tables: Mapping[str, Choices], seed: int) -> None:
        self.tables, self.seed = tables, seed
        self.approximators: dict[str, Approximator] = {}
        self.rungs: list[Rung] = []
        self.not_tried: list[NotTried] = []

    def ladder(
        self,
        fold: IntArray,
        steps: Sequence[str],
        parameters: Mapping[str, Any],
        advance: Callable[[float], None] = lambda done: None,
    ) -> Ladder:
        """Climb as `explore` does, each fold's rows held out once; see `held_out`."""
        self.fold, self.advance, self.rungs, self.not_tried = fold, advance, [], []
        formula = next(iter(self.tables))
        model = default_model(self.tables[formula])
        path = [self.climb("one boundary and ndt for all", None, model, formula, parameters)]
        for step in steps:
            chosen = self.step(step, path[-1])
            if chosen is not path[-1]:
                path.append(chosen)
        choices = self.tables[formula]
        return Ladder(
            rungs=tuple(self.rungs),
            path=tuple(path),
            not_tried=tuple(self.not_tried),
            labelers=len(choices.unit_count),
            choices=int((fold != UNUSED).sum()),
            folds=int(fold.max()) + 1,
            seed=self.seed,
            between=choices.between,
        )

    def model(self, name: str, formula: str, options: Mapping[str, Any]) -> Approximator:
        """Compile a model, or take it from before."""
        key = repr((name, formula, {key: as_code(value) for key, value in options.items()}))
        if key not in self.approximators:
            table = self.tables[formula]
            self.approximators[key] = Approximator(table, name, seed=self.seed, **options)
        return self.approximators[key]

    def climb(
        self, step: str, over: Rung | None, model: str, formula: str, options: Mapping[str, Any]
    ) -> Rung:
        """Try a model."""
        done = len(self.rungs) * (int(self.fold.max()) + 2)
        approximator = self.model(model, formula, options)
        prediction = held_out(approximator, self.fold, advance=lambda n: self.advance(done + n))
        posterior = Posterior.of(prediction.fit)
        averages = {name: float(posterior.entries[name].mean()) for name in posterior.averages}
        rung = Rung(
            step=step,
            model=model,
            drift=formula,
            options=options,
            columns=len(averages),
            score=np.bincount(approximator.choices.unit, np.nan_to_num(prediction.score)),
            averages=averages,
            over=over,
            settled=prediction.settled,
        )
        self.rungs.append(rung)
        return rung

    def step(self, step: str, rung: Rung) -> Rung:
        """Try a step upon a rung, and return the one to go on from."""
        if step == "drift":
            others = [formula for formula in self.tables if formula != rung.drift]
            tried = [
                self.climb(f"drift {formula}", rung, rung.model, formula, rung.options)
                for formula in others
            ]
            return simplest([rung, *tried])
        reason = _reason_against(step, rung, self.tables[rung.drift])
        if not reason:
            try:
                new = self.climb(STEPS[step], rung, *_next_model(step, rung))
                return new if new.clearly_better(rung) else rung
            except InputError as error:
                reason = str(error).rstrip(".")
        self.not_tried.append(NotTried(STEPS[step], reason))
        return rung


def _reason_against(step: str, rung: Rung, choices: Choices) -> str:
    """Why a step is not tried; empty if it is."""
    names = [name for name in SETS[step] if name in rung.options]
    if step == "own":
        names = [name for name in names if not isinstance(rung.options[name], str)]
    if names:
        return f"{' and '.join(names)} is given"
    if step == "link" and not choices.contextual:
        return "there are no attributes"
    return ""


def _next_model(step: str, rung: Rung) -> tuple[str, str, dict[str, Any]]:
    """Model, formula of the drift and options with one step more."""
    options = dict(rung.options)
    if step == "own":
        varied = {name: by_labeler(options[name]) for name in SETS[step] if name in options}
        return OWN, rung.drift, options | varied
    (name,) = SETS[step]
    value = {
        "link": "saturating",
        "noise": parameter_called("drift_noise").prior,
    }.get(step, by_labeler())
    return rung.model, rung.drift, options | {name: value}
