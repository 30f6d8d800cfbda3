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
    from bayes_ddm import (
        checks,
        datasets,
        distributions,
        estimators,
        models,
        plots,
        simulate,
        wiener,
    )
    from bayes_ddm.calibration import Calibration, calibrate
    from bayes_ddm.checks import PredictiveChecks, predictive_checks, prior_checks
    from bayes_ddm.choices import Choices
    from bayes_ddm.comparison import Comparison, compare
    from bayes_ddm.convergence import ConvergenceWarning, check_convergence
    from bayes_ddm.diagnosis import Diagnosis, diagnose
    from bayes_ddm.errors import InputError
    from bayes_ddm.estimators import estimate
    from bayes_ddm.explained import Explanation
    from bayes_ddm.explanation import explain
    from bayes_ddm.exports import read_jspsych, read_psychopy
    from bayes_ddm.fitted import log_likelihood, model_of
    from bayes_ddm.fitting import fit
    from bayes_ddm.labeled_file import LabeledFile, label_file
    from bayes_ddm.labeler_table import labelers
    from bayes_ddm.leave_one_out import loo, rank
    from bayes_ddm.personal import Personalised, personalise
    from bayes_ddm.planning import Plan, plan
    from bayes_ddm.prediction import Prediction, predict
    from bayes_ddm.prior_sensitivity import sensitivity
    from bayes_ddm.provenance import choices_of, load, save
    from bayes_ddm.pseudo_labels import PseudoLabels, label
    from bayes_ddm.reading import read_choices
    from bayes_ddm.recovery import Recovery, recover
    from bayes_ddm.reporting import report
    from bayes_ddm.screening import check
    from bayes_ddm.varying import by_labeler

# Where each public name lives; imported on first use, so that `estimate` never waits for PyMC
_HOME = {
    "Calibration": "calibration",
    "Choices": "choices",
    "Comparison": "comparison",
    "ConvergenceWarning": "convergence",
    "Diagnosis": "diagnosis",
    "Explanation": "explained",
    "InputError": "errors",
    "LabeledFile": "labeled_file",
    "Personalised": "personal",
    "Plan": "planning",
    "Prediction": "prediction",
    "PredictiveChecks": "checks",
    "PseudoLabels": "pseudo_labels",
    "Recovery": "recovery",
    "by_labeler": "varying",
    "calibrate": "calibration",
    "check": "screening",
    "check_convergence": "convergence",
    "choices_of": "provenance",
    "compare": "comparison",
    "diagnose": "diagnosis",
    "estimate": "estimators",
    "explain": "explanation",
    "fit": "fitting",
    "label": "pseudo_labels",
    "label_file": "labeled_file",
    "labelers": "labeler_table",
    "load": "provenance",
    "log_likelihood": "fitted",
    "loo": "leave_one_out",
    "model_of": "fitted",
    "personalise": "personal",
    "plan": "planning",
    "predict": "prediction",
    "predictive_checks": "checks",
    "prior_checks": "checks",
    "rank": "leave_one_out",
    "read_choices": "reading",
    "read_jspsych": "exports",
    "read_psychopy": "exports",
    "recover": "recovery",
    "report": "reporting",
    "save": "provenance",
    "sensitivity": "prior_sensitivity",
}
_MODULES = {
    "checks",
    "datasets",
    "distributions",
    "estimators",
    "models",
    "plots",
    "simulate",
    "wiener",
}

__all__ = [
    "Calibration",
    "Choices",
    "Comparison",
    "ConvergenceWarning",
    "Diagnosis",
    "Explanation",
    "InputError",
    "LabeledFile",
    "Personalised",
    "Plan",
    "Prediction",
    "PredictiveChecks",
    "PseudoLabels",
    "Recovery",
    "by_labeler",
    "calibrate",
    "check",
    "check_convergence",
    "checks",
    "choices_of",
    "compare",
    "datasets",
    "diagnose",
    "distributions",
    "estimate",
    "estimators",
    "explain",
    "fit",
    "label",
    "label_file",
    "labelers",
    "load",
    "log_likelihood",
    "loo",
    "model_of",
    "models",
    "personalise",
    "plan",
    "plots",
    "predict",
    "predictive_checks",
    "prior_checks",
    "rank",
    "read_choices",
    "read_jspsych",
    "read_psychopy",
    "recover",
    "report",
    "save",
    "sensitivity",
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
