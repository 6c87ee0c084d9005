"""Text that models and scenarios wrote, made safe to show: no control characters, no bidi tricks, no endless words."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)?|.)?", re.DOTALL)
_LONGEST_WORD = 40
_STACKED = 2  # accents on one letter


def clean(text: Any, limit: int = 240) -> str:
    r"""*text* on one line of at most *limit* characters, without anything that is not meant to be read.

    Terminal escapes, control, format and bidi characters go; white space becomes single spaces; overlong words (of
    plain letters) and texts end in an ellipsis.

    >>> clean("\x1b[31mred\x1b[0m\n  and \u202ereversed")
    'red and reversed'
    >>> clean("one two three", 9)
    'one two…'
    """
    raw = (text if isinstance(text, str) else str(text))[: 4 * limit + 400]
    if len(raw) <= _LONGEST_WORD and len(raw) <= limit and raw.isalnum() and raw.isascii():
        return raw  # as most names and answers are
    if not (raw.isascii() and raw.isprintable()):
        raw = "".join(_readable(_ESCAPES.sub("", raw)))
    words = [word if len(word) <= _LONGEST_WORD or not word.isascii() else word[: _LONGEST_WORD - 1] + "…"
             for word in raw.split()]  # many scripts write whole sentences without a space  # fmt: skip
    return cut(" ".join(words), limit)


def _readable(text: str) -> list[str]:
    kept: list[str] = []
    stacked = 0
    for letter in text:
        category = unicodedata.category(letter)
        if letter.isspace() or category in ("Zl", "Zp"):
            kept.append(" ")
        elif category[0] != "C":
            stacked = stacked + 1 if category in ("Mn", "Me") else 0
            if stacked <= _STACKED:
                kept.append(letter)
    return kept


def cut(text: str, limit: int) -> str:
    """*text*, or its beginning and an ellipsis, between words where that costs little.

    >>> cut("a coalition of three", 13)
    'a coalition…'
    """
    if len(text) <= limit:
        return text
    head = text[: max(limit - 1, 0)]
    space = head.rfind(" ")
    return (head[:space] if space > 0.6 * limit else head).rstrip(" ,;:.-") + "…"


def number(value: float) -> str:
    """A number as a reader wants it.

    >>> number(12.0), number(0.12345), number(12345.678)
    ('12', '0.123', '12,346')
    """
    if value != value or value in (float("inf"), float("-inf")):
        return "not a number"
    if abs(value) >= 1e15:
        return f"{value:.3g}"
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{round(value):,}"
    return f"{value:.3g}"


def fixed(value: float, digits: int) -> str:
    """A number with so many places after the point, short enough to be written on a member.

    >>> fixed(0.6715, 2), fixed(1207.0, 0), fixed(-0.001, 2), fixed(120_700, 0), fixed(4.0, 12)
    ('0.67', '1207', '0.00', '120,700', '4')
    """
    if digits > 4 or abs(value) >= 10_000:
        return number(value)
    found = f"{value:.{digits}f}"
    return found.removeprefix("-") if not found.strip("-0.") else found


def count(many: int, thing: str, things: str = "") -> str:
    """A number of things in words.

    >>> count(1, "tie"), count(7977, "tie"), count(2, "party", "parties")
    ('1 tie', '7,977 ties', '2 parties')
    """
    return f"{many:,} {thing if many == 1 else things or thing + 's'}"


def listed(names: list[str], most: int = 4) -> str:
    """Names as a sentence has them.

    >>> listed(["Ann", "Bo", "Cy"]), listed(["a", "b", "c", "d", "e", "f"], 3)
    ('Ann, Bo and Cy', 'a, b, c and 3 more')
    """
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def spoken(value: Any, limit: int = 60) -> str:
    """A value of a record in words: what was answered, decided, logged.

    >>> spoken({"value": "B", "confidence": 0.8}), spoken(["a", "b"]), spoken(None), spoken({"price": 2.50, "lots": 3})
    ('B (80%)', 'a, b', 'nothing', 'price 2.5, lots 3')
    """
    return clean(_spoken(value, 0), limit)


def _spoken(value: Any, depth: int) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return number(value)
    if depth > 3:
        return "…"
    if isinstance(value, dict):
        if set(value) == {"value", "confidence"} and isinstance(value["confidence"], (int, float)):
            return f"{_spoken(value['value'], depth + 1)} ({100 * value['confidence']:.0f}%)"
        return ", ".join(
            f"{str(key).replace('_', ' ')} {_spoken(item, depth + 1)}" for key, item in list(value.items())[:24]
        )
    if isinstance(value, list):
        return ", ".join(_spoken(item, depth + 1) for item in value[:24])
    return str(value)
