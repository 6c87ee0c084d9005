"""The gallery: a page of the shipped scenarios, made anew with their pictures."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from society_viz.reading import find_record

from society_sim import Scenario, run

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def made() -> dict[str, object]:
    return runpy.run_path(str(ROOT / "docs" / "gallery.py"))


def test_the_page_has_what_each_scenario_says_and_its_picture(made: dict[str, object], tmp_path: Path) -> None:
    names = ["dividing_a_budget", "five_rules"]
    page = made["gallery"](tmp_path, names)  # type: ignore[operator]
    text = page.read_text()
    for name in names:
        scenario = Scenario.read(name)
        assert scenario.expect is not None
        for words in (scenario.about, scenario.source, scenario.expect.says, f"society-sim experiment {name}"):
            assert words.strip() in text
        assert text.count(f"](gallery/{name}.svg)") == 1
        assert (tmp_path / "gallery" / f"{name}.svg").read_text().startswith("<svg")
    assert "| `poorest` | talmud | 50 |" in text


def test_a_picture_is_of_the_run_that_it_says(made: dict[str, object], tmp_path: Path) -> None:
    """Seed 0, and no more questions than the page admits to: the picture has the figures of that very run."""
    scenario = Scenario.read("whispers", ["population.size=4", "task.rounds=200"])
    made["picture"](scenario, tmp_path / "a.svg")  # type: ignore[operator]
    short = run(scenario.set("task.rounds", made["MOST"]), out=tmp_path)
    assert short.folder is not None and find_record(short.folder).is_file()
    right = sum(outcome["correct"] for outcome in short.outcomes)
    assert f">{right} (" in (tmp_path / "a.svg").read_text()
