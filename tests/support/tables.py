"""A small table of choices to spoil, and the one line that must come of it."""

import pandas as pd
import pytest

from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError


def table(**columns):
    """Six choices by three labelers, with some columns replaced or added."""
    base = {
        "choice": [1, 0, 1, 1, 0, 1],
        "rt": [0.9, 1.4, 0.7, 1.1, 2.3, 0.8],
        "id": ["a", "a", "b", "b", "c", "c"],
        "d_amount": [1.0, 2.0, -1.0, 0.5, 3.0, 2.5],
        "d_delay": [7.0, 30.0, 1.0, 90.0, 7.0, 180.0],
    }
    return pd.DataFrame(base | columns)


def refusal(call, *args, **kwargs):
    """The message of the InputError that a call raises, which must be one plain line."""
    with pytest.raises(InputError) as caught:
        call(*args, **kwargs)
    message = str(caught.value)
    assert "\n" not in message and "np." not in message
    assert message.endswith((".", "?", "..."))
    return message


def table_refusal(frame, **columns):
    return refusal(Choices.from_frame, frame, **columns)
