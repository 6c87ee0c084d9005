"""The picture: nobody moves, everybody has a place, and it is plain data whatever a record says."""

from __future__ import annotations

from math import hypot
from pathlib import Path

import orjson
import payloads
import pytest
import samples
from society_viz.entries import fold
from society_viz.marking import marks
from society_viz.stage import Stage
from society_viz.view import beside, scene
from society_viz.view.blocks import panel, plain
from society_viz.view.known import Facts, Known
from society_viz.view.member import chain, member
from society_viz.view.telling import Teller
from society_viz.view.timeline import timeline
from society_viz.view.track import Cursor, Track
from society_viz.view.watched import Watched

from society_sim import Scenario, runs


def crowd(many: int) -> list[dict]:
    names = [f"Member {seat}" for seat in range(many)]
    ties = [(seat, (seat + step) % many, "talk") for seat in range(many) for step in (1, 2)] if many > 4 else []
    record = samples.opening("a crowd", names, ties)
    record.append({"t": 0, "kind": "question", "about": "q", "text": "Shall we?", "options": ["yes", "no"]})
    record += [{"t": 1, "kind": "answer", "about": "q", "member": seat, "value": "yes", "key": f"{seat:032x}"}
               for seat in range(many)]  # fmt: skip
    return [*record, {"t": 1, "kind": "outcome", "about": "q", "decision": "yes"}, {"t": 1, "kind": "end"}]


def tracked(entries: list[dict], folder: Path) -> Track:
    track = Track(samples.write(entries, folder) / "record.jsonl")
    track.read()
    return track


def drawn(stage: Stage, cast: scene.Cast) -> tuple[dict, dict, dict]:
    found = cast.drawn(stage), scene.net(stage, cast), scene.now(stage, cast)
    assert orjson.loads(orjson.dumps((*found, beside.side(stage, found[2], found[1]))))
    many = len(found[0]["nodes"])
    for u, v, *_ in (*found[1]["lines"], *found[2]["flows"]):
        assert 0 <= u < many and 0 <= v < many
    for key in ("fills", "marks"):
        assert len(found[2].get(key, range(many))) == many
    return found


@pytest.mark.slow
@pytest.mark.parametrize("many", [0, 1, 5, 500, 501, 5000])
def test_any_number_of_members(many: int, tmp_path: Path) -> None:
    track = tracked(crowd(many), tmp_path)
    cursor, cast = Cursor(track), scene.Cast()
    for at in range(len(track.moments)):
        picture, _, now = drawn(cursor.to(at), cast)
    assert sum(row[4] for row in now["tally"]) in (many, 0)
    if many > scene.CROWD:
        assert picture["blocks"] and len(picture["nodes"]) <= 40
        assert sorted(seat for seats in cast.blocks for seat in seats) == list(range(many))
    else:
        assert [node[0] for node in picture["nodes"]] == list(range(many))


@pytest.mark.slow
def test_nobody_moves_when_a_society_is_rewired(recorded: dict[str, Path]) -> None:
    track = Track(recorded["self_made_hierarchy"] / "record.jsonl")
    track.read()
    cursor, cast = Cursor(track), scene.Cast()
    first = drawn(cursor.to(0), cast)
    ties = set()
    for at in range(len(track.moments)):
        picture, net, _ = drawn(cursor.to(at), cast)
        assert [node[3:6] for node in picture["nodes"]] == [node[3:6] for node in first[0]["nodes"]]
        ties.add(str(net["lines"]))
    assert len(ties) > 1


def test_who_comes_later_sits_down_and_nobody_moves_for_it(tmp_path: Path) -> None:
    record = crowd(6)
    record[-2:-2] = [{"t": 1, "kind": "member", "member": 6, "name": "Newcomer", "model": "panel"},
                     {"t": 1, "kind": "link", "source": 6, "target": 0, "tie": "talk"}]  # fmt: skip
    track = tracked(record, tmp_path)
    cursor, cast = Cursor(track), scene.Cast()
    before = drawn(cursor.to(0), cast)[0]["nodes"]
    after, _, now = drawn(cursor.to(10**6), cast)
    assert [(node[0], *node[3:6]) for node in after["nodes"][:6]] == [(node[0], *node[3:6]) for node in before]
    assert after["nodes"][6][1] == "Newcomer"
    assert drawn(cursor.to(0), cast)[2]["absent"] == [6]
    assert now["absent"] == []


