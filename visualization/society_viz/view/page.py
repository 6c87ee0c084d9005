"""The page: Mesa's, with a graph that is alive, a time line, and a panel for each thing there is to know."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import solara
from matplotlib.figure import Figure

from society_sim.backends.human import seats
from society_sim.errors import SocietyError
from society_sim.forms import Choice
from society_sim.values import Query
from society_viz.errors import VizError
from society_viz.view import beside, form, gallery, scene, settings, widgets
from society_viz.view.blocks import panel, plain
from society_viz.view.compare import Beside
from society_viz.view.known import Known
from society_viz.view.member import chain, member
from society_viz.view.targets import Target, fork, seat_taken
from society_viz.view.timeline import timeline
from society_viz.view.watched import Watched
from society_viz.words import clean

with warnings.catch_warnings():  # of Solara, about Mesa's own components: harmless
    warnings.simplefilter("ignore")
    from mesa.visualization import SolaraViz
    from mesa.visualization.utils import force_update, update_counter

_HERE = Path(__file__).parent
Choose = Callable[[Target | None], None]


_LAST = ("measures", "spending")
"""Panels that always have something to say come after those that do not."""
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

    with solara.AppBar():
        solara.AppBarTitle("society_sim")
        solara.lab.ThemeToggle()
    widgets.Gallery(scenarios=told(scenarios), runs=told(runs), out=out, event_open=opened)


@solara.component
def Watching(target: Target, choose: Choose) -> None:  # noqa: N802
    """One run on Mesa's page."""
    model = solara.use_memo(lambda: solara.reactive(target.opened(settings.out(), settings.terms())), [target])
    interval, revived = solara.use_reactive(200), solara.use_reactive(0)
    watched = model.value
    solara.use_effect(lambda: watched.leave, [watched])
    name = clean(watched.plan.name if watched.plan else watched.stage.header.get("name") or "society_sim", 60)
    inputs = form.fields(watched.plan) if watched.plan and watched.can_be_changed else {}
    given: dict[str, Any] = {"of": target.of, "out": settings.out(), "terms": settings.terms()}
    given |= {"parent": target.parent, "at": target.at, "change": target.change}
    if watched.can_be_changed:
        given["seed"] = {"type": "InputText", "label": "seed", "value": str(watched.seed)}
    with solara.AppBar():
        solara.Button("All", on_click=lambda: choose(None), text=True, dark=True,
                      attributes={"title": "What there is to watch"})  # fmt: skip
    with solara.Div(classes=["sv-none"]):  # what it has to show stands in the bar and at the side
        SolaraViz(model, components=[], model_params={**given, **inputs}, name=name,
                  play_interval=interval).key(f"{revived.value} {list(inputs)}")  # fmt: skip
    View(model, revived, target, choose)


@solara.component
def View(model: solara.Reactive[Watched], revived: solara.Reactive[int], target: Target, choose: Choose) -> None:  # noqa: N802
    """The graph, what goes with it, and the way through the run."""
    update_counter.get()
    watched = model.value
    cast = solara.use_memo(scene.Cast, [watched])
    selected, select = solara.use_state(-1)
    block, look_into = solara.use_state(-1)
    trouble = ""
    picture: dict[str, Any] = {}

    def go(place: Any) -> None:
        before = watched.running
        watched.jump(int(place))
        if watched.running and not before:
            revived.value += 1  # Mesa's controller has ended; a new one goes on from here
        force_update()

    def step(_: Any = None) -> None:
        watched.step()
        force_update()

    def pick(seat: Any) -> None:
        if cast.blocks and int(seat) >= 0:
            look_into(int(seat))
        else:
            select(int(seat))

    Waiting(model)
    try:
        stage = watched.stage
        drawn, ties = cast.drawn(stage), scene.net(stage, cast)
        picture = scene.now(stage, cast)
        facts = beside.side(stage, picture, ties)
        marked, questions = beside.ticks(watched.moments, watched.parted)
    except Exception as error:  # a record that says what no record of ours says: the page says so, and stays
        trouble = f"This moment cannot be drawn ({type(error).__name__}: {clean(error, 200)})."
    moment = watched.moment
    with solara.Div(classes=["sv"]):
        if watched.trouble or trouble:
            solara.v.Html(tag="p", class_="sv-trouble", children=[clean(watched.trouble or trouble, 1_000)],
                          attributes={"role": "alert"})  # fmt: skip
        if moment is None or trouble:
            return
        with solara.Div(classes=["sv-top"]):
            with solara.Div(classes=["sv-card"]):
                widgets.Caption(question=stage.question or "Before the first question", state=watched.state,
                                lines=list(moment.lines) or ["…"], money=watched.money)  # fmt: skip
                widgets.Graph(cast=drawn, net=ties, moment=picture, selected=selected, event_choose=pick)
                widgets.Transport(place=watched.place, count=len(watched.moments), t=f"{moment.t:,.6g}",
                                  whole=not watched.going, going=watched.going, ticks=marked, questions=questions,
                                  event_go=go, event_step=step,
                                  event_wide=lambda wide: _wide.set(bool(wide)))  # fmt: skip
            with solara.Div(classes=["sv-beside"]):
                with solara.Div(classes=["sv-card"]):
                    widgets.Side(facts=facts)
                if cast.blocks and block >= 0:
                    people = [[seat, stage.name(seat)] for seat in cast.blocks[block]]
                    widgets.People(title=cast.names[block], people=people, event_choose=lambda seat: select(int(seat)),
                                   event_close=lambda _=None: look_into(-1))  # fmt: skip
                if watched.plan is not None and any(part.name == "human" for part in watched.backends):
                    Person(watched)
                if selected >= 0:
                    Someone(watched, selected, watched.place, lambda: select(-1), choose)
        if target.beside:
            Beside(watched, target.beside, watched.place, len(watched.moments), go, force_update)
        Happenings(watched, watched.place, len(watched.moments), go)
        Panels(watched, watched.place, len(watched.moments))
        if watched.plan is not None:
            Forking(watched, watched.place, choose)


