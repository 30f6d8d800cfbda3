"""The whole story in about a minute, on simulated data whose truth is known."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from bayes_ddm.cli.options import option
from bayes_ddm.cli.outputs import Output, say
from bayes_ddm.display import Badge, show
from bayes_ddm.errors import InputError

if TYPE_CHECKING:
    from bayes_ddm.data.choices import Choices
    from bayes_ddm.reporting.results import Results

TRUE_AVERAGE = 0.5
REPLICATIONS = 50  # of the predictive checks


def demo(
    *,
    folder: Annotated[Path, option("Folder for the figure and the JSON.", "--output-dir")] = Path(
        "demo"
    ),
    output: Output,
) -> None:
    """Tell the whole story on a simulated twin of a real experiment, in about a minute.

    Example: bayes-ddm demo --output-dir demo
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the folder {str(folder)!r}: {error.strerror}.") from error
    agree, disagree, page = folder / "agree", folder / "disagree", folder / "report.html"
    figures = [
        stem.with_suffix(ending) for stem in (agree, disagree) for ending in (".png", ".json")
    ]
    output.check(*figures, page)

    from bayes_ddm.data.datasets import amasino2019_twin
    from bayes_ddm.reporting.study import Study
    from bayes_ddm.reporting.write import write
    from bayes_ddm.simulate import experiment

    print("1. A population as the model assumes it: drifts Normal(0.5, 1), one boundary and ndt.\n")
    choices = experiment("normal", labelers=1000, choices=10, boundary=1.25, ndt=0.3, seed=1)
    first = _act(choices, agree, output)
    print(
        "\nTrue average: 0.5. Look at the figure: Bradley-Terry, which sees choices only and takes"
        "\nlabelers to be alike, misses it; so does the published plug-in, whose boundary rests on"
        "\nthe few fastest responses and is flagged. Posterior and closed form agree.\n"
    )

    print("2. People like those of a real experiment: everybody has a boundary of their own.\n")
    choices = amasino2019_twin()
    second = _act(choices, disagree, output)
    say("putting both acts into a report ...")
    write(
        Study((first, second)),
        page,
        title="A demonstration",
        overwrite=output.overwrite,
        progress=False,
    )
    low, high = first.population.loc["mu", ["low", "high"]]
    print()
    show(
        Badge(
            "people as the model assumes them",
            bool(_agrees(first) and low <= TRUE_AVERAGE <= high),
            f"posterior and closed form agree, and {low:.2f} to {high:.2f} holds the true average, "
            f"{TRUE_AVERAGE}.",
        ),
        Badge(
            "people of a real experiment",
            _agrees(second) is False,
            "posterior and closed form disagree, as they should: the model is wrong here, on "
            "purpose (people share neither boundary nor non-decision time). The verdict says so, "
            "and why.",
        ),
    )
    say(f"the figures are {folder}/agree.png and {folder}/disagree.png, their numbers beside them")
    say(f"open {page} in a browser: what each fit says, and whether to believe it")


def _act(choices: Choices, stem: Path, output: Output) -> Results:
    """Fit and compare; what is known then need not be worked out again for the report."""
    from bayes_ddm.estimators.assumptions.decisions import SuspiciousRowsWarning
    from bayes_ddm.fitting.run import fit
    from bayes_ddm.reporting.results import Results, Unknown

    say("compiling and sampling ...")
    bar = sys.stdout.isatty()
    with warnings.catch_warnings():
        # said in the verdict
        warnings.simplefilter("ignore", SuspiciousRowsWarning)
        posterior = fit(choices, chains=2, draws=700, tune=600, seed=1, progress=bar)
    results = Results(stem.name, posterior, draws=REPLICATIONS)
    comparison = results.comparison
    assert not isinstance(comparison, Unknown)
    show(comparison)
    output.draw(stem.with_suffix(".png"), comparison)
    output.write(stem.with_suffix(".json"), comparison.to_json)
    return results


def _agrees(results: Results) -> bool | None:
    return getattr(results.comparison, "agrees", None)
