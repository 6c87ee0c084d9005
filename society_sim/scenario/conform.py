"""Whether a plain value has the type that a part's signature asks for; if not, where and in which words."""

from __future__ import annotations

import collections.abc
import inspect
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Protocol, Union, get_args, get_origin

from society_sim import bounds
from society_sim.errors import ScenarioError, nearest
from society_sim.scenario.plainyaml import CONTROL, DEEPEST, DIGITS, scalar


class Where(Protocol):
    """Where a value was given: makes the error that points there, and knows what a path is relative to."""

    def __truediv__(self, key: str | int) -> Where:
        """The same for what stands under *key*."""

    def error(self, message: str, *, key: bool = False) -> ScenarioError:
        """An error at this place (at its key, if *key*)."""

    def path(self, text: str) -> Path:
        """The absolute path that *text* means here."""


def conform(value: Any, wanted: Any, where: Where, what: str) -> Any:
    """*value* as the type *wanted*; `ScenarioError` at *where* if it is another. *what* names it in the message.

    A truth value is no number and a text is no number; a whole number is a number. Text for a `Path` becomes one.
    Lists and mappings are copied. Known are int, float, bool, str, Path, None, Any, Literal, list, Sequence, tuple,
    dict, Mapping, unions, and Annotated.
    """
    origin, inner = get_origin(wanted), get_args(wanted)
    if origin is Annotated:
        found = conform(value, inner[0], where, what)
        if isinstance(found, (int, float)) and not all(each.hold(found) for each in bounds.of(wanted)):
            raise where.error(f"{what} is {words(wanted)}, not {told(value)}")
        return found
    if origin in (Union, types.UnionType):
        return _one_of(value, wanted, inner, where, what)
    kind = wanted if origin is None else origin
    if kind is Any or kind is object:
        return plain(value, where, what)
    check = _CHECKS.get(None if kind in (None, type(None)) else kind)
    if check is None:
        raise where.error(f"{what} is {words(wanted)}, which a scenario cannot give")
    return check(_Asked(value, wanted, inner, where, what))


def plain(value: Any, where: Where, what: str, depth: int = 0) -> Any:
    """A copy of *value*, if it is plain: null, truth values, finite numbers, text, lists, mappings with text keys."""
    if depth > DEEPEST:
        raise where.error(f"{what} is more than {DEEPEST} levels deep")
    if isinstance(value, Path):
        return where.path(str(value))
    if isinstance(value, (list, tuple)):
        return [plain(item, where / place, what, depth + 1) for place, item in enumerate(value)]
    if isinstance(value, Mapping):
        return {text(key, where, f"a key of {what}"): plain(item, where / key, what, depth + 1)
                for key, item in value.items()}  # fmt: skip
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _bounded(value, where, what)
    if isinstance(value, float):
        return _finite(value, where, what)
    return text(value, where, what)


def text(value: Any, where: Where, what: str) -> str:
    """*value*, if it is text without control characters."""
    if not isinstance(value, str):
        raise where.error(f"{what} is text, not {told(value)}")
    if bad := CONTROL.search(value):
        raise where.error(f"{what}: the character U+{ord(bad[0]):04X} is not text")
    return str(value)


def told(value: Any) -> str:
    """What *value* is, in the words of a message.

    >>> told(True), told("no"), told([1])
    ('true', "the text 'no'", 'a list')
    """
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return f"the number {_short(value)}"
    if isinstance(value, str):
        return f"the text {_short(value)}"
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, (list, tuple)) else f"a value of type {type(value).__name__}"


def words(wanted: Any, many: bool = False) -> str:
    """What the type *wanted* is called in messages and in the pages of parts; *many*: what several of them are called.

    >>> words(list[str] | None), words(Literal["a", "b"]), words(dict[str, float])
    ('a list of text, or null', "'a' or 'b'", 'a mapping of text to a number')
    >>> words(Annotated[int, bounds.at_least(1)] | None), words(list[Annotated[float, bounds.between(0, 1)]])
    ('a whole number of 1 or more, or null', 'a list of numbers from 0 to 1')
    """
    origin, inner = get_origin(wanted), get_args(wanted)
    if origin is Annotated:
        return " ".join([words(inner[0], many), *map(str, bounds.of(wanted))])
    if origin is Literal:
        return " or ".join(repr(each) if isinstance(each, str) else told(each) for each in inner)
    if origin in (Union, types.UnionType):
        named = [words(each, many) for each in inner if each is not type(None)]
        return " or ".join(named) + (", or null" if type(None) in inner else "")
    kind = wanted if origin is None else origin
    if kind in _MAPPINGS:
        called = "mappings" if many else "a mapping"
        return called + (f" of {words(inner[0])} to {words(inner[1])}" if inner else "")
    if kind in _LISTS or kind is tuple:
        called = "lists" if many else "a list"
        fixed = kind is tuple and Ellipsis not in inner
        of = [words(each, not fixed) for each in inner if each is not Ellipsis]
        return called + (f" of {' and '.join(of)}" if of else "")
    return (_SEVERAL.get(kind) if many else None) or _NAMES.get(kind) or str(getattr(wanted, "__name__", wanted))


def default(parameter: inspect.Parameter) -> str:
    """The default of *parameter*, as a scenario would write it; nothing if it must be given."""
    if parameter.default is inspect.Parameter.empty:
        return ""
    value = parameter.default
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return '""' if value == "" else str(value)


@dataclass(frozen=True, slots=True)
class _Asked:
    value: Any
    wanted: Any
    inner: tuple[Any, ...]
    where: Where
    what: str

    def refuse(self, hint: str = "") -> NoReturn:
        raise self.where.error(f"{self.what} is {words(self.wanted)}, not {told(self.value)}{hint}")


