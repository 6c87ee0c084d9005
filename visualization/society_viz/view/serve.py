"""The page's server: on this machine alone unless asked otherwise, and without asking anything of any other."""

from __future__ import annotations

import os
import re
import secrets
import socket
import threading
import time
import warnings
import webbrowser
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from http.cookies import SimpleCookie
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit
from urllib.request import urlopen

from society_sim.errors import ScenarioError
from society_viz.view import settings

Scope = Mapping[str, Any]
App = Callable[[Any, Any, Any], Awaitable[None]]
_COOKIE, _PARAMETER = "society-view", "token"


class Gate:
    """An ASGI application in front of another: nobody gets past it who does not come by a name that is allowed.

    A page of somebody else's, which the same browser has open, can call this server by its address, and by a name that
    its owner lets point here (DNS rebinding). So the `Host` must be one of *hosts*, and a request that says where it
    comes from (`Origin`) must come from the same host. *token*: has to be in the address at first (`?token=...`), and
    is in a cookie from then on.
    """

    def __init__(self, app: App, hosts: Iterable[str], token: str = "") -> None:
        self._app, self._hosts, self._token = app, frozenset(host.lower() for host in hosts), token

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refused, fresh = self._why_not(scope, headers)
        if refused:
            await _refuse(scope, receive, send, refused)
            return

        async def marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                policy = _policy(headers["host"]).encode()
                own = [(b"x-content-type-options", b"nosniff"), (b"x-frame-options", b"DENY"),
                       (b"referrer-policy", b"no-referrer"), (b"content-security-policy", policy)]  # fmt: skip
                if fresh:
                    own.append((b"set-cookie", f"{_COOKIE}={self._token}; HttpOnly; SameSite=Strict; Path=/".encode()))
                message = {**message, "headers": [*message.get("headers", ()), *own]}
            await send(message)

        await self._app(scope, receive, marked)

    def _why_not(self, scope: Scope, headers: Mapping[str, str]) -> tuple[str, bool]:
        host = headers.get("host", "")
        if _name(host) not in self._hosts:
            return "this server is not called that", False
        origin = headers.get("origin")
        if origin is not None and _split(origin).netloc.lower() != host.lower():
            return "this server talks to its own pages alone", False
        if scope["type"] == "websocket" and origin is None:
            return "a page says where it comes from", False
        if not self._token:
            return "", False
        if secrets.compare_digest(_cookie(headers).encode(), self._token.encode()):
            return "", False
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get(_PARAMETER, [""])[0]
        if secrets.compare_digest(given.encode(), self._token.encode()):
            return "", True
        return "the address that was printed has a token, which is missing here", False


POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' {sockets}; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
"""Solara compiles its templates in the browser, so scripts cannot be forbidden altogether; other servers can."""


def _policy(host: str) -> str:
    """`POLICY` for a page of *host*: not all browsers take its sockets for its own."""
    return POLICY.format(sockets=f"ws://{host} wss://{host}" if re.fullmatch(r"[\w.:\[\]-]+", host) else "")


def _name(host: str) -> str:
    return (_split(f"//{host}").hostname or "").lower()


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:  # no address at all
        return urlsplit("")


def _cookie(headers: Mapping[str, str]) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(_COOKIE)
    except Exception:  # what is no cookie says nothing
        return ""
    return found.value if found else ""


async def _refuse(scope: Scope, receive: Any, send: Any, why: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 4403, "reason": why})
        return
    await send({"type": "http.response.start", "status": 403,
                "headers": [(b"content-type", b"text/plain; charset=utf-8")]})  # fmt: skip
    await send({"type": "http.response.body", "body": f"{why}\n".encode()})


def application(
    target: str, hosts: Iterable[str], *, out: str = "runs", seed: int = 0, budget: float | None = None, token: str = ""
) -> Gate:
    """The whole page as an ASGI application that shows *target*; it imports Solara, which takes some seconds."""
    os.environ.update({
        settings.TARGET: target, settings.OUT: out, settings.SEED: str(seed),
        settings.BUDGET: "" if budget is None else repr(budget),
        "SOLARA_APP": "society_viz.app", "SOLARA_MODE": "production", "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
        "SOLARA_THEME_VARIANT": "auto", "SOLARA_THEME_SHOW_BANNER": "False", "SOLARA_SERVER_HTTP_GZIP": "false",
    })  # fmt: skip
    warnings.filterwarnings("ignore", category=UserWarning, module="solara|reacton")
    from solara.server import cdn_helper, server, starlette

    def never(url: str) -> bytes:
        raise FileNotFoundError(f"{url} is not among the assets, and nothing is fetched from elsewhere")

    _mended(server)
    _navigator()
    cdn_helper.fetch_from_cdn = never  # what solara-assets does not have would be asked for over the network
    return Gate(starlette.app, hosts, token)


