"""Can I quote this? And what a reader needs to make it again."""

import re
from types import SimpleNamespace

import pymc as pm
import pytest
from typer.main import get_command

from bayes_ddm.checks.finding import Finding
from bayes_ddm.cli.main import app
from bayes_ddm.data.origin import Origin
from bayes_ddm.display import Badge, Fold, Missing, Words, block_html, unfolded
from bayes_ddm.distributions.vocabulary import parameter_called
from bayes_ddm.reporting.findings import energy_line, prior_line
from bayes_ddm.reporting.quote import quote_of
from bayes_ddm.reporting.results import Results, Unknown
from bayes_ddm.reporting.section import Part
from bayes_ddm.reporting.sections import reproduction
from bayes_ddm.reporting.study import Study
from tests.support import fits

LAPSE, CLOSING = (parameter_called(name).prior for name in ("lapse", "collapse"))
FINE = Finding("average", True, "mu can be quoted.")
CARE = Finding("average", True, "mu can be quoted as this model has it, but.", minor=True)
BAD = Finding("average", False, "mu is not to be quoted yet.")
WELL, FAILS = Finding("divergences", True, "none."), Finding("times", False, "off.")


@pytest.mark.parametrize(
    ("findings", "agrees", "answer", "because", "changed_by"),
    [
        ((FINE, WELL), True, "yes", "all 2 things that were looked at are well", "labelers who"),
        ((FINE, WELL), None, "with care", "is open", "answer a comparison twice"),
        ((FINE, WELL), False, "no", "disagree", "--explain"),
        ((CARE, FAILS), True, "with care", CARE.sentence, "passes what this one fails"),
        ((BAD, FAILS), True, "no", BAD.sentence, "without this fault"),
        ((WELL, FAILS), True, "with care", "what fails is times", "passes what this one fails"),
        ((FINE, WELL), "unknown", "with care", "no closed form", "not rest on this model"),
    ],
)
def test_whether_it_can_be_quoted_and_why(findings, agrees, answer, because, changed_by):
    quote = quote_of(_looked_at(findings, agrees))
    assert quote.answer == answer and because in quote.because
    assert changed_by in quote.blocks[1].text and quote.because == quote.blocks[0].text
    assert quote.ok == {"yes": True, "no": False}.get(answer)


def _looked_at(findings, agrees=True, changed_by=(), sensitivity=None):
    compared = SimpleNamespace(agrees=agrees, changed_by=changed_by)
    return SimpleNamespace(
        findings=findings,
        diagnosis=SimpleNamespace(sensitivity=sensitivity),
        comparison=Unknown("x") if agrees == "unknown" else compared,
    )


def test_a_note_is_counted_where_all_else_is_well():
    quote = quote_of(_looked_at((FINE, WELL, Finding("priors", True, "a little.", minor=True))))
    assert quote.answer == "yes" and "2 of 3 things" in quote.because
    assert "1 to be noted, too small to matter (priors)" in quote.because


def test_what_would_change_the_answer_has_how_near_it_is():
    found = SimpleNamespace(moves=0.0123)
    near = ("p below 0.025 in any test (now 0.42, 0.88)",)
    quote = quote_of(_looked_at((FINE, WELL), changed_by=near, sensitivity=found))
    (box,) = (block for block in quote.blocks if block.label == "What would change this")
    lines = box.text.split("\n")
    assert lines[1] == "P below 0.025 in any test (now 0.42, 0.88)."
    assert "by 0.05 or more (these move it by 0.012)" in lines[2]


def _prior_check(*, ok):
    return SimpleNamespace(name="times", ok=ok)


@pytest.mark.parametrize(
    ("ok", "sensitive", "state"),
    [(True, None, "fine"), (False, False, "note"), (False, True, "fails"), (False, None, "fails")],
)
def test_priors_that_miss_the_data_matter_where_the_posterior_depends_on_them(ok, sensitive, state):
    found = SimpleNamespace(checks=[_prior_check(ok=ok)])
    of = None if sensitive is None else SimpleNamespace(ok=not sensitive)
    assert prior_line(found, of).state == state


def test_low_energy_is_weighed_once():
    assert energy_line([1.1, 0.9]).ok and energy_line([]).ok is None
    low = energy_line([1.1, 0.2])
    assert low.ok is False and "partly below 0.3" in low.sentence


def test_what_is_folded_is_in_the_numbers_and_not_on_a_terminal():
    badge, missing = Badge("times", True, "well."), Missing("energy", "not held")
    fold = Fold(badge, (Words("more"), Fold(Words("deeper"), (missing,))))
    assert unfolded([fold]) == [badge, Words("more"), Words("deeper"), missing]
    found = Part((fold,)).to_dict()
    assert found["findings"][0]["name"] == "times"
    assert found["not_computed"] == [{"what": "energy", "reason": "not held"}]
    assert block_html(fold, 3).count("<details>") == 2


