"""G: what may be spent, and what is owned, is neither made nor lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager
from itertools import zip_longest
from typing import Any

import orjson

from society_sim.accounts import COIN, TOKENS, TREASURY, USED, WORLD, Accounts, Owner
from society_sim.building import build
from society_sim.changes import Transfer
from society_sim.errors import OUT_OF_BUDGET, RunStopped
from society_sim.ledger import NOTHING, Cost, Ledger
from society_sim.purses import Purse
from society_sim.scenario import Scenario
from society_sim.validity.findings import Finding, band, exact
from society_sim.validity.rows import Bench, mutant, replaced, row

_MODEL: dict[str, Any] = {"m": {"synthetic": {"preset": "independent", "price": "free", "policies": {"truthful": {}}}}}
_SIZE, _PURSE, _TREASURY, _TOKENS = 5, 20, 100, 2_000
_CAP = {"whole": 1_000_000, "used up": 1_500}
_ALLOWANCES = {"member": 400, "community": 1_200}


@row(
    "G5", "Budgets are conserved", formula="spent + reserved + free = granted, at every event", source="exact",
    cases=[{"what": "run", "cap": cap} for cap in _CAP] + [{"what": "money"}, {"what": "tokens"}]
    + [{"what": "allowance", "of": whose} for whose in _ALLOWANCES],
)  # fmt: skip
def conserved(bench: Bench, what: str, cap: str = "", of: str = "") -> Iterator[Finding]:
    """The budget of a run, enough of it and too little; coins and tokens on accounts, while they are paid and taxed.

    And allowances of members and of communities, so small that they are used up. What is granted, paid and used is
    added up beside the program's own books, event by event.
    """
    if what == "run":
        yield from _run(bench, _CAP[cap], over=cap == "used up")
    elif what == "allowance":
        yield from _purses(bench, of)
    else:
        yield from _accounts(bench, TOKENS if what == "tokens" else COIN)


def _run(bench: Bench, tokens: int, *, over: bool) -> Iterator[Finding]:
    missed, events = [0.0], 0

    class Watched(Ledger):
        """Adds up for itself what it is asked to set aside, and what calls have cost."""

        def __init__(self, *given: Any, **more: Any) -> None:
            super().__init__(*given, **more)
            self.aside = self.gone = NOTHING

        def reserve(self, worst: Cost) -> Future[None]:
            future = super().reserve(worst)
            future.add_done_callback(lambda done: None if done.exception() else self._add(worst))
            self._look_at()
            return future

        def settle(self, worst: Cost, real: Cost = NOTHING, *, doubtful: bool = False) -> None:
            self.aside, self.gone = self.aside.minus(worst), self.gone.plus(worst if doubtful else real)
            super().settle(worst, real, doubtful=doubtful)
            self._look_at()

        def _add(self, worst: Cost) -> None:
            self.aside = self.aside.plus(worst)

        def _look_at(self) -> None:
            nonlocal events
            events += 1
            missed.append(abs(self.gone.tokens + self.aside.tokens + self.left.tokens - tokens))
            missed.append(max(0.0, -self.left.tokens))

    rounds = max(60, bench.size(60))  # with fewer, the small budget would do
    scenario = Scenario.of(
        name="budget", models=_MODEL, population={"plain": {"size": _SIZE, "model": "m"}}, topology="flat",
        task={"multiple_choice": {"rounds": rounds, "options": 2}}, mechanism="vote", budget={"tokens": tokens},
    )  # fmt: skip
    stopped = False
    with replaced(**{"society_sim.runs.Ledger": Watched}):
        try:
            bench.run(scenario)
        except RunStopped:
            stopped = True
    yield exact("largest miss of what was granted", max(missed), 0, within=0)
    yield exact("the run is broken off", stopped, over, within=0)
    yield band("events that were looked at", events, 2 if over else 2 * _SIZE, float("inf"), expected=events)


def _accounts(bench: Bench, unit: str) -> Iterator[Finding]:
    task: dict[str, Any] = {"goods": {"rounds": bench.size(60)}}
    chunks: list[bytes] = []
    society = build(Scenario.of(
        name="money", models=_MODEL, population={"plain": {"size": _SIZE, "model": "m"}}, topology="flat",
        money={"purse": _PURSE, "treasury": _TREASURY, "tokens": _TOKENS, "basic_income": 1.0, "every": 3.0,
               "tax": {"wealth": 0.1}}, task=task, mechanism="sealed_bid",
    ), bench.seed, write=chunks.append)  # fmt: skip
    accounts, missed = society.accounts, [0]
    granted = -accounts.balance(WORLD, unit)

    def look(_: Transfer | None = None) -> None:
        has = accounts.balances(unit)
        missed.append(abs(sum(has.values())))
        missed.append(abs(sum(amount for owner, amount in has.items() if owner != WORLD) - granted))
        missed.append(max(0, *(-amount for owner, amount in has.items() if owner != WORLD)))

    accounts.watchers.append(look)
    society.run()
    look()
    micro = accounts.units[unit]
    each = _TOKENS if unit == TOKENS else _PURSE * micro
    yield exact("granted", granted, _SIZE * each + (_TREASURY * micro if unit == COIN else 0), within=0)
    yield exact("largest miss of what was granted", max(missed), 0, within=0)
    expected: Counter[Owner] = Counter(dict.fromkeys(range(_SIZE), each))
    expected[TREASURY] = _TREASURY * micro if unit == COIN else 0
    for entry in map(orjson.loads, b"".join(chunks).splitlines()):
        if entry["kind"] == "transfer" and entry.get("unit", COIN) == unit:
            expected[entry["source"]] -= entry["amount"]
            expected[entry["target"]] += entry["amount"]
        elif entry["kind"] == "answer" and unit == TOKENS:
            expected[entry["member"]] -= sum(entry.get("tokens", ()))
            expected[USED] += sum(entry.get("tokens", ()))
    has = accounts.balances(unit)
    worst = max(abs(has.get(owner, 0) - amount) for owner, amount in expected.items())
    yield exact("largest miss of an account, by what the record tells", worst, 0, within=0)
    yield band("events that were looked at", len(missed) // 3, 1, float("inf"), expected=len(missed) // 3)


def _purses(bench: Bench, whose: str) -> Iterator[Finding]:
    allowance, missed, owned = _ALLOWANCES[whose], [0.0], []

    class Watched(Purse):
        """Adds up for itself what its questions may cost, and what they have cost."""

        def __init__(self, cap: Cost) -> None:
            super().__init__(cap)
            self.own: dict[int, float] = {}
            owned.append(self.own)

        def expect(self, ticket: int, worst: Cost) -> None:
            super().expect(ticket, worst)
            self._look_at(ticket, worst)

        def settle(self, ticket: int, cost: Cost) -> None:
            super().settle(ticket, cost)
            self._look_at(ticket, cost)

        def _look_at(self, ticket: int, cost: Cost) -> None:
            self.own[ticket] = cost.tokens
            if (left := self.surely) is not None:
                missed.append(abs(sum(self.own.values()) + left.tokens - allowance))
                missed.append(max(0.0, -left.tokens))

    chunks: list[bytes] = []
    with replaced(**{"society_sim.purses.Purse": Watched}):
        society = build(Scenario.of(
            name="allowance", models=_MODEL, population={"plain": {"size": 2 * _SIZE, "model": "m"}},
            topology={"federated": {"communities": 3}}, allowance={whose: {"tokens": allowance}},
            task={"multiple_choice": {"rounds": max(40, bench.size(40)), "options": 2}}, mechanism="vote",
        ), bench.seed, write=chunks.append)  # fmt: skip
        society.run()
    taken: Counter[Any] = Counter()
    refused: set[Any] = set()
    for entry in map(orjson.loads, b"".join(chunks).splitlines()):
        if entry["kind"] == "answer":
            seat = entry["member"]
            owner = seat if whose == "member" else society.graph.nodes[seat]["community"]
            taken[owner] += sum(entry.get("tokens", ()))
            refused |= {owner} if entry.get("reason") == OUT_OF_BUDGET else set()
    owners = 2 * _SIZE if whose == "member" else 3
    yield exact("purses", len(owned), owners, within=0)
    yield exact("purses that were used up", len(refused), owners, within=0)
    yield exact("largest miss of what was granted", max(missed), 0, within=0)
    spent = sorted(sum(own.values()) for own in owned)
    apart = max(abs(one - other) for one, other in zip_longest(spent, sorted(taken.values()), fillvalue=0))
    yield exact("largest miss of a purse, by what the record tells", apart, 0, within=0)
    yield band("most that an owner has taken, by the record", max(taken.values()), 0, allowance)
    yield band("events that were looked at", len(missed) // 2, owners, float("inf"), expected=len(missed) // 2)


@mutant("G5", "what was set aside is not given back", what="run")
def kept_aside() -> AbstractContextManager[None]:
    def settle(self: Ledger, worst: Cost, real: Cost = NOTHING, *, doubtful: bool = False) -> None:
        self.spent = self.spent.plus(real)

    return replaced(**{"society_sim.ledger.Ledger.settle": settle})


@mutant("G5", "a posting on one side only", what="money")
def one_sided() -> AbstractContextManager[None]:
    def move(self: Accounts, unit: str, source: Owner, target: Owner, amount: int) -> None:
        table = self._tables[unit]
        if source != WORLD:
            table[source] = table.get(source, 0) - amount
        else:
            table[source] = table.get(source, 0) - amount
            table[target] = table.get(target, 0) + amount

    return replaced(**{"society_sim.accounts.Accounts._move": move})


@mutant("G5", "answers are not paid", what="tokens")
def not_paid() -> AbstractContextManager[None]:
    return replaced(**{"society_sim.accounts.Accounts.use": lambda self, owner, amount, unit=TOKENS: None})


@mutant("G5", "an answer is not taken out of its purse", what="allowance", of="member")
def free_answers() -> AbstractContextManager[None]:
    settle = Purse.settle
    return replaced(**{"society_sim.purses.Purse.settle": lambda self, ticket, cost: settle(self, ticket, NOTHING)})


@mutant("G5", "what a question may cost is not set aside", what="allowance", of="community")
def nothing_aside() -> AbstractContextManager[None]:
    expect = Purse.expect
    return replaced(**{"society_sim.purses.Purse.expect": lambda self, ticket, worst: expect(self, ticket, NOTHING)})
