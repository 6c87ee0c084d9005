"""What can go wrong on the wire: one small function for each kind of fault, in the table `FAULTS`.

A fault says what is sent in place of the good reply, and in which `way`. Its words echo nothing of the request, except
those of `echo_key`, which is there to see whether clients redact.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from types import MappingProxyType
from typing import Any, Literal

import orjson


@dataclass(frozen=True, slots=True)
class Call:
    """What a fault may know: the *good* reply, the request's authorisation, the wait to suggest, a uniform number."""

    good: dict[str, Any]
    authorisation: str
    retry_after_s: float
    luck: float


@dataclass(frozen=True, slots=True)
class Wire:
    """What is sent.

    *way*: `whole`; `late` (whole, after `hang_s`); `cut` (the head and half of the body, then the end); `reset`
    (nothing but a TCP reset); `closed` (nothing but a polite end).
    """

    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    way: Literal["whole", "late", "cut", "reset", "closed"] = "whole"


def error(status: int, message: str, kind: str, code: str | None = None, **headers: str) -> Wire:
    """An error as OpenAI words it; an underscore in a header's name is a dash."""
    told = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return Wire(status, orjson.dumps(told), headers={name.replace("_", "-"): value for name, value in headers.items()})


def _with(call: Call, finish: str = "stop", **message: Any) -> Wire:
    """The good reply with another message and finish reason."""
    choice = call.good["choices"][0]
    other = {**choice, "message": {**choice["message"], **message}, "finish_reason": finish, "logprobs": None}
    return Wire(body=orjson.dumps({**call.good, "choices": [other]}))


# --- come back later --------------------------------------------------------------------------------------------------


def rate_limited(call: Call) -> Wire:
    """429, with the seconds to wait (decimals allowed)."""
    return error(429, "Rate limit reached for requests per minute. Please try again later.", "requests",
                 "rate_limit_exceeded", Retry_After=f"{call.retry_after_s:g}")  # fmt: skip


def rate_limited_date(call: Call) -> Wire:
    """429, with an HTTP date about a second ahead as the time to come back."""
    return error(429, "Rate limit reached for requests per minute. Please try again later.", "requests",
                 "rate_limit_exceeded", Retry_After=formatdate(round(time.time() + 1), usegmt=True))  # fmt: skip


def rate_limited_bare(call: Call) -> Wire:
    """429, without a word on when to come back."""
    return error(429, "Rate limit reached. Please slow down.", "requests", "rate_limit_exceeded")


def server_error(call: Call) -> Wire:
    """500, as JSON."""
    return error(500, "The server had an error while processing your request. Sorry about that!", "server_error")


def not_json_error(call: Call) -> Wire:
    """500, as plain text."""
    return Wire(500, b"Internal Server Error", "text/plain")


def bad_gateway(call: Call) -> Wire:
    """502, with a proxy's HTML page."""
    page = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
    return Wire(502, page, "text/html")


def unavailable(call: Call) -> Wire:
    """503, with the seconds to wait."""
    return error(503, "The engine is currently overloaded, please try again later.", "service_unavailable_error",
                 Retry_After=f"{call.retry_after_s:g}")  # fmt: skip


def gateway_timeout(call: Call) -> Wire:
    """504, as JSON."""
    return error(504, "The upstream server did not answer in time.", "timeout")


def hang(call: Call) -> Wire:
    """The good reply, but only after `hang_s`."""
    return Wire(body=orjson.dumps(call.good), way="late")


def reset(call: Call) -> Wire:
    """A TCP reset before the first byte."""
    return Wire(way="reset")


def half_closed(call: Call) -> Wire:
    """The request is read, nothing is sent, and the connection ends politely."""
    return Wire(way="closed")


def cut(call: Call) -> Wire:
    """The head with the full Content-Length, half of the body, then the end of the connection."""
    return Wire(body=orjson.dumps(call.good), way="cut")


# --- do not come back -------------------------------------------------------------------------------------------------


def quota(call: Call) -> Wire:
    """429 that no waiting helps: the money has run out."""
    return error(429, "You exceeded your current quota, please check your plan and billing details.",
                 "insufficient_quota", "insufficient_quota")  # fmt: skip


def unauthorised(call: Call) -> Wire:
    """401: the key is not known."""
    return error(401, "Incorrect API key provided.", "invalid_request_error", "invalid_api_key")


