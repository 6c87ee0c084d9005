"""What the tests of faults over HTTP share: the table of what each fault is to a run, and small paid runs."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click import testing
from endpoint_server import Endpoint
from typer.testing import CliRunner

from society_sim import NoAnswer, Profile, Scenario, population, run, tapes
from society_sim.backends.calls import received
from society_sim.backends.endpoints import gate
from society_sim.cli.commands import app
from society_sim.errors import FAILURES
from society_sim.forms import Choice
from society_sim.results import Result
from society_sim.values import Answer, Query

ROOT = Path(__file__).resolve().parents[2]
READ, WRITE = 1, 2  # micro-dollars a token: whole numbers, so that sums are exact
PRICE = {"in": float(READ), "out": float(WRITE)}
ANSWERED = ""
ONCE, AGAIN = False, True  # whether another attempt is made
REASONS: Mapping[str, tuple[str, bool]] = {
    "rate_limited": ("rate limited", AGAIN),
    "rate_limited_date": ("rate limited", AGAIN),
    "rate_limited_bare": ("rate limited", AGAIN),
    "server_error": ("server error", AGAIN),
    "not_json_error": ("server error", AGAIN),
    "bad_gateway": ("server error", AGAIN),
    "unavailable": ("server error", AGAIN),
    "gateway_timeout": ("timed out", AGAIN),
    "hang": ("timed out", AGAIN),
    "reset": ("disconnected", AGAIN),
    "half_closed": ("disconnected", AGAIN),
    "cut": ("truncated", AGAIN),
    "quota": ("payment required", ONCE),
    "unauthorised": ("unauthorised", ONCE),
    "echo_key": ("unauthorised", ONCE),
    "payment": ("payment required", ONCE),
    "forbidden": ("unauthorised", ONCE),
    "unknown_model": ("unknown model", ONCE),
    "redirect": ("bad request", ONCE),
    "bad_request": ("bad request", ONCE),
    "too_long": ("context too long", ONCE),
    "too_large": ("context too long", ONCE),
    "filtered": ("refused", ONCE),
    "filtered_reply": ("refused", ONCE),
    "refusal": ("refused", ONCE),
    "length": (ANSWERED, ONCE),
    "null_content": (ANSWERED, ONCE),
    "empty_content": (ANSWERED, ONCE),
    "no_choices": ("wrong schema", AGAIN),
    "wrong_schema": ("wrong schema", AGAIN),
    "truncated_json": ("truncated", AGAIN),
    "html": ("not JSON", AGAIN),
    "empty_body": ("empty", AGAIN),
    "bad_usage": (ANSWERED, ONCE),
}
"""Each kind of fault: the reason that is recorded, and whether it is worth another attempt."""
INJECTED = (
    "rate_limited", "rate_limited_bare", "server_error", "bad_gateway", "unavailable", "hang", "reset", "cut",
    "unauthorised", "bad_request", "too_long", "filtered", "empty_body", "truncated_json", "html",
    "wrong_schema",
)  # fmt: skip
RATES = (0.01, 0.1, 0.3, 0.6)


@population
def test_crowd(models: Mapping[str, Any], rng: Any, *, size: int = 4, persona: int = 0) -> list[Profile]:
    """Members that speak with all the models in turn, and have a persona of so many characters."""
    words = ("You are careful. " * (persona // 17 + 1))[:persona]
    names = list(models)
    return [Profile(f"Member {seat}", names[seat % len(names)], persona=words) for seat in range(size)]


def question(number: int) -> Query:
    """A question to choose from A to D; *number* is whose."""
    form = Choice("ABCD")
    return Query(member=number, occurrence=0, model="", system="You are careful.", form=form, seed=number,
                 text=f"Which is it, {number}?\n\n{form.hint()}", key=f"{number:032x}")  # fmt: skip


def said(model: Any, count: int = 1) -> list[Answer | NoAnswer]:
    """What *model* says to so many questions put at once."""
    bound = model.within()
    try:
        futures = [bound.submit(question(number)) for number in range(count)]
        return [next(filter(None, received(future))) for future in futures]
    finally:
        bound.release()


def scenario(models: Mapping[str, Any] | str, *, size: int = 8, rounds: int = 4, **sections: Any) -> Scenario:
    """A crowd that votes; *models* are those of the scenario, or the address of one that is priced and in a hurry."""
    if isinstance(models, str):
        models = {"crowd": direct(models)}
    whole: dict[str, Any] = {
        "name": "faults",
        "models": models,
        "population": {"test_crowd": {"size": size}},
        "topology": {"small_world": {"k": 2, "p": 0.0}},
        "task": {"multiple_choice": {"rounds": rounds, "options": 4}},
        "mechanism": "plurality",
        "measures": ["abstentions"],
        "on_failure": {"abstain": {"up_to": 1.0}},
    }
    return Scenario.of(**{**whole, **sections})


def direct(base_url: str, /, **more: Any) -> dict[str, Any]:
    """A model at *base_url*, asked directly."""
    hasty = {"model": "x", "base_url": base_url, "price": PRICE, "timeout": 20.0, "backoff": 0.01}
    return {"openai_compatible": {**hasty, **more}}


def hurry(monkeypatch: Any) -> None:
    """Let the breaker of a gate pause for milliseconds, as a test's server means its refusals."""
    monkeypatch.setattr(gate, "PAUSE", 0.002)
    monkeypatch.setattr(gate, "LONGEST_PAUSE", 0.01)


