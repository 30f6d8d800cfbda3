"""Okabe & Ito's colours, told apart with any colour vision; shapes differ as well."""

__all__ = ["CHAINS", "INSIDE", "NEGATIVE", "OBSERVED", "POSITIVE"]

POSITIVE, NEGATIVE = "#0072B2", "#D55E00"
OBSERVED, INSIDE = "#000000", "#595959"
CHAINS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
