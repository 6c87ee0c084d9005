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
THIN = {"#F0E442": "#A89B00"}
"""Colours that are too light for a thin line on paper, and what is drawn in their place."""
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
WAITING, BUSY = "#E69F00", "#0072B2"
SELLING, BIDS, ASKS = "#009E73", "#0072B2", "#D55E00"
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


_LIGHT = ("#0072B2", "#C25400", "#00805D", "#A8487F", "#8A6D00", "#4A6FA5", "#6B5B95")
_DARK = ("#56B4E9", "#F08A3C", "#3CC79A", "#E59AC5", "#E8CF4B", "#9BB8E0", "#B9A8E0")
SERIES = len(_LIGHT)
"""So many series are told apart by colour; each has a mark of its own beside."""


def chart_style(root: str = ":root") -> str:
    """The style sheet of charts on pages, light and dark; *root* is the element whose colours are set.

    The colours are Okabe and Ito's, darkened or lightened until they stand out from the paper (3:1 and more).
    """

    def colours(series: Sequence[str], up: str, down: str, level: str) -> str:
        named = "".join(f"--s{place}:{colour};" for place, colour in enumerate(series))
        return f"{named}--up:{up};--down:{down};--level:{level}"

    plain = f"--ink:{INK};--soft:#566472;--line:#D5DCE3;--paper:{PAPER};--tint:{TINT}"
    night = "--ink:#E6EAEE;--soft:#A3AEB9;--line:#36404A;--paper:#14181C;--tint:#1C2228"
    own = f"{plain};" if root != ":root" else ""
    dark_own = f"{night};" if root != ":root" else ""
    marks = "".join(f".c .s{n}{{color:var(--s{n})}}" for n in range(SERIES))
    return (
        f"{root}{{{own}{colours(_LIGHT, '#CFE3F3', '#F8DDC8', '#E9EDF1')}}}"
        f"@media(prefers-color-scheme:dark){{{root}{{{dark_own}{colours(_DARK, '#1E4566', '#5F3515', '#2A323A')}}}}}"
        f"@media print{{{root}{{{plain};{colours(_LIGHT, '#CFE3F3', '#F8DDC8', '#E9EDF1')}}}}}"
        ".c{display:block;width:100%;height:auto;font:12px system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;"
        "font-variant-numeric:tabular-nums}.c text{fill:var(--ink)}.c .q{fill:var(--soft)}.c .b{font-weight:600}"
        ".c .e{text-anchor:end}.c .m{text-anchor:middle}.c .g{stroke:var(--line);stroke-width:1}"
        ".c .z{stroke:var(--ink);stroke-width:1}.c .f{stroke:var(--soft);stroke-width:1}"
        ".c .halo{paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}"
        ".c .band{fill:var(--soft);opacity:.13}"
        f"{marks}.c .w{{stroke:currentColor;stroke-width:2;fill:none}}.c .k{{fill:currentColor}}"
        ".c .o{fill:var(--paper);stroke:currentColor;stroke-width:1.6}.c .l{stroke:currentColor;stroke-width:1.8;"
        "fill:none;stroke-linejoin:round}.c .up{fill:var(--up)}.c .down{fill:var(--down)}.c .level{fill:var(--level)}"
        ".c .h{fill:none;stroke:var(--soft);stroke-width:1.5}.c .t{fill:currentColor}"
    )
