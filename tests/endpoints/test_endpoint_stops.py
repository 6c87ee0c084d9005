"""When a run stops, nothing more leaves; what stopped it is said; and nobody's file is taken for a tape."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from endpoint_server import Endpoint
from faults_asking import PRICE, direct, scenario

from society_sim import Fields, OutOfBudget, Query, ScenarioError, SocietyError, StoreError, Text, run, tapes
from society_sim.backends.openai_compatible import openai_compatible
from society_sim.backends.pools import delayed
from society_sim.errors import RunStopped
from society_sim.scenario.interventions import Intervention

QUERY = Query(member=0, occurrence=0, model="", system="", text="Hello?", form=Text(), seed=1, key="00" * 16)


@pytest.fixture(scope="module")
def server():
    with Endpoint(brain="choose") as endpoint:
        yield endpoint


def test_nothing_is_retried_after_a_stop(server):
    server.configure(fault="html", fault_rate=1.0, latency_ms=200.0)  # each attempt fails, after a while
    server.reset()
    model = openai_compatible(model="x", base_url=server.base_url, attempts=50, backoff=0.0).within()
    future = model.submit(QUERY)
    while not server.stats()["requests"]:
        time.sleep(0.01)
    model.drain()
    with pytest.raises(RunStopped):
        future.result(90)
    model.release()
    server.configure(fault_rate=0.0, latency_ms=0.0)
    assert server.stats()["requests"] == 1


def test_a_model_gets_ready_by_itself_and_behind_a_delay(server):
    model = openai_compatible(model="x", base_url=server.base_url)
    assert model.submit(QUERY).result(90).text
    model.release()
    late = delayed(openai_compatible(model="x", base_url=server.base_url, price=PRICE), lambda _: 0.0)
    assert late.paid and late.worst(QUERY).micro_usd > 0
    assert late.submit(QUERY).result(90).text
    late.release()


@pytest.mark.parametrize("extra", [
    {"max_tokens": 999}, {"max_tokens": None}, {"n": 2}, {"n": [1]}, {"best_of": 3}, {"fallbacks": ["y"]},
    {"api_base": "x"}, {"max_completion_tokens": 10**6},
])  # fmt: skip
def test_what_goes_along_makes_no_call_dearer(extra):
    with pytest.raises(ScenarioError, match="extra"):
        openai_compatible(model="x", base_url="http://127.0.0.1:9/v1", extra=extra)


def test_a_limit_by_another_name_may_go_along():
    openai_compatible(model="x", base_url="http://127.0.0.1:9/v1",
                      extra={"max_tokens": None, "max_completion_tokens": 256, "n": 1, "top_k": 3})  # fmt: skip


def test_a_schema_counts_in_the_worst_case():
    plain, shaped = (openai_compatible(model="x", base_url="http://127.0.0.1:9/v1", structured=structured)
                     for structured in (False, True))  # fmt: skip
    query = replace(QUERY, form=Fields({name: Text(9) for name in "abcdefgh"}))
    assert shaped.worst(query).tokens > plain.worst(query).tokens + 300


def test_who_is_out_of_budget_is_told_of_what(server, tmp_path):
    whole = scenario({"crowd": direct(server.base_url)}, size=9, rounds=4)
    before = server.stats()["requests"]
    with pytest.raises(OutOfBudget, match="does not cover the first round, and nothing was asked") as caught:
        run(whole, out=tmp_path, budget=0.0005)
    assert caught.value.of == ("usd",) and server.stats()["requests"] == before
    with pytest.raises(OutOfBudget, match="is used up") as caught:
        run(whole, out=tmp_path, budget=0.002)
    assert caught.value.of == ("usd",)
    with pytest.raises(OutOfBudget, match="does not cover") as caught:
        run(whole.set("budget", {"calls": 3}), out=tmp_path, seed=1)
    assert caught.value.of == ("calls",)
    with pytest.raises(OutOfBudget, match="is used up") as caught:
        run(whole.set("budget", {"calls": 12}), out=tmp_path, seed=1)
    assert caught.value.of == ("calls",)


def test_a_run_that_becomes_a_paid_one_is_bounded_from_the_beginning(server, tmp_path):
    free = scenario({"crowd": direct(server.base_url, price="free")}, size=3, rounds=4)
    later = replace(free, changes=(Intervention(2.0, {"models.crowd.price": PRICE}),))
    told = []
    run(later, out=tmp_path, announce=lambda most, ledger: told.append(most.most.micro_usd))
    assert told and told[0] > 0


def test_a_redact_that_raises_ends_the_run(server, tmp_path):
    def redact(text):
        raise ValueError("no")

    with pytest.raises(SocietyError, match="redact raised ValueError: no"):
        run(scenario({"crowd": direct(server.base_url)}, size=3, rounds=1), out=tmp_path, redact=redact)


def test_a_policy_that_cannot_be_is_told_before_anything_is_asked(server, tmp_path):
    server.reset()
    with pytest.raises(ScenarioError, match="up_to is a number from 0 to 1"):
        run(scenario({"crowd": direct(server.base_url)}, size=3, rounds=1, on_failure={"abstain": {"up_to": 2.0}}),
            out=tmp_path)  # fmt: skip
    assert server.stats()["requests"] == 0


def test_what_is_no_tape_is_never_made_one(tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("name: mine\n")
    for act in (tapes.prune, tapes.look, lambda path: list(tapes.asked(path)), lambda path: tapes.merge(path, [path])):
        with pytest.raises(StoreError, match="is not a tape"):
            act(mine)
    assert mine.read_text() == "name: mine\n"


def test_nothing_is_merged_into_a_run(server, tmp_path):
    result = run(scenario({"crowd": direct(server.base_url)}, size=3, rounds=1), out=tmp_path)
    for into in (result.folder, result.folder / "tape.jsonl"):
        with pytest.raises(StoreError, match="belongs to a run"):
            tapes.merge(into, [result.folder])


def test_in_memory_alone_nothing_is_shared(server, tmp_path):
    with pytest.raises(TypeError, match="in memory alone"):
        run(scenario({"crowd": direct(server.base_url)}, size=3, rounds=1), out=None, shared=tmp_path)
