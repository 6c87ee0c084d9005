"""What an answer and a message look like in the record."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

import networkx as nx
import orjson

from society_sim.changes import Transfer
from society_sim.promises import Late, Promise
from society_sim.recorder import encode


def some(**facts: Any) -> dict[str, Any]:
    """Those of *facts* that say something."""
    return {name: value for name, value in facts.items() if value}


def answer_entry(now: float, promise: Promise) -> dict[str, Any]:
    """What a member answered, or why it did not; *promise* is done."""
    entry: dict[str, Any] = {"t": round(now, 6), "kind": "answer", "about": promise.scope.id,
                             "member": promise.member.id, "asked": round(promise.asked, 6),
                             "value": promise._value}  # fmt: skip
    if promise._reason is not None:
        entry["reason"] = promise._reason
    if promise.purpose:
        entry["purpose"] = promise.purpose
    if promise.job is not None:
        entry |= promise.job.told
    if promise.saw:
        entry["saw"] = promise.saw
    if promise.cut:
        entry["cut"] = promise.cut
    answer = promise._answer
    if answer is not None:
        entry["tokens"] = (answer.tokens_in, answer.tokens_out)
        if answer.cached:
            entry["cached"] = answer.cached
        if answer.micro_usd:
            entry["micro_usd"] = answer.micro_usd
        if answer.fallback:
            entry["fallback"] = answer.fallback
    entry["key"] = promise.key
    return entry


def message_entry(sender: int, target: int, now: float, words: str | Late) -> dict[str, Any]:
    """What was said, or that nothing was."""
    text = words if isinstance(words, str) else words.text
    if text is None:
        return {"t": round(now, 6), "kind": "silence", "from": sender, "to": target}
    return {"t": round(now, 6), "kind": "message", "from": sender, "to": target, "words": text}


def message_lines(sender: int, targets: Sequence[int], now: float, words: str | Late) -> bytes:
    """The lines of the record that say to each of *targets* what was said to all of them, or that nothing was."""
    text = words if isinstance(words, str) else words.text
    try:
        said = b"" if text is None else orjson.dumps(text)
    except orjson.JSONEncodeError:  # half a character
        return b"".join([encode(message_entry(sender, target, now, words)) for target in targets])
    kind, tail = (b"silence", b"") if text is None else (b"message", b',"words":%b' % said.replace(b"%", b"%%"))
    line = b'{"t":%b,"kind":"%b","from":%d,"to":%%d%b}\n' % (_stamp(float(now)), kind, sender, tail)
    return line * len(targets) % tuple(targets)


@lru_cache(maxsize=16)
def _stamp(now: float) -> bytes:
    return orjson.dumps(round(now, 6))


def transfer_line(now: float, transfer: Transfer) -> bytes:
    """The line of the record that says who paid what to whom."""
    why = b',"why":%b' % _text(str(transfer.why)) if transfer.why else b""
    return b'{"t":%b,"kind":"transfer","source":%b,"target":%b,"amount":%d,"unit":%b%b}\n' % (
        _stamp(float(now)), _owner(transfer.source), _owner(transfer.target), transfer.amount, _text(transfer.unit),
        why)  # fmt: skip


def _owner(owner: int | str) -> bytes:
    return b"%d" % owner if type(owner) is int else _text(str(owner))


@lru_cache(maxsize=256)  # units, accounts and reasons are few, and are named in line after line
def _text(words: str) -> bytes:
    try:
        return orjson.dumps(words)
    except orjson.JSONEncodeError:  # half a character
        return orjson.dumps(words.encode("utf-8", "replace").decode())


def refused_entry(now: float, sender: int, target: int, why: str) -> dict[str, Any]:
    """What could not be said, and *why*."""
    return {"t": round(now, 6), "kind": "refused", "from": sender, "to": target, "why": why}


def lost_entry(sender: int, target: int, why: str, now: float, words: str | Late) -> dict[str, Any]:
    """What was said and did not come, or that nothing was."""
    entry = message_entry(sender, target, now, words)
    return {**entry, "kind": "lost", "why": why} if entry["kind"] == "message" else entry


def graph_facts(graph: nx.DiGraph) -> dict[str, Any]:
    """Who may speak to whom, and what is known of each seat."""
    edges = [(u, v, data["kind"], data["weight"]) for u, v, data in graph.edges(data=True)]
    return {"nodes": dict(graph.nodes(data=True)), "ties": edges}


def unheard_facts(promises: Collection[Promise]) -> dict[str, Any]:
    """What was asked beside the agenda and came too late for it: not answered to anybody, but paid."""
    unheard = [promise.answer for promise in promises if promise.answer is not None]
    return {"answers": len(promises), "tokens": sum(answer.tokens_in + answer.tokens_out for answer in unheard),
            "micro_usd": sum(answer.micro_usd for answer in unheard)}  # fmt: skip
