"""The parts of the way to an endpoint: prices, keys, what faults mean, what replies say, what is asked for."""

from __future__ import annotations

import asyncio
import base64
import json
import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim import Approval, Choice, Confident, Fields, Number, Ranking, Text
from society_sim.backends.endpoints.asking import checked, encoded, response_format, watermark
from society_sim.backends.endpoints.faults import DOUBTFUL, RETRIED, Fault, of_status, retry_after
from society_sim.backends.endpoints.guard import Guard
from society_sim.backends.endpoints.keys import address, key_of, learn, scrub, struck
from society_sim.backends.endpoints.loop import Loop
from society_sim.backends.endpoints.prices import FREE, Price, at_home
from society_sim.backends.endpoints.prices import given as price_of
from society_sim.backends.endpoints.replies import messages, parsed, read
from society_sim.errors import (
    BAD_REQUEST,
    EMPTY,
    FAILED,
    FAILURES,
    NOT_JSON,
    RATE_LIMITED,
    REASONS,
    REFUSED,
    SERVER_ERROR,
    TIMED_OUT,
    TOO_LONG,
    TRUNCATED,
    UNAUTHORISED,
    UNKNOWN_MODEL,
    UNPAID,
    WRONG_SCHEMA,
    OutOfBudget,
    ScenarioError,
)
from society_sim.ledger import NOTHING, Cost, Ledger
from society_sim.values import Query

RATE = st.floats(0, 200).map(lambda rate: round(rate, 4))


def query_of(text="Which?", system="", max_tokens=64, form=None):
    return Query(member=0, occurrence=0, model="m", system=system, text=text, form=form or Choice("AB"), seed=5,
                 max_tokens=max_tokens, key="00" * 16)  # fmt: skip


# --- prices --------------------------------------------------------------------------------------------------------


@st.composite
def price(draw):
    low, write = draw(RATE), draw(RATE)
    cached = draw(st.floats(0, low).map(lambda rate: math.floor(rate * 1e4) / 1e4))
    long = (draw(st.integers(1, 500)), low + draw(RATE), write + draw(RATE)) if draw(st.booleans()) else None
    return Price(low, write, min(cached, low), long)


@settings(max_examples=100)
@given(price(), st.text(max_size=300), st.text(max_size=300), st.integers(1, 500), st.data())
def test_no_reply_costs_more_than_the_worst(price, system, text, max_tokens, data):
    query = query_of(text, system, max_tokens)
    worst = price.worst(query)
    size = len(system.encode("utf-8", "replace")) + len(text.encode("utf-8", "replace"))
    tokens_in = data.draw(st.integers(0, size + 64))  # a token is at least a byte, and a template is a little more
    cached, written = data.draw(st.integers(0, tokens_in)), data.draw(st.integers(0, max_tokens))
    cost = price.of(tokens_in, written, cached)
    assert 0 <= cost <= worst.micro_usd and tokens_in + written <= worst.tokens and worst.calls == 1
    assert type(cost) is int
    assert price.of(tokens_in, written, tokens_in) <= cost <= price.of(tokens_in, written, 0)
    assert price.of(tokens_in, written, cached) <= price.of(tokens_in, written + 1, cached)


@settings(max_examples=100)
@given(st.integers(0, 10**7), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**4))
def test_prices_are_rounded_up_and_by_less_than_one_micro_dollar(rate_in, rate_out, tokens_in, tokens_out):
    exact = rate_in * tokens_in + rate_out * tokens_out  # in ten-thousandths
    cost = Price(rate_in / 1e4, rate_out / 1e4, 0.0).of(tokens_in, tokens_out)
    assert 0 <= cost * 10_000 - exact < 10_000 or exact > 2**50  # where floats end


def test_a_long_prompt_costs_what_long_prompts_cost_throughout():
    price = Price(1.0, 2.0, 0.5, (100, 3.0, 5.0))
    assert (price.of(100, 10), price.of(101, 10), price.of(101, 10, 101)) == (120, 353, 353)


