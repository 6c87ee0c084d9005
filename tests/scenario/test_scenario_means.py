"""What a scenario says of money and failures: budget, allowance, on_failure, and what shapes no record."""

from __future__ import annotations

import math
from functools import partial
from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim import Scenario, backend, inline
from society_sim.errors import ScenarioError
from society_sim.ledger import UNLIMITED, Cost
from society_sim.registry import ASIDE
from society_sim.testing import scripted


@backend
def means_model(
    *,
    model: str = "a",
    base_url: Annotated[str, ASIDE] = "http://localhost/v1",
    rpm: Annotated[int | None, ASIDE] = None,
    heat: float = 0.5,
):
    """A model with parameters that shape no answer."""
    return inline(scripted, watermark=f"{model} {heat}")


def test_what_is_not_said_is_not_bounded(small):
    scenario = Scenario.read(small)
    assert scenario.budget == UNLIMITED and scenario.allowance == {}
    policy, parameters = scenario.on_failure
    assert policy.__name__ == "abstain" and parameters == {}


def test_budget_allowance_and_policy_are_read(edited):
    edited("budget", "budget: {usd: 1.5, calls: 9}")
    scenario = Scenario.read(edited("budget", "budget: {usd: 1.5, calls: 9}"), [
        "allowance={member: {usd: 0.25}, community: {tokens: 100}}", "on_failure={abstain: {up_to: 0.2}}"])  # fmt: skip
    assert scenario.budget == Cost(1_500_000, math.inf, 9)
    assert scenario.allowance == {"member": Cost(250_000, math.inf, math.inf),
                                  "community": Cost(math.inf, 100, math.inf)}  # fmt: skip
    policy, parameters = scenario.on_failure
    assert [policy(failed, 50, **parameters) for failed in (10, 11)] == [False, True]


@settings(max_examples=40)
@given(st.integers(1, 10**9) | st.sampled_from((249, 251, 1_000_979, 1_001_000)))
def test_dollars_are_whole_micro_dollars_and_none_is_lost(micro_usd):
    scenario = Scenario.of(**PLAIN, budget={"usd": micro_usd / 1_000_000})
    assert scenario.budget.micro_usd == micro_usd and type(scenario.budget.micro_usd) is int


PLAIN = {
    "name": "plain", "models": {"m": {"means_model": {}}}, "population": {"test_plain": {}}, "topology": "test_flat",
    "task": "test_riddles", "mechanism": "test_poll",
}  # fmt: skip

WRONG = {
    ("budget", "budget: 5"): "9:9: budget is a mapping of usd, tokens, calls, not the number 5",
    ("budget", "budget: {eur: 5}"): "9:10: budget has no 'eur'; known are: calls, tokens, usd",
    ("budget", "budget: {usd: 0}"): "9:15: budget.usd is more than 0, not 0",
    ("budget", "budget: {usd: -0.5}"): "9:15: budget.usd is more than 0, not -0.5",
    ("budget", "budget: {usd: much}"): "9:15: budget.usd is a number, not the text 'much'",
    ("budget", "budget: {calls: 1.5}"): "9:17: budget.calls is a whole number, not the number 1.5",
    ("allowance", "allowance: {usd: 1}"): "9:13: allowance has no 'usd'; known are: community, member",
    ("allowance", "allowance: {member: 1}"): "9:21: allowance.member is a mapping of usd, tokens, calls, not the "
    "number 1",
    ("allowance", "allowance: {member: {usd: 0}}"): "9:27: allowance.member.usd is more than 0, not 0",
    ("allowance", "allowance: {membr: {usd: 1}}"): "9:13: allowance has no 'membr'; did you mean 'member'?",
    ("on_failure", "on_failure: giveup"): "9:13: no on_failure 'giveup'; known are: abstain, stop",
    ("on_failure", "on_failure: {abstain: {upto: 1}}"): "9:24: on_failure 'abstain' has no 'upto'; did you mean "
    "'up_to'? it takes: up_to",
    ("on_failure", "on_failure: {stop: {up_to: 1}}"): "9:21: on_failure 'stop' has no 'up_to'; it takes: no parameters",
}  # fmt: skip


@pytest.mark.parametrize(("section", "line"), WRONG)
def test_wrong_means_are_told_with_their_place(edited, section, line):
    file = edited(section, line)
    with pytest.raises(ScenarioError) as caught:
        Scenario.read(file)
    told = str(caught.value).removeprefix(f"{file}:")
    assert told == WRONG[section, line]
    assert caught.value.line == 9


@pytest.mark.parametrize("number", [".nan", ".inf", "-.inf"])
def test_a_budget_is_a_number_that_can_be_counted_with(edited, number):
    for line in (f"budget: {{usd: {number}}}", f"allowance: {{member: {{usd: {number}}}}}"):
        with pytest.raises(ScenarioError):
            Scenario.read(edited("budget", line))


def test_means_are_set_one_at_a_time(small):
    read = partial(Scenario.read, small)
    assert read(["budget.usd=2"]).budget == Cost(2_000_000, math.inf, math.inf)
    assert read(["budget.usd=2", "budget.calls=7", "budget.usd="]).budget == Cost(math.inf, math.inf, 7)
    assert read(["allowance.member.usd=0.1"]).allowance == {"member": Cost(100_000, math.inf, math.inf)}
    both = read(["allowance.member.usd=0.1", "allowance.community.calls=3", "allowance.member.tokens=8"])
    assert both.allowance == {"member": Cost(100_000, 8, math.inf), "community": Cost(math.inf, math.inf, 3)}
    assert read(["allowance.member.usd=0.1", "allowance="]).allowance == {}
    assert read(["on_failure=stop"]).on_failure[0].__name__ == "stop"
    assert read(["on_failure=abstain", "on_failure.up_to=1"]).on_failure[1] == {"up_to": 1.0}


