"""How a person at the page answers in each form: what is put before them, as plain data."""

from __future__ import annotations

from typing import Any

from society_sim.forms import Approval, Choice, Confident, Fields, Number, Ranking, Scores, Text
from society_sim.values import Query

_OPTIONS = 60
"""More options than this are typed."""


def asked(query: Query, name: str) -> dict[str, Any]:
    """What somebody is asked who answers for the member of this *name*: the prompt, and a field for each line of it."""
    return {"key": query.key, "name": name, "system": query.system, "text": query.text, "fields": fields(query.form)}


def fields(form: Any) -> list[dict[str, Any]]:
    """The lines of an answer in *form*: (tag, kind of input, options, bounds). None: it is typed as it is asked for.

    >>> fields(Confident(Choice(("A", "B"))))[1]["kind"], fields(Number(0, 10))[0]["hint"]
    ('sure', 'a number from 0 to 10')
    """
    if isinstance(form, Confident):
        inner = fields(form.form)
        return inner and [*inner, _field("CONFIDENCE", "sure", "how sure you are")]
    if isinstance(form, Fields):
        rows = [_one(name.upper(), one) for name, one in form.fields.items()]
        return [row for row in rows if row is not None] if all(rows) else []
    row = _one("ANSWER", form)
    return [row] if row is not None else []


def _one(tag: str, form: Any) -> dict[str, Any] | None:
    kinds = {Choice: "choice", Ranking: "ranking", Approval: "approval", Scores: "scores", Number: "number",
             Text: "text"}  # fmt: skip
    kind, options = kinds.get(type(form), ""), list(getattr(form, "options", ()))
    if not kind or len(options) > _OPTIONS:
        return None
    made = _field("" if kind == "text" and tag == "ANSWER" else tag, kind, form.ask())
    return {**made, "options": options, "partial": bool(getattr(form, "partial", False))}


def _field(tag: str, kind: str, hint: str) -> dict[str, Any]:
    return {"tag": tag, "kind": kind, "hint": hint, "options": [], "partial": False}
