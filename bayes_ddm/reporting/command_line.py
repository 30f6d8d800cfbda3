"""The commands that make a fit and its report again."""

from __future__ import annotations

import re
from typing import Any

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.row_selection import conditions as row_conditions
from bayes_ddm.distributions.prior_code import as_code, from_code
from bayes_ddm.distributions.priors import by_labeler
from bayes_ddm.distributions.vocabulary import parameter_called
from bayes_ddm.errors import InputError
from bayes_ddm.reporting.python_call import (
    deadline_columns,
    file_of,
    reading_options,
    sampling_options,
)
from bayes_ddm.reporting.results import Results

BARE = re.compile(r"[\w./,:\\-]+")  # a word that no shell needs quoted
QUOTABLE = re.compile(r"[\w ./,:;()+*=<>~|&'\[\]-]+")  # is itself between double quotes, anywhere
LEARNED = ("start", "drift_noise", "collapse")  # whose usual prior `--learn` stands for
PER_CONDITION = ("boundary", "ndt")


def command_line(results: Results) -> str:
    """Return the two commands, as any shell takes them.

    Raises
    ------
    InputError
        With the reason, where the command line cannot say this fit.
    """
    report: list[str] = []
    if results.weight is not None:
        report += ["--shares", "shares.csv"]
    if results.units:
        report += ["--units", ",".join(f"{name}={unit:g}" for name, unit in results.units.items())]
    fit = ["fit", *_table_words(results.posterior.choices)]
    fit += ["--model", results.posterior.settings.model, *_model_words(results)]
    for key, value in sampling_options(results).items():
        if key == "init":
            raise InputError("init= has no option on the command line.")
        fit += [_flag(key), str(value)]
    commands = ([*fit, "-o", "fit.nc"], ["report", "fit.nc", *report, "-o", "report.html"])
    return "\n".join(" ".join(map(_word, ["bayes-ddm", *words])) for words in commands)


def _table_words(choices: Choices) -> list[str]:
    """The file, and options that say what its columns are."""
    if choices.condensed:
        return ["choices.condensed.parquet"]
    file = "private.csv" if choices.flip else file_of(choices) or "choices.csv"
    if file_of(choices):
        words = [file, *_reading_words(choices)]
    else:
        scheme = ["--scheme", "scheme.json"] if choices.flip else []
        labeler = [] if choices.anonymous else ["--labeler", "labeler"]
        words = [file, *scheme, *labeler]
        if choices.contextual and not choices.drift:
            words += ["--features", ",".join(choices.feature_names)]
        for key, value in deadline_columns(choices).items():
            words += [_flag(key), value]
    return words + [
        word
        for key in ("drift", "between")
        if (formula := getattr(choices, key))
        for word in (_flag(key), formula)
    ]


def _reading_words(choices: Choices) -> list[str]:
    """Options by which the file was read; covariates that formulas name are read unasked."""
    options = {k: x for k, x in reading_options(choices).items() if k != "covariates"}
    words = []
    for condition in row_conditions(options.pop("where", None)):
        words += ["--where", str(condition)]
    for key, value in options.items():
        if isinstance(value, dict):  # values that mean no response, by column
            text = "; ".join(f"{name}={_listed(values)}" for name, values in value.items())
        else:
            text = _listed(value)
        words += [_flag(key), text]
    return words


def _model_words(results: Results) -> list[str]:
    """Options of the model, as far as the command line has them."""
    posterior = results.posterior
    words: list[str] = []
    by_labelers, learned = [], []
    for name in posterior.settings.given:
        code = posterior.written[name]
        value = from_code(code)
        number, text = isinstance(value, int | float), isinstance(value, str)
        if (
            (name in PER_CONDITION and (number or text))
            or (name in {"spread", "theta"} and text)
            or (name == "rank" and number)
        ):
            words += [_flag(name), value if text else repr(value)]
        elif code == as_code(by_labeler()):
            by_labelers.append(name)
        elif name == "drift_link" and value == "saturating":
            learned.append("saturation")
        elif name in LEARNED and code == as_code(parameter_called(name).prior):
            learned.append(name)
        elif name == "lapse" and code == as_code(parameter_called(name).prior):
            words.append("--lapses")
        else:
            raise InputError(f"{name}={code} has no option on the command line.")
    words += ["--by-labeler", ",".join(by_labelers)] if by_labelers else []
    return words + (["--learn", ",".join(learned)] if learned else [])


def _flag(argument: str) -> str:
    return f"--{argument.replace('_', '-')}"


def _listed(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _word(text: str) -> str:
    if BARE.fullmatch(text):
        return text
    if QUOTABLE.fullmatch(text):
        return f'"{text}"'
    raise InputError(f"{text!r} is quoted by each shell in its own way.")
