"""Work, places, budgets and answers that are given out: contract net, assignment, division, compute, answers."""

from __future__ import annotations

from collections import Counter

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_helpers import conserved, held, kinds

from society_sim import ScenarioError, Society, SocietyError, inline, stream
from society_sim.accounts import MICRO
from society_sim.mechanisms.answer_market import answer_market
from society_sim.mechanisms.contract_net import contract_net
from society_sim.registry import mechanism, task
from society_sim.rules.auctions import first_price, second_price
from society_sim.rules.market_text import Offer, offered, read_offers
from society_sim.rules.misreports import regret
from society_sim.seal import Sealed
from society_sim.testing import check_mechanism
from society_sim.values import Item, Profile, Question

QUESTIONS = {"multiple_choice": {"rounds": 25, "options": 4}}
TWO = {"panel": {"synthetic": {"preset": "independent", "accuracy": 0.55}},
       "strong": {"synthetic": {"preset": "independent", "accuracy": 0.95, "price": "gpt-4o"}}}  # fmt: skip


def only(result):
    [outcome] = result.outcomes
    return outcome


# --- contract net -----------------------------------------------------------------------------------------------------


def test_the_lowest_bid_gets_each_job_and_whoever_has_one_is_busy():
    costs = [[9, 9], [1, 2], [3, 9], [5, 4]]
    work = {"jobs": {"jobs": 2, "costs": costs}}
    outcome = only(held({"contract_net": {"origin": "first"}}, work, 4))
    assert (outcome["manager"], outcome["gets"], outcome["bids"]) == (0, {"1": [0], "3": [1]}, 5)
    assert (outcome["cost"], outcome["least_cost"], outcome["undone"]) == (5, 5, [])
    assert only(held({"contract_net": {"origin": "first", "load": None}}, work, 4))["gets"] == {"1": [0, 1]}
    paid = held({"contract_net": {"origin": "first", "pays": "next"}}, work, 4, money={"purse": 0, "treasury": 50})
    assert only(paid)["earned"] == {"1": 3, "3": 9} and conserved(paid)["treasury"] == 38 * MICRO
    capped = only(held({"contract_net": {"origin": "first", "ceiling": 3}}, work, 4))
    assert capped["gets"] == {"1": [0]} and capped["undone"] == [1]
    broke = held({"contract_net": {"origin": "first"}}, work, 4, money={"purse": 0, "treasury": 1})
    assert only(broke)["undone"] == [1] and kinds(broke, "declined")[0]["rule"] == "covered"


def test_who_cannot_be_told_or_heard_has_no_part_in_it():
    graph = nx.DiGraph([(0, 1), (1, 0), (0, 2), (3, 0)])  # 2 hears and cannot answer, 3 is not told
    costs = {"how": "given", "values": [[9], [5], [1], [1]]}
    society = Society(graph, inline(lambda query: "ANSWER: 5", watermark="five"))
    asked = Question("work", "Work.", facts={"jobs": 1, "costs": costs})
    outcome = society.run(society.settle(asked, contract_net, origin="first"))
    assert outcome.facts["gets"] == {1: [0]} and outcome.facts["bids"] == 1


def test_the_surest_is_asked_a_question_and_reports_the_answer():
    result = held("contract_net", QUESTIONS, 5, measures=["accuracy", "mean_single"])
    asked = Counter(entry["about"] for entry in kinds(result, "answer") if "purpose" not in entry)
    assert set(asked.values()) == {1} and result.measures["accuracy"] == result.measures["mean_single"]
    for award, outcome in zip(kinds(result, "award"), result.outcomes, strict=True):
        bids = {entry["member"]: entry["value"] for entry in kinds(result, "answer")
                if entry["about"] == award["about"] and entry.get("purpose") == "bid"}  # fmt: skip
        assert bids[award["member"]] == max(bids.values()) and outcome["decision"] is not None


def test_with_reputation_whoever_was_right_is_asked_again():
    """One of four is always right and says so little; the others are always sure and wrong."""

    def model(query):
        if "How sure are you" in query.text:
            return f"ANSWER: {50 if query.member == 2 else 60}"
        return "ANSWER: A" if query.member == 2 else "ANSWER: B"

    def ran(reputation):
        society = Society(nx.complete_graph(4), inline(model, watermark="m"))
        def agenda():
            found = []
            for turn in range(8):
                item = Item(f"q{turn}", "Which?", ("A", "B"), Sealed("A"))
                question = Question(f"q{turn}", "Which?", ("A", "B"), item)
                found.append((yield from society.settle(question, contract_net, reputation=reputation)).decision)
            return found

        return society.run(agenda())

    assert ran(0.0) == ["B"] * 8
    assert ran(60.0)[-4:] == ["A"] * 4  # the wrong ones have lost theirs, and bids have cost nobody any


# --- assignment -------------------------------------------------------------------------------------------------------


