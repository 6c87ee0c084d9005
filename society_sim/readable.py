"""Words and numbers as somebody reads them: what others wrote made harmless, and bounded."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?|\x9b[0-?]*[ -/]*[@-~]")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff"
                     "\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]")  # fmt: skip
_LONGEST = 20_000
"""Characters of a message that are shown."""


def clean(text: Any, longest: int = _LONGEST) -> str:
    """*text* as it may be shown on a terminal: no escape sequences, no control or direction characters, bounded.

    >>> clean("\\x1b[31mred\\x1b[0m \\u202egnp.exe\\x07")
    'red gnp.exe'
    >>> clean("x" * 100, 10)
    'xxxxxxxxx…'
    """
    text = str(text)
    shown = _UNSEEN.sub("", _ESCAPE.sub("", text[: 4 * longest].replace("\r\n", "\n").replace("\t", "    ")))
    return shown if len(shown) <= longest and len(text) <= 4 * longest else f"{shown[: longest - 1]}…"


def line(text: Any, longest: int = 200) -> str:
    """*text* on one line.

    >>> line("one\\n  two")
    'one two'
    """
    text = str(text)
    begun = re.sub(r"\s+", " ", text[: 4 * longest]).strip()
    shown = clean(begun, longest)
    return shown if shown.endswith("…") or not text[4 * longest :].strip() else f"{shown[: longest - 1]}…"


def number(value: float) -> str:
    """A measure's value.

    >>> number(262219.0), number(0.72026), number(0.0), number(1234.56), number(math.nan)
    ('262,219', '0.7203', '0', '1,234.6', '–')
    """
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞" if value > 0 else "-∞"
    if float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"


def place(path: Path) -> Path:
    """*path* from the working directory on, if it is below it: where the directory lies is nobody else's business."""
    return path.relative_to(Path.cwd()) if path.is_absolute() and path.is_relative_to(Path.cwd()) else path


def filled(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns of *rows* that have anything in them, in order."""
    names = dict.fromkeys(name for row in rows for name in row)
    return [name for name in names if any(row.get(name) not in (None, "", {}, []) for row in rows)]


def numeric(rows: Sequence[Mapping[str, Any]], column: str) -> bool:
    """Whether *column* holds numbers alone."""
    values = [row[column] for row in rows if row.get(column) is not None]
    return bool(values) and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)


def told(value: Any, longest: int = 120) -> str:
    """*value* as a table shows it, on one line, harmless and bounded.

    >>> [told(value) for value in (None, True, 2021, 12345, 0.123456, float("nan"), {"a": 1})]
    ['', 'yes', '2021', '12,345', '0.1235', '–', 'a: 1']
    """
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}" if abs(value) >= 10_000 else str(value)
        case float():
            return number(value)
        case Path():
            return line(place(value), longest)
        case Mapping():
            pairs = (f"{key}: {_inner(inner, longest)}" for key, inner in islice(value.items(), 20))
            return line(", ".join(pairs), longest)
        case list() | tuple():
            return line(", ".join(_inner(inner, longest) for inner in value[:20]), longest)
    return line(value, longest)


def _inner(value: Any, longest: int) -> str:
    return line(value, longest) if isinstance(value, (Mapping, list, tuple)) else told(value, longest)
