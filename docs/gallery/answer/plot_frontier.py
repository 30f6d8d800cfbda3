"""
What a compromise costs
=======================

Two groups want different things, and a reward model has one direction. Each point is a weight of
the first group, and says how far either group is from what is learned with it.
"""

import numpy as np

import bayes_ddm as bd

rng = np.random.default_rng(1)
group = np.repeat(["FR", "JP"], 400)
wants = np.where(group[:, None] == "FR", [0.8, 0.1], [0.2, 0.6]) + rng.normal(0, 0.4, (800, 2))
choices = bd.simulate.experiment(
    lambda rng, labelers: wants,
    labelers=800,
    choices=6,
    features=rng.normal(size=(4800, 2)),
    feature_names=["safety", "style"],
    boundary=1.25,
    seed=1,
)
frame = choices.to_frame().assign(country=np.repeat(group, 6))
choices = bd.Choices.from_frame(
    frame, labeler="labeler", features=["safety", "style"], covariates=["country"]
)
figure = bd.frontier(choices, group="country", boundary=1.25, ndt=0).plot()
