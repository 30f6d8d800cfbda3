"""What it takes to make the fit again."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.selected import conditions as row_conditions
from bayes_ddm.display import Block, Code, Missing, Table, Words, plain
from bayes_ddm.distributions.priors import as_code, by_labeler, from_code
from bayes_ddm.distributions.vocabulary import parameter_called
from bayes_ddm.reporting.results import Results, Unknown, known
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.study import Study

PLAIN = re.compile(r"[\w ./,:\\-]+")  # what no shell needs quoted
NUTS = ("target_accept", "max_treedepth", "init")  # of which a fit keeps what was given
LEARNED = ("start", "drift_noise", "collapse", "lapse")  # priors that a flag stands for
DIGEST = (
    "import hashlib\n"
    "table = choices.grouped().to_frame().to_csv(index=False)\n"
    "hashlib.sha256(table.encode()).hexdigest()"
)


def reproduction(study: Study) -> Section:
    """Give the call, the versions, the seed and the data's fingerprint."""
    parts = (*study.for_each(_call_of_fit), _versions(study))
    return Section("reproduction", "Reproduction", parts)


def choices_digest(choices: Choices) -> str:
    """Return the SHA-256 of the choices, whatever the order of their rows.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": [1, -1], "rt": [0.9, 1.4]})
    >>> choices_digest(Choices.from_frame(frame)) == choices_digest(Choices.from_frame(frame[::-1]))
    True
    """
    table = choices.grouped().to_frame().to_csv(index=False)
    return hashlib.sha256(table.encode()).hexdigest()


def _call_of_fit(results: Results) -> Part:
    digest = choices_digest(results.posterior.choices)
    numbers: dict[str, Any] = {"sha256": digest, "seed": results.posterior.fit.attrs.get("seed")}
    call = known(lambda: _call(results))
    blocks: list[Block] = []
    if isinstance(call, Unknown):
        blocks.append(Missing("the call", call.reason))
    else:
        mine = _file(results.posterior.choices)
        hint = "In Python." if mine else "In Python; give the columns their names in your table."
        blocks.append(Code(hint, call))
        numbers["python"] = call
        command = _command(results)
        if command:
            blocks.append(Code("The same on the command line.", command))
            numbers["command"] = command
    resumed = json.loads(results.posterior.fit.attrs.get("resumed", "[]"))
    if resumed:
        numbers["resumed"] = resumed
        blocks.append(Words(_went_on(resumed)))
    blocks.append(Words(f"SHA-256 of the choices as they were fitted: {digest}."))
    return Part(tuple(blocks), results.name, numbers)


def _went_on(resumed: list[int]) -> str:
    at = " and ".join(f"{draws:,}" for draws in resumed)
    return (
        f"The fit was resumed at {at} draws of each chain. The call without a break gives the "
        "same posterior, and other draws."
    )


def _versions(study: Study) -> Part:
    """Versions of all fits side by side, and how the choices' fingerprint is taken."""
    held = [json.loads(results.posterior.fit.attrs.get("versions", "{}")) for results in study.fits]
    names = [results.name for results in study.fits]
    packages = list(dict.fromkeys(package for versions in held for package in versions))
    rows = tuple((name, *(versions.get(name, "-") for versions in held)) for name in packages)
    table: Block = Table("Versions that the fits were made with.", ("package", *names), rows)
    blocks: tuple[Block, ...] = (
        table if packages else Missing("versions", "the fits do not hold them."),
        Code("How the SHA-256 is taken, whatever the order of the rows.", DIGEST),
        Words(
            "The same seed, versions and data give the same draws, but for the rounding of code "
            "that a compiler orders differently."
        ),
    )
    return Part(blocks, "", {"versions": dict(zip(names, held, strict=True))})


def _sampling(results: Results) -> dict[str, Any]:
    sizes, attrs = results.posterior.draws.sizes, results.posterior.fit.attrs
    return {
        "draws": sizes["draw"],
        "tune": int(attrs["tune"]),
        "chains": sizes["chain"],
        "seed": int(attrs["seed"]),
        "sampler": str(attrs["sampler"]),
        **{key: plain(attrs[key]) for key in NUTS if key in attrs},
    }


def _file(choices: Choices) -> str:
    """The file that was read; empty for private answers, whose origin is the plain table."""
    return "" if choices.flip else choices.origin.file


def _reading(choices: Choices) -> str:
    if choices.condensed:
        return 'choices = bd.read_condensed("choices.condensed.parquet")'
    if choices.flip:
        scheme = 'bd.privacy.read_scheme("scheme.json")'
        more = "".join(f", {key}={names!r}" for key, names in _further(choices).items())
        return f'choices = bd.read_private("private.csv", {scheme}{more}).choices'
    if file := _file(choices):
        given = _as_read(choices)
        listed = "".join(f", {key}={value!r}" for key, value in given.items())
        return f"choices = bd.read_choices({file!r}{listed})"
    return f'choices = bd.read_choices("choices.csv", {_columns(choices)})'


def _as_read(choices: Choices) -> dict[str, Any]:
    """Arguments by which the table was read, without those that are the defaults."""
    usual = {"choice": "choice", "rt": "rt"}
    return {k: x for k, x in choices.origin.columns.items() if usual.get(k) != x}


