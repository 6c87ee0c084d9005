"""Whatever is at the other end of the line, a question ends: in an answer, or in the reason that there is none."""

from __future__ import annotations

import socket
from time import sleep

import pytest
from endpoint_faults import FAULTS
from endpoint_server import Endpoint
from faults_asking import ANSWERED, INJECTED, PRICE, RATES, REASONS, at_rate, direct, hurry, question, said
from odd_servers import HEAD, Odd, drips, endless, huge, no_such_host, nobody, packed, says, silent, waits

from society_sim import Answer, NoAnswer
from society_sim.backends.endpoints import gate
from society_sim.backends.openai_compatible import openai_compatible
from society_sim.errors import RunStopped


@pytest.fixture(scope="module")
def server():
    with Endpoint(brain="choose", retry_after_s=0.01) as endpoint:
        yield endpoint


def test_the_table_has_every_fault():
    assert REASONS.keys() == FAULTS.keys()


@pytest.mark.parametrize("kind", REASONS)
def test_every_fault_has_its_reason_and_is_retried_if_that_helps(server, kind):
    server.reset()
    server.configure(fault=kind, fault_rate=1.0, hang_s=20.0)
    reason, again = REASONS[kind]
    [found] = said(openai_compatible(model="x", base_url=server.base_url, timeout=0.4, attempts=2, backoff=0.01))
    assert found.reason == reason
    assert isinstance(found, NoAnswer) or found.text or reason != ANSWERED or kind in ("null_content", "empty_content")
    assert server.stats()["requests"] == (2 if again else 1)
    if isinstance(found, NoAnswer):
        assert found.detail and len(found.detail) <= 300 and "Traceback" not in found.detail


ODD = {
    "silence": (silent, "timed out"),
    "a drip without an end": (drips, "timed out"),
    "a flood without an end": (endless, "wrong schema"),
    "fifty megabytes": (huge, "wrong schema"),
    "half a head, and a wait": (waits(HEAD), "timed out"),
    "a head, and a wait": (waits(HEAD, b"Content-Length: 100\r\n\r\n"), "timed out"),
    "a head alone": (says(HEAD, b"Content-Length: 100\r\n\r\n"), "truncated"),
    "a head without a body": (says(HEAD, b"\r\n"), "empty"),
    "half a head": (says(HEAD[:20]), "disconnected"),
    "not a byte": (says(), "disconnected"),
    "junk": (says(b"\x00\xff\xfejunk\r\n\r\n" * 100), "not JSON"),
    "another protocol": (says(b"SSH-2.0-OpenSSH_9.6\r\n"), "not JSON"),
    "a header of 100 kB": (says(HEAD, b"X: ", b"x" * 100_000, b"\r\n\r\n"), "not JSON"),
    "a length that is none": (says(HEAD, b"Content-Length: much\r\n\r\n{}"), "not JSON"),
    "a chunk that is none": (says(HEAD, b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "not JSON"),
    "what is not packed": (says(HEAD, b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"), "truncated"),
    "brackets all the way": (says(HEAD, b"Content-Length: 90000\r\n\r\n", b"[" * 90_000), "truncated"),
    "no characters": (says(HEAD, b"Content-Length: 4\r\n\r\n\xff\xfe\xfd\xfc"), "not JSON"),
    "null": (says(HEAD, b"Content-Length: 4\r\n\r\nnull"), "wrong schema"),
    "itself": (says(b"HTTP/1.1 307 .\r\nLocation: /v1/chat/completions\r\nContent-Length: 0\r\n\r\n"), "bad request"),
}


@pytest.mark.parametrize("what", ODD)
def test_what_is_hardly_http_has_a_reason_too(what):
    speak, reason = ODD[what]
    wait = 0.4 if reason == "timed out" else 20.0
    with Odd(speak) as server:
        [found] = said(openai_compatible(model="x", base_url=server.base_url, timeout=wait, attempts=1))
        assert isinstance(found, NoAnswer) and found.reason == reason, found
        assert "\n" not in found.detail
        assert "RawResponse" not in found.detail
        assert server.requests == 1


def test_a_reply_that_unpacks_to_too_much_is_none():
    with Odd(says(packed(40_000_000))) as server:
        [found] = said(openai_compatible(model="x", base_url=server.base_url, attempts=1))
        assert (found.reason, found.detail) == ("wrong schema", "the reply is longer than 16,777,216 bytes")


def test_a_long_reply_is_read():
    with Odd(says(packed(1_000_000))) as server:
        [found] = said(openai_compatible(model="x", base_url=server.base_url, attempts=1))
        assert len(found.text) == 1_000_000


def test_who_is_not_there_is_unreachable(server, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", no_such_host)
    for url in (nobody(), "http://nowhere.invalid/v1", server.base_url.replace("http:", "https:")):
        [found] = said(openai_compatible(model="x", base_url=url, attempts=2, backoff=0.01, price=PRICE))
        assert isinstance(found, NoAnswer) and found.reason == "unreachable", found


def test_many_questions_to_nobody_end_soon(monkeypatch):
    monkeypatch.setattr(gate, "NEVER", 0.5)
    found = said(openai_compatible(model="x", base_url=nobody(), attempts=100, backoff=0.01, concurrency=4), 40)
    assert {none.reason for none in found} == {"unreachable"}


# --- how many fail for good ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", INJECTED)
def test_a_fault_that_meets_a_third_is_hardly_noticed_if_it_passes(server, kind, tmp_path, monkeypatch):
    hurry(monkeypatch)
    model = direct(server.base_url, timeout=0.8 if kind == "hang" else 20.0)
    assert at_rate(server, model, kind, 0.3, tmp_path, 60) > 5


@pytest.mark.slow
@pytest.mark.parametrize("kind", INJECTED)
def test_hundreds_of_faults_of_each_kind(server, kind, tmp_path, monkeypatch):
    hurry(monkeypatch)
    model = direct(server.base_url, timeout=1.5 if kind == "hang" else 60.0)
    count = 250 if REASONS[kind][1] else 450
    assert sum(at_rate(server, model, kind, rate, tmp_path / f"{rate}", count) for rate in RATES) >= 400


def test_whoever_is_broken_off_is_told_at_once(server):
    """Before it was sent, while it waits and while it is under way: no future is left open."""
    server.configure(fault="hang", fault_rate=0.5, hang_s=20.0)
    for number in range(60):
        bound = openai_compatible(model="x", base_url=server.base_url, concurrency=1 + number % 5).within()
        futures = [bound.submit(question(one)) for one in range(number % 7 + 1)]
        if number % 3 == 0:
            sleep(0.001 * number)
        bound.drain()
        bound.release()
        assert all(future.done() for future in futures)
        assert {type(future.exception()) for future in futures} <= {RunStopped, type(None)}
    server.configure(fault_rate=0.0)
    assert isinstance(said(openai_compatible(model="x", base_url=server.base_url))[0], Answer)
