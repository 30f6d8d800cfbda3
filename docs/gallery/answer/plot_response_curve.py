"""
What a fit expects
==================

How the population chooses, and how long it takes, as one thing changes and everything else is
held: here under two instructions, which move the boundary.
"""

import numpy as np
import pandas as pd

import bayes_ddm as bd

rng = np.random.default_rng(1)
design = pd.DataFrame(
    {"delay": rng.uniform(0, 4, 20).round(1), "instruction": rng.choice(["speed", "care"], 20)}
)
choices = bd.simulate.experiment(
    bd.simulate.population("normal", mean=[1.2, -0.6], covariance=np.diag([0.25, 0.04])),
    table=design,
    drift="1 + delay",
    boundary={"instruction": {"speed": 0.8, "care": 1.4}},
    ndt=0.3,
    labelers=60,
    choices=20,
    seed=1,
)
fit = bd.fit(choices, boundary="instruction", seed=1, progress=False)
curve = bd.response_curve(fit, "delay", by="instruction")
figure = curve.plot()
