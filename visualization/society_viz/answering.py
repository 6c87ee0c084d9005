"""What an entry answers: a label, a number, words and a reason, whatever the form it has."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from society_viz.reading import Entry
from society_viz.words import clean, spoken

_ANSWER_FIELDS = ("answer", "choice", "vote", "stance", "reply", "action", "option", "decision", "value")
_STANCE_FIELDS = ("reply", "stance", "answer", "action", "value", "vote")
_REASON_FIELDS = ("reason", "because", "why", "explanation")
WEIGHED = ("scores", "votes", "chances")
"""Fields that give an amount to each option."""
BID, BIDS = "bid", "Bids"
"""The purpose of an answer that is a bid, and the legend of bids."""


def answered(entry: Entry) -> tuple[str | None, float | None, str, str]:
    """What an answer comes down to: a label, a number if it is one, the whole of it in words, and its reason.

    A ranking, or what weighs several options, comes down to what it puts first; an approval to all that it names.

    >>> answered({"kind": "answer", "value": {"ranking": ["C", "A"]}})
    ('C', None, 'ranking C, A', '')
    >>> answered({"kind": "answer", "value": {"scores": {"A": 3, "B": 5}}})[0]
    'B'
    >>> answered({"kind": "answer", "value": {"approved": ["A", "B"]}})[0]
    'A, B'
    """
    value = entry.get("value")
    if value is None:
        return None, None, "", ""
    if isinstance(value, (int, float)) or (isinstance(value, str) and len(value) < 200):
        return _plainly(value)
    if isinstance(value, list) and value and isinstance(value[0], str):
        return spoken(value[0], 60), None, spoken(value, 120), ""
    whole, reason = spoken(value, 120), ""
    if isinstance(value, dict):
        reason = next((clean(value[key], 200) for key in _REASON_FIELDS if isinstance(value.get(key), str)), "")
        confidence = value.get("confidence")
        inner = next((value[key] for key in _ANSWER_FIELDS if value.get(key) is not None), None)
        if inner is None:  # a ballot over several options; else a form of many fields: words, but no ballot
            return _first(value), None, whole, reason
        if inner is not None:
            whole = spoken(inner, 80)
            if isinstance(confidence, (int, float)) and 0 <= confidence <= 100:
                whole += f" ({confidence * (100 if confidence <= 1 else 1):.0f}%)"
            value = inner
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return spoken(value, 60), None, whole, reason
    return spoken(value, 60), float(value), whole, reason


def _first(ballot: dict[str, Any]) -> str:
    """What a ballot over several options puts first; nothing if it is none."""
    ranking, approved = ballot.get("ranking"), ballot.get("approved")
    if isinstance(ranking, list) and ranking:
        return spoken(ranking[0], 60)
    if isinstance(approved, list):
        return spoken(approved, 60) if approved else "none of them"
    weighed = next((weights for key in WEIGHED if amounts(weights := ballot.get(key))), None)
    return "" if weighed is None else spoken(max(weighed, key=lambda option: weighed[option]), 60)


def asked_for(entry: Entry) -> str:
    """What kind of ballot an answer is: `ranking`, `approved`, `weights`, or another form."""
    value = entry.get("value")
    if isinstance(value, list):
        return "ranking"
    if not isinstance(value, dict) or any(value.get(key) is not None for key in _ANSWER_FIELDS):
        return ""
    return next((name for name, keys in (("ranking", ("ranking",)), ("approved", ("approved",)), ("weights", WEIGHED))
                 if any(value.get(key) for key in keys)), "")  # fmt: skip


def highest(bids: Any, things: frozenset[str]) -> tuple[str, float] | None:
    """What *bids*, amounts for *things* and bundles of them, offer most for, and how much; `None` if they are none.

    >>> highest({"north": 0.0, "north + south": 100.0}, frozenset({"north", "south"}))
    ('north + south', 100.0)
    """
    if not things or not amounts(bids) or not all(things.issuperset(name.split(" + ")) for name in bids):
        return None
    name = max(bids, key=lambda name: bids[name])
    return (spoken(name, 60), float(bids[name])) if bids[name] else ("nothing", 0.0)


def amounts(value: Any) -> bool:
    """Whether *value* gives an amount to each of several things."""
    return isinstance(value, dict) and bool(value) and all(type(one) in (int, float) for one in value.values())


@lru_cache(4_096, typed=True)
def _plainly(value: str | float) -> tuple[str, float | None, str, str]:
    """`answered` for a value that is no form: of these the same few come again and again."""
    amount = None if isinstance(value, (bool, str)) else float(value)
    return spoken(value, 60), amount, spoken(value, 120), ""


STANCES = ("support", "oppose", "refine", "compromise")
"""What a reply to a proposal comes down to (Moghimifar et al. 2024)."""
_STANCES = {
    "accept": "support", "accepts": "support", "agree": "support", "sign": "support", "support": "support",
    "oppose": "oppose", "reject": "oppose", "rejects": "oppose", "refuse": "oppose", "decline": "oppose",
    "refine": "refine", "amend": "refine", "revise": "refine", "counter": "refine", "compromise": "compromise",
}  # fmt: skip


def stance(entry: Entry) -> str | None:
    """What a party's reply comes down to: one of `STANCES`, or its own word; `None` if it said nothing."""
    said = first_of(entry, _STANCE_FIELDS)
    if said is None:
        return None
    words = spoken(said, 40).casefold()
    return _STANCES.get(words.split(" ")[0].strip(".,:"), words)


def first_of(entry: Entry, keys: tuple[str, ...]) -> Any:
    """The first of *keys* that the entry says something under."""
    return next((entry[key] for key in keys if entry.get(key) not in (None, "", [], {})), None)
