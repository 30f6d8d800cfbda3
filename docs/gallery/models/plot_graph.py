"""
A model as a graph
==================

What depends on what, without Graphviz. Ellipses are sampled, the grey one is observed, boxes are
derived; a plate says how many there are. Labelers' preferences are integrated out, and not drawn.
"""

import bayes_ddm as bd

choices = bd.simulate.experiment("normal", labelers=60, choices=5, boundary=1.25, ndt=0.3, seed=1)
model = bd.models.builder("hierarchical")(choices)
figure = bd.graph(model)
