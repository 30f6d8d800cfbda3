"""
Guesses among the response times
================================

One choice in ten is a guess at any time, even before the options can have been seen. To a model
without lapses the first of them bounds the non-decision time, so that it predicts too many fast
responses.
"""

import bayes_ddm as bd

choices = bd.simulate.experiment(
    "normal", labelers=200, choices=10, boundary=1.25, ndt=0.3, lapse=0.1, seed=1
)
fit = bd.fit(choices, seed=1, progress=False)
checks = bd.predictive_checks(fit, draws=100)
figure = bd.plots.rt_density(checks["response-time distribution"])
