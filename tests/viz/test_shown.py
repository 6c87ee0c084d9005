"""The picture in README is what the commands beside it make."""

from __future__ import annotations

from pathlib import Path

import society_viz

from society_sim import Scenario, run

SHOWN = Path(__file__).resolve().parents[2] / "docs" / "assets" / "self_made_hierarchy.svg"


def test_the_picture_of_the_readme_is_made_by_its_command(tmp_path: Path) -> None:
    folder = run(Scenario.read("self_made_hierarchy"), out=tmp_path).folder
    made = society_viz.poster(folder, tmp_path / "made.svg")
    assert made.read_bytes() == SHOWN.read_bytes(), f"accept it: mv {made} {SHOWN}"
