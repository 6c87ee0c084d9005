"""Colours, letters and lines: one look for every picture, chart and player. No other file names a colour.

The answers' colours are those of Okabe and Ito (2008), and those of series were searched for: told apart by all common
kinds of colour vision. A letter on each member, a mark or dashes on each series say the same again, so no picture
depends on colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from society_viz.film import Key
from society_viz.words import count

INK, SOFT, FAINT, PAPER = "#1B2733", "#5C6B7A", "#C9D1D9", "#FFFFFF"
TINT, BAND, LINE, ROW, REST = "#F1F4F7", "#F7F9FB", "#E3E8ED", "#EDF0F3", "#DDE3E8"
ACTIVE = "#FFE08A"
ANSWERED = "#56B4E9"
ANSWERS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442")
HUES = {
    "blue": "#0072B2", "orange": "#E69F00", "gold": "#E69F00", "green": "#009E73", "pink": "#CC79A7",
    "purple": "#CC79A7", "red": "#D55E00", "yellow": "#F0E442",
}  # fmt: skip
"""Answers that name a colour have it, as near as the answers' colours come to it."""
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
DOT = 3.0
"""Members smaller than this are dots: no rim, nothing written on them."""
ABSTAINING, UNASKED = "#D9DEE3", "#FFFFFF"
ADDED, REMOVED = "#009E73", "#D55E00"
SAYING, BLOCKED, SEEING = "#0B3C73", "#D55E00", "#8A97A3"
WAITING, BUSY = "#E69F00", "#0072B2"
SELLING, BIDS, ASKS = "#009E73", "#0072B2", "#D55E00"
WON = "#009E73"
MARKS = (("#9223AE", (5.0, 2.5)), ("#4D73A1", (2.0, 1.6)), ("#A32F13", (7.0, 2.0, 1.5, 2.0)), ("#1D3B17", ()))
"""What entries are marked with, in the order in which marks come, and round again: colour, dashes of arrows."""
MARKED = 2.0
"""The width of their lines."""
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
    """Up to three letters for each label, such that all differ: its first one, its initials, its beginning.

    A word that all begin with is left out; numbers stand for labels that cannot be told apart so.

    >>> letters(["yes", "no"]), letters(["B", "A"]), letters(["red", "blue", "green", "gold"])
    (['Y', 'N'], ['B', 'A'], ['Re', 'Bl', 'Gr', 'Go'])
    >>> letters(["north", "south", "north + south"]), letters(["plan 1", "plan 12"]), letters(["Paris 1", "Parma 1"])
    (['N', 'S', 'N+S'], ['1', '12'], ['1', '2'])
    """
    words = [label.split() for label in labels]
    while len(words) > 1 and all(len(own) > 1 for own in words) and len({own[0] for own in words}) == 1:
        words = [own[1:] for own in words]
    tails = [" ".join(own) for own in words]
    kinds = [
        [tail[:1] for tail in tails],
        ["".join(word[0] for word in own).upper() for own in words],
        *([tail[:size] for tail in tails] for size in (2, 3)),
    ]
    for found in kinds:
        short = [one[:1].upper() + one[1:] for one in found]
        plain = all(one[:1].isalnum() and " " not in one and len(one) <= 3 for one in short)
        if plain and len({one.casefold() for one in short}) == len(labels):
            return short
    return [str(place) for place in range(1, len(labels) + 1)]


def keys(labels: Sequence[str]) -> tuple[Key, ...]:
    """The legend of *labels*, in order; what comes after the seventh shares one row."""
    shown = list(labels[:MOST_KEYS])
    for family in _FAMILIES:
        if shown and all(label in family for label in shown):
            return tuple(Key(label, *family[label]) for label in family if label in shown)
    own = [HUES.get(label.casefold(), "") for label in shown]
    colours = own if all(own) and len({*own}) == len(own) else ANSWERS
    rows = [Key(label, colour, letter) for label, colour, letter in zip(shown, colours, letters(shown), strict=False)]
    if len(labels) > MOST_KEYS:
        rows.append(Key(count(len(labels) - MOST_KEYS, "other answer"), OTHER, "+"))
    return tuple(rows)


