"""One HTML page with a player: it asks no network, and nothing that a model wrote can become code in it.

The page is the same for every film. What differs, the film, is data in a block that no browser runs; the player puts
its words on the page as text. A content security policy allows this one script and this one style sheet, by their
hashes.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from society_sim.reporting.page import Player
from society_viz import look, quotes
from society_viz.film import (
    ABSTAINED,
    DONE,
    HEIGHT,
    MANY,
    MESSAGE,
    NONE,
    REFUSED,
    REQUEST,
    SAW,
    SOLD,
    WIDTH,
    Beat,
    Film,
    Place,
    Poll,
)
from society_viz.geometry import lines
from society_viz.labels import SIZE
from society_viz.legends import line_colour, line_rows

_SCRIPTS = ("pens.js", "places.js", "beside.js", "player.js")
_FLOWS = (MESSAGE, REFUSED, SAW, SOLD, REQUEST, DONE)
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-{script_hash}'; \
style-src 'sha256-{style_hash}'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>society_sim: a run</title>
<style>{style}</style>
</head>
<body>
<header><h1 id="title"></h1><output id="clock"></output></header>
<p id="question"></p>
<main>
<svg id="scene" role="img" aria-labelledby="caption" viewBox="0 0 {width} {height}"></svg>
<aside aria-label="Legend">
<section id="setting"><h2>What is asked</h2><p></p><ul></ul></section>
<h2 id="answers">Answers</h2><ul id="tally"></ul><p id="decision"></p><p id="score"></p>
<svg id="market" role="img" aria-label="Prices" viewBox="0 0 {chart_width} {chart_height}"></svg><ul id="lines"></ul>
</aside>
</main>
<section id="caption" aria-live="polite"></section>
<nav aria-label="Player">
<button id="back" type="button" title="Step back (left arrow)">Back</button>
<button id="play" type="button" title="Play or pause (space)">Play</button>
<button id="next" type="button" title="Step on (right arrow)">Next</button>
<input id="scrub" type="range" min="0" value="0" step="1" aria-label="Moment">
<output id="place"></output>
<label>Speed <select id="speed">
<option value="0.5">0.5 x</option><option value="1" selected>1 x</option><option value="2">2 x</option>
<option value="4">4 x</option><option value="8">8 x</option></select></label>
</nav>
<details id="all"><summary>All that happens, in words</summary><ol id="transcript"></ol></details>
<footer id="provenance"></footer>
<noscript><p>This page plays a run with a script that it carries; your browser does not run scripts.</p></noscript>
<script type="application/json" id="film">{film}</script>
<script>{script}</script>
</body>
</html>
"""


def write_page(film: Film, to: Path, fps: int, frames: int, dpi: int) -> None:
    """Write *film* as a page; it draws at the browser's own rate and size, whatever *fps*, *frames* and *dpi* are."""
    to.write_text(player(film).page, encoding="utf-8", newline="\n")


def player(film: Film, still: str = "") -> Player:
    """The page that plays *film*, with the hashes of its script and its style sheet, beside the picture *still*."""
    style, script = look.player_style() + _part("player.css"), "".join(map(_part, _SCRIPTS))
    hashes = _hash(script), _hash(style)
    page = _PAGE.format(
        style=style,
        script=script,
        style_hash=hashes[1],
        script_hash=hashes[0],
        width=WIDTH,
        height=HEIGHT,
        chart_width=f"{quotes.WIDE:g}",
        chart_height=f"{quotes.HIGH:g}",
        film=_inert(_plain(film)),
    )
    return Player(still, page, hashes[:1], hashes[1:])


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


def _inert(value: Any) -> str:
    """*value* as JSON that cannot end the block it stands in, nor break a line of script."""
    text = orjson.dumps(value).decode()
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _plain(film: Film) -> dict[str, Any]:
    """The film as the player reads it; what is the same for all beats comes once."""
    drawn = lines(film)
    kinds = sorted({line.kind for line in drawn})
    return {
        "title": film.title,
        "provenance": film.provenance,
        "setting": [film.setting.about, [f"{name}: {which}" for name, which in film.setting.parts]],
        "labels": SIZE * 1.39,
        "steps": len(film.beats),
        "nodes": [[node.name, node.since, node.weight] for node in film.nodes],
        "forms": _forms(film),
        "kinds": [_tie(kind) for kind in kinds],
        "faint": min(1.0, max(0.35, 250 / max(len(drawn), 1))),
        "ties": [
            [line.source, line.target, kinds.index(line.kind), line.first, line.last, int(line.arrow), line.shift]
            for line in drawn
        ],
        "legend": [[kind, label, _sample(film, kind)] for kind, label in line_rows(film)],
        "seats": film.seats
        and {
            "parts": film.seats.parts,
            "y": film.seats.y,
            "total": film.seats.total,
            "majority": film.seats.majority,
            "mark": film.seats.mark,
        },
        "polls": [
            [
                poll.text,
                [[key.label, *_filled(key.colour), key.letter] for key in poll.keys],
                _chart(poll),
                poll.heading,
            ]
            for poll in film.polls
        ],
        "door": film.door and _place(film.door),
        "stacks": _stacks(film),
        "many": MANY,
        "dot": look.DOT,
        "beats": [_beat(film, beat) for beat in film.beats],
    }


