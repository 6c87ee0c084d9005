"""The same faults through LiteLLM, the real one: the same reasons, the same account, and nothing of its own between."""

from __future__ import annotations

import hashlib
import importlib.util
import socket

import pytest
from endpoint_server import Endpoint
from faults_asking import INJECTED, PRICE, RATES, REASONS, answers, at_rate, hurry, question, said, scenario
from odd_servers import HEAD, Odd, endless, huge, no_such_host, nobody, says, silent

from society_sim import NoAnswer, ScenarioError, replay, run
from society_sim.backends.litellm import litellm
from society_sim.tape import Tape

if importlib.util.find_spec("litellm") is None:  # to import it would fetch prices, unless the backend does it
    pytest.skip("LiteLLM is not installed", allow_module_level=True)
pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning")


@pytest.fixture(scope="module")
def server():
    with Endpoint(brain="choose", retry_after_s=0.01) as endpoint:
        yield endpoint


def through(base_url: str, **more):
    """A model at *base_url*, through LiteLLM."""
    hasty = {"model": "openai/x", "price": PRICE, "timeout": 20.0, "backoff": 0.01}
    return {"litellm": {**hasty, "api_base": base_url, **more}}


def model(base_url: str, **more):
    return litellm(**through(base_url, **{"attempts": 1, **more})["litellm"])


OTHERWISE = {"redirect": {("", 1), ("", 2)}, "cut": {("disconnected", 2)}, "bad_usage": {("", 1), ("wrong schema", 2)}}
"""Where LiteLLM is of another mind, and the number of requests: it follows redirects (without the key), does not say
that a reply had begun when it broke off, and takes usage that is a text for no reply."""
FEW = ("rate_limited_bare", "server_error", "reset", "cut", "redirect", "unauthorised", "too_long", "filtered",
       "refusal", "empty_body", "html", "bad_usage")  # fmt: skip
KINDS = [kind if kind in FEW else pytest.param(kind, marks=pytest.mark.slow) for kind in REASONS]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_has_the_reason_that_it_has_directly(server, kind):
    server.reset()
    server.configure(fault=kind, fault_rate=1.0, hang_s=20.0)
    reason, again = REASONS[kind]
    [found] = said(model(server.base_url, timeout=1.0 if kind == "hang" else 20.0, attempts=2))
    assert (found.reason, server.stats()["requests"]) in OTHERWISE.get(kind, {(reason, 2 if again else 1)})
    if isinstance(found, NoAnswer):
        assert found.detail and len(found.detail) <= 300
        assert "Traceback" not in found.detail and "\n" not in found.detail


