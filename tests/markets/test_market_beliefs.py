"""Markets, pools, forecasts and peers: what is decided, who is paid what, and that no coin is made or lost."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim import Scenario, ScenarioError, Society, SocietyError, replay, run
from society_sim.accounts import escrow
from society_sim.forms import Choice, Text
from society_sim.mechanisms.escalate import escalate
from society_sim.mechanisms.forecasts import forecasts
from society_sim.mechanisms.parimutuel import parimutuel
from society_sim.mechanisms.peer_prediction import peer_prediction
from society_sim.mechanisms.prediction_market import prediction_market
from society_sim.mechanisms.vote import vote
from society_sim.money import economy
from society_sim.rules.pooling import POOLS, pool
from society_sim.rules.prediction import posterior
from society_sim.rules.scores import payment
from society_sim.seal import Sealed
from society_sim.testing import check_mechanism
from society_sim.values import Item, Profile, Question

OPTIONS = ("A", "B", "C", "D")
SKILLS = st.lists(st.floats(0.05, 0.95), min_size=2, max_size=7)


def question(gold="A", options=OPTIONS, name="q"):
    item = None if gold is None else Item(name, name, options, Sealed(gold))
    return Question(name, name, options, item)


def members(skills):
    return [Profile(f"m{seat}", "model", traits={"accuracy": skill}) for seat, skill in enumerate(skills)]


def settle(mechanism, replies, asked=None, skills=None, money=None, **parameters):
    """What became of the questions: the society, and its outcomes; *replies* by seat, the same to every question."""
    words = replies if callable(replies) else lambda query: replies[query.member]
    size = len(skills if skills is not None else replies)
    who = members(skills or [0.5] * size)
    kept = []
    society = Society(nx.complete_graph(size), {"model": words}, who, write=kept.append, money=money)

    def agenda():
        found = []
        for one in asked or [question()]:
            found.append((yield from society.settle(one, mechanism, **parameters)))
        return found

    return society, society.run(agenda())


def balances(society):
    return society.accounts.balances("coin")


# --- what is decided --------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(SKILLS, st.data())
def test_proxies_with_endless_purses_decide_as_bayes_does(skills, data):
    votes = data.draw(st.lists(st.sampled_from([*OPTIONS, ""]), min_size=len(skills), max_size=len(skills)))
    order = data.draw(st.sampled_from(["seats", "lot"]))
    _, [outcome] = settle(prediction_market, votes, skills=skills, beliefs="accuracy", order=order)
    belief = np.full(4, 0.25)
    for vote_, skill in zip(votes, skills, strict=True):
        if vote_:
            belief = posterior(belief, [skill if option == vote_ else (1 - skill) / 3 for option in OPTIONS])
    if not any(votes):
        assert outcome.decision is None and outcome.facts["holdings"] == {}
        return
    assert list(outcome.facts["prices"].values()) == pytest.approx(belief.tolist(), abs=1e-5)
    best = sorted(belief)
    if best[-1] - best[-2] > 1e-4:
        assert outcome.decision == OPTIONS[int(belief.argmax())]


def test_free_answers_have_a_market_of_their_own():
    free = question(gold="42", options=())
    _, [outcome] = settle(prediction_market, ["42", "41", "41", ""], [free], [0.9, 0.4, 0.4, 0.4], beliefs="accuracy")
    assert outcome.decision == "42" and set(outcome.facts["prices"]) == {"42", "41"}
    _, [outcome] = settle(prediction_market, ["42", "42"], [free], [0.9, 0.4], beliefs="accuracy")
    assert outcome.decision == "42" and outcome.facts == {"prices": {"42": 1.0}}


def test_a_trader_worse_than_chance_trades_against_its_answer():
    _, [outcome] = settle(prediction_market, ["A"], skills=[0.1], beliefs="accuracy")
    assert outcome.facts["prices"]["A"] == pytest.approx(0.1, abs=1e-6) and outcome.decision != "A"


def test_what_cannot_be_asked_is_said_before_any_call():
    asked = []

    def model(query):
        asked.append(query)
        return "A"

    for message, parameters in [("rounds is 2, but a proxy", {"beliefs": "accuracy", "rounds": 2}),
                                ("has no trait 'acuracy'; did you mean 'accuracy'", {"beliefs": "acuracy"}),
                                ("a trader is a proxy's", {"trader": "kelly"}),
                                ("liquidity is a number above 0", {"liquidity": math.nan})]:  # fmt: skip
        with pytest.raises(ScenarioError, match=message):
            settle(prediction_market, model, skills=[0.5, 0.5], **parameters)
    with pytest.raises(ScenarioError, match="has no options to be asked about"):
        settle(prediction_market, model, [question(options=())], [0.5])
    with pytest.raises(SocietyError, match=r"treasury cannot pay the 138\.629 coins that question 'q' may cost"):
        settle(prediction_market, model, skills=[0.5], money=economy(purse=1, treasury=138), beliefs="accuracy")
    with pytest.raises(ScenarioError, match="take is a number from 0, below 1"):
        settle(parimutuel, model, skills=[0.5], take=1.0)
    with pytest.raises(ScenarioError, match=r"'accuracy' 1\.5; it must be a number from 0 to 1"):
        settle(forecasts, model, skills=[1.5], beliefs="accuracy")
    assert not asked


@pytest.mark.parametrize(("mechanism", "parameters"), [
    (prediction_market, {"beliefs": "accuracy", "order": "lot"}), (prediction_market, {"rounds": 2}),
    (parimutuel, {"stakes": "accuracy"}), (parimutuel, {"stakes": "equal", "take": 0.1}),
    (forecasts, {"beliefs": "each", "pooled": "median"}), (forecasts, {"beliefs": "accuracy", "weights": "accuracy"}),
    (peer_prediction, {"rule": "output_agreement"}), (escalate, {"together": 3, "below": 1.0}),
    (escalate, {"order": "accuracy", "below": 0.0}), (vote, {"weights": "confidence", "ballot": "open"}),
])  # fmt: skip
def test_contracts_with_their_parameters(mechanism, parameters):
    check_mechanism(mechanism, graph=nx.complete_graph(4), profiles=members([0.9, 0.6, 0.3, 0.7]), **parameters)


# --- who is paid ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=40)
@given(SKILLS, st.sampled_from(["market", "kelly", "pool", "forecasts", "peers"]), st.data())
def test_money_is_kept_and_the_escrow_is_empty_in_the_end(skills, kind, data):
    size = len(skills)
    golds = data.draw(st.lists(st.sampled_from([*OPTIONS, None]), min_size=1, max_size=4))
    cells = data.draw(st.lists(st.sampled_from([*OPTIONS, ""]), min_size=size, max_size=size))
    purse = data.draw(st.sampled_from([0.0, 0.000003, 7.0, 400.0]))
    mechanism, parameters = {
        "market": (prediction_market, {"beliefs": "accuracy", "liquidity": 20.0}),
        "kelly": (prediction_market, {"beliefs": "accuracy", "liquidity": 20.0, "trader": "kelly"}),
        "pool": (parimutuel, {"stakes": "accuracy", "take": 0.05}),
        "forecasts": (forecasts, {"beliefs": "accuracy", "score": "log", "reward": 2.0}),
        "peers": (peer_prediction, {"rule": "output_agreement"}),
    }[kind]
    asked = [question(gold, name=f"q{number}") for number, gold in enumerate(golds)]
    society, outcomes = settle(mechanism, cells, asked, skills, economy(purse=purse, treasury=1000), **parameters)
    has = balances(society)
    assert sum(amount for owner, amount in has.items() if owner != "world") == round((purse * size + 1000) * 1e6)
    assert all(has.get(seat, 0) >= 0 for seat in range(size))
    assert not any(has.get(escrow(one.id), 0) for one in asked)
    if kind in ("market", "kelly", "pool"):
        for one, outcome in zip(asked, outcomes, strict=True):
            if one.item is not None and kind == "pool" and outcome.facts["pool"]:
                whole = [sum(own.get(option, 0.0) for own in outcome.facts["holdings"].values()) for option in OPTIONS]
                assert all(paid <= outcome.facts["pool"] + 1e-9 for paid in whole)


def test_a_market_pays_shares_out_and_the_maker_bears_the_loss():
    society, [outcome] = settle(prediction_market, ["A", "B"], skills=[0.9, 0.6], beliefs="accuracy",
                                money=economy(purse=1000, treasury=1000))  # fmt: skip
    facts, has = outcome.facts, balances(society)
    for seat in range(2):
        gain = facts["holdings"][seat].get("A", 0.0) - facts["pays"][seat]
        assert has[seat] == round((1000 + gain) * 1e6)
    moved = sum(facts["holdings"][seat].get("A", 0.0) - facts["pays"][seat] for seat in range(2))
    assert moved == pytest.approx(100 * math.log(4 * facts["prices"]["A"]), abs=1e-4)  # what the maker loses


def test_a_stake_above_the_purse_is_declined_and_one_by_trait_is_cut():
    replies = ["ANSWER: A\nSTAKE: 9", "ANSWER: B\nSTAKE: 5"]
    society, [outcome] = settle(parimutuel, replies, money=economy(purse=6))
    assert outcome.decision == "B" and outcome.facts["pays"] == {1: 5.0} and outcome.facts["pool"] == 5.0
    assert balances(society)[0] == balances(society)[1] == 6_000_000  # nobody staked on what is right
    society, [outcome] = settle(parimutuel, ["A", "B"], skills=[0.9, 0.3], stakes="accuracy", money=economy(purse=6))
    assert outcome.facts["pays"] == {0: 6.0, 1: 3.0} and outcome.decision == "A"
    assert balances(society)[0] == 9_000_000 and balances(society)[1] == 3_000_000


def test_forecasts_are_paid_by_the_score():
    replies = ["CHANCES: A = 70, B = 10, C = 10, D = 10", "CHANCES: A = 0, B = 20, C = 0, D = 0"]
    society, [outcome] = settle(forecasts, replies, beliefs="each", reward=1.0, money=economy(treasury=10))
    wrong = [own / 1.03 for own in (0.01, 1, 0.01, 0.01)]  # no chance is less than a hundredth
    due = [payment("brier", own, 0, 1_000_000) for own in ([0.7, 0.1, 0.1, 0.1], wrong)]
    assert [balances(society).get(seat, 0) for seat in range(2)] == due and due[0] > due[1]
    assert outcome.decision == "B"


def test_who_says_always_the_same_earns_nothing_for_it():
    luck = np.random.default_rng(5).integers(4, size=40)
    asked = [question(OPTIONS[own], name=f"q{number}") for number, own in enumerate(luck)]
    gold = {one.id: OPTIONS[own] for one, own in zip(asked, luck, strict=True)}

    def model(query):  # two who know, two who do not care
        return gold[query.text.split()[0]] if query.member < 2 else "A"

    _, outcomes = settle(peer_prediction, model, asked, [0.5] * 4)
    lazy = [own.facts["scores"][2] for own in outcomes if own.facts["peers"].get(2) == 3]
    known = [own.facts["scores"][0] for own in outcomes if own.facts["peers"].get(0) == 1]
    assert set(lazy) == {0.0} and min(known) > 0.4 and len(known) > 5
    assert outcomes[1].facts["scores"] == {}  # too early to tell
    _, outcomes = settle(peer_prediction, model, asked[:1], [0.5] * 4, rule="output_agreement")
    assert outcomes[0].facts["scores"].keys() == {0, 1, 2, 3}


# --- cheap first ------------------------------------------------------------------------------------------------------


def test_a_dear_model_is_asked_only_in_doubt():
    calls = []

    def model(query):
        calls.append(query.member)
        return ["ANSWER: A\nCONFIDENCE: 60%", "ANSWER: B\nCONFIDENCE: 80%", "C"][query.member]

    for below, decided, asked in ((0.6, "A", [0]), (0.8, "B", [0, 1]), (0.9, "C", [0, 1, 2]), (0.0, "A", [0])):
        calls.clear()
        _, [outcome] = settle(escalate, model, skills=[0.5] * 3, below=below)
        assert (outcome.decision, calls, outcome.facts["asked"]) == (decided, asked, len(asked))
        assert outcome.facts["escalated"] == (len(asked) > 1)


@settings(max_examples=40)
@given(st.lists(st.sampled_from(["A", "B", ""]), min_size=3, max_size=3), st.sampled_from(["A", "D", ""]))
def test_agreement_stands_for_confidence(cheap, dear):
    _, [outcome] = settle(escalate, [*cheap, dear, "C"], together=3, below=1.0)
    agreed = len(set(cheap)) == 1 and cheap[0]
    assert outcome.facts["escalated"] == (not agreed)
    assert outcome.decision == (cheap[0] if agreed else dear or "C")


def test_a_vote_weighted_by_what_is_stated():
    replies = ["ANSWER: A\nCONFIDENCE: 90%", "ANSWER: B\nCONFIDENCE: 40%", "ANSWER: B\nCONFIDENCE: 45%", "ANSWER: C"]
    _, [outcome] = settle(vote, replies, weights="confidence")
    assert outcome.decision == "A" and outcome.facts["tally"] == {"A": 0.9, "B": 0.85, "C": 0.0, "D": 0.0}
    with pytest.raises(ScenarioError, match="borda asks for more"):
        settle(vote, replies, weights="confidence", rule="borda")


# --- pools ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), min_size=1, max_size=6), st.sampled_from(POOLS))
def test_pools_are_beliefs_and_keep_what_all_agree_on(raw, how):
    told = np.array(raw) / np.sum(raw, axis=1, keepdims=True)
    pooled = pool(told, how)
    assert pooled.sum() == pytest.approx(1) and (pooled >= 0).all()
    assert pool(np.repeat(told[:1], 4, axis=0), how).tolist() == pytest.approx(told[0].tolist())
    together = np.full(3, 1 / 3)
    for own in told:
        together = posterior(together, own)
    assert pool(told, "log", sharpen=len(told)).tolist() == pytest.approx(together.tolist(), abs=1e-9)


# --- scenarios --------------------------------------------------------------------------------------------------------


def test_recorded_markets_run_on_the_stand_in_and_replay(tmp_path):
    sets = ["task.rounds=30", "task.half=1", "mechanism={prediction_market: {beliefs: accuracy, trader: kelly}}",
            "money={purse: 200, treasury: 100000}"]  # fmt: skip
    result = run(Scenario.read("scenarios/recorded_market.yaml", sets), seed=1, out=tmp_path)
    assert replay(result.folder).digest == result.digest
    told = result.measures
    owned = {owner: own for entry in result.record if entry["kind"] == "accounts"
             for owner, own in entry["balances"]["coin"].items()}  # fmt: skip
    assert sum(owned.values()) == (8 * 200 + 100_000) * 10**6
    assert 0 <= told["price_calibration"] <= 1 and 0 <= told["price_brier"] <= 2 and told["trader_profit"] > 0
    assert -1 <= told["profit_by_skill"] <= 1


@pytest.mark.parametrize("name", ["voting_against_market", "market_flip", "cheap_first", "market_persuasion"])
def test_scenarios_of_markets_run(name):
    scenario = Scenario.read(f"scenarios/{name}.yaml", ["task.rounds=8"])
    for changes in scenario.sections["arms"].values():
        one = scenario
        for address, value in changes.items():
            one = one.set(address, value)
        assert len(run(one, seed=0, out=None).outcomes) == 8


def markets_of(weight):
    """What markets come to whose traders weigh the prices that they see so, and who traded last in what."""
    sets = ["task.rounds=20", "mechanism=prediction_market", "measures=[]",
            f"models.panel.policies={{belief_lmsr: {{prior_weight: {weight}, sure: 0.7}}}}"]  # fmt: skip
    result = run(Scenario.read("scenarios/market_persuasion.yaml", sets), seed=3, out=None)
    traded = {entry["about"]: entry["value"]["answer"] for entry in result.record if entry["kind"] == "answer"}
    assert len(result.outcomes) == 20
    return [(outcome["decision"], outcome["prices"], traded[outcome["about"]]) for outcome in result.outcomes]


def test_who_is_not_persuaded_by_prices_leaves_its_own_belief_behind():
    for decision, prices, last in markets_of(0):  # each sets its own option to 70, so the last one wins
        assert decision == last
        assert prices[last] == pytest.approx(0.7, abs=1e-5)


def test_the_surer_traders_are_of_the_crowd_the_more_extreme_prices_get():
    least, bayes, most = ([max(prices.values()) for _, prices, _ in markets_of(weight)] for weight in (0.5, 1, 2))
    assert sum(least) < sum(bayes) < sum(most)


@pytest.mark.parametrize("mechanism", ["plurality", "prediction_market"])
def test_persuasion_by_words_has_no_part_in_votes_and_markets(mechanism):
    base = Scenario.read("scenarios/market_persuasion.yaml", ["task.rounds=25", f"mechanism={mechanism}"])
    told = [[(one["decision"], one.get("prices")) for one in run(base.set(address, value), seed=2, out=None).outcomes]
            for address, value in [("seeds", 2), ("models.panel.persuasion", "sycophant-2023"),
                                   ("models.panel.persuasion", "stubborn"), ("models.panel.kappa", 0.0)]]  # fmt: skip
    assert all(one == told[0] for one in told)


def test_the_policies_of_stakes_and_chances_speak_as_their_forms_read():
    base = Scenario.read("scenarios/voting_against_market.yaml", ["task.rounds=6", "measures=[price_brier]"])
    for mechanism in ({"parimutuel": {}}, {"forecasts": {"beliefs": "each"}}, {"forecasts": {"pooled": "log"}}):
        result = run(base.set("mechanism", mechanism), seed=2, out=None)
        assert all(outcome["prices"] for outcome in result.outcomes)
        assert not any(entry.get("reason") for entry in result.record if entry["kind"] == "answer")


@pytest.mark.slow
def test_the_naive_cascade_on_recorded_models(data):
    """Three cheap models of one mind, or else a dear one: 70.3 % right, with 72.7 % of the questions escalated.

    That counts the dear one's silence as wrong; here the plurality of the cheap ones stands then, a point better.
    """
    answers = data / "public_mmlu_pro_answers.csv.gz"
    columns = "[Meta-Llama-3-8B-Instruct, mathstral-7B, Phi-3-mini-4k-instruct, gpt-4o-2024-05]"
    sets = [f"models.panel.answers={answers}", f"task.questions={data / 'public_mmlu_pro_questions.jsonl.gz'}",
            f"population.columns={columns}", "mechanism={escalate: {together: 3, below: 1}}", "measures=[accuracy]"]
    result = run(Scenario.read("scenarios/cheap_first.yaml", sets), seed=0, out=None)
    silent = {entry["about"] for entry in result.record
              if entry["kind"] == "answer" and entry["member"] == 3 and entry["value"] is None}  # fmt: skip
    many = len(result.outcomes)
    assert sum(one["escalated"] for one in result.outcomes) / many == pytest.approx(0.727, abs=0.0005)
    strict = sum(one["correct"] and one["about"] not in silent for one in result.outcomes) / many
    assert strict == pytest.approx(0.703, abs=0.0005)
    assert result.measures["accuracy"] == pytest.approx(0.714, abs=0.0005)


def test_forms_of_stakes_take_free_answers():
    free = Question("q", "How many?", ())
    assert isinstance(free.form, Text) and isinstance(question().form, Choice)
    _, [outcome] = settle(parimutuel, ["ANSWER: 42\nSTAKE: 2", "ANSWER: 41\nSTAKE: 1"], [free])
    assert outcome.decision == "42"
    assert outcome.facts["prices"] == {"42": pytest.approx(2 / 3), "41": pytest.approx(1 / 3)}
