"""What the tests of the page share: the records of the tests of animations, and runs carried out once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "viz"))

from society_sim import runs
from society_sim.scenario import Scenario

BRIEF = {"second_look": ["task.rounds=3"], "double_auction": ["mechanism.turns=60"], "government_sweden_2018": [],
         "self_made_hierarchy": ["task.rounds=60"], "busy_boss": ["task.rounds=20"]}  # fmt: skip
"""Scenarios over different mechanisms, cut short."""


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of a run of each of them."""
    out = tmp_path_factory.mktemp("runs")
    return {name: runs.run(Scenario.read(name, sets), out=out).folder for name, sets in BRIEF.items()}
