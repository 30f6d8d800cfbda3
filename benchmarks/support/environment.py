"""Environments of other programs, which need packages of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pooch

__all__ = ["environment"]


def environment(*requirements: str) -> Path:
    """Python of an environment with these packages; made on first use, named by the first."""
    folder = Path(pooch.os_cache("bayes_ddm")) / requirements[0].replace("==", "-")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = folder / "installed"
    if not ready.exists():
        print(f"making an environment for {requirements[0]} in {folder}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *requirements], check=True)
        ready.touch()
    return python
