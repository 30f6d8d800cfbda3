"""
What a diffusion is
===================

Evidence wanders between two bounds, and the one that it reaches is the choice. Here it starts a
little nearer to +1, after a non-decision time, and the bounds close in. Above and below, the exact
densities of response times.
"""

import bayes_ddm as bd

figure = bd.plots.cartoon(drift=0.6, boundary=1.5, start=0.6, ndt=0.3, collapse=0.15)

# %%
# With sliders, in a notebook and on a page:

bd.plots.movable_cartoon(drift=0.6, boundary=1.5, start=0.6)
