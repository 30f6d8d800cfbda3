"""Damaged inputs, calls that fail and processes that are killed: `python -m tests.fuzz`."""
