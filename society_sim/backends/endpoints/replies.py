"""What a chat model's reply says, in the shape that OpenAI gave it and everybody else took over.

>>> reply = read({"choices": [{"message": {"content": "ANSWER: B"}, "finish_reason": "stop"}],
...               "usage": {"prompt_tokens": 12, "completion_tokens": 4}})
>>> reply.text, reply.tokens_in, reply.tokens_out
('ANSWER: B', 12, 4)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from society_sim.backends.endpoints.faults import Fault, of_status
from society_sim.backends.endpoints.keys import scrub
from society_sim.errors import EMPTY, NOT_JSON, REFUSED, TRUNCATED, WRONG_SCHEMA
from society_sim.values import Query

_MOST = 2**53  # tokens; more is nonsense


class Reply(NamedTuple):
    """What came back. A count of tokens is `None` if the endpoint did not give it, or gave nonsense."""

    text: str
    tokens_in: int | None
    tokens_out: int | None
    cached: int = 0
    reasoning: int = 0
    reason: str = ""
    model: str = ""
    logprobs: tuple[tuple[str, float], ...] | None = None


def messages(query: Query) -> list[dict[str, str]]:
    """*query* as a chat: the persona, which stays, and then the question.

    Prompts begin with what stays and end with what changes, so that a provider's prefix cache serves them.
    """
    question = {"role": "user", "content": query.text}
    return [{"role": "system", "content": query.system}, question] if query.system else [question]


def parsed(body: bytes) -> Reply:
    """The reply in the *body* of a response with status 200; `Fault` if it is none."""
    if not body.strip():
        raise Fault(EMPTY, "the body of the reply is empty")
    try:
        data = orjson.loads(body)
    except ValueError:
        begun = body.lstrip()[:1] in (b"{", b"[")
        reason = TRUNCATED if begun else NOT_JSON
        raise Fault(reason, f"instead of a reply came {scrub(body[:1000].decode('utf-8', 'replace'))[:80]!r}") from None
    if isinstance(data, dict) and "choices" not in data and "error" in data:  # some say so with status 200
        code = data["error"].get("code") if isinstance(data["error"], dict) else None
        raise of_status(code if isinstance(code, int) and code >= 400 else 500, body, {})
    return read(data)


def read(data: Any) -> Reply:
    """The reply in *data*, which was JSON; `Fault` if it is none."""
    try:
        choice = data["choices"][0]
        message = choice["message"]
        content = message.get("content")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise Fault(WRONG_SCHEMA, "the reply has no choices[0].message") from None
    text = content if isinstance(content, str) else _parts(content)
    refusal = message.get("refusal")
    if isinstance(refusal, str) and refusal:
        text, reason = text or refusal, REFUSED
    elif choice.get("finish_reason") == "content_filter":
        reason = REFUSED
    else:
        reason = ""  # an empty text is for the form to refuse
    usage = data.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    tokens_in, tokens_out = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    total = _count(usage, "total_tokens")
    if total is not None and tokens_in is not None and tokens_out is not None:
        tokens_out = max(tokens_out, total - tokens_in)  # some leave what was reasoned out of what was written
    cached = _detail(usage, "prompt_tokens_details", "cached_tokens", tokens_in)
    reasoning = _detail(usage, "completion_tokens_details", "reasoning_tokens", tokens_out)
    model = data.get("model")
    return Reply(text, tokens_in, tokens_out, cached, reasoning, reason, model if isinstance(model, str) else "",
                 _logprobs(choice.get("logprobs")))  # fmt: skip


def _parts(content: Any) -> str:
    """The text of content that comes in parts."""
    if content is None:
        return ""
    if not isinstance(content, list):
        raise Fault(WRONG_SCHEMA, f"the content of the reply is of type {type(content).__name__}")
    return "".join(part["text"] for part in content
                   if isinstance(part, dict) and isinstance(part.get("text"), str))  # fmt: skip


def _count(usage: Mapping[str, Any], name: str) -> int | None:
    value = usage.get(name)
    return value if type(value) is int and 0 <= value < _MOST else None


def _detail(usage: Mapping[str, Any], group: str, name: str, most: int | None) -> int:
    details = usage.get(group)
    count = _count(details, name) if isinstance(details, dict) else None
    return min(count or 0, most or 0)


def _logprobs(given: Any) -> tuple[tuple[str, float], ...] | None:
    tokens = given.get("content") if isinstance(given, dict) else None
    if not isinstance(tokens, list):
        return None
    kept = [token for token in tokens if isinstance(token, dict) and "token" in token]
    return tuple((str(token["token"]), float(token["logprob"])) for token in kept
                 if isinstance(token.get("logprob"), (int, float)))  # fmt: skip
