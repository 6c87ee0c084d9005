"""`society-sim view` says what is missing before anything is started."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from society_sim import run
from society_sim.cli import view
from society_sim.cli.commands import app


def told(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["view", *arguments, "--no-open"])
    assert result.exit_code == 2, result.output
    return " ".join(result.output.split())


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    assert "no scenario 'second_lok'" in told("second_lok")
    assert "second_look" in told("second_lok")
    assert "holds no record" in told(str(tmp_path))
    (tmp_path / "record.jsonl").write_text("nonsense\n")
    assert "record.jsonl:1: not an entry" in told(str(tmp_path))


def test_a_port_that_somebody_else_has_is_said() -> None:
    """And not taken for this page: nothing is loaded, and no browser is opened there."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = told("second_look", "--port", str(port))
    assert f"cannot be served at 127.0.0.1, port {port}: Address already in use" in said
    assert "--port" in said and "watch it at" not in said


def test_a_record_that_was_changed_is_told_of(tmp_path: Path) -> None:
    folder = run("second_look", out=tmp_path).folder
    assert folder
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert "not whole" not in told(str(folder), "--port", port)
        record = folder / "record.jsonl"
        record.write_bytes(record.read_bytes().replace(b'"decision":"', b'"decision":"Z', 1))
        assert "is not whole (changed since it was written" in told(str(folder), "--port", port)


@pytest.mark.parametrize("name", ["solara", "ipyvuetify", "uvicorn", "solara_assets"])
def test_the_extra_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "find_spec", lambda one: None if one == name else object())
    monkeypatch.setattr(view, "version", lambda _: "1.12.0")
    said = told("second_look")
    assert name in said and "society-sim[view]" in said


def test_another_ipyvuetify_is_said_to_be_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "find_spec", lambda _: object())
    monkeypatch.setattr(view, "version", lambda _: "3.1.0")
    assert "needs ipyvuetify 1, not 3.1.0" in told("second_look")
