"""Whoever sits at the page is offered each form as it is, and what the page makes of it can be read."""

from __future__ import annotations

from typing import Any

import pytest
from society_viz.view.asking import fields

from society_sim.forms import Approval, Choice, Confident, Fields, Number, Ranking, Scores, Text

OPTIONS = ("A", "B b", "<img src=x onerror=alert(1)>")
SAID = {"choice": "B b", "ranking": "B b > A > C", "approval": "A, B b", "scores": "A = 7, B b = 0, C = 2.5",
        "number": "7", "text": "because", "sure": "80%"}  # fmt: skip


@pytest.mark.parametrize(
    ("form", "kinds", "value"),
    [(Choice(OPTIONS), ["choice"], "B b"), (Ranking(("A", "B b", "C")), ["ranking"], ("B b", "A", "C")),
     (Approval(("A", "B b")), ["approval"], ("A", "B b")), (Number(0, 10), ["number"], 7.0),
     (Text(80), ["text"], "because"),
     (Scores(("A", "B b", "C"), 0, 10), ["scores"], {"A": 7.0, "B b": 0.0, "C": 2.5}),
     (Confident(Choice(("A", "B b"))), ["choice", "sure"], ("B b", 0.8)),
     (Fields({"vote": Choice(("A", "B b")), "why": Text(80)}), ["choice", "text"], {"vote": "B b", "why": "because"})],
)  # fmt: skip
def test_each_form_has_its_inputs_and_is_read(form: Any, kinds: list[str], value: Any) -> None:
    rows = fields(form)
    assert [row["kind"] for row in rows] == kinds
    lines = [f"{row['tag']}: {SAID[row['kind']]}" if row["tag"] else SAID[row["kind"]] for row in rows]
    assert form.parse("\n".join(lines)) == value


def test_what_cannot_be_offered_is_typed() -> None:
    assert fields(Choice([str(one) for one in range(99)])) == []
