"""The page: Mesa's, with a graph that is alive, a time line, and a panel for each thing there is to know."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import solara

from society_viz.stage import Stage
from society_viz.view import beside, gallery, scene, settings, widgets
from society_viz.view.acting import Choose, Forking, Person, Someone
from society_viz.view.beneath import Happenings, Panels
from society_viz.view.compare import Beside
from society_viz.view.controls import installed, look_again, playing
from society_viz.view.targets import Target
from society_viz.view.track import Moment
from society_viz.view.watched import Watched
from society_viz.words import clean

with warnings.catch_warnings():  # of Solara, about Mesa's own components: harmless
    warnings.simplefilter("ignore")
    from mesa.visualization import SolaraViz
    from mesa.visualization.utils import update_counter

installed()
_HERE = Path(__file__).parent
_wide = solara.reactive(False)
"""Whether there is room for the side bar beside the graph; each page has its own."""


@solara.component
def Layout(children: Any = ()) -> Any:  # noqa: N802 - components are written as classes are
    """Mesa's side bar is open where there is room for it."""
    return solara.AppLayout(children=children, sidebar_open=_wide.value)


@solara.component
def Page() -> None:  # noqa: N802
    """A run, or what there is to watch."""
    solara.Style((_HERE / "style.css").read_text(encoding="utf-8"))
    first = settings.target()
    chosen, choose = solara.use_state(Target(first, settings.seed()) if first else None)
    with solara.Head():
        solara.Title(f"society_sim: {clean(Path(chosen.of).name, 60)}" if chosen else "society_sim")
    if chosen:
        Watching(chosen, choose).key(repr(chosen))
    else:
        Choosing(choose)


@solara.component
def Choosing(choose: Choose) -> None:  # noqa: N802
    """The gallery."""
    out = settings.out()
    scenarios = solara.use_memo(gallery.scenarios, [])
    runs = solara.use_memo(lambda: gallery.runs(Path(out)), [])

    def told(offers: list[gallery.Offer]) -> list[dict[str, Any]]:
        return [{"of": one.of, "name": one.name, "about": one.about, "parts": list(one.parts)} for one in offers]

    def opened(of: str) -> None:
        if of in {one.of for one in (*scenarios, *runs)}:  # nothing else on this machine
            choose(Target(of, settings.seed()))

    def compared(two: Any) -> None:
        if isinstance(two, list) and len(two) == 2 and set(two) <= {one.of for one in runs}:
            choose(Target(two[0], beside=two[1]))

    with solara.AppBar():
        solara.AppBarTitle("society_sim")
        solara.lab.ThemeToggle()
    widgets.Gallery(scenarios=told(scenarios), runs=told(runs), out=out, event_open=opened, event_compare=compared)


@solara.component
def Watching(target: Target, choose: Choose) -> None:  # noqa: N802
    """One run on Mesa's page."""
    model = solara.use_memo(lambda: solara.reactive(target.opened(settings.out(), settings.terms())), [target])
    interval = solara.use_reactive(200)
    watched = model.value
    solara.use_effect(lambda: watched.leave, [watched])
    solara.use_effect(lambda: lambda: playing.set(False), [target])
    name = clean(watched.plan.name if watched.plan else watched.stage.header.get("name") or "society_sim", 60)
    given: dict[str, Any] = {"of": target.of, "out": settings.out(), "terms": settings.terms(), "seed": target.seed}
    given |= {"parent": target.parent, "at": target.at, "change": target.change}
    with solara.AppBar():
        solara.Button("Gallery", on_click=lambda: choose(None), text=True, dark=True,
                      attributes={"title": "What there is to watch"})  # fmt: skip
    with solara.Div(classes=["sv-none"]):  # what it has to show stands in the bar and at the side
        SolaraViz(model, components=[], model_params=given, name=name, play_interval=interval)
    View(model, target, choose)


@dataclass(frozen=True, slots=True)
class Shot:
    """What the page shows of a moment, as plain data."""

    moment: Moment
    stage: Stage
    drawn: scene.Scene
    ties: scene.Scene
    picture: scene.Scene
    facts: dict[str, Any]
    marked: list[list[Any]]
    questions: list[int]


def shot(watched: Watched, cast: scene.Cast, beside_it: bool) -> Shot | None:
    """The moment that *watched* is at; `None` before there is any."""
    moment = watched.moment
    if moment is None:
        return None
    stage = watched.stage
    drawn, ties = cast.drawn(stage), scene.net(stage, cast)
    picture = scene.now(stage, cast)
    marked, questions = beside.ticks(watched.moments, watched.parted if beside_it else -1)
    return Shot(moment, stage, drawn, ties, picture, beside.side(stage, picture, ties), marked, questions)


