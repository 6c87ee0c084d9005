"""A society of a million: one vote and one rewiring tick, as a society of nine takes them; and talk among 10,000."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.common import Row, cpu, free
from society_sim import Answer, Link, Scenario, Unlink
from society_sim.backends.taped import Count, Taped
from society_sim.building import build
from society_sim.collecting import seldom
from society_sim.registry import backend, rewiring
from society_sim.runs import run
from society_sim.store import Store

_ROOT = Path(__file__).resolve().parent.parent
_SAID = [Answer(text=f"Let me see.\nANSWER: {letter}", tokens_in=12, tokens_out=6) for letter in "ABCD"]
_ARGUED = [
    Answer(text=f"ANSWER: {letter}\nCONFIDENCE: 80\nREASON: it is the only one that fits", tokens_in=40, tokens_out=16)
    for letter in "ABCD"
]


@backend
def instant_choice():
    """Choose at once, by the query's seed; argue where a reason is asked for."""
    return free(lambda query: (_ARGUED if "REASON" in query.text else _SAID)[query.seed % 4])


@rewiring
def some_move_on(frame, rng: np.random.Generator, *, share: float = 0.002) -> Iterator[Link | Unlink]:
    """A *share* of the members leave one neighbour for a neighbour's neighbour, as triadic closure has it."""
    graph = frame.graph
    for seat in map(int, rng.choice(len(graph), int(share * len(graph)), replace=False)):
        near = list(graph.succ[seat])
        left = near[int(rng.integers(len(near)))]
        beyond = next((w for v in near for w in graph.succ[v] if w != seat and w not in graph.succ[seat]), None)
        if beyond is not None:
            yield Unlink(seat, left)
            yield Link(seat, beyond)


def scale(quick: bool) -> list[Row]:
    """One vote and one rewiring tick of a small world, through `run`, tape and record on disk."""
    members = 20_000 if quick else 1_000_000
    took = measured(members)
    goal = ("", "") if quick else ("< 120", "< 8")
    return [
        Row(f"one vote and one rewiring tick, {members:,} members, wall", took["wall"], "s", goal[0]),
        Row("of it CPU", took["cpu"], "s"),
        Row("peak memory of the process", took["peak"] / 1e9, "GB", goal[1]),
        Row("of it per member, beyond what the imports take", took["each"] / 1024, "KiB"),
        Row("members that voted per second of wall time, all included", members / took["wall"], "/s"),
    ]


def talk(quick: bool) -> list[Row]:
    """A round of deliberation in a small world, over the kernel's bare cost per answer: a plurality's."""
    members = 2_000 if quick else 10_000
    with tempfile.TemporaryDirectory() as place:
        bare = min(_seconds(members, "plurality", Path(place) / f"p{k}") for k in range(3)) / members
        none, some = (min(_seconds(members, {"deliberation": {"rounds": rounds}}, Path(place) / f"{rounds}-{k}")
                          for k in range(3)) for rounds in (0, 2))  # fmt: skip
    talked = (some - none) / 2 / members
    return [
        Row(f"plurality of {members:,} members, CPU per answer", 1e6 * bare, "us"),
        Row("a round of deliberation: four messages and an answer each", 1e6 * talked, "us"),
        Row("the latter over the former", talked / bare, "x", "<= 2"),
    ]


def society_of(members: int, mechanism: str | dict = "plurality", **more: object) -> Scenario:
    """The scenario of both, as it would be written for nine; *more* are further sections."""
    return Scenario.of(
        name="scale",
        models={"m": "instant_choice"},
        population={"plain": {"size": members}},
        topology={"small_world": {"k": 4, "p": 0.1}},
        task={"multiple_choice": {"rounds": 1, "options": 4}},
        mechanism=mechanism,
        measures=["accuracy", "agreement", "abstentions"],
        **more,
    )


def measured(members: int) -> dict[str, float]:
    """What the vote takes in a process of its own: seconds, and bytes in all and per member."""
    command = [sys.executable, "-c", f"from benchmarks import scale; scale.vote({members})"]
    done = subprocess.run(command, cwd=_ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def _seconds(members: int, mechanism: str | dict, folder: Path) -> float:
    with Store(folder, "name: benchmark\n") as store:
        society = build(society_of(members, mechanism), wrap=lambda model: Taped(model, store.tape, Count()),
                        write=store.write)  # fmt: skip
        with seldom(), cpu() as spent:  # as `run` has it
            society.run()
            store.finish(society.record.digest)
            return spent()


def _peak() -> int:
    """The most memory that this process has had, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def vote(members: int) -> None:
    """Take the vote in this process, and print what it took."""
    run(society_of(9), out=None)  # all imports are done
    before = _peak()
    with tempfile.TemporaryDirectory() as place:
        begun = time.monotonic()
        with cpu() as spent:
            result = run(society_of(members, rewiring={"some_move_on": {"every": 0.5}}), out=place)
            busy = spent()
        wall = time.monotonic() - begun
        assert result.asked == members
        assert any(entry["kind"] == "link" for entry in result.record)
    peak = _peak()
    print(json.dumps({"wall": wall, "cpu": busy, "peak": peak, "each": (peak - before) / members,
                      "digest": result.digest}), flush=True)  # fmt: skip
