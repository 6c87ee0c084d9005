"""Search relay: each goes on from where the one before stopped, until nobody finds anything better."""

from __future__ import annotations

import math

from society_sim.bounds import Natural, Positive
from society_sim.errors import ScenarioError
from society_sim.forms import Number
from society_sim.registry import mechanism
from society_sim.rules.search import landscape
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def search_relay(
    society: Society, question: Question, *, reach: Positive = 12, rounds: Natural | None = None
) -> Doing[Outcome]:
    """Members search one after the other, in the order of seats; the decision is the value that was reached.

    The question is of the task `landscape`. Whoever has the turn is told the value of its place and of the next *reach*
    places, and says how many steps it goes; it keeps the turn until it stays. The search ends when all have stayed one
    after the other, or after so many *rounds* of them all. To go to a lower place, and to abstain, is to stay.
    Facts: `place`, `moves`, `turns`.

    Source: Hong and Page (2004).
    """
    if not {"landscape", "size", "start"} <= question.facts.keys():
        raise ScenarioError("mechanism 'search_relay' needs questions of the task 'landscape'")
    values = landscape(question.facts["landscape"], question.facts["size"])
    at, moves, turns, stayed = int(question.facts["start"]), 0, 0, 0
    members = society.present
    most = math.inf if rounds is None else rounds * len(members)
    while stayed < len(members) and turns < most:
        member = members[turns % len(members)]
        turns, stayed = turns + 1, stayed + 1
        while True:
            ahead = [float(values[(at + step) % len(values)]) for step in range(reach + 1)]
            said = yield from member.ask(_told(ahead), Number(0, reach))
            step = int(said.value or 0)
            if ahead[step] <= ahead[0]:
                break
            at, moves, stayed = (at + step) % len(values), moves + 1, 0
    return Outcome(float(values[at]), facts={"place": at, "moves": moves, "turns": turns})


def _told(ahead: list[float]) -> str:
    lines = [f"You stand at the value {ahead[0]!r}. The values ahead of you:"]
    lines += [f"{step} steps: {value!r}" for step, value in enumerate(ahead) if step]
    return "\n".join([*lines, "How many steps do you go? 0 is to stay."])
