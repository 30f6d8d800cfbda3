"""
Is the computation right?
=========================

Simulation-based calibration: values drawn from the prior, data simulated, posteriors fitted. If
model, simulator and sampler agree, the lines stay inside the band.
"""

import pymc as pm

import bayes_ddm as bd

design = bd.simulate.experiment("normal", labelers=30, choices=4, boundary=1.25, seed=1)
priors = {"mu": pm.Normal.dist(0, 1), "sigma": pm.HalfNormal.dist(1), "boundary": 1.25, "ndt": 0.2}
result = bd.calibrate(design, "hierarchical", simulations=30, seed=1, progress=False, **priors)
figure = result.plot()
