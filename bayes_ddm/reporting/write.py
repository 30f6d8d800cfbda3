"""The report of one or several fits, written to a file."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pymc as pm
import xarray as xr

from bayes_ddm.display import as_json
from bayes_ddm.errors import InputError, at_least, probability
from bayes_ddm.files import refuse_existing, same_file, writing
from bayes_ddm.progress import Tell, telling
from bayes_ddm.reporting.document import Document
from bayes_ddm.reporting.results import Results
from bayes_ddm.reporting.sections import SECTIONS
from bayes_ddm.reporting.study import QUESTION, Study

Fits = xr.DataTree | Sequence[xr.DataTree] | Mapping[str, xr.DataTree]
FEWEST_DRAWS = 20
TITLE = "Population preferences"


def report(
    fit: Fits,
    path: str | Path,
    *,
    json: str | Path | None = None,
    title: str = TITLE,
    question: str = QUESTION,
    prob: float = 0.95,
    draws: int = 200,
    seed: int = 0,
    model: pm.Model | Mapping[str, pm.Model] | None = None,
    shares: Mapping[str, float] | str | Path | None = None,
    units: Mapping[str, float | str] | None = None,
    overwrite: bool = False,
    progress: bool | Tell = True,
) -> Path:
    """Write what a fit says, and whether to believe it, as one HTML page.

    The page holds all it needs: it opens from disk, without a network, and prints.

    Parameters
    ----------
    fit : DataTree, or several
        From `bayes_ddm.fit`. Several in a list are named by their models; a mapping names them.
        They are reported side by side, and ranked.
    path : str or Path
        The page, ``.html``.
    json : str or Path, optional
        Every number of the page, as JSON.
    title, question : str
        What the study is called, and what it asks.
    prob : float
        Probability of the intervals.
    draws : int
        Replications of the predictive checks.
    seed : int
        Of the replications.
    model : pm.Model or mapping of str to pm.Model, optional
        Models of the user's own, by the name of the fit: without them, leave-one-out, prior
        sensitivity and the comparison cannot be had, and the page says so.
    shares : mapping of str to float, or path of a CSV file, optional
        Shares of the groups, ``{"FR": 0.4, "JP": 0.6}``, in the population that averages are meant
        for, of posterior and closed forms alike; by default they are the sample's.
    units : mapping of str to float or "sd", optional
        What preferences are per, by feature, as in `bayes_ddm.estimate`: ``{"delay": 30}``.
    overwrite : bool
        Replace existing files.
    progress : bool or callable
        Show what is under way; a function is told of each section instead.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InputError
        If it is no fit of bayes_ddm, two fits have one name, shares do not fit the groups of each
        or units its features, or a file exists and `overwrite` is false.

    References
    ----------
    Kruschke (2021), Nature Human Behaviour 5:1282, for what a report should hold.

    Examples
    --------
    >>> import tempfile
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 50, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=200, tune=300, chains=2, seed=1, progress=False)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     bd.report(fit, f"{folder}/report.html", draws=20, progress=False).name
    'report.html'
    """
    probability(prob)
    at_least(FEWEST_DRAWS, draws=draws)
    _check_files(path, json, overwrite=overwrite)
    fits = _named(fit)
    models = _models(model, fits)
    options: dict[str, Any] = {"prob": prob, "draws": draws, "seed": seed}
    options |= {"shares": shares, "units": units}
    results = tuple(
        Results(name, tree, model=models.get(name), **options) for name, tree in fits.items()
    )
    study = Study(results, question)
    return write(study, path, json=json, title=title, overwrite=overwrite, progress=progress)


def write(
    study: Study,
    path: str | Path,
    *,
    json: str | Path | None = None,
    title: str = TITLE,
    overwrite: bool = False,
    progress: bool | Tell = True,
) -> Path:
    """Write the page of a study whose results may be known in part, and return it."""
    sections = []
    with telling(progress) as tell:
        for make in SECTIONS:
            tell(f"report: {make.__name__.replace('_', ' ')}")
            sections.append(make(study))
    names = tuple(results.name for results in study.fits)
    document = Document(title, names, tuple(sections), datetime.date.today())
    with writing(path, overwrite=overwrite) as temporary:
        temporary.write_text(document.to_html(), encoding="utf-8")
    if json is not None:
        with writing(json, overwrite=overwrite) as temporary:
            temporary.write_text(as_json(document.to_dict()) + "\n", encoding="utf-8")
    return Path(path)


def _check_files(path: str | Path, json: str | Path | None, *, overwrite: bool) -> None:
    """Refuse what cannot be written before anything is computed."""
    if Path(path).suffix.lower() not in {".html", ".htm"}:
        raise InputError(f"{str(path)!r} cannot hold a report: its name must end in .html.")
    refuse_existing(path, overwrite=overwrite)
    if json is not None:
        if same_file(json, path):
            raise InputError(f"{str(path)!r} is named twice; give page and numbers a name each.")
        refuse_existing(json, overwrite=overwrite)


def _named(fit: Fits) -> dict[str, xr.DataTree]:
    if isinstance(fit, xr.DataTree):
        return {_model_name(fit): fit}
    fits: dict[str, xr.DataTree] = {}
    if isinstance(fit, Mapping):
        # mypy takes a data tree, which was dealt with above, for the mapping that it also is
        fits = {str(name): tree for name, tree in fit.items()}  # type: ignore[misc]
    else:
        names = [_model_name(tree) for tree in fit]
        if len(set(names)) < len(names):
            raise InputError("several fits are of one model; name them: report({'a': fit, ...}).")
        fits = dict(zip(names, fit, strict=True))
    if not fits or "" in fits:
        raise InputError("a report needs at least one fit, and each a name.")
    return fits


def _model_name(fit: xr.DataTree) -> str:
    return str(fit.attrs.get("model", "custom"))


def _models(
    model: pm.Model | Mapping[str, pm.Model] | None, fits: Mapping[str, xr.DataTree]
) -> Mapping[str, pm.Model]:
    if model is None:
        return {}
    if isinstance(model, pm.Model):
        if len(fits) > 1:
            raise InputError("several fits: give model= as a mapping of their names to models.")
        return dict.fromkeys(fits, model)
    unknown = set(model) - set(fits)
    if unknown:
        raise InputError(f"no fit is named {unknown.pop()!r}; there are {', '.join(fits)}.")
    return model
