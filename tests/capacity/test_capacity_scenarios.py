"""Capacity and arrivals in scenarios: read, refused, run, resumed, forked; help desks as queueing theory has them."""

from __future__ import annotations

import math
import pickle
from collections import Counter

import numpy as np
import orjson
import pytest
from capacity_helpers import erlang_c, interval

from society_sim import Scenario, ScenarioError, fork, measure, replay, run
from society_sim.backends.pools import inline
from society_sim.building import build
from society_sim.capacity import server
from society_sim.measures.waiting import discounted, queue_length, response_time, utilisation, waiting_time, withdrawn
from society_sim.registry import mechanism
from society_sim.testing import ContractError, check_mechanism

BASE = Scenario.of(
    name="desk", models={"crowd": {"synthetic": {"preset": "helm-mid", "price": "free"}}},
    population={"plain": {"size": 5, "model": "crowd"}}, topology={"hierarchical": {"span": 4}},
    task={"multiple_choice": {"rounds": 60, "options": 4}}, mechanism={"help_desk": {"through": "boss"}},
    pace={"exponential": {"mean": 1.0}}, arrivals={"poisson": {"rate": 0.8}}, capacity={"members": {"slots": 1}},
)  # fmt: skip


def recorded(scenario, seed=1, model=None):
    """The record's entries; with a *model* that is quick and draws evenly, if there is no other need."""
    chunks = []
    models = None if model is None else {"crowd": inline(model, watermark="crowd")}
    society = build(scenario, seed, write=chunks.append, models=models)
    society.run()
    return [orjson.loads(line) for line in b"".join(chunks).splitlines()]


def even(query):
    return f"ANSWER: {query.form.options[query.seed % len(query.form.options)]}"


def test_a_section_is_read_changed_and_written_like_any_other():
    bounds = {"crowd": {"slots": 4, "queue": "priority", "by": "level"}, "members": {"slots": 1}}
    scenario = BASE.set("capacity", bounds)
    assert scenario.set("capacity.crowd.slots", 8).sections["capacity"]["crowd"].parameters["slots"] == 8
    assert pickle.loads(pickle.dumps(scenario)).digest == scenario.digest != BASE.digest
    changed = scenario.changed(5.0, ["capacity.crowd={slots: 3}", "capacity.members.slots=2"])
    assert pickle.loads(pickle.dumps(changed)).digest == changed.digest
    assert changed.at(6.0).sections["capacity"]["crowd"].parameters == {"slots": 3}
    assert scenario.set("capacity", None).set("capacity.crowd", {"slots": 2}).sections["capacity"].keys() == {"crowd"}
    with pytest.raises(ScenarioError, match="capacity has no 'crowd'"):
        scenario.set("capacity", None).set("capacity.crowd.slots", 2)
    assert scenario.set("capacity", None).digest != scenario.digest
    cells = [cell for cell, _ in scenario.vary({"capacity.crowd.slots": [1, 2], "arrivals.rate": [0.5, 0.9]})]
    assert len(cells) == 4


@pytest.mark.parametrize(("sets", "why"), [
    ({"capacity": {"crowd": {"slot": 1}}}, "has no 'slot'; did you mean 'slots'?"),
    ({"capacity": {"crowd": {"slots": 1.5}}}, "slots is a whole number, not the number 1.5"),
    ({"capacity": {"crowd": {"queue": "fofo"}}}, "queue is 'fifo' or 'lifo' or"),
    ({"capacity": {"crowd": {"slots": 0}}}, "slots is a whole number of 1 or more, not the number 0"),
    ({"capacity": {"panel": {"slots": 1}}}, "'panel' is neither a model nor a seat (seat-0 to seat-4)"),
    ({"capacity": {"members": {"away": [[3, 2]]}}}, "capacity.members: away is a list of [from, to]"),
    ({"arrivals": {"poisson": {"rate": 0}}}, "arrivals 'poisson': rate is a number above 0"),
    ({"at_once": 3}, "arrivals and at_once"),
    ({"arrivals": None, "changes": True}, "not begin or end"),
    ({"mechanism": {"help_desk": {"through": "boss", "choices": 2}}}, "choices is how many are looked at"),
])  # fmt: skip
def test_mistakes_are_told_before_anything_is_asked(sets, why):
    def nobody(query):
        raise AssertionError("asked")

    with pytest.raises(ScenarioError) as error:
        scenario = BASE
        for address, value in sets.items():
            scenario = (scenario.changed(5.0, ["arrivals={poisson: {rate: 1}}"]) if address == "changes"
                        else scenario.set(address, value))  # fmt: skip
        recorded(scenario, model=nobody)
    assert why in str(error.value)


