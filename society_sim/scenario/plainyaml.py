"""YAML as plain data, bounded and without surprises, with the place of every value.

Taken from YAML: mappings, lists, comments, plain, quoted and block text. Refused: anchors, aliases, tags, keys that are
there twice, keys that are not text, more than one document, control characters. Plain words mean what they look like:

- `null`, `~` and nothing are null; `true` and `false` are truth values; all else that is no number is text: `no`, `on`,
  `012`, `1:30`, `0x1F`, `1_000` and `2026-01-31` stay what was written (YAML 1.1 makes them false, 10, 90 and so on).
- `3`, `-0.5`, `1e3` are numbers, and finite; a whole number has at most 18 digits.

>>> read("looks: 3\\nsay: [no, 012, '4']").value
{'looks': 3, 'say': ['no', '012', '4']}
>>> read("a: 1\\na: 2")
Traceback (most recent call last):
    ...
society_sim.errors.ScenarioError: 2:1: 'a' is there twice
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

import yaml

from society_sim.errors import ScenarioError

LONGEST, DEEPEST, MOST, DIGITS = 1 << 20, 64, 100_000, 18
"""Limits: characters of a document, levels, values, digits of a whole number."""
KeyPath: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys and places in lists."""

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
"""Characters that no text in a scenario may have: control, direction override, half a character."""
_IN_FILE = re.compile(CONTROL.pattern.replace("\x0b-\x1f", "\x0b\x0c\x0e-\x1f"))  # there, \r may end a line
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_WORDS: Mapping[str, Any] = {word: value for value, words in
                             {None: ("", "~", "null", "Null", "NULL"), True: ("true", "True", "TRUE"),
                              False: ("false", "False", "FALSE")}.items() for word in words}  # fmt: skip
_ENDLESS = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where the wheel has it


@dataclass(frozen=True, slots=True)
class Document:
    """What a document says, and where: line and column, from 1, of each value and of each key."""

    value: Any
    values: Mapping[KeyPath, tuple[int, int]]
    keys: Mapping[KeyPath, tuple[int, int]]


def read(text: str, *, file: object = None) -> Document:
    """The one document in *text*; `ScenarioError` with line and column for anything that is refused."""
    return _Reader(text, file).document()


def mapping(text: str) -> Mapping[str, Any]:
    """The mapping in *text*, for whoever shows it; empty where it cannot be read as one.

    >>> mapping("seeds: 3"), mapping("- 3"), mapping("{")
    ({'seeds': 3}, {}, {})
    """
    try:
        found = read(text).value
    except ScenarioError:
        return {}
    return found if isinstance(found, dict) else {}


def scalar(text: str) -> Any:
    """What a plain word means; `ValueError` for a number that is refused.

    >>> [scalar(word) for word in ("3", "3.0", "true", "no", "012", "")]
    [3, 3.0, True, 'no', '012', None]
    """
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        if len(text.lstrip("+-")) > DIGITS:
            raise ValueError(f"a whole number has at most {DIGITS} digits; put it in quotes if it is text")
        return int(text)
    if _NUMBER.fullmatch(text):
        number = float(text)
        if number in (float("inf"), -float("inf")):
            raise ValueError("the number is too large")
        return number
    if _ENDLESS.fullmatch(text):
        raise ValueError(f"numbers are finite; put {text} in quotes if it is text")
    return text


def write(value: Any) -> str:
    """*value* (mappings, lists, text, numbers, truth values, null) as text that `read` reads as the same.

    >>> print(write({"a": [1, "1", "1e3", "no"], "b": {"c": {"d": None}}}), end="")
    a: [1, '1', '1e3', no]
    b:
      c: {d: null}
    """
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text.removesuffix("...\n")  # what PyYAML puts after a document that is one word


