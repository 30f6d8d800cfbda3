"""A posterior: run, kept, asked."""
