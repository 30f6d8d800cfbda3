"""Command line: ``bayes-ddm``."""

from bayes_ddm.cli.main import main

__all__ = ["main"]
