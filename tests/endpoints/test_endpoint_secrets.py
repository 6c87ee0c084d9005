"""No key gets out: whatever goes wrong, and however much is logged, it is in no file, on no screen, in no error."""

from __future__ import annotations

import importlib.util
import io
import logging
import os
import subprocess
import traceback
from contextlib import contextmanager
from pathlib import Path

import pytest
from endpoint_canaries import leaks, tells
from typer.testing import CliRunner

import society_sim
from society_sim.cli.commands import app

FAULTS = ("", "rate_limited", "server_error", "unavailable", "hang", "reset", "cut", "echo_key", "payment",
          "unknown_model", "redirect", "too_long", "filtered", "truncated_json", "html")  # fmt: skip
LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)
CANARIES = {
    "the key": "k3y/of+the=tests-7f2a91c0",
    "another provider's key": "sk-other-5d1e77aa90b2c4",
    "a key in the address": "q-41c0ffee9a7b2d18",
    "a password in the address": "pass-9c3b12e8f7a6",
    "a key in place of its name": "gsk_8a7b6c5d4e3f2a1b0c9d",
    "a proxy's password": "pr0xy-6e5d4c3b2a19",
    "a cookie": "c00kie-1a2b3c4d5e6f",
    "a key that is echoed": "",  # the first one: the server says it again in every error
    "a key in an answer": "",  # and in every answer
    "a key on the command line": "sk-argv-0f1e2d3c4b5a6978",
    "a comment": "c0mment-77aa88bb99cc",
    "the folder's remote": "ghp-r3mote-123456789abc",
}
QUIET = {name: canary for name, canary in CANARIES.items() if canary}
TEXT = """
# to be asked with {comment}
name: canaries
models: {{m: {{{backend}: {{model: {model}, {base}: "{url}", key_env: {key_env}, timeout: {timeout}, attempts: 2,
                          backoff: 0.0, max_tokens: 20{more}}}}}}}
population: {{plain: {{size: 2, model: m}}}}
topology: flat
task: {{multiple_choice: {{rounds: 1, options: 3}}}}
mechanism: {{second_look: {{rounds: 0}}}}
"""


@pytest.fixture(scope="module")
def server():
    with tells() as server:
        server.cookie, server.said = CANARIES["a cookie"], CANARIES["the key"]
        yield server


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A working folder with secrets around it, and no leave to start programs."""
    proxy = "http://user:" + CANARIES["a proxy's password"] + "@127.0.0.1:9"
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LIVES_AUTH", CANARIES["the key"])
    monkeypatch.setenv("OTHER_API_KEY", CANARIES["another provider's key"])
    folder = tmp_path / "work"
    (folder / ".git").mkdir(parents=True)
    remote = CANARIES["the folder's remote"]
    (folder / ".git" / "config").write_text(f'[remote "origin"]\n\turl = https://me:{remote}@example.org/it.git\n')
    (folder / f"{remote}.txt").write_text("a file beside it")
    monkeypatch.chdir(folder)

    def started(*arguments, **_):
        raise AssertionError(f"a run starts a program: {arguments}")

    monkeypatch.setattr(subprocess, "Popen", started)
    monkeypatch.setattr(os, "posix_spawn", started)
    return folder


def written(folder: Path, url: str, *, backend: str = "openai_compatible", key_env: str = "LIVES_AUTH",
            more: str = "", timeout: float = 5.0) -> Path:  # fmt: skip
    base, model = ("base_url", "m") if backend == "openai_compatible" else ("api_base", "openai/m")
    path = folder / "canaries.yaml"
    path.write_text(TEXT.format(url=url, key_env=key_env, more=more, comment=CANARIES["a comment"], backend=backend,
                                base=base, model=model, timeout=timeout))  # fmt: skip
    return path


@contextmanager
def logged(level: int):
    """All that is logged at *level* and above."""
    stream = io.StringIO()
    handler, root = logging.StreamHandler(stream), logging.getLogger()
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def called(*arguments: object) -> tuple[int, dict[str, str]]:
    """The exit status, and all that was said."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    what = " ".join(map(str, arguments[:2]))
    raised = "".join(traceback.format_exception(*done.exc_info)) if done.exc_info and done.exit_code else ""
    return done.exit_code, {f"stdout of {what}": done.stdout, f"stderr of {what}": done.stderr,
                            f"error of {what}": raised}  # fmt: skip