def echo_key(call: Call) -> Wire:
    """401 whose message repeats the Authorization header that was sent."""
    return error(401, f"Incorrect API key provided: {call.authorisation}.", "invalid_request_error", "invalid_api_key")


def payment(call: Call) -> Wire:
    """402: credits are used up."""
    return error(402, "Insufficient credits. Add more to continue.", "insufficient_credits")


def forbidden(call: Call) -> Wire:
    """403: the key may not use this model."""
    return error(403, "You are not allowed to sample from this model.", "invalid_request_error", "forbidden")


def unknown_model(call: Call) -> Wire:
    """404: there is no such model."""
    return error(404, "The model does not exist or you do not have access to it.", "invalid_request_error",
                 "model_not_found")  # fmt: skip


def redirect(call: Call) -> Wire:
    """307 to another path of this server, which answers well."""
    return Wire(307, headers={"Location": "/elsewhere/v1/chat/completions"})


def bad_request(call: Call) -> Wire:
    """400: a parameter is not understood."""
    return error(400, "Unrecognized request argument supplied.", "invalid_request_error")


def too_long(call: Call) -> Wire:
    """400: more tokens than the model can hold."""
    return error(400, "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 "
                 "tokens. Please reduce the length of the messages.", "invalid_request_error",
                 "context_length_exceeded")  # fmt: skip


def too_large(call: Call) -> Wire:
    """413: more bytes than the server takes."""
    return error(413, "Request entity too large.", "invalid_request_error")


def filtered(call: Call) -> Wire:
    """400: the prompt is stopped by a content filter, in Azure's words."""
    return error(400, "The response was filtered due to the prompt triggering Azure OpenAI's content management "
                 "policy. Please modify your prompt and retry.", "invalid_request_error", "content_filter")  # fmt: skip


# --- an answer that is none -------------------------------------------------------------------------------------------


def filtered_reply(call: Call) -> Wire:
    """200 whose words a content filter has taken away."""
    return _with(call, "content_filter", content="")


def refusal(call: Call) -> Wire:
    """200 whose message has a refusal in place of content."""
    return _with(call, content=None, refusal="I'm sorry, I can't assist with that.")


def length(call: Call) -> Wire:
    """200 whose text ends in the middle, at the limit of tokens."""
    text = call.good["choices"][0]["message"]["content"]
    return _with(call, "length", content=text[: len(text) // 2])


def null_content(call: Call) -> Wire:
    """200 whose content is null, though it says that it is complete."""
    return _with(call, content=None)


def empty_content(call: Call) -> Wire:
    """200 whose content is an empty text."""
    return _with(call, content="")


def no_choices(call: Call) -> Wire:
    """200 with an empty list of choices."""
    return Wire(body=orjson.dumps({**call.good, "choices": []}))


def wrong_schema(call: Call) -> Wire:
    """200 with JSON that is no completion."""
    return Wire(body=orjson.dumps({"status": "ok", "result": {"text": "see attachment"}}))


def truncated_json(call: Call) -> Wire:
    """200 whose JSON stops half-way, with a Content-Length that fits."""
    whole = orjson.dumps(call.good)
    return Wire(body=whole[: len(whole) // 2])


def html(call: Call) -> Wire:
    """200 with the page of a login wall."""
    return Wire(body=b"<!DOCTYPE html><html><body><h1>Please sign in</h1></body></html>", kind="text/html")


def empty_body(call: Call) -> Wire:
    """200 and not a byte."""
    return Wire()


def bad_usage(call: Call) -> Wire:
    """200 with the right content and a usage that is null, negative or text."""
    usage = call.good["usage"]
    bad = (None, {name: -1 for name, count in usage.items() if isinstance(count, int)}, "n/a")
    return Wire(body=orjson.dumps({**call.good, "usage": bad[int(call.luck * len(bad))]}))


FAULTS: Mapping[str, Callable[[Call], Wire]] = MappingProxyType({
    one.__name__: one
    for one in (
        rate_limited, rate_limited_date, rate_limited_bare, server_error, not_json_error, bad_gateway, unavailable,
        gateway_timeout, hang, reset, half_closed, cut, quota, unauthorised, echo_key, payment, forbidden,
        unknown_model, redirect, bad_request, too_long, too_large, filtered, filtered_reply, refusal, length,
        null_content, empty_content, no_choices, wrong_schema, truncated_json, html, empty_body, bad_usage,
    )
})  # fmt: skip
"""Name of a kind -> what it sends."""
