"""What stands where: light parts stay light, and data flows one way.

The order of the rooms, and that there is no circle, are import-linter's contracts (`make lint`).
"""

import importlib
import inspect
import json
import pydoc
import subprocess
import sys
from importlib.metadata import version

import pytest

import bayes_ddm as bd

HEAVY = {"pymc", "pytensor", "arviz", "nutpie", "numba", "matplotlib", "scipy.stats", "xarray"}
LIGHT = (
    "from bayes_ddm import datasets, estimators, simulate, wiener\n"
    "from bayes_ddm import Choices, check, estimate, label, label_file, plan\n"
    "from bayes_ddm import federated, privacy, privatise, release\n"
    "from bayes_ddm import read_choices, read_jspsych, read_psychopy"
)


def loaded_after(statement):
    """Modules that a fresh interpreter has after a statement."""
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_light_parts_import_no_sampler():
    loaded = loaded_after(LIGHT)
    assert "bayes_ddm.estimators.planning.plan" in loaded
    assert not loaded & HEAVY


def test_the_package_itself_imports_next_to_nothing():
    loaded = loaded_after("import bayes_ddm")
    assert not loaded & (HEAVY | {"numpy", "pandas", "scipy", "typer"})


def test_estimating_at_the_command_line_needs_no_sampler(tmp_path):
    (tmp_path / "t.csv").write_text("choice,rt\n1,0.5\n-1,0.9\n1,0.7\n")
    argv = ["bayes-ddm", "estimate", str(tmp_path / "t.csv"), "--boundary", "1"]
    assert not loaded_after(f"sys.argv = {argv}\nfrom bayes_ddm.cli import main\nmain()") & HEAVY
    loaded = loaded_after(
        "sys.argv = ['bayes-ddm', 'estimate', '--help']\nfrom bayes_ddm.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass"
    )
    assert not loaded & (HEAVY | {"numpy", "pandas"})


def test_public_names_resolve():
    for name in bd.__all__:
        assert getattr(bd, name) is not None
    assert dir(bd) == sorted(bd.__all__)


@pytest.mark.parametrize(
    "module",
    [
        "wiener",
        "simulate",
        "estimators",
        "distributions",
        "plots",
        "checks",
        "models",
        "datasets",
    ],
)
def test_completion_offers_what_is_public(module):
    public = getattr(bd, module)
    assert dir(public) == sorted(public.__all__)
    assert all(hasattr(public, name) for name in public.__all__)


def test_the_version_is_that_of_the_package():
    assert bd.__version__ == version("bayes-ddm")


def test_help_names_every_model_and_the_priors():
    text = pydoc.render_doc(bd.fit, renderer=pydoc.plaintext)
    for name in bd.models.names():
        build = bd.models.builder(name)
        assert f"``{name}``" in text
        assert all(f"``{key}``" in text for key in list(inspect.signature(build).parameters)[1:])
    assert "pm.Normal.dist(0, 2)" in text


def test_unknown_names_do_not_resolve():
    with pytest.raises(AttributeError, match="nosuch"):
        bd.nosuch  # noqa: B018


@pytest.mark.parametrize(
    "room",
    ["checks", "distributions", "estimators", "models", "plots", "privacy", "simulate", "wiener"],
)
def test_what_a_room_promises_it_has(room):
    found = importlib.import_module(f"bayes_ddm.{room}")
    assert found.__all__ and all(hasattr(found, name) for name in found.__all__)
