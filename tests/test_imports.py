"""What stands where: light parts stay light, and data flows one way."""

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import bayes_ddm as bd

PACKAGE = Path(bd.__file__).parent
HEAVY = {"pymc", "pytensor", "arviz", "nutpie", "numba", "matplotlib", "scipy.stats", "xarray"}
LIGHT = [
    *("choices", "wiener", "simulate", "sufficient", "estimators", "datasets", "screening"),
    *("planning", "pseudo_labels", "labeled_file", "exports"),
]

# DESIGN's line; a file imports only from what stands before it, or from its own part
LINE = [
    {"errors", "tables", "output", "progress"},
    {"columns", "choices", "reading", "table_parts", "exports"},
    {"wiener"},
    {"populations", "simulate"},
    {"sufficient", "suspicious", "datasets"},
    {"estimators"},
    {"screening", "pseudo_labels", "labeled_file"},
    {"pilot", "pilot_model", "planned", "planning"},
    {"priors", "varying"},
    {"distributions", "non_decision_time"},
    {"parameters", "scale_mixture"},
    {"labeler_effects", "program"},
    {"models"},
    {"convergence", "starting", "posterior", "provenance", "fitting"},
    {"marginal", "fitted"},
    {"population_draws", "conditional_preferences"},
    {"labeler_draws", "labeler_table"},
    {"prediction", "personal", "refitting", "uniform_ranks"},
    {"plots"},
    {"calibration", "recovery", "checks", "leave_one_out"},
    {"prior_sensitivity"},
    {"diagnosis"},
    {"influence", "shared_boundary", "verdict"},
    {"compared", "comparison", "relaxations", "explained", "explanation"},
    {"reporting"},
    {"demo"},
    {"cli", "__main__"},
]


def _loaded(statement):
    """Modules that a fresh interpreter has after a statement."""
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("name", LIGHT)
def test_light_parts_import_no_sampler(name):
    loaded = _loaded(f"import bayes_ddm.{name}")
    assert f"bayes_ddm.{name}" in loaded
    assert not loaded & HEAVY


def test_the_package_itself_imports_next_to_nothing():
    loaded = _loaded("import bayes_ddm")
    assert not loaded & (HEAVY | {"numpy", "pandas", "scipy", "typer"})


def test_estimating_at_the_command_line_needs_no_sampler(tmp_path):
    (tmp_path / "t.csv").write_text("choice,rt\n1,0.5\n-1,0.9\n1,0.7\n")
    argv = ["bayes-ddm", "estimate", str(tmp_path / "t.csv"), "--boundary", "1"]
    assert not _loaded(f"sys.argv = {argv}\nfrom bayes_ddm.cli import main\nmain()") & HEAVY
    loaded = _loaded(
        "sys.argv = ['bayes-ddm', 'estimate', '--help']\nfrom bayes_ddm.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass"
    )
    assert not loaded & (HEAVY | {"numpy", "pandas"})


@pytest.mark.parametrize("name", bd.__all__)
def test_public_names_resolve(name):
    assert getattr(bd, name) is not None
    assert name in dir(bd)


def test_unknown_names_do_not_resolve():
    with pytest.raises(AttributeError, match="no attribute 'nosuch'"):
        bd.nosuch  # noqa: B018


@pytest.mark.parametrize(
    "module", [*LIGHT, "reading", "distributions", "fitting", "comparison", "plots"]
)
def test_what_a_module_promises_it_has(module):
    found = importlib.import_module(f"bayes_ddm.{module}")
    assert found.__all__ and all(hasattr(found, name) for name in found.__all__)


# --- the import graph -----------------------------------------------------------------------------


def _files():
    """Every module by its dotted name inside the package, ``bayes_ddm/__init__`` left out."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        if parts:
            found[".".join(parts)] = path
    # the folder of models is a link
    for path in sorted((PACKAGE / "models").glob("*.py")):
        found.setdefault(f"models.{path.stem}".removesuffix(".__init__"), path)
    return found


FILES = _files()


def _known(name):
    """The module that a dotted name means: itself, or the one that holds the name."""
    while name and name not in FILES:
        name = name.rpartition(".")[0]
    return name


def _imports(path, *, at_import):
    """Modules of the package that a file imports; only what runs at its import, if asked."""
    found = set()

    def visit(node):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and at_import:
            return
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        if isinstance(node, ast.Import):
            found.update(a.name for a in node.names if a.name.startswith("bayes_ddm."))
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            if module.split(".")[0] == "bayes_ddm":
                found.update(f"{module}.{a.name}" for a in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return {_known(name.removeprefix("bayes_ddm.")) for name in found} - {""}


def _place(module):
    (place,) = (i for i, parts in enumerate(LINE) if module.split(".")[0] in parts)
    return place


def test_every_file_has_its_place_in_the_line():
    placed = set().union(*LINE)
    assert sum(len(parts) for parts in LINE) == len(placed)
    assert {name.split(".")[0] for name in FILES} - placed == set(), "give it a place in LINE"
    assert placed - set(FILES) == set(), "gone: take it out of LINE"


@pytest.mark.parametrize("module", FILES)
def test_a_file_imports_only_what_stands_before_it(module):
    for other in _imports(FILES[module], at_import=False):
        assert _place(other) <= _place(module), f"{module} imports {other}"


def test_no_two_files_import_each_other():
    graph = {name: _imports(path, at_import=True) - {name} for name, path in FILES.items()}
    done, open_ = set(), []

    def visit(name):
        assert name not in open_, f"cycle: {' -> '.join([*open_, name])}"
        if name not in done:
            open_.append(name)
            for other in sorted(graph[name]):
                visit(other)
            done.add(open_.pop())

    for name in graph:
        visit(name)
    assert done == set(graph)
