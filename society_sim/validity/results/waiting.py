"""F: how long one waits: lines with Poisson arrivals, and Little's law."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import pairwise
from math import exp, fsum, log, sqrt
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from society_sim.capacity import Work
from society_sim.lines import Job, Line
from society_sim.measures.waiting import over_time
from society_sim.results import Result
from society_sim.rules.queueing import (
    delay_probability,
    general_wait,
    longer_wait,
    mean_wait,
    waits,
)
from society_sim.scenario import Scenario
from society_sim.streams import stream
from society_sim.validity.findings import Finding, band, exact, few, law
from society_sim.validity.rows import Bench, another, mutant, replaced, row

_MODEL = {"m": {"synthetic": {"preset": "independent", "price": "free"}}}
_EXPONENTIAL = {"exponential": {"mean": 1.0}}


def desk(requests: int, rate: float, pace: Any, capacity: Mapping[str, Any], **more: Any) -> Scenario:
    """*requests* come to a help desk, *rate* of them per unit of time; each needs a slot of the model's server."""
    given = {"population": {"plain": {"size": 1, "model": "m"}}, "topology": "flat",
             "mechanism": {"help_desk": {"through": "lot"}}, **more}  # fmt: skip
    return Scenario.of(name="desk", models=_MODEL, task={"multiple_choice": {"rounds": requests, "options": 2}},
                       pace=pace, arrivals={"poisson": {"rate": rate}}, capacity={"m": capacity}, **given)  # fmt: skip


def answers(result: Result) -> list[Mapping[str, Any]]:
    """All answers, in the order in which they were asked for."""
    return sorted((entry for entry in result.record if entry["kind"] == "answer"), key=lambda entry: entry["asked"])


# --- F1, F2: the wait -------------------------------------------------------------------------------------------------

_RUNS, _REQUESTS, _WARM = 12, 500, 200
"""Independent runs, requests in each, and how many of them find the line as it was before anybody came."""
_LIKES = 5000
"""Runs of the same kind, as arrays: how far means of a dozen runs lie apart."""
_WAITED = 1e-6  # a wait that is no rounding
_ROUNDING = 1e-3  # times are recorded to a millionth, and a busy period adds up hundreds of them


class Service(NamedTuple):
    """A law of service with mean 1: the pace that has it, the share below a time (`None`: all take 1), its cv^2."""

    pace: Mapping[str, Any]
    below: Callable[[float], float] | None
    draw: Callable[[np.random.Generator, tuple[int, int]], Any]
    variation: float


def _exponential(time: float) -> float:
    return 1 - exp(-time)


def _lognormal(time: float) -> float:
    return NormalDist(-_SPREAD / 2, sqrt(_SPREAD)).cdf(log(time)) if time > 0 else 0.0


_SPREAD = log(2.5)  # the squared logarithmic deviation that makes cv^2 = 1.5
_LAWS: Mapping[str, Service] = {
    "exponential": Service(_EXPONENTIAL, _exponential, lambda rng, size: rng.exponential(size=size), 1.0),
    "constant": Service({"constant": {"each": 1.0}}, None, lambda _, size: np.ones(size), 0.0),
    "lognormal": Service({"lognormal": {"median": exp(-_SPREAD / 2), "sigma": sqrt(_SPREAD)}}, _lognormal,
                         lambda rng, size: rng.lognormal(-_SPREAD / 2, sqrt(_SPREAD), size), 1.5),
}  # fmt: skip


class Seen(NamedTuple):
    """Runs of a line: the waits of each, and those of `_LIKES` others; both without the first of each run."""

    waits: list[list[float]]
    likes: Any


