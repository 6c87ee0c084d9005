"""Run, take up again, replay, fork: what was answered once is not asked twice, and the record is the same."""

from __future__ import annotations

import os
import shutil
import socket
from functools import partial

import numpy as np
import pytest

import society_sim.building
import society_sim.store
from society_sim import ReplayError, Scenario, SocietyError, delayed, fork, replay, resume, run, uniforms
from society_sim.building import build
from society_sim.store import PARTIAL, RECORD, TAPE

SMALL = {
    "name": "small",
    "models": {"crowd": {"synthetic": {}}},
    "population": {"plain": {"size": 9, "model": "crowd"}},
    "topology": {"small_world": {"k": 4, "p": 0.2}},
    "task": {"multiple_choice": {"rounds": 6, "options": 4}},
    "mechanism": {"second_look": {"rounds": 1}},
    "pace": {"lognormal": {"sigma": 0.4}},
    "measures": ["accuracy", "tokens"],
}


@pytest.fixture
def small() -> Scenario:
    return Scenario.of(**SMALL)


def test_a_run_again_asks_nothing(small, tmp_path):
    first = run(small, seed=4, out=tmp_path)
    assert (first.asked, first.reused) == (6 * 9 * 2, 0)
    again = run(small, seed=4, out=tmp_path)
    assert (again.asked, again.reused, again.digest) == (0, first.asked, first.digest)
    assert again.measures == first.measures and again.outcomes == first.outcomes
    (first.folder / RECORD).rename(first.folder / PARTIAL)
    third = resume(first.folder)
    assert (third.asked, third.reused, third.digest) == (0, first.asked, first.digest)


def test_a_measure_more_needs_no_new_run(small, tmp_path):
    first = run(small, out=tmp_path)
    more = run(small.set("measures", ["agreement", "messages"]), out=tmp_path)
    assert more.folder == first.folder and more.asked == 0 and set(more.measures) == {"agreement", "messages"}


def test_memory_and_disk_agree(small, tmp_path):
    kept, gone = run(small, seed=1, out=tmp_path), run(small, seed=1, out=None)
    assert gone.folder is None and gone.digest == kept.digest and gone.measures == kept.measures


@pytest.mark.parametrize("concurrency", [1, 8, 200])
def test_one_digest_over_networks_and_concurrency(small, concurrency, monkeypatch):
    expected = run(small, seed=2, out=None).digest
    honest = society_sim.building.models_of
    late = partial(delayed, seconds=lambda query: 0.004 * uniforms(concurrency, "late", query.key)[0])
    monkeypatch.setattr(society_sim.building, "models_of", lambda s: {k: late(v) for k, v in honest(s).items()})
    assert run(small, seed=2, out=None, concurrency=concurrency).digest == expected


def test_stepping_through_mesa_gives_the_same_record(small):
    expected = run(small, seed=3, out=None).digest
    society = build(small, 3)
    while society.running:
        society.step()
    assert society.record.digest == expected


def test_replay_needs_no_network_and_agrees_byte_by_byte(small, tmp_path, monkeypatch):
    result = run(small, out=tmp_path)
    monkeypatch.setattr(socket, "socket", None)
    told = replay(result.folder)
    assert (told.digest, told.answers) == (result.digest, result.asked)


def test_replay_shows_the_first_question_that_differs(small, tmp_path):
    result = run(small, out=tmp_path)
    text = (result.folder / "scenario.yaml").read_text()
    (result.folder / "scenario.yaml").write_text(text.replace("rounds: 1", "rounds: 2"))
    with pytest.raises(ReplayError, match="is not the scenario that was run here"):
        replay(result.folder)
    (result.folder / "scenario.yaml").write_text(text)
    record = (result.folder / RECORD).read_text()
    (result.folder / RECORD).write_text(record.replace('"kind":"outcome"', '"kind":"outcomf"', 1))
    with pytest.raises(ReplayError, match="outcomf"):
        replay(result.folder)
    (result.folder / RECORD).write_text(record)
    (result.folder / TAPE).write_text("")
    with pytest.raises(ReplayError, match="108 of the 108 answers in the record are not on the tape"):
        replay(result.folder)


def test_a_fork_reuses_everything_before_its_change(small, tmp_path):
    result = run(small, out=tmp_path)
    late = [outcome["t"] for outcome in result.outcomes][3]
    forked = fork(result.folder, at=late, sets=["mechanism.rounds=2"])
    assert forked.reused >= 4 * 18 and 0 < forked.asked < result.asked
    assert forked.parted is not None and forked.parted[1]["t"] >= late
    assert replay(forked.result.folder).digest == forked.result.digest
    assert run(Scenario.read(forked.result.folder / "scenario.yaml"), out=tmp_path).asked == 0


def test_a_fork_at_once_pays_only_for_what_is_new(small, tmp_path):
    result = run(small, out=tmp_path)
    more = fork(result.folder, sets=["task.rounds=8"])
    assert (more.reused, more.asked) == (result.asked, 2 * 18)
    fewer = fork(result.folder, sets=["task.rounds=2"])
    assert (fewer.reused, fewer.asked) == (2 * 18, 0)
    same = fork(result.folder, sets=["measures=[agreement]"])
    assert (same.asked, same.parted) == (0, None)


