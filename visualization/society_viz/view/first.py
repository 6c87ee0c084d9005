"""What is to be seen before the page's scripts are there: its first picture, which is sent within the page itself.

Solara's scripts are 4 MB, and a browser is busy with them for a second. Until what they make is there, the page shows
the same moment, drawn by the graph's own script, or the names in the gallery.
"""

from __future__ import annotations

import json
import threading
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from society_viz.view import gallery, scene, settings, widgets
from society_viz.view.page import about, shot
from society_viz.view.targets import Target
from society_viz.view.watched import Watched
from society_viz.words import clean

_HERE = Path(__file__).parent
_made: dict[tuple[Target, str], str] = {}
_lock = threading.Lock()


def first() -> str:
    """The beginning of what this server was started to show, as HTML; empty if there is nothing to be seen of it."""
    of, out = settings.target(), settings.out()
    if not of:
        return _page("society_sim", _listed(), None)
    target = Target(of, settings.seed())
    with _lock:
        if (target, out) not in _made:
            watched = target.opened(out, settings.terms())
            try:
                found = _seen(watched)
            finally:
                watched.leave()
            if not found:
                return ""  # the page says why, or waits
            _made[target, out] = found
        return _made[target, out]


def _seen(watched: Watched) -> str:
    try:
        seen = shot(watched, scene.Cast(), False)
    except Exception:  # a record that says what no record of ours says: the page tells it
        return ""
    if seen is None or watched.trouble:
        return ""
    told = [*about(watched), seen.stage.table.question or "Before the first question", *watched.lines(watched.place)]
    name = watched.plan.name if watched.plan else seen.stage.header.get("name")
    inner = "".join(f"<p>{escape(line)}</p>" for line in told) + "<div><canvas></canvas></div>"
    return _page(clean(name or "society_sim", 60), f'<div class="sv-top"><div class="sv-card">{inner}</div></div>',
                 {"cast": seen.drawn, "net": seen.ties, "moment": seen.picture})  # fmt: skip


def _listed() -> str:
    offers = "".join(f"<li><b>{escape(one.name)}</b> {escape(one.about)}</li>" for one in gallery.scenarios())
    return f"<h1>What to watch</h1><ul>{offers}</ul>"


def _page(name: str, inner: str, drawn: dict[str, Any] | None) -> str:
    script = widgets.graph_script() if drawn else "const module = {};"
    style = (_HERE / "style.css").read_text(encoding="utf-8")
    page = Template((_HERE / "first.html").read_text(encoding="utf-8"))
    return page.substitute(name=escape(name), inner=inner, style=style, script=script, drawn=_literal(drawn))


def _literal(data: Any) -> str:
    """*data* as it can stand in a script, whatever is in it: nothing in it can end the script."""
    return json.dumps(data).replace("<", "\\u003c")
