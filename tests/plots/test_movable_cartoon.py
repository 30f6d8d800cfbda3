"""The cartoon with sliders: what it says is right, in a browser of its own, at two widths."""

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.errors import InputError
from tests.support.browser import chromium, executable

ROOT = "document.querySelector('.bayes-ddm-diffusion')"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = executable()
    if path is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    file = tmp_path_factory.mktemp("cartoon") / "page.html"
    shown = [bd.plots.movable_cartoon()._repr_html_() for _ in range(2)]
    head = '<!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width">'
    file.write_text(head + "".join(shown), encoding="utf-8")
    with chromium(path) as tab:
        yield tab.open(file, width=400)


def move(page, **values):
    for name, value in values.items():
        page.evaluate(
            f"(() => {{const one = {ROOT}.querySelector('input[name={name}]'); one.value = {value};"
            "one.dispatchEvent(new Event('input', {bubbles: true}))})()"
        )
    return page.evaluate(f"{ROOT}.querySelector('p').textContent")


def test_it_draws_with_sliders_that_are_named_and_nothing_sticks_out(page):
    labels = page.evaluate(f"[...{ROOT}.querySelectorAll('label')].map(one => one.innerText)")
    assert [label.split() for label in labels] == [
        ["drift", "1.00"],
        ["boundary", "1.25"],
        ["start", "0.50"],
    ]
    paths = f"{ROOT}.querySelectorAll('circle').length"
    assert page.evaluate(paths) == 12
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.messages == []


def test_sliders_move_what_is_said_and_drawn(page):
    # by the closed forms of `wiener`: P(+1) = 1 / (1 + exp(4)), E[T] = b / v tanh(b v)
    said = move(page, drift=-2, boundary=1, start=0.5)
    assert said == f"2 in 100 choose +1; a choice takes {0.5 * np.tanh(2):.2f} s on average."
    assert page.evaluate(f"{ROOT}.querySelector('svg').getAttribute('aria-label')").endswith(said)
    # at drift 0 the share is the start, and E[T] = 4 b^2 start (1 - start)
    assert move(page, drift=0, start=0.7).startswith("70 in 100 choose +1; a choice takes 0.84 s")
    other = "document.querySelectorAll('.bayes-ddm-diffusion')[1].querySelector('p').textContent"
    assert page.evaluate(other).startswith("92 in 100")


def test_its_densities_are_those_of_the_library(page):
    for v, b, start in ((0.0, 1.25, 0.5), (1.5, 0.3, 0.8), (-3.0, 2.5, 0.05)):
        for z in (1, -1):
            times = [0.02, 0.2, 1.0, 5.0]
            call = f"{times}.map(t => {ROOT}.density(t, {z}, {v}, {b}, {start}))"
            exact = np.exp(bd.wiener.log_density(times, z, drift=v, boundary=b, start=start))
            # terms left out are below exp(-7^2 / 0.6) or exp(-64 pi^2 0.3 / 2)
            assert np.allclose(page.evaluate(call), exact, rtol=1e-9, atol=1e-12)


def test_what_no_slider_reaches_is_refused_and_nothing_is_loaded():
    for wrong in ({"drift": 4}, {"boundary": 0.1}, {"start": 1.0}, {"drift": float("nan")}):
        with pytest.raises(InputError, match="the slider of"):
            bd.plots.movable_cartoon(**wrong)
    with pytest.raises(InputError, match="seed must be a whole number"):
        bd.plots.movable_cartoon(seed=-1)
    html = bd.plots.movable_cartoon()._repr_html_()
    assert not any(word in html for word in ("http", "src=", "import"))
