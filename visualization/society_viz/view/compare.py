"""Two runs side by side, and the first thing in which they differ."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import solara

from society_viz.reading import Entry
from society_viz.view import beside, scene, widgets
from society_viz.view.track import Track
from society_viz.view.watched import Watched
from society_viz.words import clean, spoken

_APART = frozenset({"header", "change", "end"})


class Parting:
    """Where two runs first differ. What was found to agree is not read again as both grow.

    How they begin, the change itself and how they end is no difference.
    """

    def __init__(self, one: Track, other: Track) -> None:
        self._tracks = one, other
        self._agreed = (0, 0), (0, 0)  # the moment of each up to which they agree, and how much of that moment
        self._found: tuple[int, int] | None = None
        self._lock = threading.Lock()

    def look(self) -> tuple[int, int] | None:
        """The moments of both in which they first differ; `None` while they do not, as far as both are there."""
        with self._lock:
            self._found = self._found or self._looked()
            return self._found

    def _looked(self) -> tuple[int, int] | None:
        one, other = self._tracks
        happened = (_happened(track, *agreed) for track, agreed in zip(self._tracks, self._agreed, strict=True))
        for (here, n, entry), (there, m, counterpart) in zip_longest(*happened, fillvalue=(-1, 0, None)):
            if entry is None or counterpart is None:
                longer, at = (one, here) if counterpart is None else (other, there)
                shorter = other if counterpart is None else one
                if not shorter.whole:
                    return None
                return (at, len(shorter.moments) - 1) if longer is one else (len(shorter.moments) - 1, at)
            if entry != counterpart:
                return here, there
            self._agreed = (here, n), (there, m)
        return None


def between(one: Watched, other: Watched) -> Parting | None:
    """Where two runs part; `None` if one of them could not be opened."""
    return Parting(one.source.track, other.source.track) if one.source and other.source else None


def _happened(track: Track, moment: int, known: int) -> Iterator[tuple[int, int, Entry]]:
    """What happened from *moment* on but for the first *known* of it; each with its moment and its number there."""
    for at in range(moment, len(track.moments)):
        happened = (entry for entry in track.entries_of(at, at) if entry["kind"] not in _APART)
        left_out = known if at == moment else 0
        for number, entry in enumerate(islice(happened, left_out, None), left_out + 1):
            yield at, number, entry


def at_time(track: Track, moment: int, of: Track) -> int:
    """The last moment of *track* that is no later than *moment* of another; the same one, as long as both agree."""
    t = of.moments[moment].t
    same = track.moments[moment] if moment < len(track.moments) else None
    now = of.moments[moment]
    if same is not None and (same.t, same.kind, same.question) == (t, now.kind, now.question):
        return moment
    found = 0
    for place, one in enumerate(track.moments):
        if one.t > t:
            break
        found = place
    return found


@solara.component
def Beside(  # noqa: N802
    watched: Watched, folder: str, place: int, moments: int, go: Callable[[Any], None], keep: Callable[[Any], None],
    mark: Callable[[], None],
) -> None:  # fmt: skip
    """The run in *folder* at the time that *watched* is at; `mark` is called when it is known where they part."""
    other = solara.use_memo(lambda: Watched(folder), [folder])
    cast = solara.use_memo(scene.Cast, [other])
    solara.use_effect(lambda: other.leave, [other])
    count = (moments, len(other.moments))
    parting = solara.use_memo(lambda: between(watched, other), [watched, other])

    def found() -> tuple[int, int] | None:
        if watched.moment is not None and other.moments:
            other.keep_up(watched.moment.t)
        found = parting.look() if parting is not None else None
        if found is not None and watched.parted != found[0]:
            watched.parted = found[0]
            mark()
        return found

    task = solara.lab.use_task(found, dependencies=[watched, other, place, *count], prefer_threaded=True,
                               raise_error=False)  # fmt: skip
    difference = task.latest
    if watched.moment is None or other.source is None or not other.moments:
        if other.trouble:
            solara.v.Html(tag="p", class_="sv-trouble", children=[clean(other.trouble, 600)])
        return
    try:
        there = at_time(other.source.track, place, watched.source.track)  # type: ignore[union-attr]
        other.jump(there)
        other.keeps_to = watched.keeps_to
        stage = other.stage
        drawn, ties, picture = cast.drawn(stage), scene.net(stage, cast), scene.now(stage, cast)
    except Exception as error:  # as the page does with the run that is watched
        solara.v.Html(tag="p", class_="sv-trouble", children=[clean(error, 600)])
        return
    with solara.Div(classes=["sv-card"]):
        solara.v.Html(tag="h2", class_="sv-head", children=[f"Beside it: {clean(Path(folder).parent.name, 60)} at t = "
                                                            f"{other.moments[there].t:,.6g}"])  # fmt: skip
        if difference is None:
            solara.v.Html(tag="p", children=["So far there is no difference between the two."])
        else:
            now = " (this is where they part)" if place == difference[0] else ""
            with solara.Row(style={"align-items": "center"}):
                solara.v.Html(tag="p", children=[_first(watched, other, difference) + now])
                solara.Button("Go there", on_click=lambda: go(difference[0]), outlined=True)
        with solara.Div(classes=["sv-two"]):
            widgets.Graph(cast=drawn, net=ties, moment=picture, selected=-1, event_choose=lambda _: None)
            widgets.Caption(question=stage.table.question or "Before the first question",
                            lines=beside.told(other.moments[there], stage, other.lines(there)), state="", money="",
                            about=[], tables=beside.under_way(other.moments[there], stage, watched.keeps_to),
                            event_keep=keep)  # fmt: skip


def _first(watched: Watched, other: Watched, difference: tuple[int, int]) -> str:
    """Where two runs first differ, and what each of them has there."""
    here = watched.moments[difference[0]]
    said, counter = (spoken(next(iter(run.lines(at)), run.moments[at].kind), 160)
                     for run, at in zip((watched, other), difference, strict=True))  # fmt: skip
    if said == counter:
        return f"The first difference is at t = {here.t:,.6g} ({here.kind}): {said}"
    return f"The first difference is at t = {here.t:,.6g}. Here: {said.rstrip('.')}. Beside it: {counter}"
