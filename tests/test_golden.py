"""Records that must not change unnoticed. A record that differs is written beside the old one as `.new`.

To accept it: `mv tests/golden/NAME.jsonl.new tests/golden/NAME.jsonl`, and say in the changelog which part changed.
The head names the version and the parameters' digests, so it is left out.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from society_sim import Scenario
from society_sim.building import build

GOLDEN = Path(__file__).parent / "golden"
CASES = {
    "second_look": ("second_look", ["task.rounds=3", "population.size=7", "pace={lognormal: {sigma: 0.4}}"]),
    "relay_up_a_hierarchy": ("model_panel", ["task.rounds=4", "topology=hierarchical"]),
    "relay_while_promotions_go_on": (
        "model_panel",
        ["task.rounds=4", "topology={hierarchical: {span: 2}}", "rewiring={competence: {every: 1.5}}"],
    ),
    "deliberation": (
        "second_look",
        ["task.rounds=2", "population.size=5", "mechanism=deliberation", "topology=flat"],
    ),
    "bundestag_2021": ("government_bundestag_2021", []),
    "uk_2019": ("government_uk_2019", []),
}


@pytest.mark.parametrize("name", CASES)
def test_golden(name):
    scenario, sets = CASES[name]
    chunks: list[bytes] = []
    society = build(Scenario.read(scenario, sets), 1, write=chunks.append)
    society.run()
    record = b"".join(chunks).split(b"\n", 1)[1]
    kept = GOLDEN / f"{name}.jsonl"
    if not kept.exists() or kept.read_bytes() != record:
        kept.with_suffix(".jsonl.new").write_bytes(record)
        pytest.fail(f"the record differs from {kept}; look at {kept.name}.new, and mv it over the old one to accept it")
