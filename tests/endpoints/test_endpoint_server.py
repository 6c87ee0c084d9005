"""The test server itself: the same whatever the order, and every fault as its name says."""

from __future__ import annotations

import contextlib
import email.utils
import hashlib
import http.client
import json
import math
import os
import random
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from endpoint_faults import FAULTS
from endpoint_server import Endpoint, Knobs, digest
from endpoint_service import latency_s

from society_sim.forms import Choice, Fields, Text

pytest.importorskip("aiohttp")

KEY = "Bearer sk-of-the-tests"


@pytest.fixture(scope="module")
def shared():
    with Endpoint() as server:
        yield server


@pytest.fixture
def server(shared):
    """The shared server with its counts forgotten; a test turns all the knobs that it minds."""
    shared.configure(seed=0, fault="all", fault_rate=0.0, latency_ms=0.0, latency_sigma=0.0, slots=0, rps=0.0,
                     brain="words", hang_s=0.05, cache=False, keep_bodies=False, reasoning_tokens=0)  # fmt: skip
    shared.reset()
    return shared


def body(text="Hello", **more):
    return {"model": "m", "messages": [{"role": "user", "content": text}], **more}


def post(server, request, path="/v1/chat/completions"):
    """(status, headers, bytes) of a request on a connection of its own."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
        connection.request("POST", path, json.dumps(request), {"Authorization": KEY})
        response = connection.getresponse()
        return response.status, response.headers, response.read()


def outcome(server, request):
    """What came back, in a form that two runs can be compared by."""
    try:
        status, headers, raw = post(server, request)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    return status, bool(headers["Retry-After"]), raw


def answer(server, request):
    status, _, raw = post(server, request)
    assert status == 200, raw
    return json.loads(raw)


def content(server, request):
    return answer(server, request)["choices"][0]["message"]["content"]


# --- the same whatever the order --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_answers_do_not_depend_on_the_order_of_arrival(server):
    server.configure(fault_rate=0.5, brain="noisy", seed=3)
    requests = [body(f"Question {number}\n\n{Choice('AB').hint()}") for number in range(150)]

    def run(order, workers):
        server.reset()
        with ThreadPoolExecutor(workers) as pool:
            found = dict(zip(order, pool.map(lambda n: [outcome(server, requests[n]) for _ in range(2)], order),
                             strict=True))  # fmt: skip
        return [found[number] for number in range(len(requests))], server.stats()

    one, first = run(range(150), 1)
    other, second = run(random.Random(0).sample(range(150), 150), 8)
    assert one == other
    for name in ("faults", "status", "answered", "prompt_tokens", "completion_tokens", "unique"):
        assert first[name] == second[name]
    assert abs(sum(first["faults"].values()) - 150) < 5 * math.sqrt(300 / 4)
    assert len(first["faults"]) > 25 and any(a != b for a, b in one), "a retry has a fresh chance"


def test_a_reply_is_the_same_every_time_and_another_with_another_seed(server):
    once, again = content(server, body()), content(server, body())
    assert once == again != content(server, body("Hello!"))
    server.configure(seed=1)
    assert content(server, body()) != once


# --- faults -----------------------------------------------------------------------------------------------------------

ERRORS = {
    "rate_limited": (429, "rate_limit_exceeded"), "rate_limited_date": (429, "rate_limit_exceeded"),
    "rate_limited_bare": (429, "rate_limit_exceeded"), "quota": (429, "insufficient_quota"),
    "server_error": (500, None), "unavailable": (503, None), "gateway_timeout": (504, None),
    "unauthorised": (401, "invalid_api_key"), "echo_key": (401, "invalid_api_key"), "payment": (402, None),
    "forbidden": (403, "forbidden"), "unknown_model": (404, "model_not_found"), "bad_request": (400, None),
    "too_long": (400, "context_length_exceeded"), "too_large": (413, None), "filtered": (400, "content_filter"),
}  # fmt: skip
REPLIES_OF = {  # kind -> finish reason, and what is wrong with the message
    "filtered_reply": ("content_filter", lambda message: message["content"] == ""),
    "refusal": ("stop", lambda message: message["content"] is None and message["refusal"]),
    "length": ("length", lambda message: 0 < len(message["content"]) < 40),
    "null_content": ("stop", lambda message: message["content"] is None and message["refusal"] is None),
    "empty_content": ("stop", lambda message: message["content"] == ""),
    "hang": ("stop", lambda message: message["content"]),
    "bad_usage": ("stop", lambda message: message["content"]),
}
BROKEN = {"reset": ConnectionResetError, "half_closed": http.client.RemoteDisconnected,
          "cut": http.client.IncompleteRead}  # fmt: skip
BODIES = {
    "not_json_error": (500, "text/plain", b"Internal Server Error"), "bad_gateway": (502, "text/html", b"<html>"),
    "html": (200, "text/html", b"<!DOCTYPE html>"), "empty_body": (200, "application/json", b""),
    "truncated_json": (200, "application/json", b'{"id"'), "wrong_schema": (200, "application/json", b'{"status"'),
    "redirect": (307, "application/json", b""), "no_choices": (200, "application/json", b'{"id"'),
}  # fmt: skip


def test_every_kind_of_fault_is_tested_here():
    assert {*ERRORS, *REPLIES_OF, *BROKEN, *BODIES} == set(FAULTS)


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_does_what_its_name_says(server, kind):
    good = content(server, body())
    server.configure(fault=kind, fault_rate=1.0)
    if kind in BROKEN:
        with pytest.raises(BROKEN[kind]) as broken:
            post(server, body())
        assert type(broken.value) is BROKEN[kind]
        assert kind != "cut" or broken.value.expected == pytest.approx(len(broken.value.partial), abs=1)
    else:
        status, headers, raw = post(server, body())
        assert (KEY.encode() in raw) == (kind == "echo_key")
        assert len(raw) == int(headers["Content-Length"])
        if kind in ERRORS:
            assert (status, json.loads(raw)["error"]["code"]) == ERRORS[kind]
            assert bool(headers["Retry-After"]) == (kind in ("rate_limited", "rate_limited_date", "unavailable"))
        elif kind in REPLIES_OF:
            choice = json.loads(raw)["choices"][0]
            assert (status, choice["finish_reason"]) == (200, REPLIES_OF[kind][0])
            assert REPLIES_OF[kind][1](choice["message"])
        else:
            assert (status, headers.get_content_type()) == BODIES[kind][:2] and raw.startswith(BODIES[kind][2])
    stats = server.stats()
    kept = kind in ("hang", "bad_usage")
    assert stats["faults"] == {kind: 1} and stats["answered"] == 1 + kept and stats["in_flight"] == 0
    assert sum(stats["status"].values()) == (1 if kind in ("reset", "half_closed") else 2)
    assert stats["prompt_tokens"] == 5 * (1 + kept)
    server.configure(fault_rate=0.0)
    assert content(server, body()) == good


def test_faults_in_detail(server):
    server.configure(fault="rate_limited", fault_rate=1.0)
    assert float(post(server, body())[1]["Retry-After"]) == 0.02
    server.configure(fault="rate_limited_date")
    ahead = email.utils.parsedate_to_datetime(post(server, body())[1]["Retry-After"]).timestamp() - time.time()
    assert -0.5 < ahead < 2
    server.configure(fault="truncated_json")
    with pytest.raises(ValueError):
        json.loads(post(server, body())[2])
    server.configure(fault="no_choices")
    assert json.loads(post(server, body())[2])["choices"] == []
    server.configure(fault="hang", hang_s=0.2)
    begun = time.monotonic()
    post(server, body())
    assert time.monotonic() - begun >= 0.2
    server.configure(fault="bad_usage")
    told = [json.loads(post(server, body(str(number)))[2])["usage"] for number in range(12)]
    assert {type(usage) for usage in told} == {type(None), str, dict}
    assert all(usage["prompt_tokens"] < 0 for usage in told if isinstance(usage, dict))
    server.configure(fault="redirect")
    elsewhere = post(server, body())[1]["Location"]
    assert json.loads(post(server, body(), elsewhere)[2])["choices"][0]["message"]["content"]


def test_kinds_in_a_list_are_drawn_alike(server):
    server.configure(fault="forbidden, payment", fault_rate=0.5)
    for number in range(200):
        post(server, body(str(number)))
    stats = server.stats()
    assert stats["faults"].keys() == {"forbidden", "payment"}
    assert all(25 < times < 80 for times in stats["faults"].values())
    assert stats["status"] == {"200": stats["answered"], "403": stats["faults"]["forbidden"],
                               "402": stats["faults"]["payment"]}  # fmt: skip


def test_a_client_that_leaves_is_counted_and_frees_its_slot(server):
    server.configure(fault="hang", fault_rate=1.0, hang_s=20.0, slots=1)
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            words = json.dumps(body()).encode()
            client.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(words))
            client.sendall(words)
            _until(lambda: server.stats()["in_flight"] == 1)
        _until(lambda: server.stats()["in_flight"] == 0)
    server.configure(fault_rate=0.0)
    assert content(server, body())
    stats = server.stats()
    assert (stats["left"], stats["answered"], stats["requests"]) == (2, 1, 3)


def _until(true, seconds=3.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


# --- limits and counts ------------------------------------------------------------------------------------------------


def test_latency_has_its_mean_whatever_its_spread():
    for sigma in (0.0, 0.5, 1.0):
        knobs = Knobs(latency_ms=200, latency_sigma=sigma)
        drawn = [latency_s(knobs, random.Random(number)) for number in range(4000)]
        assert sum(drawn) / 4000 == pytest.approx(0.2, abs=1e-9 + sigma * 0.02)


def test_those_beyond_the_slots_queue(server):
    server.configure(latency_ms=20.0, slots=2)
    begun = time.monotonic()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: post(server, body(str(number))), range(6)))
    assert time.monotonic() - begun >= 0.06
    assert server.stats()["max_in_flight"] > 2, "those that queue are in flight too"


def test_beyond_the_rate_come_refusals_that_say_when_to_return(server):
    server.configure(rps=5.0)
    found = [post(server, body(str(number))) for number in range(12)]
    assert [status for status, _, _ in found[:5]] == [200] * 5
    assert {headers["Retry-After"] for status, headers, _ in found if status == 429} == {"0.02"}


def test_what_a_request_may_ask_for(server):
    full = answer(server, body())
    pieces = answer(server, body(logprobs=True, top_logprobs=3))["choices"][0]
    assert "".join(one["token"] for one in pieces["logprobs"]["content"]) == pieces["message"]["content"]
    for one in pieces["logprobs"]["content"]:
        top = [other["logprob"] for other in one["top_logprobs"]]
        assert top == sorted(top, reverse=True) and len(top) == 3 and top[0] == one["logprob"]
        assert sum(map(math.exp, top)) <= 1
    for name in ("max_tokens", "max_completion_tokens"):
        cut = answer(server, body(**{name: 3}))
        assert (cut["choices"][0]["finish_reason"], cut["usage"]["completion_tokens"]) == ("length", 3)
    assert full["usage"]["prompt_tokens"] == 5 and "prompt_tokens_details" not in full["usage"]
    server.configure(reasoning_tokens=7)
    thought = answer(server, body())["usage"]
    assert thought["completion_tokens"] == full["usage"]["completion_tokens"] + 7
    assert thought["completion_tokens_details"] == {"reasoning_tokens": 7}
    spent = answer(server, body(max_tokens=5))
    assert (spent["choices"][0]["message"]["content"], spent["usage"]["completion_tokens"]) == ("", 5)
    for wrong in ({"n": 2}, {"stream": True}, {"messages": []}, {"model": None}, {"max_tokens": 0}, {"top_logprobs": 2},
                  {"response_format": "json"}):  # fmt: skip
        assert post(server, body() | wrong)[0] == 400


def test_cached_tokens_are_the_longest_known_beginning(server):
    server.configure(cache=True)
    rules, short = "r" * 4000, "s" * 900

    def cached(first, second):
        said = [{"role": "system", "content": first}, {"role": "user", "content": second}]
        return answer(server, {"model": "m", "messages": said})["usage"]["prompt_tokens_details"]["cached_tokens"]

    assert [cached(rules, "one"), cached(rules, "two")] == [0, 64 * 15]
    assert cached(rules[:2600] + "x", "two") == 64 * 10
    assert [cached(short, "one"), cached(short, "two")] == [0, 0], "less than 256 tokens are not cached"


def test_the_counts(server):
    server.configure(keep_bodies=True)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    with contextlib.closing(connection):
        for number in (1, 2, 1, 1):
            connection.request("POST", "/v1/chat/completions", json.dumps(body(str(number))), {"Authorization": KEY})
            connection.getresponse().read()
    post(server, body("3"))
    stats = server.stats()
    assert (stats["requests"], stats["answered"], stats["unique"], stats["connections"]) == (5, 5, 3, 2)
    assert stats["repeated"] == {"bodies": 1, "times": 3} and stats["max_in_flight"] == 1
    assert stats["authorisations"] == [hashlib.sha256(KEY.encode()).hexdigest()]
    assert server.asked() == {digest(body("1")): 3, digest(body("2")): 1, digest(body("3")): 1}
    assert server.bodies() == [body(text) for text in "12113"]
    server.reset()
    assert server.stats()["requests"] == 0 == len(server.asked())


def test_knobs_are_checked(server):
    for wrong in ({"fault": "nonsense"}, {"fault_rate": 1.5}, {"brain": "human"}, {"slots": -1}, {"slots": 1.5},
                  {"cache": 1}, {"latency_ms": math.inf}, {"noise_empty": 0.99}):  # fmt: skip
        with pytest.raises(ValueError):
            server.configure(**wrong)
        with pytest.raises(ValueError):
            Endpoint(**wrong)
    with pytest.raises(ValueError, match="unexpected"):
        server.configure(speed=1)


@pytest.mark.slow
def test_it_ends_with_whoever_started_it():
    code = ("import os; from endpoint_server import Endpoint; server = Endpoint().__enter__();"
            "print(server.port, server.process.pid, flush=True); os._exit(0)")  # fmt: skip
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=env, timeout=120)
    port = int(done.stdout.split()[0])

    def gone():
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            return True
        return False

    _until(gone, 5)


def test_schemas_are_filled_in(server):
    schema = {
        "type": "object",
        "properties": {
            "vote": {"enum": ["aye", "no"]}, "sure": {"type": "integer", "minimum": 3, "maximum": 5},
            "order": {"type": "array", "items": {"enum": ["A", "B"]}, "minItems": 2, "uniqueItems": True},
            "why": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/words"}]}, "share": {"type": "number"},
        },
        "$defs": {"words": {"type": "string", "maxLength": 12}},
    }  # fmt: skip
    wanted = {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema, "strict": True}}
    for number in range(20):
        found = json.loads(content(server, body(str(number), response_format=wanted)))
        assert found["vote"] in ("aye", "no") and found["sure"] in (3, 4, 5) and sorted(found["order"]) == ["A", "B"]
        assert 0 <= found["share"] <= 1 and (found["why"] is None or len(found["why"]) <= 12)
    form = Fields({"vote": Choice("AB"), "why": Text(80)})
    whole = content(server, body(form.hint(), response_format={"type": "json_object"}))
    assert form.parse(whole)["vote"] == json.loads(whole)["vote"]
