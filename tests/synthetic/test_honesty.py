"""What keeps the model honest: gold is sealed, and everything social is read from the delivered prompt."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from synthetic_bench import VENDORS, auroc, bank, half_width, query, table, value

import society_sim
from society_sim import Choice, Fields, Number, Profile, Question, Society, Text, inline
from society_sim.backends.synthetic import synthetic
from society_sim.backends.synthetic.arguments import strength
from society_sim.errors import ScenarioError
from society_sim.seal import Sealed
from society_sim.streams import lot
from society_sim.values import Item, Query

PACKAGE = Path(society_sim.__file__).parent
FULL = Fields({"answer": Choice("ABCD"), "confidence": Number(0, 100), "reason": Text(300)})
BLOCK = "Ann: A (80%) because a firm check and a firm source\nBob: A\nCy: B (60%)\nDee: A (95%)"


@pytest.mark.slow
def test_the_order_of_options_does_not_matter_and_their_letters_do_not_help():
    model, size = synthetic(), 2400
    accuracies = []
    for turn in range(4):
        right = 0
        for problem in bank(size // 4):
            shift = "ABCD"[turn:] + "ABCD"[:turn]
            moved = Item(problem.item.id, problem.item.text, tuple(shift), Sealed(problem.gold))
            relettered = shift["ABCD".index(problem.gold)]
            item = Item(problem.item.id, problem.item.text, tuple("ABCD"), Sealed(relettered))
            said = value(model, query(moved, turn, "a"))
            assert said == value(model, query(problem.item, turn, "a"))
            right += value(model, query(item, turn, "a")) == relettered
        accuracies.append(right / (size // 4))
    assert np.mean(accuracies) == pytest.approx(0.70, abs=half_width(0.7, size // 4))


@pytest.mark.slow
def test_a_gold_that_is_scrambled_after_sampling_is_met_by_chance():
    size = 6000
    right = sum(
        value(synthetic(), query(problem.item, 0, "a")) == lot("ABCD", 5, "scramble", place)
        for place, problem in enumerate(bank(size))
    )
    assert right / size == pytest.approx(0.25, abs=0.0184)


@pytest.mark.slow
def test_without_skill_and_with_a_floor_chance_is_left():
    found = table(synthetic(accuracy=0.0, floor=True), bank(6000), ["a"])
    assert np.mean(found == 0) == pytest.approx(0.25, abs=0.0184)


def test_without_the_peers_block_nobody_conforms():
    model, moved = synthetic(), 0
    for problem in bank(500):
        alone = value(model, query(problem.item, 0, "a"))
        assert value(model, query(problem.item, 0, "a", said="Think again. Time is short!")) == alone
        assert value(model, query(problem.item, 0, "a", said="Your neighbours say: .")) == alone
        moved += value(model, query(problem.item, 0, "a", said=BLOCK)) != alone
    assert moved > 50


@pytest.mark.slow
def test_given_confidence_and_strength_nothing_else_in_the_text_tells_right_from_wrong():
    model, rows = synthetic(kappa=0.5), []
    for problem in bank(24_000):
        said = value(model, query(problem.item, 0, "a", form=FULL))
        words = said["reason"].split()
        rows.append((said["answer"] == problem.gold, said["confidence"], strength(said["reason"]), said["answer"],
                     " ".join(words[:2]), words[-1], len(said["reason"]) % 7))  # fmt: skip
    right = np.array([row[0] for row in rows])
    half = len(rows) // 2
    given: dict[object, list[bool]] = {}
    for row in rows[:half]:
        given.setdefault(row[1:3], []).append(row[0])
    rest = np.array([row[0] - np.mean(given[row[1:3]]) for row in rows[:half]])
    score = np.zeros(half)
    for feature in range(3, 7):
        levels = [row[feature] for row in rows]
        learnt: dict[object, list[float]] = {}
        for level, left in zip(levels[:half], rest, strict=True):
            learnt.setdefault(level, []).append(left)
        score += [sum(learnt.get(level, [0])) / (len(learnt.get(level, [])) + 50) for level in levels[half:]]
    # what is predicted is the rest of correctness after confidence and strength: compare within their levels
    strata: dict[object, list[int]] = {}
    for place, row in enumerate(rows[half:]):
        strata.setdefault(row[1:3], []).append(place)
    parts = [
        (auroc(score[places], right[half:][places]), right[half:][places].sum() * (~right[half:][places]).sum())
        for places in map(np.array, strata.values())
        if 0 < right[half:][places].sum() < len(places)
    ]
    area = sum(area * weight for area, weight in parts) / sum(weight for _, weight in parts)
    assert area == pytest.approx(0.5, abs=0.02)
    assert auroc(np.array([row[2] for row in rows]), right) > 0.65  # and strength itself does tell, through the margin


def test_what_no_item_stands_behind_is_an_opinion_or_an_error_never_a_silent_guess():
    strict = synthetic(opinions=False)
    with pytest.raises(ScenarioError, match="no item stands behind"):
        strict.submit(query(None, 0, "a", form=Choice("AB"), text="Which is it?"))
    for form in (Choice(("yes", "no")), Number(0, 1)):
        unsealed = Item("bare", "Which is it?", ("A", "B"))
        with pytest.raises(ScenarioError):
            strict.submit(query(unsealed, 0, "a", form=Fields({"other": form})))
    item = bank(1)[0].item
    with pytest.raises(ScenarioError):  # an item is there, but this ballot is not about it
        strict.submit(query(item, 0, "a", form=Choice(("delegate", "keep"))))
    assert strict.submit(query(item, 0, "a")).result().text


def test_an_opinion_knows_nothing_of_the_item():
    model, size = synthetic(accuracy=1.0), 2000
    right = sum(
        value(model, query(None, 0, "a", form=Choice("ABCD"), text=problem.item.text, scope=problem.item.id))
        == problem.gold
        for problem in bank(size)
    )
    assert right / size == pytest.approx(0.25, abs=half_width(0.25, size))


def test_the_prompt_is_the_same_for_every_backend():
    sent: dict[str, list[tuple[str, str]]] = {}

    def run(name, backend):
        class Spy:
            reads_items = getattr(backend, "reads_items", False)
            watermark = "spy"

            def submit(self, asked: Query):
                sent.setdefault(name, []).append((asked.system, asked.text))
                return backend.submit(asked)

        people = [Profile(f"m{k}", "panel/v/1", f"You are member {k}.") for k in range(3)]
        society = Society(nx.complete_graph(3), {"panel": Spy()}, people, seed=3)

        def agenda(society, question):
            yield from society.ask_all(question.text, question.form)
            yield from society.ask_all(lambda m: f"{question.text} You are {m.name}. Your neighbours say: A, B.",
                                       question.form)  # fmt: skip
            from society_sim import Outcome

            return Outcome(None)

        item = bank(1)[0].item
        society.run(society.settle(Question("q", item.text, item.options, item), agenda))

    run("synthetic", synthetic())
    run("stub", inline(lambda asked: "ANSWER: A"))
    assert sent["synthetic"] == sent["stub"]
    assert not any("Sealed" in text or "gold" in text for _, text in sent["synthetic"])


@pytest.mark.parametrize("one, two", [
    (BLOCK, "Others were asked, too:\nZoe: A\nYan: B (60 %)\nXi: a (95% sure)\n"
            "Wu: **A** (80%) because a firm check and a firm source!"),
    ("Your neighbours say: A, B, A.", "Colleagues have spoken. Three of them answered: (A), A and B."),
    ("Your neighbours say: A, B, A.", "Your neighbours say: ['A', 'A', 'B']"),
    ("", "Please consider it with care. A cat is no dog."),
    ("Your earlier answer: C (70%)", "You said: C, 70%"),
])  # fmt: skip
def test_a_paraphrase_changes_nothing(one, two):
    model = synthetic(kappa=0.4)
    for problem in bank(60):
        answers = [model.submit(query(problem.item, 2, "a", said=said, form=FULL)).result().text for said in (one, two)]
        assert answers[0] == answers[1]


def test_a_lost_message_changes_behaviour():
    model = synthetic()
    whole, cut = BLOCK, "\n".join(BLOCK.split("\n")[2:])
    answers = [[value(model, query(p.item, 0, "a", said=said)) for said in (whole, cut)] for p in bank(400)]
    assert sum(one != two for one, two in answers) > 40


def test_only_competence_and_the_scorer_import_the_key():
    openers = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
            module = getattr(node, "module", "") or ""
            if ("unseal" in names and module.endswith("seal")) or "society_sim.seal" in names or (
                module == "society_sim" and "seal" in names
            ):
                openers.add(file.relative_to(PACKAGE).as_posix())
            if isinstance(node, ast.Attribute) and "__value" in node.attr:
                openers.add(file.relative_to(PACKAGE).as_posix())
    assert openers - {"seal.py"} == {"backends/synthetic/competence.py", "scoring.py"}


def test_at_run_time_competence_is_the_only_opener():
    seen: list[tuple[str, str]] = []
    listening = [True]

    def hook(event, arguments):  # an audit hook stays for the life of the process: it can only be told to be quiet
        if listening[0] and event == "society_sim.unseal":
            seen.append((arguments[0], Path(sys._getframe(2).f_code.co_filename).name))

    sys.addaudithook(hook)
    model = synthetic(failures="realistic")
    for problem in bank(50, name="opened"):
        for seat, name in enumerate(VENDORS[:3]):
            model.submit(query(problem.item, seat, name, said=BLOCK, form=FULL))
    listening[0] = False
    assert seen and set(seen) == {("competence", "competence.py")}
