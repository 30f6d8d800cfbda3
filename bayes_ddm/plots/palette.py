"""Okabe & Ito's colours, told apart with any colour vision; shapes differ as well."""

__all__ = ["INSIDE", "NEGATIVE", "OBSERVED", "POSITIVE"]

POSITIVE, NEGATIVE = "#0072B2", "#D55E00"
OBSERVED, INSIDE = "#000000", "#595959"
