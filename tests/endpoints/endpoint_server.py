"""An OpenAI-compatible chat server for tests: its own process, loopback only, with every fault that a client may meet.

>>> with Endpoint(brain="choose", fault="reset, unavailable", fault_rate=0.1) as server:  # doctest: +SKIP
...     ask(server.base_url, "Shall we?")
...     server.stats()["answered"]

What it answers is a pure function of (seed, request body, how often that body was seen), whatever the order in which
requests come. The reply is the same every time; latency and faults are drawn anew each time, so a retry has a fresh
chance. Two things depend on what came before, as they do elsewhere: the limit `rps`, and cached tokens.

`POST /v1/chat/completions` and `GET /v1/models` are the service. For whoever tests there are `GET /health`, `/stats`,
`/asked` and `/bodies`, and `POST /config` and `/reset`. By hand: `python endpoint_server.py '{"latency_ms": 50}'`.
The server needs aiohttp, and uses uvloop where there is one; whoever starts it needs neither.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from endpoint_service import Knobs, digest, serve

__all__ = ["Endpoint", "Knobs", "digest"]


class Endpoint:
    """A server for as long as a `with` lasts; *knobs* are those of `endpoint_service.Knobs`."""

    def __init__(self, **knobs: Any) -> None:
        Knobs(**knobs)
        self._knobs = json.dumps(knobs)

    def __enter__(self) -> Endpoint:
        command = [sys.executable, str(Path(__file__).resolve()), self._knobs, str(os.getpid())]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            self.__exit__()
            raise RuntimeError("the test server did not start; its own words are above")
        self.port: int = json.loads(line)["port"]
        self.base_url = f"http://127.0.0.1:{self.port}/v1"
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stats(self) -> dict[str, Any]:
        """The counts since the start or the last `reset`: see `endpoint_service.Tally`.

        `answered` are replies with good content (those with a bad `usage` too), whose tokens `prompt_tokens` and
        `completion_tokens` add up; `left`, requests whose client went away first; `connections`, those that asked
        something; `repeated`, bodies that came more than once, and how often they came in all; `authorisations`,
        digests (SHA-256) of the Authorization headers.
        """
        return self._call("GET", "/stats")

    def asked(self) -> dict[str, int]:
        """Digest of a body (see `digest`) -> how often it came."""
        return self._call("GET", "/asked")

    def bodies(self) -> list[dict[str, Any]]:
        """The latest bodies as they came, if `keep_bodies`."""
        return self._call("GET", "/bodies")

    def configure(self, **knobs: Any) -> None:
        """Turn some *knobs*; the others stay. `ValueError` for an unknown one, or a value that it cannot have."""
        self._call("POST", "/config", json.dumps(knobs))

    def reset(self) -> None:
        """Forget all counts, seen bodies and cached prefixes; knobs and open connections stay."""
        self._call("POST", "/reset")

    def _call(self, method: str, path: str, body: str | None = None) -> Any:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, body)
            response = connection.getresponse()
            told = json.loads(response.read())
        if response.status != 200:
            raise ValueError(told["error"]["message"])
        return told


def main(knobs: str = "{}", parent: str = "") -> None:
    """Serve until the process *parent* (this one's own, if left out) is gone; prints the port as a line of JSON."""
    with contextlib.suppress(ImportError):  # not on every system
        import resource

        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        from uvloop import run
    except ImportError:
        from asyncio import run
    run(serve(Knobs(**json.loads(knobs)), lambda port: print(json.dumps({"port": port}), flush=True),
              int(parent or os.getppid())))  # fmt: skip


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        main(*sys.argv[1:])
