"""What a page shows before its scripts are there: the moment that they will show, or the names in the gallery."""

from __future__ import annotations

import json
import os
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import payloads
import pytest
import samples

pytest.importorskip("solara")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # Mesa's and Solara's own

from society_viz.view import first, gallery, scene  # noqa: E402 - they need Solara
from society_viz.view.page import shot  # noqa: E402
from society_viz.view.targets import Target  # noqa: E402
from society_viz.view.watched import Watched  # noqa: E402

from society_sim.scenario import Scenario, sources  # noqa: E402


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()
        self.words = self.script = self._in = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found[tag] += 1
        self._in = tag

    def handle_data(self, data: str) -> None:
        if self._in == "script":
            self.script += data
        elif self._in != "style":
            self.words += data


def served(target: str, out: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SOCIETY_VIEW", target)
    monkeypatch.setenv("SOCIETY_VIEW_OUT", str(out))
    return first.first()


def drawn(page: str) -> dict:
    begun = Tags(page).script.partition("const drawn = ")[2]
    return json.JSONDecoder().raw_decode(begun)[0]


def test_the_first_picture_is_that_of_the_first_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, really = [], Target.opened
    monkeypatch.setattr(Target, "opened", lambda *given: (opened.append(given), really(*given))[1])
    page = served("second_look", tmp_path, monkeypatch)
    watched = Watched("second_look", out=str(tmp_path))  # the same run: it goes on here
    seen = shot(watched, scene.Cast(), False)
    assert drawn(page) == json.loads(json.dumps({"cast": seen.drawn, "net": seen.ties, "moment": seen.picture}))
    assert watched.lines(0)[0] in Tags(page).words and "getting ready" in page
    assert first.first() == page and len(opened) == 1  # however many open it
    watched.source.close()


def test_nothing_of_a_record_becomes_part_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tame = Tags(served(str(samples.write(samples.formation(), tmp_path / "tame")), tmp_path, monkeypatch))
    wild = samples.write(payloads.record(payloads.SCRIPTS), tmp_path / "wild")
    page = Tags(served(str(wild), tmp_path, monkeypatch))
    assert page.found.keys() == tame.found.keys() and page.found["script"] == 1
    assert page.script.strip().endswith("})();")  # it ends where ours does


def test_what_cannot_be_shown_is_left_to_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert served("nonsense", tmp_path, monkeypatch) == ""
    assert served(str(tmp_path), tmp_path, monkeypatch) == ""


def test_a_scenario_is_read_once_and_again_when_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {name: Path(sources.known()[name]).read_text() for name in ("second_look", "double_auction")}
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    (tmp_path / "broken.yaml").write_text("name: [")
    monkeypatch.setattr(sources, "known", lambda: {file.stem: file for file in tmp_path.glob("*.yaml")})
    reads, really = [], Scenario.read
    monkeypatch.setattr(Scenario, "read", lambda name, *given: (reads.append(name), really(name, *given))[1])
    assert [one.name for one in gallery.scenarios()] == ["double_auction", "second_look"]
    assert sorted(reads) == ["broken", "double_auction", "second_look"]
    names = Tags(served("", tmp_path, monkeypatch)).words
    assert "double_auction" in names and "second_look" in names and len(reads) == 3
    changed = tmp_path / "second_look.yaml"
    changed.write_text(texts["second_look"].replace("about: Does", "about: Truly, does"))
    os.utime(changed, ns=(1, 1))
    assert gallery.scenarios()[1].about.startswith("Truly, does") and reads[3:] == ["second_look"]
    changed.unlink()
    assert [one.name for one in gallery.scenarios()] == ["double_auction"] and len(reads) == 4
