"""What the run has taken so far."""

from __future__ import annotations

from collections import Counter

from society_viz.view.blocks import Block, Table, panel
from society_viz.view.known import Known, whole
from society_viz.words import clean


@panel
def spending(known: Known) -> list[Block] | None:
    """What the answers so far took, by model: calls, tokens read and written, dollars."""
    calls: Counter[str] = Counter()
    took: dict[str, list[float]] = {}
    models = {seat: clean(entry.get("model") or "a model", 60) for seat, entry in known.who.items()}
    for entry in known.only("answer", "assign", "join"):
        seat = entry.get("member")
        seat = seat if isinstance(seat, int) else -1
        if entry["kind"] != "answer":
            models[seat] = clean(entry.get("model") or "a model", 60)
            continue
        model = models.get(seat, "a model")
        calls[model] += 1
        tokens = entry.get("tokens")
        row = took.setdefault(model, [0, 0, 0])
        if isinstance(tokens, list) and len(tokens) == 2:
            row[0] += whole(tokens[0])
            row[1] += whole(tokens[1])
        row[2] += whole(entry.get("micro_usd"))
    if not calls:
        return None
    rows = [[model, many, took[model][0], took[model][1], f"${took[model][2] / 1e6:,.4f}"]
            for model, many in calls.most_common()]  # fmt: skip
    return [Table(["model", "answers", "tokens read", "written", "dollars"], rows)]