@pytest.mark.parametrize(("said", "meant"), [
    (None, None), ("free", FREE), ({"in": 0.15, "out": 0.6}, Price(0.15, 0.6, 0.15)),
    ({"in": 0.15, "out": 0.6, "cached": 0.0}, Price(0.15, 0.6, 0.0)), ({"in": 0, "out": 0}, FREE),
])  # fmt: skip
def test_prices_as_scenarios_give_them(said, meant):
    assert price_of(said, "m") == meant


@pytest.mark.parametrize("said", [
    {}, {"in": 1.0}, {"out": 1.0}, {"in": -1.0, "out": 1.0}, {"in": 1.0, "out": 1.0, "cached": 2.0},
    {"in": 1.0, "out": 1.0, "input": 1.0}, {"in": 1.0, "out": math.nan}, {"in": math.inf, "out": 1.0},
])  # fmt: skip
def test_a_price_that_could_not_be_counted_with_is_refused(said):
    with pytest.raises(ScenarioError, match="m: a price is"):
        price_of(said, "m")


def test_what_is_at_home_is_on_this_machine():
    home = ("http://localhost:1/v1", "http://127.9.9.9", "http://[::1]:8000/v1", "http://a.localhost")
    away = ("http://localhost.example.org", "http://10.0.0.1", "http://0.0.0.0", "https://127.0.0.1.example.org", "x")
    assert all(map(at_home, home)) and not any(map(at_home, away))


# --- keys ----------------------------------------------------------------------------------------------------------


@settings(max_examples=150)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60), st.text(max_size=20))
def test_a_key_is_struck_out_however_it_is_written(secret, around):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNITS_API_KEY", secret)
        assert key_of("UNITS_API_KEY", "m") == secret
        written = (secret, quote(secret, safe=""), json.dumps(secret)[1:-1],
                   base64.b64encode(secret.encode()).decode(), base64.urlsafe_b64encode(secret.encode()).decode())
        for form in written:
            assert struck(f"{around}{form}") != f"{around}{form}"
            for strike in (struck, scrub):
                assert form.rstrip("=") not in strike(f"x {form} y").replace("[key]", "\0")
    learn()
    assert struck(secret) == secret


def test_what_looks_like_a_key_is_struck_out_of_what_endpoints_say():
    for said in ("Bearer abcdefgh12345678", "sk-proj-abcdefghijklmnop", "?key=hunter2hunter2&x=1", "AIza" + "x" * 35,
                 "hf_abcdefghijklmnopqrstuvwx", "Basic dXNlcjpwYXNzd29yZA=="):  # fmt: skip
        assert "[key]" in scrub(f"401: no such key {said}") and said.split()[-1] not in scrub(f"no such key {said}")
    for said in ("the model said key: no", "monkey-business", "task_force_one_hundred"):
        assert scrub(said) == said


def test_an_environment_with_bytes_that_are_no_text_is_no_hindrance(monkeypatch):
    monkeypatch.setenv("OTHER_TOKEN", b"abc\xff\xfedefgh12345".decode("utf-8", "surrogateescape"))
    monkeypatch.setenv("UNITS_API_KEY", "units-canary-123")
    assert key_of("UNITS_API_KEY", "m") == "units-canary-123"
    assert struck("units-canary-123") == "[key]"


@pytest.mark.parametrize("value", ["", "  ", "sk-\x07bell", "schlüssel-des-hauses"])
def test_what_cannot_stand_in_a_header_is_no_key_and_is_not_told(monkeypatch, value):
    monkeypatch.setenv("UNITS_API_KEY", value)
    with pytest.raises(ScenarioError) as caught:
        key_of("UNITS_API_KEY", "m")
    assert not value.strip() or value not in str(caught.value)


def test_a_key_written_where_its_name_belongs_is_refused_and_not_repeated():
    with pytest.raises(ScenarioError) as caught:
        key_of("sk-abcdefghijkl", "m")
    assert "sk-abc" not in str(caught.value)


