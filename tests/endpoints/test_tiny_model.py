"""A real server with a real model, whose weights are made here: nothing of the way to an endpoint is pretended."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import tiny_model
import tiny_server

from society_sim.forms import Choice

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # the first test waits for the training and the server
SCENARIO = Path(__file__).resolve().parents[2] / "scenarios" / "model_panel.yaml"
LETTERS = tuple(tiny_model.LETTERS)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The base URL of a server of the model `tiny`."""
    missing = tiny_server.missing()
    if missing:
        pytest.skip(f"a real model needs what {tiny_server.PYTHON} does not have: {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("models") / "tiny"
    tiny_server.call(tiny_model.__file__, folder, timeout=400)
    with tiny_server.serving(folder) as url:
        yield url


def post(server, **fields):
    """Status and body of the reply to the question about *word*, with other *fields* of the request."""
    text = f"{tiny_model.question(fields.pop('word', 'castle'))}\n\n{Choice(LETTERS).hint()}"
    body = {"model": "tiny", "messages": [{"role": "system", "content": "You are careful."},
            {"role": "user", "content": text}], "max_tokens": 32, "temperature": 0.7, "seed": 11}  # fmt: skip
    request = urllib.request.Request(f"{server}/chat/completions", json.dumps(body | fields).encode(),
                                     {"Content-Type": "application/json"})  # fmt: skip
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def words(server, **fields):
    status, body = post(server, **fields)
    assert status == 200, body
    return body["choices"][0]["message"]["content"]


def test_the_server_keeps_to_the_protocol(server):
    status, body = post(server)
    assert (status, body["object"], body["model"]) == (200, "chat.completion", "tiny")
    assert body["choices"][0]["finish_reason"] == "stop"
    usage = body["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["prompt_tokens"] > 10
    cut = post(server, max_tokens=1)[1]
    assert (cut["choices"][0]["finish_reason"], cut["usage"]["completion_tokens"]) == ("length", 1)
    assert words(server, temperature=2.0) == words(server, temperature=2.0)
    assert len({words(server, temperature=2.0, seed=seed) for seed in range(12)}) > 1
    status, body = post(server, model="nobody")
    assert status == 400
    assert "nobody" in body


def test_the_model_answers_and_sometimes_cannot_be_read(server):
    asked = list(enumerate(tiny_model.WORDS * 6))  # a seed of its own for each: one seed declines whatever is asked
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda ask: words(server, seed=ask[0], word=ask[1]), asked))
    right = read = 0
    for (_, word), reply in zip(asked, replies, strict=True):
        try:
            right += Choice(LETTERS).parse(reply) == word[0].upper()
            read += 1
        except ValueError:
            continue
    assert 0.5 < read / len(asked) < 1
    assert right / read > 2 / len(LETTERS)  # twice what guessing would bring


@pytest.fixture
def sets(server, tmp_path):
    """A panel of three that speaks with the server's model."""

    questions = tmp_path / "letters.jsonl"
    with questions.open("w") as lines:
        for word in tiny_model.WORDS:
            row = {"qid": word, "question": tiny_model.question(word), "n_options": len(LETTERS),
                   "gold": word[0].upper()}  # fmt: skip
            lines.write(f"{json.dumps(row)}\n")
    return [f"models.panel={{openai_compatible: {{model: tiny, base_url: '{server}'}}}}", "population=plain",
            "population.size=3", f"task.questions={questions}"]  # fmt: skip


def test_a_panel_of_a_real_model(sets, tmp_path):
    from society_sim import replay, run
    from society_sim.scenario import Scenario

    result = run(Scenario.read(SCENARIO, sets), seed=1, out=tmp_path / "runs")
    assert result.asked == 3 * len(tiny_model.WORDS)
    assert set(result.abstentions) == {"unreadable"}
    assert 0 < sum(result.abstentions.values()) < result.asked / 2
    found = result.measures
    assert found["accuracy"] > 2 / len(LETTERS)
    assert found["tokens"] > 20 * len(tiny_model.WORDS)
    assert found["cost"] == 0
    assert replay(result.folder).digest == result.digest


def test_one_request_at_a_time_the_seeds_count(sets):
    from society_sim.runs import run
    from society_sim.scenario import Scenario

    sets = [*sets, "models.panel.concurrency=1", "task.rounds=8"]  # the server has one stream of luck for all requests
    first, again = (run(Scenario.read(SCENARIO, sets), seed=1, out=None) for _ in range(2))
    assert first.digest == again.digest


def test_a_model_that_is_not_there_abstains(sets):
    from society_sim.runs import run
    from society_sim.scenario import Scenario

    result = run(Scenario.read(SCENARIO, [*sets, "models.panel.model=nobody", "task.rounds=4"]), seed=1, out=None)
    assert dict(result.abstentions) == {"unknown model": 3 * 4}
    assert result.asked == 3 * 4
