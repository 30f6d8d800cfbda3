"""
Would this design find the truth?
=================================

Simulate at known values, fit, look: each fit's posterior mean and interval over the true value.
"""

import bayes_ddm as bd

design = bd.simulate.experiment("normal", labelers=60, choices=5, boundary=1.25, seed=1)
truth = {"mu": [-0.5, 0.0, 0.5, 1.0], "sigma": 1.0, "boundary": 1.25, "ndt": 0.3}
sampling = {"draws": 200, "tune": 200, "seed": 1, "progress": False}
figure = bd.recover(design, truth=truth, replications=2, **sampling).plot()
