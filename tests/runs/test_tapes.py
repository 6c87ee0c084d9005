"""Tapes: what attempts may have cost, what is read again, and what is done with several of them."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from zlib import crc32

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim import Answer, Choice, Query
from society_sim.errors import FAILED, FAILURES, OUT_OF_BUDGET, REASONS, REFUSED, TIMED_OUT, NoAnswer, StoreError
from society_sim.ledger import NOTHING, Cost, Ledger
from society_sim.tape import Tape
from society_sim.tapelines import said, written
from society_sim.tapes import asked, look, merge, prune, share, shared, tape_of

WORST = Cost(50, 300, 1)


def query_of(number, member=0):
    return Query(member=member, occurrence=0, model="m", system="You are one.", text=f"Question {number}?",
                 form=Choice("AB"), seed=number, key=f"{number:032x}")  # fmt: skip


def answer(text="ANSWER: A", **more):
    return Answer(**{"text": text, "tokens_in": 20, "tokens_out": 5, "micro_usd": 7, "model": "m", "attempt": 1} | more)


def failure(reason=TIMED_OUT):
    return NoAnswer(reason, "no reply within 1 s")


def money_of(path):
    with Tape(path, writable=False) as tape:
        return tape.spent, tape.doubtful


def call(tape, number, *fates):
    """The attempts at question *number*: `answer`, a failure and whether it is doubtful, or nothing at all."""
    query = query_of(number)
    for attempt, fate in enumerate(fates, 1):
        tape.trying(query, attempt, "m", WORST)
        if fate == "answer":
            tape.append(query, answer(attempt=attempt))
        elif fate in ("doubtful", "certain"):
            tape.tried(query, attempt, failure(), doubtful=fate == "doubtful", ms=3)
        elif fate == "died":
            return
    if fates[-1] != "answer":
        tape.append(query, failure())


# --- the account ---------------------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(lives=st.lists(st.lists(st.tuples(st.integers(0, 3), st.lists(st.sampled_from(("doubtful", "certain")),
                               max_size=2), st.sampled_from(("answer", "died", "failed"))), max_size=4),
                      max_size=4))  # fmt: skip
def test_a_tape_gives_the_account_of_all_lives_that_wrote_it(tmp_path_factory, lives):
    path = tmp_path_factory.mktemp("lives") / "tape.jsonl"
    ledger = Ledger()
    for life in lives:
        with Tape(path) as tape:
            assert (tape.spent, tape.doubtful) == (ledger.spent, ledger.doubtful)
            for number, before, fate in life:
                if tape.find(query_of(number).key) is not None:
                    continue
                fates = (*before, fate) if fate != "failed" else (*before, "certain")
                call(tape, number, *fates)
                for one in fates:
                    ledger.reserve(WORST)
                    if one in ("doubtful", "died"):
                        ledger.settle(WORST, doubtful=True)  # the call was made, and its money is in doubt
                    elif one == "certain":
                        ledger.settle(WORST, Cost(calls=1))
                    else:
                        ledger.settle(WORST, Cost(7, 25, 1))
        told = money_of(path)
        assert told[0].plus(told[1]) == ledger.spent.plus(ledger.doubtful)
        assert told[1][:2] == ledger.doubtful[:2]
        ledger = Ledger(spent=told[0], doubtful=told[1])


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_what_a_killed_process_had_sent_is_in_doubt(tmp_path):
    path = tmp_path / "tape.jsonl"
    child = os.fork()
    if child == 0:
        tape = Tape(path)
        tape.trying(query_of(1), 1, "m", WORST)
        tape.trying(query_of(2), 1, "m", WORST)
        tape.append(query_of(2), answer())
        os._exit(0)
    os.waitpid(child, 0)
    assert money_of(path) == (Cost(7, 25, 2), Cost(50, 300, 0))


def test_two_lives_that_died_in_their_first_attempt_are_both_in_doubt(tmp_path):
    path = tmp_path / "tape.jsonl"
    for _ in range(2):
        with Tape(path) as tape:
            call(tape, 1, "died")
    assert money_of(path) == (Cost(calls=2), Cost(100, 600))
    with Tape(path) as tape:
        call(tape, 1, "answer")
    assert money_of(path) == (Cost(7, 25, 3), Cost(100, 600))


def test_answers_from_elsewhere_and_questions_that_could_not_be_paid_cost_nothing(tmp_path):
    path = tmp_path / "tape.jsonl"
    with Tape(path) as tape:
        tape.append(query_of(1), answer(), elsewhere=True)
        tape.append(query_of(2), NoAnswer(OUT_OF_BUDGET))
        tape.append(query_of(3), answer(attempt=0))  # of a model that makes no attempts: one call
        tape.append(query_of(4), failure(FAILED))
    assert money_of(path) == (Cost(7, 25, 2), NOTHING)


def test_a_call_that_failed_for_good_is_counted_by_its_attempts(tmp_path):
    with Tape(tmp_path / "tape.jsonl") as tape:
        call(tape, 1, "certain", "doubtful", "certain")
    assert money_of(tmp_path / "tape.jsonl") == (Cost(calls=3), Cost(50, 300))


def test_attempts_that_nobody_noted_are_calls_all_the_same(tmp_path):
    with Tape(tmp_path / "tape.jsonl") as tape:  # nothing bounded that life, so no intents were written
        tape.append(query_of(1), answer(attempt=3, micro_usd=0))
    assert money_of(tmp_path / "tape.jsonl") == (Cost(0, 25, 3), NOTHING)


# --- what is read again --------------------------------------------------------------------------------------------

LOGPROBS = st.lists(st.tuples(st.text(max_size=3), st.floats(-99, 0)), max_size=3).map(tuple)
ANSWERS = st.builds(Answer, text=st.text(max_size=30), tokens_in=st.integers(0, 99), tokens_out=st.integers(0, 99),
                    cached=st.integers(0, 9), reasoning=st.integers(0, 9), micro_usd=st.integers(0, 9),
                    model=st.text(max_size=5), reason=st.sampled_from(("", REFUSED)), fallback=st.text(max_size=5),
                    attempt=st.integers(0, 9), logprobs=st.none() | LOGPROBS)  # fmt: skip


@settings(max_examples=40)
@given(ANSWERS)
def test_what_is_written_is_what_was_said(answer):
    assert said(orjson.loads(orjson.dumps(written(answer)))) == answer


@pytest.mark.parametrize("reason", REASONS)
def test_so_is_why_there_is_no_answer(reason):
    none = said(orjson.loads(orjson.dumps(written(NoAnswer(reason, "so")))))
    assert (none.reason, none.detail) == (reason, "so")


def test_failures_are_asked_again_once_and_answers_never(tmp_path):
    path = tmp_path / "tape.jsonl"
    with Tape(path) as tape:
        tape.append(query_of(0), answer())
        tape.append(query_of(1), answer(text="no", reason=REFUSED))
        for number, reason in enumerate(REASONS, 2):
            tape.append(query_of(number), NoAnswer(reason))
        assert tape.ask_again() == len(FAILURES)
        assert tape.ask_again() == 0
    with Tape(path) as tape:
        again = [number for number in range(len(REASONS) + 2) if tape.find(query_of(number).key) is None]
        assert [REASONS[number - 2] for number in again] == sorted(FAILURES)
        tape.append(query_of(again[0]), answer("ANSWER: B"))
        tape.append(query_of(again[1]), failure())
    with Tape(path) as tape:
        assert tape.find(query_of(again[0]).key).text == "ANSWER: B"
        assert tape.find(query_of(again[1]).key).reason == TIMED_OUT
        assert [tape.find(query_of(number).key) for number in again[2:]] == [None] * (len(again) - 2)
        assert tape.ask_again() == 1


def line(key, data):
    rest = key.encode() + b" " + orjson.dumps(data)
    return b"%08x %b\n" % (crc32(rest), rest)


def test_a_tape_of_the_first_format_is_read_and_goes_on(tmp_path):
    path = tmp_path / "tape.jsonl"
    key = query_of(1).key
    path.write_bytes(
        line("head", {"format": 1, "what": "society_sim tape"})
        + line("prompt:00ff", {"system": "You are one.", "text": "Question 1?"})
        + line(key, {"text": "ANSWER: A", "in": 9, "out": 3, "micro_usd": 4, "member": 0, "prompt": "00ff"})
        + line(query_of(2).key, {"reason": "missing", "member": 0, "prompt": "00ff"})
    )
    with Tape(path) as tape:
        assert (len(tape), tape.spent, tape.doubtful, tape.dropped) == (2, Cost(4, 12, 2), NOTHING, 0)
        assert tape.find(key) == Answer(text="ANSWER: A", tokens_in=9, tokens_out=3, micro_usd=4)
        call(tape, 3, "doubtful", "answer")
    assert money_of(path) == (Cost(11, 37, 4), Cost(50, 300))
    assert [one["text"] for one in asked(path)] == ["Question 1?"] * 2 + ["Question 3?"]


def test_a_tape_of_a_format_to_come_is_left_alone(tmp_path):
    path = tmp_path / "tape.jsonl"
    path.write_bytes(line("head", {"format": 3}) + line(query_of(1).key, {"reason": "missing"}))
    before = path.read_bytes()
    with pytest.raises(StoreError, match="format 3"):
        Tape(path)
    assert path.read_bytes() == before


def written_tape(path):
    with Tape(path) as tape:
        for number in range(4):
            call(tape, number, "certain", "answer")
    return path.read_bytes()


@settings(max_examples=40)
@given(where=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255), cut=st.none() | st.floats(0, 1))
def test_a_damaged_byte_costs_at_most_the_lines_that_it_touches(tmp_path_factory, where, byte, cut):
    path = tmp_path_factory.mktemp("damage") / "tape.jsonl"
    whole = written_tape(path)
    changed = bytearray(whole)
    changed[int(where * len(whole))] = byte
    data = bytes(changed[: len(whole) if cut is None else int(cut * len(whole)) + 1])
    path.write_bytes(data)
    with Tape(path) as tape:
        found = [number for number in range(4) if tape.find(query_of(number).key) is not None]
        assert all(tape.find(query_of(number).key) == answer(attempt=2) for number in found)
        if cut is None:
            assert len(found) >= 2 if byte != whole[int(where * len(whole))] else len(found) == 4
            assert tape.dropped <= 2
        for number in range(4):
            if number not in found:
                call(tape, number, "answer")
    with Tape(path, writable=False) as tape:
        assert all(tape.find(query_of(number).key).text == "ANSWER: A" for number in range(4))


# --- several of them -----------------------------------------------------------------------------------------------


def tape_with(path, answers, attempts=()):
    with Tape(path) as tape:
        for number, fates in attempts:
            call(tape, number, *fates)
        for number, one in answers.items():
            tape.append(query_of(number), one)
    return path


def texts(path):
    with Tape(path, writable=False) as tape:
        return {int(key.hex(), 16): getattr(tape.find(key.hex()), "text", None) for key in tape._places}


def test_many_tapes_are_read_without_being_held_open(tmp_path):
    def descriptors():
        known = Path("/proc/self/fd")
        return len(list(known.iterdir())) if known.exists() else 0

    before = descriptors()
    path = tape_with(tmp_path / "tape.jsonl", {1: answer()})
    many = [Tape(path, writable=False, lazily=True) for _ in range(50)]
    found = many[7].find(query_of(1).key)
    assert found is not None and found.text == "ANSWER: A" and len(many[0]) == 1
    assert descriptors() == before
    for tape in many:
        tape.close()


def test_looking_into_a_tape(tmp_path):
    path = tape_with(tmp_path / "tape.jsonl", {
        5: answer(cached=15, reasoning=2), 6: answer(text="no", reason=REFUSED, fallback="n"),
        7: NoAnswer(OUT_OF_BUDGET),
    }, [(1, ("doubtful", "answer")), (2, ("certain", "certain")), (3, ("died",))])  # fmt: skip
    with path.open("ab") as file:
        file.write(b"00000000 torn\n")
    found = look(path)
    assert (found.answers, found.reused, found.attempts, found.damaged) == (5, 0, 7, 1)
    assert found.models == {"m": 2, "n": 1}
    assert found.reasons == {TIMED_OUT: 1, REFUSED: 1, OUT_OF_BUDGET: 1}
    assert found.failures == {TIMED_OUT: 3}
    assert (found.tokens_in, found.tokens_out, found.cached, found.reasoning) == (60, 15, 15, 2)
    assert found.cached_share == 0.25
    assert (found.spent[:2], found.doubtful) == ((21, 75), Cost(100, 600))
    assert look(tmp_path) == found


def test_what_was_asked_is_told_in_the_order_of_answers(tmp_path):
    path = tape_with(tmp_path / "tape.jsonl", {2: answer(), 1: failure()})
    first, second = asked(path)
    assert (first["text"], first["system"], first["answer"], first["member"]) == (
        "Question 2?", "You are one.", "ANSWER: A", 0)  # fmt: skip
    assert (second["text"], second["reason"]) == ("Question 1?", TIMED_OUT)


ONES = st.dictionaries(st.integers(0, 5), st.sampled_from(("first", "second", None)), max_size=6)


@settings(max_examples=15)
@given(st.lists(ONES, min_size=1, max_size=3), st.booleans())
def test_merging_first_wins_and_a_failure_yields(tmp_path_factory, contents, exists):
    folder = tmp_path_factory.mktemp("merge")
    paths = []
    for number, content in enumerate(contents):
        fates = {key: failure() if text is None else answer(f"{text} {number}") for key, text in content.items()}
        paths.append(tape_with(folder / f"{number}.jsonl", fates))
    before = [path.read_bytes() for path in paths]
    expected = {}
    for number, content in enumerate(contents):
        for key, text in content.items():
            if expected.get(key) is None:
                expected[key] = None if text is None else f"{text} {number}"
    into = paths[0] if exists else folder / "all.jsonl"
    assert merge(into, paths[1:] if exists else paths) == len(expected)
    assert texts(into) == expected
    assert {one["key"]: one["text"] for one in asked(into)} == {
        query_of(key).key: f"Question {key}?" for key in expected
    }
    kept = 1 if exists else 0
    assert [path.read_bytes() for path in paths[kept:]] == before[kept:]
    assert merge(into, paths) == len(expected) and texts(into) == expected


def test_who_could_not_pay_says_nothing_for_others(tmp_path):
    poor = tape_with(tmp_path / "poor.jsonl", {1: NoAnswer(OUT_OF_BUDGET), 2: answer()})
    rich = tape_with(tmp_path / "rich.jsonl", {1: answer()})
    assert merge(tmp_path / "both.jsonl", [poor]) == 1
    assert merge(tmp_path / "both.jsonl", [poor, rich]) == 2
    assert merge(poor, [rich]) == 2
    assert texts(poor) == {1: None, 2: "ANSWER: A"}, "its own record says that it could not be paid"


def test_pruning_takes_failures_and_leaves_what_they_cost(tmp_path):
    calls = [(1, ("doubtful", "answer")), (2, ("certain", "doubtful")), (3, ("died",)), (3, ("answer",))]
    path = tape_with(tmp_path / "tape.jsonl", {7: NoAnswer(OUT_OF_BUDGET)}, calls)
    before = money_of(path)
    assert prune(path) == (1, 1)
    assert texts(path) == {1: "ANSWER: A", 3: "ANSWER: A", 7: None}
    assert money_of(path) == before
    assert prune(path) == (0, 0)
    with Tape(path) as tape:
        assert tape.ask_again() == 0


def test_a_run_shares_what_it_paid_for_in_a_file_of_its_own(tmp_path):
    path = tape_with(tmp_path / "tape.jsonl", {1: answer(), 2: failure(), 3: NoAnswer(OUT_OF_BUDGET),
                                               5: answer('"elsewhere":true')})  # fmt: skip
    with Tape(path) as tape:
        tape.append(query_of(4), answer(), elsewhere=True)
    folder = tmp_path / "deep" / "shared"
    assert shared(folder) == []
    share(path, folder)
    share(path, folder)
    first, second = shared(folder)
    assert texts(first) == texts(second) == {1: "ANSWER: A", 5: '"elsewhere":true'}
    assert [one["text"] for one in asked(first)] == ["Question 1?", "Question 5?"]
    share(tape_with(tmp_path / "none.jsonl", {1: failure()}), folder)
    assert len(shared(folder)) == 2


def test_what_models_say_is_for_its_owner_alone(tmp_path):
    path = tape_with(tmp_path / "tape.jsonl", {1: answer(), 2: failure()})
    merge(tmp_path / "merged.jsonl", [path])
    folder = tmp_path / "shared"
    shared(folder)
    share(path, folder)
    prune(path)
    for file in (path, tmp_path / "merged.jsonl", *shared(folder)):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(file.name for file in tmp_path.iterdir()) == ["merged.jsonl", "shared", "tape.jsonl"]


def test_what_is_no_tape_is_told_and_left_as_it_is(tmp_path):
    (tmp_path / "book.txt").write_bytes(b"words\n" * 2000)
    for use in (look, prune, tape_of, lambda path: list(asked(path)), lambda path: merge(tmp_path / "x.jsonl", [path])):
        for path in (tmp_path / "nowhere", tmp_path):
            with pytest.raises(StoreError, match="holds no tape"):
                use(path)
        if use is not tape_of:
            with pytest.raises(StoreError, match="is not a tape"):
                use(tmp_path / "book.txt")
    with pytest.raises(StoreError, match="cannot make the folder"):
        shared(tmp_path / "book.txt" / "deeper")
    with pytest.raises(StoreError, match="cannot write"):
        merge(tmp_path / "no" / "x.jsonl", [tape_with(tmp_path / "t.jsonl", {1: answer()})])
    assert (tmp_path / "book.txt").read_bytes() == b"words\n" * 2000
    assert sorted(file.name for file in tmp_path.iterdir()) == ["book.txt", "t.jsonl"]