def kept(folder: Path) -> dict[str, object]:
    """What lies in the runs' folders, and how it is called."""
    files = [path for path in (folder / "runs").rglob("*") if path.is_file()]
    return {"names": "\n".join(str(path.relative_to(folder)) for path in files),
            **{path.name: path.read_bytes() for path in files}}  # fmt: skip


def cell(server, home: Path, fault: str, level: int, *, arrives: bool = True, **more) -> list[str]:
    """Run, look at the tape, run again and replay, with all that can be written and logged; what got out.

    *arrives*: the server is reached.
    """
    server.fault = fault
    server.heard.clear()
    hung = fault == "hang"
    path = written(home, f"http://127.0.0.1:{server.server_port}/v1", timeout=0.2 if hung else 5.0, **more)
    outputs: dict[str, object] = {}
    with logged(level) as log:
        status, said = called("run", path.name, "--json")
        outputs |= said
        assert status in (0, 4), said
        assert all(CANARIES["the key"] in headers["Authorization"] for headers in server.heard)
        assert bool(server.heard) is arrives
        if "backend" not in more:  # LiteLLM's clients give cookies back to whom they came from
            assert not any("Cookie" in headers for headers in server.heard)
        (run,) = (home / "runs").glob("canaries-*/seed-0000")
        for arguments in (("tape", "show", run), ("tape", "asked", run), ("tape", "asked", run, "--json"),
                          ("resume", run, "--again"), ("replay", run)):  # fmt: skip
            outputs |= called(*arguments)[1]
        try:
            society_sim.run(society_sim.Scenario.read(path, ["on_failure=stop"]), out=None)
        except society_sim.SocietyError as error:
            outputs["exception"] = "".join(traceback.format_exception(error)) + repr(error.args)
    outputs |= {"log": log.getvalue(), **kept(home)}
    for name in ("tape.jsonl", "record.jsonl", "record.partial.jsonl"):
        assert not (run / name).exists() or (run / name).stat().st_mode & 0o777 == 0o600, name
    return leaks(QUIET, outputs)


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_gets_out(server, home, fault):
    assert cell(server, home, fault, logging.DEBUG) == []


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_gets_out_at_any_level(server, home, fault, level):
    assert cell(server, home, fault, level) == []


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("litellm") is None, reason="needs LiteLLM")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_gets_out_through_litellm(server, home, monkeypatch, fault):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")  # LiteLLM takes the environment's proxies
    assert cell(server, home, fault, logging.DEBUG, backend="litellm") == []


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("litellm") is None, reason="needs LiteLLM")
@pytest.mark.filterwarnings("ignore")
def test_a_proxy_that_is_not_there_is_not_told_of(server, home):
    assert cell(server, home, "", logging.DEBUG, backend="litellm", arrives=False) == []


# --- where a key never belongs ----------------------------------------------------------------------------------------


