"""Every form is filled in so that its own parser reads it, with an item and without; and what an answer takes."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import yaml
from synthetic_bench import bank, half_width, query, value

from society_sim import Approval, Choice, Confident, Fields, Number, Ranking, Text
from society_sim.backends.synthetic import assumed_effects, parameters, synthetic
from society_sim.errors import NoAnswer, ScenarioError
from society_sim.paces import served
from society_sim.registry import backend, policy
from society_sim.seal import Sealed
from society_sim.streams import uniforms
from society_sim.testing import check_backend
from society_sim.values import Item

OPTIONS = ("red", "green", "blue")
FORMS = [
    Choice(OPTIONS), Ranking(OPTIONS), Approval(OPTIONS), Number(-5, 5), Number(0, 1e9), Number(3, 3), Text(200),
    Text(5),
    Fields({"vote": Choice(OPTIONS), "why": Text(300), "confidence": Number(0, 100), "order": Ranking(OPTIONS)}),
    Fields({"bid": Number(0, 50), "keep": Choice(("yes", "no"))}),
    Confident(Choice(OPTIONS)), Confident(Number(0, 1)), Confident(Ranking(OPTIONS)),
]  # fmt: skip
SAID = ("", "Ann: green (80%) because a firm check\nBob: blue", "Your neighbours say: green, 3, red.",
        "Your earlier answer: blue (90%)\nYour neighbours say: 4, 4.")  # fmt: skip


@pytest.mark.parametrize("form", FORMS, ids=repr)
@pytest.mark.parametrize("item", [
    None, Item("i", "Which colour?", OPTIONS, Sealed("green")), Item("n", "How many?", (), Sealed("4")),
    Item("bare", "Which colour?", OPTIONS),
], ids=["opinion", "choice", "open", "no gold"])  # fmt: skip
def test_every_form_is_filled_in(form, item):
    model = synthetic()
    for seat in range(12):
        for said in SAID:
            asked = query(item, seat, "a", form=form, said=said, text="What do you think?")
            assert form.parse(model.submit(asked).result().text) is not None


def test_opinions_are_fair_and_independent_and_stay_what_they_are():
    model = synthetic()
    form, size = Choice(OPTIONS), 3000
    ballots = [value(model, query(None, seat, "a", form=form, text="Which?")) for seat in range(size)]
    assert all(abs(count / size - 1 / 3) < half_width(1 / 3, size) for count in Counter(ballots).values())
    again = [value(model, query(None, seat, "a", form=form, text="Well, which?")) for seat in range(100)]
    assert again == ballots[:100]
    for seat in range(50):
        order = value(model, query(None, seat, "a", form=Ranking(OPTIONS), text="Rank."))
        approved = value(model, query(None, seat, "a", form=Approval(OPTIONS), text="Approve."))
        assert order[0] == ballots[seat] and order[0] in approved and len(approved) < 3
    other = Fields({"one": Choice(("yes", "no")), "two": Choice(("yes", "no"))})
    both = [value(model, query(None, seat, "a", form=other, text="?")) for seat in range(400)]
    assert 0.3 < np.mean([said["one"] == said["two"] for said in both]) < 0.7


def test_numbers_are_averaged_as_degroot_has_it():
    model, form = synthetic(preset="independent"), Number(0, 1)
    for theirs in ([0.2], [0.2, 0.4], [0.1, 0.1, 0.7]):
        shown = f"Your earlier answer: 1\nYour neighbours say: {', '.join(map(repr, theirs))}."
        expected = (1 + sum(theirs)) / (1 + len(theirs))
        found = value(model, query(None, 0, "a", form=form, text="How much?", said=shown))
        assert found == pytest.approx(expected, abs=1e-15)
    shown = "Your earlier answer: 1e-7\nYour neighbours say: 0."
    assert value(model, query(None, 0, "a", form=form, text="?", said=shown)) == pytest.approx(5e-8, rel=1e-12)
    stays = synthetic(persuasion="none")
    assert value(stays, query(None, 0, "a", form=form, text="?", said="Your earlier answer: 1\nOthers say: 0.")) == 1


@pytest.mark.slow
def test_open_answers_are_right_as_often_as_accuracy_says():
    model, size = synthetic(preset="open-answer"), 2000
    items = [(Item(f"open-{k}", "How many?", (), Sealed(str(17 * k + 3))), 17 * k + 3) for k in range(size)]
    right = [value(model, query(item, 0, "a", form=Number(0, 1e9))) == gold for item, gold in items]
    assert np.mean(right) == pytest.approx(0.558, abs=half_width(0.558, size))
    words = Item("capital", "Which town?", (), Sealed("Riga"))
    said = {value(synthetic(accuracy=1.0), query(words, seat, "a", form=Text(80))) for seat in range(5)}
    assert said == {"Riga"}
    with pytest.raises(ScenarioError, match="gold answer is not one"):
        synthetic(accuracy=1.0).submit(query(words, 0, "a", form=Number(0, 1)))


def test_a_run_off_is_about_the_item_too():
    model, right, size = synthetic(accuracy=0.8), 0, 2000
    for problem in bank(size):
        rival = next(option for option in problem.item.options if option != problem.gold)
        right += value(model, query(problem.item, 0, "a", form=Choice((problem.gold, rival)))) == problem.gold
    assert right / size == pytest.approx(0.8, abs=half_width(0.8, size))


def test_members_abstain_when_they_are_not_sure():
    model, problems = synthetic(confidence="calibrated"), bank(1500)
    form = Choice(("A", "B", "C", "D", "abstain"))
    said = [(value(model, query(p.item, 0, "a", form=form)), p.gold) for p in problems]
    answered = [one == gold for one, gold in said if one != "abstain"]
    assert 0.1 < 1 - len(answered) / len(said) < 0.5
    assert np.mean(answered) > 0.75


@pytest.mark.slow
def test_accuracy_and_presets_by_variant_and_by_family():
    model = synthetic(accuracy={"strong": 0.9, "weak/1": 0.4}, confidence={"weak": "small"})
    problems = bank(3000)

    def accuracy(name):
        return np.mean([value(model, query(p.item, 0, name)) == p.gold for p in problems])

    for name, expected in (("strong/7", 0.9), ("weak/1", 0.4), ("weak/2", 0.7), ("other", 0.7)):
        assert accuracy(name) == pytest.approx(expected, abs=half_width(expected, 3000))


def test_the_watermark_names_the_file_the_preset_and_what_was_changed():
    assert synthetic().watermark == f"synthetic@{parameters.digest()} preset=helm-mid"
    assert synthetic(accuracy=0.8, kappa=0).watermark.endswith("preset=helm-mid accuracy=0.8 kappa=0")
    one, two = synthetic(accuracy={"a": 0.8}).watermark, synthetic(accuracy={"a": 0.9}).watermark
    assert one != two and len(one) < 80
    assert synthetic(policies={"complies": {"norm": 1.0}}).watermark != synthetic().watermark


@pytest.mark.parametrize("wrong", [
    {"preset": "helm-midd"}, {"confidence": "sure"}, {"persuasion": {"a": "typicall"}}, {"accuracy": 1.2},
    {"failures": "many"}, {"price": "gold"}, {"kappa": 2}, {"policies": {"complys": {}}},
    {"policies": {"complies": {"slope": 1}}},
])  # fmt: skip
def test_what_does_not_exist_is_an_error(wrong):
    with pytest.raises(ScenarioError):
        synthetic(**wrong)


def test_every_parameter_has_a_value_a_unit_and_a_known_source():
    def leaves(node, path):
        if "value" in node:
            yield path, node
            return
        for name, child in node.items():
            if isinstance(child, dict):
                yield from leaves(child, (*path, name))

    whole = yaml.safe_load(parameters._file())
    rows = {name: node for name, node in whole.items() if name not in ("sources", "version")}
    found = [leaf for name, node in rows.items() for leaf in leaves(node, (name,))]
    assert len(found) > 80 and whole["version"] >= 1
    for path, leaf in found:
        assert set(leaf) == {"value", "unit", "source"}, path
        assert leaf["source"] in whole["sources"], path
    for name in whole["presets"]:
        row = parameters.row("presets", name)
        assert math.isclose(sum(row["margin"]), 1) and math.isclose(sum(row["wrong"]), 1)


def test_the_part_is_found_and_keeps_the_contract():
    assert backend.get("synthetic").function is synthetic
    for preset in parameters.table()["presets"]:
        check_backend(synthetic(preset=preset))
    assert set(assumed_effects("helm-mid")) >= {"herding", "deterrence", "value of diversity"}


def test_money_tokens_and_seeds():
    model, problem = synthetic(price="gpt-4o-mini"), bank(1)[0]
    outs = []
    for seat in range(2000):
        asked = query(problem.item, seat, "a")
        answer = model.submit(asked).result()
        assert answer.tokens_in == len(asked.text) // 4
        assert answer.micro_usd == (answer.tokens_in * 150 + answer.tokens_out * 600 + 500) // 1000
        outs.append(answer.tokens_out)
    assert np.median(outs) == pytest.approx(12, abs=1) and max(outs) <= 256
    assert synthetic(price="free").submit(query(problem.item, 0, "a")).result().micro_usd == 0
    first = query(problem.item, 0, "a")
    assert model.submit(first).result() == synthetic().submit(first).result()
    assert len({model.submit(replace(first, seed=seed)).result().text for seed in range(40)}) > 5


@pytest.mark.slow
def test_failures_are_realistic_when_asked_for():
    model, form = synthetic(failures="realistic"), Confident(Choice("ABCD"))
    seen = Counter()
    for problem in bank(4000):
        future = model.submit(query(problem.item, 0, "a", form=form))
        error = future.exception()
        if error is not None:
            assert isinstance(error, NoAnswer)
            seen[error.reason] += 1
            continue
        try:
            seen["unsure" if form.parse(future.result().text).confidence is None else "fine"] += 1
        except ValueError:
            seen["unreadable"] += 1
    assert seen["failed"] + seen["timed out"] == pytest.approx(40, abs=22)
    assert seen["failed"] and seen["timed out"]
    assert seen["unreadable"] == pytest.approx(40, abs=22) and seen["unsure"] == pytest.approx(80, abs=30)


@pytest.mark.slow
def test_the_law_deters_as_becker_has_it():
    model, form, size = synthetic(), Choice(("comply", "violate")), 3000
    for audit, expected in ((0, 0.9999), (20, 0.8808), (25, 0.5), (30, 0.1192), (40, 0.0025)):
        text = f"Breaking the quota brings a gain: 1. The fine: 4, the audit rate: {audit}%."
        broken = [value(model, query(None, seat, "a", form=form, text=text)) == "violate" for seat in range(size)]
        assert np.mean(broken) == pytest.approx(expected, abs=half_width(expected, size) + 1e-3)
    lawful = query(None, 0, "a", form=form, text="gain: 1, fine: 4, audit: 0%", system="You value the law: norm 3")
    assert value(model, lawful) == "comply"


def test_roles_go_to_those_who_fit_and_open_ones_only():
    form = Choice(("planner", "critic", "scout", "pass"))

    def taken(text, confidence):
        model = synthetic(confidence=confidence)
        return Counter(value(model, query(None, seat, "a", form=form, text=text)) for seat in range(1000))

    for confidence in ("calibrated", "small"):
        all_open = taken("Open roles: planner 2, critic 1, scout 1. Take one or pass.", confidence)
        assert all_open["planner"] > all_open["critic"] > 25 and all_open["pass"] > 20
        one_full = taken("Open roles: planner 2, critic 1, scout 0. Take one or pass.", confidence)
        assert one_full["scout"] == 0 and one_full["pass"] > all_open["pass"]
    plain = Choice(("planner", "critic"))
    full = value(synthetic(), query(None, 0, "a", form=plain, text="Open roles: planner 0, critic 0."))
    assert full in plain.options


def test_a_policy_of_ones_own_comes_first():
    @policy
    def omens(query, settings, *, word: str = "red"):
        return f"ANSWER: {word}" if "omen" in query.text else None

    try:
        model = synthetic(policies={"omens": {"word": "blue"}})
        assert value(model, query(None, 0, "a", form=Choice(OPTIONS), text="An omen?")) == "blue"
        assert model.submit(query(None, 0, "a", form=Choice(OPTIONS), text="An omen?")).result().tokens_out > 12
    finally:
        del policy._parts["omens"]


def test_a_served_model_takes_a_while():
    times = [served(uniforms(seed, "pace"), model="haiku-4-5") for seed in range(2000)]
    assert np.median(times) == pytest.approx(0.15 + 0.025 + 0.18, abs=0.05) and min(times) > 0
    with pytest.raises(ScenarioError):
        served(uniforms(1, "pace"), model="haiku")


def test_peers_are_heard_on_open_answers_too():
    form = Fields({"answer": Text(80), "confidence": Number(0, 100), "reason": Text(200)})
    for item, other in ((Item("town", "Which town?", (), Sealed("Riga")), "wrong answer 3"),
                        (Item("sum", "How many?", (), Sealed("1,042")), "1082")):  # fmt: skip
        model = synthetic(accuracy=1.0, persuasion="sycophant-2023")
        crowd = "Your neighbours say:\n" + "\n".join(f"M{k}: {other} (90%) because a firm check" for k in range(9))
        alone = {value(model, query(item, seat, "a", form=form))["answer"] for seat in range(20)}
        heard = Counter(value(model, query(item, seat, "a", form=form, said=crowd))["answer"] for seat in range(60))
        assert alone == {unsealed(item)}
        assert heard[other] > 15 and set(heard) <= {other, unsealed(item)}


def unsealed(item):
    from society_sim.seal import unseal

    return unseal(item.gold, "score")


@pytest.mark.slow
def test_correlation_scales_what_families_share():
    from synthetic_bench import pair, table

    phis = [pair(table(synthetic(correlation=times), bank(3000), ["a", "b"]), 0, 1)[0] for times in (0, 0.5, 1, 1.5)]
    assert phis == sorted(phis) and abs(phis[0]) < 0.06 and phis[3] > 0.8
    assert synthetic(correlation=0.5).watermark.endswith("correlation=0.5")
