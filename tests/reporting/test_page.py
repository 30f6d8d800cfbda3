"""The report as a whole: what it says, what it may not say, and how a browser shows it."""

import base64
import importlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pymc as pm
import pytest

import bayes_ddm as bd
from bayes_ddm.errors import InputError
from bayes_ddm.reporting.sections import (
    answer,
    closed_form,
    computation,
    data,
    model,
    posterior,
    prediction,
    reproduction,
)
from tests.support import fits
from tests.support.browser import chromium, executable, faults
from tests.support.commands import bayes_ddm, strict_json

SECTIONS = [
    *("answer", "data", "model", "computation", "posterior", "closed_form", "prediction"),
    *("ranking", "priors", "reproduction"),
]
EVIL = "<script>alert('x')</script>"
# the second would be broken mathematics to Matplotlib
FEATURES = (f"{EVIL}&amount", '$delay_$ ^"quoted"')
SHORT = {"draws": 200, "tune": 300}


def write(fit, path, **options):
    """Write a report with few replications; return the page and its numbers."""
    numbers = path.with_suffix(".json")
    bd.report(fit, path, json=numbers, draws=20, progress=False, overwrite=True, **options)
    contents = strict_json(numbers)
    return path.read_text(encoding="utf-8"), contents


def only(monkeypatch, *sections):
    """Leave out what a test does not look at."""
    monkeypatch.setattr("bayes_ddm.reporting.write.SECTIONS", sections)


def numbers_of(contents, section, fit):
    (part,) = [p for p in contents["sections"][section]["parts"] if p["fit"] == fit]
    return part


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def named():
    """Two fits of labelers, features and of a name that would like to be part of the page."""
    choices = fits.contextual()
    names = np.array([f"{EVIL}{i}" for i in range(60)], dtype=object)
    choices = replace(choices, labelers=names, feature_names=FEATURES)
    return {
        EVIL: fits.quiet_fit(choices, "contextual", **SHORT),
        "pooled": fits.quiet_fit(choices, "pooled", **SHORT),
    }


@pytest.fixture(scope="module")
def several(named, folder):
    return write(named, folder / "several.html", units={FEATURES[1]: 30})


@pytest.fixture(scope="module")
def commanded(folder):
    """The report of one fit, by the command."""
    bd.save(fits.scalar_fit(), folder / "hierarchical.nc")
    return bayes_ddm("report", folder / "hierarchical.nc", *in_folder(folder)).done()


def in_folder(folder):
    files = ["-o", folder / "one.html", "--json", folder / "one.json"]
    return [*files, "--draws", 20, "--title", "My <study>"]


@pytest.fixture(scope="module")
def one(folder, commanded):
    return (folder / "one.html").read_text(encoding="utf-8"), strict_json(folder / "one.json")


# --- what it says ---------------------------------------------------------------------------------


def test_it_has_all_sections_in_their_order(one, several):
    for page, contents in (one, several):
        assert re.findall(r'<section id="(\w+)"', page) == SECTIONS
        assert list(contents["sections"]) == SECTIONS and contents["schema_version"] == 1


def test_its_numbers_are_those_of_the_pieces(one):
    page, contents = one
    fit = fits.scalar_fit()
    name = "hierarchical"
    mu = fit.posterior["mu"].values
    average = numbers_of(contents, "answer", name)["numbers"]["mu"]
    assert average["mean"] == pytest.approx(mu.mean())
    assert average["probability_positive"] == pytest.approx((mu > 0).mean())
    assert average["low"] == pytest.approx(np.quantile(mu, 0.025))
    compared = numbers_of(contents, "closed_form", name)["numbers"]
    expected = bd.compare(fit).to_dict()
    assert compared["verdict"] == expected["verdict"] and compared["verdict"] in page
    assert compared["comparison"] == expected["comparison"]
    labelers = numbers_of(contents, "posterior", name)["numbers"]["labelers"]
    assert [x["mean"] for x in labelers] == pytest.approx(bd.labelers(fit)["mean"].tolist())
    computed = numbers_of(contents, "computation", name)["numbers"]
    assert (computed["chains"], computed["draws"], computed["seed"]) == (2, 1000, 1)
    quote = numbers_of(contents, "answer", name)["numbers"]["quote"]
    assert f"Can I quote this? {quote['answer'].capitalize()}" in page
    assert "People lean to +1: someone with the average preference picks it " in page
    data = numbers_of(contents, "data", None)["numbers"]
    assert (data["n_choices"], data["n_labelers"]) == (300, 60)


