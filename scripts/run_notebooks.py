"""Execute notebooks in place, without the time stamps that would change at every run."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

for path in map(Path, sys.argv[1:]):
    print(f"running {path}", flush=True)
    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": path.parent}}
    NotebookClient(notebook, timeout=1200, record_timing=False, resources=folder).execute()
    nbformat.write(notebook, path)
