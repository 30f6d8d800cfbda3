"""Commands that infer: estimate, fit, compare, models, demo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayes_ddm.cli.options import (
    OUTPUT,
    Boundary,
    ByLabeler,
    Chains,
    ChoiceColumn,
    CountColumn,
    Draws,
    FeatureColumns,
    File,
    FitOut,
    JsonOut,
    LabelerColumn,
    Lapses,
    Model,
    Ndt,
    Overwrite,
    Positive,
    Prob,
    RtColumn,
    RtUnit,
    Sampler,
    Seed,
    Tune,
    check_ending,
    check_outputs,
    option,
    say,
    write_text,
    wrote,
)
from bayes_ddm.cli.table import announce, is_fit, lines_of, read
from bayes_ddm.display import show
from bayes_ddm.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from bayes_ddm.data.choices import Choices

commands = typer.Typer()

SAMPLING_OPTIONS = {"draws", "tune", "chains", "seed", "sampler"}
FITS = (".nc",)
FIGURES = (".png", ".pdf", ".svg", ".jpg", ".eps", ".tif", ".webp")


@commands.command(epilog="Example: bayes-ddm estimate choices.csv --boundary 1.25 --ndt 0.3")
def estimate(
    file: File,
    choice: ChoiceColumn = "choice",
    rt: RtColumn = "rt",
    labeler: LabelerColumn = None,
    features: FeatureColumns = None,
    count: CountColumn = None,
    rt_unit: RtUnit = None,
    positive: Positive = None,
    boundary: Boundary = None,
    ndt: Ndt = None,
    prob: Prob = 0.95,
    bootstrap: Annotated[
        int, typer.Option(help="Bootstrap replications over labelers; 0: closed form.")
    ] = 0,
    seed: Annotated[int | None, typer.Option(help="Of the bootstrap.", min=0)] = None,
    json: JsonOut = None,
    overwrite: Overwrite = False,
) -> None:
    """Estimate the population average in closed form, without MCMC."""
    from bayes_ddm.estimators import estimate as run

    check_outputs(json, overwrite=overwrite, source=file)
    choices = read(file, choice, rt, labeler, features, count, rt_unit, positive)
    with lines_of(file):
        table = run(choices, boundary=boundary, ndt=ndt, prob=prob, bootstrap=bootstrap, seed=seed)
    write_text(json, table.to_json() + "\n", overwrite=overwrite)
    show(table)
    wrote(json)


def _fixed(choices: Choices, boundary: float | None, ndt: float | None) -> dict[str, float]:
    from bayes_ddm.estimators import (
        conditional_boundary,
        known_boundary,
        semiparametric_boundary,
    )
    from bayes_ddm.estimators.boundaries.known import check_ndt, doubted

    if boundary is not None:
        # the same boundary information on both sides of a comparison: no ndt given means 0
        known = known_boundary(choices, boundary, ndt or 0.0)
        if ndt is None:
            say("note: the boundary was given without an ndt, which is taken as 0 s.")
            learned = conditional_boundary(choices), semiparametric_boundary(choices)
            doubt = doubted(known, *(other for other in learned if other is not None)).note
            if doubt:
                say(f"WARNING: {doubt}")
        return {"boundary": known.boundary, "ndt": known.ndt}
    return {} if ndt is None else {"ndt": check_ndt(choices, ndt)}


def _options(
    by_labeler: str | None, lapses: bool, boundary: float | None, ndt: float | None
) -> dict[str, Any]:
    """Parameters of a model that `--by-labeler` and `--lapses` stand for."""
    names = [name.strip() for name in (by_labeler or "").split(",") if name.strip()]
    given = {"boundary": boundary, "ndt": ndt}
    for name in names:
        if name not in {"boundary", "ndt", "start"}:
            raise InputError(f"--by-labeler {name!r}: choose from boundary, ndt and start.")
        if given.get(name) is not None:
            raise InputError(f"--{name} fixes what --by-labeler lets vary; give one of them.")
    if not names and not lapses:
        return {}
    from bayes_ddm.distributions.program import LAPSE
    from bayes_ddm.distributions.varying import by_labeler as own

    return {name: own() for name in names} | ({"lapse": LAPSE} if lapses else {})


def _fit(choices: Choices, model: str | None, **options: Any) -> xr.DataTree:
    import warnings

    from bayes_ddm import models
    from bayes_ddm.fitting import run as fitting
    from bayes_ddm.fitting.convergence import ConvergenceWarning

    name = model or fitting.default_model(choices)
    parameters = {key: x for key, x in options.items() if key not in SAMPLING_OPTIONS}
    fitting.check_parameters(name, models.builder(name), parameters)
    # refuses what the model cannot take, before anything is said
    models.builder(name)(choices, **parameters)
    chains = f"{options['chains']} chain{'s' if options['chains'] > 1 else ''}"
    steps = f"{options['tune']} tuning steps and {options['draws']} draws"
    say(f"fitting the {name} model: compiling, then {chains} of {steps}")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        fit = fitting.fit(choices, name, **options)
    for warning in caught:
        if issubclass(warning.category, ConvergenceWarning):
            say(f"WARNING: {warning.message}")
    return fit


@commands.command(epilog="Example: bayes-ddm fit choices.csv --labeler id --seed 1 -o fit.nc")
def fit(
    file: File,
    output: Annotated[Path, option("-o", "--output", help="netCDF file.", panel=OUTPUT)],
    choice: ChoiceColumn = "choice",
    rt: RtColumn = "rt",
    labeler: LabelerColumn = None,
    features: FeatureColumns = None,
    count: CountColumn = None,
    rt_unit: RtUnit = None,
    positive: Positive = None,
    model: Model = None,
    by_labeler: ByLabeler = None,
    lapses: Lapses = False,
    boundary: Boundary = None,
    ndt: Ndt = None,
    draws: Draws = 1000,
    tune: Tune = 1000,
    chains: Chains = 4,
    seed: Seed = None,
    sampler: Sampler = "nutpie",
    overwrite: Overwrite = False,
) -> None:
    """Fit a hierarchical diffusion model by MCMC and save it."""
    _check_model(model)
    check_ending(output, FITS, "a fit")
    check_outputs(output, overwrite=overwrite, source=file)
    choices = read(file, choice, rt, labeler, features, count, rt_unit, positive)
    announce(choices)
    with lines_of(file):
        fixed = _fixed(choices, boundary, ndt) | _options(by_labeler, lapses, boundary, ndt)
    sampling = {"draws": draws, "tune": tune, "chains": chains, "seed": seed, "sampler": sampler}
    made = _fit(choices, model, **sampling, **fixed)

    from bayes_ddm.display import Table, number, text
    from bayes_ddm.fitting.posterior import Posterior
    from bayes_ddm.fitting.save import save

    save(made, output, overwrite=overwrite)
    table = Posterior.of(made).table()
    rows = ((str(name), *(text(number(x)) for x in row)) for name, row in table.iterrows())
    show(Table("", ("parameter", *table.columns), tuple(rows)))
    wrote(output)
    say(f"next: bayes-ddm compare {output}")


@commands.command(epilog="Example: bayes-ddm compare choices.csv --labeler id --plot forest.png")
def compare(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="Table of choices, or a fit (FIT.nc).", show_default=False)
    ],
    choice: ChoiceColumn = "choice",
    rt: RtColumn = "rt",
    labeler: LabelerColumn = None,
    features: FeatureColumns = None,
    count: CountColumn = None,
    rt_unit: RtUnit = None,
    positive: Positive = None,
    model: Model = None,
    by_labeler: ByLabeler = None,
    lapses: Lapses = False,
    boundary: Boundary = None,
    ndt: Ndt = None,
    prob: Prob = 0.95,
    draws: Draws = 1000,
    tune: Tune = 1000,
    chains: Chains = 4,
    seed: Seed = None,
    sampler: Sampler = "nutpie",
    json: JsonOut = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="On disagreement, relax one assumption at a time and say which mends it: six to "
            "eight short refits, about half a minute each, more with thousands of labelers.",
        ),
    ] = False,
    plot: Annotated[Path | None, option("--plot", help="Forest plot.", panel=OUTPUT)] = None,
    output: FitOut = None,
    overwrite: Overwrite = False,
) -> None:
    """Fit, and compare the posterior population average with the closed form."""
    if not 0 < prob < 1:
        raise InputError(f"prob must be between 0 and 1; got {prob:g}.")
    _check_model(model)
    check_ending(output, FITS, "a fit")
    check_ending(plot, FIGURES, "a plot")
    check_outputs(json, plot, output, overwrite=overwrite, source=file)
    if is_fit(file) or file.suffix.lower() in FITS:
        _refuse_for_fits(context, file)
        from bayes_ddm.data.read import existing_file
        from bayes_ddm.fitting.save import load

        made = load(existing_file(file))
        said: tuple[str, ...] = ()
    else:
        choices = read(file, choice, rt, labeler, features, count, rt_unit, positive)
        announce(choices)
        said = choices.notes
        with lines_of(file):
            fixed = _fixed(choices, boundary, ndt) | _options(by_labeler, lapses, boundary, ndt)
        run = {"draws": draws, "tune": tune, "chains": chains, "seed": seed, "sampler": sampler}
        made = _fit(choices, model, **run, **fixed)

    from bayes_ddm.comparison import compare as comparison
    from bayes_ddm.display import as_json
    from bayes_ddm.files import writing
    from bayes_ddm.fitting.save import save

    if output is not None:
        save(made, output, overwrite=overwrite)
        wrote(output)
    result = comparison.compare(made, boundary=boundary, ndt=ndt, prob=prob)
    contents = result.to_dict()
    if plot is not None:
        with writing(plot, overwrite=overwrite) as temporary:
            result.plot().savefig(temporary, dpi=150)
    show(result)
    for note in result.estimates.notes:
        if note not in said:
            say(f"note: {note}")
    # before the refits, which take minutes and may be interrupted
    write_text(json, as_json(contents) + "\n", overwrite=overwrite)
    wrote(json, plot)
    if explain:
        from bayes_ddm.comparison.explain import explain as refit_relaxed

        explained = refit_relaxed(result, progress=say)
        print()
        show(explained)
        contents |= {"explanation": explained.to_dict()}
        write_text(json, as_json(contents) + "\n", overwrite=True)


def _check_model(model: str | None) -> None:
    from bayes_ddm import models

    if model is not None:
        models.summary(model)  # refuses an unknown name, and imports no PyMC


def _refuse_for_fits(context: typer.Context, file: Path) -> None:
    """Refuse options that only a table of choices can heed, rather than ignoring them."""
    heeded = {"file", "boundary", "ndt", "prob", "json", "plot", "overwrite", "explain"}
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name)
        if parameter.name not in heeded and source is not None and source.name == "COMMANDLINE":
            raise InputError(
                f"{parameter.opts[-1]} is for a table of choices; {str(file)!r} is a fit, made "
                "already: leave it out."
            )


@commands.command(epilog="Example: bayes-ddm models")
def models() -> None:
    """List the models, a line each."""
    from bayes_ddm import models as family

    names = family.names()
    width = max(map(len, names))
    for name in names:
        print(f"{name:<{width}}  {family.summary(name).partition(': ')[2]}")


@commands.command(epilog="Example: bayes-ddm demo --output-dir demo")
def demo(
    output_dir: Annotated[
        Path, typer.Option("--output-dir", help="Folder for the figure and the JSON.")
    ] = Path("demo"),
    overwrite: Overwrite = False,
) -> None:
    """Tell the whole story on a simulated twin of a real experiment, in about a minute."""
    from bayes_ddm.cli.demo import run

    run(output_dir, say, overwrite=overwrite)
