"""
Do the priors allow these choices?
==================================

The share of +1 in each comparison, and what the priors expect before they see any data: almost
anything, here. No MCMC.
"""

import bayes_ddm as bd

design = [[-2.0], [-1.0], [-0.5], [0.5], [1.0], [2.0]]
tastes = bd.simulate.population("normal", mean=[0.8], sd=[0.3])
choices = bd.simulate.experiment(
    tastes, labelers=40, choices=30, boundary=1.2, ndt=0.3, features=design, seed=1
)
checks = bd.prior_checks(choices, draws=100)
figure = bd.plots.comparison_share(checks["choice share by comparison"])
