"""The gate before an endpoint, seen from the endpoint: what comes through it, and that every storm ends."""

from __future__ import annotations

import hashlib
import json
import time

import pytest
from endpoint_server import Endpoint, Knobs
from faults_asking import answers, billed, call, direct, scenario

from society_sim import replay, run, tapes
from society_sim.backends.endpoints import gate
from society_sim.tape import Tape


@pytest.fixture(scope="module")
def endpoint():
    with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def server(endpoint):
    """The server as it was at its beginning, but that it answers."""
    endpoint.configure(**vars(Knobs(brain="choose")))
    endpoint.reset()
    return endpoint


@pytest.mark.parametrize(("rps", "rounds"), [(200.0, 2), pytest.param(50.0, 4, marks=pytest.mark.slow)])
def test_a_storm_ends_by_itself(server, tmp_path, rps, rounds):
    """Two hundred ask at once, of whom the server takes so many a second; nobody says so beforehand."""
    server.configure(rps=rps, retry_after_s=0.5)
    model = direct(server.base_url, attempts=8, backoff=0.5)
    result = run(scenario({"crowd": model}, size=200, rounds=rounds), out=tmp_path, concurrency=200)
    assert (result.asked, result.abstentions) == (200 * rounds, {})
    stats = server.stats()
    assert stats["answered"] == stats["unique"] == 200 * rounds
    assert stats["requests"] < 3 * 200 * rounds, "the gate learns what the server takes"
    assert tapes.look(result.folder).spent.micro_usd == billed(server)


def test_refusals_at_random_cost_time_and_no_answer(server, tmp_path):
    """An endpoint that refuses a third of all, however few come, and says when to come back."""
    server.configure(fault="rate_limited", fault_rate=0.3)
    result = run(scenario({"crowd": direct(server.base_url, attempts=12)}, size=40, rounds=1), out=tmp_path)
    assert result.abstentions == {}
    assert server.stats()["requests"] < 4 * 40


def test_refusals_of_most_requests_end_too(server, tmp_path):
    server.configure(fault="rate_limited", fault_rate=0.6)
    result = run(scenario({"crowd": direct(server.base_url, attempts=30)}, size=20, rounds=1), out=tmp_path)
    assert result.abstentions == {}
    assert server.stats()["requests"] < 6 * 20


def test_two_models_at_one_address_share_its_gate(server, tmp_path):
    server.configure(latency_ms=15.0)
    models = {name: direct(server.base_url, model=name, concurrency=8) for name in ("one", "other")}
    result = run(scenario(models, size=30, rounds=2), out=tmp_path, concurrency=60)
    assert result.abstentions == {} and tapes.look(result.folder).models == {"one": 30, "other": 30}
    assert 4 < server.stats()["max_in_flight"] <= 8


def test_the_stricter_of_two_limits_holds_for_both(server):
    server.configure(latency_ms=10.0)
    one, other = direct(server.base_url, concurrency=20), direct(server.base_url, model="y", concurrency=3)
    models = {"one": one, "other": other}
    assert run(scenario(models, size=20, rounds=2), out=None, concurrency=60).abstentions == {}
    assert server.stats()["max_in_flight"] <= 3


@pytest.mark.parametrize("limit", [{"rpm": 20}, {"tpm": 6000}])
def test_a_limit_per_minute_is_kept_to(server, monkeypatch, limit):
    """In a minute of half a second."""
    monkeypatch.setattr(gate, "_MINUTE", 0.5)
    begun = time.monotonic()  # nothing here is too slow: what is measured is that it is not too fast
    result = run(scenario({"crowd": direct(server.base_url, **limit)}, size=60, rounds=1), out=None, concurrency=60)
    minutes = (time.monotonic() - begun) / 0.5
    assert result.abstentions == {}
    if "rpm" in limit:
        assert minutes >= 60 / 20 - 1
    else:
        assert minutes >= result.tokens / 6000 - 1


# --- what goes out, and what is kept ---------------------------------------------------------------------------------


def test_what_is_asked_for_goes_out_and_what_comes_back_is_kept(server, tmp_path):
    server.configure(keep_bodies=True, reasoning_tokens=3)
    model = direct(server.base_url, structured=True, logprobs=True, extra={"top_k": 20, "temperature": None})
    result = run(scenario({"crowd": model}, size=3, rounds=2), out=tmp_path)
    assert not result.abstentions
    for body in server.bodies():
        assert body["logprobs"] is True and body["response_format"]["type"] == "json_schema"
        assert body["top_k"] == 20 and "temperature" not in body and type(body["seed"]) is int
    with Tape(result.folder / "tape.jsonl", writable=False) as tape:
        for entry in answers(result):
            found = tape.find(entry["key"])
            assert found.logprobs and found.reasoning == 3 and "".join(t for t, _ in found.logprobs) == found.text
            assert json.loads(found.text) == {"answer": entry["value"]}
    assert replay(result.folder).digest == result.digest


def test_what_a_prefix_cache_served_is_counted_and_costs_less(server, tmp_path):
    server.configure(cache=True)
    price = {"in": 4.0, "out": 2.0, "cached": 1.0}
    crowd = {"test_crowd": {"size": 6, "persona": 4096}}
    result = run(scenario({"crowd": direct(server.base_url, price=price)}, population=crowd), out=tmp_path)
    cached = sum(entry.get("cached", 0) for entry in answers(result))
    stats, tape = server.stats(), tapes.look(result.folder)
    assert cached == tape.cached >= 20 * 1024 and tape.cached_share > 0.8
    paid = 4 * (stats["prompt_tokens"] - cached) + cached + 2 * stats["completion_tokens"]
    assert result.micro_usd == tape.spent.micro_usd == paid
    shown = call("tape", "show", result.folder, cwd=tmp_path)
    assert f"{tape.tokens_in:,}, {tape.cached_share:.0%} of them from a prefix cache" in shown.stdout
    told = json.loads(call("tape", "show", result.folder, "--json", cwd=tmp_path).stdout)
    assert (told["cached"], told["micro_usd"]) == (cached, paid)


def test_a_key_comes_from_the_environment_and_is_written_nowhere(server, tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTS_KEY", "canary-of-the-tests")
    server.configure(fault="echo_key", fault_rate=0.3)
    result = run(scenario({"crowd": direct(server.base_url, key_env="FAULTS_KEY")}), out=tmp_path)
    assert server.stats()["authorisations"] == [hashlib.sha256(b"Bearer canary-of-the-tests").hexdigest()]
    assert "unauthorised" in result.abstentions and "canary" not in result.trouble
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) > 2 and not any(b"canary" in file.read_bytes() for file in files)
