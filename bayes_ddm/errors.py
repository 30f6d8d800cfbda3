"""The one exception that says the input, not the program, is at fault."""

__all__ = ["InputError"]


class InputError(ValueError):
    """Input that cannot be used; the message names what, where and the mend, in one line."""
