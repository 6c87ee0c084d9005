"""What can go wrong at an endpoint, and the reason that the record has for it.

>>> fault = of_status(429, b'{"error": {"message": "slow down"}}', {"Retry-After": "1.5"})
>>> fault.reason, fault.after, fault.retried, fault.doubtful
('rate limited', 1.5, True, False)
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from society_sim.backends.endpoints.keys import scrub
from society_sim.errors import (
    BAD_REQUEST,
    DISCONNECTED,
    EMPTY,
    FAILED,
    NOT_JSON,
    RATE_LIMITED,
    REFUSED,
    SERVER_ERROR,
    TIMED_OUT,
    TOO_LONG,
    TRUNCATED,
    UNAUTHORISED,
    UNKNOWN_MODEL,
    UNPAID,
    UNREACHABLE,
    WRONG_SCHEMA,
)

RETRIED = frozenset({RATE_LIMITED, TIMED_OUT, UNREACHABLE, DISCONNECTED, SERVER_ERROR, NOT_JSON, TRUNCATED, EMPTY,
                     WRONG_SCHEMA})  # fmt: skip
"""Reasons that another attempt may not meet."""
DOUBTFUL = frozenset({FAILED, TIMED_OUT, DISCONNECTED, NOT_JSON, TRUNCATED, EMPTY, WRONG_SCHEMA})
"""Reasons that leave open whether the provider did the work, and charges for it."""
_DETAIL = 300  # characters of what an endpoint says that are kept
_LONG = re.compile(r"context.{0,12}(?:length|window|size)|maximum.{0,20}tokens|too many tokens|prompt is too long"
                   r"|exceeds?.{0,30}tokens", re.IGNORECASE)  # fmt: skip
_FILTER = re.compile(r"content.?(?:filter|policy|management)|moderation|responsible.?ai", re.IGNORECASE)
_ABSENT = re.compile(r"model.?not.?found|(?:model|engine).{0,80}(?:does not exist|not found|unknown|not supported)"
                     r"|unknown model|invalid model|pinned to", re.IGNORECASE)  # fmt: skip
_QUOTA = re.compile(r"insufficient.?(?:quota|funds|credit|balance)|billing|exceeded your current quota"
                    r"|credit balance is too low", re.IGNORECASE)  # fmt: skip
_SOON = re.compile(r"try (?:again )?(?:in|after) \d", re.IGNORECASE)  # Google speaks of billing in every refusal
_KEY = re.compile(r"api.?key.{0,20}(?:not valid|invalid|expired)|invalid.{0,10}api.?key", re.IGNORECASE)


class Fault(Exception):
    """An attempt that brought no answer.

    *reason* is one of `errors.REASONS`, *after* what the endpoint wants to be left alone for, in seconds. *refused*: it
    refused for load, and did no work. *unsure*: a gateway gave up on somebody who may have done it.
    """

    def __init__(
        self, reason: str, detail: str = "", *, after: float | None = None, refused: bool = False, unsure: bool = False
    ) -> None:
        self.reason, self.after, self.refused, self.unsure = reason, after, refused, unsure
        self.detail = scrub(" ".join(detail.split()))[:_DETAIL]  # in this order: half a key is not known for one
        super().__init__(reason, self.detail)

    @property
    def retried(self) -> bool:
        """Whether another attempt makes sense."""
        return self.reason in RETRIED

    @property
    def doubtful(self) -> bool:
        """Whether the attempt may have cost something."""
        return self.unsure or self.reason in DOUBTFUL

    @property
    def down(self) -> bool:
        """Whether it looks as if the endpoint were down."""
        return self.retried and not self.refused

    def again(self) -> Fault:
        """The same fault, for another call that it sends away unsent."""
        return Fault(self.reason, f"not sent, since the endpoint is given up: {self.detail}", after=math.inf)


def of_status(status: int, body: bytes, headers: Mapping[str, str]) -> Fault:
    """What a reply with an HTTP *status* other than 200 means."""
    code, said = _told(body)
    words = f"{code} {said}"
    detail = f"HTTP {status}" + (f": {said}" if said else "")
    after = retry_after(headers)
    if status == 429:
        if _QUOTA.search(words) and not _SOON.search(words):
            return Fault(UNPAID, detail)
        return Fault(RATE_LIMITED, detail, after=after, refused=True)
    if status in (503, 529):
        return Fault(SERVER_ERROR, detail, after=after, refused=True)
    if status in (408, 504):
        return Fault(TIMED_OUT, detail, after=after)
    if status >= 500 or status in (409, 425):
        return Fault(SERVER_ERROR, detail, after=after, unsure=status == 502 or status >= 520)
    if status in (401, 403) or _KEY.search(words):
        return Fault(UNAUTHORISED, detail)
    if status == 402 or _QUOTA.search(words):
        return Fault(UNPAID, detail)
    if status == 404 or _ABSENT.search(words):
        return Fault(UNKNOWN_MODEL, detail)
    if status == 413 or _LONG.search(words):
        return Fault(TOO_LONG, detail)
    if _FILTER.search(words):
        return Fault(REFUSED, detail)
    return Fault(BAD_REQUEST, detail)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds to wait that *headers* name, as a number, in milliseconds or as a date.

    >>> retry_after({"retry-after-ms": "250"}), retry_after({"Retry-After": "soon"}), retry_after({})
    (0.25, None, None)
    """
    named = {name.lower(): value for name, value in headers.items() if name.lower().startswith("retry-after")}
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        if name in named:
            seconds = _seconds(named[name], unit)
            if seconds is not None and 0 <= seconds < math.inf:
                return seconds
    return None


def _seconds(value: str, unit: float) -> float | None:
    try:
        return float(value) / unit
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _told(body: bytes) -> tuple[str, str]:
    """The code and the message in the *body* of an error; the beginning of its text, if it is no JSON."""
    try:
        found: Any = orjson.loads(body)
    except ValueError:
        return "", " ".join(body[: 16 * _DETAIL].decode("utf-8", "replace").split())
    if isinstance(found, list) and found:
        found = found[0]
    if isinstance(found, dict):
        inner = found.get("error", found)
        if isinstance(inner, dict):
            code = inner.get("code") or inner.get("type") or ""
            message = inner.get("message") or inner.get("detail") or ""
            return str(code), message if isinstance(message, str) else str(message)
        return "", str(inner)
    return "", ""
