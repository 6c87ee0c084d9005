"""A scenario that was handed on reads nothing outside its folder; the user may name any file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim import Scenario
from society_sim.errors import ScenarioError
from society_sim.scenario.places import digest

Edited = Callable[[str, str], Path]
SECRET = "secret.txt"


def _named(file: Path, path: str) -> Path:
    """What the path *path*, in the scenario *file*, leads to."""
    quoted = path.replace("'", "''")
    file.write_text(
        file.read_text().replace(
            "task: {test_riddles: {rounds: 2}}", f"task: {{test_riddles: {{questions: '{quoted}'}}}}"
        )
    )
    return Scenario.read(file).part("task")[1]["questions"]


def test_inside_is_relative_to_the_scenario(small: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (small.parent / "sub").mkdir()
    (small.parent / "sub" / "q.csv").write_text("a")
    assert _named(small, "sub/q.csv") == small.parent / "sub" / "q.csv"
    assert Scenario.read(Path("home/small.yaml")).part("task")[1]["questions"] == small.parent / "sub" / "q.csv"


def test_a_link_inside_is_inside(small: Path) -> None:
    (small.parent / "real.csv").write_text("a")
    (small.parent / "link.csv").symlink_to("real.csv")
    assert _named(small, "link.csv") == small.parent / "real.csv"


OUTSIDE = [
    "../secret.txt",
    "sub/../../secret.txt",
    "./../secret.txt",
    "..",
    "../",
    "/etc/passwd",
    "//etc/passwd",
    "\\\\host\\x",
    "~",
    "~/secret.txt",
    "~root/x",
    "C:\\x",
    "C:x",
    "c:/x",
    "\\x",
    "..\\secret.txt",
    "sub\\..\\..\\x",
    "\\\\?\\C:\\x",
    "file:///etc/passwd"[5:],
    "/proc/self/environ",
    "/dev/stdin",
    "CON",
    "nul.csv",
    "sub/com1.txt",
    "LPT9",
    "aux .csv",
    "....//....//secret.txt/../..",
    "sub/..\\..\\x",
    "///x",
]
NOWHERE = [
    "no.csv",
    "%2e%2e/secret.txt",
    "..%2fsecret.txt",
    "x" * 300,
    "sub/" * 2000 + "x",
    "secret.txt\u200b",
    ".",
    "....//secret.txt",
    "$HOME/x",
    "`id`",
    "loop",
    "a:stream"[1:],
    "..;/x",
    "\uff0e\uff0e/secret.txt",
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_path_that_leaves_the_folder_is_refused(small: Path, path: str) -> None:
    (small.parent.parent / SECRET).write_text("s")
    with pytest.raises(ScenarioError, match=r"small.yaml:6:\d+: path outside the scenario's folder"):
        _named(small, path)


@pytest.mark.parametrize("path", NOWHERE)
def test_a_path_that_leads_nowhere_is_told(small: Path, path: str) -> None:
    (small.parent.parent / SECRET).write_text("s")
    (small.parent / "loop").symlink_to("loop")
    with pytest.raises(ScenarioError, match=r"small.yaml:6:"):
        _named(small, path)


@pytest.mark.parametrize("target", ["../secret.txt", "/etc/passwd", "../", "chain"])
def test_a_link_out_is_refused(small: Path, target: str) -> None:
    (small.parent.parent / SECRET).write_text("s")
    (small.parent / "chain").symlink_to("../secret.txt")
    (small.parent / "link").symlink_to(target)
    path = "link/secret.txt" if target == "../" else "link"
    with pytest.raises(ScenarioError, match=r"path outside the scenario's folder: .* is a link out of it"):
        _named(small, path)


def test_what_is_no_file_is_told(small: Path) -> None:
    (small.parent / "folder").mkdir()
    os.mkfifo(small.parent / "pipe")
    for name in ("folder", "pipe"):
        file = small.parent / f"{name}.yaml"
        file.write_text(small.read_text())
        with pytest.raises(ScenarioError, match=f"{name} is not a file"):
            _named(file, name)


@pytest.mark.slow
@given(
    st.lists(
        st.sampled_from(["..", ".", "/", "\\", "~", "sub", "secret.txt", "C:", "link", " ", "x", "\u2025", "%2e"]),
        max_size=7,
    ).map("".join)
    | st.text(max_size=20)
)
@settings(max_examples=300)
def test_no_path_leads_out(tmp_path: Path, path: str) -> None:
    home = tmp_path / "home"
    (home / "sub").mkdir(parents=True, exist_ok=True)
    (tmp_path / SECRET).write_text("s")
    for inside in ("x", "sub/secret.txt"):
        (home / inside).write_text("fine")
    if not (home / "link").is_symlink():
        (home / "link").symlink_to("..")
    file = home / "small.yaml"
    file.write_text(
        "name: small\nmodels: {m: test_model}\npopulation: test_plain\ntopology: test_flat\n"
        "task: {test_riddles: {rounds: 2}}\nmechanism: test_poll\n"
    )
    try:
        found = _named(file, path)
    except ScenarioError:
        return
    assert found.resolve().is_relative_to(home.resolve())
    assert found.is_file()


def test_the_user_may_name_any_file(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / SECRET).write_text("s")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(small.parent)
    for path in ("../secret.txt", str(tmp_path / SECRET), "~/secret.txt"):
        scenario = Scenario.read(small, [f"task.questions={path}"])
        assert scenario.part("task")[1]["questions"] == tmp_path / SECRET
        assert Scenario.read(small).set("task.questions", path) == scenario
    assert Scenario.read(small).set("task.questions", Path("..") / SECRET) == scenario
    with pytest.raises(ScenarioError, match=r"--set task.questions=../none: there is no file"):
        Scenario.read(small, ["task.questions=../none"])
    with pytest.raises(ScenarioError, match=r"not a path|no file"):
        Scenario.read(small, ["task.questions=~nobody-of-this-name/x"])


def _kept(small: Path, questions: Path) -> Path:
    """A run's scenario, in a folder of its own."""
    kept = small.parent.parent / "runs" / "scenario.yaml"
    kept.parent.mkdir()
    kept.write_text(Scenario.read(small, [f"task.questions={questions}"]).dump())
    return kept


