"""All peers on the work of one size: run their drivers, count what the server saw."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.peers.environments import DRIVERS, PEERS, Peer, Unavailable, last_words, surroundings

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


class Run(NamedTuple):
    """What one run of a driver took."""

    wall_s: float
    cpu_ms: float
    """CPU milliseconds per call, of the client's process."""
    calls: int
    """Calls that the server counted, warming up apart."""
    digest: str
    """Stands for all that was said."""


class Figures(NamedTuple):
    """What a peer took: medians over its runs, the most calls, and whether all runs said the same (`None` if one)."""

    wall_s: float
    cpu_ms: float
    calls: int
    same: bool | None


def measure(
    ready: Mapping[str, Path | Unavailable], load: Load, repeats: int, server
) -> dict[str, Figures | Unavailable]:
    """What each peer of *ready* (name -> interpreter) took for *load*, or why there is no telling.

    The peers take turns, so that what else goes on on the machine befalls them all.
    """
    runs: dict[str, list[Run]] = {name: [] for name in ready}
    failures = {name: why for name, why in ready.items() if isinstance(why, Unavailable)}
    for _ in range(repeats):
        for name, interpreter in ready.items():
            if name not in failures:
                try:
                    runs[name].append(_run(PEERS[name], interpreter, load, server))
                except Unavailable as why:
                    failures[name] = why
    return {name: failures.get(name) or _figures(runs[name]) for name in ready}


def _figures(runs: list[Run]) -> Figures:
    same = len({run.digest for run in runs}) == 1 if len(runs) > 1 else None
    return Figures(median(run.wall_s for run in runs), median(run.cpu_ms for run in runs),
                   max(run.calls for run in runs), same)  # fmt: skip


def _run(peer: Peer, interpreter: Path, load: Load, server) -> Run:
    if peer.serial and load.calls * load.latency_ms / 1000 > DRIVER_SECONDS:
        raise Unavailable(f"one call after the other takes {load.calls * load.latency_ms / 1000:,.0f} s at least")
    server.reset()
    told = _drive(peer, interpreter, load, server.base_url)
    if told["calls"] != load.calls:
        raise Unavailable(f"{told['calls']} answers where {load.calls} were due")
    cpu_ms = 1000 * told["cpu_s"] / load.calls
    return Run(told["wall_s"], cpu_ms, server.stats()["requests"] - WARMING, told["digest"])


def _drive(peer: Peer, interpreter: Path, load: Load, base_url: str) -> dict:
    command = [interpreter, DRIVERS / f"{peer.driver}.py", base_url, str(load.members), str(load.rounds), peer.way]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=DRIVER_SECONDS,
                              env=surroundings(peer))  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unavailable(f"not done within {DRIVER_SECONDS} s") from None
    if done.returncode:
        raise Unavailable(f"failed: {last_words(done.stderr)}")
    figures = [told for told in done.stdout.splitlines() if told.startswith('{"wall_s"')]  # a peer may print as well
    if not figures:
        raise Unavailable("ended without its figures")
    return json.loads(figures[-1])
