"""What it takes to watch a run: what following it adds to carrying it out, what a picture takes, what opening takes."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.common import Row, cpu
from society_sim.scenario import Scenario
from society_sim.stepping import Stepped

SCENARIOS = {
    "second_look": ["task.rounds=40"],
    "hierarchy_against_flat": ["task.rounds=150"],
    "double_auction": ["mechanism.turns=800"],
}
LARGE = ["population.size=200", "task.rounds=10"]


def watching(quick: bool) -> list[Row]:
    """Ratios of CPU seconds, each from runs of all kinds in turn; pictures are made, not drawn by a browser."""
    times, rows = (1, []) if quick else (7, [])
    _followed(Scenario.read("second_look", ["task.rounds=2"]))  # what is imported late is imported
    for name, sets in SCENARIOS.items():
        scenario = Scenario.read(name, ["task.rounds=2"] if quick and name != "double_auction" else sets)
        runs = [(_stepped(scenario), _followed(scenario), _followed(scenario, told=True)) for _ in range(times)]
        least = [min(times) for times in zip(*runs, strict=True)]  # what else the machine does only adds to it
        added, read = (100 * (more / least[0] - 1) for more in least[1:])
        rows.append(Row(f"what following it from moment to moment adds to {name}", added, "%", "< 20"))
        rows.append(Row("the same, with each moment's state made and put into words", read, "%"))
    return [*rows, *_pictures(quick)]


def _stepped(scenario: Scenario) -> float:
    with tempfile.TemporaryDirectory() as folder, cpu() as spent:
        run = Stepped(scenario, out=Path(folder))
        while run.step(8):
            pass
        return spent()


def _followed(scenario: Scenario, told: bool = False) -> float:
    from society_viz.view.sources import Live
    from society_viz.view.track import Cursor

    with tempfile.TemporaryDirectory() as folder, cpu() as spent:
        source, place = Live(Stepped(scenario, out=Path(folder))), 0
        cursor = Cursor(source.track)
        while source.going or place + 1 < source.moments:
            source.advance(place + 2, 1.0)
            place = min(place + 1, source.moments - 1)
            if told:
                cursor.to(place)
                source.told.lines(place)
        return spent()


def _pictures(quick: bool) -> list[Row]:
    """A moment of 200 members as plain data for the browser, and opening 5,000 members to the first picture."""
    from society_viz.view import scene
    from society_viz.view.watched import Watched

    def picture(watched: Watched, cast: scene.Cast) -> None:
        stage = watched.stage
        cast.drawn(stage), scene.net(stage, cast), scene.now(stage, cast)

    with tempfile.TemporaryDirectory() as folder:
        watched = Watched("second_look", out=folder, **dict(one.split("=") for one in LARGE))
        cast, taken = scene.Cast(), []
        picture(watched, cast)
        while watched.running and len(taken) < (5 if quick else 60):
            watched.step()
            begun = time.thread_time()
            picture(watched, cast)
            taken.append(time.thread_time() - begun)
        rows = [Row("a moment of 200 members", 1e3 * median(taken), "ms CPU", "< 100: ten a second")]
    if quick:
        return rows
    with tempfile.TemporaryDirectory() as folder, cpu() as spent:
        picture(Watched("second_look", out=folder, **{"population.size": "5000", "task.rounds": "1"}), scene.Cast())
        return [*rows, Row("5,000 members from the gallery to the first picture", spent(), "s CPU", "< 2")]
