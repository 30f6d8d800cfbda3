"""Closed forms beside a deadline, of which they know nothing: what is said of them."""

from __future__ import annotations

from bayes_ddm.data.choices import Choices


def left_out(choices: Choices) -> str:
    """Why no closed form of these choices can be relied on; empty without a deadline."""
    if choices.deadline is None:
        return ""
    if choices.truncated:
        return "knows no deadline, beyond which trials are absent; a fit does"
    n = choices.n_omitted
    return f"leaves out {n:,} omission{'s' * (n != 1)}, which a fit takes for what they are"