def test_things_are_assigned_by_what_members_like():
    values = [{"a": 9, "b": 5}, {"a": 8, "b": 1}, {"a": 7, "b": 6}]
    task = {"bundles": {"items": ["a", "b"], "values": values}}
    best = only(held({"assignment": {"rule": "optimal"}}, task, 3))
    assert len(best["gets"]) == 2 and len(best["unassigned"]) == 1 and best["optimum"] == 15
    result = held("assignment", task, 3)
    assert [entry["value"] for entry in kinds(result, "answer")] == [["a", "b"]] * 3
    turns = only(result)
    assert sorted(turns["gets"].values()) == ["a", "b"] and turns["welfare"] <= turns["optimum"]
    assert only(held({"assignment": {"quota": 3}}, task, 3))["unassigned"] == []


def test_two_sides_are_matched_so_that_no_pair_would_rather_have_each_other():
    for seed in range(3):
        outcome = only(held({"assignment": {"rule": "deferred_acceptance"}}, "opinions", 7, None, seed=seed))
        assert outcome["blocking"] == 0 and len(outcome["gets"]) == 3 and len(outcome["unassigned"]) == 1
        assert all(int(seat) < 4 <= int(name.split()[1]) for seat, name in outcome["gets"].items())


def first(name, **parameters):
    [question, *_] = task.get(name).function(stream(1, "task"), **parameters)
    return question


@pytest.mark.parametrize(
    ("name", "question", "parameters"),
    [("assignment", None, {"rule": "optimal"}), ("assignment", None, {"rule": "deferred_acceptance"}),
     ("contract_net", first("jobs", jobs=2), {"load": None, "pays": "next"}),
     ("contract_net", None, {"reputation": 50}),
     ("clock_auction", first("goods"), {"kind": "dutch", "step": 20, "patience": 0.8}),
     ("answer_market", None, {"rounds": 2, "price": 1.0}), ("posted_price", first("goods"), {"units": 3})],
)  # fmt: skip
def test_contracts_are_kept_with_parameters(name, question, parameters):
    check_mechanism(mechanism.get(name).function, question=question, **parameters)


# --- division ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "gets"),
    [("talmud", (50, 75, 75)), ("proportional", (33.333333, 66.666667, 100)), ("equal", (66.666667,) * 3),
     ("constrained_equal_awards", (66.666667,) * 3), ("constrained_equal_losses", (0, 50, 150)),
     ("random_arrival", (33.333333, 83.333333, 83.333333))],
)  # fmt: skip
def test_a_budget_is_divided_to_the_last_micro_coin(rule, gets):
    task = {"claims": {"values": [100, 200, 300], "high": 300, "budget": 200}}
    result = held({"budget_division": {"rule": rule}}, task, 3, money={"purse": 0, "treasury": 200})
    assert list(only(result)["gets"].values()) == pytest.approx(gets, abs=2e-6)
    assert conserved(result)["treasury"] == 0 and only(result)["given"] == 200
    assert only(result)["claims"] == {"0": 100, "1": 200, "2": 300}


def test_what_is_not_claimed_stays_and_what_is_not_there_is_not_promised():
    task = {"claims": {"values": [10, 20], "budget": 100}}
    for rule in ("proportional", "constrained_equal_awards"):
        outcome = only(held({"budget_division": {"rule": rule}}, task, 2))
        assert (outcome["gets"], outcome["left"]) == ({"0": 10, "1": 20}, 70)
    with pytest.raises(SocietyError, match=r"cannot pay the 100 coins .* for it has 50"):
        held("budget_division", task, 2, money={"treasury": 50})


# --- a stronger model's answers ---------------------------------------------------------------------------------------


def test_members_bid_for_the_stronger_model_what_it_would_add():
    result = held({"compute_auction": {"units": 2, "better": 0.95}}, QUESTIONS, 5, models=TWO,
                  measures=["accuracy", "cost_per_right"], money={"purse": 100, "treasury": 2000})  # fmt: skip
    sure, bids, strong = {}, {}, Counter()
    for entry in kinds(result, "answer"):
        if entry.get("purpose") == "bid":
            bids[entry["about"], entry["member"]] = entry["value"]
        elif isinstance(entry["value"], dict):
            sure[entry["about"], entry["member"]] = entry["value"]["confidence"]
        else:
            strong[entry["about"]] += 1
    for key, bid in bids.items():
        assert bid == pytest.approx(10 * max(0.0, 0.95 - sure[key]))
    for outcome in result.outcomes:
        own = sorted((bid for (about, _), bid in bids.items() if about == outcome["about"]), reverse=True)
        assert outcome["price"] == pytest.approx(own[2]) and strong[outcome["about"]] == 2
    alone = sum(outcome["alone"] == outcome["gold"] for outcome in result.outcomes)
    assert result.measures["accuracy"] * 25 >= alone and result.measures["cost_per_right"] > 0
    assert {entry["model"] for entry in kinds(result, "assign")} == {"strong", "panel"}
    conserved(result)


