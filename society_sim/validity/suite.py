"""Carrying the rows out: two stages, all cores, and every mutant.

A case that is refused is run once more with another seed and four times as many draws, and is red only if it is
refused again; so a false alarm is about one in a million. A mutant is caught if its case is refused twice.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from society_sim.guard import check_guarded
from society_sim.validity.findings import Finding
from society_sim.validity.rows import Bench, Case, Row, mutants, rows

FIRST, SECOND = 1, 2
"""The seeds of the two stages."""
_AGAIN = 4


@dataclass(frozen=True, slots=True)
class Told:
    """How one case came out: its findings, on the stage that counts; *mutant* is the mistake that was made, if any.

    *seconds* of processor time, so that they mean the same on a machine that is busy.
    """

    row: str
    case: str
    findings: tuple[Finding, ...]
    stage: int
    seconds: float
    mutant: str = ""
    error: str = ""

    @property
    def passed(self) -> bool:
        """Whether all findings are accepted; of a mutant, whether one was refused. What fails has shown nothing."""
        if self.error or not self.findings:
            return False
        return all(finding.passed for finding in self.findings) != bool(self.mutant)


@dataclass(frozen=True, slots=True)
class Unit:
    """One case to run, as it stands or with a mistake: the *place* of the mutant among those of its row."""

    row: str
    case: int
    mutant: int | None = None


def units(wanted: Sequence[str] | None = None, *, with_mutants: bool = True) -> list[Unit]:
    """All that there is to run: every case of every row, then every mutant; of rows for which all is installed."""
    possible = [one for one in rows(wanted) if one.possible]
    found = [Unit(one.id, case) for one in possible for case in range(len(one.cases))]
    if with_mutants:
        found += [Unit(one.id, _where(one, mistake.case), place)
                  for one in possible for place, mistake in enumerate(mutants(one.id))]  # fmt: skip
    return found


def validity(
    wanted: Sequence[str] | None = None,
    *,
    with_mutants: bool = True,
    workers: int = 1,
    times: float = 1.0,
    tell: Callable[[Told, int, int], None] = lambda *_: None,
) -> list[Told]:
    """Run the suite, or the rows that are *wanted*, on so many processes; in the order of rows, whatever ended first.

    *times* scales how many draws are taken. *tell* hears of each case as it ends, and how many have ended of how many.
    """
    todo = units(wanted, with_mutants=with_mutants)
    done: dict[Unit, Told] = {}
    for unit, told in _carried_out(todo, workers, times):
        done[unit] = told
        tell(told, len(done), len(todo))
    return [done[unit] for unit in todo]


def _carried_out(todo: Sequence[Unit], workers: int, times: float) -> Iterator[tuple[Unit, Told]]:
    if workers == 1:
        yield from ((unit, carry_out(unit, times)) for unit in todo)
        return
    check_guarded()
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        futures: dict[Future[Told], Unit] = {pool.submit(carry_out, unit, times): unit for unit in todo}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def carry_out(unit: Unit, times: float = 1.0) -> Told:
    """Run one case in both stages, if it takes two."""
    (one,) = rows([unit.row])
    case = one.cases[unit.case]
    mistake = None if unit.mutant is None else mutants(one.id)[unit.mutant]
    began = time.process_time()
    findings: tuple[Finding, ...] = ()
    error, stage = "", FIRST
    # A mutant's second stage needs no more draws: what is refused twice here would be refused with four times as many.
    for stage, more in ((FIRST, 1), (SECOND, _AGAIN if mistake is None else 1)):
        with tempfile.TemporaryDirectory(prefix="society-sim-") as folder:
            bench = Bench(stage, times * more, Path(folder))
            try:
                if mistake is None:
                    findings = tuple(one.check(bench, **case))
                else:
                    with mistake.patch():
                        findings = tuple(one.check(bench, **case))
                error = ""
            except Exception as wrong:
                error = f"{type(wrong).__name__}: {wrong}"
        if not error and findings and all(finding.passed for finding in findings):
            break
    seconds = time.process_time() - began
    return Told(one.id, words(case), findings, stage, seconds, mistake.name if mistake else "", error)


def words(case: Case) -> str:
    """A case in words.

    >>> words({"p": 0.6, "n": 9, "budget": True}), words({"budget": False})
    ('p 0.6, n 9, with budget', 'without budget')
    """
    return ", ".join(f"{'with' if value else 'without'} {name}" if isinstance(value, bool) else f"{name} {value}"
                     for name, value in case.items())  # fmt: skip


def _where(one: Row, case: Case) -> int:
    """The first of the cases that agrees with *case*."""
    return next(place for place, known in enumerate(one.cases) if case.items() <= known.items())


def verdict(told: Iterable[Told]) -> bool:
    """Whether every case is green and every mutant was caught."""
    return all(one.passed for one in told)
