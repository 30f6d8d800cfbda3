"""Whether choice and time are independent once the preference is given, as the diffusion has it.

Evidence that starts halfway is as fast towards either side. So among one labeler's answers to the
same comparison, times and choices are independent, whatever the population, the boundary and ndt,
labelers' own included.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.display import Shown, Words
from bayes_ddm.estimators.assumptions.finding import Finding, in_a_line, ranked
from bayes_ddm.estimators.boundaries.conditional import repeated_rows, sides
from bayes_ddm.estimators.cells import Cells
from bayes_ddm.estimators.of_sums import kept_whole

# fewest groups with both choices for the normal limit
FEWEST_GROUPS = 20
# below, the closed forms' intervals are called unreliable
LEVEL = 0.01
# z from which one of the two stands out
APART = 2.0
# share of what a side explains by itself that is left once the usual choice is allowed for; by
# less, the usual choice explains it as well
OWN_SHARE = 2 / 3
SINGULAR = 1e-9
START = "evidence does not start halfway (model 'start_bias')"
ERRORS = (
    "drift that varies from trial to trial makes errors slow (drift_noise=...), and so do bounds "
    "that close in (collapse=...) and lapses (model 'contaminated')"
)
GUESSES = "fast guesses (model 'contaminated'), or a start that varies from trial to trial"


@dataclass(frozen=True, repr=False)
class ChoiceTimeTest(Shown):
    """Times of one choice against times of the other, within labelers; see `choice_time_test`.

    Attributes
    ----------
    groups : int
        Comparisons that one labeler answered both ways.
    positive_faster : float
        Of the pairs of a +1 and a -1 within a group, the share in which +1 was faster; ties count
        half. 0.5 is expected where choice and time are independent.
    usual_faster : float
        The same of the choice that is more frequent in its group; NaN where none is.
    z_positive, z_usual : float
        Standard normal where choice and time are independent, each given the other; positive
        where that choice is faster. NaN where the two cannot be told apart, or there is no usual
        choice.
    statistic : float
        Of both together.
    df : int
    p_value : float
        NaN with fewer than 20 groups.
    """

    groups: int
    positive_faster: float
    usual_faster: float
    z_positive: float
    z_usual: float
    statistic: float
    df: int
    p_value: float

    @property
    def finding(self) -> str:
        """What stands out and what would make it so, if `p_value` is below 0.01; else empty."""
        return in_a_line(self.findings)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What stands out, larger first: a side that is faster, or the usual choice.

        Where +1 is nearly always the usual choice, as where it means correct, one explains the
        other; then it is errors that are slow.
        """
        if not self.p_value < LEVEL:
            return ()
        by_side, by_usual = np.nan_to_num([self.z_positive, self.z_usual]).tolist()
        alone = self.statistic - by_usual**2, self.statistic - by_side**2
        sided = abs(by_side) >= APART and by_side**2 >= OWN_SHARE * alone[0]
        if not sided and np.isfinite(self.usual_faster) and chdtrc(1, alone[1]) < LEVEL:
            by_usual = float(np.copysign(np.sqrt(alone[1]), self.usual_faster - 0.5))
        findings = [self._side(by_side)] if sided else []
        if abs(by_usual) >= APART:
            findings.append(self._usual(by_usual))
        return ranked(findings) or (self._either(),)

    def _side(self, z: float) -> Finding:
        option, share = ("+1", self.positive_faster) if z > 0 else ("-1", -self.positive_faster)
        sentence = f"labelers are faster when they choose {option} ({_of_pairs(share)}"
        return Finding("start", f"{sentence}, z = {abs(z):.1f}): {START}", z)

    def _usual(self, z: float) -> Finding:
        pace, share, cause = ("slower", self.usual_faster, ERRORS)
        if z < 0:
            pace, share, cause = ("faster", -self.usual_faster, GUESSES)
        sentence = f"labelers are {pace} at the choice they rarely make ({_of_pairs(share)}"
        return Finding("errors", f"{sentence}, z = {abs(z):.1f}): {cause}", z)

    def _either(self) -> Finding:
        z = float(np.sqrt(self.statistic))
        sentence = "within labelers choice and time depend on each other"
        return Finding("order", f"{sentence} (p = {self.p_value:.2g}): {START}, or {ERRORS}", z)

    def blocks(self) -> tuple[Words]:
        """Return the test in words."""
        usual = "" if self.df < 2 else f", the usual choice in {self.usual_faster:.1%}"
        sentence = (
            f"Choice and time within labelers, {self.groups:,} comparisons answered both ways: "
            f"+1 is faster in {self.positive_faster:.1%} of the pairs{usual}; "
            f"chi2({self.df}) = {self.statistic:.3g}, p = {self.p_value:.3g}"
        )
        return (Words(sentence),)


def _of_pairs(share: float) -> str:
    """Name a share, or with a minus what is left of it."""
    return f"in {share if share > 0 else 1 + share:.0%} of the pairs within a labeler"