def _line(bench: Bench, slots: int, load: float, law_of: Service) -> Generator[Finding, None, Seen]:
    """Runs of a line, and what must hold of it before any mean is looked at: its arrivals, its service, every wait."""
    rate, missed = slots * load, 0.0
    gaps: list[float] = []
    served: list[float] = []
    waited: list[list[float]] = []
    for number in range(max(2, bench.size(_RUNS))):
        asked = answers(bench.run(desk(_REQUESTS, rate, law_of.pace, {"slots": slots}), seed=number))
        came = [entry["asked"] for entry in asked]
        apart = [came[0], *(later - before for before, later in pairwise(came))]
        lasted, found = [entry["served"] for entry in asked], [entry["waited"] for entry in asked]
        due = waits([apart], [lasted], slots)[0]
        missed = max(missed, float(np.abs(due - found).max()))
        gaps, served, waited = [*gaps, *apart[1:]], [*served, *lasted], [*waited, found[_WARM:]]
    yield law("distance of the times between arrivals from their law", gaps, lambda time: 1 - exp(-rate * time))
    if law_of.below is None:
        yield exact("largest miss of a time of service", max(abs(one - 1) for one in served), 0.0, within=2e-6)
    else:
        yield law("distance of the times of service from their law", served, law_of.below)
    yield exact("largest miss of a single wait", missed, 0.0, within=_ROUNDING)
    rng, size = stream(bench.seed, "likes", slots), (_LIKES, _REQUESTS)
    likes = waits(rng.exponential(1 / rate, size), law_of.draw(rng, size), slots)
    return Seen(waited, likes[:, _WARM:])


def _longer(what: str, seen: Seen, above: float, expected: float, printed: float | None = None) -> Finding:
    """The share of waits *above* a time."""
    return few(what, [sum(wait > above for wait in one) / len(one) for one in seen.waits],
               (seen.likes > above).mean(axis=1), expected, reference=printed)  # fmt: skip


def _mean(seen: Seen, expected: float, printed: float) -> Finding:
    return few("mean wait", [fsum(one) / len(one) for one in seen.waits], seen.likes.mean(axis=1), expected,
               reference=printed)  # fmt: skip


_ERLANG = {1: (0.8, 4.0, None), 2: (0.75, 1.28571, None), 4: (0.8, 0.74554, 0.59643), 8: (0.875, 0.63532, None)}


@row(
    "F1", "Waiting for a model's server with several slots",
    formula="M/M/c: P(wait) = C(c, a), Wq = C / (c - a), P(wait > t) = C exp(-(c - a) t); a = c load",
    source="Erlang 1917; Kiefer and Wolfowitz 1955", cases=[{"slots": slots} for slots in _ERLANG],
)  # fmt: skip
def several_slots(bench: Bench, slots: int) -> Iterator[Finding]:
    """Poisson arrivals, exponential service, first come first served; runs are the draws, each without its first part.

    Arrivals and service are held against their laws, and every single wait must be that which follows from them, slot
    by slot. The mean says nothing of the order of service, so the share of long waits is looked at as well.
    """
    load, wait, waiting = _ERLANG[slots]
    rate, long = slots * load, 2.0 / slots
    seen = yield from _line(bench, slots, load, _LAWS["exponential"])
    yield _mean(seen, mean_wait(rate, 1.0, slots), wait)
    yield _longer("share that waits", seen, _WAITED, delay_probability(rate, 1.0, slots), waiting)
    yield _longer(f"share that waits longer than {long:g}", seen, long, longer_wait(long, rate, 1.0, slots))


@mutant("F1", "last come, first served", slots=1)
def last_come() -> AbstractContextManager[None]:
    return replaced(**{"society_sim.lines.Line._key": lambda self, job, rank: -rank})


@mutant("F1", "one more is served than there are slots", slots=4)
def one_slot_more() -> AbstractContextManager[None]:
    return overlapping()


@mutant("F1", "all are served as long as on average", slots=2)
def no_spread() -> AbstractContextManager[None]:
    return another("pace", "exponential", lambda draw, mean=1.0, **_: mean)


def overlapping() -> AbstractContextManager[None]:
    """Service overlaps: one more than there are slots."""

    def room(self: Line, job: Job) -> bool:
        return self.busy <= self.slots

    return replaced(**{"society_sim.lines.Line._room": room})


_WAITS = {"constant": 2.0, "lognormal": 5.0}


@row(
    "F2", "Waiting for one slot, whatever the law of service", formula="M/G/1: Wq = load (1 + cv^2) / (2 (1 - load))",
    source="Pollaczek 1930; Khinchine 1932", cases=[{"service": name} for name in _WAITS],
)  # fmt: skip
def any_service(bench: Bench, service: str) -> Iterator[Finding]:
    """Service that always takes as long, and lognormal service with a squared coefficient of variation of 1.5.

    The mean wait knows no more of the law than this coefficient, and a dozen runs do not tell 4 from 5; so the times of
    service themselves are held against their law.
    """
    seen = yield from _line(bench, 1, 0.8, _LAWS[service])
    yield _mean(seen, general_wait(0.8, 1.0, _LAWS[service].variation), _WAITS[service])
    yield _longer("share that waits", seen, _WAITED, 0.8)


