"""What is shown, as plain values: one film, which the GIF, the video and the page all draw."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace

from society_viz.setting import NO_SETTING, Setting

WIDTH, HEIGHT = 640, 440
"""The size of the scene, in units of one pixel at 100 dpi; y grows downwards."""
NONE, ABSTAINED = -1, -2
"""Fills of a member that has not answered yet, and of one that abstained."""
MESSAGE, REFUSED, SAW, SOLD = "message", "refused", "saw", "sold"
"""What flows: words, words that no tie allows, an answer shown in a prompt; a good, which needs no tie."""
REQUEST, DONE = "request", "done"
"""Under load: a request that comes or is passed on, and one that leaves settled."""
MANY = 3
"""More things that wait than these are counted in writing."""
DOOR = -1
"""The place requests come from and leave to, among the ends of flows."""


@dataclass(frozen=True, slots=True)
class Node:
    """A member; `since` is the beat in which it appears, `weight` its seats in a parliament."""

    name: str
    since: int = 0
    weight: float = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: its middle (x, y) and radius; its label, the middle of that line and its anchor."""

    label: str
    x: float
    y: float
    r: float
    lx: float
    ly: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Stack:
    """Where requests wait beside a member: rows of *columns* marks of *size*, from (x, y) to the side *dx*, *dy*."""

    x: float
    y: float
    dx: int
    dy: int
    columns: int
    rows: int
    size: float

    def marks(self, many: int) -> list[tuple[float, float]]:
        """The upper left corners of *many* marks, as many of them as there is room for."""
        step = self.size + 1.5
        return [
            (
                round(self.x + self.dx * step * (at % self.columns) - (self.size if self.dx < 0 else 0), 1),
                round(self.y + self.dy * step * (at // self.columns) - (self.size if self.dy < 0 else 0), 1),
            )
            for at in range(min(many, self.columns * self.rows))
        ]

    def count(self, many: int) -> tuple[float, float, str]:
        """Where their number stands, and its anchor: beyond the first row, or beyond the last where these are piled."""
        step = self.size + 1.5
        if self.columns > 3:
            wide = step * min(many, self.columns) + 3
            y = round(self.y + self.dy * self.size / 2, 1)
            return round(self.x + self.dx * wide, 1), y, "start" if self.dx > 0 else "end"
        high = step * min(-(-many // self.columns), self.rows) + 5
        return round(self.x + self.dx * step * self.columns / 2, 1), round(self.y + self.dy * high, 1), "middle"


@dataclass(frozen=True, slots=True)
class Tie:
    """*source* may speak to *target* in the beats `first <= beat < last`; `first` 0 means from the start."""

    source: int
    target: int
    kind: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Key:
    """One row of the legend: an answer, its colour and the letter that stands for it."""

    label: str
    colour: str
    letter: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Prices over time: of each of *names* its points (t, price), from *start* to *end* and from *low* to *high*.

    *band*: the prices of competition. *book*: whether offers stand beside them.
    *counts*: they are numbers of things, not prices. *call*: all offers of one moment, added up on both sides: points
    are (units, price), lines are bids, asks and the price at which these are equal, and *start* is that moment.
    """

    title: str
    names: tuple[str, ...]
    points: tuple[tuple[tuple[float, float], ...], ...]
    start: float
    end: float
    low: float
    high: float
    band: tuple[float, float] | None = None
    book: bool = False
    counts: bool = False
    call: bool = False


@dataclass(frozen=True, slots=True)
class Poll:
    """A question on the table, the legend of its answers, and the prices if it is settled by a market."""

    text: str
    keys: tuple[Key, ...]
    chart: Chart | None = None
    heading: str = "Answers"


@dataclass(frozen=True, slots=True)
class Beat:
    """One moment of the film.

    `fills[node]` is an index into the keys of the poll (or `NONE`, `ABSTAINED`), `marks[node]` what is written on it.
    `flows` are (source, target, what). `active` nodes speak or are spoken of; `proposed` nodes are in the government
    on offer, and `governing` in the one agreed. `decision` stays until the next question.
    """

    t: float
    lines: tuple[str, ...]
    poll: int
    fills: tuple[int, ...]
    marks: tuple[str, ...]
    flows: tuple[tuple[int, int, str], ...] = ()
    arrows: tuple[tuple[int, int, int], ...] = ()
    """Marks from one node to another: (source, target, which of the film's marks)."""
    badges: tuple[tuple[int, str, int], ...] = ()
    """Marks at a node: (node, sign, which of the film's marks); a ring if there is no sign."""
    active: tuple[int, ...] = ()
    chair: int = -1
    proposed: tuple[int, ...] = ()
    governing: tuple[int, ...] = ()
    decision: str = ""
    right: bool | None = None
    score: str = ""
    seconds: float = 1.0
    rewired: bool = False
    bids: tuple[tuple[float, int], ...] = ()
    """Price and number of units of the offers that stand, the best first."""
    asks: tuple[tuple[float, int], ...] = ()
    offers: tuple[tuple[int, bool], ...] = ()
    """Nodes that make an offer in this beat: to sell, or else to buy."""
    won: tuple[tuple[int, str], ...] = ()
    """Nodes that something was given to, and what in a word or two."""
    settled: tuple[tuple[str, str], ...] = ()
    """What communities have decided, by their numbers or names."""
    gone: tuple[int, ...] = ()
    """Nodes whose members have left: their seats are faint."""
    waiting: tuple[int, ...] = ()
    """How many requests wait at each node, and last at the door; empty in films that are not about queues."""


@dataclass(frozen=True, slots=True)
class Region:
    """A community (a disc) or a level (a band), with its label."""

    shape: str
    x: float
    y: float
    size: float
    label: str
    community: str = ""
    """Its number or its name, if it is a community."""


@dataclass(frozen=True, slots=True)
class Form:
    """The shape of the society from beat `first` on: the place of each node, and what lies behind them."""

    first: int
    places: tuple[Place, ...]
    regions: tuple[Region, ...] = ()
    middle: tuple[float, float] = (WIDTH / 2, HEIGHT / 2)
    pull: float = 0.0
    """Lines between members are bent towards `middle` by this part of their length; 0: straight."""

    def between(self, after: Form, part: float) -> Form:
        """What is seen at *part* (0 to 1) of the way from here to *after*, whose labels it has already.

        >>> one, two = (Form(at, (Place("A", 10.0 * at, 5.0, 9.0, 10.0 * at, 20.0, "middle"),)) for at in (0, 1))
        >>> half = one.between(two, 0.5).places[0]
        >>> half.x, half.lx, one.between(two, 1.0) == two
        (5.0, 5.0, True)
        """
        if part >= 1:
            return after

        def mixed(a: float, b: float) -> float:
            return a + (b - a) * part

        places = tuple(
            replace(there, x=x, y=y, r=mixed(here.r, there.r), lx=x + there.lx - there.x, ly=y + there.ly - there.y)
            for here, there in zip(self.places, after.places, strict=True)
            for x, y in [(mixed(here.x, there.x), mixed(here.y, there.y))]
        )
        middle = mixed(self.middle[0], after.middle[0]), mixed(self.middle[1], after.middle[1])
        return replace(after, places=places, middle=middle, pull=mixed(self.pull, after.pull))


@dataclass(frozen=True, slots=True)
class Seats:
    """A bar of the seats in a parliament: (node, left, width) in order; *majority* seats are needed."""

    parts: tuple[tuple[int, float, float], ...]
    y: float
    total: int
    majority: int
    mark: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A row of the legend: what a mark is called, and its shape: `arrow`, `ring`, or `badge` with a *sign*."""

    label: str
    shape: str
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Film:
    """All that is shown."""

    title: str
    provenance: str
    nodes: tuple[Node, ...]
    ties: tuple[Tie, ...]
    untied: int
    """How many ties there are too many to draw; 0 if all are drawn."""
    forms: tuple[Form, ...]
    """Where everybody stands, from beat to beat: the first is there from the start."""
    seats: Seats | None
    polls: tuple[Poll, ...]
    beats: tuple[Beat, ...]
    setting: Setting = NO_SETTING
    """What the run asks and how it is set up, which is shown before the first question."""
    chairs: str = "formateur"
    marks: tuple[Mark, ...] = ()
    """The marks that entries of the record have; those of beats are numbers of these."""
    door: Place | None = None
    """Where requests come from, in films about queues."""
    stacks: tuple[Stack, ...] = ()
    """Where they wait: for each node, and last at the door."""

    def turn(self, beat: int) -> tuple[Form, Form]:
        """The forms that *beat* begins and ends with: two if everybody moves in it, else the same one twice."""
        at = bisect_right(self.forms, beat, key=lambda form: form.first) - 1
        now = self.forms[at]
        return (self.forms[at - 1] if at and now.first == beat else now), now
