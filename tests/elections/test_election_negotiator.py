"""The synthetic negotiator: it reads the prompt alone, and each part of it does what its page says."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from election_samples import AT, FACTS, KNOWN, MIND, SEATS, house, kinds, settled

from society_sim import Choice, Query, Scenario, ScenarioError, run
from society_sim.backends.synthetic import synthetic
from society_sim.backends.synthetic.concessions import STYLES, Stage
from society_sim.mechanisms.formation_talks import REPLIES, Bench, _offer_form, _reply_form
from society_sim.mechanisms.government_formation import BALLOT
from society_sim.rules import formation_text as words
from society_sim.rules.parliament import places
from society_sim.rules.prospects import MARKS, coalitions, marks, prospects, values, weights_of

EQUAL = (0.25,) * 4
BENCH = Bench(None, house(), KNOWN, 1, 0, tuple(range(len(house().parties))), 3, 16)
SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios").glob("government_*.yaml"))


def mind(**settings):
    sure = {"tremble": 0.0, "doubt": 0.0}
    return synthetic(price="free", policies={"negotiates": sure | settings})


def asked(model, name, text, form, seed=1):
    party = next(p for p in house().parties if p.name == name)
    query = Query(member=0, occurrence=0, model="m", system=words.persona(party, EQUAL, 0.2), form=form,
                  text=f"{text}\n\n{form.hint()}", seed=seed, key="00")  # fmt: skip
    return form.parse(model.submit(query).result().text)


def reply(model, policy, round_=1, parties=("Red", "Green"), name="Green"):
    offer = words.Offer("Red", parties, places(left_right=policy, state_market=policy))
    line = words.talk(1, round_) + words.say_offer(offer, {"Red": 16}, "so")
    return asked(model, name, f"{KNOWN}\nWhat was said to you:\n- {line}\n{words.turn(1, round_, 3)}",
                 _reply_form(BENCH))  # fmt: skip


def propose(model, said=(), heard=(), round_=1, known=KNOWN):
    lines = [f"You said: {line}" for line in said] + [f"- {line}" for line in heard]
    return asked(model, "Red", "\n".join([known, *lines, words.turn(1, round_, 3)]), _offer_form(BENCH))


def test_the_formateur_opens_with_its_ideal_and_moves_to_the_centre():
    first = propose(mind())
    assert (first["do"], first["partners"]) == ("propose", ("Green",))
    policies = [propose(mind(style=style))["left_right"] for style in ("boulware", "linear", "conceder")]
    assert policies == sorted(policies, reverse=True)  # from 3 down to the centre at 2.76
    assert policies[0] == pytest.approx(3.0, abs=0.01)


def test_the_formateur_leaves_out_who_opposes_and_keeps_who_bargains():
    offer = words.Offer("Red", ("Red", "Green"), places(left_right=3, state_market=3))
    said = [words.talk(1, 1) + words.say_offer(offer, {"Red": 16}, "so")]
    for kind_, kept in (("oppose", False), ("refine", True), ("compromise", True)):
        answer = words.Reply("Green", kind_, places(left_right=1, state_market=1))
        again = propose(mind(), said, [words.talk(1, 1) + words.say_reply(answer, "so")], 2)
        assert ("Green" in again["partners"]) is kept, kind_
    unheard = propose(mind(), said, [], 2)
    assert again["left_right"] < unheard["left_right"]  # it goes towards what was asked for


def test_a_formateur_with_nobody_left_gives_up():
    answers = [words.talk(1, 1) + words.say_reply(words.Reply(n, "oppose", places()), "so") for n in SEATS]
    assert propose(mind(), [], answers)["do"] == "give up"


def test_a_partner_supports_what_reaches_its_demand_and_demands_less_in_time():
    assert reply(mind(), 2.1, 3)["reply"] == "support"
    assert reply(mind(), 4.0, 1)["reply"] == "compromise"
    assert reply(mind(), 4.0, 3)["reply"] == "support"
    assert reply(mind(style="conceder"), 3.8, 1)["reply"] == "support"
    assert reply(mind(), 9.9, 1)["reply"] == "refine"
    asks = [reply(mind(), 9.9, round_)["left_right"] for round_ in (1, 2, 3)]
    assert AT["Green"] < asks[0] < asks[1] < asks[2]


def test_a_partner_opposes_a_coalition_that_cannot_be_worth_it():
    assert reply(mind(slack=0.0), 7.0, 3, ("Red", "Blue", "Grey", "Green"))["reply"] in REPLIES
    assert reply(mind(slack=-0.5), 2.0, 3)["reply"] == "oppose"
    assert reply(mind(slack=0.5), 2.0, 3)["reply"] == "support"


def test_a_compromise_gives_in_everywhere_but_where_it_hurts_most():
    found = reply(mind(), 4.0, 1)
    assert found["reply"] == "compromise"
    assert sorted([found["left_right"] == 4.0, found["state_market"] == 4.0]) == [False, True]


def test_votes_follow_distance_and_members_are_for():
    def vote(model, name, policy, members=("Red",)):
        bill = words.say_bill(words.Offer("Red", members, places(left_right=policy, state_market=policy)))
        return asked(model, name, f"{KNOWN}\n{bill}\nBallot 1", BALLOT)

    model = mind(tolerance=0.02)
    assert vote(model, "Red", 9) == "yes"
    assert vote(model, "Grey", 5.5) == "yes"
    assert vote(model, "Blue", 0) == "no"
    assert vote(mind(tolerance=9), "Blue", 0) == "abstain"
    assert vote(mind(tolerance=9), "Grey", 5.5, ("Red", "Green")) == "no"  # a majority needs nobody outside


def test_it_reads_the_prompt_and_nothing_else():
    with_offer = reply(mind(), 2.0, 3)
    assert with_offer["reply"] == "support"
    text = f"{KNOWN}\n{words.turn(1, 3, 3)}"  # the offer was not delivered
    form = _reply_form(BENCH)
    party = house().parties[2]
    query = Query(member=0, occurrence=0, model="m", system=words.persona(party, EQUAL, 0.2), form=form,
                  text=f"{text}\n\n{form.hint()}", seed=1, key="00")  # fmt: skip
    from society_sim.backends.synthetic.negotiation import negotiates

    assert negotiates(query, None) is None
    assert propose(mind(), known=KNOWN.replace("42 seats", "2 seats"))["partners"] != propose(mind())["partners"]


def test_other_prompts_are_not_its_business():
    form = Choice(("yes", "no", "abstain"))
    assert asked(MIND, "Red", "Shall we have lunch?", form) in form.options


@pytest.mark.parametrize("style", sorted(STYLES))
def test_every_style_forms_governments(style):
    formed = [settled(mind(style=style), seed=seed, task={"investiture": "negative"})[0].decision for seed in range(8)]
    assert any(formed)


def test_styles_give_way_as_they_are_named():
    def given(style, round_, matched=None, leads=True, luck=0.9):
        return STYLES[style].given(Stage(round_, 3, leads, matched, luck, 0.5))

    assert given("boulware", 2) < given("linear", 2) < given("conceder", 2)
    assert all(given(style, 3) == 1 for style in ("boulware", "linear", "conceder"))
    assert given("tit_for_tat", 2, 0.5, leads=False) == 0.5
    assert given("tit_for_tat", 2, 0.5) == pytest.approx(0.5 + 1 / 3)
    assert (given("llm_like", 3), given("llm_like", 1, luck=0.1)) == (0, 1)
    assert STYLES["rubinstein_spe"].price(0.9) == pytest.approx(0.9 / 1.9)
    assert STYLES["baron_ferejohn"].price(0.9) == 0


def test_equilibrium_styles_agree_in_the_first_round():
    for style in ("rubinstein_spe", "baron_ferejohn"):
        outcome, record = settled(mind(style=style))
        assert outcome.facts["rounds"] == 1
        assert not kinds(record, "revision")


def test_who_has_more_to_lose_from_no_agreement_gets_less():
    tough = settled(mind(style="boulware"))[0].facts["policy"]["left_right"]
    price = settled(mind(style="baron_ferejohn"))[0].facts["policy"]["left_right"]
    assert abs(price - AT["Red"]) <= abs(tough - AT["Red"]) + 1e-6  # the proposer's advantage


def test_unknown_settings_are_refused():
    with pytest.raises(ScenarioError, match="did you mean 'linear'"):
        propose(mind(style="linea"))
    with pytest.raises(ScenarioError, match="need a weight each"):
        weights_of({"minority": 1})
    with pytest.raises(ScenarioError, match="no mark 'size'"):
        weights_of({"size": 1})


def test_common_expectation():
    own = weights_of(dict.fromkeys(MARKS, 0.0) | {"parties": -1.0})
    expected = prospects(house(), own, 0.1)
    assert expected.chance.sum() == pytest.approx(1)
    assert (expected.chance[~expected.stands] == 0).all()
    alone = values(expected, 0, EQUAL, 0.2)[0]
    assert alone == pytest.approx(1.2)  # its own policy, and every ministry
    table = coalitions(4)
    found = {tuple(np.flatnonzero(row)): tuple(mark) for row, mark in zip(table, marks(house(), table), strict=True)}
    red_green = dict(zip(MARKS, found[0, 2], strict=True))
    assert red_green == pytest.approx({"minority": 0, "shortfall": 0, "surplus": 0, "margin": 0.05, "parties": 2,
                                       "range": 0.1, "median": 1, "again": 0, "newcomers": 0.55})  # fmt: skip
    outgoing = dict(zip(MARKS, found[1, 3], strict=True))
    assert (outgoing["again"], outgoing["minority"], outgoing["median"]) == (1, 1, 0)


def test_another_wording_of_the_facts_changes_nothing_but_the_facts_do():
    one, _ = settled(MIND, seed=3)
    two, _ = settled(MIND, seed=3, graph=nx.complete_graph(4))
    assert one.decision == two.decision
    swapped = {name: own | {"left_right": 10 - own["left_right"], "state_market": 10 - own["state_market"]}
               for name, own in FACTS.items()}  # fmt: skip
    assert settled(mind(), facts=swapped)[0].decision == settled(mind())[0].decision  # mirror worlds


@pytest.mark.slow
@pytest.mark.parametrize("file", SCENARIOS, ids=lambda path: path.stem)
def test_scenarios_run(file):
    scenario = Scenario.read(file)
    first, second = (run(scenario, seed=4, out=None) for _ in range(2))
    assert first.digest == second.digest
    assert not first.abstentions
    [outcome] = first.outcomes
    names = set(scenario.part("population")[1]["parties"])
    assert set(outcome["gold"]) <= names
    assert set(outcome["decision"]) <= names
    assert first.measures["government_formed"] == 1
    house_ = scenario.part("task")[1]["house"]
    assert sum(p["seats"] for p in scenario.part("population")[1]["parties"].values()) == house_


def test_there_are_eight_elections_of_every_sort():
    assert len(SCENARIOS) == 8
    assert "government_bundestag_2021" in {path.stem for path in SCENARIOS}
