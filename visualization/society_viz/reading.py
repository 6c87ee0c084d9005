"""A record on disk, read one entry at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from society_sim.store import way_on
from society_viz.errors import VizError

Entry = Mapping[str, Any]
FORMATS = (1,)
"""The versions of the record's format that can be shown."""
_NAMES = ("record.jsonl", "record.partial.jsonl")
_LONGEST_LINE = 1 << 26


def find_record(run: Path) -> Path:
    """The record of *run*: its folder (the whole record first, then that of a run broken off), or the file itself."""
    run = Path(run)
    try:
        if run.is_file():
            return run
        for name in _NAMES:
            if (run / name).is_file():
                return run / name
        there = run.is_dir()
    except (OSError, ValueError) as error:
        raise VizError(f"cannot look at {str(run)!r}: {getattr(error, 'strerror', None) or error}") from None
    if not there:
        raise VizError(
            f"there is no run {str(run)!r}; give a run's folder, as runs/NAME-DIGEST/seed-0000, or its record.jsonl"
        )
    raise VizError(f"{run} holds no record; a run's folder has a {_NAMES[0]} (or {_NAMES[1]} if it was broken off)")


def entries(path: Path) -> Iterator[Entry]:
    """The entries of the record at *path* in order, the header first; a torn last line is left out.

    Raises `VizError` if the file cannot be read or is not a record.
    """
    first = True
    try:
        with Path(path).open("rb") as file:
            for place, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b""), 1):
                entry = _entry(path, place, line, first)
                if entry is None:
                    return
                first = False
                yield entry
    except OSError as error:
        raise VizError(f"cannot read the record {path}: {error.strerror}") from None
    if first:
        raise VizError(f"{path} is empty: nothing was recorded; run the scenario again")


def _entry(path: Path, place: int, line: bytes, first: bool) -> Entry | None:
    """One entry; `None` for what a crash left of the last one."""
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        if not line.endswith(b"\n") and not first and len(line) < _LONGEST_LINE:
            return None
        raise VizError(
            f"{path}:{place}: not an entry of a record ({error}); a record is JSON Lines as a run writes it; "
            f"{way_on(Path(path))}"
        ) from None
    if not isinstance(entry, dict) or not isinstance(entry.get("kind"), str):
        raise VizError(f'{path}:{place}: an entry is an object with a "kind", such as {{"t": 0, "kind": "header"}}')
    if first:
        if entry["kind"] != "header":
            raise VizError(f"{path}:1: a record begins with its header; this begins with {entry['kind'][:40]!r}")
        if entry.get("format") not in FORMATS:
            raise VizError(
                f"{path}:1: this record has format {entry.get('format')!r}; this version shows format {FORMATS[0]}"
            )
    return entry
