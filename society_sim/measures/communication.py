"""What became of words on their way: how far they spread, how many were lost, how many changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from society_sim.measures.reading import share
from society_sim.registry import measure
from society_sim.values import Record


@measure
def lost(record: Record) -> float:
    """Messages that were lost on their way or found an inbox full, in all; refused ones, without a tie, do not count.

    >>> lost([{"kind": "message"}, {"kind": "lost", "why": "inbox full"}, {"kind": "refused"}])
    1.0
    """
    return float(sum(entry["kind"] == "lost" for entry in record))


@measure
def spread(record: Record) -> float:
    """Share of the members, 0 to 1, that came to hear what was spread, averaged over questions.

    Of mechanisms whose outcome says how many `heard`: gossip and broadcast. Not a number for others.

    >>> spread([{"kind": "member"}, {"kind": "member"}, {"kind": "outcome", "heard": 1}])
    0.5
    """
    members = sum(entry["kind"] == "member" for entry in record)
    heard = [outcome["heard"] for outcome in _outcomes(record, "heard")]
    return share(sum(heard), members * len(heard))


@measure
def distortion(record: Record) -> float:
    """Share of those who were told something, 0 to 1, that were told another answer than its source gave.

    Of mechanisms whose outcome says how many were `told` and how many of these `distorted`: chain_relay.

    >>> distortion([{"kind": "outcome", "told": 4, "distorted": 1}])
    0.25
    """
    told = [(outcome["told"], outcome["distorted"]) for outcome in _outcomes(record, "told", "distorted")]
    return share(sum(wrong for _, wrong in told), sum(all_ for all_, _ in told))


@measure
def rounds(record: Record) -> float:
    """Rounds that it took to settle a question, on average, of mechanisms whose outcome says so.

    >>> rounds([{"kind": "outcome", "rounds": 3}, {"kind": "outcome", "rounds": 4}])
    3.5
    """
    took = [outcome["rounds"] for outcome in _outcomes(record, "rounds")]
    return share(sum(took), len(took))


@measure
def cut(record: Record) -> float:
    """Share of prompts, 0 to 1, of which something was not read because it was more than `attention.prompt`.

    >>> cut([{"kind": "answer", "cut": 12}, {"kind": "answer"}])
    0.5
    """
    all_ = some = 0
    for entry in record:
        if entry["kind"] == "answer":
            all_ += 1
            some += "cut" in entry
    return share(some, all_)


def _outcomes(record: Record, *facts: str) -> Iterator[Mapping[str, Any]]:
    """The outcomes that have all of *facts*."""
    return (entry for entry in record if entry["kind"] == "outcome" and all(name in entry for name in facts))
