"""Posterior against closed form: whether two ways of knowing agree, and if not, why."""