def test_addresses():
    for url in ("http://localhost:8000/v1", "https://h", "http://[::1]:1/v1", "https://h/a@b/v1"):
        assert address(url, "m") == url and address(url + "/", "m") == url
    for url in ("", "h/v1", "ftp://h/v1", "http://", "http:///v1", "http://h:port/v1", "http://h:99999/v1",
                "http://h h", "http://h/v1\n", "http://[::1/v1", "http://[x]/v1", "http://u:hunter2@h/v1", "http://u@h/v1",
                "http://h/v1?key=hunter2", "http://h/v1#hunter2", "http://h/v1?", "http://h/v1#"):  # fmt: skip
        with pytest.raises(ScenarioError) as caught:
            address(url, "m")
        assert "hunter2" not in str(caught.value)


# --- faults --------------------------------------------------------------------------------------------------------

OPENAI = '{{"error": {{"message": "{0}", "type": "{1}", "param": null, "code": "{2}"}}}}'
SAID = [
    # OpenAI
    (429, OPENAI.format("Rate limit reached for gpt-4o in organization org-x on requests per min (RPM): Limit 3, "
                        "Used 3. Please try again in 20s.", "requests", "rate_limit_exceeded"), RATE_LIMITED),
    (429, OPENAI.format("You exceeded your current quota, please check your plan and billing details.",
                        "insufficient_quota", "insufficient_quota"), UNPAID),
    (401, OPENAI.format("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"), UNAUTHORISED),
    (403, OPENAI.format("Country not supported", "request_forbidden", "unsupported_country"), UNAUTHORISED),
    (404, OPENAI.format("The model `gpt-9` does not exist or you do not have access to it.", "invalid_request_error",
                        "model_not_found"), UNKNOWN_MODEL),
    (400, OPENAI.format("This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 "
                        "tokens.", "invalid_request_error", "context_length_exceeded"), TOO_LONG),
    (400, OPENAI.format("Unsupported parameter: 'max_tokens' is not supported with this model.",
                        "invalid_request_error", "unsupported_parameter"), BAD_REQUEST),
    (500, OPENAI.format("The server had an error while processing your request.", "server_error", ""), SERVER_ERROR),
    (503, OPENAI.format("The engine is currently overloaded, please try again later", "overloaded", ""), SERVER_ERROR),
    # Azure
    (429, '{"error": {"code": "429", "message": "Requests to the ChatCompletions_Create Operation have exceeded token '
          'rate limit of your current OpenAI S0 pricing tier. Please retry after 10 seconds. Please go here: '
          'https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit."}}',
     RATE_LIMITED),
    (400, '{"error": {"message": "The response was filtered due to the prompt triggering Azure OpenAI\'s content '
          'management policy.", "type": null, "param": "prompt", "code": "content_filter", "status": 400, '
          '"innererror": {"code": "ResponsibleAIPolicyViolation"}}}', REFUSED),
    (404, '{"error": {"code": "DeploymentNotFound", "message": "The API deployment for this does not exist."}}',
     UNKNOWN_MODEL),
    (401, '{"statusCode": 401, "message": "Unauthorized. Access token is missing, invalid or expired."}', UNAUTHORISED),
    # Anthropic
    (529, '{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}', SERVER_ERROR),
    (429, '{"type": "error", "error": {"type": "rate_limit_error", "message": "This request would exceed the rate '
          'limit for your organization"}}', RATE_LIMITED),
    (400, '{"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens '
          '> 200000 maximum"}}', TOO_LONG),
    (400, '{"type": "error", "error": {"type": "invalid_request_error", "message": "Your credit balance is too low to '
          'access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."}}', UNPAID),
    (404, '{"type": "error", "error": {"type": "not_found_error", "message": "model: claude-9"}}', UNKNOWN_MODEL),
    (413, '{"type": "error", "error": {"type": "request_too_large", "message": "Request exceeds the maximum size"}}',
     TOO_LONG),
    # Google
    (429, '[{"error": {"code": 429, "message": "You exceeded your current quota, please check your plan and billing '
          'details. * Quota exceeded for metric: generate_content_free_tier_requests, limit: 10\\nPlease retry in '
          '26.4s.", "status": "RESOURCE_EXHAUSTED"}}]', RATE_LIMITED),
    (429, '{"error": {"code": 429, "message": "Resource has been exhausted (e.g. check quota).", "status": '
          '"RESOURCE_EXHAUSTED"}}', RATE_LIMITED),
    (400, '[{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.", "status": '
          '"INVALID_ARGUMENT"}}]', UNAUTHORISED),
    (400, '[{"error": {"code": 400, "message": "The input token count (1200000) exceeds the maximum number of tokens '
          'allowed (1048576).", "status": "INVALID_ARGUMENT"}}]', TOO_LONG),
    (404, '[{"error": {"code": 404, "message": "models/x is not found for API version v1main", "status": '
          '"NOT_FOUND"}}]', UNKNOWN_MODEL),
    # vLLM, now and before
    (400, '{"object": "error", "message": "This model\'s maximum context length is 2048 tokens. However, you requested '
          '2313 tokens (2057 in the messages, 256 in the completion).", "type": "BadRequestError", "param": null, '
          '"code": 400}', TOO_LONG),
    (404, '{"object": "error", "message": "The model `x` does not exist.", "type": "NotFoundError", "code": 404}',
     UNKNOWN_MODEL),
    (400, '{"error": {"message": "1 validation error for ChatCompletionRequest", "type": "BadRequestError", "code": '
          '400}}', BAD_REQUEST),
    # Ollama
    (404, '{"error": {"message": "model \\"x\\" not found, try pulling it", "type": "api_error"}}', UNKNOWN_MODEL),
    (404, '{"error": "model \'x\' not found"}', UNKNOWN_MODEL),
    (503, '{"error": "server busy, please try again.  maximum pending requests exceeded"}', SERVER_ERROR),
    # llama.cpp
    (503, '{"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}', SERVER_ERROR),
    (400, '{"error": {"code": 400, "message": "the request exceeds the available context size. try increasing the '
          'context size or enable context shift", "type": "exceed_context_size_error", "n_prompt_tokens": 9, "n_ctx": '
          '8}}', TOO_LONG),
    (401, '{"error": {"code": 401, "message": "Invalid API Key", "type": "authentication_error"}}', UNAUTHORISED),
    # transformers serve, and others made with FastAPI
    (422, '{"detail": "Unsupported fields in the request: {\'logit_bias\'}"}', BAD_REQUEST),
    (422, '{"detail": [{"type": "missing", "loc": ["body", "model"], "msg": "Field required"}]}', BAD_REQUEST),
    (400, '{"detail": "Server is pinned to \'a/b\'. Requested model: \'c/d\'"}', UNKNOWN_MODEL),
    # others
    (402, '{"error": {"message": "Insufficient Balance", "type": "unknown_error"}}', UNPAID),
    (429, '{"error":"Model is overloaded","error_type":"overloaded"}', RATE_LIMITED),
    (408, "", TIMED_OUT),
    (504, "<html><h1>504 Gateway Time-out</h1></html>", TIMED_OUT),
    (502, "<html><h1>502 Bad Gateway</h1></html>", SERVER_ERROR),
    (409, "{}", SERVER_ERROR),
    (418, "I am a teapot", BAD_REQUEST),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "reason"), SAID)
