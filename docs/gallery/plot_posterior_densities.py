"""
What the data added to the priors
=================================

Each parameter's posterior with its interval, and its prior (dashed) where the two overlap. A prior
that lies flat along the bottom is wide beside the posterior: the data decide.
"""

import pymc as pm

import bayes_ddm as bd

choices = bd.simulate.experiment("normal", labelers=30, choices=3, boundary=1.25, ndt=0.3, seed=1)
fit = bd.fit(choices, seed=1, progress=False)
model = bd.model_of(fit)
prior = pm.draw([model["mu"], model["sigma"]], 1000, random_seed=1)
draws = {name: fit.posterior[name].values for name in ("mu", "sigma", "boundary", "ndt")}
figure = bd.plots.posterior_densities(draws, dict(zip(("mu", "sigma"), prior, strict=True)))
