"""A run on disk: `runs/<name>-<digest>/seed-0007/` with its scenario, its tape and its record.

The tape is durable (see `tape`). The record is made anew from it whenever a run is taken up again: it grows as
`record.partial.jsonl` and gets its name, in one step, when its last entry is on disk. So a `record.jsonl` is whole, and
`record.sha256` beside it tells whether it was changed since.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import orjson

from society_sim.damage import SUM, damage, keys
from society_sim.errors import StoreError
from society_sim.readable import place
from society_sim.tape import Tape
from society_sim.values import Record

try:
    import fcntl
except ImportError:  # Windows has no flock; there, two runs of one folder are the user's care
    fcntl = None  # type: ignore[assignment]

SCENARIO, TAPE, RECORD, PARTIAL = "scenario.yaml", "tape.jsonl", "record.jsonl", "record.partial.jsonl"
FORMAT = 1
"""The version of the record's format."""
BEFORE = "record.before.jsonl"
"""The whole record of a run that was taken up once more, until it is whole again."""
_PARENT = "parent.txt"


def private(path: Path, flags: int) -> IO[bytes]:
    """*path*, opened for writing with *flags* and for nobody but its owner: what models say is not everybody's."""
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | flags, 0o600), "wb", buffering=0)  # noqa: PTH123


class RecordFile:
    """The entries of a record on disk; iterate as often as you like, one entry is in memory at a time.

    *until*: those in its first so many bytes alone.
    """

    def __init__(self, path: Path, until: int | None = None) -> None:
        self.path, self._until = Path(path), until

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return self._entries(None)

    def only(self, *kinds: str) -> Iterator[Mapping[str, Any]]:
        """The entries of these *kinds*; the others are passed over unread, which is five times as fast."""
        return self._entries({kind.encode() for kind in kinds})

    def __repr__(self) -> str:
        return f"<RecordFile {place(self.path)}>"

    def _repr_html_(self) -> str:
        from society_sim import display

        return display.record(self)

    def _entries(self, kinds: set[bytes] | None) -> Iterator[Mapping[str, Any]]:
        try:
            with self.path.open("rb") as file:
                passed = b"\n"  # how the entry began that was passed over last: others of its time and kind do too
                for number, line in enumerate(_lines(file, self._until), 1):
                    if line.startswith(passed):
                        continue
                    if not line.endswith(b"\n"):
                        return  # a crash tore it: the run goes on from the tape
                    if kinds is not None and (kind := _kind(line)) and kind not in kinds:
                        passed = line[: line.find(b'"kind":"') + 9 + len(kind)]
                        continue
                    try:
                        entry = orjson.loads(line)
                    except orjson.JSONDecodeError as error:
                        raise StoreError(f"{self.path}:{number}: not an entry of a record: {error}; "
                                         f"{way_on(self.path)}") from error  # fmt: skip
                    if not isinstance(entry, dict):
                        raise StoreError(f"{self.path}:{number}: an entry is an object, not {type(entry).__name__}")
                    if kinds is None or str(entry.get("kind")).encode() in kinds:
                        yield entry
        except OSError as error:
            raise StoreError(f"cannot read the record {self.path}: {error.strerror}") from error


class RecordKept(list[Mapping[str, Any]]):
    """The entries of a record in memory."""

    def only(self, *kinds: str) -> Iterator[Mapping[str, Any]]:
        """The entries of these *kinds*, in order."""
        return (entry for entry in self if entry["kind"] in kinds)

    def __repr__(self) -> str:
        return f"<RecordKept of {len(self):,} entries>"

    def _repr_html_(self) -> str:
        from society_sim import display

        return display.record(self)


def _lines(file: IO[bytes], until: int | None) -> Iterable[bytes]:
    """The lines of *file*; of its first *until* bytes, if that is given."""
    return file if until is None else io.BytesIO(file.read(until))


def _kind(line: bytes) -> bytes:
    """The kind of the entry on *line*, if it begins with its time and its kind, as entries do; empty otherwise."""
    if not line.startswith(b'{"t":'):
        return b""
    start = line.find(b',"kind":"', 5, 50)
    return b"" if start < 0 or b"," in line[5:start] else line[start + 9 : line.find(b'"', start + 9)]


def only(record: Record, *kinds: str) -> Iterator[Mapping[str, Any]]:
    """The entries of these *kinds*, in order; of a `RecordFile` the others are not even read."""
    if isinstance(record, RecordFile | RecordKept):
        return record.only(*kinds)
    return (entry for entry in record if entry["kind"] in kinds)


def find_record(run: Path) -> Path:
    """The record of *run*: a folder (whole record first, then a partial one) or the file itself."""
    run = Path(run)
    if run.is_file():
        return run
    for name in (RECORD, PARTIAL):
        if (run / name).is_file():
            return run / name
    raise StoreError(f"{run} holds no record; a run's folder has a {RECORD}, as in runs/NAME-DIGEST/seed-0000")


def way_on(record: Path) -> str:
    """What can be done about the file *record*, which is not whole."""
    folder = record.parent
    if not ((folder / SCENARIO).is_file() and (folder / TAPE).is_file()):
        return "there is no tape beside it to make it anew from"
    try:
        with Tape(folder / TAPE, writable=False) as tape:
            lost = astray(record, tape)
    except StoreError as error:
        return f"it cannot be made anew: {error}"
    if lost and record.name == RECORD:
        return f"{lost}; {asked_again(folder)}"
    return f"society-sim resume {folder} makes it anew from the tape"


