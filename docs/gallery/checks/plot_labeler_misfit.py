"""
Labelers whom the model does not know
=====================================

People differ in caution; the model gives all of them one boundary. A point per labeler: off the
line, the model is wrong about how fast or how sure this labeler is.
"""

import numpy as np

import bayes_ddm as bd

boundary = np.random.default_rng(1).lognormal(np.log(1.2), 0.4, 100)
choices = bd.simulate.experiment(
    "normal", labelers=100, choices=20, boundary=boundary, ndt=0.3, seed=1
)
fit = bd.fit(choices, seed=1, progress=False)
checks = bd.predictive_checks(fit, draws=100)
figure = bd.plots.labeler_misfit(checks["labelers one by one"])
