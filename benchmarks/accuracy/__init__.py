"""How right: errors, coverage, calibration, verdicts."""
