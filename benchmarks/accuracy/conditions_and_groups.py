"""Closed form by condition and group: errors against an oracle's, coverage, and no false conflict.

    python -m benchmarks conditions_and_groups [--parts "conditions;groups"] [--replications 400]

*conditions*: 300 labelers x 20 choices, boundary 1.5 or 0.8 by instruction, ndt 0.3 shared; the
oracle knows both. *test*: the same; closed form less a normal population's maximum likelihood, by
which a fit is tested; coverage is the share of p-values above .05. *groups*: 200 and 100 labelers x
10 of averages 0.8 and 0.2, spreads 0.6 and 1.2; boundary and ndt known, or from repeated
comparisons. *shares*: 6,000 labelers x 2, of which .8, .15, .05 are in groups that are .5, .3, .2
of the population. *frontier*: 500 single choices by each of two groups that want the same, four
attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from rich.progress import track

import bayes_ddm as bd
from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.people import with_between
from bayes_ddm.estimators import Estimate, conditional_boundary, consistent, known_boundary
from bayes_ddm.estimators.cells import cells_of
from bayes_ddm.estimators.result import Influence
from bayes_ddm.estimators.sources import sources
from benchmarks.support.normal_by_cell import normal_by_cell
from benchmarks.support.options import options, some_of
from benchmarks.support.results import keep

PROB = 0.95
# what is estimated, the truth, the estimate, and whether its interval holds the truth
Row = tuple[str, str, float, float, float]


def experiment(
    rng: np.random.Generator,
    drift: FloatArray,
    each: int,
    boundary: float | FloatArray,
    ndt: float,
    **covariates: FloatArray | IntArray,
) -> bd.Choices:
    """Labelers with these drifts; covariates have one value per choice."""
    made = bd.simulate.experiment(
        lambda rng, n: drift,
        labelers=len(drift),
        choices=each,
        boundary=boundary,
        ndt=ndt,
        anonymous=False,
        seed=rng,
    )
    frame = made.to_frame().assign(**covariates)
    return bd.Choices.from_frame(frame, labeler="labeler", covariates=list(covariates))


def row(what: str, method: str, truth: float, made: Estimate, name: str) -> Row:
    """One estimate."""
    at = made.parameters.index(name)
    low, high = made.interval(PROB)[at]
    return what, method, truth, float(made.values[at]), float(low <= truth <= high)


def two_boundaries(rng: np.random.Generator) -> tuple[bd.Choices, FloatArray]:
    """Choices whose boundary follows an instruction, and the boundary of each row."""
    labelers, each = 300, 20
    speed = np.tile(np.arange(each) % 2, labelers)
    b = np.where(speed == 1, 0.8, 1.5)
    drift = rng.normal(0.5, 0.8, labelers)
    return experiment(rng, drift, each, b, 0.3, instruction=np.array(["a", "s"])[speed]), b


def test(rng: np.random.Generator) -> Iterator[Row]:
    """Whether closed form and normal population agree, where they should."""
    choices, _ = two_boundaries(rng)
    cells = cells_of(choices, "instruction", None)
    assert cells is not None
    normal = normal_by_cell(choices, cells, np.array([*np.log([1.5, 0.8]), 0.28, 0.5, -0.2]))
    learned = conditional_boundary(choices, cells=cells)
    assert learned is not None
    for boundary in (learned, normal.boundary):
        made = consistent(choices, boundary)
        gap = Influence((made.influence[:, 0] - normal.influence)[:, None], choices.unit_count)
        difference = made.values[:1] - normal.mean
        p_value = gap.wald(difference)[1]
        yield "less normal", boundary.method, 0.0, float(difference[0]), float(p_value > 1 - PROB)


def conditions(rng: np.random.Generator) -> Iterator[Row]:
    """Two boundaries by instruction."""
    choices, b = two_boundaries(rng)
    known = known_boundary(choices, 1.0, 0.3)
    by_row = b, np.full(len(b), 0.3)
    yield row("mu", "oracle", 0.5, consistent(choices, known, by_row=by_row), "mu")
    for ndt in ("1", "instruction"):
        for made in sources(choices, "instruction", ndt).boundaries:
            who = f"{made.method}, ndt {'shared' if ndt == '1' else 'by instruction'}"
            yield row("mu", who, 0.5, consistent(choices, made), "mu")


def groups(rng: np.random.Generator) -> Iterator[Row]:
    """Averages that differ between two groups of labelers."""
    group = np.repeat([0, 1], [200, 100])
    drift = rng.normal(np.array([0.8, 0.2])[group], np.array([0.6, 1.2])[group])
    choices = experiment(rng, drift, 10, 1.25, 0.3, g=np.array(["a", "b"])[np.repeat(group, 10)])
    choices = with_between(choices, "g")
    learned = conditional_boundary(choices)
    assert learned is not None
    for boundary in (known_boundary(choices, 1.25, 0.3), learned):
        made = consistent(choices, boundary)
        for name, truth in (("mu[g=a]", 0.8), ("mu[g=b]", 0.2), ("mu[g=b - a]", -0.6)):
            yield row(name, boundary.method, truth, made, name)


def shares(rng: np.random.Generator) -> Iterator[Row]:
    """A sample whose groups are not as large as the population's."""
    group = rng.choice(3, 6000, p=[0.8, 0.15, 0.05])
    drift = rng.normal(np.array([0.8, 0.2, -0.6])[group], np.array([0.6, 1.0, 1.4])[group])
    names = np.array(["a", "b", "c"])
    choices = experiment(rng, drift, 2, 1.25, 0.0, g=names[np.repeat(group, 2)])
    choices = with_between(choices, "g")
    known = known_boundary(choices, 1.25)
    population = dict(zip(names.tolist(), (0.5, 0.3, 0.2), strict=True))
    yield row(
        "average", "poststratified", 0.34, consistent(choices, known, shares=population), "mu"
    )
    yield row("average", "pooled", 0.34, consistent(choices, known), "mu")


