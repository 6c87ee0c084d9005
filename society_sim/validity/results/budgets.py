"""G: what may be spent, and what is owned, is neither made nor lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any

import orjson

from society_sim.accounts import COIN, TOKENS, TREASURY, USED, WORLD, Accounts, Owner
from society_sim.building import build
from society_sim.changes import Transfer
from society_sim.errors import RunStopped
from society_sim.ledger import NOTHING, Cost, Ledger
from society_sim.scenario import Scenario
from society_sim.validity.findings import Finding, band, exact
from society_sim.validity.rows import Bench, mutant, replaced, row

_MODEL: dict[str, Any] = {"m": {"synthetic": {"preset": "independent", "price": "free", "policies": {"truthful": {}}}}}
_SIZE, _PURSE, _TREASURY, _TOKENS = 5, 20, 100, 2_000
_CAP = {"whole": 1_000_000, "used up": 1_500}


@row(
    "G5", "Budgets are conserved", formula="spent + reserved + free = granted, at every event", source="exact",
    cases=[{"what": "run", "cap": cap} for cap in _CAP] + [{"what": "money"}, {"what": "tokens"}],
)  # fmt: skip
def conserved(bench: Bench, what: str, cap: str = "") -> Iterator[Finding]:
    """The budget of a run, enough of it and too little; coins and tokens on accounts, while they are paid and taxed.

    What is granted, paid and used is added up beside the program's own books, event by event.
    """
    if what == "run":
        yield from _run(bench, _CAP[cap], over=cap == "used up")
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
