"""Choices that their labelers' devices turned round now and then, and what was promised of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm.data.as_table import unformed
from bayes_ddm.data.checked_columns import PRIVATE_CHOICE
from bayes_ddm.data.choices import Choices
from bayes_ddm.display import Block, Preview, Words
from bayes_ddm.errors import InputError
from bayes_ddm.privacy.account import Account
from bayes_ddm.privacy.answers import SCHEME, Answers
from bayes_ddm.privacy.channel import Bits, secret_bits
from bayes_ddm.privacy.scheme import ChoiceScheme


@dataclass(frozen=True, eq=False, repr=False)
class PrivateChoices(Answers):
    """Randomised choices with response times as they were; made by `bayes_ddm.privatise`.

    ``bd.estimate``, ``bd.fit`` and ``bd.compare`` allow for what was randomised.

    Attributes
    ----------
    choices : Choices
        As sent; ``flip`` is the probability that a choice is the other one.
    scheme : ChoiceScheme
    """

    choices: Choices
    scheme: ChoiceScheme

    def __len__(self) -> int:
        return len(self.choices)

    @property
    def account(self) -> Account:
        """What was promised, of what, and against whom."""
        account = account_of(self.choices)
        assert account is not None
        return replace(account, epsilon_row=self.scheme.epsilon)

    def as_choices(self) -> Choices:
        """Return `choices`: what every function that takes private answers asks for."""
        return self.choices

    def to_frame(self) -> pd.DataFrame:
        """Return the table: private_choice, rt, labeler where known, features, and the scheme.

        Without columns that a formula made of others, and makes again.
        """
        frame = unformed(self.choices).rename(columns={"choice": PRIVATE_CHOICE})
        return frame.assign(**{SCHEME: self.scheme.id})

    def blocks(self) -> Sequence[Block]:
        """Return what the table is of, what was promised, and its first rows."""
        words, preview = self.choices.blocks()
        text = words.text.replace("Choices:", "Private choices:", 1)
        return (Words(text), Words(self.account.sentence), Preview(preview.frame))


def account_of(choices: Choices) -> Account | None:
    """Return what was promised of choices that were turned round; None if they were not."""
    if not choices.flip:
        return None
    # the integers that stand behind it are exact to twenty digits
    epsilon = round(math.log((1 - choices.flip) / choices.flip), 12)
    most = None if choices.anonymous else epsilon * int(choices.choices_each.max())
    return Account("choice", epsilon, most)


def private_choices(
    choices: Choices, scheme: ChoiceScheme, bits: Bits = secret_bits
) -> PrivateChoices:
    """Turn choices round as the scheme has it."""
    plain = choices.expanded()
    sent = 1 - 2 * scheme.channel.send(plain.choice < 0, bits)
    private = replace(plain, choice=sent.astype(np.int8), flip=scheme.channel.flip, row=None)
    return PrivateChoices(private, scheme)


def choices_sent(
    frame: pd.DataFrame, scheme: ChoiceScheme, columns: Mapping[str, Any]
) -> PrivateChoices:
    """Return the private choices that a table holds; ``columns`` as `Choices.from_frame`'s.

    Raises
    ------
    InputError
        If there is a deadline, or rows are left out, which were sent and count in the promise.
    """
    for name in ("deadline", "omissions"):
        if columns.get(name) is not None:
            raise InputError(
                f"{name}: private choices have no deadline, as silence cannot be exchanged; leave "
                "it out."
            )
    plain = frame.rename(columns={PRIVATE_CHOICE: "choice"})
    choices = Choices.from_frame(plain, choice="choice", **columns)
    if choices.dropped:
        n, reason = sum(choices.dropped.values()), next(iter(choices.dropped))
        raise InputError(
            f"{n:,} rows would be left out ({reason}), but were sent, and the promise is of all "
            "rows; take them all: no where, min_rt, max_rt, missing or drop, and a time in each."
        )
    return PrivateChoices(replace(choices, flip=scheme.channel.flip), scheme)