@mutant("F2", "last come, first served", service="constant")
def last_come_to_one_slot() -> AbstractContextManager[None]:
    return replaced(**{"society_sim.lines.Line._key": lambda self, job, rank: -rank})


@mutant("F2", "service overlaps", service="lognormal")
def overlapping_service() -> AbstractContextManager[None]:
    return overlapping()


@mutant("F2", "all are served as long as on average", service="lognormal")
def constant_service() -> AbstractContextManager[None]:
    return another("pace", "lognormal", lambda draw, **_: 1.0)


@mutant("F2", "service is exponential, with the same mean", service="constant")
def exponential_service() -> AbstractContextManager[None]:
    return another("pace", "constant", lambda draw, each=1.0, **_: -each * log(draw[0]))


@mutant("F2", "another law with the same mean and the same variance", service="lognormal")
def gamma_service() -> AbstractContextManager[None]:
    from scipy.special import gammaincinv

    return another("pace", "lognormal", lambda draw, **_: 1.5 * float(gammaincinv(1 / 1.5, draw[0])))


# --- F3: Little's law -------------------------------------------------------------------------------------------------

_BOSS = {"population": {"plain": {"size": 5, "model": "m"}}, "topology": {"hierarchical": {"span": 4}},
         "mechanism": {"help_desk": {"through": "boss"}}}  # fmt: skip


@row(
    "F3", "Little's law: who is there, how many come, how long they stay", formula="L = lambda W, Lq = lambda Wq",
    source="Little 1961", cases=[{"queue": queue} for queue in ("fifo", "lifo", "shortest", "preemptive")],
)  # fmt: skip
def stays(bench: Bench, queue: str) -> Iterator[Finding]:
    """A boss and four members share a server of two slots, from when nobody is there until nobody is there again.

    L is counted at the door, from when questions are put and settled; W is what the answers say of their waiting and
    their service. Bosses come first where service is preemptive.
    """
    bounds = {"slots": 2, "queue": queue, **({"by": "level"} if queue == "preemptive" else {})}
    result = bench.run(desk(max(40, bench.size(400)), 0.8, _EXPONENTIAL, bounds, **_BOSS))
    door, inside = Counter[float](), 0
    for entry in result.record:
        door[entry["t"]] += {"question": 1, "outcome": -1}.get(entry["kind"], 0)
    times = sorted(door)
    present = []
    for at, until in zip(times, [*times[1:], times[-1]], strict=True):
        inside += door[at]
        present.append(inside * (until - at))
    asked = answers(result)
    stayed = fsum(entry.get("waited", 0.0) + entry.get("served", 0.0) for entry in asked)
    whole = times[-1]
    yield exact("who is there at the end", inside, 0, within=0)
    yield exact("1 - lambda W / L", 1 - stayed / fsum(present), 0.0)
    states = list(over_time(result.record, server="m"))
    later = [*(state.at for state in states[1:]), whole]
    line = fsum(state.waiting * (until - state.at) for state, until in zip(states, later, strict=True))
    waited = fsum(entry.get("waited", 0.0) for entry in asked)
    yield exact("1 - lambda Wq / Lq", 1 - waited / line, 0.0, within=1e-6)  # stints are rounded one by one
    yield band("most in service at a time", max(state.served for state in states), 1, 2)


@mutant("F3", "every tenth visit is lost", queue="fifo")
def lost_visits() -> AbstractContextManager[None]:
    told: Any = vars(Work)["told"].fget
    seen = Counter[str]()

    def lossy(self: Work) -> dict[str, Any]:
        seen["visits"] += 1
        return told(self) if seen["visits"] % 10 else {}

    return replaced(**{"society_sim.capacity.Work.told": property(lossy)})


@mutant("F3", "service overlaps", queue="fifo")
def overlapping_stays() -> AbstractContextManager[None]:
    return overlapping()


@mutant("F3", "only the last stint of service counts", queue="preemptive")
def last_stint() -> AbstractContextManager[None]:
    told: Any = vars(Work)["told"].fget

    def short(self: Work) -> dict[str, Any]:
        facts = dict(told(self))
        if "stints" in facts:
            begins, ends = facts["stints"][-1]
            facts["served"] = ends - begins
        return facts

    return replaced(**{"society_sim.capacity.Work.told": property(short)})