def test_a_run_finds_the_files_that_it_read(small: Path, tmp_path: Path) -> None:
    questions = tmp_path / SECRET
    questions.write_text("s")
    kept = _kept(small, questions)
    before = Scenario.read(kept).digest
    assert digest(questions) in kept.read_text()
    (kept.parent / SECRET).write_text("s")
    questions.unlink()
    assert Scenario.read(kept).part("task")[1]["questions"] == kept.parent / SECRET, "or beside the scenario"
    assert Scenario.read(kept).digest == before


def test_a_file_that_changed_since_is_refused(small: Path, tmp_path: Path) -> None:
    questions = tmp_path / SECRET
    questions.write_text("s")
    kept = _kept(small, questions)
    questions.write_text("other")
    with pytest.raises(ScenarioError, match=r"scenario.yaml:\d+:\d+: the file '.*secret.txt' has changed since"):
        Scenario.read(kept)
    questions.unlink()
    with pytest.raises(ScenarioError, match="is not there; put the one with the sha256"):
        Scenario.read(kept)


def test_a_scenario_cannot_vouch_for_files_that_it_does_not_know(small: Path, tmp_path: Path) -> None:
    secret, text = tmp_path / SECRET, small.read_text()
    secret.write_text("s")
    small.write_text(f"{text}files: {{{secret}: {'0' * 64}}}\n")
    with pytest.raises(ScenarioError, match="has changed since") as caught:
        _named(small, str(secret))
    assert digest(secret) not in str(caught.value)
    small.write_text(f"{text}files: {{../secret.txt: {digest(secret)}}}\n")
    with pytest.raises(ScenarioError, match="path outside"):
        _named(small, "../secret.txt")
