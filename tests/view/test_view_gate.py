"""Nobody talks to the page's server but its own pages."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from society_viz.view.serve import Gate, local

HOSTS = ["127.0.0.1", "localhost", "::1"]


async def _inside(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": b"inside"})


def ask(headers: dict[str, str], *, token: str = "", query: str = "", kind: str = "http", path: str = "/") -> Any:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.connect" if kind == "websocket" else "http.request"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": kind, "path": path, "query_string": query.encode(),
             "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]}  # fmt: skip
    asyncio.run(Gate(_inside, HOSTS, token)(scope, receive, send))
    return sent


OWN = {"host": "127.0.0.1:8765"}
FORGED = ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "localhost.evil.example:80", "0.0.0.0", "",
          "127.0.0.2", "127.0.0.1@evil.example", "[::2]:8765", "xn--127-0.0.1", "192.168.0.9", "[", "localhost:80:90@x",
          "127.0.0.1\\evil.example", "EVIL.example"]  # fmt: skip
ORIGINS = ["http://evil.example", "https://127.0.0.1.evil.example", "null", "http://127.0.0.1:9999", "http://localhost",
           "file://", "http://127.0.0.1:8765.evil.example", "", "http://evil.example@127.0.0.1", "chrome-extension://a",
           "http://127.0.0.1:8765@evil.example", "http://[", "http://\xe9"]  # fmt: skip


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_forged_requests_do_not_get_in(kind: str) -> None:
    tried = [{"host": host, "origin": f"http://{host}"} for host in FORGED]
    tried += [{**OWN, "origin": origin} for origin in ORIGINS]
    tried += [{}, {"origin": "http://127.0.0.1:8765"}]
    for headers in tried:
        first = ask(headers, kind=kind)[0]
        assert first.get("status") == 403 or first["type"] == "websocket.close", headers


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "LOCALHOST:1", "[::1]:8765"])
def test_its_own_pages_do(host: str) -> None:
    for headers in ({"host": host}, {"host": host, "origin": f"http://{host}"}):
        start, body = ask(headers)
        assert (start["status"], body["body"]) == (200, b"inside")
        named = dict(start["headers"])
        policy = named[b"content-security-policy"].decode()
        assert "frame-ancestors 'none'" in policy
        assert re.search(r"connect-src 'self' (ws://\S+ wss://\S+)?;", policy)  # no socket of anybody else's
        assert named[b"x-content-type-options"] == b"nosniff"
    assert ask({"host": host, "origin": f"http://{host}"}, kind="websocket")[0]["type"] == "websocket.accept"


def test_a_page_that_does_not_say_where_it_comes_from_gets_no_socket() -> None:
    assert ask(OWN, kind="websocket")[0]["type"] == "websocket.close"


def test_a_token_is_asked_for_and_then_remembered() -> None:
    assert ask(OWN, token="secret")[0]["status"] == 403
    for wrong in ("token=", "token=secreT", "token=x&token=secret", "Token=secret", "token=%73ecrets"):
        assert ask(OWN, token="secret", query=wrong)[0]["status"] == 403, wrong
    start = ask(OWN, token="secret", query="token=secret")[0]
    cookie = dict(start["headers"])[b"set-cookie"].decode()
    assert start["status"] == 200 and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert ask({**OWN, "cookie": cookie.split(";")[0]}, token="secret")[0]["status"] == 200
    for wrong in ("society-view=", "society-view=secre", "other=secret", ";;;=\x00",
                  'society-view="\xe9"', 'society-view="\\351"'):
        assert ask({**OWN, "cookie": wrong}, token="secret")[0]["status"] == 403, wrong


def test_which_addresses_are_this_machine_alone() -> None:
    assert all(map(local, ["127.0.0.1", "localhost", "::1", "127.8.8.8"]))
    assert not any(map(local, ["0.0.0.0", "::", "192.168.0.9", "evil.example", ""]))
