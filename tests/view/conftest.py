"""What the tests of the page share: the records of the tests of animations, and runs carried out once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from cut_short import BRIEF

from society_sim import runs
from society_sim.scenario import Scenario

sys.path.insert(0, str(Path(__file__).parent.parent / "viz"))  # its records


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of a run of each of the scenarios that are cut short."""
    out = tmp_path_factory.mktemp("runs")
    return {name: runs.run(Scenario.read(name, sets), out=out).folder for name, sets in BRIEF.items()}
