"""What the tests of animations share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import samples


@pytest.fixture
def run(tmp_path: Path) -> Callable[[list[dict[str, Any]]], Path]:
    """Writes a record into a run's folder and gives the folder."""
    return lambda entries, name="record.jsonl": samples.write(entries, tmp_path / "run", name)