def frontier(rng: np.random.Generator) -> Iterator[Row]:
    """Two groups that want the same, shown attributes of different spread."""
    spread = np.sqrt([[1, 0.5, 0.2, 0.3], [0.3, 0.6, 1, 0.5]])
    group = np.repeat([0, 1], 500)
    theta = np.array([0.6, 0.3, -0.2, 0.1]) + 0.5 * rng.standard_normal((1000, 4))
    made = bd.simulate.experiment(
        lambda rng, n: theta,
        labelers=1000,
        features=rng.standard_normal((1000, 4)) * spread[group],
        boundary=1.25,
        seed=rng,
    )
    frame = made.to_frame().assign(g=np.array(["a", "b"])[group])
    choices = bd.Choices.from_frame(frame, features=made.feature_names, covariates=["g"])
    found = bd.frontier(choices, group="g", boundary=1.25, ndt=0.0, weights=[0.25])
    for j, name in enumerate(found.groups):
        yield f"disagreement {name}", "plug-in", 0.0, float(found.plug_in[0, j]), np.nan
        held = abs(found.disagreement[0, j]) <= 1.96 * found.se[0, j]
        yield f"disagreement {name}", "debiased", 0.0, float(found.disagreement[0, j]), float(held)


PARTS: dict[str, Callable[[np.random.Generator], Iterator[Row]]] = {
    "conditions": conditions,
    "test": test,
    "groups": groups,
    "shares": shares,
    "frontier": frontier,
}


def run(part: str, replications: int, seed: int) -> pd.DataFrame:
    """Bias, error and coverage over replications, a row per method."""
    children = np.random.SeedSequence(seed).spawn(replications)
    rows = [r for c in track(children, part) for r in PARTS[part](np.random.default_rng(c))]
    frame = pd.DataFrame(rows, columns=["what", "method", "truth", "value", "covered"])
    frame["square"] = (frame["value"] - frame["truth"]) ** 2
    by = frame.groupby(["what", "method"], sort=False)
    table = by.agg(
        truth=("truth", "first"), mean=("value", "mean"), sd=("value", "std"),
        rmse=("square", lambda x: float(np.sqrt(x.mean()))), coverage=("covered", "mean"),
    ).reset_index()  # fmt: skip
    table.insert(0, "part", part)
    table["mean_se"] = table.pop("sd") / np.sqrt(replications)
    if part == "conditions":
        table["to_oracle"] = table["rmse"] / table["rmse"].iloc[0]
    table["replications"] = replications
    return table


def main() -> None:
    """Print each part's table and write it to ``benchmarks/results``."""
    parser = options(__doc__, replications=400, seed=1)
    parser.add_argument("--parts", type=some_of(PARTS), default=list(PARTS), help="some of them")
    arguments = parser.parse_args()
    for part in arguments.parts:
        table = run(part, arguments.replications, arguments.seed)
        keep(table, "conditions_and_groups", ["part", "what", "method"])
        print(table.to_string(index=False, float_format="{:.4f}".format))


if __name__ == "__main__":
    main()