def test_what_endpoints_say(status, body, reason):
    fault = of_status(status, body.encode(), {})
    assert fault.reason == reason
    assert fault.refused == (status in (503, 529) or reason == RATE_LIMITED)
    assert fault.detail.startswith(f"HTTP {status}")
    assert not fault.refused or (fault.retried and not fault.doubtful and not fault.down)


def test_the_words_of_the_endpoint_are_kept():
    for body in ('{"detail": "too warm"}', '{"error": "too warm"}', '{"error": {"message": "too warm"}}',
                 '{"message": "too warm"}', '[{"error": {"message": "too warm"}}]', "too\n  warm"):  # fmt: skip
        assert of_status(500, body.encode(), {}).detail == "HTTP 500: too warm"


JSON = st.recursive(st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=9),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
                    max_leaves=6)  # fmt: skip


def some(**fields):
    """An object in which any field may be missing, or anything else."""
    return st.fixed_dictionaries({}, optional={name: JSON | value for name, value in fields.items()})


COUNT = st.integers(-3, 2**70) | st.floats()
ERRORS = some(error=some(code=st.integers(-9, 999), type=st.text(max_size=9), message=st.text(max_size=20)),
              detail=st.text(max_size=9))  # fmt: skip
REPLIES = some(
    choices=st.lists(some(
        message=some(content=st.text(max_size=20) | st.lists(some(type=st.just("text"), text=st.text(max_size=9)),
                                                             max_size=3), refusal=st.text(max_size=9)),
        finish_reason=st.sampled_from(("stop", "length", "content_filter")),
        logprobs=some(content=st.lists(some(token=st.text(max_size=3), logprob=st.floats()), max_size=3)),
    ), max_size=2),
    usage=some(prompt_tokens=COUNT, completion_tokens=COUNT, prompt_tokens_details=some(cached_tokens=COUNT),
               completion_tokens_details=some(reasoning_tokens=COUNT)),
    model=st.text(max_size=9), error=JSON,
)  # fmt: skip


