"""The same by other programs."""