@pytest.mark.parametrize(("said", "told"), {
    "budget.usd=0": "budget.usd is more than 0, not 0",
    "budget.eur=1": "budget has no 'eur'; known are: calls, tokens, usd",
    "budget.usd.x=1": "budget.usd.x is too deep; write budget.usd=NUMBER",
    "budget=2": "budget is a mapping of usd, tokens, calls, not the number 2",
    "allowance.usd=1": "allowance has no 'usd'; known are: community, member",
    "allowance.member=1": "allowance.member is a mapping of usd, tokens, calls, not the number 1",
    "allowance.member.usd=lots": "allowance.member.usd is a number, not the text 'lots'",
    "on_failure.upto=1": "on_failure 'abstain' has no 'upto'; did you mean 'up_to'? it takes: up_to",
}.items())  # fmt: skip
def test_wrong_sets_of_means_are_quoted(small, said, told):
    with pytest.raises(ScenarioError) as caught:
        Scenario.read(small, [said])
    assert str(caught.value) == f"--set {said}: {told}"


def test_an_allowance_of_nothing_is_none():
    scenario = Scenario.of(**PLAIN)
    assert scenario.set("allowance", {}).digest == scenario.digest
    assert scenario.set("allowance", {"member": {}}).allowance == {"member": UNLIMITED}


ASIDES = [("budget.usd", 2.0), ("budget.calls", 9), ("on_failure", "stop"), ("on_failure", {"abstain": {"up_to": 1.0}}),
          ("models.m.rpm", 60), ("models.m.base_url", "http://elsewhere/v1"), ("about", "x"), ("seeds", 4),
          ("measures", ["test_settled"])]  # fmt: skip
SHAPING = [("allowance.member.usd", 0.1), ("allowance.community.calls", 3), ("models.m.model", "b"),
           ("models.m.heat", 0.9), ("mechanism.looks", 2), ("name", "other")]  # fmt: skip


@pytest.mark.parametrize(("address", "value"), ASIDES)
def test_what_shapes_no_record_is_not_in_the_digest_and_may_change(address, value):
    scenario = Scenario.of(**PLAIN)
    assert scenario.set(address, value) != scenario
    assert scenario.set(address, value).digest == scenario.digest
    if isinstance(value, (int, float, str)):
        assert scenario.aside([f"{address}={value}"]) == scenario.set(address, value)


@pytest.mark.parametrize(("address", "value"), SHAPING)
def test_what_shapes_the_record_is_in_the_digest_and_may_not_change(address, value):
    scenario = Scenario.of(**PLAIN)
    assert scenario.set(address, value).digest != scenario.digest
    with pytest.raises(ScenarioError, match="this shapes the record, so it would be another run"):
        scenario.aside(["models.m.rpm=9", f"{address}={value}"])


def test_each_amount_of_an_allowance_counts_and_the_order_in_which_it_is_said_does_not():
    scenario = Scenario.of(**PLAIN)
    said = [{"member": {"usd": 1.0}}, {"member": {"usd": 2.0}}, {"member": {"tokens": 1}}, {"community": {"usd": 1.0}},
            {"member": {"usd": 1.0, "calls": 2}}, {"member": {"usd": 1.0}, "community": {"calls": 2}}]  # fmt: skip
    assert len({scenario.set("allowance", one).digest for one in said}) == len(said)
    one = scenario.set("allowance.member.usd", 1.0).set("allowance.member.calls", 2)
    other = scenario.set("allowance.member.calls", 2).set("allowance.member.usd", 1.0)
    assert one.digest == other.digest


DOLLARS = st.integers(1, 10**7).map(lambda micro_usd: micro_usd / 1e6)
COUNTS = st.integers(1, 10**9)
AMOUNTS = st.fixed_dictionaries({}, optional={"usd": DOLLARS, "tokens": COUNTS, "calls": COUNTS})


@settings(max_examples=40)
@given(st.fixed_dictionaries({}, optional={
    "budget": AMOUNTS, "allowance": st.fixed_dictionaries({}, optional={"member": AMOUNTS, "community": AMOUNTS}),
    "on_failure": st.sampled_from(["stop", "abstain", {"abstain": {"up_to": 0.25}}])}))  # fmt: skip
def test_means_are_the_same_when_written_down_and_read_again(tmp_path_factory, means):
    scenario = Scenario.of(**PLAIN, **means)
    file = tmp_path_factory.mktemp("kept") / "scenario.yaml"
    file.write_text(scenario.dump())
    again = Scenario.read(file)
    assert again == scenario and again.digest == scenario.digest
    assert (again.budget, again.allowance, again.on_failure) == (
        scenario.budget, scenario.allowance, scenario.on_failure)  # fmt: skip


def test_a_fork_may_change_means_at_its_beginning_and_not_later():
    scenario = Scenario.of(**PLAIN)
    sets = ["budget.usd=2", "allowance.member.usd=1", "allowance.community=", "on_failure=stop"]
    changed = scenario.changed(0.0, sets)
    assert changed.budget.micro_usd == 2_000_000 and set(changed.allowance) == {"member"}
    for said in sets:
        with pytest.raises(ScenarioError, match="cannot change while a run goes on"):
            scenario.changed(1.0, [said])
