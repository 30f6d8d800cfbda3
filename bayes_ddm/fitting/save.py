"""A fit that can be understood alone: the choices and their history inside it, on disk too."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.origin import Origin
from bayes_ddm.data.reduced import Bins
from bayes_ddm.data.summed import COLUMNS, SummedLabelers
from bayes_ddm.data.whole_labelers import WHOLE, WholeLabelers
from bayes_ddm.errors import InputError
from bayes_ddm.files import writing
from bayes_ddm.fitting.checksum import NAME as CHECKSUM
from bayes_ddm.fitting.checksum import verify, write

GROUP_OF_ROWS = "private_rows"  # in place of choices, where cells are all that was sent
RELEASE = "release"  # of which a fit is, in place of choices
CHECKPOINT = "checkpoint"  # attribute of a file of unfinished draws
PACKAGES = ("bayes-ddm", "pymc", "pytensor", "nutpie", "arviz", "numpy")


def attach(fit: xr.DataTree, choices: Choices, few: Choices | None = None, **history: Any) -> None:
    """Put the choices (group ``choices``) and the fit's history (attributes) into the fit.

    What was fitted in place of the choices, if anything, becomes the group ``condensed``.
    """
    hold(fit, choices)
    if few is not None:
        fit["condensed"] = xr.DataTree(dataset_of(few))
    record(fit, **history)


def record(fit: xr.DataTree, **history: Any) -> None:
    """Put a fit's history into its attributes, with the versions that made it."""
    versions = {package: version(package) for package in PACKAGES}
    versions["python"] = platform.python_version()
    fit.attrs |= {
        key: value if isinstance(value, str | int | float) else json.dumps(value)
        for key, value in (history | {"versions": versions}).items()
    }


def hold(fit: xr.DataTree, choices: Choices) -> None:
    """Put choices into a fit, and what they hold of trials that ran out of time."""
    fit["choices"] = xr.DataTree(dataset_of(choices))
    if choices.omitted is not None:
        fit["omitted"] = xr.DataTree(dataset_of(choices.omitted))


def dataset_of(choices: Choices) -> xr.Dataset:
    """Return choices as a fit holds them; `stored_choices` is the way back."""
    variables: dict[str, Any] = {
        "choice": ("row", choices.choice),
        "rt": ("row", choices.rt, {"units": "s"}),
        "count": ("row", choices.count),
        "features": (("row", "feature"), choices.features),
    }
    if choices.row is not None:
        variables["table_row"] = ("row", choices.row)
    if choices.deadline is not None:
        variables["deadline"] = ("row", choices.deadline, {"units": "s"})
    if choices.summed is not None:
        variables |= {f"labelers_{k}": ("summed", x) for k, x in choices.summed.columns.items()}
        for name, column in vars(choices.summed.whole).items():
            variables[f"whole_{name}"] = ("whole" if name == "weight" else "whole_row", column)
    if choices.bins is not None and len(choices.bins):
        variables |= {f"bin_{name}": ("bin", x) for name, x in vars(choices.bins).items()}
    coords: dict[str, Any] = {"feature": np.array(choices.feature_names, dtype=str)}
    if choices.labelers is not None:
        variables["labeler_index"] = ("row", choices.labeler)
        coords["labeler"] = choices.labeler_names
    attrs: dict[str, Any] = {
        "dropped": json.dumps(dict(choices.dropped)),
        "notes": json.dumps(choices.notes),
    }
    if choices.flip:
        attrs["flip"] = choices.flip
    if choices.covariates is not None:
        # names of columns may hold what names of variables may not
        for j, name in enumerate(choices.covariates.columns):
            values = choices.covariates[name]
            about = {"column": str(name)}
            if isinstance(values.dtype, pd.CategoricalDtype):
                about["levels"] = json.dumps([str(level) for level in values.cat.categories])
            plain = values.dtype.kind in "biuf" if hasattr(values.dtype, "kind") else False
            stored = values.to_numpy() if plain else values.astype(str).to_numpy(dtype=str)
            variables[f"covariate_{j}"] = ("row", stored, about)
    formulas = {"drift": choices.drift, "between": choices.between}
    attrs |= {key: formula for key, formula in formulas.items() if formula}
    attrs["origin"] = choices.origin.to_json()
    return xr.Dataset(variables, coords, attrs)


def _stored_covariates(data: xr.Dataset) -> pd.DataFrame | None:
    columns: dict[str, Any] = {}
    for j in range(len(data.data_vars)):
        if f"covariate_{j}" not in data:
            break
        variable = data[f"covariate_{j}"]
        values: Any = variable.values
        if "levels" in variable.attrs:
            values = pd.Categorical(values, categories=json.loads(variable.attrs["levels"]))
        columns[variable.attrs["column"]] = values
    return pd.DataFrame(columns) if columns else None


