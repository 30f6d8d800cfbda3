"""Commands on saved fits: whether to believe one, and which is best."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bayes_ddm.cli.options import Replications, Seed, Units
from bayes_ddm.cli.outputs import FIGURE, Output, output_option, say, wrote
from bayes_ddm.cli.saved import Fit, load_fit, load_fits
from bayes_ddm.display import show
from bayes_ddm.errors import InputError


def diagnose(
    *,
    fit: Fit,
    draws: Replications = 200,
    seed: Seed = None,
    units: Units = None,
    plot: Annotated[
        Path | None, output_option("Figure of the predictive checks.", kind=FIGURE)
    ] = None,
    output: Output,
) -> None:
    """Say whether to believe a fit, and where not, what to do.

    Example: bayes-ddm diagnose fit.nc --plot checks.png
    """
    output.check(plot, source=fit)
    posterior = load_fit(fit)
    from bayes_ddm.checks.diagnose import diagnose as run
    from bayes_ddm.estimators.units import read_units

    say("checking predictions, leaving labelers out, and varying the priors")
    diagnosis = run(posterior, draws=draws, seed=seed or 0, units=read_units(units))
    checks = diagnosis.checks
    if plot is not None and checks is None:
        raise InputError("there are no predictive checks to draw for a model of your own.")
    if checks is not None:
        output.draw(plot, checks)
    show(diagnosis)
    wrote(plot)


def rank(
    *,
    fits: Annotated[
        list[Path],
        typer.Argument(metavar="FIT.nc...", help="Fits of the same choices.", show_default=False),
    ],
) -> None:
    """Rank fits by how well they predict a labeler left out.

    Example: bayes-ddm rank contextual.nc labeler_boundary.nc
    """
    from bayes_ddm.checks.loo import rank as run

    show(run(load_fits(fits)))
