"""Commands that fit: fit, compare, models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayes_ddm.cli.checkpoints import keeping, save_draws
from bayes_ddm.cli.machine import SAMPLES, expect_memory
from bayes_ddm.cli.options import (
    All,
    File,
    Formulas,
    Model,
    MostDrift,
    Prob,
    Sampling,
    Shares,
    Units,
    option,
)
from bayes_ddm.cli.outputs import FIGURE, FIT, Json, Output, say, written, wrote
from bayes_ddm.cli.privatise import Allowed, read_answers
from bayes_ddm.cli.saved import is_fit, load_fit
from bayes_ddm.cli.table import Columns
from bayes_ddm.cli.texts import flag, listed
from bayes_ddm.display import Table, as_json, show
from bayes_ddm.errors import InputError

MORE = ("start", "drift_noise", "collapse")
LEARNED = (*MORE, "saturation")
# what the model of many features takes
OF_FEATURES = ("spread", "rank", "theta")

if TYPE_CHECKING:
    import xarray as xr

    from bayes_ddm.data.choices import Choices
    from bayes_ddm.estimators.rowless import Rowless


def fit(
    *,
    file: File,
    out: Annotated[Path, written("netCDF file.", "-o", "--output", kind=FIT)],
    columns: Columns,
    model: Model,
    formulas: Formulas,
    scheme: Allowed = None,
    sampling: Sampling,
    resume: Annotated[
        bool,
        option(
            "Go on with a fit that was stopped, or give one more --draws: the same command again.",
            "--resume",
            panel="Sampling",
        ),
    ] = False,
    output: Output,
) -> None:
    """Fit a hierarchical diffusion model by MCMC and save it.

    Example: bayes-ddm fit choices.csv --labeler id --seed 1 -o fit.nc
    """
    output.check(None if resume else out, source=file)
    choices = _read(file, scheme, columns, formulas)
    asked = {"resume": resume, "overwrite": output.overwrite}
    with keeping(out, draws=sampling.draws, **asked) as kept:
        posterior = _fit(choices, file, model, formulas, sampling, **kept)

        from bayes_ddm.fitting.posterior import population_entries, summarised

        save_draws(posterior, out, overwrite=output.overwrite or resume)
    table = summarised(population_entries(posterior["posterior"].to_dataset()), 0.95)
    formats = dict.fromkeys(table.columns, ".4g")
    show(Table.of("", ("parameter", *formats), table, **formats))
    wrote(out)
    say(f"next: bayes-ddm compare {out}")


def compare(
    context: typer.Context,
    *,
    file: Annotated[
        Path, typer.Argument(help="Table of choices, or a fit (FIT.nc).", show_default=False)
    ],
    columns: Columns,
    model: Model,
    formulas: Formulas,
    scheme: Allowed = None,
    shares: Shares = None,
    units: Units = None,
    most_drift: MostDrift = None,
    prob: Prob = 0.95,
    full: All = False,
    sampling: Sampling,
    explain: Annotated[
        bool,
        option(
            "On disagreement, relax one assumption at a time and say which mends it: eight to "
            "eleven short refits, about half a minute each, more with thousands of labelers.",
            "--explain",
        ),
    ] = False,
    json: Json = None,
    plot: Annotated[Path | None, written("Forest plot.", kind=FIGURE)] = None,
    out: Annotated[Path | None, written("Save the fit.", "-o", "--output", kind=FIT)] = None,
    output: Output,
) -> None:
    """Fit, and compare the posterior population average with the closed form.

    Example: bayes-ddm compare choices.csv --labeler id --plot forest.png
    """
    from bayes_ddm.data.people import with_between
    from bayes_ddm.estimators.rowless import Rowless, refuse_unheeded
    from bayes_ddm.estimators.shares import shares_of
    from bayes_ddm.estimators.units import read_units, resolved

    per = read_units(units)
    output.check(json, plot, out, source=file)
    if is_fit(file) or file.suffix.lower() in FIT[1]:
        _refuse_for_fits(context, file)
        posterior = load_fit(file)
        said: tuple[str, ...] = ()
    else:
        choices = _read(file, scheme, columns, formulas)
        said = getattr(choices, "notes", ())
        # refused before anything is sampled
        if isinstance(choices, Rowless):
            asked = {"shares": shares, "units": units, "most_drift": most_drift}
            refuse_unheeded(choices, asked, flag)
        if shares is not None:
            shares_of(with_between(choices, formulas.between), shares)
        resolved(per, choices)
        posterior = _fit(choices, file, model, formulas, sampling)

    from bayes_ddm.comparison.compare import compare as run

    if out is not None:
        save_draws(posterior, out, overwrite=output.overwrite)
        wrote(out)
    known = formulas.numbers()
    more: dict[str, Any] = known | {"shares": shares, "most_drift": most_drift, "prob": prob}
    result = replace(run(posterior, units=per, **more), full=full)
    contents = result.to_dict()
    output.draw(plot, result)
    show(result)
    for note in result.estimates.notes:
        if note not in said:
            say(f"note: {note}")
    # before the refits, which take minutes and may be interrupted
    output.write_text(json, as_json(contents))
    wrote(json, plot)
    if explain:
        from bayes_ddm.comparison.explain import explain as refit_relaxed

        explained = refit_relaxed(result, progress=say)
        print()
        show(explained)
        contents |= {"explanation": explained.to_dict()}
        Output(overwrite=True).write_text(json, as_json(contents))


def _read(file: Path, scheme: Path | None, columns: Columns, formulas: Formulas) -> Any:
    """Read a table of choices, or what a scheme made of them."""
    if scheme is None:
        return columns.read(file, announce=True, keep=formulas.columns())
    private = read_answers(file, scheme, columns, formulas.columns())
    say(f"note: {private.account.sentence}")
    return private.choices if hasattr(private, "choices") else private


def _refuse_for_fits(context: typer.Context, file: Path) -> None:
    """Refuse options that only a table of choices can heed, rather than ignoring them."""
    heeded = {"file", "boundary", "ndt", "shares", "units", "most_drift", "prob", "full"}
    heeded |= {"json", "plot", "overwrite", "explain"}
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name)
        if parameter.name not in heeded and source is not None and source.name == "COMMANDLINE":
            raise InputError(
                f"{parameter.opts[-1]} is for a table of choices; {str(file)!r} is a fit, made "
                "already: leave it out."
            )


def models() -> None:
    """List the models, a line each.

    Example: bayes-ddm models
    """
    from bayes_ddm import models as family

    names = family.names()
    width = max(map(len, names))
    for name in names:
        print(f"{name:<{width}}  {family.summary(name).partition(': ')[2]}")


def _fit(
    choices: Choices | Rowless,
    file: Path,
    model: Model,
    formulas: Formulas,
    sampling: Sampling,
    **kept: Any,
) -> xr.DataTree:
    """Fit as the options say; say what is done, and whether it converged."""
    import warnings

    expect_memory(SAMPLES, "sampling")
    from bayes_ddm.data.people import with_between
    from bayes_ddm.data.read import lines_of
    from bayes_ddm.estimators.assumptions.decisions import SuspiciousRowsWarning
    from bayes_ddm.estimators.rowless import Rowless
    from bayes_ddm.fitting import run
    from bayes_ddm.fitting.checkpoint import CheckpointWarning
    from bayes_ddm.fitting.convergence import ConvergenceWarning
    from bayes_ddm.privacy import PrivateRows

    if isinstance(choices, Rowless):
        if kept.get("resume") is not None:
            raise InputError("answers without rows are fitted in seconds; leave --resume out.")
        fit_them = _fit_rows if isinstance(choices, PrivateRows) else _fit_release
        return fit_them(choices, model, formulas, sampling)
    with lines_of(file):
        choices = with_between(choices, formulas.between)
        parameters = _fixed(choices, formulas) | _varying(model, formulas)
    # refuses what the model cannot take, before anything is said
    name = run.name_of_model(choices, model.model, parameters)
    chains = f"{sampling.chains} chain{'s' if sampling.chains > 1 else ''}"
    steps = f"{sampling.tune} tuning steps and {sampling.draws} draws"
    say(f"fitting the {name} model: compiling, then {chains} of {steps}")
    told = ConvergenceWarning, SuspiciousRowsWarning, CheckpointWarning
    with warnings.catch_warnings(record=True) as caught:
        for category in told:
            warnings.simplefilter("always", category)
        posterior = run.fit(choices, name, **vars(sampling), **kept, **parameters)
    if "condensed" in posterior.children:
        few = posterior["condensed"].sizes["row"]
        say(f"note: fitted {few:,} weighted rows, whose log likelihood is that of all choices.")
    for warning in caught:
        if issubclass(warning.category, told):
            say(f"WARNING: {warning.message}")
    return posterior


def _fit_release(release: Any, model: Model, formulas: Formulas, sampling: Sampling) -> xr.DataTree:
    """Fit the model of a release, which has its own boundary and ndt."""
    from bayes_ddm.fitting.released import check_release
    from bayes_ddm.fitting.run import fit as run

    given = vars(formulas) | {"by_labeler": model.by_labeler, "learn": model.learn}
    given |= {"lapses": model.lapses or None} | {k: getattr(model, k) for k in OF_FEATURES}
    for name in (name for name, value in given.items() if value is not None):
        raise InputError(
            f"{flag(name)}: a release has its own boundary and ndt, and no rows; leave it out."
        )
    check_release(release, model.model)
    say("fitting a release: compiling, then sampling")
    return run(release, model.model, **vars(sampling))


def _fit_rows(private: Any, model: Model, formulas: Formulas, sampling: Sampling) -> xr.DataTree:
    """Fit private rows, of which boundary and ndt alone can be said otherwise."""
    from bayes_ddm.fitting.run import fit as run

    given = vars(model) | {"between": formulas.between} | formulas.varying()
    for name in (name for name, value in given.items() if value and name != "model"):
        raise InputError(f"{flag(name)}: {private.limits}")
    known: dict[str, Any] = {k: x for k, x in formulas.numbers().items() if x is not None}
    return run(private, model.model, **vars(sampling), **known)


def _fixed(choices: Choices, formulas: Formulas) -> dict[str, float | str]:
    """Numbers that fix boundary and ndt, and formulas as they are."""
    from bayes_ddm.estimators import known_boundary
    from bayes_ddm.estimators.boundaries.known import check_boundary, check_ndt, doubted
    from bayes_ddm.estimators.sources import sources

    given, varying = formulas.numbers(), formulas.varying()
    boundary, ndt = given["boundary"], given["ndt"]
    if boundary is None:
        return varying | ({} if ndt is None else {"ndt": check_ndt(choices, ndt)})
    if "ndt" in varying:
        return varying | {"boundary": check_boundary(boundary)}
    # the same boundary information on both sides of a comparison: no ndt given means 0
    fixed = known_boundary(choices, boundary, ndt or 0.0)
    if ndt is None:
        say("note: the boundary was given without an ndt, which is taken as 0 s.")
        doubt = doubted(fixed, *sources(choices).learned.values()).note
        if doubt:
            say(f"WARNING: {doubt}")
    return {"boundary": fixed.boundary, "ndt": fixed.ndt}


def _varying(model: Model, formulas: Formulas) -> dict[str, Any]:
    """Parameters of a model that the options of `Model` stand for."""
    own, learned = listed(model.by_labeler), listed(model.learn)
    numbers, varying = formulas.numbers(), formulas.varying()
    every = ("boundary", "ndt", *MORE)
    for how, names, known in (("by-labeler", own, every), ("learn", learned, LEARNED)):
        for name in names:
            if name not in known:
                allowed = f"{', '.join(known[:-1])} and {known[-1]}"
                raise InputError(f"--{how} {name!r}: choose from {allowed}.")
            if numbers.get(name) is not None:
                raise InputError(f"--{name} fixes what --{how} lets vary; give one of them.")
    learned += ["lapse"] if model.lapses else []
    told = {name: getattr(model, name) for name in OF_FEATURES}
    plain = {name: value for name, value in told.items() if value is not None}
    plain |= {"drift_link": "saturating"} if "saturation" in learned else {}
    learned = [name for name in learned if name != "saturation"]
    if not own and not learned:
        return plain
    from bayes_ddm.distributions.priors import by_labeler
    from bayes_ddm.distributions.vocabulary import parameter_called

    priors = {name: parameter_called(name).prior for name in learned}
    return plain | priors | {name: by_labeler(varying.get(name)) for name in own}
