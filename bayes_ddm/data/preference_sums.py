"""Known labelers by what normal preferences ask of each: sums over their rows.

The rows themselves are asked for the density at drift 0 alone, of which few weighted ones tell the
sum. So a likelihood costs labelers, not rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.reduced import reduced
from bayes_ddm.data.sufficient import LabelerSums, labeler_sums
from bayes_ddm.errors import InputError


@dataclass(frozen=True, eq=False, repr=False)
class PreferenceSums(Choices):
    """Weighted rows, and every labeler's sums of scaled features; made by `preference_sums`.

    Features of all rows are their root mean square, so that models scale them as they did.
    """

    sums: LabelerSums | None = field(default=None, repr=False)

    @property
    def anonymous(self) -> bool:
        """Labelers are known, though no row is one's."""
        return False

    def refuse_summed(self, what: str) -> None:
        """Raise `InputError`: these are sums."""
        raise InputError(f"{what} needs every labeler's rows, and these are summed.")


def preference_sums(choices: Choices) -> PreferenceSums:
    """Sum choices by known labelers with features.

    Examples
    --------
    >>> from bayes_ddm.simulate import experiment
    >>> people = lambda rng, n: rng.normal(0.5, 1, (n, 2))
    >>> compared = lambda rng, n: rng.normal(size=(n, 2))
    >>> options = {"labelers": 200, "choices": 50, "boundary": 1.25, "seed": 1}
    >>> summed = preference_sums(experiment(people, features=compared, **options))
    >>> len(summed) < 400, summed.n_choices, summed.sums.gram.shape
    (True, 10000, (200, 2, 2))
    """
    scale = np.sqrt(np.average(choices.features**2, axis=0, weights=choices.count))
    rows = reduced(choices.choice, choices.rt, choices.count, float(choices.rt.min()))
    return PreferenceSums(
        choice=rows.choice,
        rt=rows.rt,
        labeler=None,
        labelers=None,
        features=np.tile(scale, (len(rows.rt), 1)),
        feature_names=choices.feature_names,
        count=rows.weight,
        origin=choices.origin,
        sums=labeler_sums(choices, scale),
    )
