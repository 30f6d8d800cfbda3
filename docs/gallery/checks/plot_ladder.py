"""
Which steps pay
===============

People who differ in caution, and whose drift varies from trial to trial. What each step from the
simplest model adds to the log score of choices held out: filled steps pay, hollow ones do not.
"""

import numpy as np

import bayes_ddm as bd

choices = bd.simulate.experiment(
    "normal",
    labelers=30,
    choices=40,
    boundary=np.exp(np.linspace(-0.4, 0.8, 30)),
    ndt=0.3,
    drift_noise=1.0,
    seed=1,
)
ladder = bd.explore(choices, steps=["own", "noise"], folds=2, progress=False)
figure = ladder.plot()
