"""The record: one entry for each thing that happened, in simulated order, written as soon as its values are there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any, TypeAlias

import orjson

from society_sim.errors import SocietyError
from society_sim.forms import Stated
from society_sim.promises import Late, Promise

Entry: TypeAlias = dict[str, Any]
_CHUNK = 1 << 16


def plain(value: Any) -> Any:
    """*value* as JSON has it: what `orjson` asks for when it does not know a type."""
    if isinstance(value, Stated):
        return {"value": value.value, "confidence": value.confidence}
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, tuple):  # named tuples
        return list(value)
    if hasattr(value, "item"):  # NumPy scalars
        return value.item()
    raise TypeError(f"a record entry holds plain values, not {type(value).__name__}")


def encode(entry: Mapping[str, Any]) -> bytes:
    """One line of a record."""
    try:
        return orjson.dumps(entry, default=plain, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError as error:
        if "surrogates" not in str(error):
            what = next(_unwritten(entry), str(error))
            raise SocietyError(f"entry {entry.get('kind')!r} cannot be recorded: {what}") from None
        return encode(_mended(entry))  # half a character cannot be written; a model may well send one


def _unwritten(value: Any, path: str = "") -> Iterator[str]:
    """What in *value* a record cannot hold, and where."""
    try:
        orjson.dumps(value, default=plain, option=orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError:
        inner = dict(enumerate(value)) if isinstance(value, (list, tuple)) else value
        for key, item in inner.items() if isinstance(inner, Mapping) else ():
            yield from _unwritten(item, f"{path}.{key}" if path else str(key))
        seat = "; a member's seat is its `id`" if type(value).__name__ == "Member" else ""
        yield f"{path} is {type(value).__name__}, and a record holds plain values{seat}"


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return [_mended(item) for item in value] if isinstance(value, (list, tuple)) else value


class Recorder:
    """Writes entries to *write* in the order they were put, holding back those that wait for an answer.

    All methods belong to the clock's thread.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._held: deque[tuple[Promise | Late | None, Any, float]] = deque()
        self._buffer: list[bytes] = []
        self._size = 0
        self._hash = sha256()
        self.entries = 0

    def put(self, entry: Entry) -> None:
        """Record *entry*, whose values are all there."""
        if self._held:
            self._held.append((None, encode(entry), 0.0))  # as it is now: whoever logs may go on changing it
            self.drain()
        else:
            self._emit(encode(entry))

    def put_lines(self, lines: bytes) -> None:
        """Record entries that are encoded already, and whose values are all there."""
        if self._held:
            self._held.append((None, lines, 0.0))
            self.drain()
        else:
            self._emit(lines)

    def put_late(self, now: float, late: Promise | Late, entry: Callable[[float, Any], Entry | bytes]) -> None:
        """Record `entry(now, late)` as soon as *late* is there, and everything put afterwards after it.

        What *entry* gives is an entry, or several that are encoded already.
        """
        if not self._held and _there(late):
            self._emit(_encoded(entry(now, late)))
        else:
            self._held.append((late, entry, now))

    def drain(self) -> None:
        """Write whatever need not be held back any longer."""
        held = self._held
        while held:
            late, entry, now = held[0]
            if late is not None and not _there(late):
                return
            held.popleft()
            if late is None:
                self._emit(entry)
            else:
                self._emit(_encoded(entry(now, late)))

    def drain_and_flush(self) -> None:
        """The same, and hand it to the file: while answers are awaited there is time for it."""
        self.drain()
        self.flush()

    @property
    def held(self) -> int:
        """How many entries wait."""
        return len(self._held)

    def catch_up(self, held: int, wait: Callable[[Promise], None]) -> None:
        """Hold back at most *held* entries: *wait* for the answers that the first of them need."""
        self.drain()
        while len(self._held) > held:
            first = self._first_held()
            if first is not None:
                wait(first)
            self.drain()

    def _first_held(self) -> Promise | None:
        """An answer that the first held entry waits for."""
        late = self._held[0][0]
        if isinstance(late, Late):
            missing = late.missing()
            return missing[0] if missing else None
        return late

    def flush(self) -> None:
        """Hand everything written so far to the file."""
        if self._buffer:
            chunk = b"".join(self._buffer)
            self._buffer.clear()
            self._size = 0
            self._hash.update(chunk)
            self._write(chunk)

    @property
    def digest(self) -> str:
        """sha256 of everything written so far."""
        self.flush()
        return self._hash.hexdigest()

    def _emit(self, lines: bytes) -> None:
        self._buffer.append(lines)
        self._size += len(lines)
        self.entries += lines.count(b"\n")  # within an entry it is written as two characters
        if self._size >= _CHUNK:
            self.flush()


def _encoded(entry: Entry | bytes) -> bytes:
    return entry if isinstance(entry, bytes) else encode(entry)


def _there(late: Promise | Late) -> bool:
    return late.done or (isinstance(late, Late) and not late.missing())
