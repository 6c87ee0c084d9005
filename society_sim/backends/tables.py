"""Tables on disk: CSV, plain or gzipped, read line by line, with errors that name the file and the line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from society_sim.errors import ScenarioError
from society_sim.forms import Approval, Choice, Fields, Form, Number, Ranking, Text

T = TypeVar("T")
BLANK = "<empty>"
"""How an answer that is an empty text, or nothing but white space, is written."""
_BALLOTS = (Ranking, Approval)
_LONGEST = 1_000_000  # characters in one cell
_BROKEN = (OSError, EOFError, UnicodeDecodeError, zlib.error, csv.Error)


@contextmanager
def opened(path: Path) -> Iterator[io.TextIOWrapper]:
    """The text of *path* in UTF-8, gunzipped if its first two bytes say that it is gzipped; no byte order mark."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise ScenarioError(f"cannot read {str(path)!r}: {error.strerror}", file=path) from error
    with raw:
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        whole: Any = gzip.GzipFile(fileobj=raw) if zipped else raw
        yield io.TextIOWrapper(whole, encoding="utf-8-sig", newline="")


def unread(path: Path, error: Exception, how: str = "", line: int | None = None) -> ScenarioError:
    """Why *path* cannot be read, after *error*; text in another encoding than UTF-8 is told with its own line."""
    if not isinstance(error, UnicodeDecodeError):
        return ScenarioError(f"cannot be read{' ' * bool(how)}{how}: {error}", file=path, line=line)
    with opened(path) as text:
        lines: Any = text.buffer
        for number, raw in enumerate(lines, 1):
            try:
                raw.decode()
            except UnicodeDecodeError as fault:
                odd = f"a byte {raw[fault.start]:#04x}"
                return ScenarioError(f"is not in UTF-8: there is {odd}; save it as UTF-8", file=path, line=number)
    return ScenarioError("is not in UTF-8: it ends within a letter", file=path, line=line)


def csv_rows(path: Path, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each row of *path*, the head first; every row has as many cells as the head.

    `ScenarioError` with file and line for a file that is missing, empty, cut off, or no CSV.
    """
    with opened(path) as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        before = csv.field_size_limit(_LONGEST)
        width = 0
        try:
            for cells in reader:
                if not cells:
                    continue
                width = width or len(cells)
                if len(cells) != width:
                    raise ScenarioError(f"{len(cells)} cells, the head has {width}", file=path, line=reader.line_num)
                yield reader.line_num, cells
        except _BROKEN as error:
            raise unread(path, error, "as CSV", reader.line_num + 1) from error
        finally:
            csv.field_size_limit(before)
    if not width:
        raise ScenarioError("is empty", file=path)


def json_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, object) of each line of *path*, JSON Lines; empty lines are skipped. Errors as in `csv_rows`."""
    number = 0
    with opened(path) as text:
        try:
            for number, line in enumerate(text, 1):
                if not line.strip():
                    continue
                try:
                    found = json.loads(line)
                except (ValueError, RecursionError) as error:
                    raise ScenarioError(f"is not a line of JSON: {error}", file=path, line=number) from error
                if not isinstance(found, dict):
                    raise ScenarioError("is not a JSON object", file=path, line=number)
                yield number, found
        except _BROKEN as error:
            raise unread(path, error, line=number + 1) from error


def half_of(rows: Iterable[T], half: int | None) -> Iterator[T]:
    """The first, third, ... of *rows* (half 1), or the second, fourth, ... (half 2), or all of them.

    >>> list(half_of("abcde", 2))
    ['b', 'd']
    """
    if half not in (None, 1, 2):
        raise ScenarioError(f"half is 1 or 2, not {half}")
    return islice(iter(rows), (half or 1) - 1, None, 1 if half is None else 2)


def stamp(path: Path) -> tuple[int, int]:
    """What changes when the file at *path* does: when it was written, and its size; zeros for one that is not there.

    An experiment builds hundreds of runs on the same tables; what was read of one is kept under its stamp.
    """
    try:
        found = path.stat()
    except OSError:
        return 0, 0  # whoever reads it says what is wrong
    return found.st_mtime_ns, found.st_size


def digest(path: Path) -> str:
    """The first 12 hexadecimal digits of the sha256 of the file as it lies there: what `sha256sum` prints."""
    total = sha256()
    with path.open("rb") as raw:
        while block := raw.read(1 << 20):
            total.update(block)
    return total.hexdigest()[:12]


def check_form(form: Form, *, ballots: bool = False) -> str:
    """The tag that an answer to *form* has; `ScenarioError` for one that a recording has nothing for.

    It holds answers, perhaps *ballots* (rankings and approvals), but no confidence and no reasons.
    """
    if ballots and isinstance(form, Fields) and len(form.fields) == 1:
        ((tag, only),) = form.fields.items()
        if isinstance(only, _BALLOTS):
            return tag.upper()
    if not isinstance(form, (Choice, Text, Number, *(_BALLOTS if ballots else ()))):
        raise ScenarioError(f"recorded answers cannot fill in {type(form).__name__}: they have no confidence and no "
                            "reasons; use a mechanism that asks for the answer alone")  # fmt: skip
    return "ANSWER"
