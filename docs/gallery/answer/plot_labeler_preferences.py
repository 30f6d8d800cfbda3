"""
Who prefers what
================

Labelers in the order of their posterior means, with intervals. Each borrows from the others: the
fewer the choices, the more.
"""

import bayes_ddm as bd

choices = bd.simulate.experiment("normal", labelers=100, choices=10, boundary=1.25, ndt=0.3, seed=1)
fit = bd.fit(choices, seed=1, progress=False)
table = bd.labelers(fit)
figure = bd.plots.labeler_preferences(
    table.index.tolist(), table["mean"].to_numpy(), table["sd"].to_numpy(), label="drift (1/√s)"
)
