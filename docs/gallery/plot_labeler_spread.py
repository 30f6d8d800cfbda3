"""
Camps that one normal population cannot make
============================================

Two groups with opposite preferences: more labelers choose always +1 or never than new people from
the fitted normal population would.
"""

import bayes_ddm as bd

choices = bd.simulate.experiment(
    "mixture", labelers=400, choices=10, boundary=1.25, ndt=0.3, seed=1
)
fit = bd.fit(choices, draws=300, tune=300, chains=2, seed=1, progress=False)
figure = bd.plots.labeler_spread(bd.predictive_checks(fit, draws=100)["spread between labelers"])
