"""The notebooks run from top to bottom, hold no error, and say what their texts say."""

import ast
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import jupytext
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest

import bayes_ddm as bd

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
# what Jupyter asks of a value that ends a cell
SHOWN = ("_repr_html_", "_repr_png_", "_repr_svg_", "__repr__")
DRAWS = 100


def short(fit):
    """Fit with two chains."""
    return lambda *args, **given: fit(*args, **given | {"chains": 2})


def few(check):
    """Check with few replications."""
    return lambda *args, **given: check(*args, **given | {"draws": 40})


def small(sample):
    """Load every fourth choice of a sample's first 20 labelers."""

    def load(*args):
        choices = sample(*args)
        kept = (choices.labeler < 20) & (np.arange(len(choices)) % 4 == 0)
        columns = ("choice", "rt", "features", "count", "labeler", "row")
        rows = {name: getattr(choices, name)[kept] for name in columns}
        return replace(choices, **rows, labelers=choices.labelers[:20])

    return load


def run(cell, names):
    """Run a cell as Jupyter does, here: what ends it is shown."""
    body = ast.parse(cell).body
    last = body.pop() if isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
        for name in SHOWN:
            if value is not None and hasattr(value, name):
                getattr(value, name)()


# a notebook may sample too briefly here to converge, and no window opens; that is not its reader's
@pytest.mark.filterwarnings("ignore")
@pytest.mark.samples
@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, monkeypatch):
    # in this process, whose libraries are loaded and compiled, and on little: what is tested is
    # that every cell can be run
    monkeypatch.chdir(path.parent)
    monkeypatch.setattr(bd, "fit", short(bd.fit))
    monkeypatch.setattr(bd, "plan", partial(bd.plan, pilot=2000))
    for check in ("diagnose", "predictive_checks", "prior_checks"):
        monkeypatch.setattr(bd, check, few(getattr(bd, check)))
    for sample in ("amasino2019", "amasino2019_twin"):
        monkeypatch.setattr(bd.datasets, sample, small(getattr(bd.datasets, sample)))
    code = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    (parameters,) = (c for c in code if "parameters" in c.metadata.get("tags", []))
    head, found, rest = parameters.source.partition("\nDRAWS = ")
    assert found
    parameters.source = f"{head}{found}{DRAWS}  # not {rest}"
    names = {"__name__": "__main__"}
    try:
        for cell in code:
            run(cell.source, names)
    finally:
        plt.close("all")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_committed_executed_small_and_without_errors(path):
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    outputs = [output for cell in code for output in cell.outputs]
    assert outputs
    assert not [o for o in outputs if o.output_type in {"error", "stream"}]
    assert path.stat().st_size < 300_000


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_says_what_it_is_for_and_folds_what_only_draws(path):
    cells = nbformat.read(path, as_version=4).cells
    head = cells[0].source
    assert re.search(
        r"^- \*\*Goal\*\*: .+\n- \*\*Before\*\*: .+\n- \*\*Minutes\*\*: \d+", head, re.M
    )
    for cell in cells:
        drawing = "plt.show()" in cell.source and cell.source.count("\n") >= 5
        hidden = cell.metadata.get("jupyter", {}).get("source_hidden", False)
        assert hidden or not drawing, cell.source
        assert hidden == ("hide-input" in cell.metadata.get("tags", []))


def test_exercises_tell_right_from_wrong():
    for path in NOTEBOOKS[2:5]:
        cells = nbformat.read(path, as_version=4).cells
        (source,) = (cell.source for cell in cells if cell.source.startswith("def check("))
        names = {"np": np}
        exec(source, names)
        check = names["check"]
        assert check(..., 1.0, within=0.1).startswith("Not yet: put your answer")
        assert check([1.05, 2.0], [1.0, 2.0], within=0.1) == "Right."
        assert check([1.05, 2.2], [1.0, 2.0], within=0.1) == "Not yet: try again."
        assert check(float("nan"), 1.0, within=0.1) == "Not yet: try again."
        assert any("answer = ..." in cell.source for cell in cells)


def test_every_notebook_has_a_text_and_every_text_a_notebook():
    texts = (FOLDER / "text").glob("*.md")
    assert {path.stem for path in texts} == {path.stem for path in NOTEBOOKS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_and_text_agree(path):
    def said(notebook):
        return [(c.cell_type, c.metadata.get("tags"), c.source) for c in notebook.cells]

    text = jupytext.read(FOLDER / "text" / f"{path.stem}.md")
    assert said(nbformat.read(path, as_version=4)) == said(text), "run `make notebooks`"
