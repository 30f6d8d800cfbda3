"""
Look before you fit
===================

Response times of +1 choices upwards, of -1 choices downwards. A second hump, or times piled up at
one end, is not what a diffusion makes.
"""

import bayes_ddm as bd

figure = bd.plots.response_times(bd.datasets.amasino2019_twin())
