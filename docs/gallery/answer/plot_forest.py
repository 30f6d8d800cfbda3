"""
Posterior against closed form
=============================

Skewed preferences, fitted as if they were normal. The closed form with the boundary from repeated
comparisons (orange) assumes no shape; the posterior (blue) does. Pooled Bradley-Terry is far off.
"""

import bayes_ddm as bd

choices = bd.simulate.experiment("skewed", labelers=1000, choices=2, boundary=1.25, ndt=0.3, seed=1)
fit = bd.fit(choices, seed=1, progress=False)
figure = bd.compare(fit).plot()
