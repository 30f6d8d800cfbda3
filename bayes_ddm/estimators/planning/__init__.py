"""Designs: what an experiment would tell, before it is run."""
