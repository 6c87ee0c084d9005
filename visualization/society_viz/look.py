"""Colours, letters and lines: one look for every picture.

The answers' colours are those of Okabe and Ito (2008), told apart by all common kinds of colour vision; a letter on
each member says the same again, so no picture depends on colour.
"""

from __future__ import annotations

from collections.abc import Sequence

from society_viz.film import Key

INK, SOFT, FAINT, PAPER = "#1B2733", "#5C6B7A", "#C9D1D9", "#FFFFFF"
TINT, BAND = "#F1F4F7", "#F7F9FB"
ANSWERED = "#56B4E9"
ANSWERS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442")
OTHER = "#8A97A3"
STEPS = ("#D6E6F4", "#9CC4E1", "#559BCB", "#2270B0", "#0B3C73")
"""Light to dark, for numbers."""
STANCES = {
    "support": ("#009E73", "✓"),
    "oppose": ("#D55E00", "✗"),
    "refine": ("#E69F00", "~"),
    "compromise": ("#56B4E9", "±"),
}
VOTES = {"yes": ("#0072B2", "Y"), "no": ("#D55E00", "N"), "abstain": ("#8A97A3", "A")}
_FAMILIES = (STANCES, VOTES)
"""Answers that look the same, and stand in the same order, in every picture."""
ABSTAINING, UNASKED = "#D9DEE3", "#FFFFFF"
ADDED, REMOVED = "#009E73", "#D55E00"
SAYING, BLOCKED, SEEING = "#0B3C73", "#D55E00", "#8A97A3"
GOVERNING, PROPOSING = "#1B2733", "#8A6D00"
RIGHT, WRONG = "#00734F", "#A94400"

TIES = {
    "talk": ("#B4BEC8", 1.0, ()),
    "command": ("#5C6B7A", 1.6, ()),
    "report": ("#5C6B7A", 1.1, (4.0, 2.5)),
}
"""Kind of tie: colour, width, dashes."""
OTHER_TIE = ("#9A86A8", 1.1, (1.0, 2.0))

MOST_KEYS = 7


def letters(labels: Sequence[str]) -> list[str]:
    """A letter for each label: its own if it is one, the first letters if they differ, else numbers.

    >>> letters(["yes", "no"]), letters(["Paris", "Prague"]), letters(["B", "A"])
    (['Y', 'N'], ['1', '2'], ['B', 'A'])
    """
    first = [label[:1].upper() for label in labels]
    if len(set(first)) == len(labels) and all(letter.isalnum() for letter in first):
        return first
    return [str(place) for place in range(1, len(labels) + 1)]


def keys(labels: Sequence[str]) -> tuple[Key, ...]:
    """The legend of *labels*, in order; what comes after the seventh shares one row."""
    shown = list(labels[:MOST_KEYS])
    for family in _FAMILIES:
        if shown and all(label in family for label in shown):
            return tuple(Key(label, *family[label]) for label in family if label in shown)
    rows = [Key(label, colour, letter) for label, colour, letter in zip(shown, ANSWERS, letters(shown), strict=False)]
    if len(labels) > MOST_KEYS:
        rows.append(Key(f"{len(labels) - MOST_KEYS} other answers", OTHER, "+"))
    return tuple(rows)


def dark(colour: str) -> bool:
    """Whether white writing is easier to read on *colour* than black."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return bool(0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 < 0.30)


def tie(kind: str) -> tuple[str, float, tuple[float, ...]]:
    """How a tie of *kind* is drawn."""
    return TIES.get(kind, OTHER_TIE)
