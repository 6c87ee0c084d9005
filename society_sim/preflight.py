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
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from society_sim.backends.calls import at_once, stated_worst
from society_sim.backends.pools import Like
from society_sim.backends.scripted import filled
from society_sim.building import build
from society_sim.errors import OutOfBudget, ScenarioError, SocietyError
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
    first, second = (_rehearsed(scenario, seed, enough, unanimous) for unanimous in (False, True))
    most = Cost(*map(max, first.most, second.most))
    return Bound(max(first.questions, second.questions), most, first.whole and second.whole)


def first_round(scenario: Scenario, seed: int = 0, budget: Cost = UNLIMITED) -> None:
    """Refuse a run that has not enough for what is asked at simulated time 0: it would break off before it decides.

    `OutOfBudget`: not enough of *budget* for all of it, even if answers were no longer than a token. `ScenarioError`:
    not enough tokens of a member for what it is asked first, if its answer is as long as it may be, for so much is set
    aside. Where nothing is bounded nothing is looked at.
    """
    force = scenario.at(0.0)
    tokens = force.part("money")[1].get("tokens") if "money" in force.sections else None
    tokens = UNLIMITED.tokens if tokens is None or tokens < 1 else tokens  # those that make no sense the run refuses
    if budget == UNLIMITED and tokens == UNLIMITED.tokens:
        return
    noted = _Noted()
    society = build(scenario, seed, wrap=partial(_Asked, noted=noted), free=True)
    while society.running and society.env.peek() <= 0:
        society.env.step()
    society.close()
    if not noted.least.within(budget):
        short = tuple(name for name, need, cap in zip(("usd", "tokens", "calls"), noted.least, budget, strict=True)
                      if need > cap)  # fmt: skip
        raise OutOfBudget(f"the budget ({budget.told(budget)}) does not cover the first round, and nothing was asked: "
                          f"what is put at simulated time 0 may take {noted.least.told(budget)} even if every answer "
                          "is one token long", short)  # fmt: skip
    for seat, most in noted.first.items():
        if most.tokens > tokens:
            raise ScenarioError(f"money.tokens: {society.names[seat]} has {tokens:,}, and what it is asked first may "
                                f"take {most.tokens:,}: it could not answer")  # fmt: skip


class _Noted:
    """What questions cost: all of them at *least*, and the *first* to each member at most."""

    def __init__(self) -> None:
        self.least, self.first = NOTHING, dict[int, Cost]()

    def add(self, member: int, least: Cost, most: Cost) -> None:
        """Note one more question."""
        self.least = self.least.plus(least)
        self.first.setdefault(member, most)


class _Asked(Like):
    """*backend*, not asked: what a question to it may cost at most is *noted*."""

    def __init__(self, backend: Backend, noted: _Noted) -> None:
        super().__init__(backend)
        self._backend, self._noted = backend, noted

    def submit(self, query: Query) -> Future[Answer]:
        most = stated_worst(self._backend, query) or NOTHING
        short = stated_worst(self._backend, replace(query, max_tokens=1)) or NOTHING
        self._noted.add(query.member, Cost(short.micro_usd, short.tokens, 1), most)
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
            raise ScenarioError(f"the run asks more than {LONGEST:,} questions, too many to rehearse: if its mechanism "
                                "ends at all, say how far it may go, such as budget: {usd: 5}")  # fmt: skip
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
        build(scenario, seed, wrap=partial(_Rehearsed, tally=tally, unanimous=unanimous), free=True).run()
    except _Enough:
        return Bound(tally.questions, tally.most, whole=False)
    return Bound(tally.questions, tally.most)


def _different(query: Query) -> Iterator[float]:
    for place in itertools.count():
        yield from uniforms(query.seed, "rehearsal", place)
