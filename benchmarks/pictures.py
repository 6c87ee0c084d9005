"""What pictures of a run take: the time of a GIF, the bytes of a player."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import society_viz
from PIL import Image

from benchmarks.common import Row
from society_sim import Scenario, run

PICTURES, MEMBERS = 300, 50
EVENTS, BYTES = 10_000, 5_000_000
KINDS = {
    "votes, seeing others": ("second_look", "task.rounds"),
    "reports in a tree": ("hierarchy_against_flat", "task.rounds"),
    "a society that rewires itself": ("self_made_hierarchy", "task.rounds"),
    "news that is passed on": ("news_in_organisations", "task.rounds"),
    "an order book": ("double_auction", "task.rounds"),
}


def pictures(quick: bool) -> list[Row]:
    """Seconds of a GIF of 50 members, set to 300 pictures; bytes of players, set to 10,000 entries of the record."""
    with tempfile.TemporaryDirectory() as folder:
        rows = _gif(Path(folder), 6 if quick else 80, 10 if quick else 150)
        for what, (scenario, rounds) in KINDS.items():
            rows.append(_player(Path(folder), what, scenario, rounds, quick))
    return rows


def _gif(folder: Path, questions: int, seconds: float) -> list[Row]:
    changes = [f"population.size={MEMBERS}", f"task.rounds={questions}"]
    found = run(Scenario.read("second_look", changes), out=folder).folder
    began, spent = time.perf_counter(), time.process_time()
    made = society_viz.animate(found, folder / "it.gif", seconds=seconds)
    wall, cpu = time.perf_counter() - began, time.process_time() - spent
    with Image.open(made) as image:
        many = image.n_frames
    what = f"{PICTURES} pictures of {MEMBERS} members (measured: {many})"
    return [
        Row(f"GIF, {what}", wall * PICTURES / many, "s wall"),
        Row(f"GIF, {what}", cpu * PICTURES / many, "s CPU", "<= 20"),
        Row(f"GIF, {what}", made.stat().st_size * PICTURES / many / 1e6, "MB"),
    ]


def _player(folder: Path, what: str, scenario: str, rounds: str, quick: bool) -> Row:
    changes = [f"{rounds}={2 if quick else 40}"]
    found = run(Scenario.read(scenario, changes), out=folder).folder
    while not quick and (many := _entries(found)) < EVENTS:
        changes = [f"{rounds}={int(changes[0].partition('=')[2]) * EVENTS // many + 1}"]
        found = run(Scenario.read(scenario, changes), out=folder).folder
    many = _entries(found)
    size = society_viz.animate(found, folder / "it.html").stat().st_size
    return Row(f"HTML player of {many:,} entries, {what}: bytes for 10,000, of 5 MB", size / many * EVENTS / BYTES, "x",
               "<= 1")  # fmt: skip


def _entries(run: Path) -> int:
    with (run / "record.jsonl").open("rb") as file:
        return sum(1 for _ in file)
