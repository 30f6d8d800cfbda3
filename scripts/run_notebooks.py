"""Execute notebooks in place: no time stamps, pictures in 256 colours, so that they stay small."""

import base64
import io
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

from bayes_ddm.progress import METADATA


def smaller(png: str) -> str:
    """The same picture in a palette: a third of the size, and nothing to see of it."""
    image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    buffer = io.BytesIO()
    image.quantize(256).save(buffer, format="png", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode() + "\n"


for path in map(Path, sys.argv[1:]):
    print(f"running {path}", flush=True)
    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": path.parent}}
    NotebookClient(notebook, timeout=1200, record_timing=False, resources=folder).execute()
    for cell in notebook.cells:
        outputs = cell.get("outputs", [])
        # how long it took here, which is not a result
        outputs[:] = [out for out in outputs if out.get("metadata", {}) != METADATA]
        for output in outputs:
            data = output.get("data", {})
            if "image/png" in data:
                data["image/png"] = smaller(data["image/png"])
    nbformat.write(notebook, path)