def asked_again(folder: Path) -> str:
    """How to get back what the tape in *folder* has lost."""
    return f"to ask for what is missing once more, which costs as many calls: society-sim resume {folder} --again"


def astray(record: Path, tape: Tape) -> str:
    """How many answers of the file *record* are not on *tape*, in words; empty if none are."""
    known = [key in tape for key in keys(record)]
    lost = known.count(False)
    if not lost:
        return ""
    cut = ", whose last line was cut off" if tape.torn else ""
    return f"{lost:,} of the {len(known):,} answers in the record {'is' if lost == 1 else 'are'} not on the tape{cut}"


class Store:
    """One run's folder, held by one process at a time."""

    def __init__(self, folder: Path, scenario: str, code: str | None = None, parent: Path | None = None) -> None:
        """Open *folder*, or make it for the run of *scenario* (its text) and the *code* that it brings.

        *parent* is the folder of the run that this one is a fork of, if it is one.
        """
        self.folder = Path(folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot make the run's folder {folder}: {error.strerror}") from error
        self._lock: IO[str] | None = _locked(self.folder)
        try:
            if not (self.folder / SCENARIO).exists():
                if code is not None:  # beside it, where it is looked for when the run is taken up again
                    _put((self.folder / SCENARIO).with_suffix(".py"), code.encode())
                _put(self.folder / SCENARIO, scenario.encode())
            if parent is not None:
                _put(self.folder / _PARENT, f"{os.path.relpath(parent, self.folder)}\n".encode())
            self.tape = Tape(self.folder / TAPE)
            record = self.folder / RECORD
            self.damage = damage(record) if record.is_file() else ""
            """What is wrong with the record that is to be whole, in words."""
            self.lost = astray(record, self.tape) if record.is_file() else ""
            """How many of its answers are not on the tape, in words."""
        except StoreError:
            self._lock.close()
            raise
        self._record: IO[bytes] | None = None

    @property
    def finished(self) -> bool:
        """Whether the run has come to its end, and its record is whole."""
        return not self.damage and (self.folder / RECORD).exists()

    def reopen(self) -> None:
        """Set the whole record aside: the run is to be taken up once more."""
        with contextlib.suppress(FileNotFoundError):
            (self.folder / RECORD).replace(self.folder / BEFORE)
            _sync_folder(self.folder)
        self.damage = self.lost = ""

    @property
    def parent(self) -> Path | None:
        """The folder of the run that this one is a fork of, as long as it is there: its answers may be used."""
        with contextlib.suppress(OSError):
            parent = self.folder / (self.folder / _PARENT).read_text().strip()
            return parent if (parent / TAPE).is_file() else None
        return None

    @property
    def record(self) -> RecordFile:
        """What is on disk of the record."""
        return RecordFile(find_record(self.folder))

    def write(self, chunk: bytes) -> None:
        """Append to the record."""
        try:
            if self._record is None:
                self._record = private(self.folder / PARTIAL, os.O_TRUNC)
            left = memoryview(chunk)
            while left:
                left = left[self._record.write(left) :]
        except OSError as error:
            raise StoreError(f"cannot write the record in {self.folder}: {error.strerror}; the tape is kept: mend that "
                             "and give the same command again") from error  # fmt: skip

    def finish(self, digest: str) -> None:
        """The record, whose sha256 is *digest*, is complete: force it to disk and give it its name."""
        self.tape.sync()  # before the record gets its name: a finished run is never asked again
        try:
            if self._record is not None:
                os.fsync(self._record.fileno())
                self._record.close()
                self._record = None
            # first, for a record has its name last of all; not forced to disk, for one that is cut short counts as none
            with private(self.folder / SUM, os.O_TRUNC) as file:
                file.write(f"{digest}  {RECORD}\n".encode())
            (self.folder / PARTIAL).replace(self.folder / RECORD)
            (self.folder / BEFORE).unlink(missing_ok=True)
            _sync_folder(self.folder)
            self.damage = self.lost = ""
        except OSError as error:
            raise StoreError(f"cannot finish the record in {error.filename or self.folder}: {error.strerror}; mend "
                             "that and give the same command again") from error  # fmt: skip

    def close(self) -> None:
        """Let go of the folder; everything that was answered is on disk."""
        if self._lock is None:
            return
        if self._record is not None:
            self._record.close()
            self._record = None
        self.tape.close()
        self._lock.close()
        self._lock = None
        self.tape.check()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()
        else:  # the first error is the one to tell
            with contextlib.suppress(StoreError):
                self.close()


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold *folder*, so that no run takes it up meanwhile; `StoreError` if one has."""
    with _locked(folder):
        yield


def _locked(folder: Path) -> IO[str]:
    """The lock of *folder*, taken; to close it is to let go."""
    try:
        lock = (folder / ".lock").open("a")
    except OSError as error:
        raise StoreError(f"cannot write in {folder}: {error.strerror}") from error
    if fcntl is not None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise StoreError(f"{folder} is in use by another process; wait for it, or use another --out") from error
    return lock


def _put(path: Path, data: bytes) -> None:
    """Write *data* to *path*, whole or not at all."""
    beside = path.with_name(path.name + ".partial")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise StoreError(f"cannot write {path}: {error.strerror}; make room, or mend what is wrong there, and give the "
                         "same command again") from error  # fmt: skip


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # some file systems cannot, and then need not
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
