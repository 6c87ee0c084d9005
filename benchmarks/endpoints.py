"""Over HTTP: what the road to an endpoint costs beside a bare client on the same work, in the same run."""

from __future__ import annotations

import asyncio
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import networkx as nx
import orjson

from benchmarks.common import Row, cpu
from society_sim import Society, Text, delayed, inline
from society_sim.backends.openai_compatible import openai_compatible
from society_sim.backends.taped import Count, Taped
from society_sim.ledger import Cost, Ledger
from society_sim.store import Store
from society_sim.tape import Tape

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "endpoints"))
from endpoint_server import Endpoint
from endpoint_service import Knobs, digest, drawn, latency_s

ROUNDS = 5
FORM = Text(200)
PLENTY = Cost(10**12, 10**12, 10**9)


class Spent(NamedTuple):
    """Wall and CPU seconds."""

    wall: float
    cpu: float


def question(turn: int, member: int, heard: list[str]) -> str:
    """What a member is asked: the words of its neighbours are in it."""
    return f"Round {turn}, member {member}. Your neighbours say: {' '.join(heard)}\n\n{FORM.hint()}"


def bare(graph: nx.Graph, call: Callable, rounds: int = ROUNDS) -> Spent:
    """A bare client: all members at once, a barrier after each round."""

    async def work() -> None:
        async with call() as one:
            said = dict.fromkeys(graph, "nothing")
            for turn in range(rounds):
                asked = [one(question(turn, m, [said[n] for n in graph[m]]), m * 1000 + turn) for m in graph]
                said = dict(zip(graph, await asyncio.gather(*asked), strict=True))

    with cpu() as spent:
        begun = time.perf_counter()
        asyncio.run(work())
        return Spent(time.perf_counter() - begun, spent())


class aiohttp_alone:  # noqa: N801
    """`async with aiohttp_alone(url) as call`: one pooled session, replies read."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/chat/completions"

    async def __aenter__(self):
        import aiohttp

        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self._call

    async def __aexit__(self, *_):
        await self._session.close()

    async def _call(self, text: str, seed: int) -> str:
        body = {"model": "x", "messages": [{"role": "user", "content": text}], "temperature": 0.7, "max_tokens": 256,
                "seed": seed}  # fmt: skip
        head = {"Content-Type": "application/json"}
        async with self._session.post(self._url, data=orjson.dumps(body), headers=head) as reply:
            return orjson.loads(await reply.read())["choices"][0]["message"]["content"]


class litellm_alone:  # noqa: N801
    """The same through `litellm.acompletion`."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def __aenter__(self):
        from society_sim.backends.litellm import library

        litellm = library()
        self._ask = partial(litellm.acompletion, model="openai/x", api_base=self._url, api_key="none", max_retries=0,
                            num_retries=0, temperature=0.7, max_tokens=256)  # fmt: skip
        self._close = litellm.close_litellm_async_clients
        return self._call

    async def __aexit__(self, *_):
        await self._close()

    async def _call(self, text: str, seed: int) -> str:
        reply = await self._ask(messages=[{"role": "user", "content": text}], seed=seed)
        return reply.choices[0].message.content


def deliberation(society: Society, rounds: int):
    """Everybody answers, and in each further round hears its neighbours' last words."""
    heard = yield from society.ask_all(lambda m: question(0, m.id, ["nothing"] * len(m.ties))[: -len(FORM.hint()) - 2],
                                       FORM)  # fmt: skip
    for turn in range(1, rounds):
        heard = yield from society.ask_all(
            lambda m: f"Round {turn}, member {m.id}. Your neighbours say: {' '.join(m.view(heard))}", FORM)
    heard.values()