@solara.component
def Waiting(model: solara.Reactive[Watched]) -> None:  # noqa: N802
    """Makes the step that was asked for as soon as the models have answered."""
    watched = model.value

    def wait() -> None:
        while watched.awaited and watched is model.value:
            watched.step()
            force_update()

    solara.lab.use_task(wait, dependencies=[watched, watched.awaited], prefer_threaded=True, raise_error=False)


@solara.component
def Happenings(watched: Watched, place: int, count: int, go: Callable[[Any], None]) -> None:  # noqa: N802
    """The time line."""
    wanted, want = solara.use_state({"hidden": [], "words": ""})
    found = timeline(watched.moments[:count], place, list(wanted["hidden"]), str(wanted["words"]))

    def filtered(said: Any) -> None:
        if isinstance(said, dict) and isinstance(said.get("hidden"), list):
            want({"hidden": [str(one) for one in said["hidden"]], "words": str(said.get("words", ""))})

    widgets.Events(rows=found["rows"], kinds=found["kinds"], told=found["told"], hidden=wanted["hidden"],
                   words=wanted["words"], place=place, event_go=go, event_filter=filtered)  # fmt: skip


@solara.component
def Panels(watched: Watched, place: int, count: int) -> None:  # noqa: N802
    """The panels that have something to show, made beside what is being watched."""

    def made() -> tuple[list[dict[str, Any]], list[tuple[str, Figure]]]:
        known = watched.known()
        return shown(known) if known is not None else ([], [])

    task = solara.lab.use_task(made, dependencies=[watched, place, count == place + 1 and count], prefer_threaded=True,
                               raise_error=False)  # fmt: skip
    blocks, figures = task.latest or ([], [])
    widgets.Panels(panels=blocks)
    for title, figure in figures:
        with solara.Div(classes=["sv-card"]):
            solara.Text(title)
            solara.FigureMatplotlib(figure)


def shown(known: Known) -> tuple[list[dict[str, Any]], list[tuple[str, Figure]]]:
    """What each panel shows of what is known, as blocks or as a figure; what goes wrong in one is said in its place."""
    blocks, figures = [], []
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


@solara.component
def Person(watched: Watched) -> None:  # noqa: N802
    """Lets somebody answer whom the run asks."""
    asked, ask = solara.use_state({"key": "", "name": "", "system": "", "text": "", "options": []})
    wrong, say = solara.use_state("")

    def attend(cancelled: Any) -> None:
        with seats.attended():
            while not cancelled.is_set():
                waiting = seats.waiting
                now = _question(watched, waiting[0]) if waiting else {**asked, "key": ""}
                ask(now)
                time.sleep(0.25)
                if not watched.going:
                    return

    solara.use_thread(attend, dependencies=[watched])

    def send(said: Any) -> None:
        try:
            seats.answer(str(said["key"]), str(said["text"])[:20_000])
            say("")
            ask({**asked, "key": ""})
        except ValueError as error:
            say(f"That is not in the form that is asked for: {clean(error, 300)}")

    widgets.Seat(asked=asked, wrong=wrong, event_send=send)


def _question(watched: Watched, query: Query) -> dict[str, Any]:
    """What somebody is asked who sits at the page."""
    options = list(query.form.options) if isinstance(query.form, Choice) else []
    return {"key": query.key, "name": watched.stage.name(query.member), "system": query.system, "text": query.text,
            "options": options}  # fmt: skip


@solara.component
def Someone(  # noqa: N802
    watched: Watched, seat: int, place: int, close: Callable[[], None], choose: Choose
) -> None:
    """A member, and the chain that led to one of its acts."""
    act, look = solara.use_state("")
    wrong, say = solara.use_state("")

    def sit(_: Any = None) -> None:
        try:
            choose(seat_taken(watched, seat))
        except (SocietyError, VizError) as error:
            say(clean(error, 600))

    def made() -> tuple[dict[str, Any] | None, list[list[Any]]]:
        known = watched.known()
        if known is None:
            return None, []
        watched.hand_over()
        return member(known, seat), chain(known, seat, act, watched.folder) if act else []

    task = solara.lab.use_task(made, dependencies=[watched, seat, place, act], prefer_threaded=True, raise_error=False)
    facts, steps = task.latest or (None, [])
    if facts is not None and facts["seat"] == seat:
        widgets.Member(facts=facts, act=act, chain=steps, wrong=wrong, event_look=lambda key: look(str(key)),
                       event_close=lambda _=None: close(), event_sit=sit)  # fmt: skip


@solara.component
def Forking(watched: Watched, place: int, choose: Choose) -> None:  # noqa: N802
    """Change this and go on."""
    wrong, say = solara.use_state("")
    moment, plan = watched.moment, watched.plan
    if moment is None or plan is None:
        return

    addresses = [[address, text] for address, text in form.texts(plan).items() if not address.startswith("population")]

    def part(said: Any) -> None:
        if said.get("address") not in [address for address, _ in addresses]:
            return
        try:
            choose(fork(watched, (f"{said['address']}={said['value']}",)))
        except (SocietyError, VizError) as error:
            say(clean(error, 600))

    widgets.Fork(t=f"{moment.t:,.6g}", addresses=addresses, wrong=wrong, parent=watched.parent, event_part=part)
