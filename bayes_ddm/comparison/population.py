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


def entry_draws(
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


def people_influence(
    posterior: Posterior,
    samples: xr.Dataset,
    labels: Sequence[str],
    weight: Mapping[str, float] | None,
) -> FloatArray:
    """Influence of who the labelers are on each entry, shape (units, entries).

    It is that of a weighted mean of what covariates explain of labelers; 0 of what is no mean.
    """
    choices = posterior.choices
    covariates, count = people(choices), choices.unit_count.astype(float)
    influence = np.zeros((len(count), len(labels)))
    if covariates is None or "people_scaled" not in samples:
        return influence
    # linear in what is sampled, so that the mean's is the mean
    central = next(drawn_populations(posterior, samples.mean("sample").expand_dims("sample")))
    assert central.change is not None
    features = choices_at(choices, rows_of(posterior, choices), central.values)
    change = central.change / design(features).scale

    def mean_influence(values: FloatArray, membership: FloatArray) -> FloatArray:
        share = membership / (count @ membership)
        return share[:, None] * (values - (count * share) @ values)

    shift = covariates.matrix @ change
    groups = {
        name: mean_influence(shift, membership.astype(float))
        for name, membership in covariates.groups.items()
    }
    if weight is None:
        overall = mean_influence(shift, np.ones(len(count)))
    else:  # how many are in a group is then no matter of chance
        overall = np.sum([share * groups[name] for name, share in weight.items()], axis=0)
    slopes = {
        key: mean_influence(slope.by @ change, slope.who.astype(float))
        for key, slope in covariates.slopes.items()
    }
    for j, name in enumerate(posterior.averages):
        by_label = {name: overall} | {
            f"{name}[{group}]": effect for group, effect in groups.items()
        }
        by_label |= {f"{name}:{key}": effect for key, effect in slopes.items()}
        for label in by_label.keys() & {*labels}:
            influence[:, labels.index(label)] = by_label[label][:, j]
    return influence