def _flags(choices: Choices) -> str:
    """The same as options of the command line, which keeps covariates that formulas name."""
    given = {k: x for k, x in _as_read(choices).items() if k != "covariates"}
    flags = "".join(
        f" --where {condition}" for condition in row_conditions(given.pop("where", None))
    )
    for key, x in given.items():
        text = ",".join(map(str, x)) if isinstance(x, list) else x
        if isinstance(x, dict):  # values that mean no response, by column
            text = "; ".join(f"{name}={_listed(values)}" for name, values in x.items())
        flags += f" --{key.replace('_', '-')} {text}"
    return flags


def _listed(values: Any) -> str:
    return ",".join(map(str, values)) if isinstance(values, list | tuple) else str(values)


def _columns(choices: Choices) -> str:
    columns = 'choice="choice", rt="rt"'
    columns += "" if choices.anonymous else ', labeler="labeler"'
    columns += "".join(f", {key}={names!r}" for key, names in _further(choices).items())
    return columns + "".join(f", {key}={value!r}" for key, value in _window(choices).items())


def _further(choices: Choices) -> dict[str, list[str]]:
    """Columns beside choice, rt and labeler, by argument."""
    found: dict[str, list[str]] = {}
    if choices.contextual and not choices.drift:
        found["features"] = list(choices.feature_names)
    if choices.covariates is not None:
        found["covariates"] = list(map(str, choices.covariates.columns))
    return found


def _window(choices: Choices) -> dict[str, str]:
    """How a table of such choices is read where it holds their deadlines."""
    if choices.deadline is None:
        return {}
    return {"deadline": "deadline"} | ({"omissions": "absent"} if choices.truncated else {})


def _call(results: Results) -> str:
    settings = results.posterior.settings
    written = results.posterior.written
    code = {name: str(written[name]) for name in settings.given}
    formulas = {key: getattr(results.posterior.choices, key) for key in ("drift", "between")}
    options = [f"{key}={formula!r}" for key, formula in formulas.items() if formula]
    options += [f"{key}={value!r}" for key, value in _sampling(results).items()]
    options += [f"{name}={text}" for name, text in code.items()]
    asked = "" if results.weight is None else f", shares={results.weight!r}"
    asked += f", units={results.units!r}" if results.units else ""
    lines = ["import bayes_ddm as bd"]
    lines += ["import pymc as pm"] if any("pm." in text for text in code.values()) else []
    return "\n".join(
        [
            *lines,
            "",
            _reading(results.posterior.choices),
            f"fit = bd.fit(\n    choices,\n    {settings.model!r},\n    "
            + ",\n    ".join(options)
            + ",\n)",
            f'bd.report(fit, "report.html"{asked})',
        ]
    )


def _command(results: Results) -> str:
    """The command, where the command line has all options of the fit; else empty."""
    settings = results.posterior.settings
    written = results.posterior.written
    options: list[str] = []
    own, learned = [], []
    for name in settings.given:
        value = written[name]
        of = from_code(value)
        if name in {"boundary", "ndt"} and isinstance(of, int | float):
            options.append(f"--{name} {of!r}")
        elif name in {"boundary", "ndt", "spread", "theta"} and isinstance(of, str):
            options.append(f"--{name} {of}")
        elif name == "rank" and isinstance(of, int):
            options.append(f"--{name} {of}")
        elif value == as_code(by_labeler()):
            own.append(name)
        elif name == "drift_link" and of == "saturating":
            learned.append("saturation")
        elif name in LEARNED and value == as_code(parameter_called(name).prior):
            learned.append(name)
        else:
            return ""
    options += ["--lapses"] if "lapse" in learned else []
    learned = [name for name in learned if name != "lapse"]
    options += [f"--by-labeler {','.join(own)}"] if own else []
    options += [f"--learn {','.join(learned)}"] if learned else []
    choices, conditions = results.posterior.choices, results.posterior.conditions
    names, sampling = choices.feature_names, _sampling(results)
    options += [f"--between {choices.between}"] if choices.between else []
    typed = [*names, choices.between, *(of.design.formula for of in conditions.values())]
    if choices.drift or "init" in sampling:
        return ""
    if any(not word.replace("_", "a").isalnum() for word in typed if word):
        return ""  # would have to be quoted, as each shell does in its own way
    file, columns = "choices.csv", "" if choices.anonymous else " --labeler labeler"
    columns += f" --features {','.join(names)}" if names else ""
    columns += "".join(f" --{key} {value}" for key, value in _window(choices).items())
    if choices.condensed:
        file, columns = "choices.condensed.parquet", ""
    elif choices.flip:
        file, columns = "private.csv", f" --scheme scheme.json{columns}"
    elif mine := _file(choices):
        file, columns = mine, _flags(choices)
        if not PLAIN.fullmatch(file + columns):
            return ""
    options += [f"--{key.replace('_', '-')} {value}" for key, value in sampling.items()]
    asked = "" if results.weight is None else " --shares shares.csv"
    per = ",".join(f"{name}={unit:g}" for name, unit in results.units.items())
    asked += f" --units {per}" if per else ""
    return (
        f"bayes-ddm fit {file}{columns} --model {settings.model} {' '.join(options)} "
        f"-o fit.nc\nbayes-ddm report fit.nc{asked} -o report.html"
    )
