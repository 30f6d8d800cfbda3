"""Tests of what the estimators assume."""
