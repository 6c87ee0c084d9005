"""Run a scenario and keep its record; resume and fork.

To resume a run, run it again: what is on its tape is not asked again.
"""

from __future__ import annotations

import itertools
import operator
import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypedDict, Unpack

import orjson

from society_sim import tapes
from society_sim.backends.endpoints.keys import held
from society_sim.backends.human import Seats, seated
from society_sim.backends.pools import Like
from society_sim.backends.taped import Count, Taped
from society_sim.bar import bar
from society_sim.building import Progress, build
from society_sim.collecting import seldom
from society_sim.errors import ScenarioError, StoreError, TooManyFailures, nearest
from society_sim.ledger import UNLIMITED, Ledger, allowed
from society_sim.making import marks, models_of
from society_sim.opening import head, opened, same_scenario, taken_up
from society_sim.preflight import Bound, bound, first_round
from society_sim.readable import place
from society_sim.results import Result, finished, result_of
from society_sim.scenario import Scenario
from society_sim.society import Society
from society_sim.store import RECORD, TAPE, RecordFile, RecordKept, Store, find_record
from society_sim.tape import Tape
from society_sim.values import Backend, Record


@dataclass(frozen=True, slots=True)
class Fork:
    """A run that parted from another. *parted* has the first entries in which they differ (old, new), if they do."""

    result: Result
    parent: Path
    parted: tuple[Mapping[str, Any] | None, Mapping[str, Any] | None] | None

    @property
    def folder(self) -> Path | None:
        """Where it is kept."""
        return self.result.folder

    @property
    def reused(self) -> int:
        """How many answers were on file, its own or its parent's."""
        return self.result.reused

    @property
    def asked(self) -> int:
        """How many answers were asked anew."""
        return self.result.asked

    def __repr__(self) -> str:
        at = next((f"from {entry.get('t', 0):g} on" for entry in (self.parted or ())[::-1] if entry), "no difference")
        return f"<Fork of {place(self.parent)}: {at}, {self.reused:,} reused, {self.asked:,} asked; {self.result!r}>"

    def _repr_html_(self) -> str:
        from society_sim import display

        return display.fork(self)


class Terms(TypedDict, total=False):
    """On what terms a run is carried out; none of them shapes its record."""

    concurrency: int
    """Calls in flight at most; 64 if left out."""
    budget: float | None
    """US dollars that the run may spend in all, in place of what the scenario says."""
    again: bool
    """Ask those questions once more whose calls failed."""
    shared: Path | str | None
    """A folder of tapes whose answers are used, and to which those of this run are added at its end."""
    redact: Callable[[str], str] | None
    """Goes over every answer before anybody reads it, over why there is none, and over the prompts on the tape."""
    watch: Callable[[Progress], None] | None
    """Told how it goes, about ten times a second; in a notebook a bar is, if nobody else."""
    announce: Callable[[Bound, Ledger], None] | None
    """Told what a paid run can take at most, before it begins."""


def run(
    scenario: Scenario | str | Path,
    *,
    seed: int = 0,
    out: Path | str | None = "runs",
    parent: Path | None = None,
    **terms: Unpack[Terms],
) -> Result:
    """Run *scenario* once, or take it up where it was broken off.

    The run's folder is `<out>/<name>-<digest>/seed-<seed>`; *out* `None` keeps everything in memory. *parent* is the
    folder of a run whose answers are used where they fit. *terms* are those of `Terms`, such as `budget=1.5`. Raises
    `RunStopped` if the budget, or too many failures, broke it off: what was answered is kept, and the same call takes
    it up again.
    """
    scenario = scenario if isinstance(scenario, Scenario) else Scenario.read(scenario)
    scenario.check()
    seed = int(operator.index(seed))
    if not 0 <= seed < 2**63:
        raise ScenarioError(f"a seed is a whole number from 0 to 2**63 - 1, not {seed}")
    if out is None:
        if parent is not None or terms.get("shared") or terms.get("again"):
            raise TypeError("a run that is kept in memory alone has no parent, shares nothing and is not asked again")
        with seldom():
            return _run_in_memory(scenario, seed, _known(terms))
    folder = folder_of(scenario, seed, out)
    if (folder / RECORD).is_file():
        _same_run(scenario, seed, folder)
    return _run_in(folder, scenario, seed, _known(terms), parent)


