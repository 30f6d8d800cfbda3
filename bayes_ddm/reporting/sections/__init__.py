"""Sections of the report, one per file, in the order of the Bayesian Analysis Reporting Guidelines.

Each is a function from the `Study` to a `bayes_ddm.reporting.section.Section`.
"""

from collections.abc import Callable

from bayes_ddm.reporting.section import Section
from bayes_ddm.reporting.sections.answer import answer
from bayes_ddm.reporting.sections.closed_form import closed_form
from bayes_ddm.reporting.sections.computation import computation
from bayes_ddm.reporting.sections.data import data
from bayes_ddm.reporting.sections.model import model
from bayes_ddm.reporting.sections.posterior import posterior
from bayes_ddm.reporting.sections.prediction import prediction
from bayes_ddm.reporting.sections.priors import priors
from bayes_ddm.reporting.sections.ranking import ranking
from bayes_ddm.reporting.sections.reproduction import reproduction
from bayes_ddm.reporting.study import Study

__all__ = ["SECTIONS"]

SECTIONS: tuple[Callable[[Study], Section], ...] = (
    answer,
    data,
    model,
    computation,
    posterior,
    closed_form,
    prediction,
    ranking,
    priors,
    reproduction,
)
