"""Service: what an answer takes (tokens, money), and what may go wrong with it.

Money is whole micro-dollars, so that nothing is lost in adding up.
"""

from __future__ import annotations

import math
from functools import lru_cache

from society_sim.backends.synthetic.answering import Reply
from society_sim.backends.synthetic.parameters import Failures, value
from society_sim.errors import FAILED, TIMED_OUT, NoAnswer
from society_sim.streams import normal, uniforms
from society_sim.values import Query

_UNREADABLE = "I would rather put it in my own words than in the form that was asked for."


def tokens_in(query: Query) -> int:
    """A quarter of the prompt's characters."""
    return (len(query.system) + len(query.text)) // 4


def tokens_out(kind: str, most: int, u: float) -> int:
    """Log-normal around the median of *kind*, at least one and never more than *most*."""
    return max(1, min(most, round(_median(kind) * math.exp(_median("sigma") * normal(u)))))


def micro_usd(price: tuple[int, int], tokens_in: int, tokens_out: int) -> int:
    """The price in whole micro-dollars, rounded; *price* is in thousandths of one per token.

    >>> micro_usd((150, 600), 600, 230)
    228
    """
    return (tokens_in * price[0] + tokens_out * price[1] + 500) // 1000


def sent(reply: Reply, failures: Failures, seed: int) -> str:
    """The text of *reply* as it arrives. Raises `NoAnswer` for one that does not."""
    if failures.transient or failures.malformed or failures.omitted:
        draw = uniforms(seed, "failure")
        if draw[0] < failures.transient:
            raise NoAnswer(FAILED if draw[1] < 0.5 else TIMED_OUT, "simulated")
        if draw[2] < failures.malformed:
            return _UNREADABLE
        if draw[3] < failures.omitted:
            kept = [line for line in reply.block.split("\n") if not line.startswith("CONFIDENCE:")]
            return "\n".join(kept) or reply.block
    return f"{reply.reason}\n{reply.block}" if reply.reason else reply.block


@lru_cache(maxsize=64)
def _median(kind: str) -> float:
    return float(value("tokens", kind))
