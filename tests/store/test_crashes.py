"""A crash at any moment, and the same command again: the uninterrupted record, and nothing asked twice."""

from __future__ import annotations

import errno
import itertools
import os
import random
import signal
import sys
import time
from pathlib import Path

import pytest

import society_sim.store
import society_sim.tape
import society_sim.tapelines
from society_sim import SocietyError
from society_sim.tape import Tape

sys.path.insert(0, str(Path(__file__).parent))
from lives import asked, live, threads


class Shim:
    """`os` for the store and the tape, in which the k-th write, fsync or truncation goes wrong."""

    def __init__(self, k: int, wrong, sticky: bool = True) -> None:
        self._count, self._k, self._wrong, self._sticky = 0, k, wrong, sticky

    def __getattr__(self, name):
        real = getattr(os, name)
        if name not in ("write", "fsync", "ftruncate"):
            return real

        def operation(*arguments):
            self._count += 1
            if self._count == self._k or (self._sticky and self._count > self._k):
                return self._wrong(real, arguments)
            return real(*arguments)

        return operation


def die_before(real, arguments):
    os._exit(9)


def die_after(real, arguments):
    real(*arguments)
    os._exit(9)


def die_torn(real, arguments):
    if real is os.write:
        real(arguments[0], bytes(arguments[1])[: max(1, len(arguments[1]) // 2)])
    os._exit(9)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> bytes:
    folder = tmp_path_factory.mktemp("whole")
    record, count = live(folder / "run", folder / "asks")
    assert count.asked == len(asked(folder / "asks")) == 36
    return record


def in_child(function) -> int:
    """Run *function* in a forked child; its exit status (9 if the shim killed it)."""
    child = os.fork()
    if child == 0:
        try:
            function()
        except BaseException:
            os._exit(3)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("die", [die_before, die_after, die_torn])
def test_a_crash_at_every_kth_operation(tmp_path, whole, die):
    for k in itertools.count(1):
        folder, asks = tmp_path / str(k), tmp_path / f"asks{k}"

        def doomed(k=k, folder=folder, asks=asks):
            shim = Shim(k, die)
            society_sim.tape.os = society_sim.store.os = shim
            live(folder, asks)

        status = in_child(doomed)
        assert status in (0, 9)
        record, _ = live(folder, asks)
        assert record == whole
        seen = asked(asks)
        assert len(set(seen)) == 36 and len(seen) <= 37, f"asked twice after a crash at operation {k}"
        if status == 0:
            break
    assert k > 36


@pytest.mark.slow
@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("sticky", [True, False])
def test_a_disk_that_fails_ends_cleanly_and_costs_no_answer(tmp_path, whole, fault, sticky, monkeypatch):
    def fail(real, arguments):
        raise OSError(fault, os.strerror(fault))

    ended = 0
    for k in range(1, 45, 4):
        folder, asks = tmp_path / str(k), tmp_path / f"asks{k}"
        shim = Shim(k, fail, sticky)
        with monkeypatch.context() as patch:
            patch.setattr(society_sim.tape, "os", shim)
            patch.setattr(society_sim.store, "os", shim)
            try:
                live(folder, asks)
            except SocietyError as error:
                ended += 1
                assert os.strerror(fault) in str(error)
            except OSError as error:
                pytest.fail(f"a bare {error!r} at operation {k}")
        record, _ = live(folder, asks)
        assert record == whole
        assert len(asked(asks)) <= 38
    assert ended > 5


def test_a_short_write_is_completed(tmp_path, whole, monkeypatch):
    def short(real, arguments):
        return real(arguments[0], bytes(arguments[1])[:7]) if real is os.write else real(*arguments)

    shim = Shim(1, short)
    monkeypatch.setattr(society_sim.tape, "os", shim)
    record, _ = live(tmp_path / "run", tmp_path / "asks")
    assert record == whole
    monkeypatch.undo()
    tape = Tape(tmp_path / "run" / "tape.jsonl", writable=False)
    assert (len(tape), tape.dropped) == (36, 0)
    tape.close()


def states(data: bytes, synced: int, rng: random.Random):
    """A legal state of the file after a power cut: what was synced, and any of the rest, torn at 512 bytes."""
    blocks = [data[at : at + 512] for at in range(synced - synced % 512, len(data), 512)]
    kept = bytearray(data[: synced - synced % 512])
    end = rng.randrange(len(blocks) + 1)
    for number, block in enumerate(blocks[:end]):
        first = number == 0 and synced % 512
        if rng.random() < 0.3:  # never written: zeros, but for what was synced of the block
            block = block[: synced % 512] + bytes(len(block) - synced % 512) if first else bytes(len(block))
        kept += block
    return bytes(kept) if len(kept) >= synced else data[:synced]


@pytest.mark.slow
def test_power_cuts_leave_every_synced_answer(tmp_path, whole):
    folder, asks = tmp_path / "run", tmp_path / "asks"
    live(folder, asks)
    data = (folder / "tape.jsonl").read_bytes()
    original = Tape(folder / "tape.jsonl", writable=False)
    keys = [line.key for line in society_sim.tapelines.lines(original._file) if len(line.key) == 32]
    offsets = {key: sum(original._places[bytes.fromhex(key)]) + 1 for key in keys}
    rng = random.Random(4)
    torn = tmp_path / "torn.jsonl"
    for _ in range(500):
        synced = rng.choice([0, *offsets.values()])
        torn.write_bytes(states(data, synced, rng))
        tape = Tape(torn)
        for key, end in offsets.items():
            found = tape.find(key)
            assert found is None or found == original.find(key)
            assert found is not None or end > synced
        tape.close()
        again = Tape(torn)  # and what it became is whole
        assert again.dropped == tape.dropped
        again.close()
    original.close()


def test_a_run_is_one_process_at_a_time(tmp_path):
    with society_sim.store.Store(tmp_path / "run", "name: x\n"), pytest.raises(SocietyError, match="in use by another"):
        society_sim.store.Store(tmp_path / "run", "name: x\n")


def test_a_file_that_is_no_tape_is_left_alone(tmp_path):
    path = tmp_path / "tape.jsonl"
    path.write_text("not a tape\n" * 1000)
    with pytest.raises(SocietyError, match="is not a tape"):
        Tape(path)
    assert path.read_text() == "not a tape\n" * 1000


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_hundred_random_kills(tmp_path):
    """SIGKILL at a random moment, again and again, until the run ends; 100 kills in all."""
    expected, _ = live(tmp_path / "whole", tmp_path / "asks", size=40)
    rng, kills = random.Random(1), 0
    for number in itertools.count():
        folder, asks = tmp_path / f"run{number}", tmp_path / f"asks{number}"
        lost = 0
        for _ in range(4):
            child = os.fork()
            if child == 0:
                try:
                    live(folder, asks, pool=threads, size=40)
                finally:
                    os._exit(0)
            time.sleep(rng.uniform(0, 0.15))
            os.kill(child, signal.SIGKILL)
            killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
            kills, lost = kills + killed, lost + killed
        record, _ = live(folder, asks, size=40)
        assert record == expected
        seen = asked(asks)
        assert len(set(seen)) == 240
        assert len(seen) <= 240 + 32 * lost  # a call in flight when the process died has no answer to keep
        tape = Tape(folder / "tape.jsonl", writable=False)
        assert len(tape) == 240
        tape.close()
        if kills >= 100:
            return
