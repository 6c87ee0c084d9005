"""Files and folders of pictures that are there whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

from society_viz.errors import VizError


@contextmanager
def whole(to: Path) -> Iterator[Path]:
    """A file or a folder beside *to* to write, which takes its place at the end; `VizError` if that cannot be done."""
    beside = to.with_name(f".{to.name}.partial")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        _remove(beside)
    except (OSError, ValueError) as error:  # ValueError: no file can have that name
        raise VizError(f"cannot write {to}: {getattr(error, 'strerror', None) or error}") from error
    try:
        try:
            yield beside
            if to.is_dir() and beside.is_dir():
                _remove(to)
            beside.replace(to)
        finally:
            _remove(beside)
    except OSError as error:
        raise VizError(f"cannot write {to}: {error.strerror or error}") from error


def _remove(path: Path) -> None:
    if path.is_dir():
        rmtree(path)
    else:
        path.unlink(missing_ok=True)
