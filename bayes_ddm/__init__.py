"""Population-average preferences from choices and response times.

Hierarchical Bayesian drift-diffusion models by MCMC in PyMC, compared with the closed-form
estimator that stays consistent whatever the population looks like.  Start with
`Choices.from_frame` or `read_choices`; then `estimate` (closed form, light), `fit` and `compare`.

Times are in seconds; ``boundary`` is half the boundary separation.
"""

from typing import Any

import lazy_loader

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("bayes-ddm")
    try:
        return _load(name)
    except ModuleNotFoundError as error:
        from bayes_ddm.errors import not_installed

        raise not_installed(error) or error from error
