"""Every line of prose that looks like code is run, and prints what it says it prints."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
SLOW = {True: (), False: (pytest.mark.slow,)}  # README comes first
BLOCKS = [pytest.param(page, code, id=f"{page.name}-{number}", marks=SLOW[page == PAGES[0]])
          for page in PAGES for number, code in enumerate(BLOCK.findall(page.read_text()))]  # fmt: skip


@pytest.mark.parametrize(("page", "code"), BLOCKS)
def test_prose_runs_as_printed(page, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code, str(page), "exec"), {"__name__": page.stem})
    printed = [line.removeprefix("# ") for line in code.splitlines() if line.startswith("# ")]
    assert said.getvalue().splitlines() == printed


def test_the_readme_shows_code_and_its_output_early():
    lines = (ROOT / "README.md").read_text().splitlines()
    assert lines.index("```python") < 20


FOREIGN = re.compile(r"(^|[^\w.])/(work|tmp|root|home)/|files\.pythonhosted|pypi\.org", re.IGNORECASE)


def test_nothing_speaks_of_a_machine():
    for path in ROOT.rglob("*"):
        hidden = any(part.startswith(".") and part != ".ci" for part in path.relative_to(ROOT).parts)
        ours = not hidden and path != Path(__file__) and path.relative_to(ROOT).parts[0] not in ("runs", "site")
        read = {".py", ".md", ".yaml", ".yml", ".toml", ".css", ".js", ".cff", ".ipynb"}
        if ours and path.is_file() and path.suffix in read:
            assert not FOREIGN.search(path.read_text()), path