def test_questions_come_when_they_come():
    def put(arrivals, rounds=60):
        scenario = BASE.set("arrivals", arrivals).set("task.rounds", rounds).set("mechanism.through", "lot")
        return [entry["t"] for entry in recorded(scenario, model=even) if entry["kind"] == "question"]

    assert put({"regular": {"each": 2.5}}) == [2.5 * k for k in range(1, 61)]
    poisson = {"poisson": {"rate": 0.8}}
    assert put(poisson)[:30] == put(poisson, rounds=30)  # one question more changes nothing for those before it
    sizes = Counter(put({"bursts": {"rate": 1.0, "size": 5}}))
    assert 2 < np.mean(list(sizes.values())) < 12


def test_the_boss_delegates_along_the_tie_and_its_own_queue_is_what_is_waited_for():
    record = recorded(BASE, model=even)
    outcomes = [entry for entry in record if entry["kind"] == "outcome"]
    answers = [entry for entry in record if entry["kind"] == "answer"]
    assert all(entry["way"] == [0] and entry["by"] in (1, 2, 3, 4) for entry in outcomes)
    assert Counter(entry["member"] == 0 for entry in answers) == {True: 60, False: 60}
    told = [(entry["from"], entry["to"]) for entry in record if entry["kind"] == "message"]
    assert sorted(told) == sorted((0, entry["by"]) for entry in outcomes)
    by_question = Counter()
    for entry in answers:
        by_question[entry["about"]] += entry["waited"] + entry["served"]
    put = {entry["about"]: entry["t"] for entry in record if entry["kind"] == "question"}
    for entry in outcomes:
        assert entry["waited"] + entry["served"] == pytest.approx(by_question[entry["about"]], abs=1e-5)
        assert entry["t"] - put[entry["about"]] == pytest.approx(by_question[entry["about"]], abs=1e-5)


def test_a_deep_hierarchy_passes_it_down_step_by_step():
    deep = BASE.set("population.size", 7).set("topology", {"hierarchical": {"span": 2}})
    outcomes = [entry for entry in recorded(deep, model=even) if entry["kind"] == "outcome"]
    assert {(tuple(entry["way"]), entry["by"]) for entry in outcomes} == {
        ((0, 1), 3), ((0, 1), 4), ((0, 2), 5), ((0, 2), 6)}  # fmt: skip


@pytest.mark.slow
def test_who_has_a_bottleneck_waits_and_who_goes_round_it_does_not():
    def waits(through):
        scenario = BASE.set("mechanism.through", through).set("task.rounds", 600)
        return waiting_time(recorded(scenario, model=even), of="questions")

    boss, lot, shortest, price, free = map(waits, ("boss", "lot", "shortest_queue", "price", "free"))
    assert boss > 1.5 > 0.5 > lot > 0.05 > shortest == price
    assert free < 0.02


def test_prices_send_requests_to_who_is_cheap_until_the_queue_makes_it_dear():
    flat = BASE.set("topology", "flat").set("mechanism", {"help_desk": {"through": "price", "slope": 0.0}})
    flat = flat.set("population.size", 3)
    assert {e["price"] for e in recorded(flat, model=even) if e["kind"] == "outcome"} == {1.0}
    worth = flat.set("mechanism.slope", 1.0).set("mechanism.worth", 1.0).set("arrivals.rate", 6.0)
    outcomes = [e for e in recorded(worth, model=even) if e["kind"] == "outcome"]
    dear = [e for e in outcomes if e.get("undecided") == "too dear"]
    assert dear and all(e["price"] == 2.0 and e["decision"] is None for e in dear)
    assert all(e["waited"] == 0 for e in outcomes)  # who finds the cheapest busy does not join


def test_impatient_requests_are_withdrawn_and_settle_nothing():
    scenario = BASE.set("capacity", {"members": {"slots": 1, "patience": 0.5}}).set("mechanism.through", "lot")
    record = recorded(scenario.set("arrivals.rate", 8.0), model=even)
    outcomes = [entry for entry in record if entry["kind"] == "outcome"]
    gone = sum(entry.get("undecided") == "no answer" for entry in outcomes)
    assert 10 < gone < 60 and withdrawn(record) == gone / 60
    assert waiting_time(record, percentile=100) == 0.5


def test_measures_are_folds_over_the_record():
    record = recorded(BASE.set("task.rounds", 200), model=even)
    answers = [entry for entry in record if entry["kind"] == "answer"]
    time = record[-1]["t"]
    assert queue_length(record) == pytest.approx(sum(entry["waited"] for entry in answers) / time)
    assert utilisation(record) == pytest.approx(sum(entry["served"] for entry in answers) / (5 * time))
    boss = sum(entry["served"] for entry in answers if entry["member"] == 0)
    assert utilisation(record, server="seat-0") == pytest.approx(boss / time)
    assert math.isnan(utilisation(record, server="crowd"))
    assert response_time(record) == pytest.approx(np.mean([entry["t"] - entry["asked"] for entry in answers]))
    waits = [entry["waited"] for entry in answers]
    assert waiting_time(record, percentile=90) == pytest.approx(np.percentile(waits, 90))
    peak = max(sum(one["asked"] <= entry["asked"] < one["t"] - one["served"] for one in answers) for entry in answers)
    assert queue_length(record, peak=True) == peak
    right = np.mean([entry["correct"] for entry in record if entry["kind"] == "outcome"])
    assert discounted(record, rate=0.0) == right > discounted(record, rate=0.1) > discounted(record, rate=0.5)
    for part in (waiting_time, response_time, queue_length, utilisation, withdrawn, discounted):
        assert measure.get(part.__name__).about


