"""Pseudo-labels that are bounded: what they weigh a choice with, and averages of them."""
