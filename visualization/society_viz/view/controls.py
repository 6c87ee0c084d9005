"""What drives a run on Mesa's page, and the form of its parameters: in place of Mesa's own, which see `installed`."""

from __future__ import annotations

import itertools
import threading
import time
import warnings
from typing import Any

import solara

from society_viz.view import form, widgets
from society_viz.view.watched import Watched
from society_viz.words import clean

with warnings.catch_warnings():  # of Solara, about Mesa's own components: harmless
    warnings.simplefilter("ignore")
    from mesa.visualization import solara_viz
    from mesa.visualization.utils import update_counter

playing = solara.reactive(False)
"""Whether the run plays; each page has its own."""
_looks = itertools.count(1)
_PATIENT = 2.0  # seconds that playing waits for a moment to be shown


def look_again() -> None:
    """Let the page show how things stand now.

    Mesa's own way of saying so adds one to what was there: of two threads that do it at once only one is heard.
    """
    update_counter.value = next(_looks)


def installed() -> None:
    """Let Mesa's page use what is here.

    Its own player makes one more step after it was told to pause, and two play at once when it is told to play again
    before that; a part chosen in its form leaves the parameters of the other part there.
    """
    solara_viz.ModelController, solara_viz.ModelCreator = Controller, Creator


@solara.component
def Controller(  # noqa: N802 - components are written as classes are
    model: solara.Reactive[Watched], *, model_parameters: solara.Reactive[dict[str, Any]],
    play_interval: solara.Reactive[int], render_interval: solara.Reactive[int], **_: Any,
) -> None:  # fmt: skip
    """Reset, play or pause, step."""
    update_counter.get()
    watched = model.value

    def play(stopped: threading.Event) -> None:
        while playing.peek() and not stopped.wait(play_interval.peek() / 1_000):
            for _ in range(render_interval.peek()):
                watched.step(stopped.is_set)
                if stopped.is_set() or not watched.running:
                    break
            if not watched.running and not stopped.is_set():
                playing.value = False
            look_again()
            until = time.monotonic() + _PATIENT
            while watched.shown not in (None, watched.place) and time.monotonic() < until and not stopped.wait(0.02):
                pass  # a page that is slower than the run would come to show nothing but its end

    solara.use_thread(play, dependencies=[watched, playing.value], intrusive_cancel=False)

    def reset() -> None:
        playing.value = False
        model.value = type(watched)(**model_parameters.value)

    def step() -> None:
        watched.step()
        look_again()

    with solara.Row(justify="space-between"):
        solara.Button("Reset", color="primary", on_click=reset)
        solara.Button("❚❚" if playing.value else "▶", color="primary", disabled=not (watched.running or playing.value),
                      on_click=lambda: playing.set(not playing.value),
                      attributes={"aria-label": "Pause" if playing.value else "Play"})  # fmt: skip
        solara.Button("Step", color="primary", disabled=playing.value or not watched.running, on_click=step)


@solara.component
def Creator(  # noqa: N802
    model: solara.Reactive[Watched], user_params: dict[str, Any], *,
    model_parameters: solara.Reactive[dict[str, Any]],
) -> None:  # fmt: skip
    """The form: what is set in it begins a run of its own, and what is wrong with it is said there."""
    wrong, say = solara.use_state("")
    solara.use_effect(lambda: model_parameters.set(dict(user_params)), [])
    watched = model.value
    if watched.plan is None or not watched.can_be_changed:
        solara.Text("This run is recorded: its parameters are what they were. It can be forked, below.")
        return

    def begin(said: Any) -> None:
        new = wanted(model_parameters.value, said if isinstance(said, dict) else {})
        other = type(watched)(**new)
        say(clean(other.wrong, 600))
        if not other.wrong:
            playing.value = False
            model_parameters.value, model.value = new, other

    now = model_parameters.value
    base = watched.base
    widgets.Form(groups=form.groups(watched.plan), design=form.design(base) if base is not None else [],
                 cell=dict(now.get("cell") or ()), seed=str(watched.seed), wrong=wrong,
                 begun=watched.plan.digest[:12], event_begin=begin)  # fmt: skip


_OWN = frozenset({"of", "out", "terms", "parent", "at", "change", "seed", "cell"})


def wanted(now: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """The parameters *now* with what is *said* in the form: `sets` by address, the `cell` of the design, a `seed`.

    Another cell, or another part in a section, is without what was set for the one before.

    >>> now = {"of": "second_look", "topology": "ring", "topology.k": "6"}
    >>> wanted(now, {"sets": {"topology": "flat"}, "seed": "3"})
    {'of': 'second_look', 'topology': 'flat', 'seed': '3'}
    """
    sets = {str(address): str(value)[:20_000] for address, value in dict(said.get("sets") or {}).items()
            if "." in str(address) or str(address) in form.PARTS}  # fmt: skip
    cell = tuple((str(name), str(level)) for name, level in dict(said.get("cell") or {}).items())
    other = "cell" in said and cell != tuple(now.get("cell") or ())
    kept = {name: value for name, value in now.items()
            if name in _OWN or not (other or any(name.startswith(f"{part}.") for part in sets))}  # fmt: skip
    if other:
        kept["cell"] = cell
    return {**kept, **sets, **({"seed": str(said["seed"])} if said.get("seed") else {})}
