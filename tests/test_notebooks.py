"""The notebooks run from top to bottom, hold no error, and say what their texts say."""

from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.mark.samples
@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, monkeypatch):
    # a notebook may sample too briefly here to converge; that warning is not its reader's
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    notebook = nbformat.read(path, as_version=4)
    (parameters,) = (c for c in notebook.cells if "parameters" in c.metadata.get("tags", []))
    parameters.source += "\nDRAWS = 150"
    done = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": path.parent}})
    done.execute()
    executed = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in executed)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_committed_executed_small_and_without_errors(path):
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    outputs = [output for cell in code for output in cell.outputs]
    assert outputs
    assert not [o for o in outputs if o.output_type in {"error", "stream"}]
    assert path.stat().st_size < 300_000


def test_every_notebook_has_a_text_and_every_text_a_notebook():
    texts = (FOLDER / "text").glob("*.md")
    assert {path.stem for path in texts} == {path.stem for path in NOTEBOOKS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_and_text_agree(path):
    def said(notebook):
        return [(c.cell_type, c.metadata.get("tags"), c.source) for c in notebook.cells]

    text = jupytext.read(FOLDER / "text" / f"{path.stem}.md")
    assert said(nbformat.read(path, as_version=4)) == said(text), "run `make notebooks`"