ODD = {
    "silence": (silent, "timed out"),
    "a flood without an end": (endless, "wrong schema"),
    "fifty megabytes": (huge, "wrong schema"),
    "a head alone": (says(HEAD, b"Content-Length: 100\r\n\r\n"), "disconnected"),
    "a head without a body": (says(HEAD, b"\r\n"), "empty"),
    "not a byte": (says(), "disconnected"),
    "junk": (says(b"\x00\xff\xfejunk\r\n\r\n" * 100), "disconnected"),
    "itself": (says(b"HTTP/1.1 307 .\r\nLocation: /v1/chat/completions\r\nContent-Length: 0\r\n\r\n"), "disconnected"),
    "null": (says(HEAD, b"Content-Length: 4\r\n\r\nnull"), "server error"),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", ODD)
def test_what_is_hardly_http_ends_in_a_reason(what):
    speak, reason = ODD[what]
    with Odd(speak) as server:
        [found] = said(model(server.base_url, timeout=1.0 if speak is silent else 10.0))
        assert isinstance(found, NoAnswer) and found.reason == reason, found


def test_who_is_not_there_is_unreachable(server, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", no_such_host)
    for url in (nobody(), "http://nowhere.invalid/v1", server.base_url.replace("http:", "https:")):
        [found] = said(model(url))
        assert isinstance(found, NoAnswer) and found.reason == "unreachable", found


@pytest.mark.parametrize("usage", ["", ', "usage": null', ', "usage": {}', ', "usage": {"prompt_tokens": 7}'])
def test_where_nobody_counts_the_most_is_booked(usage):
    body = b'{"choices": [{"message": {"role": "assistant", "content": "ANSWER: A"}}]%s}' % usage.encode()
    with Odd(says(HEAD, b"Content-Length: %d\r\n\r\n" % len(body), body)) as server:
        [found] = said(model(server.base_url))
        assert (found.text, found.tokens_out) == ("ANSWER: A", question(0).max_tokens)
        assert found.micro_usd == found.tokens_in + 2 * found.tokens_out and found.tokens_in > len(question(0).text)


def test_a_key_goes_where_it_belongs_and_follows_no_redirect(server, monkeypatch):
    monkeypatch.setenv("FAULTS_KEY", "canary-of-the-tests")
    server.reset()
    server.configure(fault_rate=0.0)
    elsewhere = f"Location: {server.base_url}/chat/completions\r\n".encode()
    with Odd(says(b"HTTP/1.1 307 .\r\nContent-Length: 0\r\n", elsewhere, b"\r\n")) as first:
        said(model(first.base_url, key_env="FAULTS_KEY"))
    assert server.stats()["authorisations"] == []
    said(model(server.base_url, key_env="FAULTS_KEY"))
    assert server.stats()["authorisations"] == [hashlib.sha256(b"Bearer canary-of-the-tests").hexdigest()]


def test_what_is_asked_for_goes_out_and_what_comes_back_is_kept(server, tmp_path):
    server.reset()
    server.configure(fault_rate=0.0, keep_bodies=True, reasoning_tokens=3)
    whole = scenario({"crowd": through(server.base_url, structured=True, logprobs=True)}, size=2, rounds=2)
    result = run(whole, out=tmp_path)
    server.configure(reasoning_tokens=0)
    assert not result.abstentions
    for body in server.bodies():
        assert body["logprobs"] is True and body["response_format"]["type"] == "json_schema"
        assert type(body["seed"]) is int and body["model"] == "x"
    with Tape(result.folder / "tape.jsonl", writable=False) as tape:
        for entry in answers(result):
            found = tape.find(entry["key"])
            assert found.logprobs and found.reasoning == 3 and "".join(t for t, _ in found.logprobs) == found.text
    assert replay(result.folder).digest == result.digest


@pytest.mark.slow
def test_fallbacks_are_asked_in_their_order(server, tmp_path):
    server.reset()
    server.configure(fault="unknown_model", fault_rate=0.5)
    result = run(scenario({"crowd": through(server.base_url, fallbacks=["openai/y", "openai/z"])}), out=tmp_path)
    server.configure(fault_rate=0.0)
    assert {entry.get("fallback") for entry in answers(result)} >= {None, "openai/y", "openai/z"}
    assert replay(result.folder).digest == result.digest


def test_what_it_cannot_do_is_said_before_any_call(server, monkeypatch, tmp_path):
    server.reset()
    monkeypatch.delenv("FAULTS_KEY", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for wrong in ({"key_env": "FAULTS_KEY"}, {"api_base": None, "price": None, "model": "gpt-4o-mini"},
                  {"api_base": None, "price": None, "model": "openai/nobody-knows-this-one"},
                  {"api_base": None, "model": "nobody-knows-this-one"}):  # fmt: skip
        with pytest.raises(ScenarioError):
            run(scenario({"crowd": through(server.base_url, **wrong)}), out=tmp_path)
    assert server.stats()["requests"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", INJECTED)
def test_twenty_faults_of_each_kind(server, kind, tmp_path, monkeypatch):
    hurry(monkeypatch)
    model = through(server.base_url, timeout=2.5 if kind == "hang" else 60.0)
    assert sum(at_rate(server, model, kind, rate, tmp_path / f"{rate}", 30) for rate in RATES) >= 20
