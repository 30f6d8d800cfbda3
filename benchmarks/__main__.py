"""Run a benchmark by its name, with its options; list them where none is named."""

import ast
import importlib
import runpy
import sys
from pathlib import Path

FOLDERS = ("accuracy", "speed", "peers", "papers")
# run by a benchmark, in an environment of its own
PARTS = {"hssm_program", "pyddm_program", "stan_program"}


def benchmarks() -> dict[str, str]:
    """Module of each benchmark, by name."""
    here = Path(__file__).parent
    return {
        path.stem: f"benchmarks.{folder}.{path.stem}"
        for folder in FOLDERS
        for path in sorted((here / folder).iterdir())
        if (path.suffix == ".py" or (path / "__main__.py").is_file())
        and path.stem not in PARTS | {"__init__"}
    }


def _title(module: str) -> str:
    path = Path(__file__).parents[1] / module.replace(".", "/")
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return (ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or "").splitlines()[0]


def _print_kept(name: str, module: str) -> None:
    """Print kept results: by the benchmark's ``report`` if it has one, else as they stand."""
    import pandas as pd  # the list needs none

    from benchmarks.support.results import RESULTS

    report = getattr(importlib.import_module(module), "report", None)
    if report:
        report()
        return
    for path in sorted(RESULTS.rglob(f"{name}*.csv")):
        print(f"{path.stem}\n{pd.read_csv(path).to_string(index=False)}\n")


def main() -> None:
    """Run what the command line names."""
    known = benchmarks()
    name, *options = sys.argv[1:] or [""]
    if name in known and options == ["--table"]:
        _print_kept(name, known[name])
    elif name in known:
        del sys.argv[1]
        runpy.run_module(known[name], run_name="__main__", alter_sys=True)
    elif name and name not in ("-h", "--help"):
        sys.exit(f"no benchmark {name!r}; there are {', '.join(known)}.")
    else:
        for title, module in known.items():
            print(f"{module.split('.')[1]:9}{title:22}{_title(module)}")
        print("\npython -m benchmarks NAME [its options, or --help, or --table: what is kept]")


if __name__ == "__main__":
    main()
