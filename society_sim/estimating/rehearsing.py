"""A dry run: the run itself, with stand-ins in the seats of models that would cost, in a time of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from society_sim.building import build
from society_sim.collecting import seldom
from society_sim.errors import ScenarioError
from society_sim.estimating.assumptions import Assumptions
from society_sim.estimating.playing import Account, Staging, staged
from society_sim.estimating.traffic import Traffic
from society_sim.experiments.carrying import DONE, Row, judged
from society_sim.making import models_of
from society_sim.scenario import Scenario
from society_sim.store import TAPE, only
from society_sim.tape import Tape

QUANTITIES = ("questions", "requests", "read", "written", "cached", "tokens", "micro_usd", "seconds", "time")
"""What is estimated: questions put to models that would cost, requests with all retries, tokens read and written and
those from a prefix cache, both together, micro-dollars, seconds of waiting for endpoints, and simulated time."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a dry run came to: the `QUANTITIES`, and what was there already.

    *there*: answers on the run's tape; *reused*: those that an earlier run of the experiment has paid; *free*: those of
    models that cost nothing. *row* is what an experiment's tables would have of it.
    """

    amounts: Mapping[str, float]
    there: int
    reused: int
    free: int
    free_tokens: int
    row: Row = field(repr=False)


def dry(
    scenario: Scenario, seed: int, luck: int, assumed: Assumptions, account: Account, *, concurrency: int = 64,
    folder: Path | None = None, others: Sequence[Path] = (),
) -> Taken:  # fmt: skip
    """Play *scenario* with *seed*; with another *luck* models answer otherwise, and all else stays as it is.

    *account* is that of all runs that share answers. What is on the tape in *folder* is given from there, and so is
    what *others* have on theirs, which the run would use.
    """
    before = {name: getattr(account, name) for name in Account.__slots__ if name not in ("shared", "prefixes")}
    traffic, chunks = Traffic(), list[bytes]()
    with seldom(), ExitStack() as stack:
        tapes = [stack.enter_context(Tape(one / TAPE, writable=False)) for one in (folder, *others)
                 if one is not None and (one / TAPE).is_file()]  # fmt: skip
        staging = Staging(assumed, traffic, account, luck, tapes)
        society = build(scenario, seed, wrap=partial(staged, staging=staging), write=chunks.append,
                        concurrency=concurrency)  # fmt: skip
        society.desk.idle = traffic.next
        society.run()
    gone = {name: getattr(account, name) - value for name, value in before.items()}
    amounts = {name: float(gone[name]) for name in QUANTITIES if name in gone}
    amounts |= {"tokens": float(gone["read"] + gone["written"]), "seconds": traffic.now, "time": float(society.now)}
    record = [orjson.loads(line) for line in b"".join(chunks).splitlines()]
    return Taken(amounts, gone["there"], gone["reused"], gone["free"], gone["free_tokens"], _row(record))


def _row(record: list[dict[str, Any]]) -> Row:
    taken = Counter[tuple[str, int]]()
    tokens = 0
    for entry in only(record, "answer"):
        tokens += sum(entry.get("tokens", ()))
        taken.setdefault((entry["about"], entry["member"]), sum(entry.get("tokens", ())))
    items, models, seats, votes = judged(record, taken)
    return Row(0, DONE, tokens=tokens, items=items, models=models, seats=seats, votes=votes)


def priced(scenario: Scenario) -> tuple[Scenario, dict[str, str]]:
    """*scenario* with models of which no price is known played for nothing, and what each of them says of that."""
    try:
        models_of(scenario)
    except ScenarioError:
        pass
    else:
        return scenario, {}
    lacking: dict[str, str] = {}
    for name, (part, parameters) in scenario.models.items():
        if "price" not in part.parameters or parameters.get("price") is not None:
            continue
        alone = scenario.set("models", {name: {part.name: parameters}})
        try:
            models_of(alone)
        except ScenarioError as error:
            free = {**parameters, "price": "free"}
            try:
                models_of(scenario.set("models", {name: {part.name: free}}))
            except ScenarioError:
                continue  # something else is wrong with it, and is told when it is built
            lacking[name] = error.message
    for name in lacking:
        scenario = scenario.set(f"models.{name}.price", "free")
    return scenario, lacking
