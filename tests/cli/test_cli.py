"""The command line: what it prints, where, and its exit status."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import society_viz
from cli_helpers import ENVIRONMENT, PROGRAM, SMALL, call, program

from society_sim import __version__, runs
from society_sim.opening import opened
from society_sim.store import Store

HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J\x1b[31mA\x9b1m\u202egnp.exe[bold]not bold[/bold] [link=http://x]y[/link]\x00\r\nB:smile:"
)
CODE = f"""
from society_sim import Answer, Outcome, backend, inline, mechanism, measure

@backend
def hostile_cli():
    '''A model that says nasty things.'''
    return inline(lambda query: Answer(text="x"), watermark={HOSTILE!r})

@mechanism
def hostile_words(society, question, *, fails: bool = False):
    '''Settle on nasty words.'''
    yield society.env.timeout(1)
    if fails:
        raise RuntimeError({HOSTILE!r})
    return Outcome([{HOSTILE!r}])
"""
TEXT = """
name: hostile
models: {m: hostile_cli}
population: {plain: {size: 2, model: m}}
topology: flat
task: {multiple_choice: {rounds: 2}}
mechanism: hostile_words
"""


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A scenario whose model and mechanism say what a terminal must not be told."""
    (tmp_path / "hostile.py").write_text(CODE)
    (tmp_path / "hostile.yaml").write_text(TEXT)
    return tmp_path / "hostile.yaml"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The folder of a small run."""
    result = call("run", *SMALL, "--out", tmp_path / "runs", "--quiet")
    assert result.exit_code == 0
    return Path(result.stdout.strip())


@pytest.mark.slow
def test_help_and_version_come_at_once(tmp_path: Path) -> None:
    for arguments in (["--help"], ["run", "-h"], ["--version"]):
        result = program(*arguments, cwd=tmp_path)
        assert result.returncode == 0
        assert result.stdout
    assert program("--version", cwd=tmp_path).stdout.strip() == __version__
    heavy = ("mesa", "litellm", "matplotlib", "numpy", "networkx", "simpy", "pydantic", "yaml")
    code = (
        "import sys; from society_sim.cli.commands import app; app(['--help'], standalone_mode=False); "
        f"sys.exit(str([name for name in {heavy} if name in sys.modules] or ''))"
    )
    assert _python(code, tmp_path).strip() in ("", "[]")
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        program("--help", cwd=tmp_path)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.6  # 0.07 s where nothing else runs


def _python(code: str, cwd: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False
    ).stderr


def test_run_tells_what_came_of_it(tmp_path: Path) -> None:
    result = call("run", *SMALL, "--out", tmp_path, "--seed", 3)
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    (folder,) = tmp_path.glob("second-look-*/seed-0003")
    for words in (
        "second-look, seed 3: 3 questions settled",
        "crowd: synthetic",
        "accuracy",
        "24 asked, 0 reused",
        "$0.00",
        "abstentions",
        f"folder       {folder}",
        f"society-sim animate {folder} --to",
        "society-sim replay",
    ):
        assert words in result.stdout
    again = call("run", *SMALL, "--out", tmp_path, "--seed", 3)
    assert "0 asked, 24 reused" in again.stdout


def test_json_is_one_object_and_nothing_else(tmp_path: Path) -> None:
    result = call("run", *SMALL, "--out", tmp_path, "--json")
    assert (result.exit_code, result.stderr, result.stdout.count("\n")) == (0, "", 1)
    told = json.loads(result.stdout)
    assert list(told) == ["run", "digest", "outcomes", "measures", "calls", "tokens", "micro_usd",
                          "doubtful_micro_usd", "abstentions"]
    assert told["calls"] == {"asked": 24, "reused": 0}
    assert len(told["outcomes"]) == 3
    assert set(told["measures"]) >= {"accuracy", "tokens"}
    assert all(isinstance(value, (int, float)) for value in told["measures"].values())
    resumed = json.loads(call("resume", told["run"], "--json").stdout)
    assert resumed == {**told, "run": str(Path(told["run"]).resolve()), "calls": {"asked": 0, "reused": 24}}


def test_quiet_prints_the_folder(kept: Path) -> None:
    result = call("resume", kept, "-q")
    assert (result.exit_code, result.stderr, result.stdout) == (0, "", f"{kept.resolve()}\n")


def test_replay(kept: Path) -> None:
    result = call("replay", kept)
    assert result.exit_code == 0
    assert "the same record, byte by byte" in result.stdout
    told = json.loads(call("replay", kept, "--json").stdout)
    assert told["answers"] == 24
    record = kept / "record.jsonl"
    record.write_bytes(record.read_bytes().replace(b'"decision":"', b'"decision":"\xc2\x9b2J', 1))
    result = call("replay", kept)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "differs" in result.stderr
    assert "now:" in result.stderr
    assert "\x9b" not in result.stderr


def test_fork(kept: Path) -> None:
    result = call("fork", kept, "--at", 4, "--set", "mechanism=plurality")
    assert result.exit_code == 0, result.stderr
    assert "answers reused, 0 asked" in result.stdout
    assert re.search(r"the runs part at t = [4-9]", result.stdout)
    told = json.loads(call("fork", kept, "--at", 2, "--set", "mechanism.rounds=2", "--json").stdout)
    assert told["parent"] == str(kept)
    assert told["calls"]["asked"] > 0
    assert [entry["t"] >= 2 for entry in told["parted"]] == [True, True]
    assert call("replay", told["run"]).exit_code == 0, "a fork is a run like any other"
    same = call("fork", kept, "--at", 4, "--set", "mechanism.rounds=1")
    assert "the change made no difference" in same.stdout


def test_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = call("check", "second_look", "--set", "population.size=4")
    assert (result.exit_code, result.stdout[:35]) == (0, "second-look is sound: 4 members, 8 ")
    assert list(tmp_path.iterdir()) == []
    result = call("check", "second-look", "--set", "population.model=nobody")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "nobody" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "no_such_scenario"], "no scenario 'no_such_scenario', neither a file nor a name"),
        (["run", "second_look", "--set", "mechanism.round=1"], "did you mean 'rounds'?"),
        (["run", "second_look", "--set", "task.questions=/no/such"], "there is no file /no/such"),
        (["run", "second_look", "--seed", "-1"], "--seed"),
        (["run", "second_look", "--concurrency", "0"], "--concurrency"),
        (["run"], "SCENARIO"),
        (["rum"], "No such command"),
        (["run", "second_look", "--sets", "x"], "--sets"),
        (["resume", "no/such/run"], "is not a run's folder"),
        (["replay", "."], "is not a run's folder"),
        (["fork", "no/such/run"], "is not a run's folder"),
        (["animate", "no/such", "--to", "x.gif"], "there is no run"),
        (["show", "plurallity"], "did you mean 'plurality'?"),
        (["list", "mechanisim"], "did you mean 'mechanism'?"),
        (["check", "second_look", "--set", "topology=smallworld"], "did you mean 'small_world'?"),
    ],
)
def test_what_is_wrong_is_told_before_anything_runs(
    arguments: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_fork_must_change_something_that_may_change(kept: Path) -> None:
    for more, told in [
        ([], "a fork changes something"),
        (["--at", "3", "--set", "population.size=9"], "cannot change"),
        (["--at", "nan", "--set", "mechanism.rounds=2"], ""),
    ]:
        result = call("fork", kept, *more)
        assert (result.exit_code, result.stdout) == (2, "")
        assert told in result.stderr


def test_a_failure_within_the_package_is_told_at_the_line_that_called_it(tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text(
        "from society_sim import Outcome, mechanism\n\n\n@mechanism\ndef odd(society, question):\n    \"\"\"Odd\"\"\"\n"
        "    votes = yield from society.ask_all(question.text, question.form)\n"
        "    return Outcome(votes['nobody'], votes)\n"
    )
    (tmp_path / "odd.yaml").write_text(
        "name: odd\nmodels: {m: {synthetic: {preset: helm-mid}}}\npopulation: {plain: {size: 2, model: m}}\n"
        "topology: flat\ntask: {multiple_choice: {rounds: 1}}\nmechanism: odd\n"
    )
    result = call("run", tmp_path / "odd.yaml", "--out", tmp_path / "runs")
    assert result.exit_code == 1 and "odd.py:8)" in result.stderr.replace("\n", "")


@pytest.mark.slow
def test_a_run_that_fails(hostile: Path, tmp_path: Path) -> None:
    result = call("run", hostile, "--set", "mechanism.fails=true", "--out", tmp_path / "runs")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the run failed: RuntimeError: A" in result.stderr
    assert "hostile.py:14)" in result.stderr.replace("\n", "")
    assert "give the command again with --reuse" in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.stderr
    _harmless(result.stderr)
    result = program("--traceback", "run", hostile, "--set", "mechanism.fails=true", "-q", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert "Traceback" in result.stderr


def _harmless(text: str) -> None:
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), repr(text)
    assert "[bold]" in text, "markup is shown, not obeyed"


def test_nasty_words_reach_no_terminal(hostile: Path, tmp_path: Path) -> None:
    result = call("run", hostile, "--out", tmp_path / "runs")
    assert result.exit_code == 0, result.stderr
    assert "owned" not in result.stdout
    assert ":smile:" in result.stdout
    _harmless(result.stdout)
    (folder,) = (tmp_path / "runs").glob("*/seed-0000")
    forked = call("fork", folder, "--at", "1", "--set", "mechanism=plurality")
    assert forked.exit_code == 0, forked.stderr
    _harmless(forked.stdout)
    assert json.loads(call("resume", folder, "--json").stdout)["outcomes"][0]["decision"] == [HOSTILE]


@pytest.mark.slow
def test_a_run_takes_its_code_with_it(hostile: Path, tmp_path: Path) -> None:
    folder = Path(call("run", hostile, "-q", "--out", tmp_path / "runs").stdout.strip())
    hostile.with_suffix(".py").unlink()
    assert (folder / "scenario.py").read_text() == CODE
    assert program("replay", folder, cwd=tmp_path).returncode == 0, "a program that never saw the original reads it"
    assert json.loads(call("resume", folder, "--json").stdout)["run"] == str(folder)


def test_list_and_show() -> None:
    everything = call("list").stdout
    for name in ("second_look", "small_world", "plain", "multiple_choice", "accuracy", "synthetic", "zi_c"):
        assert re.search(rf"^  {name}\b", everything, re.MULTILINE)
    assert call("list", "topologies").stdout == call("list", "topology").stdout
    assert "Watts and Strogatz" in call("list", "topology", "--long").stdout
    assert call("list", "policies").stdout == call("list", "policy").stdout
    assert re.search(r"rate +a number from 0 to 1 +0.3\b", call("show", "zip_trader").stdout)
    page = call("show", "second_look").stdout
    assert re.search(r"rounds +a whole number of 0 or more +1\b", page)
    assert "second-look  scenario" in page
    assert re.search(r"k +a whole number of 2 or more +4\b", call("show", "small_world").stdout)


def test_list_runs_no_code_and_bears_broken_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenarios = {"fine": TEXT, "broken": "a: [", "odd": "- a"}
    for name, text in scenarios.items():
        (tmp_path / f"{name}.yaml").write_text(text)
        (tmp_path / f"{name}.py").write_text("raise SystemExit('was run')")
    monkeypatch.setattr("society_sim.scenario.sources.known",
                        lambda: {name: tmp_path / f"{name}.yaml" for name in scenarios})
    result = call("list", "scenarios")
    assert result.exit_code == 0
    assert "not YAML" in result.stdout
    assert "(not a scenario)" in result.stdout


def test_animate(kept: Path, tmp_path: Path) -> None:
    result = call("animate", kept, "--to", tmp_path / "run.html")
    assert (result.exit_code, result.stdout) == (0, f"{tmp_path / 'run.html'}\n")
    assert (tmp_path / "run.html").stat().st_size > 1000
    result = call("animate", kept, "--to", tmp_path / "run.txt")
    assert (result.exit_code, result.stdout) == (2, "")
    assert ".gif, .mp4 or .html" in result.stderr


@pytest.mark.parametrize("missing", ["society_viz", "society_viz.animation"])
def test_animate_says_what_is_missing(
    missing: str, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(vars(society_viz), "animate", raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    result = call("animate", kept, "--to", "run.gif")
    assert result.exit_code == 2
    assert "pip install" in result.stderr
    result = call("run", *SMALL, "--out", tmp_path / "new", "--animate", tmp_path / "run.gif")
    assert (result.exit_code, (tmp_path / "new").exists()) == (2, False), "before anything is run"
    assert "pip install" in result.stderr


def test_a_picture_that_lacks_marks_says_so(kept: Path, tmp_path: Path) -> None:
    (kept / "scenario.py").write_text("from society_viz import nothing")
    result = call("poster", kept, "--to", tmp_path / "run.svg")
    assert (result.exit_code, result.stdout) == (0, f"{tmp_path / 'run.svg'}\n")
    assert result.stderr.startswith("the marks that the scenario brings are not drawn: ")


def test_a_folder_in_use_is_told(kept: Path, tmp_path: Path) -> None:
    with Store(kept, ""):
        result = call("resume", kept)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "in use by another process" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    result = call("run", *SMALL, "--out", tmp_path / "runs")
    assert result.exit_code == 1
    assert "cannot make" in result.stderr


def test_the_folder_is_the_one_that_is_said(kept: Path) -> None:
    scenario, seed, out = opened(kept)
    assert runs.folder_of(scenario, seed, out) == kept.resolve()


@pytest.mark.slow
def test_a_terminal_without_letters(tmp_path: Path) -> None:
    result = subprocess.run(
        [*PROGRAM, "show", "small_world"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        env={**ENVIRONMENT, "PYTHONIOENCODING": "ascii"},
    )
    assert result.returncode == 0


BROKEN = """
from society_sim import Outcome, backend, mechanism, plurality

