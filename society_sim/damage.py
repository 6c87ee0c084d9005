"""What a crash, a full disk or a hand may have done to a record on disk: how it is seen."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from society_sim.errors import NOT_CALLED, StoreError

SUM = "record.sha256"
"""Beside a whole record: its sha256, as `sha256sum` writes and checks it. Runs of earlier versions have none."""
_LONGEST_SUM = 512


def damage(record: Path, *, stated: bool = True) -> str:
    """What is wrong with the file *record*, in words; empty if it is whole: entries, and the last its `end`.

    All of it is read, as a measure reads it. Where its sha256 is *stated* beside it, it is held against that too.
    """
    number, line, entry, found = 0, b"\n", None, sha256()
    known = _sum(record) if stated else ""
    try:
        for number, line in enumerate(_lines(record), 1):
            if known:
                found.update(line)
            entry = orjson.loads(line)
            if not isinstance(entry, dict):
                return f"line {number:,} is not an entry"
    except orjson.JSONDecodeError:
        return f"line {number:,} is not an entry" if line.endswith(b"\n") else f"cut off in line {number:,}"
    if not line.endswith(b"\n"):
        return f"cut off in line {number:,}"
    if entry is None or entry.get("kind") != "end":
        return f"cut off after line {number:,}: there is no `end`"
    if entry.get("entries") != number - 1:
        return f"{number - 1:,} entries before its `end`, which says {entry.get('entries')}"
    if known and found.hexdigest() != known:
        return f"changed since it was written: its sha256 is not the one in {SUM}"
    return ""


def _sum(record: Path) -> str:
    """The sha256 that stands beside the file *record*; empty if there is none, or none that was written to its end."""
    path = record.with_name(SUM)
    try:
        if not path.is_file():  # else reading it might never end
            return ""
        with path.open("rb") as file:
            said = file.read(_LONGEST_SUM)
    except OSError:
        return ""
    match = re.fullmatch(rb"([0-9a-f]{64})  (.+)\n", said)
    return match[1].decode() if match and match[2] == os.fsencode(record.name) else ""


def keys(record: Path) -> Iterator[str]:
    """The keys of the answers in the file *record*, as far as it can be read; without those of members not called."""
    for line in _lines(record):
        entry = _entry(line) if b'"kind":"answer"' in line else None
        if entry is not None and entry.get("kind") == "answer" and entry.get("reason") not in NOT_CALLED:
            yield str(entry.get("key"))


def _lines(record: Path) -> Iterator[bytes]:
    try:
        with record.open("rb") as file:
            yield from file
    except OSError as error:
        raise StoreError(f"cannot read the record {record}: {error.strerror}") from error


def _entry(line: bytes) -> Mapping[str, Any] | None:
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return entry if isinstance(entry, dict) else None
