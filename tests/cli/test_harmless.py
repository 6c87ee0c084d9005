"""Words as they are shown, and the places that errors name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from society_sim import errors
from society_sim.errors import place_of
from society_sim.readable import clean, line


@given(st.text(st.characters(exclude_characters="\x1b\x9b")), st.text(" \n\t\u200bx", max_size=3), st.integers(2, 40))
def test_what_is_left_out_is_told(words: str, gap: str, longest: int) -> None:
    """Whoever reads a text that does not end in an ellipsis has read it to its end."""
    for shorten in (clean, line):
        shown = shorten(f"{words}{4 * longest * gap}end", longest)
        assert len(shown) <= longest
        assert shown.endswith(("…", "end"))


@pytest.mark.parametrize("folder", ["study", "society_sim_study"])
def test_an_error_is_placed_in_the_users_code_wherever_that_lies(folder: str) -> None:
    """Beside the package as well, in a folder whose name begins as the package's does; libraries are passed over."""
    package = Path(errors.__file__).parent
    part = _run(package.parent / folder / "part.py", "import json\ndef part():\n    json.loads('{')\n")["part"]
    call = _run(package / "kernel.py", "def call(part):\n    part()\n")["call"]
    with pytest.raises(ValueError, match="Expecting") as caught:
        call(part)
    assert place_of(caught.value) == f"{package.parent / folder / 'part.py'}:3"


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert place_of(KeyError("x")) == "somewhere"


def _run(file: Path, code: str) -> dict[str, Any]:
    """The names that *code* defines, as if it stood in *file*."""
    names: dict[str, Any] = {}
    exec(compile(code, str(file), "exec"), names)
    return names


SCRIPT = """\
from society_sim.guard import check_guarded
def begin():
    try:
        check_guarded()
    except Exception as error:
        print(error)
    else:
        print("fine")
"""


@pytest.mark.parametrize(("end", "encoding", "said"), [
    ("begin()\n", "utf-8", ":9: workers are processes"),
    ("if 1:\n    begin()\n", "utf-8", ":10: workers are processes"),
    ("if __name__ == '__main__':\n    begin()\n", "utf-8", "fine"),
    ("if '__main__' == __name__:\n    begin()\n", "utf-8-sig", "fine"),
    ("if __name__ == '__main__':\n    begin()  # \u00e9\n", "latin-1", "fine"),
])  # fmt: skip
def test_a_script_that_workers_cannot_import_is_told(end: str, encoding: str, said: str, tmp_path: Path) -> None:
    mark = "# coding: latin-1\n" if encoding == "latin-1" else ""
    (tmp_path / "study.py").write_text(mark + SCRIPT + end, encoding)
    told = subprocess.run([sys.executable, "study.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said in told.stdout
