"""Organisations on disk: who is named in a file, and which ties; every error says the file and the line."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from society_sim.backends.tables import csv_rows, opened, unread
from society_sim.errors import ScenarioError, nearest
from society_sim.topologies.graphml import Reader

Node = tuple[int, str, Mapping[str, Any]]
"""Line, name, attributes."""
_TABS = frozenset({".tsv", ".tab"})
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}\[\]\n]')
_NUMBER = re.compile(r"-?\d+(\.\d*)?([eE][-+]?\d{1,3})?|-?\.\d+")


@dataclass(frozen=True, slots=True)
class Tie:
    """A tie as a file has it; *kind* and *weight* are `None` where it says nothing of them."""

    line: int | None
    source: str
    target: str
    kind: str | None = None
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Ties:
    """The ties in *path*. *nodes* are those that it lists, `None` if it names them by their ties alone."""

    path: Path
    ties: list[Tie]
    nodes: list[Node] | None
    directed: bool | None = None
    """What the file says of it, if anything."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a tie's ends, kind and weight are called; the last two may be `None`: not said."""

    source: str = "source"
    target: str = "target"
    kind: str | None = None
    weight: str | None = None


def ties_of(path: Path, columns: Columns) -> Ties:
    """The ties in a GraphML file, a JSON object of neighbours, or a table; the name of *path* says which."""
    suffix = _suffix(path)
    if suffix in (".graphml", ".xml"):
        found = Reader(path)
        ties = [Tie(line, source, target, *_kind_and_weight(path, line, said, columns))
                for line, source, target, said in found.ties]  # fmt: skip
        return Ties(path, ties, list(found.nodes), found.directed)
    if suffix == ".json":
        return _json(path, columns)
    known = (columns.kind or "kind", columns.weight or "weight")
    needed = [columns.source, columns.target, *(name for name in (columns.kind, columns.weight) if name)]
    ties = []
    for line, row in rows(path, needed):
        said = {name: cell for name in known if (cell := row.get(name))}
        ends = _named(path, line, row, columns.source), _named(path, line, row, columns.target)
        ties.append(Tie(line, *ends, *_kind_and_weight(path, line, said, columns)))
    return Ties(path, ties, None)


def nodes_of(path: Path, key: str, needed: list[str]) -> list[Node]:
    """Those whom the table in *path* lists, with the other columns as attributes; empty cells say nothing."""
    found: dict[str, int] = {}
    nodes: list[Node] = []
    for line, row in rows(path, [key, *needed]):
        name = _named(path, line, row, key)
        if name in found:
            raise ScenarioError(f"{name!r} is there twice, first on line {found[name]}", file=path, line=line)
        found[name] = line
        nodes.append((line, name, {column: cell for column, cell in row.items() if cell and column != key}))
    return nodes


def rows(path: Path, needed: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, column -> cell) of a table with a head that has the columns *needed*; commas or, in .tsv, tabs."""
    table = csv_rows(path, "\t" if _suffix(path) in _TABS else ",")
    line, head = next(table)
    for name in needed:
        if name not in head:
            raise ScenarioError(f"there is no column {name!r}; {nearest(name, head)}", file=path, line=line)
    if len(set(head)) < len(head):
        twice = next(name for name in head if head.count(name) > 1)
        raise ScenarioError(f"there are two columns {twice!r}", file=path, line=line)
    for line, cells in table:
        yield line, {name: cell.strip() for name, cell in zip(head, cells, strict=True)}


def value(cell: Any) -> Any:
    """A cell as what it looks like: a whole number, a number, true or false, else text.

    >>> value("12"), value("0.5"), value("true"), value("007")
    (12, 0.5, True, '007')
    """
    if not isinstance(cell, str):
        return cell
    if _WHOLE.fullmatch(cell):
        return int(cell)
    if _NUMBER.fullmatch(cell) and not re.match(r"-?0\d", cell):
        return float(cell)
    return {"true": True, "false": False}.get(cell.lower(), cell)


def _suffix(path: Path) -> str:
    inner = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return inner.suffix.lower()


def _named(path: Path, line: int, row: Mapping[str, str], column: str) -> str:
    if not row[column]:
        raise ScenarioError(f"nobody is named in the column {column!r}", file=path, line=line)
    return row[column]


def _kind_and_weight(
    path: Path, line: int | None, said: Mapping[str, Any], columns: Columns
) -> tuple[str | None, float | None]:
    """Kind and weight of a tie of which so much is *said*."""
    kind, weight = said.get(columns.kind or "kind"), said.get(columns.weight or "weight")
    if kind is not None and (not isinstance(kind, str) or not kind.isprintable() or not kind):
        raise ScenarioError(f"the kind of a tie is a word, such as talk or report, not {kind!r}", file=path, line=line)
    if weight is None:
        return kind, None
    try:
        number = float(weight)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(weight, bool) or not 0 <= number < math.inf:
        raise ScenarioError(f"the weight of a tie is a number of 0 or more, not {weight!r}", file=path, line=line)
    return kind, number


def _json(path: Path, columns: Columns) -> Ties:
    """Each member's neighbours by name: a list, or a mapping to a weight or to {kind, weight}."""
    with opened(path) as stream:
        try:
            text = stream.read()
            whole = json.loads(text, object_pairs_hook=_once)
        except json.JSONDecodeError as error:
            raise ScenarioError(f"is not JSON: {error.msg}", file=path, line=error.lineno) from error
        except _TwiceError as error:
            told = f"{str(error)!r} is there twice in one object"
            lines = [line for name, line in _keys(text) if name == str(error)]
            raise ScenarioError(told, file=path, line=lines[-1] if len(lines) > 1 else None) from error
        except (OSError, EOFError, ValueError, RecursionError) as error:  # not UTF-8, or a number of 5,000 digits
            raise unread(path, error, "as JSON") from error
    if not isinstance(whole, dict):
        raise ScenarioError('must be a JSON object of each member\'s neighbours: {"Ann": ["Bob"]}', file=path)
    nodes: list[Node] = [(line, name, {}) for name, line in _keys(text)]
    ties = []
    for line, name, _ in nodes:
        near = whole[name]
        if isinstance(near, list):
            near = dict.fromkeys(near) if all(isinstance(other, str) for other in near) else None
            if near is not None and len(near) < len(whole[name]):
                twice = next(other for other in near if whole[name].count(other) > 1)
                raise ScenarioError(f"the tie from {name!r} to {twice!r} is there twice", file=path, line=line)
        if not isinstance(near, dict):
            raise ScenarioError(f"the neighbours of {name!r} are a list or a mapping of names", file=path, line=line)
        for other, said in near.items():
            said = said if isinstance(said, dict) else {} if said is None else {columns.weight or "weight": said}
            ties.append(Tie(line, name, other, *_kind_and_weight(path, line, said, columns)))
    return Ties(path, ties, nodes)


class _TwiceError(ValueError):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _TwiceError(next(key for at, (key, _) in enumerate(pairs) if key in dict(pairs[:at])))
    return found


def _keys(text: str) -> list[tuple[str, int]]:
    """The keys of the outermost object in *text*, which is JSON, and their lines."""
    found: list[tuple[str, int]] = []
    line, depth = 1, 0
    for token in _TOKEN.finditer(text):
        said = token[0]
        if said == "\n":
            line += 1
        elif said in "{[":
            depth += 1
        elif said in "}]":
            depth -= 1
        elif depth == 1 and said.endswith(":"):
            found.append((json.loads(said[:-1]), line))
            line += said.count("\n")
    return found
