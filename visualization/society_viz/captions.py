"""What happened in a moment, in words."""

from __future__ import annotations

from collections import Counter
from typing import Any

from society_viz import floor, layout, money, shapes
from society_viz.marking import label
from society_viz.reading import Entry
from society_viz.stage import HISTORY, Moment, Said, Stage
from society_viz.words import clean, count, listed, number, spoken

_LINES, _FACTS = 20, 600
_NO_AMOUNTS = frozenset({"manager", "moderator", "judge", "winner", "chair", "leader", "head", "place", "electorate"})


def describe(stage: Stage) -> list[str]:
    """Captions of the stage's moment, the most telling first."""
    moment = stage.moment
    lines = floor.captions(stage.table.floor, stage.name) if moment.dealt and stage.table.floor is not None else []
    lines += moment.events + money.payments(stage)
    if moment.hidden:
        lines.append(f"and {moment.hidden:,} more")
    lines += _marked(stage, moment) + _talk(stage, moment) + _answers(stage, moment) + _changes(stage, moment)
    return lines[:_LINES]


def asked(stage: Stage, shown: int, questions: int) -> list[str]:
    """The caption of a question that is put."""
    head = f"Question {stage.asked:,} of {questions:,}" if questions > 1 else "The question"
    lines = [f"{head}: {stage.table.question}" if stage.table.question else head]
    if shown < questions:
        lines.append(f"Showing {shown:,} of {questions:,} questions.")
    return lines


def decided(stage: Stage, entry: Entry) -> list[str]:
    """The caption of an outcome."""
    gets = money.shares(stage, entry)
    if entry.get("decision") is None:
        line = f"Who gets what: {money.given(stage, gets)}." if gets else "Nothing is decided."
    else:
        line = f"Decided: {spoken(entry['decision'], 160)}"
        line += " - that is right." if stage.table.right else ""
    lines = [line]
    if stage.table.right is False:
        lines.append(f"That is wrong: right would have been {spoken(entry.get('gold'), 80)}.")
    if HISTORY in entry:
        was = "As it was in fact" if entry.get("correct") is True else f"In fact it was {spoken(entry.get('gold'), 80)}"
        lines.append(f"{was} (likeness {spoken(entry[HISTORY], 12)}).")
    known = ["t", "kind", "about", "decision", "gold", "correct", HISTORY]
    if gets and entry.get("decision") is None:
        known.append("gets")
    if stage.table.floor is not None and stage.table.floor.tick:
        known += ["gets", "pays", "prices"]  # of each trader and each trade: the picture and the book show them
    lines += _groups(entry)
    facts = [
        f"{clean(key, 24).replace('_', ' ')}: {spoken(_named(stage, value), 300)}"
        for key, value in entry.items()
        if key not in known and value not in (None, "", [], {}) and not _deep(value)
    ]
    if facts:
        lines.append(clean("; ".join(facts), _FACTS))
    return lines


def _groups(entry: Entry) -> list[str]:
    """How many of the groups of an outcome decided what, and those above them."""
    groups = entry.get("groups")
    if not isinstance(groups, list) or not all(isinstance(one, dict) and "decision" in one for one in groups):
        return []
    steps = entry.get("steps")
    above = [step for step in steps if isinstance(step, list)] if isinstance(steps, list) else []
    told = [_votes(step) for step in ([one["decision"] for one in groups], *above)]
    return [f"{count(len(groups), 'group')}: {'; above them '.join(told)}."]


def _votes(decisions: list[Any]) -> str:
    many = Counter("none" if one is None else spoken(one, 30) for one in decisions)
    return listed([f"{what} {times:,}" for what, times in many.most_common()], 6)


