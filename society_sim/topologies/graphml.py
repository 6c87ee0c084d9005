"""GraphML, read as it comes, so that an error can say on which line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.parsers import expat

from society_sim.backends.tables import opened, unread
from society_sim.errors import ScenarioError

_KINDS: dict[str, Callable[[str], Any]] = {
    "int": int, "long": int, "float": float, "double": float, "string": str,
    "boolean": lambda word: {"true": True, "1": True, "false": False, "0": False}[word.strip().lower()],
}  # fmt: skip


class Reader:
    """What a GraphML file says: `nodes` and `ties` as (line, ..., attributes), and whether the ties are `directed`.

    `ScenarioError` with file and line for what is no XML, has no graph, or brings entities of its own.
    """

    def __init__(self, path: Path) -> None:
        self.nodes: list[tuple[int, str, dict[str, Any]]] = []
        self.ties: list[tuple[int, str, str, dict[str, Any]]] = []
        self.directed = True
        self._path = path
        self._keys: dict[str, tuple[str, str, str]] = {}  # id -> what it is for, name, type
        self._of: dict[str, Any] | None = None  # the attributes of what is open
        self._key: tuple[str, str, str] | None = None
        self._text: list[str] = []
        self._graphs = 0
        parser = self._parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text.append
        parser.StartDoctypeDeclHandler = self._doctype
        self._read()
        if not self._graphs:
            raise ScenarioError("there is no <graph> in it", file=path)

    def _read(self) -> None:
        with opened(self._path) as text:
            try:
                while block := text.read(1 << 16):
                    self._parser.Parse(block, False)
                self._parser.Parse("", True)
            except expat.ExpatError as error:
                told = expat.errors.messages.get(error.code, str(error))
                raise ScenarioError(f"is not XML: {told}", file=self._path, line=error.lineno) from error
            except (OSError, EOFError, UnicodeDecodeError) as error:
                raise unread(self._path, error, line=self._line) from error

    @property
    def _line(self) -> int:
        return self._parser.CurrentLineNumber

    def _error(self, message: str) -> ScenarioError:
        return ScenarioError(message, file=self._path, line=self._line)

    def _doctype(self, *_: Any) -> None:
        raise self._error("has a DOCTYPE; GraphML needs none, and what it brings is not read")

    def _needed(self, tag: str, said: dict[str, str], name: str) -> str:
        if name not in said:
            raise self._error(f"this <{tag}> has no {name}")
        return said[name]

    def _start(self, tag: str, said: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        self._text.clear()
        if tag == "graph":
            self._graphs += 1
            if self._graphs > 1:
                raise self._error("there is a second <graph>; one organisation is one graph")
            self.directed = said.get("edgedefault", "directed") != "undirected"
        elif tag == "key":
            name = self._needed("key", said, "id")
            self._keys[name] = said.get("for", "all"), said.get("attr.name", name), said.get("attr.type", "string")
        elif tag == "node":
            self._of = {}
            self.nodes.append((self._line, self._needed("node", said, "id"), self._of))
        elif tag == "edge":
            if said.get("directed", str(self.directed).lower()) != str(self.directed).lower():
                raise self._error("this <edge> is directed otherwise than its graph")
            self._of = {}
            ends = self._needed("edge", said, "source"), self._needed("edge", said, "target")
            self.ties.append((self._line, *ends, self._of))
        elif tag == "hyperedge":
            raise self._error("a <hyperedge> joins several at once; a tie is an <edge> from one to one")
        elif tag == "data" and self._of is not None:
            key = self._needed("data", said, "key")
            if key not in self._keys:
                raise self._error(f"there is no <key> called {key!r} before this <data>")
            self._key = self._keys[key]

    def _end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag in ("node", "edge"):
            self._of = None
        elif tag == "data" and self._of is not None and self._key is not None:
            _, name, kind = self._key
            word = "".join(self._text)
            try:
                self._of[name] = _KINDS.get(kind, str)(word)
            except (ValueError, KeyError):
                raise self._error(f"{name} is of type {kind}, not {word!r}") from None
            self._key = None

