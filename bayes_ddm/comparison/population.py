"""Averages of a posterior over its labelers, or over shares, and what labelers' draw adds to them.

A closed form's error counts that other labelers would have had other covariates. A posterior takes
them as they are; without the same term on its side, the difference would seem less certain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.people import people
from bayes_ddm.estimators.design import design
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.poststratify import averages_over
from bayes_ddm.fitting.preferences import drawn_populations


def drawn(
    posterior: Posterior,
    samples: xr.Dataset,
    variables: Sequence[str],
    weight: Mapping[str, float] | None,
) -> FloatArray:
    """Draws of every entry of these variables, shape (samples, entries), averages first.

    ``weight`` holds shares of groups; with them, averages are over those.
    """
    size = samples.sizes["sample"]
    values = [posterior.values(name, samples).reshape(size, -1) for name in variables]
    if weight is not None:
        values[0] = averages_over(posterior, samples, weight)
    return np.concatenate(values, axis=1)


def draw_of_people(
    posterior: Posterior,
    samples: xr.Dataset,
    labels: Sequence[str],
    weight: Mapping[str, float] | None,
) -> FloatArray:
    """Influence of who the labelers are on each entry, shape (units, entries).

    It is that of a weighted mean of labelers' explained averages; 0 of what is no average.
    """
    choices = posterior.choices
    known, count = people(choices), choices.unit_count.astype(float)
    influence = np.zeros((len(count), len(labels)))
    if known is None or "people_scaled" not in samples:
        return influence
    # linear in what is sampled, so that the mean's is the mean
    middle = next(drawn_populations(posterior, samples.mean("sample").expand_dims("sample")))
    shift = middle.shift(known.matrix)
    assert shift is not None
    shift = shift / design(choices).scale

    def of(who: FloatArray) -> FloatArray:
        share = who / (count @ who)
        return share[:, None] * (shift - (count * share) @ shift)

    groups = {name: of(who.astype(float)) for name, who in known.groups.items()}
    if weight is None:
        whole = of(np.ones(len(count)))
    else:  # how many are in a group is then no matter of chance
        whole = np.sum([share * groups[name] for name, share in weight.items()], axis=0)
    for j, name in enumerate(posterior.averages):
        each = {name: whole} | {f"{name}[{group}]": who for group, who in groups.items()}
        for label in each.keys() & {*labels}:
            influence[:, labels.index(label)] = each[label][:, j]
    return influence