def test_who_sits_in_a_committee_sits_together_once_that_is_known(tmp_path: Path) -> None:
    run = runs.run(Scenario.read("committees_of_committees", ["task.rounds=3", "population.size=9"]), out=tmp_path)
    track = Track(run.folder / "record.jsonl")
    track.read()
    cursor, cast, seen = Cursor(track), scene.Cast(), []
    for at in [*range(len(track.moments)), 0]:
        stage = cursor.to(at)
        seen.append(cast.drawn(stage))
        settled = scene.now(stage, cast)["settled"]
        assert settled.keys() == ({"0", "1", "2"} if stage.table.decision else set())
    settled_at = next(at for at, moment in enumerate(track.moments) if moment.kind == "outcome")
    assert not any(picture["regions"] for picture in seen[:settled_at])
    assert seen[settled_at]["regions"] and all(picture == seen[settled_at] for picture in seen[settled_at:])
    for outcome in (entry for entry in track.entries_of(settled_at, settled_at)):
        for group, (_, x, y, size, _, name) in zip(outcome["groups"], seen[-1]["regions"], strict=True):
            assert name == str(group["group"])
            nodes = [node for node in seen[-1]["nodes"] if node[0] in group["seats"]]
            assert all(hypot(node[3] - x, node[4] - y) + node[5] <= size for node in nodes)


def test_votes_that_are_handed_on_are_drawn_as_that_until_the_next_question(tmp_path: Path) -> None:
    run = runs.run(Scenario.read("liquid_democracy", ["task.rounds=2", "population.size=9"]), out=tmp_path)
    track = Track(run.folder / "record.jsonl")
    track.read()
    cursor, cast, handed = Cursor(track), scene.Cast(), []
    for at, moment in enumerate(track.moments):
        stage = cursor.to(at)
        picture, ties = scene.now(stage, cast) if cast.drawn(stage) else {}, scene.net(stage, cast)
        if moment.kind == "question":
            handed.clear()
        named = {entry["member"]: stage.seat(entry["value"]["delegate"]) for entry in track.entries_of(at, at)
                 if entry["kind"] == "answer" and entry["value"]}  # fmt: skip
        handed += [[seat, to, 0] for seat, to in named.items() if to is not None]
        assert sorted(picture["arrows"]) == sorted(handed) and not picture["flows"]
        assert ([0, "arrow", "", "vote handed on"] in beside.side(stage, picture, ties)["marks"]) == bool(handed)
    assert handed


def test_who_takes_its_vote_back_hands_nothing_on() -> None:
    stage = Stage(names={0: "Ann", 1: "Bo"})
    for delegate, arrows in (("Bo", ((0, 1, 0),)), ("Ann", ()), ("Bo", ((0, 1, 0),)), ("nobody", ()), ({}, ())):
        fold(stage, {"t": 1.0, "kind": "answer", "member": 0, "value": {"answer": "A", "delegate": delegate}})
        assert marks(stage) == (arrows, ())