def misplaced(server) -> dict[str, tuple[dict[str, str], tuple[str, ...]]]:
    """Where people put keys: what is said in the scenario, and on the command line."""
    url, c = f"127.0.0.1:{server.server_port}/v1", CANARIES
    whole = f"http://{url}"
    return {
        "query": ({"url": f"{whole}?api_key={c['a key in the address']}"}, ()),
        "password": ({"url": f"http://me:{c['a password in the address']}@{url}"}, ()),
        "user": ({"url": f"http://{c['a password in the address']}@{url}"}, ()),
        "name": ({"url": whole, "key_env": c["a key in place of its name"]}, ()),
        "name with a dash": ({"url": whole, "key_env": c["another provider's key"]}, ()),
        "known name": ({"url": whole, "key_env": f'"{c["the key"]}"'}, ()),
        "price": ({"url": whole}, ("--set", f"models.m.price={c['a key on the command line']}")),
        "price within": ({"url": whole}, ("--set", f"models.m.price.in={c['a key on the command line']}")),
        "key_env": ({"url": whole}, ("--set", f"models.m.key_env={c['a key in place of its name']}")),
        "no such parameter": ({"url": whole}, ("--set", f"models.m.api_key={c['a key on the command line']}")),
        "section": ({"url": whole}, ("--set", f"{c['a key on the command line']}=1")),
        "extra": ({"url": whole, "more": f", extra: {{api_key: {c['the key']}}}"}, ()),
        "extra headers": ({"url": whole, "more": ", extra: {headers: {Authorization: Bearer " + c["a cookie"] + "}}"},
                          ()),
        "extra words": ({"url": whole, "more": ", extra: {user: " + c["another provider's key"] + "}"}, ()),
        "about": ({"url": whole}, ("--set", f"about={c['the key']}")),
    }


def refused(server, home: Path, level: int) -> list[str]:
    """Every misplaced key is refused before anything is written or asked; what was told of it all the same."""
    server.heard.clear()
    out: list[str] = []
    for name, (given, sets) in misplaced(server).items():
        path = written(home, **given)
        with logged(level) as log:
            outputs: dict[str, object] = {}
            for command in (("run", path.name, "--out", f"runs/{len(out)}", *sets), ("check", path.name, *sets),
                            ("estimate", path.name, *sets), ("--traceback", "run", path.name, *sets)):  # fmt: skip
                status, said = called(*command)
                assert status != 0 or command[0] in ("check", "estimate"), f"{name}: not refused"
                outputs |= {f"{name}: {where}": words for where, words in said.items()}
            try:
                society_sim.run(society_sim.Scenario.read(path, sets[1:]))
            except society_sim.ScenarioError as error:
                outputs[f"{name}: exception"] = "".join(traceback.format_exception(error)) + repr(error.args)
        outputs |= {f"{name}: log": log.getvalue(), **kept(home)}
        out += leaks(QUIET, outputs)
    assert server.heard == []
    return out


@pytest.mark.slow
@pytest.mark.parametrize("level", [logging.DEBUG, *(pytest.param(one, marks=pytest.mark.slow) for one in LEVELS[:2])])
def test_a_key_where_none_belongs_is_refused_and_not_told_again(server, home, level):
    """Whatever the server would have said: it is never asked."""
    assert refused(server, home, level) == []


# --- what the user wants to be kept out -------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["", "echo_key", "too_long", "hang"])
def test_what_is_redacted_is_written_nowhere(server, home, fault):
    """Answers, reasons and prompts; a replay comes out of the tape all the same."""
    server.fault, server.said = fault, "Doris Lessing, 12 Acacia Avenue"
    try:
        path = written(home, f"http://127.0.0.1:{server.server_port}/v1", timeout=0.2 if fault == "hang" else 5.0)
        seen = []

        def redact(words: str) -> str:
            seen.append(words)
            return words.replace("Doris Lessing", "[name]").replace("Acacia", "[street]").replace("options", "[o]")

        done = society_sim.run(path, redact=redact)
        assert "Doris" not in done.trouble
        files = kept(home)
        assert seen
        for name, words in files.items():
            data = words if isinstance(words, bytes) else str(words).encode()
            assert b"Doris" not in data and b"Acacia" not in data, name
        assert society_sim.replay(done.folder).digest == done.digest
        assert society_sim.run(path).digest == done.digest
    finally:
        server.said = CANARIES["the key"]
