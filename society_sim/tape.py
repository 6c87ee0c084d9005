"""The tape: every answer a run was given, appended as it arrives. It is the checkpoint of the run.

One line is `CRC KEY JSON`: a checksum of eight hex digits over the rest, the query's key, the answer (or why there is
none). A prompt is kept once, in a line whose key begins with `prompt:`, so that a replay can show what was asked. Each
attempt at an endpoint is a line too, `try:KEY`: before the request leaves, what it may cost at most; afterwards, if no
answer came of it, why. An attempt that has neither an answer nor a reason broke off with the process: what it may have
cost is in doubt. `again` says that the failures before it are to be asked once more.

What a crash can cost. An answer is handed to the operating system before anybody reads it, so a killed process loses
nothing that arrived. It is forced to disk (`fsync`) within 50 ms or 100 answers, whichever is first, so a power cut
loses at most those. Answers of models that cost nothing and always answer alike (`free = True`: synthetic, recorded)
are written in blocks of 64 KiB instead: what is lost of them is computed again. A line that a crash tore is dropped
when the tape is opened, and every whole line is kept.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from society_sim.errors import NoAnswer, StoreError
from society_sim.ledger import Cost
from society_sim.tapelines import (
    AGAIN,
    FORMAT,
    HEAD,
    PROMPT,
    TRY,
    Account,
    Line,
    count_lines,
    is_failure,
    line_of,
    lines,
    said,
    written,
)
from society_sim.values import Answer, Query

_READABLE = (1, 2)  # format 1 knew no attempts
_BLOCK = 1 << 16
_SYNC_SECONDS = 0.05
_SYNC_ANSWERS = 100
_PROMPTS_REMEMBERED = 4096
_LONGEST_HEAD = 4096


class Tape:
    """The file, and where in it each key's answer stands. `find` and `append` may be called from any thread."""

    def __init__(self, path: Path, *, writable: bool = True, lazily: bool = False) -> None:
        """Open *path*, or begin it; a torn end is cut off (if *writable*) or passed over.

        *lazily*: once it is indexed, hold the file open only while something is read: for many tapes at once.
        """
        self.path, self._writable = path, writable
        self._lock = threading.Lock()
        self._places: dict[bytes, tuple[int, int]] = {}
        self._prompts: OrderedDict[str, None] = OrderedDict()
        self._last: tuple[str | None, str | None, str] = (None, None, "")  # the last prompt, and its digest
        self._buffer: list[bytes] = []
        self._buffered = self._unsynced = 0
        self._failure: OSError | None = None
        self._wake, self._full = threading.Event(), threading.Event()
        self._closing = False
        self.torn = False
        """Whether its last line was cut off, when it was opened."""
        self.spent = Cost()
        """What the answers on it cost, when it was opened."""
        self.doubtful = Cost()
        """What attempts may have cost that brought nothing, when it was opened."""
        self._thread: threading.Thread | None = None
        flags = os.O_RDWR | os.O_CREAT if writable else os.O_RDONLY
        try:
            self._file = os.open(path, flags | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise StoreError(f"cannot open the tape {path}: {error.strerror}") from error
        try:
            self.dropped, end = self._index()
            if writable:
                if end < os.fstat(self._file).st_size:
                    os.ftruncate(self._file, end)
                os.lseek(self._file, end, os.SEEK_SET)
                if end == 0:
                    self._write(line_of(HEAD, {"format": FORMAT, "what": "society_sim tape"}))
        except OSError as error:
            os.close(self._file)
            raise StoreError(f"cannot mend the tape {path}: {error.strerror}") from error
        except StoreError:
            os.close(self._file)
            raise
        if lazily:
            os.close(self._file)
            self._file = -1

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: str) -> bool:
        try:
            return bytes.fromhex(key) in self._places
        except ValueError:  # no key of this package
            return False

    def find(self, key: str) -> Answer | NoAnswer | None:
        """The answer (or the abstention) on file for *key*."""
        place = self._places.get(bytes.fromhex(key))
        if place is None:
            return None
        try:
            data = orjson.loads(self._read(*place))
        except (OSError, ValueError) as error:
            raise StoreError(f"cannot read the tape {self.path}: {error}") from error
        return said(data)

    def _read(self, offset: int, length: int) -> bytes:
        if self._file >= 0:
            return os.pread(self._file, length, offset)
        with self.path.open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def append(
        self, query: Query, answer: Answer | NoAnswer, *, free: bool = False, elsewhere: bool = False
    ) -> None:
        """Keep what was answered to *query*; *elsewhere* if it was paid and is kept on another tape too."""
        data = written(answer)
        if elsewhere:
            data["elsewhere"] = True
        digest = self._digest(query)
        data["member"], data["prompt"] = query.member, digest
        line = line_of(query.key, data)
        with self._lock:
            if self._failure is None:
                self._keep(query, digest, line, free or elsewhere)

    def _digest(self, query: Query) -> str:
        """What stands for the prompt of *query*; of a question to everybody it is computed once."""
        system, text, digest = self._last
        if system is not query.system or text is not query.text:
            system, text = query.system, query.text
            digest = blake2b(f"{system}\x00{text}".encode("utf-8", "replace"), digest_size=8).hexdigest()
            self._last = (system, text, digest)
        return digest

    def trying(self, query: Query, number: int, model: str, worst: Cost) -> None:
        """Note that attempt *number* at *query* is about to leave for *model*, and what it may cost at most."""
        self._note(query.key, {"n": number, "model": model, "worst": worst[:2]})

    def tried(self, query: Query, number: int, why: NoAnswer, *, doubtful: bool, ms: int) -> None:
        """Note that attempt *number* brought no answer after *ms* milliseconds; *doubtful* if it may have cost."""
        self._note(query.key, {"n": number, "reason": why.reason, "detail": why.detail, "doubtful": doubtful, "ms": ms})

    def ask_again(self) -> int:
        """Forget the failures on it, so that those questions are asked once more; how many there were."""
        self.sync()
        with self._lock:
            failed = self.failures()
            if failed:
                for key in failed:
                    self._places.pop(key, None)
                self._put(line_of(AGAIN, {"failures": len(failed)}))
        return len(failed)

    def failures(self) -> list[bytes]:
        """The keys of questions whose calls failed for good, of this life of the run and of those before."""
        failed: list[bytes] = []
        for line in lines(self._file):
            if line.key == AGAIN:
                failed.clear()
            elif line.is_answer and is_failure(line.data):
                failed.append(bytes.fromhex(line.key))
        return failed

    def _note(self, key: str, data: dict[str, Any]) -> None:
        line = line_of(TRY + key, data)
        with self._lock:
            if self._failure is None:
                self._put(line)

    def _put(self, line: bytes) -> None:
        """Hand *line* to the operating system, and what was buffered before it."""
        self._buffer.append(line)
        try:
            self._flush()
        except OSError as error:
            self._failure = error

    def _keep(self, query: Query, digest: str, line: bytes, free: bool) -> None:
        if digest in self._prompts:
            self._prompts.move_to_end(digest)
        else:
            self._prompts[digest] = None
            if len(self._prompts) > _PROMPTS_REMEMBERED:
                self._prompts.popitem(last=False)
            prompt = line_of(PROMPT + digest, {"system": query.system, "text": query.text})
            self._buffer.append(prompt)
            self._buffered += len(prompt)
        self._buffer.append(line)
        self._buffered += len(line)
        if not free or self._buffered >= _BLOCK:
            try:
                self._flush()
            except OSError as error:
                self._failure = error
                return
        if not free:
            self._unsynced += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._sync, daemon=True, name="society-sim-tape")
                self._thread.start()
            if not self._wake.is_set():
                self._wake.set()
            if self._unsynced >= _SYNC_ANSWERS and not self._full.is_set():
                self._full.set()

    def check(self) -> None:
        """`StoreError` if the tape could not be written: to go on would lose answers."""
        if self._failure is not None:
            raise StoreError(
                f"cannot write the tape {self.path}: {self._failure.strerror}; what it holds is kept: mend that and "
                "give the same command again"
            ) from self._failure

    def sync(self) -> None:
        """Force to disk all that was appended; `StoreError` if that cannot be done."""
        with self._lock:
            try:
                if self._failure is None:
                    self._flush()
                    os.fsync(self._file)
            except OSError as error:
                self._failure = error
        self.check()

    def close(self) -> None:
        """Write and force to disk all that is left."""
        self._closing = True
        self._wake.set()
        self._full.set()
        if self._thread is not None:
            self._thread.join()
        if self._file < 0:
            return
        if not self._writable:
            os.close(self._file)
            self._file = -1
            return
        with self._lock:
            try:
                if self._failure is None and self._buffer:
                    self._flush()
                if self._failure is None:
                    os.fsync(self._file)
            except OSError as error:
                self._failure = error
            finally:
                os.close(self._file)
                self._file = -1

    def __enter__(self) -> Tape:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def prompts(self, member: int) -> Iterator[tuple[str, str]]:
        """The (key, prompt) pairs of *member*, in the order in which its answers arrived."""
        texts: dict[str, str] = {}
        for line in lines(self._file):
            if line.prompt:
                texts[line.prompt] = orjson.loads(line.data)["text"]
            elif line.is_answer:
                data = orjson.loads(line.data)
                if data.get("member") == member:
                    yield line.key, texts.get(data["prompt"], "")

    def lines(self) -> Iterator[Line]:
        """Its whole lines, in the order in which they were written."""
        return lines(self._file)

    def _index(self) -> tuple[int, int]:
        """Read the tape; how many damaged lines were passed over, and where its last whole line ends."""
        whole = end = 0
        failures: list[bytes] = []
        account = Account()
        for line in lines(self._file):
            if line.key == HEAD:
                version = orjson.loads(line.data).get("format")
                if version not in _READABLE:
                    raise StoreError(f"the tape {self.path} has format {version}; this version reads {FORMAT}")
            elif line.is_answer:
                key, data = bytes.fromhex(line.key), orjson.loads(line.data)
                self._places.setdefault(key, (line.offset, line.length))
                account.answered(line.key, data)
                if is_failure(line.data):
                    failures.append(key)
            elif line.key == AGAIN:
                for key in failures:
                    self._places.pop(key, None)
                failures.clear()
            elif line.attempted:
                account.tried(line.attempted, orjson.loads(line.data))
            end = line.offset + line.length + 1
            whole += 1
        self.spent, self.doubtful = account.spent, account.doubtful
        size = os.fstat(self._file).st_size
        self.torn = bool(size) and os.pread(self._file, 1, size - 1) != b"\n"
        if not whole and (size > _LONGEST_HEAD or (size and not self._writable)):  # not ours: do not cut it to nothing
            raise StoreError(f"{self.path} is not a tape: no line of it has the right checksum")
        return count_lines(self._file) - whole, end

    def _flush(self) -> None:
        data = b"".join(self._buffer)
        self._buffer.clear()
        self._buffered = 0
        self._write(data)

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._file, left) :]

    def _sync(self) -> None:
        while not self._closing:
            self._wake.wait()
            self._full.wait(_SYNC_SECONDS)
            self._wake.clear()
            self._full.clear()
            self._unsynced = 0
            try:
                os.fsync(self._file)
            except OSError as error:
                self._failure = error
                return
