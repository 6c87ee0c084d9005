"""A run's folder, opened again: which scenario and seed it is of, and what is to be done where it was damaged."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from society_sim import __version__
from society_sim.errors import ScenarioError, StoreError
from society_sim.scenario import Scenario
from society_sim.store import BEFORE, PARTIAL, RECORD, SCENARIO, RecordFile, Store, asked_again


def opened(folder: Path | str) -> tuple[Scenario, int, Path]:
    """The scenario of the run in *folder*, its seed, and the folder that it was given as `out`.

    The seed is in the head of the record; a folder that has none yet is named after it. Where the folder was copied
    from the one that `out` had for it, the last is the folder it is in now.
    """
    folder = Path(folder)
    if not (folder / SCENARIO).is_file():
        raise StoreError(f"{folder} is not a run's folder: it has no {SCENARIO}; a run prints its folder at its end")
    try:
        scenario = Scenario.read(folder / SCENARIO)
    except ScenarioError as error:
        if not error.message.startswith("no "):
            raise
        raise ScenarioError(f"{error} (if the run used a part that a script or notebook defined, go on from "
                            "there, where it is defined: society_sim.replay, resume or fork)") from None  # fmt: skip
    whole = folder.resolve()
    own = re.fullmatch(f"{re.escape(scenario.name)}-[0-9a-f]{{8}}", whole.parent.name)
    home = whole.parent.parent if own else whole.parent
    return scenario, seed_of(folder), home if folder.is_absolute() else Path(os.path.relpath(home))


def seed_of(folder: Path) -> int:
    """The seed of the run in *folder*."""
    known = head(folder).get("seed")
    if isinstance(known, int):
        return known
    digits = folder.resolve().name.removeprefix("seed-")
    if not digits.isdecimal():
        raise StoreError(f"{folder} has no record yet that says its seed, and is not named after it; give it the name "
                         "back that it was made with, seed-NNNN")  # fmt: skip
    return int(digits)


def head(folder: Path) -> Mapping[str, Any]:
    """The head of what there is of the record in *folder*; empty if none can be read."""
    for name in (RECORD, PARTIAL, BEFORE):
        try:
            first = next(iter(RecordFile(folder / name)), {})
        except StoreError:  # there is none, or its first line is broken
            continue
        if first.get("kind") == "header":
            return first
    return {}


def same_scenario(folder: Path, scenario: Scenario) -> None:
    """`StoreError` unless *scenario*, read from *folder*, is the one that was run there."""
    known = head(folder)
    if known and known.get("scenario") != scenario.digest:
        made = known.get("version")
        newer = f" (it was run by version {made}, and this is {__version__})" if made != __version__ else ""
        raise StoreError(f"{folder / SCENARIO}, or the code beside it, is not the scenario that was run here{newer}; a "
                         f"changed scenario is another run: society-sim run {folder / SCENARIO}")  # fmt: skip


def taken_up(store: Store, *, again: bool) -> str:
    """What was wrong with the record in *store* and is made good now, in words; `store.finished` if nothing is left.

    A record that is not whole is made anew from the tape. What the record has and the tape has lost is asked once more
    only *again*, since it costs what it cost before: `StoreError` where the record cannot be made anew without it.
    """
    if again and (store.lost or store.tape.failures()):
        store.reopen()  # first: a run that breaks off now goes on from its tape
        store.tape.ask_again()
    if not store.damage:
        return ""
    record = store.folder / RECORD
    if store.lost:
        raise StoreError(f"{record} is damaged ({store.damage}), and cannot be made anew from the tape alone: "
                         f"{store.lost}; {asked_again(store.folder)}")  # fmt: skip
    return f"{record} was damaged ({store.damage}), and was made anew from the tape"