def stored_choices(fit: xr.DataTree, group: str = "choices") -> Choices:
    """Return the choices inside a fit; `bayes_ddm.choices_of` keeps them at hand.

    Raises
    ------
    InputError
        If it is no fit of bayes_ddm.
    """
    if GROUP_OF_ROWS in fit.children:
        raise InputError(
            "this is a fit of private rows, six cells in place of choices and times: only compare "
            "takes it."
        )
    if RELEASE in fit.attrs:
        raise InputError("this fit is of a release, which holds no rows; compare takes it.")
    if "choices" not in fit.children:
        raise InputError("this is no bayes_ddm fit: it has no group 'choices'. Make one with fit.")
    data = fit[group].to_dataset()
    known, late = "labeler_index" in data, group == "choices" and "omitted" in fit.children
    sums = bins = None
    if "bin_low" in data:
        bins = Bins(*(data[f"bin_{x.name}"].values for x in fields(Bins)))
    if "labelers_n" in data:
        columns = {name: data[f"labelers_{name}"].values for name in COLUMNS}
        keys = {name: f"whole_{name}" for name in WHOLE}
        whole = {name: data[key].values for name, key in keys.items() if key in data}
        sums = SummedLabelers(**columns, whole=WholeLabelers.of_json(whole))
    return Choices(
        choice=data["choice"].values.astype(np.int8),
        rt=data["rt"].values,
        labeler=data["labeler_index"].values if known else None,
        labelers=data["labeler"].values if known else None,
        features=data["features"].values,
        feature_names=tuple(map(str, data["feature"].values)),
        count=data["count"].values,
        dropped=json.loads(data.attrs["dropped"]),
        notes=tuple(json.loads(data.attrs["notes"])),
        row=data["table_row"].values if "table_row" in data else None,
        covariates=_stored_covariates(data),
        drift=data.attrs.get("drift", ""),
        between=data.attrs.get("between", ""),
        deadline=data["deadline"].values if "deadline" in data else None,
        omitted=stored_choices(fit, "omitted") if late else None,
        summed=sums,
        bins=bins,
        origin=Origin.from_json(data.attrs.get("origin", "{}")),
        flip=float(data.attrs.get("flip", 0.0)),
    )


def save(fit: xr.DataTree, path: str | Path, *, overwrite: bool = False) -> Path:
    """Save a fit as netCDF, with a checksum of what it holds.

    Parameters
    ----------
    fit : DataTree
    path : str or Path
    overwrite : bool
        Replace an existing file.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If the file exists and `overwrite` is false.

    Examples
    --------
    >>> import tempfile
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 50, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=200, tune=300, chains=2, seed=1, progress=False)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = bd.load(bd.save(fit, f"{folder}/fit.nc"))
    >>> bool((again.posterior["mu"] == fit.posterior["mu"]).all())
    True
    """
    with writing(path, overwrite=overwrite) as temporary:
        write(fit, temporary)
    return Path(path)


def load(path: str | Path) -> xr.DataTree:
    """Load a fit saved with `save`.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    DataTree

    Raises
    ------
    InputError
        If the file is missing or no fit, is damaged, or holds choices that cannot be.
    """
    path = Path(path)
    if not os.path.isfile(path):
        raise InputError(f"no file {str(path)!r}.")
    try:
        verify(path)
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            fit = tree.load()
    except InputError:
        raise
    except Exception as error:  # a damaged file makes its decoder raise anything
        raise InputError(f"{str(path)!r} is no netCDF file; make one with fit -o.") from error
    if CHECKPOINT in fit.attrs:
        raise InputError(
            f"{str(path)!r} holds draws of a fit that was stopped; go on with them by --resume."
        )
    fit.attrs.pop(CHECKSUM, None)
    if RELEASE in fit.attrs:
        return fit
    try:
        if GROUP_OF_ROWS not in fit.children:
            _refuse_impossible(stored_choices(fit))
        if not isinstance(json.loads(fit.attrs.get("parameters", "{}")), dict):
            raise InputError("its parameters are no JSON object; fit again.")
    except InputError as error:
        raise InputError(f"{str(path)!r}: {error}") from error
    except Exception as error:
        raise InputError(
            f"{str(path)!r} is damaged: its choices or settings cannot be read ({error!r:.80}). "
            "Take it from a backup, or fit again."
        ) from error
    return fit


def _refuse_impossible(choices: Choices) -> None:
    """Refuse choices that no table gives, and that only another program can have written."""
    n, rt = len(choices.choice), choices.rt
    lengths = {len(choices.rt), len(choices.count), len(choices.features)}
    labeler, people = np.zeros(n, dtype=np.int64), 1
    if choices.labeler is not None and choices.labelers is not None:
        labeler, people = choices.labeler, len(choices.labelers)
    wrong = {
        "columns of unequal length": lengths != {n} or len(labeler) != n,
        "choices other than +1 and -1": not np.isin(choices.choice, (1, -1)).all(),
        "response times that are not positive": not (np.isfinite(rt) & (rt > 0)).all(),
        "counts that are not positive": not (choices.count > 0).all(),
        "features that are not finite": not np.isfinite(choices.features).all(),
        "rows of labelers that are not there": bool(((labeler < 0) | (labeler >= people)).any()),
    }
    faults = [fault for fault, is_so in wrong.items() if is_so]
    if faults or not n:
        raise InputError(f"the fit holds {faults[0] if faults else 'no choices'}; fit again.")