def test_a_run_is_resumed_replayed_and_forked(tmp_path):
    scenario = BASE.set("capacity", {"members": {"slots": 1, "patience": 2.0}, "crowd": {"tokens_per_minute": 90_000}})
    done = run(scenario, seed=3, out=tmp_path)
    digest = replay(done.folder).digest
    cut = (done.folder / "tape.jsonl").read_bytes()
    (done.folder / "tape.jsonl").write_bytes(cut[: len(cut) // 2])
    (done.folder / "record.jsonl").unlink()
    assert run(scenario, seed=3, out=tmp_path).folder == done.folder and replay(done.folder).digest == digest
    other = fork(done.folder, at=20.0, sets=["capacity.members.slots=2", "arrivals.rate=2.0"], out=tmp_path).result
    servers = [entry["servers"]["members"]["slots"] for entry in other.record if entry["kind"] == "capacity"]
    assert servers == [1, 2]
    late = [entry for entry in other.record if entry["kind"] == "question" and entry["t"] > 25]
    gaps = np.diff([entry["t"] for entry in late])
    assert gaps.mean() < 0.8


# --- theory ---------------------------------------------------------------------------------------------------------


def replicated(scenario, fold, *, times=10, model=even):
    return interval([fold(recorded(scenario, seed=seed, model=model)) for seed in range(times)])


def settled_later(record, skip):
    return np.mean([entry["waited"] for entry in record if entry["kind"] == "outcome"][skip:])


@pytest.mark.slow
@pytest.mark.parametrize("through", ["free", "lot"])
def test_an_ordinary_scenario_waits_as_erlang_says(through):
    """F1 through members and prompts: four members, one line before all of them, or all before one model's server."""
    flat = BASE.set("topology", "flat").set("population.size", 4).set("arrivals.rate", 3.2)
    flat = flat.set("task.rounds", 1_000).set("mechanism.through", through)
    if through == "lot":
        flat = flat.set("capacity", {"crowd": {"slots": 4}})
    middle, half = replicated(flat, lambda record: settled_later(record, 100))
    assert abs(middle - erlang_c(4, 0.8)[1]) <= half


@pytest.mark.slow
def test_the_boss_is_a_jackson_network():
    scenario = BASE.set("task.rounds", 1_000).set("arrivals.rate", 0.6)
    middle, half = replicated(scenario, lambda record: settled_later(record, 200))
    assert abs(middle - (0.6 / 0.4 + 0.15 / 0.85)) <= half < 1.5


@pytest.mark.slow
def test_who_does_not_join_a_queue_that_is_too_dear_is_as_naor_says():
    """One member, prices 1, 2, 3, ..., a request worth 3: M/M/1 with room for 3; the share that balks is known."""
    one = BASE.set("topology", "flat").set("population.size", 1).set("task.rounds", 1_000)
    one = one.set("mechanism", {"help_desk": {"through": "price", "worth": 3.0}})
    middle, half = replicated(one, lambda record: np.mean([entry.get("undecided") == "too dear" for entry in record
                                                           if entry["kind"] == "outcome"]))  # fmt: skip
    expected = 0.2 * 0.8**3 / (1 - 0.8**4)
    assert abs(middle - expected) <= half < 0.5 * expected


@pytest.mark.slow
def test_two_choices_are_nearly_as_good_as_all():
    """Mitzenmacher (2001): ten queues at 90 %; looking at two of them takes most of the wait away."""
    many = BASE.set("topology", "flat").set("population.size", 10).set("arrivals.rate", 9.0).set("task.rounds", 1_500)

    def wait(through, **parameters):
        return settled_later(recorded(many.set("mechanism", {"help_desk": {"through": through, **parameters}}),
                                      model=even), 300)  # fmt: skip

    lot, two, all_of_them = wait("lot"), wait("shortest_queue", choices=2), wait("shortest_queue")
    assert lot > 2 * two and two > all_of_them


@pytest.mark.slow
@pytest.mark.parametrize("bounds", [{"members": {"slots": 1}}, {"members": {"slots": 1, "deadline": 4.0}}])
def test_every_mechanism_runs_where_members_are_busy(bounds):
    servers = {"members": server(**bounds["members"]), "model": server(slots=3, queue="preemptive", by="level")}
    kept = 0
    for part in mechanism.parts.values():
        if part.function.__module__.startswith("society_sim."):
            try:
                check_mechanism(part.function, capacity=servers)
                kept += 1
            except ContractError as error:  # it settles questions of its own, or needs a form of organisation
                if not isinstance(error.__cause__, ScenarioError):
                    raise
    assert kept > 25
