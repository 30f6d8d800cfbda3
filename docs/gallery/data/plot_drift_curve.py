"""
Is the drift linear?
====================

Mean pseudo-labels against a score, no model assumed. Where options differ much the drift of these
labelers grows no further, which a linear model misses: fit ``drift_link="saturating"``.
"""

import numpy as np

import bayes_ddm as bd

choices = bd.simulate.experiment(
    lambda rng, labelers: rng.normal([1.5, -0.8], 0.3, (labelers, 2)),
    labelers=400,
    choices=20,
    features=lambda rng, rows: np.column_stack([rng.normal(size=rows), rng.exponential(size=rows)]),
    feature_names=["amount", "delay"],
    saturation=1.0,
    boundary=1.25,
    seed=1,
)
figure = bd.drift_curve(choices, boundary=1.25, ndt=0).plot()
