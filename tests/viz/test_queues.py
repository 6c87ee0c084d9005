"""Societies under load: the film's queues are those that the record's own measures count."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from society_viz import animate
from society_viz.film import DONE, DOOR, REQUEST, Film
from society_viz.reading import entries
from society_viz.story import tell

from society_sim import Scenario, run

Entry = dict[str, Any]
Told = Callable[..., tuple[list[Entry], Film]]


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """Runs the busy boss through a way and tells its record."""

    def tell_it(through: str, rounds: int = 40, seconds: float = 900.0, **changes: Any) -> tuple[list[Entry], Film]:
        scenario = Scenario.read("busy_boss", [f"task.rounds={rounds}", f"mechanism.through={through}"])
        for path, value in changes.items():
            scenario = scenario.set(path.replace("__", "."), value)
        found = run(scenario, seed=1, out=tmp_path / through)
        assert found.folder is not None
        record = found.folder / "record.jsonl"
        return [dict(entry) for entry in entries(record)], tell(lambda: entries(record), seconds)

    return tell_it


def queued(record: list[Entry], seat: int, t: float) -> int:
    """How many wait at *seat* at *t*, counted answer by answer."""
    stations = [e for e in record if e["kind"] == "answer" and e["member"] == seat and e["waited"] > 1e-4]
    return sum(e["asked"] <= t + 5e-6 < e["t"] - e["served"] - 5e-6 for e in stations)


def test_queues_are_those_of_the_record_and_the_boss_is_the_bottleneck(told: Told) -> None:
    record, film = told("boss")
    assert film.door is not None
    for beat in film.beats[1:]:
        assert list(beat.waiting[:5]) == [queued(record, seat, beat.t) for seat in range(5)]
    most = [max(beat.waiting[seat] for beat in film.beats) for seat in range(5)]
    assert most[0] >= 3
    assert most[0] > max(most[1:])
    flows = [flow for beat in film.beats for flow in beat.flows]
    assert sum(flow[:2] == (DOOR, 0) for flow in flows) == 40
    assert sum(u == 0 and what == REQUEST for u, _, what in flows) == 40
    assert sum(v == DOOR and what == DONE for _, v, what in flows) == 40
    waited = [e["waited"] for e in record if e["kind"] == "outcome"]
    assert any("(Little's law)" in line for line in film.beats[-1].lines)
    assert f"Mean wait {sum(waited) / 40:.3g}" in film.beats[-1].lines[0]


def test_a_market_routes_around_the_boss_and_posts_its_prices(told: Told) -> None:
    record, film = told("price")
    assert all(target != 0 for beat in film.beats for _, target, _ in beat.flows)
    assert {beat.fills[0] for beat in film.beats} == {1}
    quoted = [e["prices"] for e in record if e["kind"] == "outcome"]
    assert {at for prices in quoted for at in prices.values()} >= {1.0, 2.0}
    assert {mark for beat in film.beats for mark in beat.marks} >= {"", "1", "2"}
    assert all(e["price"] == min(e["prices"].values()) for e in record if e["kind"] == "outcome")


def test_one_line_for_all_stands_at_the_door(told: Told) -> None:
    _, film = told("free", arrivals={"poisson": {"rate": 3.5}})
    assert max(beat.waiting[-1] for beat in film.beats) > 0
    assert not any(any(beat.waiting[:-1]) for beat in film.beats)
    assert any("for whoever is free" in line for beat in film.beats for line in beat.lines)


def test_stacks_stand_on_nobody_and_many_requests_stay_a_short_film(told: Told) -> None:
    _, film = told("lot", rounds=300, seconds=30, population={"plain": {"size": 21, "model": "crowd"}},
                   topology={"hierarchical": {"span": 20}}, arrivals={"poisson": {"rate": 30.0}})  # fmt: skip
    assert len(film.beats) < 40
    assert any("several moments" in line for beat in film.beats for line in beat.lines)
    spots = film.forms[0].places
    for stack in film.stacks:
        for x, y in stack.marks(6):
            for node in spots:
                assert not (node.x - node.r < x + stack.size and x < node.x + node.r
                            and node.y - node.r < y + stack.size and y < node.y + node.r)  # fmt: skip


@pytest.mark.slow
def test_the_page_and_the_picture_hold_them(told: Told, tmp_path: Path) -> None:
    told("boss", rounds=12)
    folder = next((tmp_path / "boss").glob("*/seed-*"))
    page = animate(folder, tmp_path / "a.html").read_text(encoding="utf-8")
    assert '"waiting":{' in page
    one, two = (animate(folder, tmp_path / name, dpi=40, seconds=8).read_bytes() for name in ("a.gif", "b.gif"))
    assert one == two