def _reproduced(origin=None, flip=0.0, **attrs):
    fit = fits.pretended("hierarchical")
    fit.attrs |= {"tune": 100, "seed": 1, "sampler": "nutpie"} | attrs
    fit["choices"].attrs |= {"origin": (origin or Origin()).to_json(), "flip": flip}
    return reproduction(Study((Results("x", fit),))).parts[0]


def test_the_call_has_what_was_asked_of_the_sampler_and_that_it_was_resumed():
    part = _reproduced(target_accept=0.95, max_treedepth=8, resumed="[200, 1000]")
    assert "target_accept=0.95,\n    max_treedepth=8" in part.numbers["python"]
    assert "--target-accept 0.95 --max-treedepth 8 " in part.numbers["command"]
    assert part.numbers["resumed"] == [200, 1000]
    assert any("resumed at 200 and 1,000 draws of each chain" in str(x) for x in part.blocks)
    part = _reproduced(sampler="pymc", init="adapt_diag")
    assert "init='adapt_diag'" in part.numbers["python"] and "command" not in part.numbers


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"spread": "diagonal", "theta": "shrunk"}, "--theta shrunk --spread diagonal "),
        ({"rank": 1, "boundary": 1.25}, "--boundary 1.25 --rank 1 "),
        ({"lapse": LAPSE, "collapse": CLOSING}, "--lapses --learn collapse "),
        ({"drift_link": "saturating"}, "--learn saturation "),
    ],
)
def test_the_command_has_what_was_said_of_the_model(given, words):
    command = _of_contextual(given).numbers["command"]
    assert words in command
    options = {o for p in get_command(app).commands["fit"].params for o in p.opts}
    assert set(re.findall(r"--[\w-]+", command.split("\n")[0])) <= options


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"lapse": pm.Beta.dist(1, 9)}, "lapse=pm.Beta.dist(1, 9)"),
        ({"theta": 0}, "theta=0"),
    ],
)
def test_where_there_is_no_command_the_reason_is_said(given, code):
    part = _of_contextual(given)
    assert "command" not in part.numbers
    said = [block for block in part.blocks if isinstance(block, Missing)]
    assert [block.reason for block in said] == [f"{code} has no option on the command line."]


def _of_contextual(given):
    fit = fits.unsampled(fits.contextual(), "contextual", **given)
    fit.attrs |= {"tune": 100, "seed": 1, "sampler": "nutpie"}
    return reproduction(Study((Results("x", fit),))).parts[0]


@pytest.mark.parametrize(
    ("file", "start"),
    [
        ("my data/choices.csv", 'bayes-ddm fit "my data/choices.csv" --choice'),
        ("it's.csv", 'bayes-ddm fit "it\'s.csv" --choice'),
        ("$(date).csv", None),
        ('a".csv', None),
        ("100%.csv", None),  # which Windows takes for a variable
    ],
)
def test_words_are_quoted_where_every_shell_takes_that_alike(file, start):
    part = _reproduced(Origin("later", "sooner", file, {"choice": "pick", "labeler": "who"}))
    if start is None:
        assert "command" not in part.numbers
    else:
        assert part.numbers["command"].startswith(start)


def test_private_answers_are_not_said_to_be_read_from_the_plain_table():
    part = _reproduced(Origin("later", "sooner", "plain.csv", {"labeler": "who"}), flip=0.25)
    read = 'bd.read_private("private.csv", bd.privacy.read_scheme("scheme.json")).choices'
    assert f"choices = {read}" in part.numbers["python"]
    assert "fit private.csv --scheme scheme.json --labeler " in part.numbers["command"]
    assert "plain.csv" not in str(part.blocks)


def test_the_command_names_the_file_and_the_columns_of_the_user():
    fit = fits.pretended("hierarchical")
    fit.attrs |= {"tune": 100, "seed": 1, "sampler": "nutpie"}
    columns = {"choice": "pick", "rt": "rt", "labeler": "who", "positive": "later"}
    origin = Origin("later", "sooner", "data/choices.csv", columns)
    fit["choices"].attrs["origin"] = origin.to_json()
    (part, _) = reproduction(Study((Results("x", fit),))).parts
    assert (
        "choices = bd.read_choices('data/choices.csv', choice='pick', labeler='who', "
        "positive='later')"
    ) in part.numbers["python"]
    assert part.numbers["command"].startswith(
        "bayes-ddm fit data/choices.csv --choice pick --labeler who --positive later --model "
    )
