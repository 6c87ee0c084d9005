"""A run is watched as it goes on or from its record, and what is watched is what is kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cut_short import BRIEF
from society_viz.view import beneath, compare, form, gallery, known, sources
from society_viz.view.targets import fork, seat_taken
from society_viz.view.track import Track
from society_viz.view.watched import Watched

from society_sim import replay, runs
from society_sim.errors import ScenarioError
from society_sim.scenario import Scenario
from society_sim.stepping import Stepped


def to_the_end(watched: Watched) -> None:
    until = time.monotonic() + 60
    while watched.running and time.monotonic() < until:
        watched.step()
    assert not watched.running and not watched.trouble, watched.trouble


def settled(watched: Watched) -> Watched:
    """All of a recorded run has been read."""
    while watched.going:
        watched.source.advance(10**9, 0.2)
    return watched


@pytest.mark.parametrize("name", ["second_look", "government_sweden_2018", "self_made_hierarchy"])
def test_watching_a_run_leaves_the_record_that_running_it_leaves(
    name: str, recorded: dict[str, Path], tmp_path: Path
) -> None:
    sets = dict(one.split("=") for one in BRIEF[name])
    watched = Watched(name, out=str(tmp_path), **sets)
    seen = []
    while watched.running:
        watched.step()
        seen.append(watched.place)
    assert seen == sorted(seen) and watched.place == len(watched.moments) - 1
    same = recorded[name] / "record.jsonl"
    assert (watched.folder / "record.jsonl").read_bytes() == same.read_bytes()
    watched.source._thread.join(30)
    assert sources.going(watched.folder) is None and watched.folder.resolve() not in sources._shared  # it is let go of
    again = settled(Watched(str(recorded[name])))
    assert again.moments == watched.moments
    again.jump(10**9)
    assert again.stage.settled == watched.stage.settled and not again.running
    again.jump(0)
    assert again.running


def test_a_run_that_is_left_and_opened_again_goes_on(tmp_path: Path) -> None:
    scenario = Scenario.read("second_look", ["task.rounds=4"])
    first = Stepped(scenario, out=tmp_path)
    for _ in range(3):
        first.step()
    first.close()
    assert first.record.name == "record.partial.jsonl"
    second = Stepped(scenario, out=tmp_path)
    while second.step():
        pass
    assert second.record.read_bytes() == (runs.run(scenario, out=tmp_path / "b").folder / "record.jsonl").read_bytes()
    assert not Stepped(scenario, out=tmp_path).running  # it has come to its end: nothing is carried out again


@pytest.mark.parametrize(
    ("given", "said"),
    [({"of": "nonsense"}, "no scenario 'nonsense'"), ({"of": "second_look", "seed": "x"}, "a seed is a whole number"),
     ({"of": "second_look", "task.rounds": "many"}, "rounds is a whole number"),
     ({"of": str(Path(__file__).parent)}, "holds no record"),
     ({"of": "second_look", "topology": "nowhere"}, "no topology 'nowhere'"),
     ({"of": "missing/record.jsonl"}, "there is no run")],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_raised(given: dict, said: str, tmp_path: Path) -> None:
    watched = Watched(out=str(tmp_path), **given)
    assert said in watched.trouble
    watched.step()
    watched.jump(3)
    assert watched.known() is None and watched.moment is None and not watched.running


def test_a_form_has_every_parameter_and_says_what_differs() -> None:
    for offer in gallery.scenarios():
        scenario = Scenario.read(offer.of)
        fields = form.fields(scenario)
        assert form.changes(scenario, {name: one["value"] for name, one in fields.items()}) == [], offer.of
        part, _ = scenario.part("mechanism")
        assert {f"mechanism.{name}" for name in part.parameters} <= fields.keys()
    scenario = Scenario.read("second_look")
    assert form.fields(scenario)["mechanism.rounds"]["value"] in (1, "1")
    assert form.changes(scenario, {"topology.k": "6", "topology": "ring", "topology.p": "0.1"}) == [
        "topology=ring", "topology.k=6"]  # fmt: skip


def test_what_is_unchanged_in_the_form_is_the_same_run(tmp_path: Path) -> None:
    scenario = Scenario.read("second_look", ["task.rounds=1"])
    fields = {name: one["value"] for name, one in form.fields(Scenario.read("second_look")).items()}
    watched = Watched("second_look", out=str(tmp_path), **{**fields, "task.rounds": "1"})
    assert not watched.trouble
    assert watched.plan.digest == scenario.digest
    watched.source.close()


def test_panels_say_when_a_record_is_too_long_for_them(
    recorded: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for most, said in ((50, True), (1_000_000, False)):
        monkeypatch.setattr(known, "_MOST", most)
        watched = settled(Watched(str(recorded["second_look"])))
        for place in (len(watched.moments) // 2, len(watched.moments) - 1):  # half of it is more than `most`
            watched.jump(place)
            blocks, _ = beneath.shown(watched.known())
        assert [block["name"] for block in blocks].count("long") == said


def test_what_agrees_is_read_once_however_often_one_looks(recorded: dict[str, Path], tmp_path: Path) -> None:
    whole = (recorded["second_look"] / "record.jsonl").read_bytes().splitlines(keepends=True)
    differs = next(at for at, line in enumerate(whole) if b'"outcome"' in line and at > len(whole) // 2)
    other = [*whole[:differs], whole[differs].replace(b'"t":', b'"odd":1,"t":', 1), *whole[differs + 1 :]]
    files = [tmp_path / name / "record.partial.jsonl" for name in ("one", "other")]
    for file in files:
        file.parent.mkdir()
        file.touch()
    tracks, read = [Track(file) for file in files], [0, 0]
    for place, track in enumerate(tracks):
        counted(track, place, read)
    parting, found = compare.Parting(*tracks), []
    for end in range(7, len(whole) + 7, 7):  # both grow, by part of a moment at a time
        for file, lines, track in zip(files, (whole, other), tracks, strict=True):
            file.write_bytes(b"".join(lines[:end]))
            track.read()
        found.append(parting.look())
    first = next(one for one in found if one is not None)
    assert found == [None] * found.index(first) + [first] * (len(found) - found.index(first))
    assert first == compare.Parting(*tracks).look()
    assert [entry["kind"] for entry in tracks[0].entries_of(first[0], first[0])].count("outcome") == 1
    assert max(read) < 3 * len(whole)


def counted(track: Track, place: int, read: list[int]) -> None:
    """Count in *read* the entries that are read of moments of *track*."""
    real = track.entries_of

    def entries_of(first: int, last: int) -> Iterator[dict[str, Any]]:
        for entry in real(first, last):
            read[place] += 1
            yield entry

    track.entries_of = entries_of


def test_a_fork_parts_where_it_was_changed(recorded: dict[str, Path], tmp_path: Path) -> None:
    parent = settled(Watched(str(recorded["second_look"])))
    parent.jump(next(at for at, moment in enumerate(parent.moments) if moment.question == 2))
    target = fork(parent, ("mechanism.rounds=0",))
    child = target.opened(str(tmp_path))
    assert (child.moment.t, child.moment.kind, child.moment.question) == (parent.moment.t, "question", 2)
    to_the_end(child)
    here, there = compare.Parting(child.source.track, parent.source.track).look()
    assert child.moments[here].question == parent.moments[there].question == 2
    same = settled(Watched(str(recorded["second_look"]))).source.track
    assert compare.Parting(parent.source.track, same).look() is None
    with pytest.raises(ScenarioError, match="rounds"):
        fork(parent, ("mechanism.rounds=nonsense",))


def test_a_run_beside_keeps_up_if_that_costs_nothing(tmp_path: Path) -> None:
    parent = Watched("second_look", out=str(tmp_path), **{"task.rounds": "30"})
    beside = Watched(str(parent.folder))  # the same run, which goes on here: no second one
    assert beside.source is parent.source
    assert beside.moments[-1].t < 20
    until = time.monotonic() + 30
    while beside.moments[-1].t <= 20 and time.monotonic() < until:
        beside.keep_up(20.0)
    assert beside.moments[-1].t > 20
    assert beside.place == parent.place == 0  # whoever watches it stays where they are
    parent.source.close()


def test_a_person_takes_a_seat_and_the_run_can_be_replayed_without_one(
    recorded: dict[str, Path], tmp_path: Path
) -> None:
    parent = settled(Watched(str(recorded["second_look"])))
    parent.jump(next(at for at, moment in enumerate(parent.moments) if moment.question == 2))
    child = seat_taken(parent, 3).opened(str(tmp_path))
    assert not child.trouble
    asked, until, seats = [], time.monotonic() + 60, child.seats
    assert seats is not None
    with seats.attended():
        while child.running and time.monotonic() < until:
            child.step()
            for query in seats.waiting:
                assert query.member == 3
                with pytest.raises(ValueError, match="nonsense"):
                    seats.answer(query.key, "ANSWER: nonsense")
                seats.answer(query.key, "ANSWER: D")
                asked.append(query.text)
    assert not child.running and not child.trouble, child.trouble
    assert asked and all("ANSWER: one of" in text for text in asked)
    said = [one["value"] for at in range(len(child.moments)) for one in child.source.track.entries_of(at, at)
            if one["kind"] == "answer" and one["member"] == 3]  # fmt: skip
    assert said[-len(asked) :] == ["D"] * len(asked)
    assert replay(child.folder).answers


PERSONS = ["task.rounds=1", "population.size=3", "topology=flat", "models={crowd: human}", "population.mix=clones"]


def test_who_sits_in_one_run_is_asked_nothing_of_another(tmp_path: Path) -> None:
    sets = dict(one.split("=", 1) for one in PERSONS)
    runs_of = [Watched("second_look", out=str(tmp_path / out), **sets) for out in ("a", "b")]  # the same questions
    one, other = runs_of
    assert one.seats is not None and other.seats is not None
    with one.seats.attended(), other.seats.attended():
        until = time.monotonic() + 20
        while not (one.seats.waiting and other.seats.waiting) and time.monotonic() < until:
            one.step()
            other.step()
        asked = [query.key for query in other.seats.waiting]
        assert asked and one.seats.waiting
        for query in one.seats.waiting:
            one.seats.answer(query.key, "ANSWER: A")
        one.source.close()
        one.seats.give_up()  # as when the run ends
        assert [query.key for query in other.seats.waiting] == asked
        other.source.close()
        other.seats.give_up()
    assert [watched.seats.waiting for watched in runs_of] == [[], []]


def test_where_nobody_sits_a_run_is_broken_off_and_can_be_taken_up(tmp_path: Path) -> None:
    watched = Watched("second_look", out=str(tmp_path), **dict(one.split("=", 1) for one in PERSONS))
    assert not watched.wrong, watched.wrong
    until = time.monotonic() + 20
    while watched.running and time.monotonic() < until:
        watched.step()
    assert "nobody sits there" in watched.trouble
    assert (watched.folder / "record.partial.jsonl").exists()


def test_what_is_spent_is_that_of_the_moment(tmp_path: Path) -> None:
    watched = Watched("second_look", out=str(tmp_path), **{"task.rounds": "3"})
    until = time.monotonic() + 30
    while len(watched.moments) < 5 and time.monotonic() < until:
        watched.source.advance(5, 1.0)  # it costs nothing really, so it runs ahead
    assert watched.place == 0
    assert watched.money.startswith("$0.0000 by the models' price lists (nobody is paid) up to here; $0.0")
    assert watched.money.endswith("by the run, which is ahead")
    run, seen = watched.source.run, []
    while watched.place + 1 < len(watched.moments) or watched.running:
        watched.step()
        entries = (entry for at in range(watched.place + 1) for entry in watched.source.track.entries_of(at, at))
        spent = sum(entry.get("micro_usd", 0) for entry in entries if entry["kind"] == "answer")
        assert watched.source.track.spent(watched.place) == spent
        seen.append(spent)
    assert seen == sorted(seen) and seen[-1] == run.society.desk.micro_usd > 0
    assert watched.money == f"${seen[-1] / 1e6:,.4f} by the models' price lists (nobody is paid)"


def test_a_budget_holds_for_what_is_watched(tmp_path: Path) -> None:
    watched = Watched("second_look", out=str(tmp_path), terms={"budget": 0.001})
    until = time.monotonic() + 30
    while watched.running and time.monotonic() < until:
        watched.step()
        assert "of $0.00" in watched.money or not watched.running
    assert "budget" in watched.trouble
    assert (watched.folder / "record.partial.jsonl").exists()


def test_a_moment_is_not_looked_at_while_it_is_read(
    recorded: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Track.read

    def slowly(track: Track, most: int | None = None) -> int:
        time.sleep(0.02)
        return read(track, most)

    monkeypatch.setattr(Track, "read", slowly)
    monkeypatch.setattr(sources, "_PORTION", 4)
    watched = Watched(str(recorded["second_look"]))
    assert len(watched.stage.names) == 25 and len(watched.stage.opening) == 100
    settled(watched)
