"""A server that tells everything it was sent, in whatever it says: headers, bodies, cookies, words."""

from __future__ import annotations

import base64
import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, quote_plus

from endpoint_faults import FAULTS, Call

LATE = 0.4
"""Seconds that a hanging answer takes."""


class Tells(ThreadingHTTPServer):
    """What it says next is told by *fault*; *cookie* is set with every reply, and *said* stands in every answer."""

    daemon_threads = True
    fault, cookie, said = "", "", ""
    heard: list[dict[str, str]]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Tells

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append({name.title(): value for name, value in self.headers.items()})
        key = self.headers.get("Authorization", "")
        told = f"{key} {base64.b64encode(key.removeprefix('Bearer ').encode()).decode()} {self.server.said}"
        good = {
            "id": "x", "object": "chat.completion", "created": 1, "model": f"m {key}",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant",
                         "content": f"You sent {told}\nANSWER: A"}}],
            "usage": {"prompt_tokens": len(sent["messages"][-1]["content"]), "completion_tokens": 9},
        }  # fmt: skip
        wire = FAULTS[self.server.fault](Call(good, key, 0.01, 0.5)) if self.server.fault else None
        if wire is None:
            return self._reply(200, json.dumps(good).encode(), "application/json", {})
        if wire.way == "late":
            time.sleep(LATE)
        if wire.way == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if wire.way in ("reset", "closed"):
            self.close_connection = True
            return self.connection.close()
        body, headers = wire.body, dict(wire.headers)
        if wire.kind == "text/html":
            body = f"<html><body>{told}</body></html>".encode()
        elif wire.status != 200 and wire.kind == "application/json" and body:
            error = json.loads(body)
            error["error"]["message"] += f" You sent {told}"
            body = json.dumps(error).encode()
        if "Location" in headers:
            headers["Location"] += f"?key={quote(key)}"
        return self._reply(wire.status, body, wire.kind, headers, cut=wire.way == "cut")

    def _reply(self, status: int, body: bytes, kind: str, headers: dict[str, str], *, cut: bool = False) -> None:
        self.send_response(status)
        sent = {"Content-Type": kind, "Content-Length": str(len(body)), "X-You-Sent": self.headers["Authorization"],
                "Set-Cookie": f"session={self.server.cookie}; Path=/", **headers}  # fmt: skip
        for name, value in sent.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.close_connection = True


@contextmanager
def tells() -> Iterator[Tells]:
    """The server, in a thread of this process."""
    with Tells(("127.0.0.1", 0), _Handler) as server:
        server.heard = []
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def shapes(canary: str) -> set[bytes]:
    """*canary* raw, as a URL has it, as JSON has it, and as base64 has it, wherever it may stand in the whole."""
    found = {canary, quote(canary, safe=""), quote_plus(canary), json.dumps(canary)[1:-1]}
    for before in range(3):
        whole = base64.b64encode(b"x" * before + canary.encode()).decode().rstrip("=")
        found.add(whole[4 if before else 0 : -2])
    return {shape.encode() for shape in found}


def leaks(canaries: dict[str, str], outputs: dict[str, Any]) -> list[str]:
    """Which canary sits in which output."""
    told = {name: one if isinstance(one, bytes) else str(one).encode() for name, one in outputs.items()}
    return [f"{name} in {where}" for name, canary in canaries.items() for where, words in told.items()
            if any(shape in words for shape in shapes(canary))]  # fmt: skip
