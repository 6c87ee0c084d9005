"""The page: Mesa's, with a graph that is alive, a time line, and a panel for each thing there is to know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import solara
from mesa.visualization import SolaraViz
from mesa.visualization.utils import force_update, update_counter

from society_viz.view import beside, scene, settings
from society_viz.view.watched import Watched
from society_viz.words import clean

_HERE = Path(__file__).parent


@solara.component_vue("graph.vue")
def Graph(cast: dict[str, Any], net: dict[str, Any], moment: dict[str, Any], selected: int, event_choose: Any) -> None:
    """The society as a graph; `event_choose` gets the seat (or the community) that somebody points at."""


@solara.component_vue("transport.vue")
def Transport(place: int, count: int, t: str, whole: bool, going: bool, ticks: list[Any], questions: list[int],
              event_go: Any, event_step: Any) -> None:  # fmt: skip
    """Play, pause, step, jump, and the way through the run."""


@solara.component_vue("side.vue")
def Side(facts: dict[str, Any]) -> None:
    """Tallies, the decision, and what lines mean."""


@solara.component
def Page() -> None:
    """A run, or what there is to watch."""
    solara.Style(_HERE / "style.css")
    chosen, choose = solara.use_state(settings.target())
    with solara.Head():
        solara.Title("society_sim")
    if chosen:
        Watching(chosen)
    else:
        solara.Text("Nothing chosen")


@solara.component
def Watching(of: str) -> None:
    """One run on Mesa's page."""
    model = solara.use_memo(lambda: solara.reactive(_opened(of)), [of])
    interval = solara.use_reactive(200)
    revived = solara.use_reactive(0)
    watched = model.value
    name = watched.plan.name if watched.plan else clean(watched.stage.header.get("name") or "society_sim", 60)
    SolaraViz(model, components=[], model_params={"of": of, "out": settings.out()}, name=name,
              play_interval=interval).key(f"{of} {revived.value}")  # fmt: skip
    View(model, revived)


def _opened(of: str) -> Watched:
    return Watched(of, seed=settings.seed(), out=settings.out())


@solara.component
def View(model: solara.Reactive[Watched], revived: solara.Reactive[int]) -> None:
    """The graph, what goes with it, and the way through the run."""
    update_counter.get()
    watched = model.value
    cast = solara.use_memo(scene.Cast, [watched])
    selected, select = solara.use_state(-1)
    stage, moment = watched.stage, watched.moment

    def go(place: int) -> None:
        before = watched.running
        watched.jump(int(place))
        if watched.running and not before:
            revived.value += 1
        force_update()

    def step(_: Any = None) -> None:
        watched.step()
        force_update()

    drawn = cast.drawn(stage)
    ties = scene.net(stage, cast)
    picture = scene.now(stage, cast)
    marked, questions = beside.ticks(watched.moments)
    with solara.Div(classes=["sv"]):
        if watched.trouble:
            solara.Div(classes=["sv-trouble"], children=[watched.trouble])
        if moment is None:
            return
        with solara.Div(classes=["sv-top"]):
            with solara.Div(classes=["sv-card"]):
                solara.v.Html(tag="p", class_="sv-question", children=[stage.question or "Before the first question"])
                Graph(cast=drawn, net=ties, moment=picture, selected=selected,
                      event_choose=lambda seat: select(int(seat)))
                with solara.v.Html(tag="div", class_="sv-caption", attributes={"aria-live": "polite"}):
                    for line in moment.lines or ("…",):
                        solara.v.Html(tag="p", children=[line])
                Transport(
                    place=watched.place, count=len(watched.moments), t=f"{moment.t:,.6g}", whole=not watched.going,
                    going=watched.going, ticks=marked, questions=questions, event_go=go, event_step=step,
                )  # fmt: skip
            with solara.Div(classes=["sv-card"]):
                Side(facts=beside.side(stage, picture, ties))
