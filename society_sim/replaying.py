"""Replay: the proof that a record follows from the answers on its tape."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from society_sim import __version__
from society_sim.backends.taped import Count, Kept, Replayed
from society_sim.building import build
from society_sim.collecting import seldom
from society_sim.damage import damage
from society_sim.errors import ReplayError, StoreError
from society_sim.opening import head, opened, same_scenario
from society_sim.readable import place
from society_sim.store import RECORD, TAPE, asked_again, astray, way_on
from society_sim.tape import Tape


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay that agreed with its record, byte by byte."""

    folder: Path
    digest: str
    answers: int

    def __repr__(self) -> str:
        return f"<Replay of {place(self.folder)}: the same record from {self.answers:,} answers, {self.digest[:8]}>"

    def _repr_html_(self) -> str:
        from society_sim import display

        return display.replay(self)


def replay(folder: Path | str) -> Replay:
    """Run again from the tape alone, no model asked; `ReplayError` unless the record comes out byte by byte.

    Models are not even built: what enters their queries is in the head of the record, so a run can be replayed when
    their parameters, or this package, have another version.
    """
    scenario, seed, _ = opened(folder)
    path = Path(folder) / RECORD
    if not path.exists():
        raise StoreError(f"{folder} has no whole record yet; resume the run first: society-sim resume {folder}")
    if wrong := damage(path, stated=False):  # where it was changed is shown below
        raise StoreError(f"{path} is damaged ({wrong}); {way_on(path)}")
    try:
        same_scenario(Path(folder), scenario)
    except StoreError as error:
        raise ReplayError(str(error)) from None
    known = head(Path(folder))
    models = {name: Kept(mark, **known["backends"][name]) for name, mark in known.get("models", {}).items()}
    count = Count()
    with seldom(), Tape(Path(folder) / TAPE, writable=False) as tape, path.open("rb") as file:
        if lost := astray(path, tape):
            raise ReplayError(f"{path} cannot be replayed: {lost}; {asked_again(Path(folder))}")

        def compare(chunk: bytes) -> None:
            kept = file.read(len(chunk))
            if kept != chunk:
                raise ReplayError(_first_difference(path, kept, chunk))

        wrap = partial(Replayed, tape=tape, count=count)
        version = str(known.get("version", __version__))
        society = build(scenario, seed, wrap=wrap, write=compare, models=models, version=version)
        try:
            society.run()
        except ReplayError as error:
            raise ReplayError(f"{error}\n{_likely(tape, version)}") from error
        if rest := file.readline():
            raise ReplayError(f"the record {path} goes on after the replay has ended:\n{rest.decode()[:300]}")
    return Replay(Path(folder), society.record.digest, count.reused)


def _likely(tape: Tape, version: str) -> str:
    """What makes a run go another way, if its scenario is the same."""
    if tape.torn or tape.dropped:
        return f"Lines of the tape are damaged: {tape.dropped + tape.torn:,}, which were passed over."
    if version != __version__:
        return f"The run was made by version {version} of society_sim; this is {__version__}."
    return ("The scenario is the one that was run. A part that draws from Python's `random` or NumPy's global "
            "generator, reads a clock, or goes through a set of words does otherwise each time; luck that repeats is "
            "society.lot.")  # fmt: skip


def _first_difference(path: Path, kept: bytes, chunk: bytes) -> str:
    here = next((i for i, (a, b) in enumerate(zip(kept, chunk, strict=False)) if a != b), min(len(kept), len(chunk)))
    start = chunk.rfind(b"\n", 0, here) + 1

    def line(data: bytes) -> str:
        return data[start:].split(b"\n", 1)[0].decode(errors="replace")[:400] or "(nothing)"

    return f"the replay differs from {path}:\n  kept: {line(kept)}\n  now:  {line(chunk)}"
