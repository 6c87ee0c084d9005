"""A small scenario over HTTP that can be ended in any way, and what the tape and the server know of it afterwards."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import orjson

from society_sim import Scenario, run
from society_sim.backends.openai_compatible import Direct
from society_sim.store import TAPE
from society_sim.tape import Tape
from society_sim.tapelines import Account

READ, WRITE = 2, 5
"""What a token costs in micro-dollars: whole numbers, so that what the server counted can be priced exactly."""
ROOT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "visualization")])}


def scenario(url: str, *, size: int = 8, rounds: int = 3, backend: str = "openai_compatible", **more: Any) -> Scenario:
    """A scenario of 2 * *size* * *rounds* calls; *more* are parameters of the model."""
    where = {"model": "m", "base_url": url} if backend == "openai_compatible" else {"model": "openai/m",
                                                                                    "api_base": url}  # fmt: skip
    model = {backend: {**where, "max_tokens": 40, "price": {"in": READ, "out": WRITE}, "backoff": 0.02, **more}}
    return Scenario.of(
        name="lives", models={"m": model}, population={"plain": {"size": size, "model": "m"}},
        topology={"small_world": {"k": 4, "p": 0.1}}, task={"multiple_choice": {"rounds": rounds, "options": 3}},
        mechanism="second_look",
    )  # fmt: skip


def price(tokens_in: int, tokens_out: int) -> int:
    """Micro-dollars."""
    return READ * tokens_in + WRITE * tokens_out


def billed(server: Any) -> int:
    """Micro-dollars of all that the server answered, whether or not anybody was there to read it."""
    counts = server.stats()
    return price(counts["prompt_tokens"], counts["completion_tokens"])


def asked_by(life: Any) -> tuple[Any, dict[tuple[int, str], str]]:
    """What *life* gives, and of each seed and text that it sends the key of the query."""
    keys: dict[tuple[int, str], str] = {}
    ask = Direct.ask

    async def noted(self, connection, query, model):
        keys[query.seed % 2**31, query.text] = query.key
        return await ask(self, connection, query, model)

    Direct.ask = noted  # type: ignore[method-assign]
    try:
        return life(), keys
    finally:
        Direct.ask = ask  # type: ignore[method-assign]


def in_flight(tape: Path) -> Counter[str]:
    """Key -> how many attempts at it have left, and neither an answer nor a reason on the tape."""
    flying = Counter[str]()
    if not tape.exists():
        return flying
    with Tape(tape, writable=False) as opened:
        for line in opened.lines():
            data = orjson.loads(line.data)
            if line.attempted:
                flying[line.attempted] += 1 if "worst" in data else -1
            elif line.is_answer and "try" in data:
                flying[line.key] -= 1
    return +flying


def account(tape: Path) -> tuple[Account, dict[str, dict[str, Any]]]:
    """What the tape comes to, and its answers by key."""
    summed, answers = Account(), {}
    with Tape(tape, writable=False) as opened:
        for line in opened.lines():
            data = orjson.loads(line.data)
            if line.is_answer:
                summed.answered(line.key, data)
                answers[line.key] = data
            elif line.attempted:
                summed.tried(line.attempted, data)
    return summed, answers


def tape_in(out: Path) -> Path:
    """The tape of the one run in *out*."""
    found = list(out.glob(f"*/seed-*/{TAPE}"))
    return found[0] if found else out / TAPE


def settled(server: Any) -> None:
    """Wait until the server has noticed that its clients are gone."""
    end = time.monotonic() + 10
    while server.stats()["in_flight"] and time.monotonic() < end:
        time.sleep(0.01)
    assert not server.stats()["in_flight"]


OTHERS: set[int | None] = set()
"""Threads that were there before a test: those of another one end when they have been idle for long enough."""


def ours() -> list[str]:
    """The threads that belong to a run."""
    names = [thread.name for thread in threading.enumerate() if thread.ident not in OTHERS]
    return [name for name in names if name.startswith(("society-sim", "asyncio_", "Thread-"))]


__all__ = ["ENVIRONMENT", "OTHERS", "ROOT", "account", "asked_by", "billed", "in_flight", "ours", "price", "run",
           "scenario", "settled", "tape_in"]  # fmt: skip
