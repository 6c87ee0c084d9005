"""One cell of an experiment with one seed: an ordinary run, and the few numbers of it that the tables need.

This is what other processes and other machines are sent. It can be done again at any time: a run that broke off is
taken up from its tape, and one that is whole is only read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from society_sim import runs
from society_sim.errors import OutOfBudget, RunStopped, told
from society_sim.measures.reading import Settled, settled
from society_sim.results import Result
from society_sim.runs import Terms
from society_sim.scenario import Scenario
from society_sim.store import TAPE
from society_sim.tape import Tape
from society_sim.values import Record

DONE, SHORT, STOPPED, FAILED = "done", "out of budget", "stopped", "failed"
_MOST_VOTES = 4_000_000
"""First answers of one run, at most, that are handed on one by one."""


class Task(NamedTuple):
    """What to carry out: a scenario as text and the code that it brings, with a seed; and on which terms."""

    number: int
    words: str
    code: str | None
    seed: int
    out: str
    usd: float | None = None
    accounted: bool = False
    concurrency: int = 64
    shared: str | None = None
    again: bool = False
    file: str | None = None
    """The name of the file that the code is from, which errors tell."""
    digest: str = ""
    """The scenario's: it differs where a part was defined anew since, at a prompt, and the text does not."""


class Item(NamedTuple):
    """A question that was settled. *correct* and *single* are `None` where no answer is known to be right.

    *single*: whether the best single model was right, chosen by the other half of the questions; `None` too where
    nobody with that model was asked.
    """

    about: str
    decision: str
    gold: str
    correct: bool | None
    single: bool | None


@dataclass(frozen=True, slots=True)
class Row:
    """What came of a task. *spent* is in micro-dollars, if it was to be accounted for."""

    number: int
    status: str
    why: str = ""
    spent: int = 0
    measures: dict[str, float] = field(default_factory=dict)
    calls: int = 0
    tokens: int = 0
    micro_usd: int = 0
    time: float = 0.0
    messages: int = 0
    abstentions: dict[str, int] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    models: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """Model -> first answers, how many of them are right, and the tokens that they took."""
    seats: list[str] = field(default_factory=list)
    """The model of each seat that answered."""
    votes: bytes = b""
    """For each question with a known answer and each of *seats*: 1 if its first answer was right, 0, or 255 if none."""


def carry_out(task: Task) -> Row:
    """Run *task*, or take it up where it was broken off. Whatever goes wrong is in the row, as the tables show it."""
    scenario = _read(task.words, task.code, task.file, task.digest)
    folder = runs.folder_of(scenario, task.seed, task.out)
    terms: Terms = {"concurrency": task.concurrency}
    if task.usd is not None:
        own = scenario.budget.micro_usd / 1e6
        terms["budget"] = min(task.usd, own)
    if task.shared is not None:
        terms["shared"] = task.shared
    if task.again:
        terms["again"] = True
    try:
        result = runs.run(scenario, seed=task.seed, out=task.out, **terms)
    except RunStopped as stopped:
        usd = isinstance(stopped, OutOfBudget) and "usd" in stopped.of
        return Row(task.number, SHORT if usd else STOPPED, str(stopped), _spent(folder, task))
    except Exception as error:  # one cell that fails does not stop the others
        why = told(error, folders=False)[:2000]
        return Row(task.number, FAILED, why, _spent(folder, task))
    return _row(task, result, _spent(folder, task))


@lru_cache(maxsize=64)
def _read(words: str, code: str | None, code_file: str | None, _: str) -> Scenario:
    """The scenario in *words*: many seeds of one cell come one after the other."""
    beside = Path(code_file or "scenario.py").absolute()
    return Scenario.dumped(words, None if code is None else (beside, code))


def _spent(folder: Path, task: Task) -> int:
    return spent(folder) if task.accounted else 0


def spent(folder: Path) -> int:
    """The micro-dollars that the run in *folder* has cost so far, those included that nobody can be sure of."""
    if not (folder / TAPE).is_file():
        return 0
    with Tape(folder / TAPE, writable=False) as tape:
        return int(tape.spent.micro_usd + tape.doubtful.micro_usd)


def _row(task: Task, result: Result, spent: int) -> Row:
    calls = messages = 0
    time, taken = 0.0, Counter[tuple[str, int]]()
    for entry in result.record:
        kind, time = entry["kind"], entry["t"]
        if kind == "answer":
            calls += 1
            taken.setdefault((entry["about"], entry["member"]), sum(entry.get("tokens", ())))
        elif kind == "message":
            messages += 1
    items, models, seats, votes = judged(result.record, taken)
    return Row(task.number, DONE, result.trouble, spent, result.measures, calls, result.tokens, result.micro_usd,
               float(time), messages, result.abstentions, items, models, seats, votes)  # fmt: skip


def judged(
    record: Record, taken: Counter[tuple[str, int]]
) -> tuple[list[Item], dict[str, tuple[int, int, int]], list[str], bytes]:
    """The questions, how the models did alone, and who was right at first."""
    questions = list(settled(record))
    known = [question for question in questions if question.gold is not None]
    tally: dict[str, list[int]] = {}
    folds: dict[tuple[int, str], list[int]] = {}
    seats: dict[int, str] = {}
    alone: list[dict[str, bool]] = []
    for number, question in enumerate(known):
        own: dict[str, bool] = {}
        for member, said in sorted(question.first.items()):
            seats.setdefault(member, said.model)
            right = question.right(said.choice)
            own.setdefault(said.model, right)
            counted = tally.setdefault(said.model, [0, 0, 0])
            fold = folds.setdefault((number % 2, said.model), [0, 0])
            counted[0], counted[1], counted[2] = (counted[0] + 1, counted[1] + right,
                                                  counted[2] + taken[question.about, member])  # fmt: skip
            fold[0], fold[1] = fold[0] + 1, fold[1] + right
        alone.append(own)
    best = [max((name for half, name in folds if half == other), key=lambda name: folds[other, name][1]
                / folds[other, name][0], default="") for other in (1, 0)]  # fmt: skip
    singles = {id(question): own.get(best[number % 2])
               for number, (question, own) in enumerate(zip(known, alone, strict=True))}  # fmt: skip
    items = [Item(question.about, _plain(question.decision), _plain(question.gold),
                  None if question.gold is None else question.correct, singles.get(id(question)))
             for question in questions]  # fmt: skip
    order = sorted(seats)
    votes = _votes(known, order) if len(known) * len(order) <= _MOST_VOTES else b""
    models = {name: (asked, right, tokens) for name, (asked, right, tokens) in tally.items()}
    return items, models, [seats[seat] for seat in order], votes


def _votes(known: list[Settled], order: list[int]) -> bytes:
    return bytes(
        255 if (said := question.first.get(seat)) is None else question.right(said.choice)
        for question in known for seat in order
    )  # fmt: skip


def _plain(value: Any) -> str:
    """A decision as text: what is text as it is, nothing for none, all else as JSON with sorted keys."""
    if value is None or isinstance(value, str):
        return value or ""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
