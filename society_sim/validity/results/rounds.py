"""F6: how long a round takes in which all are asked at once."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import Any

from society_sim.results import Result
from society_sim.rules.queueing import slowest_exponential, slowest_lognormal
from society_sim.scenario import Scenario
from society_sim.society import Society
from society_sim.validity.findings import Finding, exact, mean
from society_sim.validity.rows import Bench, another, mutant, replaced, row

_MODEL = {"m": {"synthetic": {"preset": "independent", "price": "free"}}}
_SIGMA = 0.626
_SLOWEST = {("exponential", 4): 2.083, ("exponential", 16): 3.381, ("exponential", 64): 4.744,
            ("lognormal", 4): 2.105, ("lognormal", 16): 3.216, ("lognormal", 64): 4.530}  # fmt: skip
_VOTES = {4: 600, 9: 300, 16: 300, 64: 150}


def rounds(result: Result) -> dict[str, list[tuple[float, float, float]]]:
    """Question -> its rounds: when all were asked, when the last had answered, and when the next began or all ended."""
    asked: dict[str, dict[float, float]] = {}
    for entry in result.record:
        if entry["kind"] == "answer":
            own = asked.setdefault(entry["about"], {})
            own[entry["asked"]] = max(own.get(entry["asked"], 0.0), entry["t"])
    ends = {entry["about"]: entry["t"] for entry in result.record if entry["kind"] == "outcome"}
    return {about: [(begun, own[begun], then) for begun, then in pairwise([*sorted(own), ends[about]])]
            for about, own in asked.items()}  # fmt: skip


@row(
    "F6", "All at once take as long as the slowest, round by round",
    formula="E max = 1 + 1/2 + ... + 1/n; lognormal: the integral of exp(s z) n phi(z) Phi(z)^(n - 1)",
    source="Rényi 1953; David and Nagaraja 2003",
    cases=[{"pace": pace, "n": n, "rounds": 1} for pace, n in _SLOWEST]
    + [{"pace": "exponential", "n": 9, "rounds": many} for many in (1, 2, 3)],
)  # fmt: skip
def slowest(bench: Bench, pace: str, n: int, rounds: int) -> Iterator[Finding]:
    """Members are asked side by side, and a round is over when the last has answered; sigma is .626, the median 1.

    Each round is held against its own answers, and the rounds of a vote, of a second look and of a third against one
    another: one maximum of nine, or a sum of several.
    """
    law = {"exponential": {"mean": 1.0}} if pace == "exponential" else {"lognormal": {"median": 1.0, "sigma": _SIGMA}}
    result = bench.run(Scenario.of(
        name="slowest", models=_MODEL, population={"plain": {"size": n, "model": "m"}}, topology="flat", pace=law,
        task={"multiple_choice": {"rounds": max(2, bench.size(_VOTES[n])), "options": 2}},
        mechanism="vote" if rounds == 1 else {"second_look": {"rounds": rounds - 1}},
    ))  # fmt: skip
    yield from _compared(result, rounds, slowest_exponential(n) if pace == "exponential" else
                         slowest_lognormal(n, sigma=_SIGMA), _SLOWEST.get((pace, n)))  # fmt: skip


def _compared(result: Result, many: int, expected: float, printed: float | None) -> Iterator[Finding]:
    took = rounds(result)
    put = {entry["about"]: entry["t"] for entry in result.record if entry["kind"] == "question"}
    off = max(abs(len(own) - many) for own in took.values())
    yield exact("rounds too many or too few, at the most", off, 0, within=0)
    late = [abs(own[0][0] - put[about]) for about, own in took.items()]
    yield exact("largest gap from a question to its first round", max(late), 0.0, within=2e-6)
    gaps = [abs(then - last) for own in took.values() for _, last, then in own]
    yield exact("largest gap from a last answer to what follows", max(gaps), 0.0, within=2e-6)
    for number in range(many):
        one = [own[number][1] - own[number][0] for own in took.values() if len(own) > number]
        yield mean(f"time of round {number + 1}", one, expected, reference=printed)
    if many > 1:
        yield mean(f"time of all {many} rounds", [own[-1][2] - own[0][0] for own in took.values()], many * expected)


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


@mutant("F6", "every round ends a fiftieth of a unit late", pace="exponential", n=9, rounds=2)
def late_rounds() -> AbstractContextManager[None]:
    ask_all: Any = Society.ask_all

    def slow(self: Society, *given: Any, **more: Any) -> Generator[Any, Any, Any]:
        answers = yield from ask_all(self, *given, **more)
        yield self.env.timeout(0.02)
        return answers

    return replaced(**{"society_sim.society.Society.ask_all": slow})
