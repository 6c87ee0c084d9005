"""The page's parts that are drawn in the browser. What they are given is plain data, and words in it are words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipyvuetify
import solara
import traitlets

Data = dict[str, Any]
Handler = Callable[..., Any]
_HERE = Path(__file__).parent
_SCRIPTS = ("graph_places.js", "graph_lines.js", "graph_members.js", "graph_hands.js")


def _graph() -> str:
    """The template of the graph, with its scripts put where its own begins."""
    read = [(_HERE / name).read_text(encoding="utf-8") for name in ("graph.vue", *_SCRIPTS)]
    return read[0].replace("<script>\n", "<script>\n" + "".join(read[1:]), 1)


def graph_script() -> str:
    """The graph's script by itself: it leaves what draws a moment in `module.exports.methods`."""
    return "const module = {};\n" + _graph().partition("<script>\n")[2].partition("</script>")[0]


class _Graph(ipyvuetify.VuetifyTemplate):  # type: ignore[misc, name-defined]  # ipyvuetify ships no types
    template = traitlets.Unicode(_graph()).tag(sync=True)
    cast, net, moment = (traitlets.Dict().tag(sync=True) for _ in range(3))
    selected = traitlets.Int(-1).tag(sync=True)
    chosen = traitlets.Any()

    def vue_choose(self, data: Any) -> None:
        if isinstance(data, int):
            self.chosen(data)


def Graph(cast: Data, net: Data, moment: Data, selected: int, event_choose: Handler) -> Any:  # noqa: N802
    """The society as a graph; `event_choose` gets the seat (or the community) that somebody points at, or -1."""
    return _Graph.element(cast=cast, net=net, moment=moment, selected=selected, chosen=event_choose)


@solara.component_vue("transport.vue")
def Transport(  # noqa: N802
    place: int, after: int, before: int, count: int, t: str, whole: bool, going: bool, playing: bool, ticks: list[Any],
    questions: list[int], event_go: Handler, event_step: Handler, event_play: Handler, event_wide: Handler,
) -> None:  # fmt: skip
    """Play, pause, step, jump, and the way through the run."""


@solara.component_vue("side.vue")
def Side(facts: Data) -> None:  # noqa: N802
    """Tallies, the decision, and what lines mean."""


@solara.component_vue("caption.vue")
def Caption(  # noqa: N802
    question: str, lines: list[str], state: str, money: str, about: list[str], tables: Data, event_keep: Handler
) -> None:  # fmt: skip
    """The question, those that are under way as well, and what happens in words.

    `event_keep` gets the number of the question that somebody keeps to; 0 for that which is acted on.
    """


@solara.component_vue("panels.vue")
def Panels(panels: list[Data]) -> None:  # noqa: N802
    """The panels."""


@solara.component_vue("events.vue")
def Events(  # noqa: N802
    rows: list[Any], kinds: list[Any], hidden: list[str], words: str, told: str, place: int, event_go: Handler,
    event_filter: Handler,
) -> None:  # fmt: skip
    """The time line with its filters."""


@solara.component_vue("member.vue")
def Member(  # noqa: N802
    facts: Data, act: str, chain: list[Any], wrong: str, event_look: Handler, event_close: Handler, event_sit: Handler
) -> None:  # fmt: skip
    """A member, and what led to each of its acts."""


@solara.component_vue("people.vue")
def People(title: str, people: list[Any], event_choose: Handler, event_close: Handler) -> None:  # noqa: N802
    """Members to choose from, by name."""


@solara.component_vue("seat.vue")
def Seat(asked: Data, wrong: str, event_send: Handler) -> None:  # noqa: N802
    """What a person is asked, and where the answer is given."""


@solara.component_vue("fork.vue")
def Fork(t: str, addresses: list[Any], wrong: str, parent: str, event_part: Handler) -> None:  # noqa: N802
    """Change this and go on."""


@solara.component_vue("gallery.vue")
def Gallery(  # noqa: N802
    scenarios: list[Data], runs: list[Data], out: str, event_open: Handler, event_compare: Handler
) -> None:  # fmt: skip
    """What there is to watch."""


@solara.component_vue("form.vue")
def Form(  # noqa: N802
    groups: list[Data], design: list[Any], cell: Data, seed: str, wrong: str, begun: str, event_begin: Handler
) -> None:  # fmt: skip
    """A scenario's parameters; `event_begin` gets what was changed in it."""


@solara.component_vue("pick.vue")
def Pick(runs: list[Any], beside: str, event_put: Handler) -> None:  # noqa: N802
    """Another run to put beside this one."""
