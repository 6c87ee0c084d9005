"""Who sits down."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from society_sim.backends.pools import inline
from society_sim.backends.recorded import recorded
from society_sim.errors import ScenarioError
from society_sim.populations.panel import panel
from society_sim.populations.plain import plain
from society_sim.rules.weights import log_odds
from society_sim.tasks.multiple_choice import multiple_choice

PLAIN = {"m": inline(lambda query: "A")}


def test_one_member_for_each_variant():
    models = {"panel": recorded()}
    seated = panel(models, None)
    assert [profile.name for profile in seated] == list(models["panel"].variants)
    assert seated[3].model == "panel/Yi-34B" and seated[3].persona == ""
    two = ["Yi-34B", "mathstral-7B"]
    assert [profile.name for profile in panel(models, None, columns=two)] == two
    with pytest.raises(ScenarioError, match="has no 'Yi-43B'; did you mean 'Yi-34B'"):
        panel(models, None, columns=["Yi-43B"])
    with pytest.raises(ScenarioError, match="no model 'panels'; did you mean 'panel'"):
        panel(models, None, model="panels")
    with pytest.raises(ScenarioError, match="no variants to seat; use population 'plain'"):
        panel(PLAIN, None, model="m")


def test_plain_members_share_what_the_mix_says():
    assert [p.model for p in plain(PLAIN, None, size=2)] == ["m", "m"]
    assert [p.model for p in plain(PLAIN, None, size=2, mix="vendors")] == ["m/vendor-1/model-1", "m/vendor-2/model-1"]
    assert [p.model for p in plain(PLAIN, None, size=2, mix="family")] == ["m/vendor-1/model-1", "m/vendor-1/model-2"]
    assert len({p.name for p in plain(PLAIN, None, size=300)}) == 300
    for bad in ({"size": 0}, {"model": "n"}, {"mix": "clone"}):
        with pytest.raises(ScenarioError):
            plain(PLAIN, None, **bad)
    with pytest.raises(ScenarioError, match="say which model"):
        plain({"a": None, "b": None}, None)
    with pytest.raises(ScenarioError, match="use population 'panel'"):
        plain({"p": recorded()}, None)


TABLE = "qid,gold,a,b,c\nq1,A,A,B,A\nq2,B,B,B,\nq3,A,A,-,B\nq4,B,A,B,B\n"
TRAITS = "model,family,price\na,x,1.5\nb,y,0.5\nc,y,\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "answers.csv").write_text(TABLE)
    (tmp_path / "traits.csv").write_text(TRAITS)
    return tmp_path


def test_traits_accuracy_and_the_order_of_seats(files):
    models = {"panel": recorded(answers=files / "answers.csv")}

    def seated(**parameters):
        return panel(models, np.random.default_rng(3), traits=files / "traits.csv", **parameters)

    tested = {"tested_on": files / "answers.csv"}
    assert [p.name for p in seated(order="family")] == ["b", "c", "a"]
    assert {p.name: p.traits.get("price") for p in seated()} == {"a": 1.5, "b": 0.5, "c": None}
    assert {p.name: p.traits["accuracy"] for p in seated(**tested)} == {"a": 0.75, "b": 0.5, "c": pytest.approx(2 / 3)}
    assert {p.name: p.traits["accuracy"] for p in seated(**tested, half=2)} == {"a": 0.5, "b": 1.0, "c": 1.0}
    assert [p.name for p in seated(**tested, order="accuracy")] == ["a", "c", "b"]
    assert {tuple(p.name for p in panel(models, np.random.default_rng(n), order="lot")) for n in range(40)} == set(
        permutations("abc"))  # fmt: skip
    with pytest.raises(ScenarioError, match="no order 'famly'; did you mean 'family'"):
        seated(order="famly")
    with pytest.raises(ScenarioError, match="half is 1 or 2"):
        seated(**tested, half=3)
    with pytest.raises(ScenarioError, match="name that table too"):
        seated(half=1)


def test_the_halves_of_a_bank_are_the_whole(files):
    bank = {half: [q.id for q in multiple_choice(np.random.default_rng(1), questions=files / "answers.csv", half=half)]
            for half in (None, 1, 2)}  # fmt: skip
    assert bank == {None: ["q1", "q2", "q3", "q4"], 1: ["q1", "q3"], 2: ["q2", "q4"]}
    made = {half: [q.id for q in multiple_choice(np.random.default_rng(1), rounds=5, half=half)]
            for half in (None, 1, 2)}  # fmt: skip
    assert (made[1], made[2]) == (made[None][::2], made[None][1::2])


def test_the_weight_of_a_vote_is_its_log_odds_on_the_other_half(files):
    models = {"panel": recorded(answers=files / "answers.csv")}
    tested = {p.name: p.traits["weight"] for p in panel(models, None, tested_on=files / "answers.csv")}
    assert tested == {"a": pytest.approx(log_odds(3, 4, 10)), "b": pytest.approx(log_odds(2, 4, 10)),
                      "c": pytest.approx(log_odds(2, 3, 10))}  # fmt: skip
    (files / "two.csv").write_text("qid,gold,n_options,a,b,c\nq1,A,2,A,B,A\nq2,B,2,B,A,\n")
    tested = {p.name: p.traits["weight"] for p in panel(models, None, tested_on=files / "two.csv")}
    assert tested["b"] == 0.0 < tested["c"] < tested["a"] == pytest.approx(log_odds(2, 2, 2))


def test_the_stand_in_declares_what_its_models_are_worth():
    seated = panel({"panel": recorded()}, None, order="accuracy", half=1)
    worth = [profile.traits["weight"] for profile in seated]
    assert seated[0].name == "Meta-Llama-3-70B" and worth == sorted(worth, reverse=True)
    assert seated[0].traits["family"] == "llama3"
