"""The experiments of the two papers, one command each."""
