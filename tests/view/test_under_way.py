"""Several questions under way at once: each is shown as if it were the only one, and somebody may keep to one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import samples
from society_viz.entries import fold
from society_viz.reading import entries
from society_viz.stage import Stage
from society_viz.story import tell
from society_viz.view.beside import told, under_way
from society_viz.view.known import Facts, Known
from society_viz.view.member import member
from society_viz.view.panels.ballots import ballots
from society_viz.view.telling import Teller
from society_viz.view.track import Cursor, Track
from society_viz.view.watched import Watched

from society_sim import Outcome, Scenario, mechanism
from society_sim import run as carry_out


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


def put(about: str, t: float = 0.0) -> dict[str, Any]:
    return {"t": t, "kind": "question", "about": about, "text": f"{about}?", "options": ["yes", "no"]}


def test_a_moment_is_about_one_question_where_two_are_answered_at_one_time(tmp_path: Path) -> None:
    """And a member's acts say to which they belong, as do the words of what it is asked aside."""
    both = [{"t": 1.0, "kind": "answer", "about": about, "member": seat, "value": value, "key": f"{at:032x}", **more}
            for at, (about, seat, value, more) in enumerate([
                ("a", 0, "yes", {}), ("b", 0, "no", {}), ("b", 1, "no", {}),
                ("a", 1, "think twice", {"purpose": "notes"})])]  # fmt: skip
    named = samples.opening("two at once", ["Ann", "Bo"], [(0, 1, "talk"), (1, 0, "talk")])
    tied = {"t": 1.0, "kind": "unlink", "source": 0, "target": 1, "about": "b"}
    track = Track(samples.write(samples.closing([*named, put("a"), put("b"), *both, tied]), tmp_path) / "record.jsonl")
    track.read()
    cut = [(moment.kind, moment.question) for moment in track.moments]
    assert cut[3:6] == [("answers", 1), ("answers", 2), ("answers", 1)]
    said, cursor, facts = Teller(track), Cursor(track), Facts(track)
    assert [said.lines(at)[0] for at in (3, 5)] == [
        "Question 1: Ann answers yes", "Question 1: Bo, notes: think twice"]  # fmt: skip
    known = Known(cursor.to(5), track.moments[5], 5, *facts.until(5), track)
    assert [[words for _, words, _ in member(known, seat)["acts"]] for seat in (0, 1)] == [
        ["question 2, no", "question 1, yes"], ["question 1, notes: think twice", "question 2, no"]]  # fmt: skip
    at = next(at for at, moment in enumerate(track.moments) if list(track.entries_of(at, at))[-1]["kind"] == "unlink")
    stage = cursor.to(at)
    other = stage.looking_at(1)
    assert stage.table.number == 2 and other.table.number == 1
    assert list(other.moment.unlinked) == list(stage.moment.unlinked) != [], "ties are everybody's"


def test_a_record_that_settles_nothing_keeps_a_bounded_number_of_questions() -> None:
    stage = Stage()
    for number in range(1_500):
        fold(stage, put(f"q{number}"))
    assert len(stage.tables) == 1_000 and stage.asked == 1_500 and stage.tables["q1499"] is stage.table


@pytest.mark.parametrize("at_once", [1, 2])
def test_an_answer_that_comes_when_its_question_is_settled_changes_no_other(at_once: int, tmp_path: Path) -> None:
    """It is told as that, in the page and in animations, and counts nowhere."""
    @mechanism
    def hasty(society: Any, question: Any) -> Any:
        asked = [society.start(member.ask(question.text, question.form)) for member in society.members]
        yield society.env.any_of(asked)
        return Outcome(None)

    try:
        scenario = Scenario.of(
            name="hasty", models={"m": {"synthetic": {}}}, population={"plain": {"size": 6, "model": "m"}},
            topology="flat", task={"multiple_choice": {"rounds": 4}}, mechanism="hasty", at_once=at_once,
            pace={"lognormal": {"median": 2.0, "sigma": 1.0}})  # fmt: skip
        record = carry_out(scenario, out=tmp_path).folder / "record.jsonl"
    finally:
        del mechanism._parts["hasty"]
    track = Track(record)
    track.read()
    cursor, said, own, late = Cursor(track), Teller(track), dict[str, set[int]](), 0
    settled, on = set[str](), ""
    for at in range(len(track.moments)):
        for entry in track.entries_of(at, at):
            if entry["kind"] == "question":
                on = entry["about"]
            if entry["kind"] == "outcome":
                settled.add(entry["about"])
            if entry["kind"] == "answer":
                own.setdefault(entry["about"], set()).add(entry["member"])
                if entry["about"] in settled - {on} and entry["about"] not in cursor.to(at).tables:
                    late += 1
                    number = cursor.stage.over[entry["about"]]
                    assert any(f"answers question {number}, which is settled: " in line for line in said.lines(at))
        table = cursor.to(at).table
        assert table.values.keys() <= own.get(table.about, set())
    assert late
    lines = [line for beat in tell(lambda: entries(record), 600).beats for line in beat.lines]
    assert sum("which is settled: " in line for line in lines) >= (late if at_once == 1 else 1)
