"""Before a paid run: a bound on its calls, tokens and money, from two rehearsals that ask nobody.

A rehearsal is the run itself with a scripted model in every seat: once everybody answers at random, once everybody
says the same, and words are as long as the form lets them be. What each question could cost at most is added up: a
token is no shorter than a byte of the prompt, and all is written that may be. A real run may ask other questions than
the rehearsals did; so the bound is also its cap, and it stops, to be taken up again, rather than pass it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from typing import NamedTuple

from society_sim.backends.calls import at_once, stated_worst
from society_sim.backends.pools import Like
from society_sim.backends.scripted import filled
from society_sim.building import build
from society_sim.errors import ScenarioError, SocietyError
from society_sim.ledger import NOTHING, UNLIMITED, Cost
from society_sim.scenario import Scenario
from society_sim.streams import uniforms
from society_sim.values import Answer, Backend, Query

LONGEST = 200_000
"""Calls after which a rehearsal is broken off."""


class Bound(NamedTuple):
    """The most that a run can take: *questions* that are put to models; calls count each attempt at them.

    *whole* unless a rehearsal was broken off because the budget would have been used up.
    """

    questions: int
    most: Cost
    whole: bool = True


def bound(scenario: Scenario, seed: int = 0, enough: Cost = UNLIMITED) -> Bound:
    """The bound of the run of *scenario* with *seed*.

    A rehearsal ends early where all of *enough* is used up; `ScenarioError` if it asks more than 200,000 questions
    before. Nobody has an allowance in it: in a run, answers may cost less, and allowances last longer.
    """
    scenario = scenario.set("allowance", None)
    if "money" in scenario.sections:
        scenario = scenario.set("money.tokens", None)
    first, second = (_rehearsed(scenario, seed, enough, unanimous) for unanimous in (False, True))
    most = Cost(*map(max, first.most, second.most))
    return Bound(max(first.questions, second.questions), most, first.whole and second.whole)


def first_round(scenario: Scenario, seed: int = 0) -> None:
    """`ScenarioError` if a member could not pay with its tokens what it is asked first, at simulated time 0.

    It would abstain from the first question on. What answers may cost at most is what counts: that is set aside.
    """
    force = scenario.at(0.0)
    tokens = force.part("money")[1].get("tokens") if "money" in force.sections else None
    if tokens is None or tokens < 1:  # none, or none that make sense: the run itself says so
        return
    asked: dict[int, Cost] = {}
    free = scenario.set("allowance", None).set("money.tokens", None)
    society = build(free, seed, wrap=partial(_Noted, asked=asked))
    while society.running and society.env.peek() <= 0:
        society.env.step()
    society.close()
    for seat, most in asked.items():
        if most.tokens > tokens:
            raise ScenarioError(f"money.tokens: {society.names[seat]} has {tokens:,}, and what it is asked first may "
                                f"take {most.tokens:,}: it could not answer")  # fmt: skip


class _Noted(Like):
    """*backend*, not asked: what the first question to each member could cost at most is kept in *asked*."""

    def __init__(self, backend: Backend, asked: dict[int, Cost]) -> None:
        super().__init__(backend)
        self._backend, self._asked = backend, asked

    def submit(self, query: Query) -> Future[Answer]:
        self._asked.setdefault(query.member, stated_worst(self._backend, query) or NOTHING)
        return at_once(lambda query: filled(query.form, itertools.repeat(0.0)), query)


class _Enough(SocietyError):
    """A rehearsal has shown what it was to show."""


class _Tally:
    """What the questions of a rehearsal come to."""

    def __init__(self, enough: Cost) -> None:
        self.questions, self.most, self._enough = 0, NOTHING, enough

    def add(self, most: Cost) -> None:
        """Count one more question."""
        if self.questions >= LONGEST:
            raise ScenarioError(f"the run asks more than {LONGEST:,} questions, too many to rehearse; say how far it "
                                "may go, such as budget: {usd: 5}")  # fmt: skip
        self.questions += 1
        self.most = self.most.plus(most)
        most, enough = self.most, self._enough
        if most.micro_usd > enough.micro_usd or most.tokens > enough.tokens or self.questions > enough.calls:
            raise _Enough


class _Rehearsed(Like):
    """*backend*, not asked: what it could cost at most is added to *tally*."""

    def __init__(self, backend: Backend, tally: _Tally, unanimous: bool) -> None:
        super().__init__(backend)
        self._backend, self._tally, self._unanimous = backend, tally, unanimous
        self._attempts: int = getattr(backend, "attempts", 1)

    def submit(self, query: Query) -> Future[Answer]:
        worst = stated_worst(self._backend, query) or NOTHING
        self._tally.add(Cost(worst.micro_usd, worst.tokens, self._attempts))
        draw = itertools.repeat(0.0) if self._unanimous else _different(query)
        return at_once(lambda query: filled(query.form, draw, wordy=True), query)


def _rehearsed(scenario: Scenario, seed: int, enough: Cost, unanimous: bool) -> Bound:
    tally = _Tally(enough)
    try:
        build(scenario, seed, wrap=partial(_Rehearsed, tally=tally, unanimous=unanimous)).run()
    except _Enough:
        return Bound(tally.questions, tally.most, whole=False)
    return Bound(tally.questions, tally.most)


def _different(query: Query) -> Iterator[float]:
    for place in itertools.count():
        yield from uniforms(query.seed, "rehearsal", place)
