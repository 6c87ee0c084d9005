"""Several questions under way at once: each is shown as if it were the only one, and somebody may keep to one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from society_viz.entries import fold
from society_viz.stage import Stage
from society_viz.view.beside import told, under_way
from society_viz.view.panels.ballots import ballots
from society_viz.view.track import Cursor, Track
from society_viz.view.watched import Watched


@pytest.fixture
def folder(recorded: dict[str, Path]) -> Path:
    return recorded["three_debates"]


def alone(entries: list[dict[str, Any]], about: str) -> Stage:
    """How things stand after those of *entries* that are about one question; what names none goes with the last."""
    stage, last = Stage(), None
    for entry in entries:
        last = entry.get("about", last)
        if last in (None, about):
            fold(stage, entry)
    return stage


def test_each_moment_shows_one_question_as_if_there_were_no_other(folder: Path) -> None:
    track = Track(folder / "record.jsonl")
    track.read()
    numbers: dict[str, int] = {}
    cursor, before = Cursor(track), []
    overlaps = 0
    for at, moment in enumerate(track.moments):
        own = list(track.entries_of(at, at))
        numbers |= {entry["about"]: len(numbers) + 1 for entry in own if entry["kind"] == "question"}
        before += own
        if not numbers:
            continue
        assert {numbers[entry["about"]] for entry in own if "about" in entry} <= {moment.question}
        stage = cursor.to(at)
        about = stage.table.about
        assert numbers[about] == moment.question == stage.table.number
        other = alone(before, about).table
        assert (stage.table.values, stage.table.found, stage.table.decision) == (
            other.values, other.found, other.decision)  # fmt: skip
        assert len(stage.moment.answers) == sum(entry["kind"] == "answer" for entry in own)
        overlaps += len(stage.tables) > 1
    assert overlaps > len(track.moments) // 2


def test_who_keeps_to_a_question_sees_and_steps_through_it_alone(folder: Path) -> None:
    watched = Watched(str(folder))
    while watched.going:
        watched.source.advance(10_000, 1.0)
    moments = watched.moments
    own = [at for at, moment in enumerate(moments) if moment.question == 3]
    assert set(range(own[0], own[-1])) - {*own}  # others act in between
    watched.jump(own[0])
    watched.keeps_to = 3
    seen = [watched.place]
    while not watched.stage.table.decision:
        watched.step()
        seen.append(watched.place)
    assert seen == own
    for at in range(own[0], own[-1]):
        watched.jump(at)
        known, stage = watched.known(), watched.stage
        assert stage.table.number == known.stage.table.number == 3
        shown = ballots(known)
        named = {row[0] for row in shown[0].rows} if shown else set()
        assert named == {stage.name(seat) for seat in stage.table.values}
        if at not in own:
            assert not stage.moment.flows.seen and not stage.moment.active
            assert told(moments[at], stage, watched.lines(at))[0].startswith("Meanwhile: Question ")
        back = [one for one in own if one < at]
        assert watched.neighbour(-1) == (back[-1] if back else at - 1)
    watched.jump(own[-1] + 1)  # it is settled: whatever is acted on is shown
    assert watched.stage.table.number == moments[own[-1] + 1].question != 3
    watched.jump(own[0])
    assert watched.stage.table.number == 3
    watched.leave()


def test_what_is_under_way_can_be_chosen(folder: Path) -> None:
    open_: set[int] = set()
    watched = Watched(str(folder))
    while watched.going:
        watched.source.advance(10_000, 1.0)
    for at, moment in enumerate(watched.moments):
        watched.jump(at)
        if moment.kind == "question":
            open_.add(moment.question)
        offered = [number for number, _ in under_way(moment, watched.stage, 0)["of"]]
        others = open_ - {moment.question}
        assert offered == (sorted(open_) if others else [])
        assert watched.lines(at)[0].startswith(f"Question {moment.question}:") or not others or moment.kind == "end"
        if moment.kind == "outcome":
            open_.discard(moment.question)
    watched.leave()


def test_questions_in_turn_offer_no_choice(recorded: dict[str, Path]) -> None:
    track = Track(recorded["second_look"] / "record.jsonl")
    track.read()
    cursor = Cursor(track)
    for at, moment in enumerate(track.moments):
        assert under_way(moment, cursor.to(at), 0)["of"] == []
