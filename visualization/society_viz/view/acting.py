"""What somebody at the page can do in a run: look into a member, take its seat, answer for it, change things."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import solara

from society_sim.errors import SocietyError
from society_viz.errors import VizError
from society_viz.view import form, widgets
from society_viz.view.asking import asked as questioned
from society_viz.view.member import chain, member
from society_viz.view.targets import Target, fork, seat_taken
from society_viz.view.watched import Watched
from society_viz.words import clean

Choose = Callable[[Target | None], None]


@solara.component
def Person(watched: Watched) -> None:  # noqa: N802
    """Lets somebody answer whom the run asks."""
    asked, ask = solara.use_state({"key": "", "name": "", "system": "", "text": "", "fields": []})
    wrong, say = solara.use_state("")

    seats = watched.seats

    def attend(cancelled: Any) -> None:
        if seats is None:  # of what is recorded nobody is asked
            return
        with seats.attended():
            while not cancelled.is_set():
                waiting = seats.waiting
                now = questioned(waiting[0], watched.stage.name(waiting[0].member)) if waiting else None
                ask(lambda before, now=now: now or {**before, "key": ""})
                time.sleep(0.25)
                if not watched.going:
                    return

    solara.use_thread(attend, dependencies=[watched], intrusive_cancel=False)

    def send(said: Any) -> None:
        if seats is None:
            return
        try:
            seats.answer(str(said["key"]), str(said["text"])[:20_000])
            say("")
            ask(lambda before: {**before, "key": ""})
        except ValueError as error:
            say(f"That is not in the form that is asked for: {clean(error, 300)}")

    widgets.Seat(asked=asked, wrong=wrong, event_send=send)


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
