"""One record, whatever the network does: any latency, any concurrency, any hash seed, direct or through LiteLLM."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from endpoint_lives import ENVIRONMENT, ROOT, run, scenario
from endpoint_server import Endpoint

from society_sim import replay, resume
from society_sim.backends.openai_compatible import openai_compatible

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "kernel"))
from test_order import MECHANISMS, record

CODE = """
import hashlib, json, sys
sys.path[:0] = ["tests/endpoints", "tests/kernel"]
from test_endpoint_digest import digests
print(json.dumps(digests(*map(json.loads, sys.argv[1:]))))
"""
LITELLM = pytest.mark.skipif(importlib.util.find_spec("litellm") is None, reason="needs LiteLLM")


@pytest.fixture(scope="module")
def server():
    with Endpoint(brain="choose", latency_ms=3.0, latency_sigma=1.5) as server:
        yield server


def model(url: str, way: str = "direct"):
    if way == "direct":
        return openai_compatible(model="m", base_url=url)
    from society_sim.backends.litellm import litellm

    return litellm(model="openai/m", api_base=url)


def digests(url: str, ways: list[str], concurrencies: list[int]) -> list[str]:
    """The digests of all records, each once."""
    found = {}
    for mechanism in MECHANISMS:
        for way in ways:
            for concurrency in concurrencies:
                made = record(mechanism, model(url, way), size=8, concurrency=concurrency)
                found[mechanism.__name__, hashlib.sha256(made).hexdigest()] = None
        stepped = record(mechanism, model(url, ways[-1]), size=8, step=True)
        found[mechanism.__name__, hashlib.sha256(stepped).hexdigest()] = None
    return sorted(" ".join(one) for one in found)


def in_child(hash_seed: int, *arguments) -> list[str]:
    told = subprocess.run([sys.executable, "-c", CODE, *map(json.dumps, arguments)], cwd=ROOT, text=True, check=True,
                          env={**ENVIRONMENT, "PYTHONHASHSEED": str(hash_seed)}, capture_output=True, timeout=160)
    return json.loads(told.stdout)


@pytest.mark.slow
def test_one_record_over_http_at_any_concurrency_and_hash_seed(server):
    here = digests(server.base_url, ["direct"], [1, 8, 200])
    assert len(here) == len(MECHANISMS)
    assert in_child(0, server.base_url, ["direct"], [8]) == here


@pytest.mark.slow
@LITELLM
@pytest.mark.parametrize("hash_seed", [1])
def test_one_record_directly_and_through_litellm(server, hash_seed):
    found = in_child(hash_seed, server.base_url, ["direct", "litellm"], [1, 8, 200])
    assert found == digests(server.base_url, ["direct"], [64])


def entries(folder: Path) -> list[bytes]:
    return (folder / "record.jsonl").read_bytes().splitlines()


@pytest.mark.slow
@LITELLM
@pytest.mark.filterwarnings("ignore:.*TypedDict:UserWarning")  # of types of its own
def test_a_scenario_has_the_same_entries_over_either_way(server, tmp_path):
    direct, other = (run(scenario(server.base_url, backend=backend), out=tmp_path / backend).folder
                     for backend in ("openai_compatible", "litellm"))  # fmt: skip
    assert entries(direct)[1:] == entries(other)[1:]
    assert entries(direct)[0] != entries(other)[0], "the heads name different scenarios"
    assert replay(other).answers == replay(direct).answers == 48


@pytest.mark.parametrize("concurrency", [1, 8, 200])
def test_a_replay_needs_no_sockets(server, tmp_path, monkeypatch, concurrency):
    done = run(scenario(server.base_url), out=tmp_path, concurrency=concurrency)
    before = server.stats()["requests"]

    def closed(self, address):
        raise AssertionError(f"a replay reaches for {address}")

    with monkeypatch.context() as patch:
        patch.setattr(socket.socket, "connect", closed)
        same = replay(done.folder)
        assert resume(done.folder).digest == done.digest, "nor does a run that is complete"
    assert (same.digest, same.answers) == (done.digest, 48)
    assert same.digest == hashlib.sha256((done.folder / "record.jsonl").read_bytes()).hexdigest()
    assert server.stats()["requests"] == before
