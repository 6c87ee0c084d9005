"""A help desk: a request goes to one member, by the organisation or around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal, TypeAlias

from simpy.events import Event

from society_sim.bounds import NonNegative, Positive
from society_sim.errors import ScenarioError
from society_sim.forms import Choice
from society_sim.lines import Job, Line
from society_sim.member import View
from society_sim.promises import Promise
from society_sim.registry import mechanism
from society_sim.servers import Server
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

Through: TypeAlias = Literal["boss", "free", "shortest_queue", "price", "lot"]
_QUOTED = 32


@mechanism
def help_desk(
    society: Society,
    question: Question,
    *,
    through: Through = "boss",
    choices: Positive | None = None,
    slope: NonNegative = 1.0,
    worth: NonNegative | None = None,
) -> Doing[Outcome]:
    """A request is answered by one member; *through* says who finds that member, and so who becomes the bottleneck.

    `boss`: it goes to the top (of several, one by lot), who is asked to whom of its people it goes, says so along the
    tie, and so on down to one who leads nobody. The other ways lead to those who lead nobody at once: `free`, all wait
    in one line for whoever is free first; `shortest_queue`, to the one with the fewest before it; `price`, to the
    cheapest; `lot`, to anybody. Ties are broken by lot. *choices*: it looks only at so many, drawn by lot (two are
    nearly as good as all); all, if left out.
    With `price` each posts a price that rises with its queue: its trait `price` (1, if it has none) times 1 + *slope*
    times the number of questions it has. A request that is *worth* less than the cheapest is not put to anybody.

    It is made for `arrivals`, and for a `capacity` of members: without one nobody ever waits. Who leads whom is read
    from ties of kind `report`. A boss that abstains passes it to nobody, and the question is undecided, as it is when
    the one who has it abstains (or the asker gives up waiting). Nobody is there: undecided.

    Facts: `by` (the seat that had it), `way` (the bosses before), `waited` and `served` (time in lines and in service,
    all stations together), `price`, and the `prices` it was among (by seat, the 32 cheapest);
    `undecided` (`nobody there`, `not passed on`, `too dear`, `no answer`).
    `ScenarioError`: *choices* below 1, *slope* below 0, *choices* where nobody looks.

    Source: the price of a queue, Naor (1969); the power of two choices, Mitzenmacher (2001); the shortest queue,
    Winston (1977). With Poisson arrivals, exponential service and bosses who choose evenly, `boss` is a Jackson network
    (1957): each station waits as if it were alone.
    """
    _check(through, choices)
    below = _lines(society)
    tops = [seat for seat in below if not any(seat in under for under in below.values())]
    leading = [seat for seat in tops if below[seat]]
    way: list[int] = []
    clock = _Clock()
    if not below:
        return Outcome(None, None, clock.facts(way) | {"undecided": "nobody there"})
    if through == "boss" and leading:
        seat: int | None = society.lot(leading, "top")
        while seat is not None and below[seat]:
            way.append(seat)
            seat = yield from _delegated(society, question, seat, below[seat], clock)
        if seat is None:
            return Outcome(None, None, clock.facts(way) | {"undecided": "not passed on"})
        return (yield from _answered(society, question, seat, clock, way))
    workers = [seat for seat in below if not below[seat]]
    if through == "free":
        return (yield from _whoever_is_free(society, question, workers, clock))
    looked_at = workers if choices is None else _some(society, workers, choices)
    if through in ("lot", "boss"):
        return (yield from _answered(society, question, society.lot(workers, "desk"), clock, way))
    if through == "shortest_queue":
        seat = _least(society, {one: float(_load(society, one)) for one in looked_at})
        return (yield from _answered(society, question, seat, clock, way))
    prices = {one: _price(society, one, slope) for one in looked_at}
    seat = _least(society, prices)
    quoted = {"price": prices[seat], "prices": _quoted(prices)}
    if worth is not None and prices[seat] > worth:
        return Outcome(None, None, clock.facts(way) | quoted | {"undecided": "too dear"})
    return (yield from _answered(society, question, seat, clock, way, **quoted))


class _Clock:
    """Adds up how long a request waits and is served on its way."""

    def __init__(self) -> None:
        self.waited = self.served = 0.0

    def passed(self, society: Society, promise: Promise) -> None:
        job = promise.job
        self.served += society.now - promise.asked if job is None else job.served
        self.waited += 0.0 if job is None else job.waited

    def facts(self, way: Sequence[int]) -> dict[str, Any]:
        return {"way": list(way), "waited": round(self.waited, 6), "served": round(self.served, 6)}


class _Turn(Job):
    """A place in the line that all stand in; `came` happens when somebody is free, and `withdraw` ends it."""

    __slots__ = ("came",)

    def __init__(self, society: Society, line: Line) -> None:
        super().__init__(society.env, (line,), 0.0)
        self.came = Event(society.env)

    def begins(self) -> bool:
        self.came.succeed()
        return False


def _answered(
    society: Society, question: Question, seat: int, clock: _Clock, way: Sequence[int], **facts: Any
) -> Doing[Outcome]:
    promise = yield from society.ask(society.members[seat], question.text, question.form)
    clock.passed(society, promise)
    said = promise.value
    why = {} if said is not None else {"undecided": "no answer"}
    return Outcome(said, {seat: said}, {"by": seat, **clock.facts(way), **facts, **why})


def _delegated(
    society: Society, question: Question, boss: int, people: Sequence[int], clock: _Clock
) -> Doing[int | None]:
    """Ask *boss* to whom of *people* the request goes; the seat, or `None`."""
    names = {society.names[seat]: seat for seat in people}
    member = society.members[boss]
    busy = tuple((name, _load(society, seat)) for name, seat in names.items())
    promise = yield from society.ask(member, partial(_whom, question.text, busy), Choice(list(names)))
    clock.passed(society, promise)
    if promise.value is None:
        return None
    seat = names[promise.value]
    member.say(f"Please see to this: {question.text}", seat)
    return seat


def _whom(text: str, busy: Sequence[tuple[str, int]], _: View) -> str:
    lines = ["A request has come in. You do not answer it yourself; you pass it to one of your people.",
             f"The request: {text}", "Requests before them now:"]  # fmt: skip
    return "\n".join([*lines, *(f"{name}: {load}" for name, load in busy), "Who is to see to it?"])


def _whoever_is_free(
    society: Society, question: Question, workers: Sequence[int], clock: _Clock
) -> Doing[Outcome]:
    line = _common_line(society, workers)
    if line is None:
        return (yield from _answered(society, question, society.lot(workers, "desk"), clock, ()))
    turn = _Turn(society, line)
    turn.start()
    yield turn.came
    clock.waited = society.now - turn.entered
    free = _least(society, {one: float(_load(society, one)) for one in workers})
    try:
        return (yield from _answered(society, question, free, clock, ()))
    finally:
        turn.withdraw()


def _common_line(society: Society, workers: Sequence[int]) -> Line | None:
    """The one line before *workers*, as many places as they have slots; `None` if one of them has no bound."""
    capacity = society.capacity
    if capacity is None:
        return None
    bounds = [capacity.line(f"seat-{seat}") for seat in workers]
    slots = [line.server.slots for line in bounds if line is not None and line.server.slots is not None]
    if len(slots) < len(workers):
        return None
    return capacity.named(f"help desk {' '.join(map(str, workers))}", Server(slots=sum(slots)))


def _lines(society: Society) -> Mapping[int, list[int]]:
    """Who is there, and who reports to each."""
    here = {member.id: list[int]() for member in society.present}
    for source, target, kind in society.graph.edges(data="kind"):
        if kind == "report" and source in here and target in here:
            here[target].append(source)
    return {seat: sorted(under) for seat, under in here.items()}


def _load(society: Society, seat: int) -> int:
    return 0 if society.capacity is None else society.capacity.load(seat)


def _price(society: Society, seat: int, slope: float) -> float:
    own = society.members[seat].traits.get("price", 1.0)
    if not isinstance(own, (int, float)) or own < 0:
        raise ScenarioError(f"mechanism 'help_desk': member {seat} has the trait price = {own!r}; it is a number >= 0")
    return float(own * (1 + slope * _load(society, seat)))


def _quoted(prices: Mapping[int, float]) -> dict[str, float]:
    """The prices as a record keeps them: a market of thousands is told by its cheapest."""
    cheapest = sorted(prices, key=lambda seat: (prices[seat], seat))[:_QUOTED]
    return {str(seat): prices[seat] for seat in sorted(cheapest)}


def _least(society: Society, values: Mapping[int, float]) -> int:
    least = min(values.values())
    return society.lot([seat for seat, value in values.items() if value == least], "desk")


def _some(society: Society, seats: Sequence[int], count: int) -> list[int]:
    """*count* of *seats*, drawn by lot."""
    rest = list(seats)
    return [rest.pop(rest.index(society.lot(rest, "look", number))) for number in range(min(count, len(rest)))]


def _check(through: Through, choices: int | None) -> None:
    if choices is not None and through not in ("shortest_queue", "price"):
        raise ScenarioError("mechanism 'help_desk': choices is how many are looked at by a request that "
                            f"goes through shortest_queue or price; it is {choices}, through {through}")  # fmt: skip