def _one_of(value: Any, wanted: Any, inner: tuple[Any, ...], where: Where, what: str) -> Any:
    if value is None and type(None) in inner:
        return None
    some = [each for each in inner if each is not type(None)]
    if len(some) == 1:
        return conform(value, some[0], where, what)
    # a whole number stays one where both numbers are allowed; text is a path only if it cannot be text
    for each in sorted(some, key=lambda each: _bare(each) in (float, Path)):
        try:
            return conform(value, each, where, what)
        except ScenarioError:
            continue
    raise where.error(f"{what} is {words(wanted)}, not {told(value)}")


def _bare(wanted: Any) -> Any:
    return get_args(wanted)[0] if get_origin(wanted) is Annotated else wanted


def _whole(asked: _Asked) -> int:
    if isinstance(asked.value, bool) or not isinstance(asked.value, int):
        whole = isinstance(asked.value, float) and asked.value.is_integer()
        asked.refuse(f"; write {int(asked.value)}" if whole else "")
    return _bounded(int(asked.value), asked.where, asked.what)


def _bounded(value: int, where: Where, what: str) -> int:
    if abs(value) >= 10**DIGITS:
        raise where.error(f"{what}: a whole number has at most {DIGITS} digits")
    return value


def _number(asked: _Asked) -> float:
    if isinstance(asked.value, bool) or not isinstance(asked.value, (int, float)):
        asked.refuse()
    try:
        return _finite(float(asked.value), asked.where, asked.what)
    except OverflowError:
        raise asked.where.error(f"{asked.what}: the number is too large") from None


def _finite(value: float, where: Where, what: str) -> float:
    if not math.isfinite(value):
        raise where.error(f"{what} is a finite number, not {value}")
    return float(value)


def _truth(asked: _Asked) -> bool:
    if not isinstance(asked.value, bool):
        hint = {"no": "; write false", "off": "; write false", "yes": "; write true", "on": "; write true"}
        asked.refuse(hint.get(str(asked.value).lower(), ""))
    return asked.value


def _text(asked: _Asked) -> str:
    if isinstance(asked.value, (bool, int, float)):
        asked.refuse("; put it in quotes if it is text")
    return text(asked.value, asked.where, asked.what)


def _path(asked: _Asked) -> Path:
    if isinstance(asked.value, Path):
        return asked.where.path(text(str(asked.value), asked.where, asked.what))
    if not isinstance(asked.value, str) or not asked.value:
        asked.refuse()
    return asked.where.path(text(asked.value, asked.where, asked.what))


def _nothing(asked: _Asked) -> None:
    if asked.value is not None:
        asked.refuse()


def _literal(asked: _Asked) -> Any:
    if not any(type(each) is type(asked.value) and each == asked.value for each in asked.inner):
        choices = [each for each in asked.inner if isinstance(each, str)]
        near = f"; {nearest(asked.value, choices)}" if isinstance(asked.value, str) and choices else ""
        asked.refuse(near if near.startswith("; did") else "")
    return asked.value


def _list(asked: _Asked) -> list[Any]:
    if not isinstance(asked.value, (list, tuple)):
        asked.refuse()
    each = asked.inner[0] if asked.inner else Any
    return [conform(item, each, asked.where / place, f"{asked.what}[{place}]")
            for place, item in enumerate(asked.value)]  # fmt: skip


def _tuple(asked: _Asked) -> tuple[Any, ...]:
    if not isinstance(asked.value, (list, tuple)):
        asked.refuse()
    count = len(asked.value)
    each = asked.inner[:1] * count if asked.inner[1:] == (Ellipsis,) else asked.inner or (Any,) * count
    if len(each) != count:
        raise asked.where.error(f"{asked.what} is a list of {len(each)}, not of {count}")
    return tuple(conform(item, kind, asked.where / place, f"{asked.what}[{place}]")
                 for place, (item, kind) in enumerate(zip(asked.value, each, strict=True)))  # fmt: skip


def _mapping(asked: _Asked) -> dict[Any, Any]:
    if not isinstance(asked.value, Mapping):
        asked.refuse()
    of_key, of_value = asked.inner or (str, Any)
    known: dict[Any, Any] = {}
    for key, item in asked.value.items():
        name = f"a key of {asked.what}"
        if of_key not in (str, Any) and isinstance(key, str):  # keys come as text from a file
            try:
                read = scalar(key)
            except ValueError as error:
                raise asked.where.error(f"{name}: {error}") from None
            own = conform(read, of_key, asked.where, name)
        else:
            own = conform(key, of_key, asked.where, name) if of_key is not Any else text(key, asked.where, name)
        known[own] = conform(item, of_value, asked.where / key, f"{asked.what}[{_short(own)}]")
    return known


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:56]}...'"


_LISTS = (list, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Collection)
_MAPPINGS = (dict, collections.abc.Mapping)
_NAMES: dict[Any, str] = {int: "a whole number", float: "a number", bool: "true or false", str: "text",
                          Path: "a file's path", None: "null", type(None): "null", Any: "any plain value",
                          object: "any plain value"}  # fmt: skip
_SEVERAL: dict[Any, str] = {int: "whole numbers", float: "numbers", Path: "paths of files", Any: "plain values",
                            object: "plain values"}  # fmt: skip
_CHECKS: dict[Any, Callable[[_Asked], Any]] = {
    int: _whole, float: _number, bool: _truth, str: _text, Path: _path, None: _nothing, Literal: _literal,
    tuple: _tuple, **dict.fromkeys(_LISTS, _list), **dict.fromkeys(_MAPPINGS, _mapping),
}  # fmt: skip
