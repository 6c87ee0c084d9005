"""What a record entry costs, and how fast a run is taken up again and replayed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.common import Row, cpu
from society_sim import Scenario, replay, run
from society_sim.recorder import Recorder
from society_sim.store import RECORD, TAPE


def entries(quick: bool) -> list[Row]:
    """Bytes and CPU seconds per entry of a record."""
    count = 20_000 if quick else 200_000
    chunks: list[bytes] = []
    recorder = Recorder(chunks.append)
    entry = {"t": 1.5, "kind": "answer", "about": "q17", "member": 3, "asked": 0.5, "value": "B", "tokens": (120, 14),
             "key": "0123456789abcdef" * 2}  # fmt: skip
    with cpu() as spent:
        for _ in range(count):
            recorder.put(entry)
        digest = recorder.digest
        seconds = spent()
    assert digest
    return [
        Row("bytes per answer's entry", sum(map(len, chunks)) / count, "B", "< 2,000"),
        Row("CPU per entry written and hashed", 1e6 * seconds / count, "us"),
    ]


def again(quick: bool) -> list[Row]:
    """A resumed run (all answers on the tape) and a replay, over the run itself."""
    scenario = Scenario.of(
        name="again",
        models={"crowd": {"synthetic": {}}},
        population={"plain": {"size": 25, "model": "crowd"}},
        topology={"small_world": {"k": 4, "p": 0.1}},
        task={"multiple_choice": {"rounds": 40 if quick else 400, "options": 4}},
        mechanism={"second_look": {"rounds": 2}},
    )
    with tempfile.TemporaryDirectory() as place:
        with cpu() as spent:
            first = run(scenario, out=place)
            whole = spent()
        folder = Path(first.folder or "")
        size = (folder / TAPE).stat().st_size / first.asked
        (folder / RECORD).unlink()
        with cpu() as spent:
            second = run(scenario, out=place)
            resumed = spent()
        with cpu() as spent:
            replay(folder)
            replayed = spent()
    assert (second.digest, second.asked) == (first.digest, 0)
    return [
        Row("CPU per answer of the run (synthetic)", 1e6 * whole / first.asked, "us"),
        Row("bytes per answer on the tape, prompts included", size, "B"),
        Row("resumed from a whole tape, over the run", resumed / whole, "x"),
        Row("replayed, over the run", replayed / whole, "x"),
    ]
