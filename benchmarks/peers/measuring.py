"""One peer on the work of one size: run its driver, count what the server saw."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.peers.environments import DRIVERS, Peer, Unavailable, last_words, surroundings

DRIVER_SECONDS = 300
WARMING = 1
"""Calls that a driver makes before its clock starts, so that what is loaded with the first call is not timed."""


class Load(NamedTuple):
    """How much work: members, rounds, and the latency of each call in milliseconds."""

    members: int
    rounds: int
    latency_ms: float

    @property
    def calls(self) -> int:
        return self.members * self.rounds

    @property
    def ideal_s(self) -> float:
        """Wall seconds if nothing but the latency of the rounds took time."""
        return self.rounds * self.latency_ms / 1000


class Figures(NamedTuple):
    """What a peer took: medians over its repeats."""

    wall_s: float
    cpu_ms: float
    """CPU milliseconds per call, of the client's process."""
    calls: int
    """Calls that the server counted, warming up apart."""
    same: bool | None
    """Whether all repeats said the same; `None` if there was only one."""


def measure(peer: Peer, interpreter: Path, load: Load, repeats: int, server) -> Figures:
    """Run *peer* on *load* so many times; raise `Unavailable` if it does not come to the end."""
    if peer.serial and load.calls * load.latency_ms / 1000 > DRIVER_SECONDS:
        raise Unavailable(f"one call after the other takes {load.calls * load.latency_ms / 1000:,.0f} s at least")
    runs, counts = [], []
    for _ in range(repeats):
        server.reset()
        runs.append(_drive(peer, interpreter, load, server.base_url))
        counts.append(server.stats()["requests"] - WARMING)
    wrong = [run["calls"] for run in runs if run["calls"] != load.calls]
    if wrong:
        raise Unavailable(f"{wrong[0]} answers where {load.calls} were due")
    same = len({run["digest"] for run in runs}) == 1 if repeats > 1 else None
    cpu = median(run["cpu_s"] for run in runs)
    return Figures(median(run["wall_s"] for run in runs), 1000 * cpu / load.calls, max(counts), same)


def _drive(peer: Peer, interpreter: Path, load: Load, base_url: str) -> dict:
    command = [interpreter, DRIVERS / f"{peer.driver}.py", base_url, str(load.members), str(load.rounds), peer.way]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=DRIVER_SECONDS,
                              env=surroundings(peer))  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unavailable(f"not done within {DRIVER_SECONDS} s") from None
    if done.returncode:
        raise Unavailable(f"failed: {last_words(done.stderr)}")
    return json.loads(done.stdout.splitlines()[-1])
