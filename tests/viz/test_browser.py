"""The page in a browser: it plays, it can be driven by keys, it asks nobody, and nothing in a record runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
import payloads
import pytest
import samples
from PIL import Image
from society_viz import animate
from society_viz.geometry import curve, lines
from society_viz.story import tell

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
TAGS = """html head meta title style body header h1 h2 output p main svg aside ul li section nav button input label
select option details summary ol footer noscript script span strong g defs marker path pattern rect line circle
text"""
Run = Callable[..., Path]


class Watched:
    """A page, and all that it said, asked for and popped up."""

    def __init__(self, page: Any) -> None:
        self.page, self.said, self.asked, self.popped = page, [], [], []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("dialog", lambda dialog: (self.popped.append(dialog.message), dialog.dismiss()))

    def quiet(self) -> bool:
        return (self.said, len(self.asked), self.popped) == ([], 1, [])


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Any, run: Run, tmp_path: Path) -> Iterator[Callable[[list], Watched]]:
    contexts = []

    def open_page(entries: list) -> Watched:
        to = animate(run(entries), tmp_path / "a.html")
        contexts.append(browser.new_context(viewport={"width": 1060, "height": 900}))
        watched = Watched(contexts[-1].new_page())
        watched.page.goto(to.as_uri())
        return watched

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", samples.ALL)
def test_every_moment_can_be_shown(name: str, opened: Callable[[list], Watched]) -> None:
    watched = opened(samples.ALL[name]())
    page = watched.page
    last = int(page.get_attribute("#scrub", "max"))
    for _ in range(last + 2):
        page.keyboard.press("ArrowRight")
    assert page.inner_text("#place") == f"{last + 1} / {last + 1}"
    assert "The end" in page.inner_text("#caption")
    assert page.locator("#scene circle").count() >= 7
    assert watched.quiet(), (watched.said, watched.asked)


@pytest.mark.slow
def test_keys_buttons_scrubber_and_transcript(opened: Callable[[list], Watched]) -> None:
    watched = opened(samples.formation())
    page = watched.page
    page.keyboard.press("End")
    assert page.inner_text("#decision") == "Decided\nFDP, Greens, SPD"
    page.keyboard.press("Home")
    assert page.inner_text("#place").startswith("1 /")
    page.keyboard.press("+")
    assert page.input_value("#speed") == "2"
    page.select_option("#speed", "8")
    page.click("#play")
    page.locator("#place", has_text="4 /").wait_for(timeout=8000)
    page.keyboard.press(" ")  # the button has the focus, so this is a click on it
    assert page.inner_text("#play") == "Play"
    page.locator("#scrub").focus()
    page.keyboard.press("End")
    assert "The end" in page.inner_text("#caption")
    page.click("summary")
    page.locator("#transcript button").nth(2).click()
    assert page.inner_text("#place").startswith("3 /")
    assert page.inner_text("#caption") == "CDU/CSU is asked to form a government."
    assert watched.quiet()


@pytest.mark.slow
def test_what_a_record_says_stays_words(opened: Callable[[list], Watched]) -> None:
    watched = opened(payloads.record(payloads.SCRIPTS))
    page = watched.page
    allowed = set(TAGS.split())
    last = int(page.get_attribute("#scrub", "max"))
    for _ in range(last):
        page.keyboard.press("ArrowRight")
        tags = page.evaluate("[...document.querySelectorAll('*')].map(e => e.tagName.toLowerCase())")
        assert set(tags) <= allowed
    assert page.locator("script").count() == 2
    assert (
        page.evaluate("[...document.querySelectorAll('*')].some(e => [...e.attributes].some(a => /^on/i.test(a.name)))")
        is False
    )
    assert "<img src=x onerror=alert(1)>" in page.evaluate("document.body.textContent")
    assert watched.quiet(), (watched.said, watched.asked, watched.popped)


def test_a_still_page_for_those_who_want_no_movement(browser: Any, run: Run, tmp_path: Path) -> None:
    to = animate(run(samples.hierarchy()), tmp_path / "a.html")
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(to.as_uri())
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    page.wait_for_timeout(300)
    assert page.locator("#scene circle[visibility=visible]").count() == 0
    context.close()


SEEN = """() => [...document.querySelectorAll('#scene title')].map((title) => {
  const disc = title.parentNode.querySelector('circle');
  return [Number(disc.getAttribute('cx')), Number(disc.getAttribute('cy'))];
})"""


@pytest.mark.slow
def test_the_player_shows_the_places_and_ways_of_the_film(browser: Any, run: Run, tmp_path: Path) -> None:
    to = animate(run(samples.growing()), tmp_path / "a.html")
    film = tell(lambda: iter(samples.growing()), 900)
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(to.as_uri())
    order = [*range(len(film.beats)), 3, len(film.beats) - 1, 0, film.forms[2].first]  # on, back, and in leaps
    for beat in order:
        page.evaluate("at => { scrub.value = at; scrub.dispatchEvent(new Event('input')); }", beat)
        form = film.turn(beat)[1]
        assert page.evaluate(SEEN) == [[place.x, place.y] for place in form.places]
        bands = page.locator("#scene text", has_text="level")
        assert bands.all_text_contents() == [region.label for region in form.regions]
        drawn = "".join(page.locator("#scene path").evaluate_all("all => all.map((one) => one.getAttribute('d'))"))
        for line in lines(film):
            if line.first <= beat < line.last:
                (x, y), bend, (u, v) = curve(form, form.places[line.source], form.places[line.target], line.shift)
                assert bend is None
                assert near(drawn, f"M{x:.1f} {y:.1f}L{u:.1f} {v:.1f}")
    context.close()


def near(drawn: str, way: str) -> bool:
    """Whether *way* is among those *drawn*, to a tenth: halves may be rounded either way."""
    numbers = [float(part) for part in re.findall(r"[0-9.]+", way)]
    found = re.findall(r"M([0-9.]+) ([0-9.]+)L([0-9.]+) ([0-9.]+)", drawn)
    return any(max(abs(float(a) - b) for a, b in zip(one, numbers, strict=True)) < 0.11 for one in found)


def test_members_glide_to_their_places_on_and_back(browser: Any, run: Run, tmp_path: Path) -> None:
    to = animate(run(samples.growing()), tmp_path / "a.html")
    film = tell(lambda: iter(samples.growing()), 900)
    context = browser.new_context()
    page = context.new_page()
    page.clock.install(time=0)
    page.goto(to.as_uri())
    page.clock.pause_at(10_000)
    one, two = ([[place.x, place.y] for place in film.forms[at].places] for at in (0, 1))
    for start, end, key in ((one, two, "ArrowRight"), (two, one, "ArrowLeft")):
        turn = film.forms[1].first - (key == "ArrowRight")
        page.evaluate("at => { scrub.value = at; scrub.dispatchEvent(new Event('input')); }", turn)
        page.clock.run_for(2000)
        assert page.evaluate(SEEN) == start
        page.locator("body").press(key)
        page.clock.run_for(350)
        for (x, y), (u, v), (a, b) in zip(page.evaluate(SEEN), start, end, strict=True):
            if (u, v) != (a, b):
                assert min(u, a) <= x <= max(u, a)
                assert min(v, b) <= y <= max(v, b)
                assert (x, y) not in ((u, v), (a, b))
        page.clock.run_for(2000)
        assert page.evaluate(SEEN) == end
    context.close()


@pytest.mark.slow
def test_the_dark_page_is_dark_all_over(browser: Any, run: Run, tmp_path: Path) -> None:
    to = animate(run(samples.growing()), tmp_path / "a.html")
    shown = {}
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(to.as_uri())
        picture = np.asarray(Image.open(BytesIO(page.locator("#scene").screenshot())).convert("L"))
        shown[scheme] = np.median(picture)
        context.close()
    assert shown["dark"] < 40
    assert shown["light"] > 240
