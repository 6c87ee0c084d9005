"""The synthetic stand-in is as good and as alike as the panel it stands for."""

from __future__ import annotations

import pytest

from society_sim.backends.recorded import recorded
from society_sim.backends.standin import facts
from society_sim.errors import ScenarioError
from society_sim.forms import Text
from society_sim.measures.accuracy import accuracy
from society_sim.measures.error_correlation import error_correlation, same_wrong
from society_sim.measures.single import oracle
from society_sim.rules.plurality import plurality
from society_sim.seal import Sealed
from society_sim.streams import lot
from society_sim.testing import check_backend
from society_sim.values import Item, Query

LETTERS = tuple("ABCDEFGHIJ")
PANEL = facts()["mmlu-pro-mid8"]


def answers(backend, items):
    for item in items:
        for seat, model in enumerate(backend.variants):
            query = Query(member=seat, occurrence=0, model=model, system="", text="?", form=Text(), seed=1, item=item,
                          key="k")  # fmt: skip
            yield item, seat, model, backend.submit(query).result()


def made(count):
    return [Item(f"made-{n}", "?", LETTERS, Sealed(lot(LETTERS, 5, n))) for n in range(count)]


def test_it_declares_itself():
    backend = recorded()
    assert backend.watermark.startswith("synthetic@") and backend.watermark.endswith("stand-in of mmlu-pro-mid8")
    assert backend.variants == tuple(PANEL["models"])
    assert recorded(columns=["Yi-34B"]).variants == ("Yi-34B",)
    check_backend(backend)
    for bad in ({"columns": ["Yi"]}, {"stand_in": "mmlu"}):
        with pytest.raises(ScenarioError):
            recorded(**bad)


@pytest.mark.slow
def test_it_is_as_good_and_as_alike_as_the_panel_it_stands_for():
    backend, items = recorded(), made(3000)
    record = [{"kind": "member", "member": seat, "model": model} for seat, model in enumerate(backend.variants)]
    right, silent, votes = {}, {}, {}
    for item, seat, model, answer in answers(backend, items):
        vote = answer.text or None
        votes.setdefault(item.id, []).append(vote)
        gold = lot(LETTERS, 5, int(item.id.split("-")[1]))
        right[model] = right.get(model, 0) + (vote == gold)
        silent[model] = silent.get(model, 0) + (vote is None)
        if seat == 0:
            record.append({"kind": "question", "about": item.id, "options": LETTERS})
        record.append({"kind": "answer", "about": item.id, "member": seat, "value": vote})
        if seat == 7:
            decision = plurality(votes[item.id], seat)
            record.append({"kind": "outcome", "about": item.id, "decision": decision, "gold": gold,
                           "correct": decision == gold})  # fmt: skip
    for model, own in PANEL["models"].items():
        assert right[model] / 3000 == pytest.approx(own["accuracy"], abs=0.03)
        assert silent[model] / 3000 == pytest.approx(own["abstains"], abs=0.025)
    measured = PANEL["measured"]
    assert error_correlation(record) == pytest.approx(measured["error_correlation"], abs=0.03)
    assert same_wrong(record) == pytest.approx(measured["same_wrong"], abs=0.03)
    assert accuracy(record) == pytest.approx(measured["plurality"], abs=0.03)
    assert oracle(record) == pytest.approx(measured["oracle"], abs=0.025)


def test_it_says_the_same_whenever_it_is_asked():
    backend, items = recorded(columns=["mathstral-7B", "Yi-34B"]), made(20)
    first, second = ([answer.text for *_, answer in answers(backend, items)] for _ in range(2))
    assert first == second
    answer = next(answers(backend, items))[-1]
    assert answer.tokens_out == 477 // 4
