"""Where a value of a scenario was given, what a path means there, and what is in the files that it names.

A path inside a scenario file is relative to the file's folder and stays in it: a scenario that somebody hands on cannot
read elsewhere on this machine. The one exception is a file whose sha256 stands in the scenario's `files`: it tells
nobody anything new. A path that comes from the user (`--set`, Python) is relative to the working directory, and free.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path, PurePath, PureWindowsPath

from society_sim.backends.endpoints.keys import hidden
from society_sim.errors import ScenarioError
from society_sim.scenario.plainyaml import Document, KeyPath

_DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10))}


@dataclass(frozen=True, slots=True)
class InFile:
    """A place in a scenario file."""

    file: Path
    document: Document
    files: Mapping[str, str]
    at: KeyPath = ()

    def __truediv__(self, key: str | int) -> InFile:
        return replace(self, at=(*self.at, key))

    def error(self, message: str, *, key: bool = False) -> ScenarioError:
        """An error with file, line and column."""
        places = self.document.keys if key else self.document.values
        at = self.at
        while at and at not in places:
            at, places = at[:-1], self.document.values
        place = places.get(at)
        return ScenarioError(hidden(message), self.file, *place) if place else ScenarioError(hidden(message))

    def path(self, text: str) -> Path:
        """The path that *text* means: inside the file's folder, or one of `files` with the digest given there."""
        if text in self.files and Path(text).is_absolute():
            return self._stated(text)
        if why := _outside(text):
            raise self.error(f"path outside the scenario's folder: {text!r} {why}; give such a file with --set")
        try:
            folder = self.file.parent.resolve()
            path = (folder / text).resolve()
            inside = path.is_relative_to(folder)
        except (OSError, RuntimeError, ValueError) as error:
            raise self.error(f"{text!r} is not a path: {_short(error)}") from None
        if not inside:
            raise self.error(f"path outside the scenario's folder: {text!r} is a link out of it")
        return path

    def _stated(self, text: str) -> Path:
        """The file that a run read: where it was, or beside the scenario."""
        here = self.file.parent / PurePath(text).name
        for path in (Path(text), here):
            try:
                if digest(path) == self.files[text]:
                    return path.absolute()
            except (ScenarioError, ValueError):
                continue
        there = _is_there(Path(text))
        raise self.error(f"the file {text!r} {'has changed since' if there else 'is not there'}; put the one with the "
                         f"sha256 {self.files[text]} there, or in {self.file.parent}")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Given:
    """What the user gave, on the command line or in Python. *said* is where errors say that it stands."""

    said: str = ""

    def __truediv__(self, key: str | int) -> Given:
        return self

    def error(self, message: str, *, key: bool = False) -> ScenarioError:  # noqa: ARG002 - there are no places here
        """An error that quotes what was given."""
        return ScenarioError(hidden(message), file=hidden(self.said) or None)

    def path(self, text: str) -> Path:
        """The path that *text* means from the working directory, `~` being the user's home."""
        try:
            path = Path(os.path.abspath(Path(text).expanduser()))  # noqa: PTH100 - links stay as they were given
        except (OSError, RuntimeError, ValueError) as error:
            raise self.error(f"{text!r} is not a path: {_short(error)}") from None
        if why := unreadable(path):
            raise self.error(why)
        return path


def digest(path: Path) -> str:
    """The sha256 of the file *path*, in hexadecimal; `ScenarioError` if there is no such file, or it cannot be read."""
    if why := unreadable(path):
        raise ScenarioError(why)
    try:
        status = path.stat()
        return _digest(path, status.st_mtime_ns, status.st_size, status.st_ino)
    except OSError as error:
        raise ScenarioError(f"cannot read {path}: {_short(error)}") from None


def unreadable(path: Path) -> str:
    """Why *path* is no file to read; nothing if it is one."""
    try:
        return "" if stat.S_ISREG(path.stat().st_mode) else f"{path} is not a file"
    except FileNotFoundError:
        return f"there is no file {path}"
    except (OSError, ValueError) as error:
        return f"cannot read {path}: {_short(error)}"


@lru_cache(maxsize=256)
def _digest(path: Path, *_: int) -> str:
    whole = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            whole.update(block)
    return whole.hexdigest()


def _outside(text: str) -> str:
    """Why *text* is no path inside a folder, on any system; nothing if it may be one."""
    path = PureWindowsPath(text)  # it takes / for \\ as well
    if path.drive or path.root:
        return "does not start there"
    if ".." in path.parts:
        return "goes up"
    if text.startswith("~"):
        return "starts from a home"
    if any(part.split(".")[0].rstrip().upper() in _DEVICES for part in path.parts):
        return "names a device"
    return ""


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _short(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error)