def test_the_stronger_model_must_be_there_and_right_answers_be_paid_for():
    with pytest.raises(ScenarioError, match="no model 'stronk'; did you mean 'strong'"):
        held({"compute_auction": {"model": "stronk"}}, QUESTIONS, 3, models=TWO)
    with pytest.raises(SocietyError, match="the treasury cannot pay the 30 coins"):
        held("compute_auction", QUESTIONS, 3, models=TWO, money={"treasury": 5})


# --- answers for sale -------------------------------------------------------------------------------------------------


def seller(query):
    """Seat 0 is right, the others are not, and all buy from it."""
    if "Name the one whose answer you buy" in query.text:
        return "ANSWER: Member 0" if "Member 0" in query.text else "ANSWER: nobody"
    if "the price at which you tell" in query.text:
        return "ANSWER: 4"
    told = "Member 0: A" in query.text or query.member == 0
    return f"ANSWER: {'A' if told else 'B'}\nCONFIDENCE: 80\nREASON: so it is"


def sold(graph, **more):
    society = Society(graph, inline(seller, watermark="seller"), **more)
    question = Question("q", "Which?", ("A", "B"))
    return society, society.run(society.settle(question, answer_market))


def test_an_answer_is_seen_when_it_is_paid_and_only_along_ties():
    prompts = []
    seen = inline(lambda query: prompts.append(query.text) or seller(query), watermark="seen")
    society = Society(nx.star_graph(3), seen)
    outcome = society.run(society.settle(Question("q", "Which?", ("A", "B")), answer_market))
    assert outcome.decision == "A" and outcome.facts["alone"] == "B"
    assert outcome.facts["sales"] == 3 and outcome.facts["earned"] == {0: 12, 1: -4, 2: -4, 3: -4}
    shopping = [text for text in prompts if "For sale:" in text]
    assert len(shopping) == 4 and all("price 4, right in 0 of 0" in text and "because" not in text for text in shopping)
    _, apart = sold(nx.DiGraph([(1, 0), (2, 0), (3, 0)]))  # nobody can be told by seat 0
    assert apart.facts["sales"] == 0 and apart.decision == "B"


def test_who_cannot_pay_is_not_told():
    result = held({"answer_market": {"price": 4.0}}, QUESTIONS, 5, money={"purse": 6, "treasury": 2000})
    balances = conserved(result)
    assert min(balances.values()) >= 0
    sales = [entry for entry in kinds(result, "transfer") if entry.get("why") == "answer"]
    assert len(sales) == sum(outcome["sales"] for outcome in result.outcomes) == len(kinds(result, "sale")) > 0


def test_a_trader_buys_from_whom_it_expects_most():
    result = held({"answer_market": {"price": 1.0}}, QUESTIONS, 5, models=TWO)
    bought = [entry for entry in kinds(result, "sale") if entry["about"] == result.outcomes[-1]["about"]]
    assert all(entry["price"] == 1 for entry in bought)
    assert {entry["value"] for entry in kinds(result, "answer") if entry.get("purpose") == "purchase"} >= {"nobody"}


names = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), min_size=1,
                max_size=20)  # fmt: skip


@given(st.lists(st.builds(Offer, names, st.floats(0, 1e9), st.integers(0, 99), st.integers(0, 99)), min_size=1))
def test_offers_are_read_back(offers):
    assert read_offers(offered(offers)) == offers


# --- regret -----------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 50), min_size=2, max_size=5))
def test_regret_is_what_the_best_other_report_would_have_gained(bids):
    reports, worth = dict(enumerate(bids)), bids[0]

    def had(sale):
        return worth * sale.units.get(0, 0) - sale.pays.get(0, 0)

    assert regret(second_price, reports, 0, range(60), had).gain == 0
    found = regret(first_price, reports, 0, range(60), had)
    assert found.gain >= max(0, worth - max(bids[1:]) - 1)  # just above the others is enough

def test_markets_within_communities_pay_out_what_they_hold():
    found = held({"federation": {"inside": "prediction_market"}}, {"multiple_choice": {"rounds": 3}}, 6, policy=None,
                 topology={"federated": {"communities": 2}}, money={"purse": 50, "treasury": 10_000})  # fmt: skip
    owned = conserved(found)
    assert sum(entry["why"] == "payout" for entry in kinds(found, "transfer")) >= 6
    assert not any(amount for owner, amount in owned.items() if owner.startswith("escrow:"))


@pytest.mark.parametrize("name", ["nobody", "Nobody", "MEMBER 1"])
def test_whoever_is_named_is_told_apart_before_anybody_is_asked(name):
    profiles = [Profile(each, "m") for each in (name, "Member 1", "Member 2")]
    society = Society(nx.complete_graph(3), {"m": inline(seller, watermark="seller")}, profiles)
    with pytest.raises(ScenarioError, match=r"the name .* of seat . is .*; call it otherwise"):
        society.run(society.settle(Question("q", "Which?", ("A", "B")), answer_market))
    assert society.desk.asked == 0
