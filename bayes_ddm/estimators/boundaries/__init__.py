"""The boundary and non-decision time that closed forms need, each source a file."""