def _deep(value: Any) -> bool:
    """Whether *value* is a table of tables: of use to who reads the record, and not in a line below a picture."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(isinstance(one, (dict, list)) for one in inner)


def _named(stage: Stage, value: Any) -> Any:
    """*value* with the names of members, or of all communities, where it says something of each."""
    known = {str(own): shapes.community(own) for own, _ in layout.communities(stage.attributes).values()}
    if known and isinstance(value, dict) and known.keys() == value.keys():
        return {known[name]: what for name, what in value.items()}
    seats = stage.seats(list(value)) if isinstance(value, dict) else []
    if not seats or len(seats) < len(value):
        return value
    return dict(zip(stage.called(seats), value.values(), strict=True))


def opening(stage: Stage, questions: int = 0, at_once: int = 1) -> list[str]:
    """Who is there, and how much there is to do; *at_once*: how many questions are on the table at the same time."""
    people = count(len(stage.names), "member")
    if stage.weights and len(stage.weights) == len(stage.names):
        people = f"{count(len(stage.names), 'party', 'parties')} with {number(sum(stage.weights.values()))} seats"
    ties, parts = len(stage.ties), layout.communities(stage.attributes)
    if parts:
        words = ("committee",) if layout.grouped(stage.attributes) else ("community", "communities")
        people += f" in {count(len({name for name, _ in parts.values()}), *words)}"
    lines = [f"{people}, {count(ties, 'tie')} along which they may speak." if ties else f"{people}."]
    if questions:
        lines.append(f"{'There are' if questions > 1 else 'There is'} {count(questions, 'question')} to settle.")
    if at_once > 1:
        lines.append(f"Up to {at_once:,} of them are on the table at once; here they are told one after another.")
    return lines


def closing(stage: Stage, whole: bool, verdict: list[str]) -> list[str]:
    """How it ended; *verdict* is the caption of the last question, which stays if there was no other."""
    if stage.settled == 1 and verdict:
        lines = [f"The end. {verdict[0]}", *verdict[1:]]
    else:
        lines = [f"The end: {count(stage.settled, 'question')} settled."] if stage.asked else ["The end."]
    if stage.judged and stage.settled != 1:
        lines.append(f"Right: {stage.correct:,} of {stage.judged:,} ({100 * stage.correct / stage.judged:.0f}%).")
    if stage.settled > 1:
        lines += _taken_together(stage)
    if not whole:
        lines.append("The record stops here: the run was broken off.")
    return lines


def _taken_together(stage: Stage) -> list[str]:
    """What was decided about several questions, where nobody knows what is right, and means of what they came to."""
    lines = []
    decided = sorted(stage.decisions.items(), key=lambda one: -one[1])
    told = "; ".join(f"{what} ({times:,} of {stage.settled:,})" for what, times in decided[:6])
    if not stage.judged and "decision" not in stage.sums and len(decided) <= 6 and len(told) < 200:
        lines.append(f"Decided: {told}.")
    sums = {name: own for name, own in stage.sums.items() if own[1] == stage.settled and name not in _NO_AMOUNTS}
    means = [f"{clean(name, 24).replace('_', ' ')} {number(total / many)}" for name, (total, many) in sums.items()]
    if means:
        lines.append(f"Means of the questions: {', '.join(means[:6])}.")
    return lines


def _talk(stage: Stage, moment: Moment) -> list[str]:
    groups: dict[tuple[int, str], list[int]] = {}
    for source, target, words in moment.words:
        groups.setdefault((source, words), []).append(target)
    told = (
        []
        if moment.told
        else [f"{stage.name(source)} to {_audience(stage, to)}: “{words}”" for (source, words), to in groups.items()]
    )
    lines = []
    if len(told) > 3:
        speakers = len({source for source, _, _ in moment.words})
        lines.append(f"{count(moment.delivered, 'message')}; {count(speakers, 'member speaks', 'members speak')}.")
    lines += told
    if moment.turned_away:
        for source, target, why in moment.refused[: 1 if moment.turned_away > 3 else 3]:
            to = stage.name(target) if target >= 0 else "nobody here"
            lines.append(f"Refused: {stage.name(source)} may not speak to {to}{f' ({why})' if why else ''}.")
        if moment.turned_away > 3:
            lines.append(f"{count(moment.turned_away, 'message')} refused in all.")
    if moment.lost:
        lines.append(f"{count(moment.lost, 'message')} lost: on the way, or before a full inbox.")
    if moment.silent:
        lines.append(f"{count(moment.silent, 'silence')} where something could have been said.")
    return lines


def _marked(stage: Stage, moment: Moment) -> list[str]:
    """Who is marked in this moment by what says nothing of itself, and to whom it leads."""
    lines = []
    for name, new in moment.marked.items():
        at = [stage.name(seat) if to is None else f"{stage.name(seat)} to {stage.name(to)}" for seat, to in new][:3]
        more = [f"{new.seen - len(at):,} more"] if new.seen > len(at) else []
        words = label(name)
        lines.append(f"{words[:1].upper()}{words[1:]}: {listed(at + more)}.")
    return lines


def _audience(stage: Stage, to: list[int]) -> str:
    return listed(stage.called(to)) if len(to) <= 3 else count(len(to), "member")


def _answers(stage: Stage, moment: Moment) -> list[str]:
    many = moment.answers.seen
    if not many or (moment.told and moment.forms == many) or moment.dealt:
        return []
    if many <= 3:
        return [_one(stage, said) for said in moment.answers]
    amounts = sorted(stage.table.numbers[said.seat] for said in moment.answers if said.seat in stage.table.numbers)
    parts = []
    if len(amounts) > 3 and 2 * len(amounts) > len(moment.answers):
        parts.append(f"{number(amounts[0])} to {number(amounts[-1])}, median {number(amounts[len(amounts) // 2])}")
    else:
        top = sorted(moment.tally.items(), key=lambda item: -item[1])
        if top and len(top) <= 8:
            parts.append(", ".join(f"{label} {times:,}" for label, times in top))
        elif top:
            parts.append(count(len(top), "different answer"))
    for why, times in moment.abstained.items():
        parts.append(f"{count(times, 'abstains', 'abstain')} ({why})")
    said = len(stage.table.values)
    who = f"{many:,} answer" if many <= len(moment.active) else f"{many:,} answers from {said:,} members"
    line = f"{who}{', having seen others' if moment.seeing else ''}: {'; '.join(parts)}"
    lines = [line]
    if moment.changed and not amounts:
        changed = [f"{stage.name(said.seat)} from {said.before} to {said.label}" for said in moment.answers
                   if said.before and said.label and said.before != said.label]  # fmt: skip
        minds = count(moment.changed, "changes its mind", "change their minds")
        few = moment.changed <= 3
        lines.append(f"{minds}{':' if few else ', such as'} {listed(changed[:3])}.")
    return lines + [_one(stage, said) for said in moment.answers if said.reason and said.label is not None][:12]


def _one(stage: Stage, said: Said) -> str:
    name = stage.name(said.seat)
    if said.label is None:
        return f"{name} abstains{f': {said.reason}' if said.reason else ''}."
    verb = (
        "answers"
        if said.before is None or not said.label
        else "stays with"
        if said.before == said.label
        else f"turns from {said.before} to"
    )
    return f"{name} {verb} {said.full}{f', because {said.reason}' if said.reason else ''}"


def _changes(stage: Stage, moment: Moment) -> list[str]:
    lines = []
    new, gone = moment.linked, moment.unlinked
    if new.seen + gone.seen <= 2:
        lines += [f"{stage.name(u)} may now speak to {stage.name(v)} ({kind})." for u, v, kind in new]
        lines += [f"{stage.name(u)} may no longer speak to {stage.name(v)}." for u, v, _ in gone]
    else:
        parts = [f"{count(new.seen, 'tie')} added"] * bool(new.seen) + [f"{gone.seen:,} removed"] * bool(gone.seen)
        lines.append(f"The society is rewired: {', '.join(parts)}.")
    if moment.reweighted:
        lines.append(f"{count(moment.reweighted, 'tie')} got a new weight.")
    for seat, model in moment.assigned[:3]:
        lines.append(f"{stage.name(seat)} is now played by {model}.")
    return lines