def check(reply):
    for count in (reply.tokens_in, reply.tokens_out):
        assert count is None or (type(count) is int and count >= 0)
    assert 0 <= reply.cached <= (reply.tokens_in or 0) and 0 <= reply.reasoning <= (reply.tokens_out or 0)
    assert type(reply.text) is str and type(reply.model) is str and reply.reason in ("", REFUSED)
    assert reply.logprobs is None or all(type(t) is str and type(p) is float for t, p in reply.logprobs)


def check_fault(fault):
    assert fault.reason in REASONS and len(fault.detail) <= 300
    assert fault.doubtful <= (fault.reason in FAILURES)


@settings(max_examples=120)
@given(REPLIES | JSON)
def test_whatever_json_comes_is_a_reply_or_a_fault(data):
    try:
        check(read(data))
    except Fault as fault:
        check_fault(fault)
    try:
        check(parsed(json.dumps(data).encode()))
    except Fault as fault:
        check_fault(fault)


@settings(max_examples=80)
@given(st.binary(max_size=60) | REPLIES.map(lambda data: json.dumps(data).encode()[:-1]))
def test_whatever_bytes_come_are_a_reply_or_a_fault(body):
    try:
        check(parsed(body))
    except Fault as fault:
        check_fault(fault)
        assert fault.reason in (EMPTY, NOT_JSON, TRUNCATED, WRONG_SCHEMA)


@settings(max_examples=80)
@given(st.integers(100, 999), ERRORS.map(lambda data: json.dumps(data).encode()) | st.binary(max_size=50),
       st.dictionaries(st.sampled_from(("Retry-After", "retry-after-ms", "X")), st.text(max_size=30)))  # fmt: skip
def test_whatever_an_endpoint_says_of_an_error_is_a_fault(status, body, headers):
    fault = of_status(status, body, headers)
    check_fault(fault)
    assert fault.after is None or 0 <= fault.after < math.inf


@pytest.mark.parametrize(("headers", "seconds"), [
    ({"Retry-After": "2"}, 2.0), ({"RETRY-AFTER": " 1.5 "}, 1.5), ({"retry-after-ms": "1500"}, 1.5),
    ({"Retry-After": "9", "Retry-After-Ms": "250"}, 0.25), ({"Retry-After": "-1"}, None),
    ({"Retry-After": "nan"}, None), ({"Retry-After": "inf"}, None), ({"Retry-After": ""}, None),
    ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
    ({"Retry-After": "Wed, 99 Oct 2015 07:28:00 GMT"}, None), ({"retry-after-ms": "soon", "retry-after": "3"}, 3.0),
])  # fmt: skip
def test_how_long_to_wait(headers, seconds):
    assert retry_after(headers) == seconds


def test_how_long_to_wait_until_a_date():
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 90 < retry_after({"Retry-After": later}) <= 100


def test_what_is_doubtful_is_retried_and_what_was_refused_for_load_costs_nothing():
    assert DOUBTFUL - {FAILED} < RETRIED <= FAILURES and RATE_LIMITED not in DOUBTFUL and SERVER_ERROR not in DOUBTFUL
    again = Fault(RATE_LIMITED, "x" * 999, refused=True).again()
    assert again.after == math.inf and len(again.detail) == 300


