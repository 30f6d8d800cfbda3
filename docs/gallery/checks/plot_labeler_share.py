"""
Each labeler's choices
======================

How often each labeler chose +1, over the interval of what the fitted model lets the same labeler do
again.
"""

import bayes_ddm as bd

choices = bd.simulate.experiment("normal", labelers=100, choices=10, boundary=1.25, ndt=0.3, seed=1)
fit = bd.fit(choices, seed=1, progress=False)
checks = bd.predictive_checks(fit, draws=100)
figure = bd.plots.labeler_share(checks["choice share by labeler"])
