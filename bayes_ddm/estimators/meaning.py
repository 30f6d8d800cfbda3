"""What an average preference means for people, in a sentence: how often, and how many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr, stdtrit

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.estimators.assumptions.normality import SpecificationTest
from bayes_ddm.estimators.result import Estimate, Influence
from bayes_ddm.estimators.units import deviation

MOST_FEATURES = 4
AVERAGE = "someone with the average preference"
BELL = "; if preferences are bell-shaped"
NO_BELL = "How many prefer it is left out: these choices contradict bell-shaped preferences"


@dataclass(frozen=True)
class Probability:
    """A probability that concerns the +1 option, and its interval.

    Examples
    --------
    >>> Probability(0.71, 0.68, 0.74).hundredths, Probability(0.71, 0.68, 0.74).figures
    ('71 times in 100 (68 to 74)', ('71', '68', '74'))
    """

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, draws: FloatArray, prob: float) -> Probability:
        """Return the mean and the equal-tailed interval of draws."""
        low, high = np.quantile(draws, [(1 - prob) / 2, (1 + prob) / 2])
        return cls(float(np.mean(draws)), float(low), float(high))

    @property
    def side(self) -> int:
        """+1 or -1 where the interval is on that side of a half; else 0."""
        return int(self.low > 0.5) - int(self.high < 0.5)

    @property
    def other(self) -> Probability:
        """The same of the -1 option."""
        return Probability(1 - self.value, 1 - self.high, 1 - self.low)

    @property
    def hundredths(self) -> str:
        """How many times in a hundred."""
        value, low, high = self.figures
        return f"{value} times in 100 ({low} to {high})"

    @property
    def figures(self) -> tuple[str, str, str]:
        """Value and ends in whole hundredths, or finer where the interval is."""
        digits = 0 if self.high - self.low >= 0.015 else 1
        value, low, high = (f"{100 * x:.{digits}f}" for x in (self.value, self.low, self.high))
        return value, low, high


@dataclass(frozen=True)
class Step:
    """How much more of a feature a sentence speaks of, and how often +1 is then picked."""

    feature: str
    more: float
    often: Probability


def leaning(
    options: tuple[str, str],
    often: Probability,
    share: Probability | None,
    law: str = "",
    *,
    rare: bool = False,
) -> str:
    """Return the sentence where there is one comparison.

    Parameters
    ----------
    options : tuple of str
        What the +1 and the -1 option are called.
    often : Probability
        That a person of average preference picks the +1 option.
    share : Probability or None
        Of people who prefer it.
    law : str
        What the share rests on.
    rare : bool
        Whether few people have a preference near the average.

    Examples
    --------
    >>> leaning(("tea", "coffee"), Probability(0.71, 0.68, 0.74), None)
    'People lean to tea: someone with the average preference picks it 71 times in 100 (68 to 74).'

    A few who are strongly against it can outweigh the many who are mildly for it:

    >>> often, share = Probability(0.39, 0.28, 0.49), Probability(0.78, 0.73, 0.83)
    >>> print(leaning(("tea", "coffee"), often, share))
    On average people lean to coffee: someone with the average preference would pick it 61 times in
    100 (51 to 72), although 78 % prefer tea (73 to 83 %).
    """
    apart = share is not None and _apart(often, share)
    side = often.side
    if side < 0:
        options, often, share = options[::-1], often.other, None if share is None else share.other
    name, other = options
    people, picks = ("On average people", "would pick") if apart or rare else ("People", "picks")
    to, it = (name, "it") if side else ("neither side", name)
    person = AVERAGE + (", which few have," if rare else "")
    sentence = f"{people} lean to {to}: {person} {picks} {it} {often.hundredths}"
    if share is not None:
        joined, it = ("although", name) if apart else ("and", "it")
        if apart and share.value < 0.5:
            share, it = share.other, other
        value, low, high = share.figures
        sentence += f", {joined} {value} % prefer {it} ({low} to {high} %{law})"
    return f"{sentence}."


def _apart(often: Probability, share: Probability) -> bool:
    """Whether average and majority are on different sides of a half, one of them clearly."""
    nearer = (1 if share.value > 0.5 else -1) if often.side else 0
    return often.side != (share.side or nearer)


def speaking(options: tuple[str, str], steps: Sequence[Step]) -> str:
    """Return the sentences where options have features, the clearest first.

    Examples
    --------
    >>> print(speaking(("later", "now"), [Step("delay", 30, Probability(0.43, 0.41, 0.45))]))
    More delay speaks against later: with 30 more, all else equal, someone with the average
    preference picks it 43 times in 100 (41 to 45).
    """
    sentences = [_spoken(options[0], step) for step in steps[:MOST_FEATURES]]
    if len(steps) > MOST_FEATURES:
        sentences.append(f"{len(steps) - MOST_FEATURES} more features are in the table.")
    return " ".join(sentences)


def _spoken(option: str, step: Step) -> str:
    if step.feature == "Intercept":
        lead = "With all attributes equal"
        return f"{lead}, {AVERAGE} picks {option} {step.often.hundredths}."
    side = step.often.side
    lead = f"More {step.feature} speaks {'for' if side > 0 else 'against'} {option}"
    it = "it"
    if not side:
        lead, it = f"{step.feature} speaks neither for nor against {option}", option
    more = f"with {step.more:.4g} more, all else equal"
    return f"{lead}: {more}, {AVERAGE} picks {it} {step.often.hundredths}."


def steps_of(choices: Choices, units: dict[str, float]) -> dict[str, float]:
    """How much more of each feature to speak of: its unit, a whole category, or about one sd."""
    steps = {}
    for j, name in enumerate(choices.feature_names):
        flag = bool(np.isin(choices.features[:, j], (-1.0, 0.0, 1.0)).all())
        steps[name] = units.get(name, 1.0 if flag else float(f"{deviation(choices, name):.1g}"))
    return steps


def meaning(
    estimate: Estimate,
    choices: Choices,
    units: dict[str, float],
    prob: float,
    normal: Callable[[Estimate], SpecificationTest | None],
) -> str:
    """Return what an estimate in drift units means; empty without a boundary.

    Parameters
    ----------
    estimate : Estimate
        Per `units` of its features.
    choices : Choices
    units : dict of str to float
    prob : float
        Probability of the intervals.
    normal : callable
        Tests the normal population that the share of people rests on; None where it cannot.
    """
    if estimate.boundary is None or estimate.unit != "drift":
        return ""
    options = choices.origin.options
    if not choices.contextual:
        often, _ = _often(estimate, 0, 1.0, prob)
        # groups are no bell curve together
        share = None if choices.between else _share(estimate, prob)
        test = None if share is None else normal(estimate)
        if test is not None and test.rejects:
            return f"{leaning(options, often, None)} {NO_BELL} (p = {test.p_value:.2g})."
        return leaning(options, often, share, BELL)
    ranked = []
    for name, more in steps_of(choices, units).items():
        j = estimate.parameters.index(name)
        often, z = _often(estimate, j, more / units.get(name, 1.0), prob)
        ranked.append((-abs(z), Step(name, more, often)))
    return speaking(options, [step for _, step in sorted(ranked, key=lambda pair: pair[0])])


def _often(estimate: Estimate, j: int, by: float, prob: float) -> tuple[Probability, float]:
    """How often someone at a drift picks +1, by the delta method; and its z.

    With evidence that starts halfway the log odds are twice boundary times drift.
    """
    assert estimate.boundary is not None
    b, on_b = estimate.boundary.overall
    value, on_value = estimate.values[j], estimate.influence[:, j]
    on_b = on_b if on_b.shape == on_value.shape else np.zeros_like(on_value)
    logit = 2 * b * value * by
    se = _se(2 * by * (b * on_value + value * on_b), estimate)
    bias = 0.0 if estimate.largest_bias is None else 2 * b * by * float(estimate.largest_bias[j])
    half = _quantile(estimate, prob) * se + bias
    ends = expit([logit, logit - half, logit + half]).tolist()
    return Probability(*ends), float(logit / se) if se > 0 else 0.0


def _share(estimate: Estimate, prob: float) -> Probability | None:
    """How many prefer +1 where preferences are normal; None without their spread."""
    if "sigma" not in estimate.parameters or "sigma" in estimate.parameter_notes:
        return None
    j = estimate.parameters.index("sigma")
    mu, sigma = float(estimate.values[0]), float(estimate.values[j])
    if not sigma > 0:
        return None
    on_ratio = estimate.influence[:, 0] / sigma - mu / sigma**2 * estimate.influence[:, j]
    half = _quantile(estimate, prob) * _se(on_ratio, estimate)
    ends = ndtr([mu / sigma, mu / sigma - half, mu / sigma + half]).tolist()
    return Probability(*ends)


def _se(influence: FloatArray, estimate: Estimate) -> float:
    return float(Influence(influence[:, None], estimate.unit_count).se[0])


def _quantile(estimate: Estimate, prob: float) -> float:
    return float(stdtrit(max(1, estimate.unit_count.sum() - 1), (1 + prob) / 2))