def test_findings_are_in_the_units_asked_for(several):
    for name in (EVIL, "pooled"):
        said = numbers_of(several[1], "prediction", name)["numbers"]["average"]["text"]
        assert f"{FEATURES[1]}, per 30 " in said


def test_what_cannot_be_had_is_said_with_its_reason(one, several):
    (alone, *_) = one[1]["sections"]["ranking"]["parts"]
    (missing,) = alone["not_computed"]
    assert "nothing to be compared with" in missing["reason"] and missing["reason"] in one[0]
    missing = numbers_of(several[1], "posterior", "pooled")["not_computed"]
    assert ["has no labelers" in m["reason"] for m in missing] == [True]


def test_several_fits_are_ranked_as_by_rank(named, several):
    page, contents = several
    table = bd.rank(named).table
    (whole, *_) = contents["sections"]["ranking"]["parts"]
    rows = whole["numbers"]["ranking"]
    assert [row["fit"] for row in rows] == list(table.index)
    assert [row["elpd"] for row in rows] == pytest.approx(table["elpd"].tolist())
    # first of all on the page, and a column for each fit
    assert page.index("Best prediction") < page.index("The fits side by side")
    assert page.count('<th scope="col" class="word">pooled</th>') >= 5
    assert 'href="#reproduction-pooled"' in page and 'id="reproduction-pooled"' in page


@pytest.mark.slow
def test_the_call_it_gives_gives_the_fit_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = {"boundary": 1.25, "sigma": pm.HalfNormal.dist(1), "ndt": 0.3}
    fit = fits.quiet_fit(fits.scalar(), "hierarchical", draws=50, tune=50, chains=1, **options)
    only(monkeypatch, computation, reproduction)
    _, contents = write(fit, tmp_path / "x.html")
    (missing,) = numbers_of(contents, "computation", "hierarchical")["not_computed"]
    assert missing["what"] == "agreement of chains" and "one chain" in missing["reason"]
    call = numbers_of(contents, "reproduction", "hierarchical")["numbers"]["python"]
    fits.scalar().to_frame().to_csv("choices.csv", index=False)
    again = {}
    with pytest.warns(bd.ConvergenceWarning):
        exec(call.rpartition("\nbd.report")[0], again)
    assert again["fit"].posterior["mu"].values == pytest.approx(fit.posterior["mu"].values)


# --- other models and data ------------------------------------------------------------------------


def test_a_model_of_ones_own(tmp_path, monkeypatch):
    only(monkeypatch, answer, model, closed_form)
    choices = fits.scalar()
    with pm.Model() as mine:
        mu = pm.Normal("mu", 0, 2)
        boundary, ndt = pm.HalfNormal("boundary", 2), 0.2
        rows = np.column_stack([choices.rt, choices.choice]).astype(float)
        bd.distributions.Wiener("y", mu, boundary, ndt, observed=rows)
    fit = fits.quiet_fit(choices, mine, **SHORT)
    page, contents = write(fit, tmp_path / "own.html")
    assert "model of your own" in page
    assert contents["sections"]["model"]["parts"][0]["not_computed"][0]["what"] == "mathematics"
    assert "mean" in numbers_of(contents, "answer", "custom")["numbers"]["mu"]
    reasons = [m["reason"] for m in numbers_of(contents, "closed_form", "custom")["not_computed"]]
    assert reasons and all(reasons)


