"""What stands beside the graph: the tallies, what was decided, which lines there are; and the time line's marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from society_viz import look
from society_viz.marking import named
from society_viz.stage import Stage
from society_viz.view.cutting import END, OUTCOME, QUESTION
from society_viz.view.scene import Scene
from society_viz.view.track import Moment
from society_viz.words import count, cut, number

_FLOWS = {"message": "message", "refused": "message refused", "saw": "answer shown to another", "sold": "sale",
          "request": "request on its way", "done": "answered"}  # fmt: skip
_TICKS = 400


def side(stage: Stage, picture: Scene, ties: Scene) -> dict[str, Any]:
    """What the panel beside the graph says."""
    kinds = [[name if name in ("talk", "command", "report") else "other", f"tie: {name}"]
             for name, *_ in ties["kinds"][:4] if ties["lines"]]  # fmt: skip
    if ties.get("web"):
        kinds.append(["", "each may speak to each (no lines)"])
    if ties["untied"]:
        kinds.append(["", f"{count(ties['untied'], 'tie')}, too many to draw"])
    flows = {what for _, _, what in picture["flows"]}
    kinds += [[what, words] for what, words in _FLOWS.items() if what in flows]
    if picture.get("linked"):
        kinds.append(["linked", "tie added"])
    if picture.get("unlinked"):
        kinds.append(["unlinked", "tie removed"])
    score = ""
    if stage.judged > 1:
        score = f"Right so far: {stage.correct:,} of {stage.judged:,}"
    elif stage.settled > 1:
        score = f"Settled so far: {stage.settled:,}"
    return {"heading": "Answers", "tally": picture["tally"], "people": picture["people"], "kinds": kinds,
            "marks": [[at % len(look.MARKS), one.shape, one.sign, one.label] for at, one in enumerate(
                named(stage.kinds_of_marks, picture.get("arrows", ()), picture.get("badges", ()))) if one.shape],
            "decision": stage.table.decision, "right": stage.table.right, "score": score,
            "offer": _offer(stage), "house": sum(stage.weights.values()) or 0}  # fmt: skip


def _offer(stage: Stage) -> list[str]:
    """The coalition on offer, or in government: what it is, who is in it, and what it has of the seats."""
    inside = stage.table.proposed or stage.table.governing
    if not inside:
        return []
    held, house = sum(stage.weights.get(seat, 0) for seat in inside), stage.table.house or sum(stage.weights.values())
    need = int(house // 2) + 1
    short = "a majority" if held >= need else f"{number(need - held)} short of a majority"
    told = f"{number(held)} of {number(house)} seats, {short}" if house else ""
    return ["On offer" if stage.table.proposed else "In government", " + ".join(stage.called(inside)), told]


def told(moment: Moment, stage: Stage, lines: Sequence[str]) -> list[str]:
    """The caption of *moment*; of one that is about another question than *stage* shows, only that it is."""
    if moment.question == stage.table.number or moment.kind == END or not lines:
        return list(lines) or ["…"]
    return [f"Meanwhile: {lines[0]}"]


def under_way(moment: Moment, stage: Stage, kept: int) -> dict[str, Any]:
    """Which question is shown, and which others there are to choose from: none, unless several are under way.

    *kept*: the number of the one that somebody has chosen; 0 if none.
    """
    shown = stage.table
    others = sum(not one.decision for one in stage.tables.values() if one is not shown)
    of = [[one.number, cut(one.question, 120)] for one in stage.tables.values()] if others else []
    return {"number": shown.number, "others": f"{count(others, 'other')} {'is' if others == 1 else 'are'}",
            "kept": kept if kept == shown.number else 0, "acting": moment.question, "of": of}  # fmt: skip


def ticks(moments: list[Moment], parted: int = -1) -> tuple[list[list[Any]], list[int]]:
    """What is marked on the time line, evenly thinned where there is too much, and where questions are put.

    *parted*: where the run parts from another; this is marked as well.
    """
    questions = [at for at, moment in enumerate(moments) if moment.kind == QUESTION]
    marked = [[at, moment.kind] for at, moment in enumerate(moments) if moment.kind in (QUESTION, OUTCOME)]
    if len(marked) > _TICKS:
        marked = marked[:: -(-len(marked) // _TICKS)]
    return [*marked, *([[parted, "parted"]] if parted >= 0 else [])], questions
