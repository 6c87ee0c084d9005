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
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from society_sim.errors import ScenarioError

_STRUCK = "[key]"
_SECRET_NAME = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$")
_SHORTEST = 8  # characters of a value that is taken for a secret
_LOOKS_LIKE_ONE = re.compile(r"(?:Bearer|Basic)\s+[\w.~+/=-]{8,}|\b(?:sk|pk|rk|gsk|xai|hf|key)[-_][\w-]{12,}"
                             r"|\bAIza[\w-]{20,}|(?<=[?&])(?:key|api_key|token)=[^&\s\"']+", re.IGNORECASE)  # fmt: skip
_CERTAINLY = re.compile(r"\b(?:sk|pk|rk|gsk|xai|hf)[-_](?=[\w-]*\d)[\w-]{12,}|\bAIza[\w-]{20,}"
                        r"|(?:Bearer|Basic)\s+(?=\S*\d)[\w.~+/=-]{12,}|(?<=[?&])(?:key|api_key|token)=[^&\s\"']+"
                        r"|(?<=://)[^/\s@]+:[^/\s@]+(?=@)", re.IGNORECASE)  # fmt: skip
_HOLDS_ONE = re.compile(r"(?:api|access|secret).?key|authori[sz]ation|password|secret|(?:access|auth|api|bearer).?token"
                        r"|credential|cookie", re.IGNORECASE)  # fmt: skip
_LONG = 16  # characters from which no word of a scenario is taken for a secret by chance
_known: tuple[str, ...] = ()
_used: set[str] = set()  # variables that hold keys, whatever they are called


def key_of(name: str | None, what: str) -> str | None:
    """The key in the environment variable *name*; `ScenarioError` if there is none, or if *name* is no name."""
    if named(name, what) is None:
        learn()
        return None
    _used.add(str(name))
    learn()
    key = os.environ.get(str(name), "").strip()
    if not key:
        raise ScenarioError(f"{what}: the environment has no {name}; set it to the key, or leave key_env out")
    if not key.isprintable() or not key.isascii():
        raise ScenarioError(f"{what}: what is in the environment as {name} is no key: it has characters that cannot "
                            "stand in a header")  # fmt: skip
    return key


def named(name: str | None, what: str) -> str | None:
    """*name* itself, if it is that of an environment variable; `ScenarioError` if it could be a key.

    What has small letters and is not in the environment is not told again: some keys are made like names.
    """
    if name is None or (re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", name) and (name.isupper() or name in os.environ)):
        return name
    raise ScenarioError(f"{what}: key_env is the name of an environment variable that is there, such as "
                        "OPENAI_API_KEY; a key itself is never written into a scenario")  # fmt: skip


def none_in(extra: Mapping[str, Any] | None, what: str) -> None:
    """`ScenarioError` if a key stands in *extra*: it would be kept with the run."""
    learn()
    todo: list[Any] = [extra or {}]
    while todo:
        value = todo.pop()
        if isinstance(value, Mapping):
            held = [name for name, inner in value.items() if inner is not None and _HOLDS_ONE.search(str(name))]
            if held or any(hidden(str(name)) != str(name) for name in value):
                raise ScenarioError(f"{what}: extra holds no keys; they come from the environment (key_env)")
            todo += value.values()
        elif isinstance(value, (list, tuple)):
            todo += value
        elif isinstance(value, str) and hidden(value) != value:
            raise ScenarioError(f"{what}: extra holds no keys; they come from the environment (key_env)")


def held(text: str) -> str | None:
    """The name of an environment variable whose secret stands in *text*, if there is one."""
    for name, value in os.environ.items():
        if (_SECRET_NAME.search(name.upper()) or name in _used) and len(value.strip()) >= _LONG and (
            any(form in text for form in _forms(value.strip()))):  # fmt: skip
            return name
    return None


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
    secrets = {value.strip() for name, value in os.environ.items()
               if _SECRET_NAME.search(name.upper()) or name in _used}  # fmt: skip
    forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
    _known = tuple(sorted(forms, key=len, reverse=True))


def _forms(secret: str) -> list[str]:
    raw = secret.encode("utf-8", "surrogateescape")  # an environment may hold bytes that are no text
    return [secret, quote(raw, safe=""), json.dumps(secret)[1:-1], base64.b64encode(raw).decode().rstrip("="),
            base64.urlsafe_b64encode(raw).decode().rstrip("=")]  # fmt: skip


def struck(text: str, shortest: int = _SHORTEST) -> str:
    """*text* with the keys of at least *shortest* characters that are in the environment struck out."""
    for secret in _known:
        if len(secret) >= shortest and secret in text:
            text = text.replace(secret, _STRUCK)
    return text


def told(answer: str) -> str:
    """What a model said, without the keys in it that no word could be: a key of a local server may be a word."""
    return struck(answer, _LONG)


def scrub(text: str) -> str:
    """The same, and whatever looks like a key: for what endpoints and libraries say when something is wrong."""
    return _LOOKS_LIKE_ONE.sub(_STRUCK, struck(text))


def hidden(text: str) -> str:
    """The same, and only what is certainly a key: for words that are the user's own.

    >>> hidden("price is a number, not 'sk-abcdef0123456789'"), hidden("no key_performance_indicator")
    ("price is a number, not '[key]'", 'no key_performance_indicator')
    """
    return _CERTAINLY.sub(_STRUCK, struck(text))