@pytest.mark.slow
def test_anonymous_labelers(tmp_path, monkeypatch):
    only(monkeypatch, posterior)
    choices = replace(fits.scalar(), labeler=None, labelers=None)
    page, contents = write(fits.quiet_fit(choices, "hierarchical", **SHORT), tmp_path / "a.html")
    assert "labelers are anonymous" in page
    assert numbers_of(contents, "posterior", "hierarchical")["numbers"]["labelers"] is None


@pytest.mark.slow
def test_a_model_without_response_times(tmp_path, monkeypatch):
    only(monkeypatch, answer, closed_form, prediction)
    fit = fits.quiet_fit(fits.scalar(), "choice_only", **SHORT)
    page, contents = write(fit, tmp_path / "c.html")
    assert "average log odds" in page and "choice_only knows no response times" in page
    kinds = [
        c["check"] for c in numbers_of(contents, "prediction", "choice_only")["numbers"]["checks"]
    ]
    assert "choice share by labeler" in kinds and "response-time distribution" not in kinds


# --- what it must not do --------------------------------------------------------------------------


def test_names_from_the_data_stay_text(several):
    page, _ = several
    assert "<script" not in page and "&lt;script&gt;" in page
    assert page.count("<html") == 1
    pictures = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    assert len(pictures) > 10
    for picture in pictures:
        root = ElementTree.fromstring(base64.b64decode(picture))
        assert not [x for x in root.iter() if "script" in x.tag]


def test_it_needs_nothing_from_elsewhere(one, several):
    for page, _ in (one, several):
        addresses = re.findall(r'(?:src|srcset|href)="([^"]*)"', page)
        assert all(x.startswith(("#", "data:")) for x in addresses)
        assert "url(" not in page and "@import" not in page
        assert len(page.encode()) < 3e6


