"""Files that are there whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from society_viz.errors import VizError


@contextmanager
def whole(to: Path) -> Iterator[Path]:
    """A file beside *to* to write to, which takes its place at the end. Raises `VizError` if that cannot be done."""
    beside = to.with_name(f".{to.name}.partial")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield beside
            beside.replace(to)
        finally:
            beside.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise VizError(f"cannot write {to}: {getattr(error, 'strerror', None) or error}") from error
