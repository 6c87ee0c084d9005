"""A record as moments: cut alike however it is read, folded alike whichever way one comes."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from random import Random
from typing import Any

import payloads
import pytest
import samples
from hypothesis import given
from hypothesis import strategies as st
from society_viz.entries import fold
from society_viz.errors import VizError
from society_viz.view import cutting, telling
from society_viz.view.cutting import Cut
from society_viz.view.telling import Teller
from society_viz.view.track import Cursor, Track, enter

RECORDS = {**samples.ALL, "hostile": lambda: payloads.record(payloads.SCRIPTS)}


def whole(path: Path) -> Track:
    track = Track(path)
    track.read()
    return track


def told(track: Track) -> list[tuple[str, ...]]:
    teller = Teller(track)
    return [teller.lines(at) for at in range(len(track.moments))]


def state(cursor: Cursor) -> tuple[Any, ...]:
    stage = cursor.stage
    moment = stage.moment
    tables = [(one.number, one.values, one.numbers, one.found, one.decision)
              for one in (stage.table, *stage.tables.values())]  # fmt: skip
    return copy.deepcopy(
        (stage.ties, tables, stage.names, stage.t, stage.beats, stage.settled, stage.gone, moment.tally,
         list(moment.flows), moment.events, moment.delivered)
    )  # fmt: skip


def test_a_record_that_grows_has_the_moments_of_the_whole_one(recorded: dict[str, Path], tmp_path: Path) -> None:
    for name, folder in recorded.items():
        data = (folder / "record.jsonl").read_bytes()
        path, luck = tmp_path / f"{name}.jsonl", Random(name)
        growing = Track(path)
        on_the_way = Teller(growing)
        path.write_bytes(b"")
        sizes = []
        at = 0
        while at < len(data):  # torn anywhere: a line counts when it is whole
            size = luck.randrange(1, max(len(data) // 12, 2))
            with path.open("ab") as file:
                file.write(data[at : at + size])
            at += size
            growing.read(luck.choice([None, 3, 50]))
            if growing.moments and luck.random() < 0.5:
                on_the_way.lines(luck.randrange(len(growing.moments)))
            sizes.append(len(growing.moments))
        while growing.read():
            pass
        at_once = whole(folder / "record.jsonl")
        assert growing.moments == at_once.moments
        assert [on_the_way.lines(at) for at in range(len(growing.moments))] == told(at_once)
        assert growing.whole and not growing.trouble
        assert sizes == sorted(sizes)


def test_every_entry_belongs_to_one_moment(recorded: dict[str, Path]) -> None:
    for folder in recorded.values():
        path = folder / "record.jsonl"
        track = whole(path)
        found = [entry for at in range(len(track.moments)) for entry in track.entries_of(at, at)]
        assert found == [json.loads(line) for line in path.read_text().splitlines()]
        assert track.moments[0].kind == "opening" and track.moments[-1].kind == "end"
        questions = sum(entry["kind"] == "question" for entry in found)
        assert [moment.kind for moment in track.moments].count("question") == questions


@pytest.mark.slow
@pytest.mark.parametrize("sparse", [5, 40])
def test_a_moment_is_the_same_whichever_way_one_comes(
    sparse: int, recorded: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "_SPARSE", sparse)
    kept: list[Any] = []
    for name, folder in recorded.items():
        track = whole(folder / "record.jsonl")
        many = len(track.moments)
        Teller(track).lines(many - 1)
        kept += track.kept
        forwards = Cursor(track)
        there = [(forwards.to(at), state(forwards))[1] for at in range(many)]
        luck, jumping = Random(name), Cursor(track)
        for _ in range(60):
            at = luck.randrange(many)
            jumping.to(at)
            assert state(jumping) == there[at], (name, at)
    assert kept


class Folded(Cut):
    """Cuts by the whole state of things, where `Cut` keeps what it needs of it."""

    def _enter(self) -> None:
        super()._enter()
        enter(self._stage)


def test_a_record_is_cut_as_the_whole_state_would_have_it(
    recorded: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [make() for make in RECORDS.values()]
    records += [[json.loads(line) for line in (folder / "record.jsonl").read_text().splitlines()]
                for folder in recorded.values()]  # fmt: skip
    for entries in records:
        cut = Cut()
        found = [(cut.take(entry), cut.question) for entry in entries]
        with monkeypatch.context() as patched:
            patched.setattr(cutting, "_FOLDS", dict.fromkeys({entry["kind"] for entry in entries}, fold))
            folded = Folded()
            assert [(folded.take(entry), folded.question) for entry in entries] == found


def test_no_moment_is_put_into_words_that_nobody_reads(
    recorded: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    put = telling.caption

    def counted(stage: Any, kind: str, entry: Any) -> list[str]:
        made.append(kind)
        return put(stage, kind, entry)

    monkeypatch.setattr(telling, "caption", counted)
    track = whole(recorded["double_auction"] / "record.jsonl")
    assert len(track.moments) > 20 and made == []
    expected, teller = told(track), Teller(track)
    made.clear()
    assert teller.lines(4) == expected[4] and len(made) == 5
    assert [teller.lines(at) for at in range(4)] == expected[:4] and len(made) == 5
    assert teller.lines(9) == expected[9] and len(made) == 10


@given(st.sampled_from(sorted(RECORDS)), st.randoms(use_true_random=False))
def test_what_is_missing_or_mangled_is_a_message_or_a_moment(name: str, luck: Random) -> None:
    import tempfile

    entries = RECORDS[name]()
    for _ in range(luck.randrange(4)):
        entry = luck.choice(entries[1:])
        key = luck.choice(list(entry))
        if key != "kind":
            entry[key] = luck.choice([None, -1, 1e300, "", "x" * 999, [], {}, {"a": [1]}, True, [[]], "\u202e<b>"])
    with tempfile.TemporaryDirectory() as passing:
        track = whole(samples.write(entries, Path(passing) / "run") / "record.jsonl")
        cursor = Cursor(track)
        for at in range(len(track.moments)):
            cursor.to(at)
        assert track.moments and (track.whole or track.entries == len(entries))


def test_what_is_no_record_is_said(tmp_path: Path) -> None:
    with pytest.raises(VizError, match="cannot read the record"):
        whole(tmp_path / "nothing.jsonl")
    path = tmp_path / "record.jsonl"
    for text, said in (("[]\n", "an object"), ('{"t":0,"kind":"answer"}\n', "begins with a header"),
                       ('{"t":0,"kind":"header","format":99}\n', "of format 99"),
                       ("nonsense\n", ":1: not an entry")):  # fmt: skip
        path.write_text(text)
        track = whole(path)
        assert not track.moments
        assert said in track.trouble
