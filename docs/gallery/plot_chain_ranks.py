"""
Do the chains agree?
====================

Draws of all chains are ranked together; each chain's ranks should be spread evenly. A line per
chain, and a band that holds 99 % of the bars if they agree.
"""

import bayes_ddm as bd

choices = bd.simulate.experiment("normal", labelers=100, choices=5, boundary=1.25, ndt=0.3, seed=1)
fit = bd.fit(choices, seed=1, progress=False)
names = ("mu", "sigma", "boundary", "ndt")
figure = bd.plots.chain_ranks({name: fit.posterior[name].values for name in names})
