"""The command of a collector who publishes what keeps answers private: release."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from bayes_ddm.cli.options import File, option
from bayes_ddm.cli.outputs import RELEASE, Output, output_option, say
from bayes_ddm.cli.table import Columns


def release(
    *,
    file: File,
    out: Annotated[Path, output_option("JSON file.", "-o", "--output", kind=RELEASE)],
    columns: Columns,
    epsilon: Annotated[float, option("Privacy of all answers of a labeler: above 0, at most 20.")],
    boundary: Annotated[float, option("Boundary (half the separation), not from this table.")],
    ndt: Annotated[float, option("Non-decision time, seconds, not from this table.")],
    most_drift: Annotated[
        float | None, option("With --features: largest drift, either way; default 3.")
    ] = None,
    output: Output,
) -> None:
    """Publish noisy sums of a table that keep all answers of every labeler private.

    estimate takes the file in place of a table, without options for columns, and whatever is made
    of it costs no more privacy. Another release of the same labelers does.

    Example: bayes-ddm release log.csv --labeler id --epsilon 1 --boundary 1.25 --ndt 0.3
    -o log.release.json
    """
    output.check(out, source=file)
    choices = columns.read(file, announce=True)

    from bayes_ddm.estimators.bounded.weight import MOST_DRIFT
    from bayes_ddm.privacy.release import release as run

    most = MOST_DRIFT if most_drift is None else most_drift
    result = run(choices, epsilon=epsilon, boundary=boundary, ndt=ndt, most_drift=most)
    output.keep(result, out)
    say(f"next: bayes-ddm estimate {out}")