@solara.component
def View(model: solara.Reactive[Watched], target: Target, choose: Choose) -> None:  # noqa: N802
    """The graph, what goes with it, and the way through the run.

    What is not always there has a place of its own that is: when it comes and goes, nothing around it is made anew.
    """
    update_counter.get()
    watched = model.value
    cast = solara.use_memo(scene.Cast, [watched])
    last = solara.use_ref(None)
    selected, select = solara.use_state(-1)
    block, look_into = solara.use_state(-1)
    other, put_beside = solara.use_state(target.beside)

    def go(place: Any) -> None:
        watched.jump(int(place))
        look_again()

    def step(_: Any = None) -> None:
        watched.step()
        look_again()

    def keep(number: Any) -> None:
        watched.keeps_to = int(number)
        look_again()

    def pick(seat: int) -> None:
        if cast.blocks and seat >= 0:
            look_into(seat)
        else:
            select(seat)

    def choose_other(folder: str) -> None:
        watched.parted = -1
        put_beside(folder)

    Waiting(model)
    trouble = watched.trouble
    try:
        last.current = (watched, shot(watched, cast, bool(other)))
    except Exception as error:  # a record that says what no record of ours says: the page says so, and stays
        trouble = trouble or f"This moment cannot be drawn ({type(error).__name__}: {clean(error, 200)})."
    seen: Shot | None = last.current[1] if last.current is not None and last.current[0] is watched else None
    here = watched.place
    solara.use_effect(lambda: setattr(watched, "shown", here), [watched, here])
    with solara.Div(classes=["sv"]):
        with solara.Div():
            if trouble:
                solara.v.Html(tag="p", class_="sv-trouble", children=[clean(trouble, 1_000)],
                              attributes={"role": "alert"})  # fmt: skip
        if seen is None:
            return
        place, count = watched.place, len(watched.moments)
        with solara.Div(classes=["sv-top"]):
            with solara.Div(classes=["sv-card"]):
                widgets.Caption(question=seen.stage.table.question or "Before the first question", state=watched.state,
                                lines=beside.told(seen.moment, seen.stage, watched.lines(place)), money=watched.money,
                                about=about(watched), event_keep=keep,
                                tables=beside.under_way(seen.moment, seen.stage, watched.keeps_to))  # fmt: skip
                widgets.Graph(cast=seen.drawn, net=seen.ties, moment=seen.picture, selected=selected,
                              event_choose=pick)  # fmt: skip
                widgets.Transport(place=place, after=watched.neighbour(1), before=watched.neighbour(-1), count=count,
                                  t=f"{seen.moment.t:,.6g}", whole=not watched.going,
                                  going=watched.going, playing=playing.value, ticks=seen.marked,
                                  questions=seen.questions, event_go=go, event_step=step,
                                  event_play=lambda on: playing.set(bool(on) and watched.running),
                                  event_wide=lambda wide: _wide.set(bool(wide)))  # fmt: skip
            with solara.Div(classes=["sv-beside"]):
                with solara.Div():
                    if watched.plan is not None and any(part.name == "human" for part in watched.backends):
                        Person(watched)
                with solara.Div(classes=["sv-card"]):
                    widgets.Side(facts=seen.facts)
                with solara.Div():
                    if cast.blocks and block >= 0:
                        people = [[seat, seen.stage.name(seat)] for seat in cast.blocks[block]]
                        widgets.People(title=cast.names[block], people=people,
                                       event_choose=lambda seat: select(int(seat)),
                                       event_close=lambda _=None: look_into(-1))  # fmt: skip
                with solara.Div():
                    if selected >= 0:
                        Someone(watched, selected, place, lambda: select(-1), choose)
        with solara.Div():
            if other:
                Beside(watched, other, place, count, go, keep, look_again).key(other)
        Happenings(watched, place, count, go)
        Panels(watched, place, count)
        with solara.Div():
            if watched.plan is not None:
                Forking(watched, place, choose)
        Picking(watched, other, choose_other)


def about(watched: Watched) -> list[str]:
    """What a scenario is about, what is expected of it, and where it is from; nothing where that is not known."""
    plan = watched.plan
    if plan is None:
        return []
    expected = plan.expect or (watched.base.expect if watched.base is not None else None)
    lines = [plan.about, f"Expected: {expected.says}" if expected is not None and expected.says else "",
             f"Source: {plan.source}" if plan.source else ""]  # fmt: skip
    return [clean(line, 1_200) for line in lines if line]


@solara.component
def Picking(watched: Watched, other: str, put_beside: Callable[[str], None]) -> None:  # noqa: N802
    """Another run that is kept, to be put beside this one."""
    offers = solara.use_memo(lambda: gallery.runs(Path(settings.out())), [watched, other])
    here = watched.folder.resolve()
    runs = [[one.of, one.name] for one in offers if Path(one.of).resolve() != here]
    known = {of for of, _ in runs}

    def chosen(of: Any) -> None:
        if of == "" or of in known:
            put_beside(str(of))

    widgets.Pick(runs=runs, beside=other, event_put=chosen)


@solara.component
def Waiting(model: solara.Reactive[Watched]) -> None:  # noqa: N802
    """Makes the step that was asked for as soon as the models have answered."""
    watched = model.value

    def wait() -> None:
        while watched.awaited and watched is model.value:
            watched.step()
            look_again()

    solara.lab.use_task(wait, dependencies=[watched, watched.awaited], prefer_threaded=True, raise_error=False)
