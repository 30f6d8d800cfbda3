"""Commands that infer: estimate, fit, compare, models, demo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayes_ddm.cli.options import (
    OUTPUT,
    Boundary,
    Chains,
    ChoiceColumn,
    CountColumn,
    Draws,
    FeatureColumns,
    File,
    FitOut,
    JsonOut,
    LabelerColumn,
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
    option,
    read,
    refuse_existing,
    say,
    write_text,
)

if TYPE_CHECKING:
    import xarray as xr

    from bayes_ddm.choices import Choices

commands = typer.Typer()


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
    seed: Annotated[int | None, typer.Option(help="Of the bootstrap.")] = None,
    json: JsonOut = None,
    overwrite: Overwrite = False,
) -> None:
    """Estimate the population average in closed form, without MCMC."""
    from bayes_ddm.estimators import estimate as run

    refuse_existing(json, overwrite=overwrite)
    choices = read(file, choice, rt, labeler, features, count, rt_unit, positive)
    table = run(choices, boundary=boundary, ndt=ndt, prob=prob, bootstrap=bootstrap, seed=seed)
    print(table)
    write_text(json, table.to_json() + "\n", overwrite=overwrite)


def _fit(
    choices: Choices,
    model: str | None,
    boundary: float | None,
    ndt: float | None,
    draws: int,
    tune: int,
    chains: int,
    seed: int | None,
    sampler: str,
) -> xr.DataTree:
    import warnings

    from bayes_ddm.convergence import ConvergenceWarning
    from bayes_ddm.estimators import known_boundary
    from bayes_ddm.estimators.boundary import check_ndt

    fixed: dict[str, Any] = {}
    if boundary is not None:
        # the same boundary information on both sides of a comparison: no ndt given means 0
        known = known_boundary(choices, boundary, ndt or 0.0)
        fixed = {"boundary": known.boundary, "ndt": known.ndt}
    elif ndt is not None:
        fixed = {"ndt": check_ndt(choices, ndt)}

    from bayes_ddm import fitting

    name = model or fitting.default_model(choices)
    say(f"fitting {name}: {chains} chains of {tune} + {draws} draws, after compiling")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        fit = fitting.fit(
            choices,
            name,
            draws=draws,
            tune=tune,
            chains=chains,
            seed=seed,
            sampler=sampler,
            progress=sys.stderr.isatty(),
            **fixed,
        )
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
    refuse_existing(output, overwrite=overwrite)
    choices = read(file, choice, rt, labeler, features, count, rt_unit, positive)
    made = _fit(choices, model, boundary, ndt, draws, tune, chains, seed, sampler)

    from bayes_ddm.posterior import posterior_table
    from bayes_ddm.provenance import save

    print(posterior_table(made).to_string(float_format="{:.4g}".format))
    save(made, output, overwrite=overwrite)
    say(f"wrote {output}; compare it with: bayes-ddm compare {output}")


@commands.command(epilog="Example: bayes-ddm compare choices.csv --labeler id --plot forest.png")
def compare(
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
    boundary: Boundary = None,
    ndt: Ndt = None,
    prob: Prob = 0.95,
    draws: Draws = 1000,
    tune: Tune = 1000,
    chains: Chains = 4,
    seed: Seed = None,
    sampler: Sampler = "nutpie",
    json: JsonOut = None,
    plot: Annotated[Path | None, option("--plot", help="Forest plot.", panel=OUTPUT)] = None,
    output: FitOut = None,
    overwrite: Overwrite = False,
) -> None:
    """Fit, and compare the posterior population average with the closed form."""
    refuse_existing(json, plot, output, overwrite=overwrite)
    if file.suffix.lower() == ".nc":
        from bayes_ddm.provenance import load

        made = load(file)
    else:
        choices = read(file, choice, rt, labeler, features, count, rt_unit, positive)
        made = _fit(choices, model, boundary, ndt, draws, tune, chains, seed, sampler)

    from bayes_ddm.comparison import compare as run
    from bayes_ddm.output import writing
    from bayes_ddm.provenance import save

    if output is not None:
        save(made, output, overwrite=overwrite)
        say(f"wrote {output}")
    result = run(made, boundary=boundary, ndt=ndt, prob=prob)
    print(result)
    write_text(json, result.to_json() + "\n", overwrite=overwrite)
    if plot is not None:
        with writing(plot, overwrite=overwrite) as temporary:
            result.plot().savefig(temporary, dpi=150)
        say(f"wrote {plot}")


@commands.command()
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
    from bayes_ddm.demo import run

    run(output_dir, say, overwrite=overwrite)
