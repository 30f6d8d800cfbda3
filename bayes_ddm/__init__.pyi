from . import (
    checks as checks,
)
from . import (
    distributions as distributions,
)
from . import (
    estimators as estimators,
)
from . import (
    models as models,
)
from . import (
    plots as plots,
)
from . import (
    privacy as privacy,
)
from . import (
    simulate as simulate,
)
from . import (
    wiener as wiener,
)
from .checks.calibrate import Calibration as Calibration
from .checks.calibrate import calibrate as calibrate
from .checks.diagnose import Diagnosis as Diagnosis
from .checks.diagnose import diagnose as diagnose
from .checks.extend import extend as extend
from .checks.loo import loo as loo
from .checks.loo import rank as rank
from .checks.predictive.run import (
    PredictiveChecks as PredictiveChecks,
)
from .checks.predictive.run import (
    predictive_checks as predictive_checks,
)
from .checks.predictive.run import (
    prior_checks as prior_checks,
)
from .checks.recover import Recovery as Recovery
from .checks.recover import recover as recover
from .checks.sensitivity import sensitivity as sensitivity
from .comparison.compare import compare as compare
from .comparison.explain import explain as explain
from .comparison.explanation import Explanation as Explanation
from .comparison.explore import explore as explore
from .comparison.ladder import Ladder as Ladder
from .comparison.result import Comparison as Comparison
from .data import datasets as datasets
from .data.choices import Choices as Choices
from .data.condensed import Condensed as Condensed
from .data.condensed import read_condensed as read_condensed
from .data.condensing.condense import condense as condense
from .data.jspsych import read_jspsych as read_jspsych
from .data.psychopy import read_psychopy as read_psychopy
from .data.tables import read_choices as read_choices
from .data.values import exponential as exponential
from .data.values import hyperbolic as hyperbolic
from .data.values import power as power
from .distributions.priors import by_condition as by_condition
from .distributions.priors import by_labeler as by_labeler
from .errors import InputError as InputError
from .estimators.assumptions.decisions import (
    SuspiciousRowsWarning as SuspiciousRowsWarning,
)
from .estimators.drift_curve import DriftCurve as DriftCurve
from .estimators.drift_curve import drift_curve as drift_curve
from .estimators.estimate import estimate as estimate
from .estimators.frontier import Frontier as Frontier
from .estimators.frontier import frontier as frontier
from .estimators.labels.label import PseudoLabels as PseudoLabels
from .estimators.labels.label import label as label
from .estimators.labels.label_file import LabeledFile as LabeledFile
from .estimators.labels.label_file import label_file as label_file
from .estimators.labels.preference_dataset import PreferenceDataset as PreferenceDataset
from .estimators.labels.preference_dataset import to_preference_dataset as to_preference_dataset
from .estimators.planning.plan import plan as plan
from .estimators.planning.result import Plan as Plan
from .estimators.screening import check as check
from .fitting.convergence import (
    ConvergenceWarning as ConvergenceWarning,
)
from .fitting.convergence import (
    check_convergence as check_convergence,
)
from .fitting.graph import graph as graph
from .fitting.labeler_table import labelers as labelers
from .fitting.likelihood import log_likelihood as log_likelihood
from .fitting.personalise import Personalised as Personalised
from .fitting.personalise import personalise as personalise
from .fitting.posterior import choices_of as choices_of
from .fitting.posterior import model_of as model_of
from .fitting.poststratify import poststratify as poststratify
from .fitting.predict import Prediction as Prediction
from .fitting.predict import predict as predict
from .fitting.response_curve import ResponseCurve as ResponseCurve
from .fitting.response_curve import response_curve as response_curve
from .fitting.run import fit as fit
from .fitting.save import load as load
from .fitting.save import save as save
from .privacy import federated as federated
from .privacy.privatise import privatise as privatise
from .privacy.privatise import read_private as read_private
from .privacy.release import release as release
from .reporting.write import report as report

__version__: str
