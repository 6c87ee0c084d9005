"""What a prompt asks for: the hint that it ends with, read back into blanks to fill in.

The wording is that of `society_sim.forms`, read here from the prompt alone, as a model has to: a form whose hint no
longer says what its parser wants fails the tests that go through this server.

>>> hint = "Finish with these lines:\\nVOTE: one of aye | no\\nWHY: in at most 80 characters"
>>> [(blank.tag, blank.kind) for blank in asked(hint).blanks]
[('VOTE', 'choice'), ('WHY', 'text')]
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from random import Random

WORDS = (
    "plan", "task", "team", "agree", "budget", "review", "draft", "send", "wait", "change", "risk", "goal", "report",
    "check", "build", "share", "ask", "answer", "delay", "accept", "reject", "merge", "split", "hire", "assign", "note",
)  # fmt: skip
_ONE, _MANY = "Finish with one line: ANSWER: ", "Finish with these lines:\n"
_SURE = "\nand after it one line: CONFIDENCE: how sure you are, from 0% to 100%"
_FREE = re.compile(r"Answer in at most (\d+) characters\.$")
_LISTS = (
    ("ranking", re.compile(r"(?:some or )?all of (.+), best first, as X > Y > Z", re.DOTALL)),
    ("approval", re.compile(r"those you approve of (.+), with commas between, or none", re.DOTALL)),
    ("choice", re.compile(r"one of (.+)", re.DOTALL)),
)
_SCORES = re.compile(r"a number from (\S+) to (\S+) for each of (.+), as X = 1, Y = 0", re.DOTALL)
_VOTES = re.compile(r"votes for each of (.+), as X = 1, Y = 0: from (\S+) \(against\) to (\S+) \(for\); .+", re.DOTALL)
_NUMBER = re.compile(r"a number from (\S+) to (\S+)")
_TEXT = re.compile(r"in at most (\d+) characters")


@dataclass(frozen=True, slots=True)
class Blank:
    """One thing to fill in after *tag* ("" for a reply that is all free words); a text's *high* is its length."""

    tag: str
    kind: str
    options: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """All *blanks* of a hint, in order, and whether a line with the confidence is to follow."""

    blanks: tuple[Blank, ...] = ()
    confident: bool = False


def asked(text: str) -> Asked:
    """What the end of *text* asks for; nothing if it ends in no known hint."""
    bare = text.rstrip()
    free = _FREE.search(bare[-60:])
    if free:
        return Asked((Blank("", "text", high=float(free[1])),))
    start = max(bare.rfind(_ONE), bare.rfind(_MANY))
    return _read(bare[start:]) if start >= 0 else Asked()


@lru_cache(maxsize=1024)
def _read(hint: str) -> Asked:
    plain = hint.removesuffix(_SURE)
    if plain.startswith(_ONE):
        told = [("ANSWER", plain[len(_ONE) :])]
    else:
        told = [(tag, what) for tag, colon, what in (line.partition(": ") for line in plain.splitlines()[1:]) if colon]
    blanks = tuple(blank for tag, what in told if (blank := _blank(tag, what)))
    return Asked(blanks, plain != hint) if len(blanks) == len(told) else Asked()


def _blank(tag: str, what: str) -> Blank | None:
    for kind, words in _LISTS:
        if found := words.fullmatch(what):
            return Blank(tag, kind, tuple(found[1].split(" | ")))
    if found := _NUMBER.fullmatch(what):
        return Blank(tag, "number", low=float(found[1]), high=float(found[2]))
    if found := _SCORES.fullmatch(what):
        return Blank(tag, "scores", tuple(found[3].split(" | ")), float(found[1]), float(found[2]))
    if found := _VOTES.fullmatch(what):  # half of the way is within the credit for up to four options
        return Blank(tag, "scores", tuple(found[1].split(" | ")), float(found[2]) / 2, float(found[3]) / 2)
    found = _TEXT.fullmatch(what)
    return found and Blank(tag, "text", high=float(found[1]))


def fill(blank: Blank, luck: Random) -> str:
    """A value for *blank*, uniform over what it allows, written as its hint asks."""
    if blank.kind == "choice":
        return luck.choice(blank.options)
    if blank.kind == "ranking":
        return " > ".join(luck.sample(blank.options, len(blank.options)))
    if blank.kind == "approval":
        return ", ".join(option for option in blank.options if luck.random() < 0.5) or "none"
    if blank.kind == "scores":
        return ", ".join(f"{option} = {number(blank.low, blank.high, luck)}" for option in blank.options)
    if blank.kind == "number":
        return number(blank.low, blank.high, luck)
    return words(luck, luck.randint(4, 12))[: int(blank.high)].rstrip()


def number(low: float, high: float, luck: Random) -> str:
    """A number from *low* to *high*, to about two digits of the range."""
    places = max(0, 1 - math.floor(math.log10(high - low))) if high > low else 0
    value = min(high, max(low, round(low + luck.random() * (high - low), places)))
    return f"{value:.15g}"


def words(luck: Random, count: int) -> str:
    """A sentence of *count* plain words."""
    return " ".join(luck.choices(WORDS, k=count)).capitalize() + "."
