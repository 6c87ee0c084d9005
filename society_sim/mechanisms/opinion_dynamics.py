"""Opinions that members hold, tell and change: what the mechanisms of opinion dynamics have in common."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from society_sim.errors import ScenarioError
from society_sim.forms import Choice, Number
from society_sim.member import Member, View
from society_sim.rules.opinions import spread, starting
from society_sim.rules.plurality import plurality
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

Held = Sequence[Mapping[int, Any]]
"""What members have answered so far, round by round; an opinion is the last of them in which the member answered."""


def opening(society: Society, question: Question, name: str) -> Doing[Mapping[int, Any]]:
    """The opinions at the start: those that the question gives, and otherwise what members answer.

    `ScenarioError` if the question asks for words, or gives fewer opinions than there are members. *name* is the
    mechanism's.
    """
    form = question.form
    if not isinstance(form, (Choice, Number)):
        raise ScenarioError(f"mechanism {name!r}: an opinion is a number or one of several options, and question "
                            f"{question.id!r} asks for words; use task opinions")  # fmt: skip
    start = question.facts.get("start")
    if start is None:
        return (yield from society.ask_all(question.text, form))
    low, high = (form.low, form.high) if isinstance(form, Number) else (0.0, 0.0)
    try:
        values = starting(start, len(society.members), low, high, question.options)
    except ValueError as error:
        raise ScenarioError(f"mechanism {name!r}: {error}") from None
    held = {member.id: values[member.id] for member in society.present}
    society.log("opinions", about=question.id, opinions=held)
    return held


def worded(value: Any) -> str | None:
    """An opinion as it is told: a number in full, so that nothing is lost on the way; silence for an abstention.

    Numbers below 1e-99, which no form reads, are told as 0.

    >>> worded(0.1 + 0.2), worded("yes"), worded(None)
    ('0.30000000000000004', 'yes', None)
    """
    if isinstance(value, (int, float)):
        return repr(float(value)) if abs(value) >= 1e-99 else "0.0"
    return None if value is None else str(value)


def tell(member: Member, latest: Mapping[int, Any], to: Iterable[int]) -> None:
    """Let *member* say its opinion, as it stands in *latest*, to *to*."""
    member.say(partial(_own, latest), to)


class Last(Mapping[int, Any]):
    """What several members answered last, each in another round; resolved where it is read."""

    __slots__ = ("_rounds",)

    def __init__(self, rounds: Mapping[int, Mapping[int, Any]]) -> None:
        """*rounds* has for each seat the round in which it answered last."""
        self._rounds = rounds

    def __getitem__(self, seat: int) -> Any:
        return self._rounds[seat][seat]

    def __iter__(self) -> Iterator[int]:
        return iter(self._rounds)

    def __len__(self) -> int:
        return len(self._rounds)


def asked_again(
    question: Question, held: Held, latest: Mapping[int, Any], trust: Mapping[tuple[int, int], float], me: View
) -> str:
    """The question, the member's first opinion and the one it holds, and what it has heard of *latest*.

    *held* are the rounds in which it was asked, *trust* the weights of ties that are not 1. What was not delivered, or
    is forgotten, is not there.
    """
    me.view(latest)  # waits for all neighbours at once
    lines = [question.text]
    first = next((one for one in (answers[me.id] for answers in held) if one is not None), None)
    own = next((one for one in (answers[me.id] for answers in reversed(held)) if one is not None), None)
    if own is not None:
        lines += [f"Your first opinion: {worded(first)}", f"Your opinion so far: {worded(own)}"]
    heard = {said.sender: said for said in me.heard if said.about == question.id and said.sender in me.ties}
    fresh = me.read([said for said in heard.values()
                     if said.sender in latest and said.words == worded(latest[said.sender])])  # fmt: skip
    if fresh:
        lines.append("Others say:")
        lines += [f"{said.name}{_trusted(trust.get((said.sender, me.id)))}: {said.words}" for said in fresh]
    lines.append("State your opinion now; you may keep it or change it.")
    return "\n".join(lines)


def trusts(society: Society) -> dict[tuple[int, int], float]:
    """The weights of ties that are not 1: (speaker, listener) -> weight; a negative one counts as 0."""
    return {(u, v): max(0.0, weight) for u, v, weight in society.graph.edges(data="weight") if weight != 1}


def settled(latest: Mapping[int, Any], lot: int, facts: Mapping[str, Any]) -> Outcome:
    """The outcome of *latest*: the mean of numbers, the plurality of options, over those who answered; else `None`."""
    values = [value for value in latest.values() if value is not None]
    decision: Any = None
    if values and isinstance(values[0], (int, float)):
        decision = sum(values) / len(values)
    elif values:
        decision = plurality(values, lot)
    return Outcome(decision, latest, {**facts, "spread": spread(values) if values else None})


def moved(before: Mapping[int, Any], now: Mapping[int, Any]) -> float:
    """The largest step that anybody took; from one option to another it is infinite, and so is from or to silence."""
    return max((_step(before.get(seat), value) for seat, value in now.items()), default=0.0)


def _step(old: Any, new: Any) -> float:
    if isinstance(old, (int, float)) and isinstance(new, (int, float)):
        return abs(new - old)
    return 0.0 if old == new else math.inf


def _own(latest: Mapping[int, Any], me: View) -> str | None:
    return worded(latest.get(me.id))


def _trusted(weight: float | None) -> str:
    return "" if weight is None else f" (trust {f'{weight:.15f}'.rstrip('0').rstrip('.')})"
