"""A small scenario on disk, made of the tests' own parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import scenario_parts  # noqa: F401 - registers them

SMALL = """\
name: small
about: Two riddles for three.
models: {m: {test_model: {preset: low}}}
population: {test_plain: {size: 3}}
topology: {test_ring: {k: 1}}
task: {test_riddles: {rounds: 2}}
mechanism: {test_poll: {looks: 1}}
measures: [test_settled]
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The file of the small scenario."""
    file = tmp_path / "home" / "small.yaml"
    file.parent.mkdir()
    file.write_text(SMALL)
    return file


@pytest.fixture
def edited(small: Path) -> Callable[[str, str], Path]:
    """The small scenario with one of its lines replaced."""

    def edit(section: str, line: str) -> Path:
        lines = [line if old.startswith(f"{section}:") else old for old in SMALL.splitlines()]
        small.write_text("\n".join(lines if line in lines else [*lines, line]) + "\n")
        return small

    return edit
