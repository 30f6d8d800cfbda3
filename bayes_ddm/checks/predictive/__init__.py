"""Predictive checks: what the model replicates of the data, each a figure and a number."""
