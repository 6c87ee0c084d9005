"""Runs whose files were cut, broken, renamed or edited: what can be mended is, and what cannot is said."""

from __future__ import annotations

import errno
import os
import resource
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from society_sim import ReplayError, Scenario, ScenarioError, StoreError, fork, replay, resume, run
from society_sim.damage import SUM, damage
from society_sim.estimating.plan import planned
from society_sim.stepping import Stepped
from society_sim.store import BEFORE, PARTIAL, RECORD, SCENARIO, TAPE, RecordFile, Store


def small(**sections) -> Scenario:
    return Scenario.of(**{
        "name": "small", "models": {"crowd": {"synthetic": {}}}, "population": {"plain": {"size": 4}},
        "topology": "flat", "mechanism": "second_look", "task": {"multiple_choice": {"rounds": 2, "options": 4}},
        "measures": ["accuracy"], **sections,
    })  # fmt: skip


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A run, made once; tests take copies of it."""
    return run(small(), seed=3, out=tmp_path_factory.mktemp("once"))


@pytest.fixture
def kept(once, tmp_path):
    return Path(shutil.copytree(once.folder, tmp_path / once.folder.parent.name / once.folder.name))


def broken(way: str, whole: bytes) -> bytes:
    lines = whole.splitlines(keepends=True)
    match way:
        case "in its end":
            return whole[:-9]
        case "last newline":
            return whole[:-1]
        case "no end":
            return b"".join(lines[:-1])
        case "in the middle":
            return whole[: len(whole) // 2]
        case "in its head":
            return whole[:40]
        case "empty":
            return b""
        case "a broken line":
            return b"".join([*lines[:9], b'{"t":1.0,"kind"\n', *lines[10:]])
        case "a broken head":
            return b"".join([b"xx\n", *lines[1:]])
        case "no entry":
            return b"".join([*lines[:9], b"[1]\n", *lines[10:]])
    assert way == "a lost line"
    return b"".join(lines[:9] + lines[10:])


WAYS = ["in its end", "last newline", "no end", "in the middle", "in its head", "empty", "a broken line",
        "a broken head", "no entry", "a lost line"]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_damaged_record_is_made_anew_from_its_tape(way, once, kept):
    record = kept / RECORD
    whole = record.read_bytes()
    assert not damage(record)
    record.write_bytes(broken(way, whole))
    with pytest.raises(StoreError, match=r"is damaged \(.*society-sim resume .* makes it anew from the tape"):
        replay(kept)
    mended = resume(kept)
    assert (mended.asked, mended.digest, record.read_bytes()) == (0, once.digest, whole)
    assert "was made anew from the tape" in mended.mended
    assert not resume(kept).mended


def altered(record: Path) -> bytes:
    """Change a value in *record*, so that each line can still be read; the bytes before."""
    whole = record.read_bytes()
    record.write_bytes(whole.replace(b'"kind":"answer"', b'"kind":"answer","value":"Z"', 1))
    return whole


def test_a_value_that_was_changed_is_seen_without_a_replay_and_made_good(once, kept):
    record = kept / RECORD
    assert (kept / SUM).read_text() == f"{sha256(record.read_bytes()).hexdigest()}  {RECORD}\n"
    whole = altered(record)
    assert "changed since it was written" in damage(record)
    with pytest.raises(ReplayError, match="the replay differs"):  # it shows where
        replay(kept)
    mended = resume(kept)
    assert (mended.asked, mended.digest, record.read_bytes()) == (0, once.digest, whole)
    assert "changed since it was written" in mended.mended
    assert not damage(record)


@pytest.mark.parametrize("left", [None, "", "6d", f"{'0' * 64}  {RECORD}"])
def test_a_record_without_a_sum_or_with_one_that_was_cut_is_held_against_its_end_alone(left, once, kept):
    (kept / SUM).unlink()
    if left is not None:
        (kept / SUM).write_text(left)
    assert not damage(kept / RECORD)
    assert (replay(kept).digest, resume(kept).digest) == (once.digest, once.digest)
    altered(kept / RECORD)
    assert not damage(kept / RECORD)


@pytest.mark.parametrize("odd", ["folder", "pipe", "endless", "long", "binary"])
def test_what_stands_there_and_is_no_sum_is_none(odd, kept):
    there = kept / SUM
    line = there.read_bytes()
    there.unlink()
    match odd:
        case "folder":
            there.mkdir()
        case "pipe":
            os.mkfifo(there)  # reading it would wait for ever
        case "endless":
            there.symlink_to("/dev/zero")
        case "long":
            there.write_bytes(b"0" * 64 + line[64:] * 1000)
        case "binary":
            there.write_bytes(b"\xff" * 64 + line[64:])
    assert not damage(kept / RECORD)


def test_what_is_in_the_way_of_the_sum_is_named(tmp_path):
    run = Stepped(small(), seed=3, out=tmp_path)
    (run.folder / SUM).mkdir()
    with pytest.raises(StoreError, match=rf"{SUM}: Is a directory; mend that and give the same command again"):
        while run.step():
            pass
    run.close()
    (run.folder / SUM).rmdir()
    assert not damage(resume(run.folder).folder / RECORD)


def test_a_watched_run_leaves_the_sum_of_its_record(once, tmp_path):
    run = Stepped(small(), seed=3, out=tmp_path)
    while run.step():
        pass
    assert (run.folder / SUM).read_text() == f"{once.digest}  {RECORD}\n"


def test_an_estimate_takes_a_cut_record_for_one_that_is_to_be_made_anew(kept):
    out, cells = kept.parent.parent, small().cells()
    assert planned(cells, [3], out).there.runs == 1
    (kept / RECORD).write_bytes((kept / RECORD).read_bytes()[:-9])
    there = planned(cells, [3], out).there
    assert (there.runs, there.begun) == (0, 1)


@pytest.mark.parametrize("edited", [SCENARIO, "scenario.py"])
def test_a_fork_of_an_edited_scenario_is_refused_as_its_replay_is(edited, tmp_path):
    code = tmp_path / "own.py"
    code.write_text("from society_sim.registry import topology\nimport networkx as nx\n\n\n@topology\n"
                    "def own_ring(n, rng):\n    \"\"\"A ring.\"\"\"\n    return nx.cycle_graph(n)\n")  # fmt: skip
    (tmp_path / "own.yaml").write_text(small(name="own").dump().replace("topology: flat", "topology: own_ring"))
    folder = run(tmp_path / "own.yaml", out=tmp_path / "runs").folder
    assert fork(folder, at=1, sets=["mechanism=plurality"]).reused
    (folder / edited).write_text((folder / edited).read_text().replace("rounds: 2", "rounds: 1") + "# edited\n")
    made = sorted(tmp_path.rglob("*"))
    for act in (replay, resume, lambda folder: fork(folder, at=1, sets=["mechanism=plurality"])):
        with pytest.raises((ReplayError, StoreError), match="is not the scenario that was run here"):
            act(folder)
    assert sorted(tmp_path.rglob("*")) == made


def test_a_full_disk_leaves_no_half_file_and_says_what_to_do(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    text = small().dump()
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(text) // 2, hard))
    try:
        with pytest.raises(StoreError, match=f"cannot write .*{SCENARIO}: {os.strerror(errno.EFBIG)}; make room"):
            Store(tmp_path / "run", text)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in (tmp_path / "run").iterdir()] == [".lock"]
    with Store(tmp_path / "run", text) as store:
        assert not store.finished


def test_the_same_command_and_the_watched_run_mend_it_too(once, kept):
    record = kept / RECORD
    whole = record.read_bytes()
    for again in (lambda: run(small(), seed=3, out=kept.parent.parent), stepped):
        record.write_bytes(broken("in the middle", whole))
        again(*(() if again is not stepped else (kept.parent.parent,)))
        assert record.read_bytes() == whole


def stepped(out: Path) -> None:
    going = Stepped(small(), seed=3, out=out)
    while going.step():
        pass


@pytest.mark.parametrize("tape", [None, b""])
def test_a_damaged_record_without_a_tape_stays_as_it_is_unless_its_questions_are_asked_again(tape, once, kept):
    record = kept / RECORD
    whole = record.read_bytes()
    record.write_bytes(left := broken("in the middle", whole))
    (kept / TAPE).unlink()
    if tape is not None:
        (kept / TAPE).write_bytes(tape)
    for again in (resume, lambda folder: stepped(folder.parent.parent)):
        with pytest.raises(StoreError, match=r"answers in the record are not on the tape; .* resume .* --again"):
            again(kept)
        assert record.read_bytes() == left and not (kept / PARTIAL).exists()
    asked = resume(kept, again=True)
    assert (asked.asked, asked.digest, record.read_bytes()) == (once.asked, once.digest, whole)
    assert not (kept / BEFORE).exists()


@pytest.mark.parametrize("cut", [1, 40, 400])
def test_a_cut_tape_is_told_of_and_what_it_lost_is_asked_once_more_if_that_is_wanted(cut, once, kept):
    record, tape = kept / RECORD, kept / TAPE
    whole = record.read_bytes()
    tape.write_bytes(tape.read_bytes()[:-cut])
    with pytest.raises(ReplayError, match=r"cannot be replayed: .*, whose last line was cut off; .* --again"):
        replay(kept)
    told = resume(kept)
    assert told.asked == 0 and told.lost in told.trouble and "whose last line was cut off" in told.trouble
    lost = int(told.lost.split(" ", 1)[0])
    assert lost == 1 if cut < 400 else 1 < lost < once.asked
    mended = resume(kept, again=True)
    assert (mended.asked, mended.lost, mended.trouble) == (lost, "", "")
    assert record.read_bytes() == whole and replay(kept).digest == once.digest


def test_what_nobody_was_asked_for_is_not_missed(tmp_path):
    out_of_time = small(capacity={"crowd": {"slots": 1, "patience": 2.0}})
    result = run(out_of_time, out=tmp_path)
    assert result.abstentions.get("gave up waiting", 0) > 0
    assert not run(out_of_time, out=tmp_path).lost and replay(result.folder).digest == result.digest


def test_a_copy_of_any_name_is_replayed_resumed_and_forked_with_the_seed_of_its_record(once, kept, monkeypatch):
    monkeypatch.chdir(kept.parent.parent)
    mine = Path("mine")
    kept.rename(mine)
    assert replay(mine).digest == resume(mine).digest == once.digest
    forked = fork(mine, at=1.0, sets=["mechanism.rounds=2"])
    assert forked.result.folder.parent.parent == Path() and forked.result.folder.name == "seed-0003"
    mine.rename("seed-0007")  # not what its record says
    assert replay("seed-0007").digest == once.digest
    (Path("seed-0007") / RECORD).unlink()
    Path("seed-0007").rename(mine)
    with pytest.raises(StoreError, match=r"give it the name back that it was made with, seed-NNNN"):
        resume(mine)


def test_the_folder_of_another_seed_is_not_told_as_this_one(kept):
    kept.rename(kept.with_name("seed-0004"))
    with pytest.raises(StoreError, match="holds a run with seed 3, not 4"):
        run(small(), seed=4, out=kept.parent.parent)


def test_a_fork_after_the_end_is_refused_and_makes_nothing(kept):
    end = max(entry["t"] for entry in RecordFile(kept / RECORD))
    with pytest.raises(ScenarioError, match=rf"--at 999 is after the end of the run, at t = {end:g}"):
        fork(kept, at=999, sets=["mechanism.rounds=2"])
    assert [path.name for path in kept.parent.parent.iterdir()] == [kept.parent.name]
    assert fork(kept, at=end, sets=["mechanism.rounds=2"]).parted is None
    (kept / RECORD).rename(kept / PARTIAL)
    (kept / PARTIAL).write_bytes(broken("in the middle", (kept / PARTIAL).read_bytes()))
    assert fork(kept, at=999, sets=["mechanism.rounds=2"]).parted is None  # nobody knows when it would have ended


def test_a_fork_of_a_record_with_a_broken_line_asks_nothing(kept):
    (kept / RECORD).write_bytes(broken("a broken line", (kept / RECORD).read_bytes()))
    with pytest.raises(StoreError, match=r"record.jsonl:10: not an entry .* makes it anew from the tape"):
        fork(kept, at=1.0, sets=["mechanism.rounds=2"])
    assert [path.name for path in kept.parent.parent.iterdir()] == [kept.parent.name]


LUCKY = '''
import random
from society_sim import Choice, Outcome, mechanism

@mechanism
def lucky(society, question):
    """Everybody is told a number."""
    votes = yield from society.ask_all(f"{question.text} {random.random()}", Choice(question.options))
    return Outcome("A", votes)
'''


def test_a_part_that_draws_its_own_luck_is_told_of_society_lot(tmp_path):
    (tmp_path / "lucky.py").write_text(LUCKY)
    (tmp_path / "lucky.yaml").write_text(small(name="lucky").dump().replace("second_look", "lucky"))
    result = run(tmp_path / "lucky.yaml", out=tmp_path)
    with pytest.raises(ReplayError, match=r"not on the tape(?s:.*)`random`(?s:.*)society\.lot"):
        replay(result.folder)
