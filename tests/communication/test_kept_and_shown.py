"""Runs with lost messages, notes and cut prompts: kept, replayed, taken up, forked, and shown."""

from __future__ import annotations

import pytest
from communication_helpers import kinds
from society_viz.story import tell

from society_sim import Scenario, fork, replay, run


@pytest.fixture(scope="module")
def busy() -> Scenario:
    return Scenario.of(
        name="busy",
        models={"crowd": {"synthetic": {}}},
        population={"plain": {"size": 8}},
        topology="flat",
        task={"multiple_choice": {"rounds": 4, "options": 4}},
        mechanism={"broadcast": {"speakers": None, "rounds": 2}},
        pace={"lognormal": {"sigma": 0.4}},
        memory={"summary": {"last": 3, "limit": 60}},
        attention={"inbox": 6, "full": "oldest", "order": "lot", "prompt": 500},
        channel={"lossy": {"loss": 0.2, "delay": 0.1}},
        measures=["lost", "cut", "spread", "accuracy"],
    )


def test_it_is_replayed_and_taken_up_from_disk(busy, tmp_path):
    first = run(busy, seed=3, out=tmp_path)
    assert first.measures["lost"] > 0
    assert 0 < first.measures["cut"] < 1
    assert replay(first.folder).digest == first.digest
    assert run(busy, seed=3, out=None).digest == first.digest
    again = run(busy, seed=3, out=tmp_path)
    assert (again.digest, again.asked) == (first.digest, 0)


def test_a_fork_with_another_channel_keeps_what_it_does_not_change(busy, tmp_path):
    first = run(busy, seed=3, out=tmp_path)
    other = fork(first.folder, at=6.0, sets=["channel=null", "attention.inbox=null"]).result
    changed = next(entry["t"] for entry in other.record if entry["kind"] == "change")
    assert changed >= 6
    before = [[entry for entry in one.record if entry["t"] < changed and entry["kind"] != "header"]
              for one in (first, other)]  # fmt: skip
    assert before[0] == before[1] != []
    assert other.measures["lost"] < first.measures["lost"]
    assert other.reused > 0


def test_the_viewer_tells_what_was_lost_and_shows_no_notes(busy):
    found = run(busy, seed=3, out=None)
    assert any(entry.get("purpose") == "notes" for entry in kinds(found.record, "answer"))
    film = tell(lambda: iter(found.record), 60)
    words = "\n".join(line for beat in film.beats for line in beat.lines)
    assert "lost: on the way, or before a full inbox" in words
    assert "notes" not in words