def test_a_broken_fork_still_finds_its_parent(small, tmp_path):
    result = run(small, out=tmp_path)
    forked = fork(result.folder, sets=["task.rounds=8"])
    for name in (RECORD, TAPE):
        (forked.result.folder / name).unlink()
    again = resume(forked.result.folder)
    assert (again.reused, again.asked, again.digest) == (result.asked, 2 * 18, forked.result.digest)


def test_a_fork_rewires_swaps_models_and_changes_the_pace(small, tmp_path):
    result = run(small, out=tmp_path)
    half = [outcome["t"] for outcome in result.outcomes][2]
    for said in ("topology=flat", "models.crowd.preset=helm-strong", "pace={constant: {each: 2.0}}",
                 "rewiring={competence: {every: 1.0}}", "mechanism=plurality"):  # fmt: skip
        forked = fork(result.folder, at=half, sets=[said])
        assert forked.reused >= 3 * 18, said
        assert replay(forked.result.folder).digest == forked.result.digest, said
    with pytest.raises(SocietyError, match="population"):
        fork(result.folder, at=half, sets=["population.size=12"])


def test_a_fork_to_another_organisation_is_that_organisation(small, tmp_path):
    """Kinds of ties and levels of members, too: what comes after the change is what another run begins with."""
    flat = small.set("topology", "flat").set("mechanism", "relay")
    result = run(flat, out=tmp_path)
    half = [outcome["t"] for outcome in result.outcomes][2]
    forked = fork(result.folder, at=half, sets=["topology=hierarchical"])
    graphs = [entry for entry in forked.result.record if entry["kind"] == "graph"]
    tree = [entry for entry in run(flat.set("topology", "hierarchical"), out=None).record if entry["kind"] == "graph"]
    assert len(graphs) == 2 and {**graphs[1], "t": 0.0} == {**tree[0], "t": 0.0}
    assert sum(entry["kind"] == "message" for entry in forked.result.record) == 3 * 8


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_finished_run_can_be_replayed_wherever_it_was_killed(small, tmp_path):
    """The tape is on disk before the record has its name."""
    child = os.fork()
    if child == 0:
        honest = society_sim.store.Store.finish

        def finish(store, digest):
            honest(store, digest)
            os._exit(9)

        society_sim.store.Store.finish = finish
        run(small, out=tmp_path)
    os.waitpid(child, 0)
    [folder] = tmp_path.glob("*/seed-*")
    assert replay(folder).answers == 108


def test_a_run_that_moved_is_taken_up_where_it_is(small, tmp_path):
    first = run(small, out=tmp_path / "a")
    (first.folder / RECORD).unlink()
    (tmp_path / "b").mkdir()
    shutil.move(first.folder, tmp_path / "b" / "seed-0000")
    again = resume(tmp_path / "b" / "seed-0000")
    assert (again.asked, again.digest, again.folder) == (0, first.digest, tmp_path / "b" / "seed-0000")
    text = (again.folder / "scenario.yaml").read_text()
    (again.folder / "scenario.yaml").write_text(text.replace("rounds: 1", "rounds: 2"))
    with pytest.raises(SocietyError, match="another run"):
        resume(again.folder)


def test_a_finished_run_of_other_models_is_not_told_as_todays(small, tmp_path):
    from society_sim.registry import policy

    run(small, out=tmp_path)

    def always(query, settings):
        """Says A, whatever it is asked."""
        return "ANSWER: A"

    policy(always)
    try:
        with pytest.raises(SocietyError, match=r"was run with synthetic@.* by now"):
            run(small, out=tmp_path)
        assert run(small, out=tmp_path / "else").measures != {}
    finally:
        del policy._parts["always"]


def test_an_old_version_is_replayed(small, tmp_path, monkeypatch):
    result = run(small, out=tmp_path)
    monkeypatch.setattr(society_sim.building, "__version__", "9.9")
    monkeypatch.setattr(society_sim.building, "models_of", None)
    assert replay(result.folder).digest == result.digest


@pytest.mark.parametrize("seed", [-1, 1.5, "7"])
def test_a_seed_is_a_whole_number(small, seed, tmp_path):
    with pytest.raises((SocietyError, TypeError)):
        run(small, seed=seed, out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_seed_of_numpy_is_the_same_seed(small):
    assert run(small, seed=np.int64(3), out=None).digest == run(small, seed=3, out=None).digest


def test_what_is_no_run_is_said_to_be_none(tmp_path):
    with pytest.raises(SocietyError, match="is not a run's folder"):
        replay(tmp_path)
    with pytest.raises(SocietyError, match="is not a run's folder"):
        resume(tmp_path / "nowhere")


def test_a_run_can_move_house(small, tmp_path):
    result = run(small, out=tmp_path / "a")
    shutil.move(tmp_path / "a", tmp_path / "b")
    assert replay(next((tmp_path / "b").glob("*/seed-*"))).digest == result.digest
