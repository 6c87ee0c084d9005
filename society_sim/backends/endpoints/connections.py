"""Connections to endpoints: one pooled session and one gate for each, shared by all models that are served there."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from society_sim.backends.endpoints.gate import Gate, Limits

if TYPE_CHECKING:
    import aiohttp

_SPARE = 128  # file descriptors that are left for all else
_ENOUGH = 16_384
LONGEST = 16 * 2**20
"""Bytes of a reply, unpacked; no model says more, and what does not end must not fill the memory."""
TOO_MUCH = f"the reply is longer than {LONGEST:,} bytes"


@dataclass(slots=True)
class Connection:
    """What is shared on the way to *server*: a session, a gate, and how many use them."""

    server: str
    gate: Gate
    session: aiohttp.ClientSession
    clock: Callable[[], float]
    users: int = 0


_connections: dict[str, Connection] = {}  # belongs to the loop's thread


def connect(server: str, limits: Limits, loop: asyncio.AbstractEventLoop) -> Connection:
    """The connection to *server*, made if there is none; its gate keeps the strictest of all limits given."""
    limits = limits.strictest(Limits(concurrency=_descriptors()))
    connection = _connections.get(server)
    if connection is None:
        connection = Connection(server, Gate(limits, loop.time), _session(), loop.time)
        _connections[server] = connection
    else:
        connection.gate.tighten(limits)
    connection.users += 1
    return connection


async def disconnect(connection: Connection) -> None:
    """Need it no longer; the last one closes the session and its sockets."""
    connection.users -= 1
    if not connection.users:
        del _connections[connection.server]
        await connection.session.close()
        await asyncio.sleep(0)  # transports close in the next round of the loop


def _session() -> aiohttp.ClientSession:
    import aiohttp

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300),
        response_class=_bounded(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=20),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,  # no proxy, and no password, from the environment or from .netrc
    )


@cache
def _bounded() -> Any:
    """The class of a response in aiohttp, with a body of at most `LONGEST` bytes, whoever reads it."""
    import aiohttp

    class Body(aiohttp.StreamReader):
        __slots__ = ()

        def feed_data(self, data: bytes, size: int = 0) -> bool:
            if self.total_bytes + len(data) > LONGEST:
                self.set_exception(aiohttp.ClientPayloadError(TOO_MUCH))
                return False  # and nothing of it is kept
            return bool(super().feed_data(data, size))

    class Response(aiohttp.ClientResponse):
        async def start(self, connection: Any) -> aiohttp.ClientResponse:
            await super().start(connection)
            if type(self.content) is aiohttp.StreamReader:
                self.content.__class__ = Body
            return self

    return Response


def _descriptors() -> float:
    """How many sockets may be open: what the system allows this process, raised as far as it lets itself be raised."""
    if sys.platform == "win32":
        return _ENOUGH
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < _ENOUGH:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (_ENOUGH if hard == resource.RLIM_INFINITY
                                                        else min(hard, _ENOUGH), hard))  # fmt: skip
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(soft - _SPARE, 16)
