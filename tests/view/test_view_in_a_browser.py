"""The page in a browser, as `society-sim view` serves it: offline, by keyboard, and with nothing of a record run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import hostile_live
import payloads
import pytest
import samples
from browsing import CHROMIUM, FLAGS, PATIENT, Looking, served

sync_api = pytest.importorskip("playwright.sync_api")
pytest.importorskip("solara")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    samples.write(payloads.record(payloads.SCRIPTS), folder / "hostile-00000000" / "seed-0000")
    samples.write(samples.formation(), folder / "formation-00000000" / "seed-0000")
    return folder


@pytest.fixture(scope="module")
def address(out: Path) -> Iterator[str]:
    with served(out) as there:
        yield there


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


def test_a_scenario_is_played_paused_and_scrubbed_by_keyboard(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    watched = Looking(context, address, "second_look")
    page = watched.page
    watched.at("1 /")
    page.keyboard.press("ArrowRight")
    watched.at("2 /")
    page.keyboard.press(" ")
    page.locator(".st-play", has_text="Pause").wait_for(timeout=PATIENT)
    watched.at("7 /")
    page.keyboard.press(" ")
    page.locator(".st-play", has_text="Play").wait_for(timeout=PATIENT)
    page.wait_for_timeout(1_000)  # the step that was under way is shown
    paused = page.inner_text(".st-place").split("/")[0]
    page.wait_for_timeout(1_500)  # no step is made after that
    assert page.inner_text(".st-place").split("/")[0] == paused
    page.keyboard.press("Home")
    watched.at("1 /")
    page.keyboard.press("n")
    watched.at("2 /")
    page.keyboard.press("End")
    page.locator("canvas.sg-paper").focus()
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.locator(".sm h2", has_text="Member").wait_for(timeout=PATIENT)
    page.locator(".sm-acts button").first.click()
    page.locator(".sm-chain", has_text="Read as").wait_for(timeout=PATIENT)
    page.locator(".sp h2", has_text="Measures").wait_for(timeout=PATIENT)
    assert watched.quiet(), (watched.said, watched.asked)
    context.close()


def test_of_questions_under_way_one_is_shown_and_can_be_kept_to(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    watched = Looking(context, address, "three_debates")
    page, answers = watched.page, "[...document.querySelectorAll('.sd-tally b')].map((one) => one.innerText).join()"
    watched.at("1 /")
    for place in range(2, 13):  # ten questions are put, and the first is answered
        page.keyboard.press("ArrowRight")
        watched.at(f"{place} /")
    tables, caption = page.locator(".sc-tables"), page.locator(".sv-caption").first
    assert tables.locator("b").inner_text() == "Question 1" and "9 others are under way" in tables.inner_text()
    assert caption.inner_text().startswith("Question 1: Member 0")
    given = page.evaluate(answers)
    tables.locator("button", has_text=re.compile("^2$")).click()
    tables.locator("b", has_text="Question 2").wait_for(timeout=PATIENT)
    assert caption.inner_text().startswith("Meanwhile: Question 1: Member 0")
    page.wait_for_function(f"{answers} === '0,0,0,0,3'", timeout=PATIENT)
    page.locator(".st-play").focus()
    page.keyboard.press("ArrowRight")  # to the next moment of the question that is kept to
    page.locator(".sv-caption", has_text="Question 2: Member 0").first.wait_for(timeout=PATIENT)
    page.wait_for_function(f"!{answers}.endsWith('3') || {answers}.split(',').length < 5", timeout=PATIENT)
    tables.locator("button", has_text=re.compile("^1$")).click()
    page.wait_for_function(f"{answers} === '{given}'", timeout=PATIENT)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert watched.quiet(), (watched.said, watched.asked)
    context.close()


def test_a_fork_stands_beside_its_parent_and_a_seat_can_be_taken(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    watched = Looking(context, address, "second_look")
    page = watched.page
    watched.at("1 /")
    for _ in range(2):
        page.keyboard.press("n")
        page.wait_for_timeout(800)
    page.locator(".sf select").select_option("mechanism.rounds")
    page.locator(".sf input").fill("nonsense")
    page.locator(".sf button").click()
    page.locator(".sf [role=alert]", has_text="whole number").wait_for(timeout=PATIENT)
    page.locator(".sf input").fill("0")
    page.locator(".sf button").click()
    page.locator(".sv-two").wait_for(timeout=PATIENT)
    page.locator("canvas.sg-paper").first.focus()
    for key in ("ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.locator(".sm-sit").click(timeout=PATIENT)
    page.locator(".sm-sit").wait_for(state="detached", timeout=PATIENT)
    turn = page.locator(".sq h2", has_text="Your turn, as Member 0")
    for _ in range(60):
        if turn.count():
            break
        page.locator(".st-play").focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(500)
    turn.wait_for(timeout=PATIENT)
    page.locator(".sq-options button").first.click()
    assert watched.quiet(), (watched.said, watched.asked)
    context.close()


def test_nothing_that_a_record_says_runs(browser: Any, address: str) -> None:
    context = browser.new_context()
    watched = Looking(context, address, "hostile-00000000")
    page = watched.page
    for _ in range(8):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(150)
    page.keyboard.press("End")
    page.locator("canvas.sg-paper").focus()
    for key in ("ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.locator(".sm h2").wait_for(timeout=PATIENT)
    page.locator(".sp h2").first.wait_for(timeout=PATIENT)
    unwanted = "document.querySelectorAll('.sv script, .sv iframe, .sv img, .sv object, .sv meta').length"
    assert page.evaluate(unwanted) == 0
    assert "<script>alert(1)</script>" in page.evaluate("document.querySelector('.sv').textContent")
    assert watched.quiet(), (watched.said, watched.asked)
    context.close()


def test_nothing_that_a_run_says_runs_as_it_goes_on(browser: Any, tmp_path: Path) -> None:
    context = browser.new_context()
    with served(tmp_path, str(hostile_live.write(tmp_path))) as there:
        watched = Looking(context, there)
        page = watched.page
        for _ in range(30):
            if page.locator(".st-buttons button[title^=On]").is_disabled():
                break
            page.locator(".st-play").focus()
            page.keyboard.press("ArrowRight")
            page.wait_for_timeout(150)
        watched.choose_member()
        page.locator(".sm-acts button").first.click()
        page.locator(".sm-chain", has_text="Read as").wait_for(timeout=PATIENT)
        page.locator(".sp section", has_text="cannot be shown: ValueError").wait_for(timeout=PATIENT)
        page.locator(".sf select").select_option(index=1)
        page.locator(".sf input").fill("<img src=x onerror=alert(1)>")
        page.locator(".sf button").click()
        page.locator(".sf [role=alert]").wait_for(timeout=PATIENT)
        for row in ("persona", "chain", "words"):
            assert "<img src=x onerror=alert(1)>" in page.evaluate("document.querySelector('.sv').textContent"), row
        assert page.evaluate("document.querySelectorAll('.sv script, .sv iframe, .sv img, .sv object').length") == 0
        assert watched.quiet(), (watched.said, watched.asked)
    context.close()


SHOWS = [
    *("opinion_clusters", "hierarchy_against_flat", "double_auction", "government_sweden_2018"),
    "self_made_hierarchy",
]


@pytest.mark.parametrize("name", SHOWS)
def test_a_show_is_stepped_scrubbed_forked_and_joined(name: str, browser: Any, address: str, out: Path) -> None:
    for width, scheme in ((1280, "light"), (390, "dark")) if name == SHOWS[0] else ((1280, "light"),):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        watched = Looking(context, address, name)
        page = watched.page
        watched.at("1 /")
        for place in range(2, 7):
            page.keyboard.press("ArrowRight")
            watched.at(f"{place} /")
        watched.choose_member()
        page.locator(".st-play").focus()
        page.keyboard.press("Home")
        watched.at("1 /")
        page.keyboard.press("End")
        page.locator(".st-place", has_text=re.compile(r"^(\d+) / \1\b")).wait_for(timeout=PATIENT)
        page.locator(".se li [aria-current]").wait_for(timeout=PATIENT)
        page.locator(".sp h2").first.wait_for(timeout=PATIENT)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=out / f"{name}-{width}-{scheme}.png")
        page.locator(".sm-sit").click(timeout=PATIENT)
        page.locator(".sv-two, .sm [role=alert]").first.wait_for(timeout=PATIENT)
        assert watched.quiet(), (watched.said, watched.asked)
        context.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "dark")])
def test_a_page_for_every_screen(width: int, scheme: str, browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    watched = Looking(context, address, "formation-00000000")
    page = watched.page
    page.keyboard.press("End")
    page.locator(".sp h2").first.wait_for(timeout=PATIENT)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    paper = page.evaluate("getComputedStyle(document.querySelector('.sv-card')).backgroundColor")
    assert (sum(map(int, paper.strip("rgb()").split(","))) < 200) == (scheme == "dark")
    page.click(".st-play") if page.is_enabled(".st-play") else None
    assert watched.quiet(), (watched.said, watched.asked)
    context.close()


def test_the_name_of_a_level_leaves_its_members_free(browser: Any) -> None:
    from society_viz.view.widgets import graph_script

    page = browser.new_page()
    page.set_content("<canvas></canvas>")
    page.evaluate(graph_script() + "window.levelled = module.exports.methods.levelled; null")
    measured = """([x, k, label]) => {
      const pen = document.querySelector('canvas').getContext('2d');
      pen.font = '11px system-ui, sans-serif';
      const other = [1, '', '', 20, 300, 19];
      const cast = {nodes: [[0, '', '', x, 100, 19], other]};
      const words = levelled.call({cast}, pen, {k, x: 4, y: 0}, label, 4, 100);
      return [words, 7 + pen.measureText(words).width, (x - 19) * k + 4];
    }"""
    said = set()
    for k in (0.3, 0.45, 0.7, 1.0, 1.6):
        for x in (62, 90, 300):
            words, ends, begins = page.evaluate(measured, [x, k, "level 2"])
            assert words in ("level 2", "2") and (ends < begins or words == "2")
            said.add(words)
    assert said == {"level 2", "2"}
    page.close()


def test_forged_requests_are_refused_and_files_of_this_machine_are_not_served(address: str) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        with pytest.raises(HTTPError, match="403"):
            urlopen(Request(address, headers=headers), timeout=20)
    for path in ("../../etc/passwd", "static/public/../../../etc/passwd", "_solara/cdn/../../../../etc/passwd",
                 "static/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd"):  # fmt: skip
        try:
            body = urlopen(f"{address}{path}", timeout=20).read()
        except HTTPError:
            continue
        assert b"root:" not in body


INKED = """() => { const paper = document.querySelector('#first canvas'); if (!paper) return 0;
  return paper.getContext('2d').getImageData(0, 0, paper.width, paper.height).data.filter((part) => part).length; }"""


def test_a_picture_is_there_before_the_scripts_of_the_page_are(browser: Any, tmp_path: Path) -> None:
    with served(tmp_path, "second_look") as there:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        held: list[Any] = []

        def hold(route: Any) -> None:
            held.append(route)

        page.route("**/solara-vuetify-app*.js*", hold)  # 4 MB, for which the first picture does not wait
        page.goto(there, wait_until="commit")
        page.wait_for_function(f"({INKED})() > 1000", timeout=PATIENT)
        assert page.locator("#first").inner_text().count("getting ready") == 1
        assert page.locator("canvas.sg-paper").count() == 0 and len(held) == 1
        held[0].continue_()
        page.locator("canvas.sg-paper").wait_for(timeout=PATIENT)
        page.locator("#first").wait_for(state="detached", timeout=PATIENT)
        page.locator(".st-place", has_text="1 /").wait_for(timeout=PATIENT)
        context.close()