def dark(colour: str) -> bool:
    """Whether white writing is easier to read on *colour* than black."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return bool(0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 < 0.30)


def tie(kind: str) -> tuple[str, float, tuple[float, ...]]:
    """How a tie of *kind* is drawn."""
    return TIES.get(kind, OTHER_TIE)


def marked(which: int) -> tuple[str, tuple[float, ...]]:
    """Colour and dashes of mark number *which*."""
    return MARKS[which % len(MARKS)]


FONT = "DejaVu Sans"
STYLE: Mapping[str, Any] = {
    "font.family": FONT, "svg.hashsalt": "society_sim", "svg.fonttype": "none", "pdf.fonttype": 42,
    "hatch.linewidth": 0.7, "hatch.color": SOFT,
}  # fmt: skip
"""Matplotlib's settings for all pictures: letters stay letters, and the same picture is the same bytes."""
CHART: Mapping[str, Any] = {
    **STYLE, "font.size": 7.5, "axes.linewidth": 0.6, "xtick.major.width": 0.6, "ytick.major.width": 0.6,
}  # fmt: skip
"""And for charts with axes, 7 inches wide."""

SERIES_LIGHT = ("#0072B2", "#C25400", "#00805D", "#A8487F", "#111155", "#7733EE", "#441111")
SERIES_DARK = ("#56B4E9", "#F08A3C", "#3CC79A", "#E59AC5", "#AA4433", "#6644EE", "#994488")
SERIES = len(SERIES_LIGHT)
"""So many series are told apart by colour; each has a mark of its own beside."""


def chart_style(root: str = ":root") -> str:
    """The style sheet of charts on pages, light and dark; *root* is the element whose colours are set.

    The colours stand out from the paper (3:1 and more) and from one another.
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
        f"{root}{{{own}{colours(SERIES_LIGHT, '#CFE3F3', '#F8DDC8', '#E9EDF1')}}}"
        f"@media(prefers-color-scheme:dark){{{root}{{{dark_own}"
        f"{colours(SERIES_DARK, '#1E4566', '#5F3515', '#2A323A')}}}}}"
        f"@media print{{{root}{{{plain};{colours(SERIES_LIGHT, '#CFE3F3', '#F8DDC8', '#E9EDF1')}}}}}"
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


_MARKS_DARK = ("#DD51EE", "#6A97BF", "#E77150", "#79E77F")
_PLAYER = {
    "ink": (INK, "#E6EAEE"), "soft": (SOFT, "#A3AEB9"), "line": (LINE, "#36404A"), "tint": (TINT, "#1C2228"),
    "paper": (PAPER, "#14181C"), "band": (BAND, "#1A2026"), "row": (ROW, "#242C34"), "faint": (FAINT, "#5A6672"),
    "rest": (REST, "#333D47"), "hatch": (ABSTAINING, "#3A444E"), "active": (ACTIVE, "#7A6420"),
    "say": (SAYING, "#9CC4F0"), "bad": (BLOCKED, "#F08A3C"), "see": (SEEING, "#7F8C99"), "good": (ADDED, "#3CC79A"),
    "offer": (PROPOSING, "#E8CF4B"), "bids": (BIDS, "#56B4E9"), "asks": (ASKS, "#F08A3C"), "waits": (WAITING, WAITING),
    **{f"m{at}": (own, night) for at, ((own, _), night) in enumerate(zip(MARKS, _MARKS_DARK, strict=True))},
    "right": (RIGHT, "#3CC79A"), "wrong": (WRONG, "#F08A3C"),
    "talk": (TIES["talk"][0], "#55616D"),
    "command": (TIES["command"][0], "#A3AEB9"), "report": (TIES["report"][0], "#A3AEB9"),
    "other": (OTHER_TIE[0], "#B39CC4"), "focus": (ANSWERED, ANSWERED),
}  # fmt: skip
"""Colours of a player by their name in its style sheet: on light and on dark pages."""


def player_style() -> str:
    """The colours of a player, light and dark; it is printed as it is on light pages."""
    light, dark = ("".join(f"--{name}:{pair[at]};" for name, pair in _PLAYER.items()) for at in (0, 1))
    return (f":root{{color-scheme:light;{light}}}"
            f"@media screen and (prefers-color-scheme:dark){{:root{{color-scheme:dark;{dark}}}}}\n")  # fmt: skip
