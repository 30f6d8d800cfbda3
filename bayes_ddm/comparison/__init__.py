"""Posterior against closed form: whether two independent ways of knowing agree, and if not, why."""