def test_a_fault_in_a_figure_is_not_hidden(tmp_path, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("broken figure")

    # `bayes_ddm.reporting.sections.data` is the section, not its module
    module = importlib.import_module("bayes_ddm.reporting.sections.data")
    only(monkeypatch, data)
    monkeypatch.setattr(module, "response_times", broken)
    with pytest.raises(RuntimeError, match="broken figure"):
        write(fits.scalar_fit(), tmp_path / "x.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"path": "x.txt"}, "must end in .html"),
        ({"path": "nowhere/x.html"}, "no folder"),
        ({"path": "there.html"}, "exists"),
        ({"json": "there.html"}, "exists"),
        ({"json": "x.html"}, "named twice"),
        ({"prob": 1.0}, "prob"),
        ({"draws": 5}, "draws"),
        ({"fit": 0}, "at least one fit"),
        ({"fit": 2}, "name them"),
        ({"model": {"b": pm.Model()}}, "no fit is named 'b'"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_computed(
    options, part, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.html").write_text("precious")
    fit = fits.scalar_fit()
    given = {"fit": fit, "path": "x.html"} | options
    if "fit" in options:
        given["fit"] = [fit] * options["fit"]
    with pytest.raises(InputError, match=re.escape(part)):
        bd.report(progress=False, **given)
    assert [x.name for x in tmp_path.iterdir()] == ["there.html"]
    assert (tmp_path / "there.html").read_text() == "precious"


def test_the_command_writes_page_and_numbers(folder, commanded, one, tmp_path):
    page, contents = one
    assert commanded.out == "" and "report: closed form" in commanded.err
    assert f"wrote {folder / 'one.html'}" in commanded.err
    assert "<h1>My &lt;study&gt;</h1>" in page
    fit = folder / "hierarchical.nc"
    assert contents["fits"] == ["hierarchical"]
    assert "exists" in bayes_ddm("report", fit, *in_folder(folder)).refusal()
    assert "named twice" in bayes_ddm("report", fit, fit, "-o", tmp_path / "s.html").refusal()
    assert "must end in .html" in bayes_ddm("report", fit, "-o", tmp_path / "s.pdf").refusal()


# --- for those who cannot see it ------------------------------------------------------------------


class Tags(HTMLParser):
    """Start tags in order, with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def all(self, *tags):
        return [attributes for tag, attributes in self.found if tag in tags]


@pytest.mark.samples
@pytest.mark.parametrize("which", ["one", "several"])
def test_its_structure_can_be_read_aloud(which, request):
    tags = Tags(request.getfixturevalue(which)[0])
    levels = [int(tag[1]) for tag, _ in tags.found if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert max(b - a for a, b in pairwise(levels)) == 1
    assert tags.all("html")[0]["lang"] == "en"
    assert len(tags.all("main")) == len(tags.all("nav")) == len(tags.all("title")) == 1
    assert all(len(image["alt"]) > 20 for image in tags.all("img"))
    assert all(head["scope"] in {"col", "row"} for head in tags.all("th"))
    assert all(table["aria-label"] for table in tags.all("table"))
    ids = [a["id"] for _, a in tags.found if "id" in a]
    assert len(set(ids)) == len(ids)
    links = [a["href"].removeprefix("#") for a in tags.all("a")]
    assert links[0] == "content" and set(links) <= set(ids)
    assert {a["tabindex"] for a in tags.all("div") if "scroll" in a.get("class", "")} == {"0"}


# --- in a browser ---------------------------------------------------------------------------------

DEAD_LINKS = """
[...document.links].filter(x => !document.getElementById(x.hash.slice(1))).length
"""


@pytest.fixture(scope="module")
def browser():
    path = executable()
    if path is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with chromium(path) as page:
        yield page


@pytest.mark.samples
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("name", ["one", "several"])
def test_a_browser_shows_it_whole(name, width, dark, browser, folder, request):
    request.getfixturevalue(name)
    page = browser.open(folder / f"{name}.html", width=width, dark=dark)
    assert faults(page) == []
    assert page.evaluate(DEAD_LINKS) == 0
    assert page.evaluate("document.images.length") >= 10
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)")


def test_a_browser_runs_nothing_that_the_data_hold(browser, folder, several):
    browser.open(folder / "several.html", width=800)
    assert browser.evaluate("document.scripts.length") == 0
    assert EVIL in browser.evaluate("document.querySelector('nav').innerText")


def test_links_of_the_contents_lead_to_their_section(browser, folder, several):
    browser.open(folder / "several.html", width=1400)
    browser.evaluate("document.querySelector('nav a[href=\"#reproduction-pooled\"]').click()")
    top = browser.evaluate(
        "document.getElementById('reproduction-pooled').getBoundingClientRect().top"
    )
    bottom = browser.evaluate("document.documentElement.scrollHeight - innerHeight - scrollY")
    assert abs(top) < 5 or bottom < 5


def test_a_telephone_keeps_the_contents_in_reach_and_stacks_tables(browser, folder, several):
    page = browser.open(folder / "several.html", width=400)
    page.evaluate("window.scrollTo(0, 3000)")
    assert page.evaluate("document.querySelector('nav').getBoundingClientRect().top") == 0
    assert page.evaluate("getComputedStyle(document.querySelector('main td')).display") == "block"
    # and each cell still says of which column it is
    said = "getComputedStyle(document.querySelector('td[data-head=pooled]'), '::before').content"
    assert "pooled" in page.evaluate(said)


def test_figures_are_dark_on_a_dark_page_alone(browser, folder, one):
    of = "getComputedStyle(document.querySelector('.card img')).filter"
    for dark, media, turned in ((True, "", True), (False, "", False), (True, "print", False)):
        page = browser.open(folder / "one.html", width=1000, dark=dark, media=media)
        assert ("invert" in page.evaluate(of)) == turned


@pytest.mark.samples
@pytest.mark.parametrize(("name", "most"), [("one", 10), ("several", 12)])
def test_it_prints_on_few_pages(name, most, browser, folder, request, tmp_path):
    request.getfixturevalue(name)
    browser.open(folder / f"{name}.html", width=1000, dark=True).pdf(tmp_path / "p.pdf")
    printed = (tmp_path / "p.pdf").read_bytes()
    assert printed.startswith(b"%PDF") and 3 <= printed.count(b"/Type /Page\n") <= most