def answers(result: Result) -> list[Mapping[str, Any]]:
    return [entry for entry in result.record if entry["kind"] == "answer"]


def billed(server: Endpoint) -> int:
    """What the server charges, in micro-dollars: every good answer that was delivered."""
    stats = server.stats()
    return READ * stats["prompt_tokens"] + WRITE * stats["completion_tokens"]


def booked(result: Result, server: Endpoint) -> None:
    """Nothing is lost, nothing is charged twice: answers and abstentions, tokens and money, to the last one."""
    given, tape, stats = answers(result), tapes.look(result.folder), server.stats()
    assert result.asked == len(given) == tape.answers
    assert len({entry["key"] for entry in given}) == len(given)
    assert all((entry["value"] is None) == ("reason" in entry) for entry in given)
    assert (tape.tokens_in, tape.tokens_out) == (stats["prompt_tokens"], stats["completion_tokens"])
    if tape.spent.micro_usd:
        assert tape.spent.micro_usd == sum(entry.get("micro_usd", 0) for entry in given) == billed(server)
        assert tape.attempts == tape.spent.calls == stats["requests"]


def expected(share: float, found: int, count: int) -> None:
    """Whether *found* of *count* is *share* within four standard errors."""
    assert abs(found - share * count) <= 4 * (share * (1 - share) * count) ** 0.5, f"{found} of {count}, not {share}"


def at_rate(server: Endpoint, part: Mapping[str, Any], kind: str, rate: float, folder: Path, count: int) -> int:
    """A run of *count* questions in which *kind* meets that share of the requests; how many faults there were.

    At 60 % it is free: attempts that are in doubt would use up what one attempt at each question could take.
    """
    server.reset()
    server.configure(fault=kind, fault_rate=rate, hang_s=60.0, seed=100 + list(REASONS).index(kind))  # luck of its own
    [(backend, parameters)] = part.items()
    model = {backend: {**parameters, "price": "free" if rate == max(RATES) else PRICE}}
    result = run(scenario({"crowd": model}, size=count, rounds=1), out=folder, concurrency=count)
    booked(result, server)
    reason, again = ("disconnected", AGAIN) if (backend, kind) == ("litellm", "cut") else REASONS[kind]
    failed = result.abstentions.get(reason, 0)
    assert set(result.abstentions) | set(tapes.look(result.folder).failures) <= {reason}
    assert bool(result.trouble) == (failed > 0 and reason in FAILURES)
    share = rate**4 if again else rate
    expected(share, failed, count)
    faults: int = server.stats()["faults"].get(kind, 0)
    print(f"{backend} {kind} {rate}: {failed} of {count}, theory {share * count:.1f}; {faults} faults")
    return faults


def call(*arguments: object, cwd: Path) -> testing.Result:
    """The command line in this process: what starting another costs is paid only where that is what is tested."""
    with contextlib.chdir(cwd):
        return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def program(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line, as a program of its own."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "visualization")])
    return subprocess.run([sys.executable, "-m", "society_sim", *map(str, arguments)], cwd=cwd, capture_output=True,
                          env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200", **environment}, text=True,
                          timeout=240, check=False)  # fmt: skip
