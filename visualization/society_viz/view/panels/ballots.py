"""What was answered to the question on the table, and by whom."""

from __future__ import annotations

from society_viz.answering import answered
from society_viz.view.blocks import Block, Table, panel
from society_viz.view.known import Known
from society_viz.words import listed


@panel
def ballots(known: Known) -> list[Block] | None:
    """Answers to the question on the table, the last of each member, and what it was before."""
    last: dict[int, tuple[str, str]] = {}
    before: dict[int, str] = {}
    for entry in known.since("answer"):
        seat = entry.get("member")
        if not isinstance(seat, int) or entry.get("purpose"):
            continue
        label, _, whole, reason = answered(entry)
        said = whole or label or f"abstains ({entry.get('reason') or 'no reason given'})"
        if seat in last and last[seat][0] != said:
            before[seat] = last[seat][0]
        last[seat] = said, reason
    if not last:
        return None
    if len(last) <= 30:
        name = known.stage.name
        changes = [before.get(seat, "") for seat in last]
        reasons = any(why for _, why in last.values())
        head = ["member", "answer", *(["before"] if any(changes) else []), *(["because"] if reasons else [])]
        rows = [[name(seat), said, *([before.get(seat, "")] if any(changes) else []),
                 *([why] if reasons else [])] for seat, (said, why) in sorted(last.items())]  # fmt: skip
        return [Table(head, rows)]
    groups: dict[str, list[str]] = {}
    for seat, (said, _) in sorted(last.items()):
        groups.setdefault(said, []).append(known.stage.name(seat))
    ranked = sorted(groups.items(), key=lambda group: -len(group[1]))
    return [Table(["answer", "members", "who"], [[said, len(who), listed(who, 5)] for said, who in ranked])]
