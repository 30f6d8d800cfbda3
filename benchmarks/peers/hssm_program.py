"""Fit a model with HSSM: run by `benchmarks.peers.hssm_agreement` in an environment that has HSSM.

    python hssm_program.py JOB.json DRAWS.csv

The job names a table (columns ``rt``, ``response``, ``labeler``), the arguments of ``hssm.HSSM``
and of its sampler, and the variables to keep.  Draws are written with columns ``chain`` and
``draw``; the last line printed is a JSON object: HSSM's version, the number of divergences.
HSSM jitters its starting values by no seed: its draws differ from run to run.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pandas as pd


def main(job_path: str, draws_path: str) -> None:
    """Fit as the job says."""
    hssm = importlib.import_module("hssm")  # not installed where this file is type-checked
    job = json.loads(Path(job_path).read_text(encoding="utf-8"))
    model = hssm.HSSM(
        pd.read_csv(job["table"]),
        model="ddm",
        loglik_kind="analytical",
        p_outlier=0,  # 5 % lapses by default
        noncentered=False,  # the same model; many choices per labeler sample better centred
        **job["model"],
    )
    fit = model.sample(
        sampler="nutpie",
        initvals={**model.initvals, **job["initvals"]},
        progressbar=False,
        idata_kwargs={"log_likelihood": False},
        **job["sampling"],
    )
    posterior = fit["posterior"].to_dataset()[job["keep"]]
    posterior.to_dataframe().reset_index().to_csv(draws_path, index=False)
    divergences = int(fit["sample_stats"]["diverging"].sum())
    print(json.dumps({"hssm": hssm.__version__, "divergences": divergences}))


if __name__ == "__main__":
    main(*sys.argv[1:])
