"""F: how long one waits: lines with Poisson arrivals, Little's law, and the slowest of many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from heapq import heapreplace
from math import exp, fsum, log, sqrt
from typing import Any

from society_sim.capacity import Work
from society_sim.lines import Job, Line
from society_sim.measures.waiting import over_time
from society_sim.results import Result
from society_sim.rules.queueing import (
    delay_probability,
    general_wait,
    longer_wait,
    mean_wait,
    slowest_exponential,
    slowest_lognormal,
)
from society_sim.scenario import Scenario
from society_sim.validity.findings import Finding, band, exact, mean, replications
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

_RUNS, _REQUESTS, _WARM = 12, 500, 150
"""Independent runs, requests in each, and how many of them find the line as it was before anybody came."""


def _waits(bench: Bench, slots: int, load: float, pace: Any) -> tuple[list[list[float]], float]:
    """The waits of each run, and by how much the worst misses that of first come, first served."""
    waits, missed = [], 0.0
    for number in range(max(2, bench.size(_RUNS))):
        asked = answers(bench.run(desk(_REQUESTS, slots * load, pace, {"slots": slots}), seed=number))
        free = [0.0] * slots  # from when on each slot is
        for entry in asked:
            due = max(0.0, free[0] - entry["asked"])
            heapreplace(free, entry["asked"] + due + entry["served"])
            missed = max(missed, abs(entry["waited"] - due))
        waits.append([entry["waited"] for entry in asked[_WARM:]])
    return waits, missed


def _shares(waits: Sequence[Sequence[float]], above: float) -> list[float]:
    return [sum(wait > above for wait in one) / len(one) for one in waits]


_ROUNDING = 1e-3  # times are recorded to a millionth, and a busy period adds up hundreds of them
_ERLANG = {1: (0.8, 4.0, None), 2: (0.75, 1.28571, None), 4: (0.8, 0.74554, 0.59643), 8: (0.875, 0.63532, None)}


@row(
    "F1", "Waiting for a model's server with several slots",
    formula="M/M/c: P(wait) = C(c, a), Wq = C / (c - a), P(wait > t) = C exp(-(c - a) t); a = c load",
    source="Erlang 1917; Kiefer and Wolfowitz 1955", cases=[{"slots": slots} for slots in _ERLANG],
)  # fmt: skip
def several_slots(bench: Bench, slots: int) -> Iterator[Finding]:
    """Poisson arrivals, exponential service, first come first served; runs are the draws, each without its first part.

    The mean says nothing of the order of service, so the share of long waits is looked at as well. And every single
    wait must be that which follows from the times of arrival and of service, slot by slot.
    """
    load, wait, waiting = _ERLANG[slots]
    waits, missed = _waits(bench, slots, load, _EXPONENTIAL)
    rate, long = slots * load, 2.0 / slots
    yield replications("mean wait", [fsum(one) / len(one) for one in waits], mean_wait(rate, 1.0, slots),
                       reference=wait)  # fmt: skip
    yield replications("share that waits", _shares(waits, 1e-9), delay_probability(rate, 1.0, slots),
                       reference=waiting)  # fmt: skip
    yield replications(f"share that waits longer than {long:g}", _shares(waits, long),
                       longer_wait(long, rate, 1.0, slots))  # fmt: skip
    yield exact("largest miss of a single wait", missed, 0.0, within=_ROUNDING)


@mutant("F1", "last come, first served", slots=1)
def last_come() -> AbstractContextManager[None]:
    return replaced(**{"society_sim.lines.Line._key": lambda self, job, rank: -rank})


@mutant("F1", "one more is served than there are slots", slots=4)
def one_slot_more() -> AbstractContextManager[None]:
    return overlapping()


def overlapping() -> AbstractContextManager[None]:
    """Service overlaps: one more than there are slots."""

    def room(self: Line, job: Job) -> bool:
        return self.busy <= self.slots

    return replaced(**{"society_sim.lines.Line._room": room})


_SPREAD = log(2.5)  # the squared logarithmic deviation that makes cv^2 = 1.5
_LAWS: dict[str, tuple[Any, float, float]] = {
    "constant": ({"constant": {"each": 1.0}}, 0.0, 2.0),
    "lognormal": ({"lognormal": {"median": exp(-_SPREAD / 2), "sigma": sqrt(_SPREAD)}}, 1.5, 5.0),
}


@row(
    "F2", "Waiting for one slot, whatever the law of service", formula="M/G/1: Wq = load (1 + cv^2) / (2 (1 - load))",
    source="Pollaczek 1930; Khinchine 1932", cases=[{"service": law} for law in _LAWS],
)  # fmt: skip
def any_service(bench: Bench, service: str) -> Iterator[Finding]:
    """Service that always takes as long, and lognormal service with a squared coefficient of variation of 1.5."""
    pace, variation, printed = _LAWS[service]
    waits, missed = _waits(bench, 1, 0.8, pace)
    yield replications("mean wait", [fsum(one) / len(one) for one in waits], general_wait(0.8, 1.0, variation),
                       reference=printed)  # fmt: skip
    yield replications("share that waits", _shares(waits, 1e-9), 0.8)
    yield exact("largest miss of a single wait", missed, 0.0, within=_ROUNDING)


@mutant("F2", "last come, first served", service="constant")
def last_come_to_one_slot() -> AbstractContextManager[None]:
    return replaced(**{"society_sim.lines.Line._key": lambda self, job, rank: -rank})


@mutant("F2", "service overlaps", service="lognormal")
def overlapping_service() -> AbstractContextManager[None]:
    return overlapping()


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


# --- F6: the slowest of many ------------------------------------------------------------------------------------------

_SIGMA = 0.626
_SLOWEST = {("exponential", 4): 2.083, ("exponential", 16): 3.381, ("exponential", 64): 4.744,
            ("lognormal", 4): 2.105, ("lognormal", 16): 3.216, ("lognormal", 64): 4.530}  # fmt: skip


@row(
    "F6", "All at once take as long as the slowest",
    formula="E max = 1 + 1/2 + ... + 1/n; lognormal: the integral of exp(s z) n phi(z) Phi(z)^(n - 1)",
    source="Rényi 1953; David and Nagaraja 2003", cases=[{"pace": pace, "n": n} for pace, n in _SLOWEST],
)  # fmt: skip
def slowest(bench: Bench, pace: str, n: int) -> Iterator[Finding]:
    """Members are asked side by side, and a vote is over when the last has answered; sigma is .626, the median 1."""
    law = _EXPONENTIAL if pace == "exponential" else {"lognormal": {"median": 1.0, "sigma": _SIGMA}}
    votes = max(2, bench.size({4: 600, 16: 300, 64: 150}[n]))
    result = bench.run(Scenario.of(
        name="slowest", models=_MODEL, population={"plain": {"size": n, "model": "m"}}, topology="flat", pace=law,
        task={"multiple_choice": {"rounds": votes, "options": 2}}, mechanism="vote",
    ))  # fmt: skip
    put = {entry["about"]: entry["t"] for entry in result.record if entry["kind"] == "question"}
    took = [entry["t"] - put[entry["about"]] for entry in result.record if entry["kind"] == "outcome"]
    expected = slowest_exponential(n) if pace == "exponential" else slowest_lognormal(n, sigma=_SIGMA)
    yield mean("time of a vote", took, expected, reference=_SLOWEST[pace, n])


@mutant("F6", "one lot for all of a round", pace="exponential", n=4)
def one_lot() -> AbstractContextManager[None]:
    from society_sim.streams import uniforms

    def shared(seed: int, *names: Any) -> tuple[float, ...]:
        return uniforms(seed, *(names[:2] if names[0] == "pace" else names))

    return replaced(**{"society_sim.society.streams.uniforms": shared})


@mutant("F6", "the median is half a unit more", pace="lognormal", n=16)
def median_mistaken() -> AbstractContextManager[None]:
    from society_sim.paces import lognormal

    return another("pace", "lognormal", lambda draw, median=1.0, sigma=0.5, **_: lognormal(draw, median=median + 0.5,
                                                                                            sigma=sigma))  # fmt: skip
