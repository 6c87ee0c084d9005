"""Nothing that somebody wrote becomes a part of a page: 250 strings, in eight places, in all that can be sent around.

A record with hostile words gives the same tags with the same attributes as one with harmless words does. Each word
carries a sign of its own (`a017`), so it is known which of them were shown, and where: only those count.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from shutil import which
from typing import Any
from xml.etree import ElementTree

import payloads
import pytest
import samples
from markdown_it import MarkdownIt
from society_viz import animate, poster, report
from society_viz.charts import chart

from society_sim.reporting import markdown, run_page

Say = Callable[[str, int], str]
SINKS = {"a": "name", "b": "role", "c": "message", "d": "task", "e": "option", "f": "rule", "g": "error", "h": "file"}
SIGN = re.compile(rf"\b[{''.join(SINKS)}]\d{{3}}\b")
MANY = 25
"""Words of each place in one record: more are not shown by a report's tables, or at one moment of a picture."""


def hostile(sink: str, at: int) -> str:
    return f"{sink}{at:03} {payloads.MANY[at % len(payloads.MANY)]}"


def harmless(sink: str, at: int) -> str:
    return f"{sink}{at:03} words"


def record(say: Say, start: int) -> list[dict[str, Any]]:
    """A record with `MANY` words in each place, from number *start* on."""
    numbers = range(start, start + MANY)
    names = [say("a", at) for at in numbers]
    ties = [(u, v, say("f", numbers[u])) for u in range(MANY) for v in ((u + 1) % MANY, (u + 2) % MANY)]
    traits = {seat: {"role": say("b", at)} for seat, at in enumerate(numbers)}
    entries = samples.opening(say("f", start), names, ties, {}, traits, model=say("e", start))
    for entry, at in zip([one for one in entries if one["kind"] == "member"], numbers, strict=True):
        entry["persona"] = say("b", at)
    for q, at in enumerate(numbers):
        about, options = say("d", at), [say("e", at), say("e", start + (q + 1) % MANY)]
        entries += [
            {"t": q, "kind": "question", "about": about, "text": say("d", at), "options": options},
            samples.answer(q + 0.1, about, q, options[0]),
            samples.answer(q + 0.1, about, (q + 1) % MANY, None, reason=say("g", at)),
            {"t": q + 0.2, "kind": "message", "from": q, "to": (q + 1) % MANY, "words": say("c", at)},
            {"t": q + 0.3, "kind": "refused", "from": q, "to": (q + 2) % MANY, "why": say("g", at)},
            {"t": q + 0.4, "kind": say("f", at), say("f", at): say("f", at), "member": q},
            {"t": q + 0.5, "kind": "outcome", "about": about, "decision": options[0], "gold": options[1],
             "correct": False},
        ]  # fmt: skip
    return samples.closing(entries)


def folder(say: Say, start: int, under: Path) -> Path:
    """The folder of a run with that record, whose name is hostile too, as far as a file system has it."""
    name = re.sub(r"[/\x00\\]", "_", say("h", start))[:60]
    made = samples.write(record(say, start), under / name / "seed-0000")
    said = {key: "".join(filter(str.isprintable, say("d", start + at))) for at, key in enumerate(("about", "source"))}
    (made / "scenario.yaml").write_text("".join(f"{key}: {json.dumps(words)}\n" for key, words in said.items()))
    return made


class Tags(HTMLParser):
    """The tags of a page with their attributes; the words between them, and in attributes that are read.

    Pictures within the page are passed over: their lines end elsewhere when words are longer.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        undrawn = re.sub("<svg .*?</svg>", "", page, flags=re.DOTALL)
        self.tags: Counter[tuple[Any, ...]] = Counter({("<",): undrawn.count("<")})
        self.words: list[str] = []
        self._drawn = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._drawn += tag == "svg"
        if not self._drawn:
            self.tags[tag, tuple(name for name, _ in attrs)] += 1
        self.words += [value or "" for _, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self._drawn -= tag == "svg"

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def signs(*pages: Tags) -> set[str]:
    """The signs of the words that are shown."""
    return {sign for page in pages for words in page.words for sign in SIGN.findall(words)}


def player(run: Path, to: Path) -> list[Tags]:
    return [Tags(animate(run, to / "a.html").read_text(encoding="utf-8"))]


def page(run: Path, to: Path) -> list[Tags]:
    """A report, and the player that is in it."""
    made = Tags(report(run, to / "b.html")[0].read_text(encoding="utf-8"))
    return [made, *(Tags(words) for words in made.words if words.startswith("<!DOCTYPE html>"))]


def prose(run: Path, to: Path) -> list[Tags]:
    """A report in Markdown, as a site shows it that lets HTML through."""
    text, _ = markdown(run_page(run), chart, "figures")
    return [Tags(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))]


OUTPUTS = {"player": player, "page": page, "prose": prose}
STARTS = range(0, len(payloads.MANY), MANY)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("output", OUTPUTS)
def test_a_page_has_the_same_tags_whatever_is_in_the_record(output: str, start: int, tmp_path: Path) -> None:
    plain, made = (OUTPUTS[output](folder(say, start, tmp_path), tmp_path) for say in (harmless, hostile))
    assert [one.tags for one in made] == [one.tags for one in plain]
    assert signs(*made) == signs(*plain)
    assert len(signs(*made)) >= {"player": 6, "page": 6, "prose": 3}[output] * MANY


@pytest.mark.parametrize("start", STARTS)
def test_a_picture_has_only_what_is_drawn(start: int, tmp_path: Path) -> None:
    shown = []
    for say in (harmless, hostile):
        root = ElementTree.parse(poster(folder(say, start, tmp_path), tmp_path / "a.svg")).getroot()
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert tags <= {"svg", "title", "desc", "rect", "polyline", "polygon", "circle", "text"}
        assert not {name for element in root.iter() for name in element.attrib
                    if re.match("on|style|src|(.*})?href", name)}  # fmt: skip
        shown.append(set(SIGN.findall(" ".join(root.itertext()))))
    assert shown[0] == shown[1] and len(shown[1]) > MANY


def test_a_report_of_a_record_that_broke_off_late_is_no_longer_than_others(tmp_path: Path) -> None:
    """However far its last entry is from the last outcome, and so the steps in which its structure is looked at."""
    late = {"t": 1e12, "kind": "note"}
    (to,) = report(samples.write([*samples.growing()[:-1], late], tmp_path), tmp_path / "b.html")
    assert "Structure over time: seed" in to.read_text(encoding="utf-8") and to.stat().st_size < 1_000_000


@pytest.mark.browser
@pytest.mark.slow
def test_a_browser_finds_the_same_elements(tmp_path: Path) -> None:
    """What a real parser makes of them, which follows other rules than the one above."""
    chromium = which("chromium") or which("chromium-browser") or which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    read = """text => [...new DOMParser().parseFromString(text, "text/html").querySelectorAll("*")]
        .filter(one => !one.closest("svg")).map(one => one.tagName + " " + one.getAttributeNames())"""
    with pytest.importorskip("playwright.sync_api").sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"])
        shown = browser.new_page()
        for start in STARTS[::3]:
            for made in OUTPUTS.values():
                one, other = ([shown.evaluate(read, page.page) for page in made(folder(say, start, tmp_path), tmp_path)]
                              for say in (harmless, hostile))  # fmt: skip
                assert one == other and len(one[0]) > 20
        browser.close()


def test_each_way_out_is_there() -> None:
    """250 different strings, most of which a page that does not escape them would take for something else."""
    assert len(set(payloads.MANY)) == 250
    assert sum(len(Tags(one).tags) > 1 for one in payloads.MANY) > 120