@pytest.mark.parametrize(("data", "reason"), [
    ({"error": {"code": 429, "message": "slow"}}, RATE_LIMITED), ({"error": {"code": 401}}, UNAUTHORISED),
    ({"error": {"code": "x", "message": "y"}}, SERVER_ERROR), ({"error": "y"}, SERVER_ERROR),
    ({"error": {"code": 200}}, SERVER_ERROR), ({"choices": []}, WRONG_SCHEMA), ({}, WRONG_SCHEMA),
    ({"choices": [{"message": {"content": 3}}]}, WRONG_SCHEMA),
])  # fmt: skip
def test_an_error_with_status_200_is_one(data, reason):
    with pytest.raises(Fault) as caught:
        parsed(json.dumps(data).encode())
    assert caught.value.reason == reason


def test_replies_that_are_no_answers_are_paid_all_the_same():
    usage = {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 99}}
    filtered = read({"choices": [{"message": {"content": "A"}, "finish_reason": "content_filter"}], "usage": usage})
    declined = read({"choices": [{"message": {"content": None, "refusal": "I can't"}}], "usage": usage})
    silent = read({"choices": [{"message": {"content": " "}}], "usage": usage})
    assert [reply.reason for reply in (filtered, declined, silent)] == [REFUSED, REFUSED, ""]
    assert all((reply.tokens_in, reply.tokens_out, reply.cached) == (9, 4, 9) for reply in (filtered, declined, silent))


# --- what is asked for ---------------------------------------------------------------------------------------------

OPTIONS = st.lists(st.text(st.characters(categories=("L", "N"), max_codepoint=0x24F), min_size=1, max_size=8),
                   min_size=1, max_size=5, unique_by=str.casefold).filter(lambda all_: "none" not in all_)  # fmt: skip
PLAIN = st.one_of(
    OPTIONS.map(Choice), OPTIONS.map(Ranking), OPTIONS.map(Approval), st.integers(1, 80).map(Text),
    st.tuples(st.integers(-1000, 1000), st.integers(0, 1000)).map(lambda ends: Number(ends[0], ends[0] + ends[1])),
)  # fmt: skip
WHOLE = PLAIN | st.dictionaries(st.sampled_from(("vote", "why", "Share")), PLAIN, min_size=1).map(Fields)
FORMS = WHOLE | WHOLE.map(Confident)


def instances(schema):
    """What fits *schema*, in the words of JSON schema that are used here, and the value that it stands for."""
    match schema["type"]:
        case "string" if "enum" in schema:
            return st.sampled_from(schema["enum"])
        case "string":
            return st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(str.strip)
        case "number":
            numbers = st.floats(schema["minimum"], schema["maximum"]).map(lambda number: round(number, 6) + 0.0)
            return numbers | st.sampled_from((schema["minimum"], schema["maximum"]))
        case "array":
            return st.lists(st.sampled_from(schema["items"]["enum"]), unique=True, min_size=schema.get("minItems", 0),
                            max_size=schema["maxItems"])  # fmt: skip
        case "object":
            assert schema["required"] == list(schema["properties"]) and not schema["additionalProperties"]
            return st.fixed_dictionaries({name: instances(one) for name, one in schema["properties"].items()})
    raise AssertionError(schema)


def meant(form, said):
    match form:
        case Ranking():
            return tuple(said)
        case Approval():
            return tuple(option for option in form.options if option in said)
        case Text():
            return said.strip()[: form.limit].rstrip()
        case Fields():
            return {name: meant(field, said[name]) for name, field in form.fields.items()}
        case _:
            return said


@pytest.mark.slow
@settings(max_examples=120)
@given(FORMS, st.data(), st.sampled_from((None, 2)), st.booleans(),
       st.sampled_from(("{}", "```json\n{}\n```", " {}\n")))  # fmt: skip
def test_what_a_form_asks_for_as_json_it_reads(form, data, indent, ascii_only, fence):
    schema = response_format(form)["json_schema"]["schema"]
    said = data.draw(instances(schema))
    value = form.parse(fence.replace("{}", json.dumps(said, indent=indent, ensure_ascii=ascii_only)))
    inner = form.form if isinstance(form, Confident) else form
    expected = meant(inner, said if isinstance(inner, Fields) else said["answer"])
    if isinstance(form, Confident):
        assert value.value == expected
        percent = said["confidence"]
        assert value.confidence == (None if 0 < percent < 1 else pytest.approx(percent / 100))
    else:
        assert value == expected


