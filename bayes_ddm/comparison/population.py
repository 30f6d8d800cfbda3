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
from bayes_ddm.fitting.rows import choices_at, rows_of


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

    It is that of a weighted mean of what covariates explain of labelers; 0 of what is no mean.
    """
    choices = posterior.choices
    known, count = people(choices), choices.unit_count.astype(float)
    influence = np.zeros((len(count), len(labels)))
    if known is None or "people_scaled" not in samples:
        return influence
    # linear in what is sampled, so that the mean's is the mean
    middle = next(drawn_populations(posterior, samples.mean("sample").expand_dims("sample")))
    assert middle.change is not None
    features = choices_at(choices, rows_of(posterior, choices), middle.values)
    change = middle.change / design(features).scale

    def of(own: FloatArray, who: FloatArray) -> FloatArray:
        share = who / (count @ who)
        return share[:, None] * (own - (count * share) @ own)

    shift = known.matrix @ change
    groups = {name: of(shift, who.astype(float)) for name, who in known.groups.items()}
    if weight is None:
        whole = of(shift, np.ones(len(count)))
    else:  # how many are in a group is then no matter of chance
        whole = np.sum([share * groups[name] for name, share in weight.items()], axis=0)
    slopes = {key: of(x.by @ change, x.who.astype(float)) for key, x in known.slopes.items()}
    for j, name in enumerate(posterior.averages):
        each = {name: whole} | {f"{name}[{group}]": on for group, on in groups.items()}
        each |= {f"{name}:{key}": on for key, on in slopes.items()}
        for label in each.keys() & {*labels}:
            influence[:, labels.index(label)] = each[label][:, j]
    return influence
