"""A graph written out as the source of one numba function."""
