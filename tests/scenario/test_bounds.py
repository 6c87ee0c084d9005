"""Bounds that a part's signature declares: held where a scenario says a value, shown on pages, held from Python."""

from __future__ import annotations

from typing import Annotated, get_args, get_origin

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from society_sim import Question, Scenario, ScenarioError, Society, bounds, inline, registry
from society_sim.backends.scripted import scripted
from society_sim.cli.commands import app
from society_sim.scenario.conform import conform, words
from society_sim.scenario.places import Given

PARTS = [part for kind in registry.KINDS.values() for part in kind.parts.values()]


def bounded(wanted):
    return any(bounds.of(wanted)) or any(bounded(each) for each in get_args(wanted) if get_origin(wanted) is not None)


@pytest.mark.parametrize(("section", "said", "wrong"), [
    ("mechanism", "vote: {quorum: 1.5}", "quorum is a number from 0 to 1, not the number 1.5"),
    ("mechanism", "delegation: {threshold: 200}", "threshold is a number from 0 to 100, not the number 200"),
    ("mechanism", "debate: {rounds: 0}", "rounds is a whole number of 1 or more, not the number 0"),
    ("mechanism", "jury: {needed: 0}", "needed is a number above 0, to 1, not the number 0"),
    ("mechanism", "compute_auction: {better: 1}", "better is a number above 0, below 1, not the number 1"),
    ("mechanism", "parimutuel: {take: 1}", "take is a number from 0, below 1, not the number 1"),
    ("mechanism", "clock_auction: {step: 0}", "step is a number above 0, not the number 0"),
    ("mechanism", "contract_net: {load: 0}", "load is a whole number of 1 or more, not the number 0"),
    ("models", "m: {synthetic: {policies: {zip_trader: {rate: 2}}}}", "rate is a number from 0 to 1, not the number 2"),
    ("models", "m: {synthetic: {policies: {zip_trader: {rate: fast}}}}", "rate is a number, not the text 'fast'"),
    ("topology", "small_world: {k: 1}", "k is a whole number of 2 or more, not the number 1"),
    ("topology", "federated: {sizes: [3, 0]}", r"sizes\[1\] is a whole number of 1 or more, not the number 0"),
    ("rewiring", "homophily: {rate: -1}", "rate is a number of 0 or more, not the number -1"),
    ("population", "plain: {size: 0}", "size is a whole number from 1 to 1,000,000, not the number 0"),
    ("channel", "lossy: {loss: 2}", "loss is a number from 0 to 1, not the number 2"),
])  # fmt: skip
def test_a_value_out_of_bounds_is_told_by_check_with_its_place(tmp_path, section, said, wrong):
    sections = {"mechanism": "plurality", "population": "plain", "topology": "flat", "task": "multiple_choice",
                "models": "{m: synthetic}", section: f"\n  {said}"}  # fmt: skip
    file = tmp_path / "wrong.yaml"
    file.write_text("name: wrong\n" + "".join(f"{name}: {value}\n" for name, value in sections.items()))
    line = next(number for number, text in enumerate(file.read_text().splitlines(), 1) if said in text)
    column = 3 + said.rindex(said.rpartition("{" if "[" not in said else ", ")[2].rpartition(": ")[2])
    with pytest.raises(ScenarioError, match=wrong) as error:
        Scenario.read(file)
    assert (error.value.line, error.value.column) == (line, column)
    told = CliRunner().invoke(app, ["check", str(file)])
    assert told.exit_code != 0


@pytest.mark.parametrize(("said", "wrong"), [
    ("zip_trade: {}", "no policy 'zip_trade'; did you mean 'zip_trader'"),
    ("rat: 2", "policy 'zip_trader' has no 'rat'; it takes: rate"),
])  # fmt: skip
def test_a_policy_or_its_parameter_that_is_none_is_told_with_its_place(tmp_path, said, wrong):
    policies = said if "zip" in said else f"zip_trader: {{{said}}}"
    file = tmp_path / "wrong.yaml"
    file.write_text(f"models: {{m: {{synthetic: {{policies: {{{policies}}}}}}}}}\nname: wrong\nmechanism: plurality\n"
                    "population: plain\ntopology: flat\ntask: multiple_choice\n")  # fmt: skip
    with pytest.raises(ScenarioError, match=wrong) as error:
        Scenario.read(file)
    assert (error.value.line, error.value.column) == (1, 1 + file.read_text().index(said))


@pytest.mark.parametrize("part", [part for part in PARTS if part.function.__module__.startswith("society_sim")],
                         ids=lambda part: f"{part.kind}-{part.name}")  # fmt: skip
def test_every_default_is_within_its_own_bounds(part):
    for name, parameter in part.parameters.items():
        if parameter.default is not parameter.empty and bounded(parameter.annotation):
            assert conform(parameter.default, parameter.annotation, Given(), name) == parameter.default


@given(st.floats(-3, 3) | st.integers(-3, 3), st.sampled_from([
    bounds.between(0, 1), bounds.at_least(1), bounds.above(0), bounds.above(0, 1), bounds.below(1, 0),
    bounds.inside(0, 1)]))  # fmt: skip
def test_words_say_what_is_held(value, own):
    said = str(own)
    low = float(said.replace(",", "").split()[1])
    over = value > low if "above" in said else value >= low
    under = value < 1 if "below" in said else value <= 1 if "to" in said else True
    assert own.hold(value) == (over and under)
    assert said in words(Annotated[float, own] | None)


def test_a_mechanism_called_from_python_is_held_to_its_bounds_before_anybody_is_asked():
    society = Society(nx.complete_graph(3), inline(scripted), seed=1)
    debate = registry.mechanism.get("debate").function
    with pytest.raises(ScenarioError, match="mechanism 'debate': rounds is a whole number of 1 or more, not the"):
        society.run(society.settle(Question("q", "A or B?", ("A", "B")), debate, rounds=0))
    auction = registry.mechanism.get("sealed_bid").function
    for endless in (float("inf"), float("nan")):
        with pytest.raises(ScenarioError, match="mechanism 'sealed_bid': reserve is a number of 0 or more, not the"):
            auction(society, Question("q", "A or B?", ("A", "B")), reserve=endless)
    assert society.desk.asked == 0


def test_pages_show_bounds():
    shown = CliRunner().invoke(app, ["list", "mechanisms", "--long"]).output
    assert "a number from 0 to 1" in " ".join(shown.split())
