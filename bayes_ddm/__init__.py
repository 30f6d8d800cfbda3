"""Population-average preferences from choices and response times.

Hierarchical Bayesian drift-diffusion models by MCMC in PyMC, compared with the closed-form
estimator that stays consistent whatever the population looks like.  Start with
`Choices.from_frame` or `read_choices`; then `estimate` (closed form, light), `fit` and `compare`.

Times are in seconds; ``boundary`` is half the boundary separation.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
