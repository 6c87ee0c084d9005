"""The server's own side: knobs, counts, and the way of a request. `endpoint_server` starts it and talks to it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import math
import os
import random
import socket
import struct
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import endpoint_completion as completions
import orjson
from endpoint_brain import BRAINS, Noise
from endpoint_faults import FAULTS, Call, Wire, error

if TYPE_CHECKING:
    from aiohttp import web

_BODIES = 10_000  # kept at most, the latest
_LARGEST = 64 * 1024 * 1024  # bytes of a request
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Knobs:
    """How the server behaves.

    - `latency_ms`, `latency_sigma`: log-normal waiting before an answer, with the mean `latency_ms`.
    - `hold_after`: requests beyond that many are held until it is turned (0: none is held).
    - `slots`: how many requests are worked on at a time, the others queue first come first served (0: no bound).
    - `rps`: requests a second, with a burst of one second's worth; beyond it 429 (0: no bound).
    - `retry_after_s`: what a Retry-After header says. `hang_s`: how late a hanging answer is.
    - `fault`: a kind of `FAULTS`, several with commas between, or `all`; each of them is as likely.
    - `fault_rate`: the share of requests that meet a fault, 0 to 1.
    - `brain`: see `endpoint_brain`; `noise_*`: shares of useless replies of the brain `noisy`.
    - `written_tokens`, `written_sigma`: answers are made as long as a log-normal draw says, with the median
      `written_tokens` (0: as long as the brain makes them).
    - `reasoning_tokens`: counted in every answer's tokens. `cache`: report cached tokens.
    - `keep_bodies`: keep the latest 10,000 request bodies for `GET /bodies`.
    """

    seed: int = 0
    latency_ms: float = 0.0
    latency_sigma: float = 0.0
    hold_after: int = 0
    slots: int = 0
    rps: float = 0.0
    retry_after_s: float = 0.02
    hang_s: float = 30.0
    fault: str = "all"
    fault_rate: float = 0.0
    brain: str = "words"
    noise_unreadable: float = 0.06
    noise_refusal: float = 0.02
    noise_empty: float = 0.01
    written_tokens: float = 0.0
    written_sigma: float = 0.7
    reasoning_tokens: int = 0
    cache: bool = False
    keep_bodies: bool = False

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            kind = type(getattr(Knobs, name))
            if type(value) is not kind and not (kind is float and type(value) is int):
                raise ValueError(f"{name} is of type {kind.__name__}, not {value!r}")
            if kind in (int, float) and name != "seed" and not 0 <= value < math.inf:
                raise ValueError(f"{name} is 0 or more, not {value!r}")
        if self.fault_rate > 1 or self.noise_unreadable + self.noise_refusal + self.noise_empty > 1:
            raise ValueError("fault_rate, and the noise together, are at most 1")
        if unknown := set(self.faults) - FAULTS.keys():
            raise ValueError(f"no fault {', '.join(sorted(unknown))}; there are {', '.join(FAULTS)}")
        if self.brain not in BRAINS:
            raise ValueError(f"no brain {self.brain}; there are {', '.join(BRAINS)}")

    @property
    def faults(self) -> tuple[str, ...]:
        """The kinds of fault to draw from."""
        return tuple(FAULTS) if self.fault == "all" else tuple(kind.strip() for kind in self.fault.split(","))

    @property
    def reply(self) -> completions.Knobs:
        """What shapes a reply."""
        noise = Noise(self.noise_unreadable, self.noise_refusal, self.noise_empty)
        return completions.Knobs(self.brain, noise, self.reasoning_tokens, self.written_tokens, self.written_sigma)


@dataclass
class Tally:
    """What has happened since the start, or since the last reset."""

    requests: int = 0
    answered: int = 0
    left: int = 0
    in_flight: int = 0
    max_in_flight: int = 0
    connections: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    status: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    authorisations: set[str] = field(default_factory=set)
    seen: Counter[str] = field(default_factory=Counter)
    prefixes: set[bytes] = field(default_factory=set)
    speaking: set[Any] = field(default_factory=set)
    bodies: deque[Any] = field(default_factory=lambda: deque(maxlen=_BODIES))

    def told(self) -> dict[str, Any]:
        """The counts, for `GET /stats`."""
        again = [times for times in self.seen.values() if times > 1]
        counts = {name: value for name, value in vars(self).items() if isinstance(value, int)}
        return counts | {"status": self.status, "faults": self.faults, "authorisations": sorted(self.authorisations),
                         "unique": len(self.seen), "repeated": {"bodies": len(again), "times": sum(again)}}  # fmt: skip


def digest(body: Any) -> str:
    """The digest under which `asked()` counts a request *body*; the order of keys does not matter."""
    return hashlib.blake2b(orjson.dumps(body, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def drawn(seed: int, ident: str, *more: Any) -> random.Random:
    """The luck of a body: a generator of its own."""
    return random.Random(hashlib.blake2b(repr((seed, ident, *more)).encode(), digest_size=16).digest())


def problem(body: Any) -> str | None:
    """What is wrong with a request, or `None`."""
    if not isinstance(body, dict) or not isinstance(body.get("model"), str):
        return "you must provide a model parameter"
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(one, dict) for one in messages):
        return "'messages' must be a list of at least one message"
    limits = [body.get(name) for name in ("max_tokens", "max_completion_tokens")]
    if any(limit is not None and (type(limit) is not int or limit < 1) for limit in limits):
        return "max_tokens must be a positive integer"
    if body.get("stream") or body.get("n") not in (None, 1):
        return "this server does not stream, and gives one choice"
    if not isinstance(body.get("response_format") or {}, dict):
        return "'response_format' must be an object"
    top = body.get("top_logprobs")
    if top is not None and not (body.get("logprobs") is True and type(top) is int and 0 <= top <= 20):
        return "top_logprobs is from 0 to 20, and needs logprobs"
    return None


class Server:
    """The requests of one process, answered."""

    def __init__(self, knobs: Knobs) -> None:
        self.tally, self.knobs, self.turned = Tally(), knobs, asyncio.Event()
        self.turn(knobs, anew=True)

    def turn(self, knobs: Knobs, anew: bool = False) -> None:
        """Take other *knobs*. If slots change, or *anew*, those at work keep theirs beside the new ones."""
        if anew or knobs.slots != self.knobs.slots:
            self.slots = asyncio.Semaphore(knobs.slots) if knobs.slots else contextlib.nullcontext()
        if anew or knobs.rps != self.knobs.rps:
            self.tokens, self.filled_at = max(1.0, knobs.rps), time.monotonic()
        self.knobs, self.reply, self.kinds = knobs, knobs.reply, knobs.faults
        self.turned.set()
        self.turned = asyncio.Event()

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Any request."""
        path = request.path
        if request.method == "POST" and path.endswith("/chat/completions"):
            return await self._counted(request)
        shown = {
            "/health": lambda: "ok",
            "/v1/models": lambda: {"object": "list", "data": [{"id": "test", "object": "model", "owned_by": "test"}]},
            "/stats": self.tally.told,
            "/asked": lambda: self.tally.seen,
            "/bodies": lambda: list(self.tally.bodies),
        }
        if request.method == "GET" and path in shown:
            return _response(Wire(body=orjson.dumps(shown[path]())))
        if request.method == "POST" and path == "/reset":
            self.tally = Tally(in_flight=self.tally.in_flight, max_in_flight=self.tally.in_flight)
            self.turn(self.knobs, anew=True)
            return _response(Wire(body=b"{}"))
        if request.method == "POST" and path == "/config":
            try:
                self.turn(replace(self.knobs, **orjson.loads(await request.read())))
            except (TypeError, ValueError) as wrong:
                return _response(error(400, str(wrong), "invalid_request_error"))
            return _response(Wire(body=orjson.dumps(asdict(self.knobs))))
        return _response(error(404, "there is nothing here", "invalid_request_error"))

    async def _counted(self, request: web.BaseRequest) -> web.Response:
        """A chat request, from its arrival until it is answered or its client has left."""
        tally = self.tally
        tally.requests += 1
        tally.in_flight += 1
        tally.max_in_flight = max(tally.max_in_flight, tally.in_flight)
        if authorisation := request.headers.get("Authorization"):
            tally.authorisations.add(hashlib.sha256(authorisation.encode()).hexdigest())
        if request.protocol not in tally.speaking:
            tally.speaking.add(request.protocol)
            tally.connections += 1
        try:
            wire = await self._answered(request)
            if wire.way not in ("reset", "closed"):
                self.tally.status[str(wire.status)] += 1
            if wire.way in _BROKEN and request.transport is not None:
                _BROKEN[wire.way](request.transport, wire)
            return _response(wire)  # where the connection is gone, aiohttp notices and sends nothing
        except asyncio.CancelledError:
            self.tally.left += 1
            raise
        finally:
            self.tally.in_flight -= 1

    async def _answered(self, request: web.BaseRequest) -> Wire:
        """What is sent: a fault, or the good reply after its time."""
        knobs, number = self.knobs, self.tally.requests
        try:
            body = orjson.loads(await request.read())
        except ValueError:
            return error(400, "We could not parse the JSON body of your request.", "invalid_request_error")
        if (wrong := problem(body)) is not None:
            return error(400, wrong, "invalid_request_error")
        ident = digest(body)
        nth = self.tally.seen[ident]
        self.tally.seen[ident] += 1
        if knobs.keep_bodies:
            self.tally.bodies.append(body)
        chance = drawn(knobs.seed, ident, nth)
        if self._over_rate():
            return FAULTS["rate_limited"](Call({}, "", knobs.retry_after_s, 0.0))
        fails = chance.random() < knobs.fault_rate and not request.path.startswith("/elsewhere/")
        fault = chance.choice(self.kinds) if fails else ""
        wait = latency_s(knobs, chance)
        self.tally.faults.update([fault] if fault else [])
        cached = completions.cached_tokens(body, self.tally.prefixes) if knobs.cache else None
        good = completions.completion(body, ident, cached, self.reply, drawn(knobs.seed, ident))
        authorisation = request.headers.get("Authorization", "")
        wire = Wire(body=orjson.dumps(good))
        if fault:
            wire = FAULTS[fault](Call(good, authorisation, knobs.retry_after_s, chance.random()))
        if wire.status != 200 or wire.way in ("reset", "closed"):
            return wire  # turned away at the door
        async with self.slots:
            await asyncio.sleep(wait + knobs.hang_s * (wire.way == "late"))
        while 0 < self.knobs.hold_after < number:
            await self.turned.wait()
        if fault in ("", "hang", "bad_usage"):
            self.tally.answered += 1
            self.tally.prompt_tokens += good["usage"]["prompt_tokens"]
            self.tally.completion_tokens += good["usage"]["completion_tokens"]
        return wire

    def _over_rate(self) -> bool:
        """Whether the bucket is empty; takes a token if it is not."""
        rate = self.knobs.rps
        if not rate:
            return False
        now = time.monotonic()
        self.tokens = min(max(1.0, rate), self.tokens + (now - self.filled_at) * rate)
        self.filled_at = now
        if self.tokens < 1:
            return True
        self.tokens -= 1
        return False


