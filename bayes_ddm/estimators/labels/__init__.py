"""Drift pseudo-labels, row by row, for reward models."""
