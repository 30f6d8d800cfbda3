"""Arrays as they are annotated."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
# whole numbers; of condensed rows, weights
CountArray = NDArray[Any]
