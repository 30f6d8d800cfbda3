"""The report: one HTML page that says what a fit found, and whether to believe it."""

from bayes_ddm.reporting.write import report

__all__ = ["report"]