def folder_of(scenario: Scenario, seed: int, out: Path | str) -> Path:
    """The folder of the run of *scenario* with *seed*."""
    return Path(out) / f"{scenario.name}-{scenario.digest[:8]}" / f"seed-{seed:04d}"


def resume(folder: Path | str, *, sets: Sequence[str] = (), **terms: Unpack[Terms]) -> Result:
    """Take up the run in *folder*, wherever it has been moved to: nothing that is on its tape is asked again.

    *sets* change what shapes no record, such as `models.panel.rpm=60`; *terms* are those of `Terms`.
    """
    scenario, seed, _ = opened(folder)
    same_scenario(Path(folder), scenario)
    return _run_in(Path(folder), scenario.aside(sets), seed, _known(terms), None)


def _run_in(folder: Path, scenario: Scenario, seed: int, terms: Terms, parent: Path | None) -> Result:
    if parent is not None and parent.resolve() == folder.resolve():
        parent = None
    checked(scenario)
    with seldom(), Store(folder, scenario.dump(), scenario.code, parent) as store:
        mended = taken_up(store, again=terms.get("again", False))
        if store.finished:
            return replace(finished(scenario, store), doubtful=int(store.tape.doubtful.micro_usd))
        with ExitStack() as opened:
            shared = terms.get("shared")
            others = [opened.enter_context(Tape(store.parent / TAPE, writable=False))] if store.parent else []
            if shared:
                others += [Tape(path, writable=False, lazily=True) for path in tapes.shared(Path(shared))]
            count, digest, doubtful = _play(scenario, seed, store.tape, store.write, terms, others)
        store.finish(digest)
        if shared:
            tapes.share(store.folder / TAPE, Path(shared))
        made = result_of(scenario, store.folder, store.record, digest, count)
        return replace(made, doubtful=doubtful, mended=mended)


def _known(terms: Terms) -> Terms:
    if unknown := terms.keys() - Terms.__annotations__.keys():
        raise TypeError(f"a run has no term {sorted(unknown)[0]!r}; {nearest(min(unknown), Terms.__annotations__)}")
    return terms


def checked(scenario: Scenario) -> None:
    """Before anything is written: models whose parameters are not right are refused, and keys where none belong."""
    for time in (0.0, *(change.at for change in scenario.changes)):
        models_of(scenario.at(time))
    if name := held(f"{scenario.dump()}\n{scenario.code or ''}"):
        raise ScenarioError(f"what the environment holds as {name} stands in the scenario, which is kept with the run; "
                            "take it out, and name the variable instead (key_env)")  # fmt: skip


def _play(
    scenario: Scenario,
    seed: int,
    tape: Tape,
    write: Callable[[bytes], object],
    terms: Terms,
    others: Sequence[Tape] = (),
) -> tuple[Count, str, int]:
    """Carry the run out, its answers on *tape* and its record to *write*; what was counted, digest, money in doubt."""
    with bar(scenario.name) as told:
        watching: Terms = {**terms, "watch": terms.get("watch") or told}
        return _carried_out(scenario, seed, tape, write, watching, others)


def _carried_out(
    scenario: Scenario,
    seed: int,
    tape: Tape,
    write: Callable[[bytes], object],
    terms: Terms,
    others: Sequence[Tape],
) -> tuple[Count, str, int]:
    society, count, ledger = prepared(scenario, seed, tape, write, terms, others)
    try:
        society.run()
        if count.stopped is not None:  # by the last call of all
            raise count.stopped
    except TooManyFailures:
        tape.ask_again()
        raise
    return count, society.record.digest, 0 if ledger is None else int(ledger.doubtful.micro_usd)


def prepared(
    scenario: Scenario,
    seed: int,
    tape: Tape,
    write: Callable[[bytes], object],
    terms: Terms,
    others: Sequence[Tape] = (),
    seats: Seats | None = None,
) -> tuple[Society, Count, Ledger | None]:
    """The society of a run, its agenda open, its answers on *tape* and its record to *write*; counts, and account.

    *seats*: where persons sit who answer for members; without, nobody does.
    """
    count, ledger = Count(), _ledger(scenario, seed, tape, terms)
    if not len(tape) and not others:  # with answers on file it may well be enough
        first_round(scenario, seed, UNLIMITED if ledger is None else ledger.budget)
    policy, parameters = scenario.on_failure
    taped = partial(Taped, tape=tape, count=count, others=others, ledger=ledger,
                    stops=partial(policy, **parameters), redact=terms.get("redact"))  # fmt: skip
    at = Seats() if seats is None else seats

    def wrap(backend: Backend) -> Taped:
        return taped(seated(backend, at))

    society = build(scenario, seed, wrap=wrap, write=write, concurrency=terms.get("concurrency", 64),
                    watch=terms.get("watch"))  # fmt: skip
    return society, count, ledger


