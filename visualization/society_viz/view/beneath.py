"""What stands beneath the graph: the time line, and the panels."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import solara
from matplotlib.figure import Figure

from society_viz.view import widgets
from society_viz.view.blocks import Words, panel, plain
from society_viz.view.known import Known
from society_viz.view.timeline import timeline
from society_viz.view.watched import Watched
from society_viz.words import clean

_LAST = ("measures", "spending")
"""Panels that always have something to say come after those that do not."""


@solara.component
def Happenings(watched: Watched, place: int, count: int, go: Callable[[Any], None]) -> None:  # noqa: N802
    """The time line."""
    wanted, want = solara.use_state({"hidden": [], "words": ""})
    found = timeline(watched.moments[:count], watched.lines, place, list(wanted["hidden"]), str(wanted["words"]))

    def filtered(said: Any) -> None:
        if isinstance(said, dict) and isinstance(said.get("hidden"), list):
            want({"hidden": [str(one) for one in said["hidden"]], "words": str(said.get("words", ""))})

    widgets.Events(rows=found["rows"], kinds=found["kinds"], told=found["told"], hidden=wanted["hidden"],
                   words=wanted["words"], place=place, event_go=go, event_filter=filtered)  # fmt: skip


@solara.component
def Panels(watched: Watched, place: int, count: int) -> None:  # noqa: N802
    """The panels that have something to show, made beside what is being watched."""
    one = solara.use_memo(threading.Lock, [])

    def made() -> tuple[list[dict[str, Any]], list[tuple[str, Figure]]]:
        with one:  # at a time: a run that plays on would start more of them than can be made
            known = watched.known() if watched.place == place else None
            if known is None:
                return [], []  # nobody looks at that moment any more
            begun = time.thread_time()
            found = shown(known)
            time.sleep(min(time.thread_time() - begun, 2.0))  # the picture comes first
            return found

    task = solara.lab.use_task(made, dependencies=[watched, place, watched.keeps_to, count == place + 1 and count],
                               prefer_threaded=True, raise_error=False)  # fmt: skip
    blocks, figures = task.latest or ([], [])
    widgets.Panels(panels=blocks)
    for title, figure in figures:
        with solara.Div(classes=["sv-card"]):
            solara.Text(title)
            solara.FigureMatplotlib(figure)


def shown(known: Known) -> tuple[list[dict[str, Any]], list[tuple[str, Figure]]]:
    """What each panel shows of what is known, as blocks or as a figure; what goes wrong in one is said in its place."""
    blocks, figures = [], []
    if not known.whole:
        said = f"Panels have read the first {len(known.entries):,} entries alone; the graph and the time line go on."
        blocks.append({"name": "long", "title": "A very long record", "about": "", "blocks": [plain(Words([said]))]})
    for name, part in sorted(panel.parts.items(), key=lambda item: item[0] in _LAST):
        title = name.replace("_", " ").capitalize()
        try:
            given = part.function(known)
            if isinstance(given, Figure):
                figures.append((title, given))
                continue
            made = [plain(one) for one in given] if given else []
        except Exception as error:  # a user's panel, or a record that is not as a record is
            made = [{"kind": "words", "lines": [f"cannot be shown: {type(error).__name__}: {clean(error, 200)}"]}]
        if made:
            blocks.append({"name": name, "title": title, "about": part.about, "blocks": made})
    return blocks, figures
