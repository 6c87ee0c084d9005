"""What the tests of the page share: the records of the tests of animations, and runs carried out once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "viz")]

from cut_short import BRIEF

from society_sim import runs
from society_sim.scenario import Scenario


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of a run of each of them."""
    out = tmp_path_factory.mktemp("runs")
    return {name: runs.run(Scenario.read(name, sets), out=out).folder for name, sets in BRIEF.items()}
