"""A drift that does not grow with its options beyond all bounds."""

from __future__ import annotations

from typing import Any

import numpy as np


def saturated(drift: Any, largest: Any, xp: Any = np) -> Any:
    """Drift that nears a largest one, and is linear near 0: ``largest * tanh(drift / largest)``.

    Parameters
    ----------
    drift, largest
        In 1/sqrt(s); of NumPy or PyTensor.
    xp : array namespace

    Examples
    --------
    >>> saturated(np.array([0.1, 1.0, 9.0]), 1.0).round(3).tolist()
    [0.1, 0.762, 1.0]
    """
    return largest * xp.tanh(drift / largest)
