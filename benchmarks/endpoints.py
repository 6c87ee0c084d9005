"""Over HTTP: what the road to an endpoint costs beside a bare client on the same work, in the same run."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import networkx as nx

from benchmarks.common import QUESTION, Row, cpu
from society_sim import Society
from society_sim.backends.endpoints.guard import Guard
from society_sim.backends.openai_compatible import openai_compatible
from society_sim.backends.taped import Count, Taped
from society_sim.ledger import Cost, Ledger
from society_sim.store import Store

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "endpoints"))
from endpoint_server import Endpoint

ROUNDS = 5
_SYSTEM = "You are a member of a society and answer briefly."


def _body(member: int, turn: int, heard: list[str]) -> dict:
    text = f"Round {turn}, member {member}. Your neighbours say: {' '.join(heard)}"
    return {"model": "x", "messages": [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": text}],
            "temperature": 0.7, "max_tokens": 256, "seed": member * 1000 + turn}  # fmt: skip


def bare(url: str, graph: nx.Graph, rounds: int = ROUNDS) -> tuple[float, float]:
    """Wall and CPU seconds of aiohttp alone: all at once, a barrier after each round, replies read."""
    import aiohttp
    import orjson

    async def work() -> None:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            said = dict.fromkeys(graph, "nothing")

            async def one(member: int, turn: int) -> str:
                body = _body(member, turn, [said[n] for n in graph[member]])
                async with session.post(f"{url}/chat/completions", data=orjson.dumps(body),
                                        headers={"Content-Type": "application/json"}) as reply:  # fmt: skip
                    return orjson.loads(await reply.read())["choices"][0]["message"]["content"]

            for turn in range(rounds):
                said = dict(zip(graph, await asyncio.gather(*(one(m, turn) for m in graph)), strict=True))

    with cpu() as spent:
        begun = time.perf_counter()
        asyncio.run(work())
        return time.perf_counter() - begun, spent()


def _deliberation(society: Society, rounds: int):
    from society_sim import Text

    form = Text(200)
    heard = yield from society.ask_all(f"Round 0: {QUESTION.text}", form)
    for turn in range(1, rounds):
        heard = yield from society.ask_all(
            lambda m: f"Round {turn}, member {m.id}. Your neighbours say: {' '.join(m.view(heard))}", form)
    heard.values()


def ours(model, graph: nx.Graph, rounds: int = ROUNDS, ledger: Ledger | None = None) -> tuple[float, float]:
    """Wall and CPU seconds of a society on the same work, its tape and record on disk included."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "run", "name: benchmark\n") as store:
        taped = Taped(model, store.tape, Count(), ledger=ledger)
        with cpu() as spent:
            begun = time.perf_counter()
            society = Society(graph, taped, write=store.write, concurrency=10_000)
            society.run(_deliberation(society, rounds))
            store.finish()
            return time.perf_counter() - begun, spent()


def endpoints(quick: bool) -> list[Row]:
    """The direct path beside bare aiohttp: wall time, and CPU for each call."""
    rows = []
    for members, latency in ((32, 50),) if quick else ((256, 100), (1000, 100), (256, 1000)):
        graph = nx.watts_strogatz_graph(members, 4, 0.0)
        pairs = []
        with Endpoint(latency_ms=latency, brain="words") as server:
            model = openai_compatible(model="x", base_url=server.base_url)
            bare(server.base_url, graph, 1)  # the server warms up
            for _ in range(1 if quick else 3):
                pairs.append((bare(server.base_url, graph), ours(model, graph)))
        calls, ideal = members * ROUNDS, ROUNDS * latency / 1000
        wall = statistics.median(own[0] / other[0] for other, own in pairs)
        used = statistics.median(own[1] / other[1] for other, own in pairs)
        name = f"{members} members x {ROUNDS} rounds, {latency} ms"
        rows += [
            Row(f"wall over bare aiohttp: {name}", wall, "x", "<= 1.15"),
            Row("wall over ideal", statistics.median(own[0] for _, own in pairs) / ideal, "x"),
            Row("bare aiohttp over ideal", statistics.median(other[0] for other, _ in pairs) / ideal, "x"),
            Row("CPU for each call", statistics.median(own[1] for _, own in pairs) / calls * 1000, "ms"),
            Row("CPU over bare aiohttp", used, "x", "<= 3"),
        ]
    return rows


__all__ = ["Cost", "Guard", "bare", "endpoints", "ours", "partial"]
