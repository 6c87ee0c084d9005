"""What an estimate is of: the runs that are still to be made, in groups of which each can be played dry alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from society_sim import runs
from society_sim.backends.pools import Like
from society_sim.damage import damage
from society_sim.making import models_of
from society_sim.scenario import Scenario
from society_sim.scenario.design import Cell
from society_sim.store import RECORD, TAPE
from society_sim.tapes import look


class State(Enum):
    """What there is of a run."""

    NEW = "new"
    BEGUN = "begun"
    DONE = "done"


class Group(NamedTuple):
    """Seeds for which the same runs are still to be made; *folders* has, for each seed, that of every cell."""

    seeds: tuple[int, ...]
    states: tuple[State, ...]
    folders: tuple[tuple[Path, ...], ...]

    def left(self, cell: int) -> int:
        """How many runs of the *cell* at this place are still to be made."""
        return 0 if self.states[cell] is State.DONE else len(self.seeds)


@dataclass(frozen=True, slots=True)
class There:
    """What of the runs is there already: whole *runs*, and *answers* on tapes with what they cost in micro-dollars."""

    runs: int = 0
    begun: int = 0
    answers: int = 0
    micro_usd: int = 0


class Plan(NamedTuple):
    """The distinct *cells* of a design, in the order in which they are run, and the *groups* of its seeds."""

    cells: tuple[Cell, ...]
    groups: tuple[Group, ...]
    there: There

    @property
    def left(self) -> int:
        """How many runs are still to be made."""
        return sum(group.left(place) for group in self.groups for place in range(len(self.cells)))


def planned(cells: Sequence[Cell], seeds: Sequence[int], out: Path) -> Plan:
    """The plan of *cells* with *seeds*, with what there is below *out*; cells that are the same run count once."""
    distinct = list({cell.scenario.digest: cell for cell in reversed(cells)}.values())[::-1]
    groups: dict[tuple[object, ...], list[tuple[int, tuple[Path, ...]]]] = {}
    done = begun = answers = spent = 0
    for seed in seeds:
        folders = tuple(runs.folder_of(cell.scenario, seed, out) for cell in distinct)
        states = tuple(map(_state, folders))
        alone = seed if State.BEGUN in states else -1  # what is on its tape is like no other's
        groups.setdefault((states, alone), []).append((seed, folders))
        for folder, state in zip(folders, states, strict=True):
            if state is not State.NEW:
                tape = look(folder)
                answers, spent = answers + tape.answers, spent + int(tape.spent.micro_usd + tape.doubtful.micro_usd)
                done, begun = done + (state is State.DONE), begun + (state is State.BEGUN)
    made = [Group(tuple(seed for seed, _ in many), key[0], tuple(folders for _, folders in many))  # type: ignore[arg-type]
            for key, many in groups.items()]  # fmt: skip
    return Plan(tuple(distinct), tuple(made), There(done, begun, answers, spent))


def _state(folder: Path) -> State:
    record = folder / RECORD
    if record.is_file() and not damage(record):  # a damaged one is made anew from the tape
        return State.DONE
    return State.BEGUN if (folder / TAPE).is_file() else State.NEW


def played(scenario: Scenario) -> dict[str, str]:
    """The models that would be asked over a network, or by somebody's code, and what each is."""
    stages = [scenario.at(at) for at in (0.0, *(change.at for change in scenario.changes))]
    return {name: Like(model).watermark for stage in stages for name, model in models_of(stage).items()
            if not Like(model).free}  # fmt: skip
