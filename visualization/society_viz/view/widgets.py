"""The page's parts that are drawn in the browser. What they are given is plain data, and words in it are words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara

Data = dict[str, Any]
Handler = Callable[..., Any]


@solara.component_vue("graph.vue")
def Graph(cast: Data, net: Data, moment: Data, selected: int, event_choose: Handler) -> None:  # noqa: N802
    """The society as a graph; `event_choose` gets the seat (or the community) that somebody points at, or -1."""


@solara.component_vue("transport.vue")
def Transport(  # noqa: N802
    place: int, count: int, t: str, whole: bool, going: bool, ticks: list[Any], questions: list[int],
    event_go: Handler, event_step: Handler, event_wide: Handler,
) -> None:  # fmt: skip
    """Play, pause, step, jump, and the way through the run."""


@solara.component_vue("side.vue")
def Side(facts: Data) -> None:  # noqa: N802
    """Tallies, the decision, and what lines mean."""


@solara.component_vue("caption.vue")
def Caption(question: str, lines: list[str], state: str, money: str) -> None:  # noqa: N802
    """The question, and what happens in words."""


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
def Gallery(scenarios: list[Data], runs: list[Data], out: str, event_open: Handler) -> None:  # noqa: N802
    """What there is to watch."""