def ours(graph: nx.Graph, model, rounds: int = ROUNDS, ledger: Ledger | None = None) -> Spent:
    """A society on the same work, its tape and record on disk included."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "run", "name: benchmark\n") as store, \
            cpu() as spent:  # fmt: skip
        begun = time.perf_counter()
        taped = Taped(model, store.tape, Count(), ledger=ledger)
        society = Society(graph, taped, write=store.write, concurrency=10_000)
        society.run(deliberation(society, rounds))
        store.finish(society.record.digest)
        return Spent(time.perf_counter() - begun, spent())


def direct(quick: bool) -> list[Row]:
    """The direct path beside bare aiohttp: wall time, and CPU for each call."""
    rows = []
    for members, latency in ((32, 50),) if quick else ((256, 100), (1000, 100), (256, 1000)):
        graph = nx.watts_strogatz_graph(members, 4, 0.0)
        with Endpoint(latency_ms=latency, brain="words") as server:
            model = openai_compatible(model="x", base_url=server.base_url)
            other = partial(aiohttp_alone, server.base_url)
            for warm in (bare(graph, other, 1), ours(graph, model, 1)):
                del warm
            pairs = [(bare(graph, other), ours(graph, model)) for _ in range(1 if quick else 5)]
        calls, ideal = members * ROUNDS, ROUNDS * latency / 1000
        name = f"{members} members x {ROUNDS} rounds, {latency} ms"
        rows += [
            Row(f"wall over bare aiohttp: {name}", _median(b.wall / a.wall for a, b in pairs), "x", "<= 1.15"),
            Row("  wall over ideal", _median(b.wall for _, b in pairs) / ideal, "x"),
            Row("  bare aiohttp over ideal", _median(a.wall for a, _ in pairs) / ideal, "x"),
            Row("  CPU for each call", _median(b.cpu for _, b in pairs) / calls * 1000, "ms"),
            Row("  CPU over bare aiohttp", _median(b.cpu / a.cpu for a, b in pairs), "x", "<= 3"),
        ]
    return rows


def through_litellm(quick: bool) -> list[Row]:
    """The path through LiteLLM beside LiteLLM alone."""
    from society_sim.backends.litellm import litellm

    members, rounds = (8, 2) if quick else (64, 5)
    graph = nx.watts_strogatz_graph(members, 4, 0.0)
    with Endpoint(latency_ms=20, brain="words") as server:
        model = litellm(model="openai/x", api_base=server.base_url)
        other = partial(litellm_alone, server.base_url)
        for warm in (bare(graph, other, 1), ours(graph, model, 1)):
            del warm
        pairs = [(bare(graph, other, rounds), ours(graph, model, rounds)) for _ in range(1 if quick else 5)]
    calls = members * rounds
    return [
        Row(f"CPU over LiteLLM alone: {members} members x {rounds} rounds",
            _median(b.cpu / a.cpu for a, b in pairs), "x", "<= 1.1"),
        Row("  CPU for each call", _median(b.cpu for _, b in pairs) / calls * 1000, "ms"),
        Row("  wall over LiteLLM alone", _median(b.wall / a.wall for a, b in pairs), "x"),
    ]  # fmt: skip


def dataflow(quick: bool) -> list[Row]:
    """Wall over the critical path when every reply takes its own time; and what gate and budget add to it."""
    members, rounds, mean = (32, 3, 50) if quick else (256, 8, 200)
    graph = nx.watts_strogatz_graph(members, 4, 0.1, seed=1)
    free, bounded = [], []
    for seed in range(1 if quick else 3):
        knobs = {"latency_ms": mean, "latency_sigma": 0.6, "brain": "words", "seed": seed}
        with Endpoint(**knobs, keep_bodies=True) as server:
            model = openai_compatible(model="x", base_url=server.base_url)
            walls = [ours(graph, model, rounds).wall]
            path = critical_path(graph, rounds, Knobs(**knobs), server.bodies())
            gated = openai_compatible(model="x", base_url=server.base_url, concurrency=4 * members, rpm=10**6,
                                      tpm=10**9, price={"in": 1, "out": 1})  # fmt: skip
            walls.append(_again(server, lambda: ours(graph, gated, rounds, Ledger(PLENTY)).wall))
        free.append(walls[0] / path)
        bounded.append(walls[1] / path)
    name = f"{members} members, {rounds} rounds, log-normal (sigma 0.6, mean {mean} ms)"
    return [Row(f"wall over critical path: {name}", _median(free), "x", "<= 1.15"),
            Row("  with gate and budget that do not bind", _median(bounded), "x", "<= 1.15")]  # fmt: skip


def _again(server: Endpoint, run: Callable[[], float]) -> float:
    server.reset()  # bodies that were seen before would take another time
    return run()


def critical_path(graph: nx.Graph, rounds: int, knobs: Knobs, bodies: list[dict]) -> float:
    """Seconds until the last reply, if each request leaves as soon as what it shows is there."""
    took = {}
    for body in bodies:
        head = body["messages"][-1]["content"].split(".", 1)[0].split()
        chance = drawn(knobs.seed, digest(body), 0)
        chance.random()  # whether it fails
        took[int(head[1].rstrip(",")), int(head[3])] = latency_s(knobs, chance)
    done = {m: took[0, m] for m in graph}
    for turn in range(1, rounds):
        done = {m: max(done[n] for n in graph[m]) + took[turn, m] for m in graph}
    return max(done.values())


def in_process(quick: bool) -> list[Row]:
    """The engine alone: a model in this process that answers after a second."""
    members, seconds = (100, 0.1) if quick else (1000, 1.0)
    graph = nx.watts_strogatz_graph(members, 4, 0.0)
    model = delayed(inline(lambda _: "So be it.", watermark="x"), lambda _: seconds)
    walls = [ours(graph, model).wall for _ in range(1 if quick else 3)]
    return [Row(f"wall over ideal: {members} members x {ROUNDS} rounds, in-process, {seconds:g} s",
                _median(walls) / (ROUNDS * seconds), "x", "<= 1.05")]  # fmt: skip


def soak(quick: bool) -> list[Row]:
    """Many calls in one process: what grows with them beside the tape's index."""
    calls, batch = (1_000, 250) if quick else (100_000, 1_000)
    graph = nx.empty_graph(batch)
    marks = []
    with Endpoint(brain="words") as server, tempfile.TemporaryDirectory() as folder:
        model = openai_compatible(model="x", base_url=server.base_url)
        for number in range(calls // batch):
            with Tape(Path(folder) / f"{number}.jsonl") as tape:
                society = Society(graph, Taped(model, tape, Count()), seed=number, concurrency=256)
                society.run(_poll(society, number))
            (Path(folder) / f"{number}.jsonl").unlink()
            marks.append((_memory(), _descriptors()))
        answered = server.stats()["answered"]
    half = marks[len(marks) // 2 :]
    return [
        Row(f"answers lost of {calls:,}", calls - answered, "", "0"),
        Row("memory that the second half added", (half[-1][0] - half[0][0]) / 2**20, "MiB", "0"),
        Row("file descriptors that were added", half[-1][1] - marks[0][1], "", "0"),
    ]


def _poll(society: Society, number: int):
    heard = yield from society.ask_all(lambda m: f"Batch {number}, member {m.id}: what do you say?", FORM)
    heard.values()


def _memory() -> float:
    """Bytes that this process holds now (its peak, where the system does not say)."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _descriptors() -> int:
    known = Path("/proc/self/fd")
    return sum(1 for _ in known.iterdir()) if known.exists() else 0


def _median(values) -> float:
    return statistics.median(values)
