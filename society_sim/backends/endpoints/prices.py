"""What tokens cost, and the most that a call can cost before it is made."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Mapping
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from society_sim.errors import ScenarioError
from society_sim.ledger import Cost
from society_sim.values import Query

_OVERHEAD = 64  # tokens of a chat template around system and user message, at most


class Price(NamedTuple):
    """US dollars per million tokens, which is micro-dollars per token: read, written, read from a prefix cache.

    *long*, if there is one, holds for prompts of more tokens than its first number: (tokens, read, written).
    """

    read: float
    write: float
    cached: float
    long: tuple[int, float, float] | None = None

    def of(self, tokens_in: int, tokens_out: int, cached: int = 0) -> int:
        """Whole micro-dollars, rounded up: *cached* of *tokens_in* came from a cache.

        >>> Price(2.5, 10.0, 1.25).of(1000, 100, 400), FREE.of(10, 10)
        (3000, 0)
        """
        if self.long is not None and tokens_in > self.long[0]:
            return Price(self.long[1], self.long[2], self.long[1]).of(tokens_in, tokens_out)
        exact = (tokens_in - cached) * self.read + cached * self.cached + tokens_out * self.write
        return math.ceil(round(exact, 6)) if exact else 0

    def worst(self, query: Query, more: int = 0) -> Cost:
        """The most that *query* can take: no token is shorter than a byte, and all that may be written is written.

        *more* bytes are read beside the prompt, such as a schema.
        """
        read = _bytes(query.system) + _bytes(query.text) + _OVERHEAD + more
        return Cost(self.of(read, query.max_tokens, 0), read + query.max_tokens, 1)


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


FREE = Price(0.0, 0.0, 0.0)


def given(price: Literal["free"] | Mapping[str, float] | None, what: str) -> Price | None:
    """The price that a scenario gives for *what*; `None` if it gives none."""
    if price is None:
        return None
    if price == "free":
        return FREE
    if isinstance(price, str):
        raise ScenarioError(f"{what}: a price is {{in: ..., out: ...}} in US dollars per million tokens, or free")
    known = dict(price)
    read, write = known.pop("in", -1.0), known.pop("out", -1.0)
    cached = known.pop("cached", read)
    if known or not (0 <= cached <= read < math.inf and 0 <= write < math.inf):
        raise ScenarioError(f"{what}: a price is {{in: ..., out: ...}} in US dollars per million tokens, with cached: "
                            "... for those from a prefix cache (not more than in); or it is free")  # fmt: skip
    return Price(read, write, cached)


def unknown(what: str) -> ScenarioError:
    """The error for a model that nobody knows the price of: it could spend anything."""
    return ScenarioError(f"{what}: its price is not known. Give it, in US dollars per million tokens, as "
                         "price: {in: 0.15, out: 0.60}; or say price: free")  # fmt: skip


def at_home(url: str) -> bool:
    """Whether *url* is on this machine: what is served there costs nothing unless it is said to.

    >>> at_home("http://localhost:11434/v1"), at_home("http://127.0.0.2/v1"), at_home("https://example.org/v1")
    (True, True, False)
    """
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
