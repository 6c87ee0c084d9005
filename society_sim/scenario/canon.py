"""A scenario's values as text and as a digest: files count by what is in them, not by where they lie."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from society_sim.scenario import places, plainyaml


def digest(value: Any) -> str:
    """The sha256 of *value* (plain data and paths), in hexadecimal. The order of mappings counts."""
    return sha256(json.dumps(_canonical(value), separators=(",", ":"), allow_nan=False).encode()).hexdigest()


def written(value: Any, known: dict[str, str]) -> Any:
    """*value* with paths as text; *known* gets the sha256 of each."""
    if isinstance(value, Path):
        known[str(value)] = places.digest(value)
        return str(value)
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else plainyaml.write(key).strip(): written(item, known)
                for key, item in value.items()}  # fmt: skip
    return [written(item, known) for item in value] if isinstance(value, (list, tuple)) else value


def paths(value: Any) -> Iterator[Path]:
    """The paths in *value*."""
    if isinstance(value, Path):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from paths(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from paths(item)


def source_digest(function: Callable[..., Any], code: str | None) -> str | None:
    """The sha256 of the source of a part that is neither ours nor in the scenario's *code*: of one from a notebook.

    Without it, a part that was edited between two runs would be taken for the one that it was.
    """
    if function.__module__.split(".")[0] == "society_sim":
        return None
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError):
        return None  # typed at a prompt: there is nothing to read
    return None if code is not None and source in code else sha256(source.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, Path):
        return {"sha256": places.digest(value)}
    if isinstance(value, Mapping):
        return [[_canonical(key), _canonical(item)] for key, item in value.items()]
    return [_canonical(item) for item in value] if isinstance(value, (list, tuple)) else value
