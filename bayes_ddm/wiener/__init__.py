r"""Array mathematics of the drift-diffusion model with two symmetric bounds.

Evidence :math:`W_s = v s + B_s` with unit noise starts at 0 and is absorbed at ``+boundary`` or
``-boundary``: ``boundary`` is **half** the separation.  Times are in seconds, drifts in 1/sqrt(s).
All functions broadcast like NumPy's and return a NumPy scalar for scalar input.

Every density is a function of :math:`u = t/b^2`.  Jacobi's identity gives two exact series; written
with ``q = exp(-4/u)`` or ``q = exp(-pi^2 u)`` *both* have the factor
``1 - 3 q + 5 q^3 - 7 q^6 + ...``, and where they cross (``u = 2/pi``) ``q`` is 0.0019, so that
three terms give full double precision at every ``u``.
"""

from bayes_ddm.wiener.convolution import MAX_CONVOLUTION, convolved_log_density
from bayes_ddm.wiener.convolution import convolved_log_derivatives as convolved_log_derivatives
from bayes_ddm.wiener.density import (
    log_density,
    random_drift_log_density,
    starting_point_log_density,
)
from bayes_ddm.wiener.density import random_drift_log_factor as random_drift_log_factor
from bayes_ddm.wiener.distribution import (
    cdf,
    choice_cdf,
    choice_probability,
    decision_time_mean,
    decision_time_variance,
    laplace_transform,
)
from bayes_ddm.wiener.first_passage import log_first_passage as log_first_passage
from bayes_ddm.wiener.first_passage import zero_drift_log_density, zero_drift_log_slope
from bayes_ddm.wiener.first_passage import zero_drift_log_derivatives as zero_drift_log_derivatives
from bayes_ddm.wiener.pseudo_label import (
    drift_weight,
    drift_weight_derivatives,
    pseudo_label_variance,
)
from bayes_ddm.wiener.starting_point import log_first_passage_from as log_first_passage_from
from bayes_ddm.wiener.trial_drift import stretched_time

__all__ = [
    "MAX_CONVOLUTION",
    "cdf",
    "choice_cdf",
    "choice_probability",
    "convolved_log_density",
    "decision_time_mean",
    "decision_time_variance",
    "drift_weight",
    "drift_weight_derivatives",
    "laplace_transform",
    "log_density",
    "pseudo_label_variance",
    "random_drift_log_density",
    "starting_point_log_density",
    "stretched_time",
    "zero_drift_log_density",
    "zero_drift_log_slope",
]


def __dir__() -> list[str]:
    return sorted(__all__)