@settings(max_examples=100)
@given(st.text(max_size=50), st.text(max_size=50))
def test_any_text_can_be_put_into_a_request(system, text):
    chat = messages(query_of(text, system))
    assert json.loads(encoded({"messages": chat}))["messages"][-1]["content"] == text
    assert [message["role"] for message in chat] == (["system", "user"] if system else ["user"])


def test_half_a_character_becomes_a_question_mark():
    assert json.loads(encoded({"a": "x\ud800y"})) == {"a": "x?y"}


@pytest.mark.parametrize("wrong", [
    {"model": ""}, {"fallbacks": ["m"]}, {"max_tokens": 0}, {"concurrency": 0}, {"rpm": 0}, {"tpm": -1},
    {"timeout": 0.0}, {"timeout": 4000.0}, {"attempts": 0}, {"attempts": 101}, {"backoff": -1.0}, {"backoff": 61.0},
    {"timeout": math.nan}, {"backoff": math.nan}, {"max_tokens": 10**8}, {"model": "a\nb"},
])  # fmt: skip
def test_parameters_out_of_range_are_told(wrong):
    usual = {"model": "m", "fallbacks": None, "max_tokens": 9, "concurrency": None, "rpm": None, "tpm": None,
             "timeout": 9.0, "attempts": 2, "backoff": 0.5}  # fmt: skip
    assert checked("it", **usual).models == ["m"]
    with pytest.raises(ScenarioError, match=r"^it: "):
        checked("it", **{**usual, **wrong})


def test_a_watermark_tells_what_shapes_answers_and_nothing_else():
    usual = {"structured": False, "logprobs": False, "send_seed": True, "extra": None}
    assert watermark([("a", "b")], usual) == "hosted a | b"  # a fallback
    assert watermark([("a",), ("b",)], usual) == "hosted a, b"  # two variants
    others = {watermark([("a",)], {**usual, **one}) for one in (
        {}, {"structured": True}, {"logprobs": True}, {"send_seed": False}, {"extra": {"top_k": 1}},
        {"extra": {"top_k": 2}})}  # fmt: skip
    assert len(others) == 6


# --- the account and the loop --------------------------------------------------------------------------------------


def test_a_call_broken_off_while_it_waits_for_money_keeps_none():
    ledger = Ledger(Cost(100, 100, 100))
    guard = Guard(ledger)

    async def play(grant_first):
        await guard.reserve(Cost(100))
        waits = asyncio.ensure_future(guard.reserve(Cost(100)))
        await asyncio.sleep(0)
        if grant_first:
            guard.settle(Cost(100))
        waits.cancel()
        await asyncio.gather(waits, return_exceptions=True)
        assert waits.cancelled()
        if not grant_first:
            guard.settle(Cost(100))
        await asyncio.sleep(0)
        assert ledger.reserved == NOTHING

    asyncio.run(play(False))
    asyncio.run(play(True))


def test_who_waits_for_money_that_never_comes_is_told():
    ledger = Ledger(Cost(100, 100, 100))
    guard = Guard(ledger)

    async def play():
        await guard.reserve(Cost(60))
        waits = asyncio.ensure_future(guard.reserve(Cost(60)))
        await asyncio.sleep(0)
        guard.settle(Cost(60), Cost(50))
        with pytest.raises(OutOfBudget):
            await waits
        with pytest.raises(OutOfBudget):
            await guard.reserve(Cost(60))

    asyncio.run(play())


def test_the_loop_is_there_as_long_as_anybody_needs_it():
    loops = Loop()
    first, second = loops.hire(), loops.hire()
    assert first is second
    loops.leave()

    async def here():
        return asyncio.get_running_loop()

    assert asyncio.run_coroutine_threadsafe(here(), first).result(9) is first
    left = asyncio.run_coroutine_threadsafe(asyncio.sleep(999), first)
    loops.leave()
    assert first.is_closed() and left.cancelled()
    assert loops.hire() is not first
    loops.leave()
