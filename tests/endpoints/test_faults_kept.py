"""What becomes of a run when calls fail for good: it stops or goes on as its scenario says, and asks nothing twice."""

from __future__ import annotations

import pytest
from endpoint_server import Endpoint
from faults_asking import answers, direct, hurry, scenario

from society_sim import replay, resume, run, tapes
from society_sim.errors import TooManyFailures
from society_sim.runs import folder_of

LOOK = {"mechanism": {"second_look": {"rounds": 1}}}


@pytest.fixture(scope="module")
def server():
    with Endpoint(brain="choose", retry_after_s=0.01) as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def calm(server, monkeypatch):
    hurry(monkeypatch)
    server.reset()
    server.configure(fault_rate=0.0, keep_bodies=True, hang_s=20.0)


def undisturbed(whole, server) -> str:
    """The digest of the run that nothing disturbs."""
    server.configure(fault_rate=0.0)
    digest = run(whole, out=None).digest
    server.reset()
    return digest


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["unauthorised", "server_error", "cut"])
@pytest.mark.parametrize("policy", ["stop", {"abstain": {"up_to": 0.2}}])
def test_a_run_that_stopped_goes_on_as_if_nothing_had_been(server, tmp_path, kind, policy):
    """Where members see each other's votes, those who saw an abstention are asked anew; else nobody is."""
    seeing = LOOK if policy == "stop" else {}
    whole = scenario({"crowd": direct(server.base_url, attempts=1)}, size=20, rounds=6, on_failure=policy, **seeing)
    calm, folder = undisturbed(whole, server), folder_of(whole, 0, tmp_path)
    server.configure(fault=kind, fault_rate=0.4)
    with pytest.raises(TooManyFailures, match=r"failed, and the scenario's on_failure allows no more; the last: "):
        run(whole, out=tmp_path, concurrency=16)
    failed = server.stats()["faults"][kind]
    assert policy != "stop" or failed <= 16, "those that were under way"
    server.configure(fault_rate=0.0)
    result = resume(folder)
    assert (result.digest, result.abstentions) == (calm, {})
    assert replay(folder).digest == calm
    stats, asked = server.stats(), 240 if seeing else 120
    assert stats["requests"] == asked + failed and stats["unique"] == asked
    assert stats["repeated"]["times"] == 2 * stats["repeated"]["bodies"] == 2 * failed


def test_a_run_stops_again_and_again_and_ends(server, tmp_path):
    whole = scenario({"crowd": direct(server.base_url, attempts=1)}, size=20, rounds=4, on_failure="stop")
    calm = undisturbed(whole, server)
    server.configure(fault="server_error, reset, html", fault_rate=0.05)
    stopped = 0
    while True:
        try:
            result = run(whole, out=tmp_path, concurrency=8)
            break
        except TooManyFailures:
            stopped += 1
            assert stopped < 40
    assert stopped > 0 and result.digest == calm
    assert server.stats()["requests"] == 80 + sum(server.stats()["faults"].values())


def test_what_failed_in_a_finished_run_is_asked_again_if_that_is_wanted(server, tmp_path):
    whole = scenario({"crowd": direct(server.base_url, attempts=2)}, size=20, rounds=4)
    calm = undisturbed(whole, server)
    server.configure(fault="unavailable, html, forbidden", fault_rate=0.4)
    first = run(whole, out=tmp_path)
    failed, asked = sum(first.abstentions.values()), server.asked()
    assert 5 < failed < 60 and f"{failed} answers failed" in first.trouble
    assert run(whole, out=tmp_path).abstentions == first.abstentions and server.asked() == asked
    server.configure(fault_rate=0.0)
    again = resume(first.folder, again=True)
    assert (again.asked, again.reused, again.digest, again.trouble) == (failed, 80 - failed, calm, "")
    assert sum(server.asked().values()) == sum(asked.values()) + failed
    assert replay(first.folder).digest == calm
    assert run(whole, out=tmp_path, again=True).digest == calm and server.asked().keys() == asked.keys()


def test_a_refusal_is_an_answer_and_not_asked_again(server, tmp_path):
    whole = scenario({"crowd": direct(server.base_url, fallbacks=["y", "z"])}, on_failure="stop")
    server.configure(fault="filtered, filtered_reply, refusal", fault_rate=0.5)
    result = run(whole, out=tmp_path)
    assert set(result.abstentions) == {"refused"} and result.trouble == ""
    assert not any("fallback" in entry for entry in answers(result))
    assert {body["model"] for body in server.bodies()} == {"x"} and server.stats()["requests"] == 32
    resume(result.folder, again=True)
    assert server.stats()["requests"] == 32


@pytest.mark.parametrize("kind", ["unknown_model", "unauthorised", "too_long", "server_error", "wrong_schema"])
def test_fallbacks_are_asked_in_their_order(server, tmp_path, kind):
    whole = scenario({"crowd": direct(server.base_url, fallbacks=["y", "z"], attempts=1)}, size=10, rounds=6)
    server.configure(fault=kind, fault_rate=0.5)
    result = run(whole, out=tmp_path)
    tried: dict[tuple, list[str]] = {}
    for body in server.bodies():
        tried.setdefault((body["seed"], body["messages"][-1]["content"]), []).append(body["model"])
    assert len(tried) == 60 and all(["x", "y", "z"][: len(models)] == models for models in tried.values())
    last = {model: sum(models[-1] == model for models in tried.values()) for model in "xyz"}
    told = [entry.get("fallback", "x") for entry in answers(result) if "reason" not in entry]
    assert {model: told.count(model) for model in "xy"} == {"x": last["x"], "y": last["y"]}
    assert told.count("z") + sum(result.abstentions.values()) == last["z"] and told.count("z") > 0
    assert tapes.look(result.folder).models == {model: told.count(model) for model in "xyz"}
    assert replay(result.folder).digest == result.digest
