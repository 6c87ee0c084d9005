"""Keys come from the environment, are never written down, and are struck out of whatever others say.

>>> import os
>>> os.environ["DEMO_API_KEY"] = "demo-canary-1234"
>>> key_of("DEMO_API_KEY", "model 'm'") == "demo-canary-1234"
True
>>> scrub("401: no such key demo-canary-1234"), scrub("Authorization: Bearer abcdefgh12345678")
('401: no such key [key]', 'Authorization: [key]')
>>> del os.environ["DEMO_API_KEY"]
"""

from __future__ import annotations

import base64
import json
import os
import re
from urllib.parse import quote, urlsplit

from society_sim.errors import ScenarioError

_STRUCK = "[key]"
_SECRET_NAME = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$")
_SHORTEST = 8  # characters of a value that is taken for a secret
_LOOKS_LIKE_ONE = re.compile(r"(?:Bearer|Basic)\s+[\w.~+/=-]{8,}|\b(?:sk|pk|rk|gsk|xai|hf|key)[-_][\w-]{12,}"
                             r"|\bAIza[\w-]{20,}|(?<=[?&])(?:key|api_key|token)=[^&\s\"']+", re.IGNORECASE)  # fmt: skip
_known: tuple[str, ...] = ()


def key_of(name: str | None, what: str) -> str | None:
    """The key in the environment variable *name*; `ScenarioError` if there is none, or if *name* is no name."""
    learn()
    if name is None:
        return None
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", name):
        raise ScenarioError(f"{what}: key_env is the name of an environment variable, such as OPENAI_API_KEY; a key "
                            "itself is never written into a scenario")  # fmt: skip
    key = os.environ.get(name, "").strip()
    if not key:
        raise ScenarioError(f"{what}: the environment has no {name}; set it to the key, or leave key_env out")
    if not key.isprintable() or not key.isascii():
        raise ScenarioError(f"{what}: what is in the environment as {name} is no key: it has characters that cannot "
                            "stand in a header")  # fmt: skip
    return key


def address(url: str, what: str) -> str:
    """*url* without a slash at its end; `ScenarioError` unless it is http(s) with a host, and nothing secret in it."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host or not url.isprintable() or " " in url:
        raise ScenarioError(f"{what}: an address looks like http://localhost:8000/v1, and this does not")
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise ScenarioError(f"{what}: an address holds no password and no parameters; keys come from the environment "
                            "(key_env)")  # fmt: skip
    return url.rstrip("/")


def learn() -> None:
    """Look through the environment for what must not get out: variables called KEY, TOKEN, SECRET, PASSWORD."""
    global _known
    secrets = {value.strip() for name, value in os.environ.items() if _SECRET_NAME.search(name.upper())}
    forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
    _known = tuple(sorted(forms, key=len, reverse=True))


def _forms(secret: str) -> list[str]:
    raw = secret.encode("utf-8", "surrogateescape")  # an environment may hold bytes that are no text
    return [secret, quote(raw, safe=""), json.dumps(secret)[1:-1], base64.b64encode(raw).decode().rstrip("="),
            base64.urlsafe_b64encode(raw).decode().rstrip("=")]  # fmt: skip


def known(text: str) -> bool:
    """Whether a key from the environment stands in *text*."""
    return any(secret in text for secret in _known)


def struck(text: str) -> str:
    """*text* with the keys that are in the environment struck out."""
    for secret in _known:
        if secret in text:
            text = text.replace(secret, _STRUCK)
    return text


def scrub(text: str) -> str:
    """The same, and whatever looks like a key: for what endpoints and libraries say when something is wrong."""
    return _LOOKS_LIKE_ONE.sub(_STRUCK, struck(text))