def latency_s(knobs: Knobs, chance: random.Random) -> float:
    """Seconds that the model takes."""
    sigma = knobs.latency_sigma
    spread = math.exp(sigma * _NORMAL.inv_cdf(max(chance.random(), 1e-12)) - sigma**2 / 2) if sigma else 1.0
    return knobs.latency_ms / 1000 * spread


def _response(wire: Wire) -> web.Response:
    from aiohttp import web

    return web.Response(body=wire.body, status=wire.status, content_type=wire.kind, headers=wire.headers)


def _cut(transport: asyncio.Transport, wire: Wire) -> None:
    head = f"HTTP/1.1 {wire.status} OK\r\nContent-Type: {wire.kind}\r\nContent-Length: {len(wire.body)}\r\n\r\n"
    transport.write(head.encode() + wire.body[: len(wire.body) // 2])
    transport.close()


def _reset(transport: asyncio.Transport, wire: Wire) -> None:
    at_once = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    transport.abort()


def _closed(transport: asyncio.Transport, wire: Wire) -> None:
    transport.close()


_BROKEN = {"cut": _cut, "reset": _reset, "closed": _closed}


async def serve(knobs: Knobs, ready: Callable[[int], None], parent: int) -> None:
    """Serve on a free port of the loopback, which *ready* is told, for as long as process *parent* is the parent."""
    from aiohttp import web

    server = Server(knobs)

    class Connections(web.Server):
        """Forgets a connection when it is lost."""

        def connection_lost(self, handler: Any, exc: BaseException | None = None) -> None:
            server.tally.speaking.discard(handler)
            super().connection_lost(handler, exc)

    def request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=_LARGEST)

    loop = asyncio.get_running_loop()
    runner = web.ServerRunner(Connections(
        server.handle, request_factory=request, handler_cancellation=True, access_log=None, keepalive_timeout=3600
    ))  # fmt: skip
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=8192)
    await site.start()
    ready(runner.addresses[0][1])
    while os.getppid() == parent:
        await asyncio.sleep(0.2)
