"""Commands that put a fit or a boundary to use: predict, label, report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bayes_ddm.cli.options import File, Known, Prob, Replications, Seed, Shares, Units, option
from bayes_ddm.cli.outputs import (
    PAGE,
    PREDICTIONS,
    Json,
    Output,
    TableOut,
    output_option,
    say,
    wrote,
)
from bayes_ddm.cli.saved import Fit, load_fit, load_fits
from bayes_ddm.cli.table import Columns
from bayes_ddm.display import Table, show
from bayes_ddm.errors import InputError

FIRST = 20


def predict(
    *,
    fit: Fit,
    file: File,
    columns: Columns,
    prob: Prob = 0.95,
    draws: Replications = 400,
    seed: Seed = None,
    out: Annotated[
        Path | None,
        output_option("Predictions, row by row: CSV.", "-o", "--output", kind=PREDICTIONS),
    ] = None,
    output: Output,
) -> None:
    """Predict choices and response times that a fit has not seen, and score the predictions.

    Example: bayes-ddm predict fit.nc new.csv --labeler id -o predicted.csv
    """
    output.check(out, source=(fit, file))
    posterior = load_fit(fit)
    from bayes_ddm.data.formula import covariates_in
    from bayes_ddm.fitting.posterior import choices_of
    from bayes_ddm.fitting.predict import predict as run

    training = choices_of(posterior)
    names = [] if training.covariates is None else list(map(str, training.covariates.columns))
    # which a formula may take from features, too
    names += covariates_in(training.drift) if training.drift else []
    choices = columns.read(file, announce=True, keep=names)
    prediction = run(posterior, choices, prob=prob, draws=draws, seed=seed or 0)
    output.write(out, lambda temporary: prediction.table.to_csv(temporary, index=False))
    show(prediction)
    wrote(out)


def labelers(
    *,
    fit: Fit,
    draws: Replications = 500,
    out: Annotated[
        Path | None,
        output_option("The table, a row per labeler: CSV.", "-o", "--output", kind=PREDICTIONS),
    ] = None,
    output: Output,
) -> None:
    """Say what each labeler prefers, and what else is their own: boundary, ndt, start.

    Example: bayes-ddm labelers fit.nc -o labelers.csv
    """
    output.check(out, source=fit)
    posterior = load_fit(fit)
    from bayes_ddm.fitting.labeler_table import labelers as run

    table = run(posterior, draws)
    if table.columns.nlevels > 1:
        table.columns = ["_".join(names) for names in table.columns]
    output.write(out, lambda temporary: table.to_csv(temporary))
    formats = dict.fromkeys(table.columns, ".4g")
    head = table.head(FIRST)
    show(Table.of("", ("labeler", *formats), head, **formats))
    if len(table) > FIRST:
        say(f"the first {FIRST} of {len(table):,}{'' if out else '; -o FILE.csv writes all'}")
    wrote(out)


def label(
    *,
    file: File,
    out: TableOut,
    columns: Columns,
    known: Known,
    collapse: Annotated[
        float, option("Share of the boundary lost per second; with --boundary and --ndt.")
    ] = 0.0,
    bounded: Annotated[
        bool, option("Bounded labels: none is large, and presses too fast have one.", "--bounded")
    ] = False,
    most_drift: Annotated[float, option("Largest drift that bounded labels reach.")] = 3.0,
    spread: Annotated[
        float | None,
        option("Sd of drifts between labelers who compare the same; learned unless given."),
    ] = None,
    output: Output,
) -> None:
    """Write a table back with drift pseudo-labels, to train a reward model on.

    Four columns are added, all others stay as they are: drift_pseudo_label, whose mean is the drift
    behind the choice; drift_pseudo_label_variance, an unbiased estimate of its variance, from
    the response time; drift_target and drift_weight, for weighted least squares, which is more
    precise where labelers deviate normally from the average, with the standard deviation --spread.
    Rows without a response, or faster than the ndt, get none, and are counted. With --bounded no
    label is large, rows faster than the ndt have one, and the variance is its square.

    A boundary that is not given is learned first: from labelers who repeat a comparison where that
    is reliable, else from a mixture of normal populations. The table is read in parts: any number
    of rows will do.

    Example: bayes-ddm label choices.csv --labeler id --boundary 1.25 --ndt 0.3 -o out.csv
    """
    from bayes_ddm.estimators.labels.label_file import label_file

    output.check(out, source=file)
    if columns.drift is not None:
        raise InputError("label takes --features, not a formula; leave --drift out.")
    if columns.min_rt is not None or columns.max_rt is not None:
        raise InputError("label keeps every row; leave --min-rt and --max-rt out.")
    for name in ("where", "missing", "drop", "items", "reference"):
        if getattr(columns, name) is not None:
            raise InputError(f"label keeps every row and takes --features; leave --{name} out.")
    left_out = ("min_rt", "max_rt", "where", "missing", "drop", "items", "reference")
    names = {key: x for key, x in columns.names().items() if key not in left_out}
    with columns.naming_options(file):
        if known.boundary is not None and known.ndt is None:
            say("note: the boundary was given without an ndt, which is taken as 0 s.")
        labeled = label_file(
            file,
            out,
            **vars(known),
            collapse=collapse,
            bounded=bounded,
            most_drift=most_drift,
            spread=spread,
            overwrite=output.overwrite,
            **names,
        )
    if known.boundary is None:
        columns.point_out_unused(file)
    for note in labeled.notes:
        say(note)
    show(labeled)
    wrote(out)


def report(
    *,
    fits: Annotated[
        list[Path],
        typer.Argument(metavar="FIT.nc...", help="Saved fits, side by side.", show_default=False),
    ],
    out: Annotated[Path, output_option("HTML page.", "-o", "--output", kind=PAGE)],
    title: Annotated[str | None, option("What the study is called.")] = None,
    question: Annotated[str | None, option("What it asks.")] = None,
    shares: Shares = None,
    units: Units = None,
    prob: Prob = 0.95,
    draws: Replications = 200,
    seed: Seed = None,
    json: Json = None,
    output: Output,
) -> None:
    """Write what fits say, and whether to believe them, as one HTML page.

    Example: bayes-ddm report contextual.nc labeler_boundary.nc -o report.html
    """
    for path in fits:
        output.check(out, json, source=path)
    from bayes_ddm.estimators.units import read_units
    from bayes_ddm.reporting import report as run

    words = {"title": title, "question": question}
    run(
        load_fits(fits),
        out,
        json=json,
        shares=shares,
        units=read_units(units),
        prob=prob,
        draws=draws,
        seed=seed or 0,
        overwrite=output.overwrite,
        progress=say,
        **{key: text for key, text in words.items() if text is not None},
    )
    wrote(out, json)
