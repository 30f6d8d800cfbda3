"""The Python that makes a fit and its report again."""

from __future__ import annotations

from typing import Any

from bayes_ddm.data.choices import Choices
from bayes_ddm.display import plain
from bayes_ddm.reporting.results import Results

NUTS = ("target_accept", "max_treedepth", "init")  # of which a fit keeps what was given


def python_call(results: Results) -> str:
    """Return lines that read the choices, fit them and write the report."""
    posterior = results.posterior
    codes = {name: str(posterior.written[name]) for name in posterior.settings.given}
    formulas = {key: getattr(posterior.choices, key) for key in ("drift", "between")}
    options = [f"{key}={formula!r}" for key, formula in formulas.items() if formula]
    options += [f"{key}={value!r}" for key, value in sampling_options(results).items()]
    options += [f"{name}={code}" for name, code in codes.items()]
    suffix = "" if results.weight is None else f", shares={results.weight!r}"
    suffix += f", units={results.units!r}" if results.units else ""
    lines = ["import bayes_ddm as bd"]
    lines += ["import pymc as pm"] if any("pm." in code for code in codes.values()) else []
    return "\n".join(
        [
            *lines,
            "",
            _reading_line(posterior.choices),
            f"fit = bd.fit(\n    choices,\n    {posterior.settings.model!r},\n    "
            + ",\n    ".join(options)
            + ",\n)",
            f'bd.report(fit, "report.html"{suffix})',
        ]
    )


def sampling_options(results: Results) -> dict[str, Any]:
    """What the sampler was asked for, by argument of `fit`."""
    sizes, attrs = results.posterior.draws.sizes, results.posterior.fit.attrs
    return {
        "draws": sizes["draw"],
        "tune": int(attrs["tune"]),
        "chains": sizes["chain"],
        "seed": int(attrs["seed"]),
        "sampler": str(attrs["sampler"]),
        **{key: plain(attrs[key]) for key in NUTS if key in attrs},
    }


def file_of(choices: Choices) -> str:
    """The file that was read; empty for private answers, whose origin is the plain table."""
    return "" if choices.flip else choices.origin.file


def reading_options(choices: Choices) -> dict[str, Any]:
    """Arguments by which the table was read, without those that are the defaults."""
    defaults = {"choice": "choice", "rt": "rt"}
    return {k: x for k, x in choices.origin.columns.items() if defaults.get(k) != x}


def deadline_columns(choices: Choices) -> dict[str, str]:
    """Arguments by which a table of such choices is read where it holds their deadlines."""
    if choices.deadline is None:
        return {}
    return {"deadline": "deadline"} | ({"omissions": "absent"} if choices.truncated else {})


def covariates_of(choices: Choices) -> dict[str, list[str]]:
    """Columns beside choice, rt and labeler, by argument."""
    columns: dict[str, list[str]] = {}
    if choices.contextual and not choices.drift:
        columns["features"] = list(choices.feature_names)
    if choices.covariates is not None:
        columns["covariates"] = list(map(str, choices.covariates.columns))
    return columns


def _reading_line(choices: Choices) -> str:
    if choices.condensed:
        return 'choices = bd.read_condensed("choices.condensed.parquet")'
    if choices.flip:
        scheme = 'bd.privacy.read_scheme("scheme.json")'
        columns = _arguments(covariates_of(choices))
        return f'choices = bd.read_private("private.csv", {scheme}{columns}).choices'
    if file := file_of(choices):
        return f"choices = bd.read_choices({file!r}{_arguments(reading_options(choices))})"
    labeler = "" if choices.anonymous else ', labeler="labeler"'
    columns = _arguments(covariates_of(choices) | deadline_columns(choices))
    return f'choices = bd.read_choices("choices.csv", choice="choice", rt="rt"{labeler}{columns})'


def _arguments(options: dict[str, Any]) -> str:
    return "".join(f", {key}={value!r}" for key, value in options.items())
