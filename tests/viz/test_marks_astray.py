"""Marks that are wrong are told with their place, never end, hide nothing, and do no harm to what else is seen."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import samples
from society_viz import Along, At, Off, VizError, mark
from society_viz.entries import fold
from society_viz.marking import draw, label, standing
from society_viz.stage import Stage
from society_viz.view.track import Cursor, Track, copied
from society_viz.view.watched import Watched

from society_sim.errors import ScenarioError

pytestmark = pytest.mark.usefixtures("marks_of_the_package")
NAMES = {0: "Ann", 1: "Bo", 2: "Cy"}


class Mute:
    def __str__(self) -> str:
        raise ValueError("says nothing")


@pytest.mark.parametrize(("gives", "told"), [
    (lambda: At(1, stays="for ever"), "stays for the 'moment', the 'question' or the 'run', not 'for ever'"),
    (lambda: [Along(0, 1, [])], r"the 'run', not \[\]"),
    (lambda: (At(1) for _ in itertools.count()), "more than 100,000 marks of one entry"),
    (lambda: itertools.repeat("words"), "more than 100,000 marks of one entry"),
    (lambda: [3], "gives 3; a mark gives At, Along, Off, or words"),
    (lambda: 3, "TypeError: 'int' object is not iterable"),
    (lambda: At(1, Mute()), "ValueError: says nothing"),
])  # fmt: skip
def test_what_is_no_mark_is_told_with_its_place(gives: Callable[[], Any], told: str) -> None:
    @mark
    def odd(entry: Any, stage: Stage) -> Any:
        return gives()

    stage = Stage(names=dict(NAMES))
    with pytest.raises(VizError, match=rf"test_marks_astray\.py:\d+: the mark 'odd' fails at an entry 'odd'.*{told}"):
        draw(stage, {"kind": "odd", "t": 1.0})
    assert not list(standing(stage))


@pytest.mark.parametrize("member", [{"a": 1}, float("nan"), 1.0, True, None, [1] * 9, -1, 9, "9", "9" * 5_000, ""])
def test_who_is_not_there_is_not_marked(member: Any) -> None:
    @mark
    def odd(entry: Any, stage: Stage) -> Iterator[At | Along | Off]:
        yield from (At(member), Along(0, member), Along(member, 0), Off(member))

    stage = Stage(names=dict(NAMES))
    assert not draw(stage, {"kind": "odd", "t": 1.0}) and not list(standing(stage))


def test_members_may_be_keys_of_a_record_and_signs_numbers_or_none() -> None:
    @mark
    def ranked(entry: Any, stage: Stage) -> Iterator[At]:
        yield from (At(seat, place) for seat, place in entry["places"].items())

    stage = Stage(names=dict(NAMES))
    draw(stage, {"kind": "ranked", "t": 1.0, "places": {"0": 1, "1": None, "Cy": 12.0}})
    assert list(standing(stage)) == [("ranked", At(0, "1")), ("ranked", At(1, "")), ("ranked", At(2, "12"))]
    assert label("ranked") == "ranked", "it says nothing of itself"


def test_an_entry_brings_as_many_arrows_as_it_says_and_the_next_takes_their_place() -> None:
    @mark
    def asks(entry: Any, stage: Stage) -> Iterator[At | Along]:
        """Asks."""
        yield At(entry["member"], stays="run")
        yield from (Along(entry["member"], to, entry["stays"]) for to in entry["to"])

    stage = Stage(names=dict(NAMES))
    draw(stage, {"kind": "asks", "t": 1.0, "member": 0, "to": [1, 2, 1, 0], "stays": "question"})
    assert {one for _, one in standing(stage)} == {At(0, "", "run"), Along(0, 1, "question"), Along(0, 2, "question")}
    assert list(stage.moment.marked["asks"]) == [(0, None), (0, 1), (0, 2)]
    draw(stage, {"kind": "asks", "t": 2.0, "member": 0, "to": [2], "stays": "run"})
    assert {one for _, one in standing(stage)} == {At(0, "", "run"), Along(0, 2, "run")}
    other = copied(stage)
    assert list(standing(other)) == list(standing(stage)) and other.marks is not stage.marks
    assert all(one is own for (_, one), (_, own) in zip(standing(other), standing(stage), strict=True)), "no deep copy"


def test_a_mark_takes_an_entry_and_a_stage_and_no_name_twice() -> None:
    def named(entry: Any, stage: Stage, *, of: str = "answer") -> None: ...
    def alone(entry: Any) -> None: ...

    for function in (named, alone):
        with pytest.raises(ScenarioError, match=r"takes an entry and a stage, and nothing else; .*@mark\(of=\.\.\.\)"):
            mark(function)
    code = "from society_viz import mark\n@mark\ndef vote_handed_on(entry, stage): ..."
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr
    assert "there are two parts mark 'vote_handed_on'" in said, "before anything was drawn"


def test_types_that_are_known_to_checkers_alone_do_no_harm() -> None:
    @mark(of="answer")
    def seen(entry: Entry, stage: Stage) -> At:  # type: ignore[name-defined]  # noqa: F821
        return At(entry["member"])

    assert draw(Stage(names=dict(NAMES)), {"kind": "answer", "t": 1.0, "member": 1})


def test_it_sees_how_things_stand_with_the_entry() -> None:
    seen: list[Any] = []

    @mark(of="answer")
    def given(entry: Any, stage: Stage) -> None:
        seen.append(stage.table.values.get(entry["member"]))

    @mark(of="recognition")
    def leads(entry: Any, stage: Stage) -> None:
        seen.append(stage.table.chair)

    stage = Stage(names=dict(NAMES))
    fold(stage, {"kind": "answer", "t": 1.0, "member": 1, "value": "yes", "about": "q"})
    fold(stage, {"kind": "recognition", "t": 2.0, "member": 2, "about": "q"})
    assert seen == ["yes", 2]


@pytest.mark.parametrize("told", [False, True])
def test_messages_along_an_arrow_are_drawn_unless_it_tells_them(told: bool) -> None:
    @mark
    def trusts(entry: Any, stage: Stage) -> Along:
        return Along(0, 1, "question", told)

    stage = Stage(names=dict(NAMES))
    fold(stage, {"kind": "trusts", "t": 1.0})
    for to in (1, 2):
        fold(stage, {"kind": "message", "t": 2.0, "from": 0, "to": to, "words": "Hear me."})
    assert [to for _, to, _ in stage.moment.flows] == ([2] if told else [1, 2])


def test_none_that_is_registered_while_others_are_drawn_is_lost() -> None:
    stop = threading.Event()
    failed: list[BaseException] = []

    def looks() -> None:
        try:
            while not stop.is_set():
                mark.of("answer")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=looks) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for at in range(200):
            name = f"mark_{at}"
            exec(f"def {name}(entry, stage): ...", made := {"__name__": __name__})
            mark(of=name)(made[name])
            assert [part.name for part in mark.of(name)] == [name]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failed


def test_the_page_goes_on_where_a_mark_fails(run: Callable[..., Path]) -> None:
    entries = samples.panel(questions=2, n=4)

    def watched() -> tuple[list[str], list[tuple[int, int, str, str]]]:
        one = Watched(str(run(entries)))
        try:
            while one.going:
                assert one.source is not None and one.source.advance(len(one.moments) + 1, 5.0) is not None
            places = [*range(len(one.moments)), *range(len(one.moments))[::-1]]
            assert one.trouble == ""
            said = [line for place in places for line in one.lines(place)]
            states = []
            for place in places:
                one.jump(place)
                table = one.stage.table
                states.append((one.stage.asked, one.stage.settled, table.decision, str(table.values)))
            return said, states
        finally:
            one.leave()

    without = watched()

    @mark(of="outcome")
    def broken(entry: Any, stage: Stage) -> None:
        raise KeyError("amount")

    said, states = watched()
    assert states == without[1], "all else is as ever"
    failed = [line for line in said if "the mark 'broken' fails at an entry 'outcome'" in line]
    assert len(failed) == 4 and set(without[0]) <= set(said)


def test_who_keeps_to_no_question_steps_by_one(run: Callable[..., Path]) -> None:
    one = Watched(str(run(samples.panel(questions=2, n=4))))
    try:
        assert (one.neighbour(1), one.neighbour(-1)) == (1, -1)
        track = Track(run(samples.panel(questions=2, n=4)) / "record.jsonl")
        track.read()
        assert Cursor(track).to(0).table.number == 0, "before any question"
    finally:
        one.leave()
