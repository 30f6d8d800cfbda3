"""
How fast each choice is, by how often it is made
================================================

Response-time quantiles of either choice over the choice's share: one column of points for each
comparison and choice. The easier a comparison, the further out and the faster.
"""

import bayes_ddm as bd

design = [[-2.0], [-1.0], [-0.5], [0.5], [1.0], [2.0]]
tastes = bd.simulate.population("normal", mean=[0.8], sd=[0.3])
choices = bd.simulate.experiment(
    tastes, labelers=40, choices=30, boundary=1.2, ndt=0.3, features=design, seed=1
)
fit = bd.fit(choices, seed=1, progress=False)
checks = bd.predictive_checks(fit, draws=100)
figure = bd.plots.quantile_probability(checks["response-time quantiles by choice"])