@backend
def parrot():
    def answer(query):
        with open("asked.txt", "a") as file:
            file.write("x")
        return "ANSWER: A"
    return answer

@mechanism
def brittle(society, question):
    votes = yield from society.ask_all(question.text, question.form)
    if question.id.endswith("-3"):
        {mistake}
    return Outcome(plurality(votes.values()), votes)
"""
BRITTLE = """
name: brittle
models: {crowd: parrot}
population: {plain: {size: 4, model: crowd}}
topology: flat
task: {multiple_choice: {rounds: 5, options: 4}}
mechanism: brittle
"""


@pytest.mark.slow
def test_mended_code_pays_for_nothing_twice(tmp_path: Path) -> None:
    (tmp_path / "brittle.yaml").write_text(BRITTLE)
    (tmp_path / "brittle.py").write_text(BROKEN.replace("{mistake}", "no_such_name"))
    broken = program("run", "brittle.yaml", cwd=tmp_path)
    assert broken.returncode == 1 and "NameError" in broken.stderr
    [folder] = (tmp_path / "runs").glob("*/seed-0000")
    (tmp_path / "brittle.py").write_text(BROKEN.replace("{mistake}", "pass"))
    mended = program("run", "brittle.yaml", "--reuse", folder, "--json", cwd=tmp_path)
    assert mended.returncode == 0, mended.stderr
    assert json.loads(mended.stdout)["calls"] == {"asked": 8, "reused": 12}
    assert len((tmp_path / "asked.txt").read_text()) == 20


def test_a_model_that_only_fails_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "brittle.yaml").write_text(BRITTLE)
    code = BROKEN.replace("{mistake}", "pass").replace('return "ANSWER: A"', 'raise OSError("no route to host")')
    (tmp_path / "brittle.py").write_text(code)
    done = call("run", "brittle.yaml", "--json")
    assert done.exit_code == 4 and json.loads(done.stdout)["abstentions"] == {"failed": 20}
    assert "nobody answered anything (20 failed)" in done.stderr and "OSError: no route to host" in done.stderr


@pytest.mark.slow
def test_a_fork_that_fails_names_a_command_that_takes_reuse(tmp_path: Path) -> None:
    brittle = BRITTLE.replace("mechanism: brittle", "mechanism: {brittle: {broken: false}}")
    (tmp_path / "brittle.yaml").write_text(brittle)
    code = BROKEN.replace("question):", "question, *, broken: bool = False):")
    (tmp_path / "brittle.py").write_text(code.replace("{mistake}", "no_such_name if broken else None"))
    assert program("run", "brittle.yaml", cwd=tmp_path).returncode == 0
    [folder] = (tmp_path / "runs").glob("*/seed-0000")
    broken = program("fork", folder, "--set", "mechanism.broken=true", cwd=tmp_path)
    hint = " ".join(broken.stderr.split())
    assert broken.returncode == 1 and "give the command again" not in hint
    command = hint.partition("society-sim ")[2].split()
    assert command[0] == "run" and command[-2] == "--reuse"
    (tmp_path / command[1]).with_name("scenario.py").write_text(code.replace("{mistake}", "None"))
    mended = program(*command, cwd=tmp_path)
    assert mended.returncode == 0, mended.stderr


@pytest.mark.parametrize("command", [
    ("structure", "--csv", "x.csv"), ("poster", "--to", "x.svg"), ("animate", "--to", "x.html"),
    ("report", "--to", "x.md"),
])  # fmt: skip
def test_what_is_shown_of_a_cut_record_is_said_to_be_incomplete(
    command: tuple[str, ...], kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name, *more = command
    assert "not whole" not in call(name, kept, *more).stderr
    record = kept / "record.jsonl"
    whole = record.read_bytes()
    record.write_bytes(whole.replace(b'"decision":"', b'"decision":"Z', 1))
    assert "is not whole (changed since it was written" in call(name, kept, *more).stderr
    record.write_bytes(whole[:-70])
    shown = call(name, kept, *more)
    assert shown.exit_code == 0 and "is not whole (cut off in line" in shown.stderr
    assert f"society-sim resume {kept} makes it anew from the tape" in shown.stderr
    lines = whole.splitlines(keepends=True)
    record.write_bytes(b"".join([*lines[:19], b"{\n", *lines[20:]]))
    assert f"society-sim resume {kept} makes it anew from the tape" in call(name, kept, *more).stderr
    mended = call("resume", kept, "--json")
    assert "(line 20 is not an entry), and was made anew from the tape" in mended.stderr
    assert json.loads(mended.stdout)["calls"] == {"asked": 0, "reused": 24} and record.read_bytes() == whole


def test_a_fork_of_a_relative_folder_names_a_relative_one(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(kept.parent)
    forked = call("fork", kept.name, "--at", "4", "--set", "mechanism.rounds=0", "--quiet")
    assert forked.exit_code == 0, forked.stderr
    folder = Path(forked.stdout.strip())
    assert not folder.is_absolute() and folder.resolve().parent.parent == kept.parent.parent.resolve()
