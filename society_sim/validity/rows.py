"""Rows, their cases and their mutants, and how they are found: one decorator each.

>>> [one.name for one in mutants("A1")]
['the first reply wins', 'half of the votes are enough']
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from unittest.mock import patch

from society_sim.errors import ScenarioError, nearest
from society_sim.registry import KINDS
from society_sim.validity.findings import Finding

if TYPE_CHECKING:
    from society_sim.results import Result
    from society_sim.scenario import Scenario

Case: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bench:
    """What a row runs its scenarios on: a seed, how many times the usual number of draws, and a folder to work in."""

    seed: int
    times: float
    folder: Path

    def size(self, usual: int) -> int:
        """How many draws to take where *usual* many are meant."""
        return max(1, round(usual * self.times))

    def run(self, scenario: Scenario, *, seed: int = 0) -> Result:
        """Run *scenario* the ordinary way; *seed* tells several runs of one case apart."""
        from society_sim.runs import run

        return run(scenario, seed=1000 * self.seed + seed, out=self.folder)


Check: TypeAlias = Callable[..., Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Row:
    """A known result: *check* takes a bench and the parameters of one of the *cases*, and yields findings.

    *needs*: a package that is no dependency; where it is not installed, the row is left out.
    """

    id: str
    title: str
    formula: str
    source: str
    check: Check
    cases: tuple[Case, ...]
    needs: str = ""

    @property
    def possible(self) -> bool:
        """Whether what it needs is installed."""
        return not self.needs or importlib.util.find_spec(self.needs) is not None


@dataclass(frozen=True, slots=True)
class Mutant:
    """A deliberate mistake, put in place by *patch*, which must turn row *row* red in its case *case*."""

    row: str
    name: str
    patch: Callable[[], AbstractContextManager[Any]]
    case: Case = field(default_factory=dict)


_ROWS: dict[str, Row] = {}
_MUTANTS: dict[str, list[Mutant]] = {}


def row(
    id: str,  # noqa: A002
    title: str,
    *,
    formula: str,
    source: str,
    cases: Sequence[Case] = ({},),
    needs: str = "",
) -> Callable[[Check], Check]:
    """Register a generator of findings as row *id*."""

    def register(check: Check) -> Check:
        _ROWS[id] = Row(id, title, formula, source, check, tuple(cases), needs)
        return check

    return register


def mutant(row: str, name: str, **case: Any) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Register a function that gives a context in which a mistake is made; *case* is where *row* must notice it."""

    def register(make: Callable[[], Any]) -> Callable[[], Any]:
        _MUTANTS.setdefault(row, []).append(Mutant(row, name, make, case))
        return make

    return register


@contextmanager
def replaced(**places: Any) -> Iterator[None]:
    """Put other values in place of attributes: `replaced(**{"society_sim.module.name": value})`."""
    with ExitStack() as all_of_them:
        for place, value in places.items():
            all_of_them.enter_context(patch(place, value))
        yield


@contextmanager
def another(kind: str, name: str, function: Callable[..., Any]) -> Iterator[None]:
    """Put *function* in place of the part *name* of *kind*; one that takes `**anything` takes what the part takes."""
    part = KINDS[kind].get(name)
    if any(one.kind is one.VAR_KEYWORD for one in inspect.signature(function).parameters.values()):
        function.__signature__ = inspect.signature(part.function)  # type: ignore[attr-defined]
    with patch.dict(KINDS[kind]._parts, {name: replace(part, function=function)}):
        yield


def rows(wanted: Sequence[str] | None = None) -> tuple[Row, ...]:
    """All rows in order, or those that are *wanted*; `ScenarioError` with the nearest name for one that is not there.

    >>> [one.id for one in rows(["A1"])]
    ['A1']
    """
    _load()
    for name in wanted or ():
        if name not in _ROWS:
            raise ScenarioError(f"the validity suite has no row {name!r}; {nearest(name, _ROWS)}")
    return tuple(_ROWS[name] for name in sorted(_ROWS, key=_order) if wanted is None or name in wanted)


def mutants(row: str) -> tuple[Mutant, ...]:
    """The mutants of *row*."""
    _load()
    return tuple(_MUTANTS.get(row, ()))


def _order(name: str) -> tuple[str, int, str]:
    digits = "".join(character for character in name if character.isdigit())
    return name[0], int(digits or 0), name


def _load() -> None:
    from society_sim.validity import results

    for module in pkgutil.iter_modules(results.__path__):
        importlib.import_module(f"{results.__name__}.{module.name}")
