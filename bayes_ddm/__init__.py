"""Population-average preferences from choices and response times.

Hierarchical Bayesian drift-diffusion models by MCMC in PyMC, compared with the closed-form
estimator that stays consistent whatever the population looks like.  Start with
`Choices.from_frame` or `read_choices`; then `estimate` (closed form, light), `fit` and `compare`.

Times are in seconds; ``boundary`` is half the boundary separation.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bayes_ddm import datasets, distributions, estimators, models, plots, simulate, wiener
    from bayes_ddm.by_labeler import by_labeler
    from bayes_ddm.choices import Choices
    from bayes_ddm.comparison import Comparison, compare
    from bayes_ddm.convergence import ConvergenceWarning, check_convergence
    from bayes_ddm.errors import InputError
    from bayes_ddm.estimators import estimate
    from bayes_ddm.fitted import log_likelihood, model_of
    from bayes_ddm.fitting import fit
    from bayes_ddm.labeler_table import labelers
    from bayes_ddm.provenance import choices_of, load, save
    from bayes_ddm.reading import read_choices
    from bayes_ddm.screening import check

# Where each public name lives; imported on first use, so that `estimate` never waits for PyMC
_HOME = {
    "Choices": "choices",
    "Comparison": "comparison",
    "ConvergenceWarning": "convergence",
    "InputError": "errors",
    "by_labeler": "by_labeler",
    "calibrate": "calibration",
    "check": "screening",
    "check_convergence": "convergence",
    "choices_of": "provenance",
    "compare": "comparison",
    "estimate": "estimators",
    "fit": "fitting",
    "labelers": "labeler_table",
    "load": "provenance",
    "log_likelihood": "fitted",
    "model_of": "fitted",
    "read_choices": "reading",
    "save": "provenance",
}
_MODULES = {"datasets", "distributions", "estimators", "models", "plots", "simulate", "wiener"}

__all__ = [
    "Choices",
    "Comparison",
    "ConvergenceWarning",
    "InputError",
    "by_labeler",
    "check",
    "check_convergence",
    "choices_of",
    "compare",
    "datasets",
    "distributions",
    "estimate",
    "estimators",
    "fit",
    "labelers",
    "load",
    "log_likelihood",
    "model_of",
    "models",
    "plots",
    "read_choices",
    "save",
    "simulate",
    "wiener",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _HOME:
        value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