def test_every_panel_says_something_of_some_run_and_is_plain(recorded: dict[str, Path]) -> None:
    shown = set()
    for folder in recorded.values():
        watched = Watched(str(folder))
        while watched.going:
            watched.source.advance(10**9, 0.2)
        for at in range(0, len(watched.moments), max(len(watched.moments) // 15, 1)):
            watched.jump(at)
            known = watched.known()
            for name, part in panel.parts.items():
                blocks = part.function(known)
                if blocks:
                    shown.add(name)
                    assert orjson.dumps([plain(block) for block in blocks])
    assert shown >= {"ballots", "order_book", "prices", "queues", "agreements", "measures", "spending"}


@pytest.mark.parametrize("name", [*samples.ALL, "hostile"])
def test_panels_and_members_take_any_record(name: str, tmp_path: Path) -> None:
    entries = payloads.record(payloads.SCRIPTS) if name == "hostile" else samples.ALL[name]()
    track = tracked(entries, tmp_path)
    cursor, facts, cast, lines = Cursor(track), Facts(track), scene.Cast(), Teller(track).lines
    for at in range(len(track.moments)):
        known = Known(cursor.to(at), track.moments[at], at, *facts.until(at), track)
        drawn(known.stage, cast)
        for part in panel.parts.values():
            assert orjson.dumps([plain(block) for block in part.function(known) or ()])
        for seat in list(known.stage.names)[:3]:
            found = member(known, seat)
            assert orjson.dumps(found)
            for _, _, key in found["acts"]:
                assert orjson.dumps(chain(known, seat, key, tmp_path))
        assert orjson.dumps(timeline(track.moments, lines, at))


def test_a_prefix_of_the_facts_is_what_was_known_then(recorded: dict[str, Path]) -> None:
    track = Track(recorded["double_auction"] / "record.jsonl")
    track.read()
    facts = Facts(track)
    last = len(track.moments) - 1
    facts.until(last)
    for at in (0, 3, last // 2, last):
        there = [one for here in range(at + 1) for one in track.entries_of(here, here)
                 if one["kind"] not in ("header", "member", "graph", "message", "silence")]  # fmt: skip
        assert facts.until(at)[0] == there


def test_the_chain_of_an_act_goes_from_what_was_heard_to_what_came_of_it(recorded: dict[str, Path]) -> None:
    watched = Watched(str(recorded["second_look"]))
    while watched.going:
        watched.source.advance(10**9, 0.2)
    watched.jump(next(at for at, one in enumerate(watched.moments) if one.kind == "outcome"))
    known = watched.known()
    facts = member(known, 3)
    assert facts["name"] == "Member 3" and facts["many"][0] == 4 and len(facts["acts"]) == 2
    steps = dict(chain(known, 3, facts["acts"][0][2], watched.folder))
    assert list(steps) == ["Messages heard before", "Memory", "Prompt", "Answer", "Read as", "Effect"]
    assert steps["Memory"][0].startswith("answers of Member")
    assert watched.stage.table.question in " ".join(steps["Prompt"])
    assert steps["Read as"][0][0] in "ABCD" and steps["Read as"][0][0] in " ".join(steps["Answer"])
    assert "decided: " in steps["Effect"][-1]
    assert chain(known, 4, facts["acts"][0][2], watched.folder) == []  # another member's


def test_the_time_line_can_be_narrowed(recorded: dict[str, Path]) -> None:
    track = Track(recorded["second_look"] / "record.jsonl")
    track.read()
    lines = Teller(track).lines
    found = timeline(track.moments, lines, 5, hidden=["answers"])
    assert {row[2] for row in found["rows"]} == {"opening", "question", "outcome", "end"}
    assert [row[3] for row in timeline(track.moments, lines, 0, words="decided")["rows"]] == [
        lines(at)[0] for at, moment in enumerate(track.moments) if moment.kind == "outcome"]  # fmt: skip


@pytest.mark.parametrize(("n", "lines"), [(12, 66), (13, 0)])
def test_where_many_may_all_speak_to_all_it_is_said_and_not_drawn(n: int, lines: int, tmp_path: Path) -> None:
    sets = ["task.rounds=1", f"population.size={n}", "topology=flat"]
    track = Track(runs.run(Scenario.read("second_look", sets), out=tmp_path).folder / "record.jsonl")
    track.read()
    stage, cast = Cursor(track).to(0), scene.Cast()
    cast.drawn(stage)
    ties = scene.net(stage, cast)
    assert len(ties["lines"]) == lines and ties["ties"] == n * (n - 1)
    said = ["", "each may speak to each (no lines)"] in beside.side(stage, scene.now(stage, cast), ties)["kinds"]
    assert said == (not lines)
    u, v = next(iter(stage.ties))
    del stage.ties[u, v]
    assert scene.net(stage, cast)["lines"], "a tie that is missing is seen"
