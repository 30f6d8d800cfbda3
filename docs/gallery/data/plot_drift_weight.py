"""
What a response time says
=========================

The weight that turns a choice into an unbiased estimate of the drift behind it. A fast response
counts for much, a slow one for next to nothing; how fast is fast depends on the boundary.
"""

import matplotlib.pyplot as plt
import numpy as np

import bayes_ddm as bd

seconds = np.linspace(0.05, 4, 400)
figure, axis = plt.subplots()
for boundary in (0.8, 1.25, 2.0):
    weight = bd.wiener.drift_weight(seconds, boundary)
    axis.plot(seconds, weight, label=f"boundary {boundary}")
axis.set(xlabel="decision time (s)", ylabel="weight (1/√s)", yscale="log", ylim=(1e-3, 30))
axis.legend()