def _mended(server: Any) -> None:
    """Put the first picture into Solara's page, and let that follow the browser's choice of light or dark.

    Solara 1.64 leaves its own container out of that choice.
    """
    from jinja2 import ChoiceLoader, DictLoader

    from society_viz.view.first import first

    name, made = "solara.html.j2", server.get_jinja_env

    def mended(app_name: str) -> Any:
        env = made(app_name)
        text = env.loader.get_source(env, name)[0]
        if _ONLY_LIGHT in text:
            text = text.replace(_ONLY_LIGHT, '{% if theme.variant != "dark" %}\n    <div id="app"')
            text = text.replace(_BEFORE_SCRIPTS, "{{ first_picture() | safe }}" + _BEFORE_SCRIPTS)
            env.loader = ChoiceLoader([DictLoader({name: text}), env.loader])
            env.globals["first_picture"] = first
        return env

    server.get_jinja_env = mended


def _navigator() -> None:
    """Spell a name in Solara 1.64's own script as it should be: browsers warn of it on every page."""
    import solara
    import traitlets

    own = solara.Navigator.widget
    text = Path(own.template_file or "").read_text(encoding="utf-8")
    if "modules.export =" in text:
        mended = traitlets.Unicode(text.replace("modules.export =", "module.exports =")).tag(sync=True)
        solara.Navigator.widget = type("Navigator", (own,), {"template_file": None, "template": mended})


_BEFORE_SCRIPTS = "{% block after_pre_rendered_html %}"
_ONLY_LIGHT = '{% if theme.variant == "light" %}\n    <div id="app"'


def local(host: str) -> bool:
    """Whether *host* is an address of this machine that no other machine can reach."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def serve(
    target: str, *, host: str = "127.0.0.1", port: int = 8765, out: str = "runs", seed: int = 0,
    budget: float | None = None, show: bool = True, say: Callable[[str], object] = print,
) -> None:  # fmt: skip
    """Serve the page until it is interrupted; *show*: open it in a browser as soon as it is ready.

    On another *host* than this machine's own a random token is asked for, which stands in the address that *say* gets.
    `ScenarioError`, before anything is loaded, if the *port* cannot be had: somebody else's page may be there.
    """
    listener = _bound(host, port)
    import uvicorn

    token = "" if local(host) else secrets.token_urlsafe(24)
    hosts = {"127.0.0.1", "localhost", "::1", host} - {"0.0.0.0", "::"}  # noqa: S104 - these are no names
    if host in ("0.0.0.0", "::"):  # noqa: S104 - asked for
        hosts |= _own_names()
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"
    app = application(target, hosts, out=out, seed=seed, budget=budget, token=token)
    config = uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False,
                            timeout_graceful_shutdown=2, ws_max_size=1 << 24)  # fmt: skip
    full = f"{address}?{_PARAMETER}={token}" if token else address
    threading.Thread(target=_ready, args=(f"{address}readyz", full, token, show, say), daemon=True).start()
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        from society_viz.view.sources import close_all

        close_all()


def _bound(host: str, port: int) -> socket.socket:
    """A socket that nobody else has, at *port* of *host*."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            if os.name == "posix":  # a page that was closed just now still has the port otherwise
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise ScenarioError(f"the page cannot be served at {host}, port {port}: {error.strerror}; take another --port "
                            "(or --host)") from error  # fmt: skip
    return listener


def _own_names() -> set[str]:
    name = socket.gethostname()
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(name, None)}
    except OSError:
        found = set()
    return {name, *found}


def _ready(probe: str, address: str, token: str, show: bool, say: Callable[[str], object]) -> None:
    asked = f"{probe}?{_PARAMETER}={token}" if token else probe
    for _ in range(600):
        try:
            with urlopen(asked, timeout=5):  # noqa: S310 - our own server
                break
        except OSError:
            time.sleep(0.1)
    else:
        return
    with suppress(OSError), urlopen(address, timeout=60) as page:  # noqa: S310
        page.read()  # what is read and imported for the first of all pages is there for the next
    say(f"watch it at {address} (Ctrl-C ends it)")
    if show:
        webbrowser.open(address)