def _ledger(scenario: Scenario, seed: int, tape: Tape, terms: Terms) -> Ledger | None:
    """The account of the run, if anything bounds it: its budget, and for a paid one what it can take at most."""
    cap = scenario.budget
    if (budget := terms.get("budget")) is not None:
        cap = cap._replace(micro_usd=allowed(budget))
    stages = [scenario.at(at) for at in (0.0, *(change.at for change in scenario.changes))]
    paid = any(Like(model).paid for stage in stages for model in models_of(stage).values())
    if cap == UNLIMITED and not paid:
        return None
    ledger = Ledger(cap, spent=tape.spent, doubtful=tape.doubtful)
    if paid:
        most = bound(scenario, seed, enough=cap)
        if most.whole:
            ledger.foresee(most.most)
        if announce := terms.get("announce"):
            announce(most, ledger)
    return ledger


def _same_run(scenario: Scenario, seed: int, folder: Path) -> None:
    """`StoreError` if a finished run has another seed, or other models than those that the scenario names today."""
    known = head(folder)
    if not known:  # it cannot be read: the record is damaged
        return
    if known.get("seed") != seed:
        raise StoreError(f"{folder} holds a run with seed {known.get('seed')}, not {seed}; give another --out, or take "
                         "that folder away")  # fmt: skip
    played = known.get("models", {})
    for name, mark in marks(scenario).items():
        if played.get(name) != mark:
            raise StoreError(f"{folder} was run with {played.get(name)} as model {name!r}, which is {mark} by now; "
                             "give another --out, or take that folder away")  # fmt: skip


def fork(
    folder: Path | str,
    *,
    at: float = 0.0,
    sets: Sequence[str] = (),
    out: Path | str | None = None,
    **terms: Unpack[Terms],
) -> Fork:
    """Run what would have been, had *sets* (`section.parameter=value`) held from simulated time *at* on.

    Every answer of the run in *folder* whose question did not change is used again; only the rest is asked. A change
    after 0 takes effect with the first question put on the table at or after *at*, which is not after the run's end. A
    run that broke off can be forked too: what it has of a record is compared. *terms* are those of `Terms`.
    """
    scenario, seed, home = opened(folder)
    same_scenario(Path(folder), scenario)
    changed = scenario.changed(at, sets)
    old = RecordFile(find_record(Path(folder)))
    last = next(iter(deque(old, 1)), {})  # all of it is read: what is wrong with it is said before anything is asked
    if last.get("kind") == "end" and at > last["t"]:
        raise ScenarioError(f"--at {at:g} is after the end of the run, at t = {last['t']:g}: nothing would change; "
                            "give an earlier time")  # fmt: skip
    result = run(changed, seed=seed, out=out or home, parent=Path(folder), **terms)
    parted = first_difference(old, result.record)
    return Fork(result, Path(folder), parted)


def _run_in_memory(scenario: Scenario, seed: int, terms: Terms) -> Result:
    chunks: list[bytes] = []
    with tempfile.TemporaryDirectory() as passing, Tape(Path(passing) / TAPE) as tape:
        count, digest, doubtful = _play(scenario, seed, tape, chunks.append, terms)
    record = RecordKept(orjson.loads(line) for line in b"".join(chunks).splitlines())
    return replace(result_of(scenario, None, record, digest, count), doubtful=doubtful)


def first_difference(
    old: Record, new: Record
) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None] | None:
    """The first entries in which two records differ, heads and closing lines apart; `None` if there are none.

    Where an *old* record broke off is no difference.
    """
    skipped = {"header", "change", "end"}
    happened = [(entry for entry in record if entry["kind"] not in skipped) for record in (old, new)]
    whole = False
    for entry in old:
        whole = entry["kind"] == "end"
    pairs = itertools.zip_longest(*happened)
    return next(((a, b) for a, b in pairs if a != b and (whole or a is not None)), None)
