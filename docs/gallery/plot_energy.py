"""
Does the sampler move freely?
=============================

The distribution of the energy, and of its change from draw to draw. They should look alike: changes
much narrower than the whole mean that the sampler crawls through the posterior.
"""

import bayes_ddm as bd

choices = bd.simulate.experiment("normal", labelers=100, choices=5, boundary=1.25, ndt=0.3, seed=1)
fit = bd.fit(choices, seed=1, progress=False)
figure = bd.plots.energy(fit.sample_stats["energy"].values)
