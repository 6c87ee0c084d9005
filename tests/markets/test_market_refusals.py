"""What a market must not be asked to do is refused before anybody is asked, or bounded."""

import pytest

from society_sim import Scenario, ScenarioError, run


def market(task, mechanism, size=3):
    return Scenario.of(name="refusals", models={"m": {"synthetic": {"price": "free"}}}, topology="flat",
                       population={"plain": {"size": size}}, task=task, mechanism=mechanism)  # fmt: skip


@pytest.mark.parametrize(("task", "mechanism", "why"), [
    ({"bundles": {"items": ["a\nb"]}}, "combinatorial_auction", "cannot be listed"),
    ({"goods": {"high": 1e300}}, "sealed_bid", "up to 1,000,000,000"),
    ({"goods": {"low": 50, "high": 50}}, "sealed_bid", "low is 50 and high 50"),
    ("goods", {"clock_auction": {"step": 1e-9}}, "more than 10,000 times"),
])  # fmt: skip
def test_it_is_refused(task, mechanism, why):
    with pytest.raises(ScenarioError, match=why):
        run(market(task, mechanism), out=None)


def test_places_beyond_the_members_cost_nothing():
    [outcome] = run(market({"multiple_choice": {"rounds": 1, "options": 3}},
                           {"assignment": {"rule": "optimal", "quota": 10**15}}), out=None).outcomes  # fmt: skip
    assert len(outcome["gets"]) == 3


def test_a_rising_clock_that_starts_above_all_values_sells_nothing():
    [outcome] = run(market("goods", {"clock_auction": {"reserve": 200.0}}), out=None).outcomes
    assert outcome["decision"] is None and outcome["revenue"] == 0