def choice_time_test(choices: Choices, cells: Cells | None = None) -> ChoiceTimeTest | None:
    """Test that a labeler's times do not depend on the choice, the comparison being the same.

    Every closed form and most models assume it. It fails where evidence starts nearer to one side,
    where some choices are lapses or guesses, and where drift or starting point change from choice
    to choice.

    Parameters
    ----------
    choices : Choices
        Rows of one labeler are the same comparison when their features are equal, or equal with
        the two options swapped; in a scalar problem all of them are.
    cells : Cells, optional
        Conditions that move boundary or ndt; comparisons are the same within a cell.

    Returns
    -------
    ChoiceTimeTest or None
        None where nobody answers a comparison both ways, as with anonymous labelers, or all such
        times are equal.

    Notes
    -----
    Ranks of the times within each group, divided by its size plus one, are summed over its +1
    choices (van Elteren's statistic), and over its more frequent option; expectation and variance
    are those of a random order, ties included. Groups of more than 50 are split.

    References
    ----------
    van Elteren (1960), Bulletin de l'Institut International de Statistique 37:351.

    Examples
    --------
    >>> from bayes_ddm.simulate import experiment
    >>> given = {"labelers": 500, "choices": 4, "boundary": 1.25, "ndt": 0.3, "seed": 1}
    >>> choice_time_test(experiment("normal", **given)).p_value > 0.05
    True
    >>> choice_time_test(experiment("normal", start=0.6, **given)).p_value < 1e-6
    True
    """
    choices = kept_whole(choices)
    if choices.labeler is None:
        return None
    rows, blocks, _ = repeated_rows(choices, cells=cells)
    if not blocks:
        return None
    size = np.concatenate([np.full(len(block), block.shape[1]) for block in blocks])
    at = rows[np.concatenate([block.ravel() for block in blocks])]
    group = np.repeat(np.arange(len(size)), size)
    rt, positive = choices.rt[at], (choices.choice[at] > 0).astype(float)
    # what is chosen the more often is an option, on whichever side it is shown
    swapped = (sides(choices)[at] < 0).astype(float)
    option = np.abs(positive - swapped)

    # ranks from slow to fast, about their middle
    score = (size[group] + 1) / 2 - _ranks(group, rt)
    n, square = np.bincount(group, positive), np.bincount(group, score**2)
    mixed = (n > 0) & (n < size) & (square > 0)
    if not mixed.any():
        return None
    outcomes = np.stack([positive, option])
    counts = np.stack([np.bincount(group, c) for c in outcomes])
    totals = np.stack([np.bincount(group, score * c) for c in outcomes])
    both = np.bincount(group, positive * option)
    return _tested(size[mixed], counts[:, mixed], both[mixed], totals[:, mixed], square[mixed])


def _tested(
    k: IntArray, counts: FloatArray, both: FloatArray, totals: FloatArray, square: FloatArray
) -> ChoiceTimeTest:
    """From each group's size, how many are +1 and how many one option, their scores' totals."""
    pairs, pairs_of_option = counts * (k - counts)
    usual = np.sign(2 * counts[1] - k)  # 0 where neither option is
    by_both = np.stack([np.ones(len(k)), usual])
    sums = (by_both * totals / (k + 1)).sum(axis=1)
    # of two sums over some of k scores in random order
    together_in = k * both - counts.prod(axis=0)
    shared = np.array([[pairs, together_in], [together_in, pairs_of_option]])
    spread = square / (k * (k - 1) * (k + 1) ** 2)
    covariance = np.einsum("ag,bg,abg,g->ab", by_both, by_both, shared, spread)
    (of_positive, together), (_, of_usual) = covariance
    z, has_usual = np.full(2, np.nan), bool(of_usual > 0)
    if of_positive * of_usual - together**2 > SINGULAR * of_positive * of_usual:
        inverse = np.linalg.inv(covariance)
        z = inverse @ sums / np.sqrt(np.diag(inverse))
        statistic, df = float(sums @ inverse @ sums), 2
    else:
        alone = sums[0] / np.sqrt(of_positive)
        z[0] = np.nan if has_usual else alone
        statistic, df = float(alone**2), 1
    # pairs in which one choice is faster than the other, from the sums of ranks
    won, won_option = totals[0] + pairs / 2, totals[1] + pairs_of_option / 2
    won_usual = np.where(usual > 0, won_option, pairs_of_option - won_option)[usual != 0].sum()
    return ChoiceTimeTest(
        groups=len(k),
        positive_faster=float(won.sum() / pairs.sum()),
        usual_faster=float(won_usual / pairs_of_option[usual != 0].sum()) if has_usual else np.nan,
        z_positive=float(z[0]),
        z_usual=float(z[1]),
        statistic=statistic,
        df=df,
        p_value=float(chdtrc(df, statistic)) if len(k) >= FEWEST_GROUPS else np.nan,
    )


def _ranks(group: IntArray, values: FloatArray) -> FloatArray:
    """Rank of every value in its group, from 1; equal values share the mean of theirs."""
    order = np.lexsort((values, group))
    new_group = np.diff(group[order], prepend=-1) != 0
    new = new_group | (np.diff(values[order], prepend=np.nan) != 0)
    position = np.arange(len(order))
    within = position - np.maximum.accumulate(np.where(new_group, position, 0)) + 1.0
    tie = np.cumsum(new) - 1
    mean = np.bincount(tie, within) / np.bincount(tie)
    ranks = np.empty(len(order))
    ranks[order] = mean[tie]
    return ranks