def _forms(film: Film) -> list[Any]:
    """Of each form: its first beat, the places that are others than before, and what lies behind and between them."""
    told = []
    before: tuple[Place | None, ...] = (None,) * len(film.nodes)
    for form in film.forms:
        moved = [(at, new) for at, (old, new) in enumerate(zip(before, form.places, strict=True)) if old != new]
        regions = [[r.shape, r.x, r.y, r.size, r.label, r.community] for r in form.regions]
        told.append([form.first, [[at, *_place(new)] for at, new in moved], regions, [*form.middle, form.pull]])
        before = form.places
    return told


def _filled(colour: str) -> tuple[str, str]:
    """The colour of an answer and that of what is written on it: these stay on dark pages, but for the paper's own."""
    if colour == look.UNASKED:
        return "var(--paper)", "var(--ink)"
    return colour, look.PAPER if look.dark(colour) else look.INK


def _tie(kind: str) -> tuple[str, float, tuple[float, ...]]:
    """How a tie is drawn, in the colour that the style sheet has for it."""
    _, wide, dashes = look.tie(kind)
    return f"var(--{kind if kind in look.TIES else 'other'})", wide, dashes


def _place(place: Place) -> list[Any]:
    return [place.label, place.x, place.y, place.r, place.lx, place.ly, place.anchor]


def _stacks(film: Film) -> list[Any]:
    """Of each stack: its marks, their size, and where the number of so many as fill it stands."""
    return [
        [stack.marks(stack.columns * stack.rows), stack.size,
         [stack.count(many) for many in range(stack.columns * stack.rows + 1)]]
        for stack in film.stacks
    ]  # fmt: skip


def _chart(poll: Poll) -> dict[str, Any] | None:
    """The prices of a question as the player draws them."""
    if poll.chart is None:
        return None
    drawn = quotes.plot(poll.chart)
    return {
        "title": drawn.title,
        "book": bool(drawn.beside),
        "dots": "" if poll.chart.call else "all" if poll.chart.book else "last",
        "rows": drawn.rows,
        "times": drawn.times,
        "band": drawn.band,
        "box": [drawn.left, drawn.right, drawn.bottom],
        "lines": [
            ["var(--ink)" if (colour := line_colour(poll, place)) == look.INK else colour, points]
            for place, points in enumerate(drawn.lines)
        ],
    }


def _sample(film: Film, kind: str) -> list[Any] | None:
    """What a row of the legend looks like, if that is not the same in every film."""
    if kind.startswith("mark:"):
        one = film.marks[int(kind[5:])]
        return [int(kind[5:]), one.shape, one.sign]
    return list(_tie(kind[4:])) if kind.startswith("tie:") else None


def _market(film: Film, beat: Beat) -> list[Any] | None:
    """What of a question's prices is there in *beat*."""
    poll = film.polls[beat.poll]
    if poll.chart is None:
        return None
    there = quotes.now(poll, quotes.plot(poll.chart), beat)
    return [there.seen, [[y, x, round(wide, 1), int(asks)] for y, x, wide, asks in there.bars], there.ends]


def _beat(film: Film, beat: Beat) -> dict[str, Any]:
    """A beat without what it does not have."""
    letters = [key.letter for key in film.polls[beat.poll].keys]
    own = any(fill >= 0 and mark != letters[fill] for fill, mark in zip(beat.fills, beat.marks, strict=True))
    facts = {
        "t": f"{beat.t:,.6g}",
        "lines": beat.lines,
        "poll": beat.poll,
        "fills": "".join(map(_fill, beat.fills)),
        "marks": beat.marks if own else None,
        "flows": [[u, v, _FLOWS.index(what)] for u, v, what in beat.flows],
        "arrows": beat.arrows,
        "badges": beat.badges,
        "active": beat.active if 2 * len(beat.active) < len(film.nodes) + 4 else (),
        "chair": beat.chair if beat.chair >= 0 else None,
        "proposed": beat.proposed,
        "governing": beat.governing,
        "gone": beat.gone,
        "won": beat.won,
        "settled": beat.settled,
        "offers": [[node, int(sells)] for node, sells in beat.offers],
        "waiting": {str(at): many for at, many in enumerate(beat.waiting) if many} or None,
        "decision": beat.decision,
        "right": beat.right,
        "score": beat.score,
        "seconds": beat.seconds,
        "market": _market(film, beat),
    }
    return {name: value for name, value in facts.items() if value not in (None, (), [], "")}


def _fill(fill: int) -> str:
    """One letter for each member: what it answers."""
    return {NONE: ".", ABSTAINED: "-"}.get(fill) or chr(ord("a") + fill)
