"""What the site's pages show can be run, and what they promise exists."""

import inspect
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm import models
from bayes_ddm.cli.main import app
from bayes_ddm.data.design import with_drift
from bayes_ddm.data.people import with_between
from bayes_ddm.fitting.run import resolve

ROOT = Path(__file__).parents[1]
PAGES = sorted(p for p in (ROOT / "docs").rglob("*.md") if "generated" not in p.parts)
SAMPLED = {"index", "coming-from", "your-own-model", "read-the-report", "conditions-and-groups"}
MODULES = (
    "wiener",
    "estimators",
    "distributions",
    "simulate",
    "privacy",
    "datasets",
    "plots",
    "models",
)


def examples(page):
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def marked(page):
    marks = [pytest.mark.samples] if page.stem in SAMPLED else []
    return pytest.param(page, id=page.stem, marks=marks)


def quick(fit):
    """Fit as a page does, with few draws."""

    def fit_quickly(*args, **kwargs):
        return fit(*args, **{"draws": 100, "tune": 200, "chains": 2} | kwargs)

    return fit_quickly


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder with the example exports that the pages read."""
    shutil.copytree(ROOT / "tests" / "support" / "exports", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.filterwarnings("ignore::bayes_ddm.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:Numba will use object mode")
@pytest.mark.parametrize("page", [marked(p) for p in PAGES if examples(p) and p.stem != "models"])
def test_examples_run(page, elsewhere, monkeypatch):
    monkeypatch.setattr(bd, "fit", quick(bd.fit))
    names = {}
    for example in examples(page):
        exec(compile(example, page.name, "exec"), names)


def test_examples_in_pytorch_run_where_it_is_installed(elsewhere):
    torch = pytest.importorskip("torch", reason="needs PyTorch, gigabytes that nothing else takes")
    page = ROOT / "docs" / "how-to" / "export-pseudo-labels.md"
    names = {}
    for example in examples(page):
        exec(compile(example, page.name, "exec"), names)
    (lines,) = re.findall(
        r"```\{code-block\} python\n:class: torch\n(.*?)```", page.read_text(), re.DOTALL
    )
    exec(compile(lines, page.name, "exec"), names)
    # a network with the least loss does no worse than no preference at all
    assert names["loss"] < names["efficient"](torch.zeros(len(names["plus"])))


def test_every_way_to_call_a_model_builds_one(monkeypatch):
    built = []

    def build(choices, model=None, *, drift=None, between=None, **parameters):
        choices = with_between(with_drift(choices, drift), between)
        built.append(resolve(choices, model, parameters)[1])

    monkeypatch.setattr(bd, "fit", build)
    choices = bd.simulate.experiment(
        bd.simulate.population("normal", mean=[0.8]),
        labelers=4,
        choices=3,
        boundary=1.25,
        ndt=0.3,
        features=lambda rng, n: rng.normal(size=(n, 1)),
        table=pd.DataFrame(
            {
                "amount": np.arange(12.0) ** 2,
                "instruction": 6 * ["speed", "accuracy"],
                "country": np.repeat(["FR", "FR", "JP", "JP"], 3),
            }
        ),
        seed=1,
    )
    names = {"choices": choices}
    for example in examples(ROOT / "docs" / "models.md"):
        exec(compile(example, "models.md", "exec"), names)
    assert len(built) == 6


def test_read_exports_hold_what_the_page_says(elsewhere):
    names = {}
    jspsych, psychopy, platform = (
        code
        for code in examples(ROOT / "docs" / "how-to" / "bring-your-data.md")
        if "export" in code or "read_" in code
    )
    exec("import pandas as pd\nimport bayes_ddm as bd", names)
    for code, n, labelers, dropped in (
        (jspsych, 46, 2, {"no choice": 2}),
        (psychopy, 46, 2, {"no choice": 2}),
        (platform, 23, 2, {"no choice": 1}),
    ):
        exec(code, names)
        choices = names["choices"]
        assert (choices.n_choices, choices.n_labelers, choices.dropped) == (n, labelers, dropped)


def test_commands_exist():
    known = {command.callback.__name__ for command in app.registered_commands}
    known |= {group.name or group.typer_instance.info.name for group in app.registered_groups}
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    used = set(re.findall(r"bayes-ddm (\w+)", text))
    assert used and used <= known


def test_links_between_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("module", ["", *MODULES])
def test_reference_names_everything_public(module):
    page = ROOT / "docs" / "reference" / f"{module or 'index'}.md"
    listed = set(re.findall(r"^   (\w+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE))
    home = getattr(bd, module) if module else bd
    public = {name for name in home.__all__ if not inspect.ismodule(getattr(home, name))}
    public |= set(models.names()) if module == "models" else set()
    assert public <= listed


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs" / "gallery").rglob("*.py")), ids=lambda p: p.stem
)
def test_every_script_of_the_gallery_leaves_its_figure(path):
    assert re.search(r"^(fig|figure)\b.*=", path.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_every_figure_is_in_a_group_of_the_gallery():
    assert not list((ROOT / "docs" / "gallery").glob("*.py"))
    text = "\n".join(path.read_text() for path in (ROOT / "docs" / "gallery").rglob("*.py"))
    shown = set(re.findall(r"bd\.plots\.(\w+)\(", text)) | {
        *("drift_curve", "forest", "frontier", "graph", "ladder", "response_curve")
    }
    assert set(bd.plots.__all__) <= shown
