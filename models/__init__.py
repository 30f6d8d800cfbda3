"""The models: one short PyMC program per file."""