class _Reader:
    """Builds values from the parser's events, so that nothing is expanded before it is counted."""

    def __init__(self, text: str, file: object) -> None:
        self._text, self._file = text.removeprefix("\ufeff"), file
        self._values: dict[KeyPath, tuple[int, int]] = {}
        self._keys: dict[KeyPath, tuple[int, int]] = {}
        self._nodes = 0

    def document(self) -> Document:
        if len(self._text) > LONGEST:
            raise ScenarioError(f"longer than {LONGEST:,} characters", file=self._shown())
        if bad := _IN_FILE.search(self._text):
            before = self._text[: bad.start()]
            line = before.count("\n")
            self._refuse(f"the character U+{ord(bad[0]):04X} is not text", (line + 1, bad.start() - before.rfind("\n")))
        events = self._events()
        if not any(isinstance(event, yaml.DocumentStartEvent) for event in events):
            self._refuse("there is nothing in it; `society-sim new NAME` writes a scenario to start from", (1, 1))
        value = self._node(next(events), events, ())
        next(events)  # the document's end
        after = next(events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._refuse("there is a second document; one is read", _place(after))
        return Document(value, self._values, self._keys)

    def _events(self) -> Iterator[yaml.Event]:
        try:
            yield from yaml.parse(self._text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            begun = error.context_mark  # of a bracket that is not closed, the place where it was opened
            since = ""
            if error.context and begun and mark and begun.line < mark.line:
                since = f" that begins at {begun.line + 1}:{begun.column + 1}"
            what = ", ".join(part for part in (f"{error.context or ''}{since}", str(error.problem or "")) if part)
            tab = "; indent with blanks, not with a tab" if mark and self._text[mark.index :][:1] == "\t" else ""
            self._refuse(f"not YAML: {what}{tab}", (mark.line + 1, mark.column + 1) if mark else None)
        except yaml.YAMLError as error:
            self._refuse(f"not YAML: {str(error).splitlines()[0]}", None)

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], path: KeyPath) -> Any:
        place = self._values[path] = _place(event)
        self._count(place, path)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._refuse("anchors (&) and aliases (*) are not read; write it out, or put the text in quotes", place)
        if getattr(event, "tag", None):
            self._refuse("tags (!) are not read; put the text in quotes if it is text", place)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(events, path)
        return self._mapping(events, path)

    def _list(self, events: Iterator[yaml.Event], path: KeyPath) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[yaml.Event], path: KeyPath) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            place = _place(event)
            self._count(place, path)
            if getattr(event, "anchor", None) or getattr(event, "tag", None) or not isinstance(event, yaml.ScalarEvent):
                self._refuse("a key is text, without anchor, alias or tag", place)
            key = self._text_of(event)
            if not key and not event.style:
                self._refuse("a key is missing before the colon", place)
            if key in entries:
                self._refuse(f"{key!r} is there twice", place)
            self._keys[*path, key] = place
            entries[key] = self._node(next(events), events, (*path, key))
        return entries

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text = self._text_of(event)
        if event.style:
            return text
        try:
            return scalar(text)
        except ValueError as error:
            self._refuse(str(error), _place(event))

    def _text_of(self, event: yaml.ScalarEvent) -> str:
        text = str(event.value)
        if bad := CONTROL.search(text):
            self._refuse(f"the character U+{ord(bad[0]):04X} is not text", _place(event))
        return text

    def _count(self, place: tuple[int, int], path: KeyPath) -> None:
        self._nodes += 1
        if self._nodes > MOST:
            self._refuse(f"more than {MOST:,} values", place)
        if len(path) > DEEPEST:
            self._refuse(f"more than {DEEPEST} levels deep", place)

    def _refuse(self, message: str, place: tuple[int, int] | None) -> NoReturn:
        line, column = place or (None, None)
        raise ScenarioError(message, file=self._shown(), line=line, column=column) from None

    def _shown(self) -> str | None:
        return None if self._file is None else str(self._file)


def _place(event: yaml.Event) -> tuple[int, int]:
    mark: Any = event.start_mark
    return mark.line + 1, mark.column + 1


class _Dumper(yaml.SafeDumper):
    """Puts mappings and lists of plain values on one line, and in quotes what `scalar` would not give back."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **{**keywords, "default_flow_style": None})

    def ignore_aliases(self, _: Any) -> bool:
        return True

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> Any:
        if kind is not yaml.ScalarNode or not implicit[0]:
            return super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        try:
            return _TAGS[type(scalar(value))]
        except ValueError:
            return "refused"


_TAGS = {type(value): f"tag:yaml.org,2002:{tag}" for value, tag in
         ((None, "null"), (True, "bool"), (1, "int"), (1.0, "float"), ("", "str"))}  # fmt: skip
