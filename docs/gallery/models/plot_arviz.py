"""
Figures of the sampler, by ArviZ
================================

A fit is a DataTree as ArviZ has it, so that all of its figures can be drawn of one.
"""

import arviz as az

import bayes_ddm as bd

choices = bd.simulate.experiment("normal", labelers=100, choices=10, boundary=1.25, ndt=0.3, seed=1)
fit = bd.fit(choices, seed=1, progress=False)
names = ["mu", "sigma", "boundary", "ndt"]
size = {"backend": "matplotlib", "figure_kwargs": {"figsize": (6.4, 5.0), "layout": "constrained"}}

# %%
# What was learned of the population: each posterior, with its mean and interval.
posterior = az.plot_dist(fit, var_names=names, ci_prob=0.95, col_wrap=2, **size)
figure = posterior.viz["figure"].item()

# %%
# Do the chains agree? Each chain's ranks among all draws, less their expectation, stay near 0.
ranks = az.plot_rank(fit, var_names=names, col_wrap=2, **size)
figure = ranks.viz["figure"].item()

# %%
# Does the sampler move freely? Energy and its change from draw to draw should look alike.
energy = az.plot_energy(fit, backend="matplotlib", figure_kwargs={"figsize": (6.4, 2.6)})
figure = energy.viz["figure"].item()
