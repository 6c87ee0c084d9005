"""What a market must not be asked to do is refused before anybody is asked, or bounded."""

import networkx as nx
import pytest

from society_sim import Scenario, ScenarioError, Society, inline, run, stream
from society_sim.backends.scripted import scripted
from society_sim.mechanisms.budget_division import budget_division
from society_sim.tasks.claims import claims


def market(task, mechanism, size=3):
    return Scenario.of(name="refusals", models={"m": {"synthetic": {"price": "free"}}}, topology="flat",
                       population={"plain": {"size": size}}, task=task, mechanism=mechanism)  # fmt: skip


@pytest.mark.parametrize(("task", "mechanism", "why"), [
    ({"bundles": {"items": ["a\nb"]}}, "combinatorial_auction", "cannot be listed"),
    ({"goods": {"high": 1e300}}, "sealed_bid", "high is a number from 0 to 1,000,000,000"),
    ({"goods": {"low": 50, "high": 50}}, "sealed_bid", "no value lies between low = 50 and high = 50"),
    ("goods", {"clock_auction": {"step": 1e-9}}, "more than 10,000 times"),
])  # fmt: skip
def test_it_is_refused(task, mechanism, why):
    with pytest.raises(ScenarioError, match=why):
        run(market(task, mechanism), out=None)


@pytest.mark.parametrize(("line", "why"), [
    ("mechanism: {sealed_bid: {units: 0}}", "units is a whole number of 1 or more"),
    ("mechanism: {clock_auction: {step: 0}}", "step is a number above 0"),
    ("mechanism: {parimutuel: {take: 1.5}}", "take is a number from 0, below 1"),
    ("money: {purse: -1}", "purse is a number from 0 to"), ("money: {tax: {incom: 0.2}}", "did you mean 'income'"),
    ("money: {tax: {income: [[0, 1.5]]}}", "tax.income is 1.5"), ("arrivals: {poisson: {rate: 0}}", "rate is a number"),
    ("capacity: {m: {slots: 0}}", "slots is a whole number of 1 or more"),
    ("capacity: {m: {hours: [17, 9]}}", r"capacity.m: hours are \[from, to\]"),
])  # fmt: skip
def test_what_is_out_of_bounds_is_told_with_its_place_when_it_is_read(line, why, tmp_path):
    words = ("name: a\nmodels: {m: {synthetic: {price: free}}}\npopulation: {plain: {size: 3}}\ntopology: flat\n"
             f"task: goods\n{line}\n" + ("" if line.startswith("mechanism") else "mechanism: sealed_bid\n"))
    file = tmp_path / "a.yaml"
    file.write_text(words)
    with pytest.raises(ScenarioError, match=why) as refused:
        Scenario.read(file)
    assert refused.value.file == file and refused.value.line == 6 and refused.value.column


def test_places_beyond_the_members_cost_nothing():
    [outcome] = run(market({"multiple_choice": {"rounds": 1, "options": 3}},
                           {"assignment": {"rule": "optimal", "quota": 10**15}}), out=None).outcomes  # fmt: skip
    assert len(outcome["gets"]) == 3


def test_a_rising_clock_that_starts_above_all_values_sells_nothing():
    [outcome] = run(market("goods", {"clock_auction": {"reserve": 200.0}}), out=None).outcomes
    assert outcome["decision"] is None and outcome["revenue"] == 0


def test_communities_that_bet_on_the_same_question_have_a_pot_each():
    scenario = Scenario.of(
        name="pots", models={"m": {"synthetic": {"price": "free"}}}, population={"plain": {"size": 6}},
        topology={"federated": {"communities": 2}}, task={"multiple_choice": {"rounds": 1, "options": 3}},
        mechanism={"federation": {"inside": "prediction_market"}}, money={"purse": 50, "treasury": 10_000},
    )  # fmt: skip
    record = list(run(scenario, out=None).record)
    pots = {entry["target"] for entry in record if entry["kind"] == "transfer" and entry.get("why") == "shares"}
    assert len(pots) == 2
    for pot in pots:  # what went in has come out
        flows = [(entry["amount"], entry["target"] == pot) for entry in record
                 if entry["kind"] == "transfer" and pot in (entry["source"], entry["target"])]  # fmt: skip
        assert sum(amount if came else -amount for amount, came in flows) == 0


@pytest.mark.parametrize("name", ["prediction_market", "parimutuel", "answer_market", "peer_prediction"])
@pytest.mark.parametrize("task", ["opinions", "goods", "jobs", {"landscape": {"rounds": 1}}])
def test_answers_of_which_none_can_be_right_are_not_paid_for(name, task, tmp_path):
    """It is refused before anybody is asked, with the tasks that fit."""
    with pytest.raises(ScenarioError, match=r"no answer that could turn out to be .*tasks that fit: multiple_choice"):
        run(market(task, name), out=tmp_path)
    assert not [line for file in tmp_path.rglob("*.jsonl") for line in file.read_text().splitlines()
                if '"kind":"answer"' in line]  # fmt: skip


def test_peers_are_paid_for_opinions_among_options_and_bets_on_them_are_refused():
    either = {"opinions": {"options": ["yes", "no"], "start": "uniform"}}
    [outcome] = run(market(either, "peer_prediction"), out=None).outcomes
    assert outcome["decision"] in ("yes", "no")
    with pytest.raises(ScenarioError, match="tasks that fit"):
        run(market(either, "parimutuel"), out=None)


def test_who_claims_a_part_of_a_budget_is_called_no_bidder():
    asked = []

    def model(query):
        asked.append(query.text)
        return scripted(query)

    [question] = claims(stream(1, "task"))
    society = Society(nx.complete_graph(3), inline(model, watermark="model"))
    society.run(society.settle(question, budget_division))
    assert len(asked) == 3 and all("\nClaimants: 3\n" in text and "idder" not in text for text in asked)
