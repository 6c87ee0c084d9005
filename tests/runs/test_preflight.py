"""The bound before a paid run: no run of it costs more, whatever is answered."""

from __future__ import annotations

import pytest

import society_sim.building
import society_sim.preflight
import society_sim.runs
from society_sim import Answer, Scenario, run
from society_sim.backends.calls import at_once
from society_sim.backends.pools import Like
from society_sim.backends.scripted import filled
from society_sim.errors import OUT_OF_BUDGET, ScenarioError
from society_sim.ledger import Cost
from society_sim.preflight import bound
from society_sim.testing import scripted

PANEL = {
    "name": "panel",
    "models": {"crowd": {"synthetic": {"preset": "helm-mid"}}},
    "population": {"plain": {"size": 9, "model": "crowd"}},
    "topology": {"small_world": {"k": 4, "p": 0.2}},
    "task": {"multiple_choice": {"rounds": 5, "options": 4}},
    "mechanism": {"second_look": {"rounds": 2}},
}
DENMARK = "government_denmark_2022"


def scenario_of(mechanism):
    if mechanism == "government_formation":
        return Scenario.read(DENMARK, ["mechanism.rounds=2", "mechanism.formateurs=2"])
    if mechanism == "relay":
        return Scenario.of(**{**PANEL, "topology": {"hierarchical": {}}, "mechanism": "relay"})
    parameters = {"second_look": {"rounds": 2}, "deliberation": {"rounds": 2, "until_unanimous": True}, "plurality": {}}
    return Scenario.of(**{**PANEL, "mechanism": {mechanism: parameters[mechanism]}})


def spent_of(result):
    return Cost(result.micro_usd, result.tokens, result.asked)


MECHANISMS = ["second_look", "deliberation", "relay", "plurality", "government_formation"]


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_no_run_of_the_synthetic_model_costs_more_than_its_bound(mechanism):
    scenario = scenario_of(mechanism)
    for seed in range(1 if mechanism == "government_formation" else 3):
        most = bound(scenario, seed)
        spent = spent_of(run(scenario, seed=seed, out=None))
        assert most.whole and spent.within(most.most) and spent.calls <= most.questions == most.most.calls
        assert most.most.micro_usd > 0


class Agreed(Like):
    """A model whose members all say the same, at as much length as it may, at a price."""

    paid = True
    max_tokens = 256
    watermark = "agreed"

    def __init__(self, same):
        super().__init__(self)
        self._same, self.paid = same, True

    def worst(self, query):
        return Cost(len(query.system + query.text) + 64 + query.max_tokens, len(query.text) + 320, 1)

    def submit(self, query):
        return at_once(self._answer, query)

    def _answer(self, query):
        text = filled(query.form, iter([0.0] * 99), wordy=True) if self._same else scripted(query).text
        read, written = len(query.system + query.text), min(len(text), query.max_tokens)
        return Answer(text=text, tokens_in=read // 2, tokens_out=written, micro_usd=read + written)


def play(monkeypatch, models):
    for module in (society_sim.building, society_sim.runs):
        monkeypatch.setattr(module, "models_of", lambda scenario: models)


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_nor_does_one_in_which_all_agree_or_nobody_does(mechanism, same, monkeypatch):
    scenario = scenario_of(mechanism)
    names = list(scenario.models)
    play(monkeypatch, {name: Agreed(same) for name in names})
    most = bound(scenario, 1)
    spent = spent_of(run(scenario, seed=1, out=None))  # its ledger stops it at the bound
    assert spent.within(most.most) and spent.micro_usd > 0


@pytest.mark.parametrize("allowance", [
    {"member": {"tokens": 1000}}, {"member": {"usd": 0.0008}}, {"member": {"calls": 7}}, {"member": {"tokens": 300}},
])  # fmt: skip
def test_nor_does_one_with_allowances(allowance, monkeypatch):
    play(monkeypatch, {"crowd": Agreed(False)})
    scenario = Scenario.of(**{**PANEL, "mechanism": {"deliberation": {"rounds": 1}}, "allowance": allowance})
    most = bound(scenario, 1)
    result = run(scenario, seed=1, out=None)
    assert spent_of(result).within(most.most)
    assert result.abstentions.get(OUT_OF_BUDGET, 0) > 0 or "tokens" not in allowance["member"]


class Terse(Agreed):
    """A model that takes fewer tokens than anybody would think."""

    def worst(self, query):
        return Cost(100, len(query.text) // 40 + 1, 1)

    def _answer(self, query):
        return Answer(text=scripted(query).text, tokens_in=len(query.text) // 40, tokens_out=1, micro_usd=100)


def test_allowances_that_last_longer_than_in_a_rehearsal_do_not_break_the_run_off(monkeypatch):
    play(monkeypatch, {"crowd": Terse(False)})
    deliberation = {"deliberation": {"rounds": 1}}
    scenario = Scenario.of(**{**PANEL, "mechanism": deliberation, "allowance": {"member": {"tokens": 150}}})
    result = run(scenario, seed=1, out=None)
    assert spent_of(result).within(bound(scenario, 1).most)
    assert result.abstentions.get(OUT_OF_BUDGET, 0) < 45


def test_a_bound_asks_nobody_and_stops_where_enough_is_known(monkeypatch):
    def nobody(self, query):
        raise AssertionError("a rehearsal asks nobody")

    monkeypatch.setattr(Agreed, "submit", nobody)
    play(monkeypatch, {"crowd": Agreed(True)})
    scenario = Scenario.of(**PANEL)
    whole = bound(scenario)
    assert whole.whole and whole.questions == 9 * 5 * 3
    part = bound(scenario, enough=Cost(whole.most.micro_usd // 2, float("inf"), float("inf")))
    assert not part.whole and part.most.micro_usd > whole.most.micro_usd // 2 and part.questions < whole.questions
    monkeypatch.setattr(society_sim.preflight, "LONGEST", 20)
    with pytest.raises(ScenarioError, match="too many to rehearse"):
        bound(scenario)


def test_a_bound_is_the_same_whenever_it_is_made():
    scenario = scenario_of("deliberation")
    assert bound(scenario, 3) == bound(scenario, 3)
