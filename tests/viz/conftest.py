"""What the tests of animations share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import samples
from society_viz import mark


@pytest.fixture
def run(tmp_path: Path) -> Callable[[list[dict[str, Any]]], Path]:
    """Writes a record into a run's folder and gives the folder."""
    return lambda entries, name="record.jsonl": samples.write(entries, tmp_path / "run", name)


@pytest.fixture
def marks_of_the_package() -> Iterator[None]:
    """There are the marks of the package alone; what a test registers is gone after it."""
    known = dict(mark.parts)
    shipped = "society_viz.marks."
    mark._parts = {name: part for name, part in known.items() if part.function.__module__.startswith(shipped)}
    mark._known = None
    yield
    mark._parts, mark._known = known, None
