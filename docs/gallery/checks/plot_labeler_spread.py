"""
Camps that one normal population cannot make
============================================

Two groups with opposite preferences: more labelers choose always +1 or never, and hardly anybody in
between, than among new people from the fitted normal population.
"""

import bayes_ddm as bd

choices = bd.simulate.experiment(
    "mixture", labelers=150, choices=10, boundary=1.25, ndt=0.3, seed=1
)
fit = bd.fit(choices, seed=1, progress=False)
checks = bd.predictive_checks(fit, draws=100)
figure = bd.plots.labeler_spread(checks["spread between labelers"])
